/// Where a value stands: what a reader may do with it.
public enum ValueStatus: UInt8, Sendable, Hashable, Codable, CaseIterable {
    /// No value in this slot.
    case absent = 0
    case measured = 1
    case estimated = 2
    case substituted = 3
    case provisional = 4
    /// Stored and shown, never billed: it failed a rule that makes it unusable.
    case rejected = 5

    /// The word of the interface.
    public var word: String {
        switch self {
        case .absent: "absent"
        case .measured: "measured"
        case .estimated: "estimated"
        case .substituted: "substituted"
        case .provisional: "provisional"
        case .rejected: "rejected"
        }
    }
    /// The status that a message may name; `absent` is none of them.
    public init?(word: some StringProtocol) {
        switch word {
        case "measured": self = .measured
        case "estimated": self = .estimated
        case "substituted": self = .substituted
        case "provisional": self = .provisional
        case "rejected": self = .rejected
        default: return nil
        }
    }
    /// Whether the value counts in sums and bills.
    @inlinable public var isUsable: Bool { self != .absent && self != .rejected }
    /// Whether a measured value that arrives later takes its place without being a correction.
    @inlinable public var yieldsToMeasurement: Bool { self != .measured }
}
