/// What a rule found wrong, or only odd, with data. It is data itself: stored, shown, worked on.
public struct Finding: Hashable, Sendable, Codable {
    public enum Severity: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
        /// To be looked at; the value stays valid.
        case warning
        /// The value is not billable until it is estimated, edited or released.
        case failure
        /// The value is kept in the delivery, not in the series.
        case rejection
        /// For staff or customer, nothing wrong with the data.
        case event

        private var rank: Int {
            switch self {
            case .event: 0
            case .warning: 1
            case .failure: 2
            case .rejection: 3
            }
        }
        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
    }

    /// One number the rule looked at: a name in the field's words, and the value as text with its unit.
    public struct Input: Hashable, Sendable, Codable {
        public let name: String
        public let value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The rule's stable name, for example `register-against-intervals` (the reference calls it C1).
    public let rule: String
    public let severity: Severity
    /// The moments it speaks of; equal for a single reading.
    public let from: Instant
    public let until: Instant
    public let inputs: [Input]
    /// What the inputs were compared with.
    public let threshold: String
    /// A sentence for a person, in German; names the place and the mend.
    public let explanation: String

    public init(rule: String, severity: Severity, from: Instant, until: Instant, inputs: [Input], threshold: String, explanation: String) {
        self.rule = rule
        self.severity = severity
        self.from = from
        self.until = until
        self.inputs = inputs
        self.threshold = threshold
        self.explanation = explanation
    }
}
