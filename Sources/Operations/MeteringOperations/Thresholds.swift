public import Postgres
public import VEE
public import Values

/// Thresholds that are kept in a table of their own, every change a row.
public protocol StoredThresholds: Thresholds {
    static var table: String { get }
    /// The column that says whose they are beside `commodity`.
    static var customerColumn: String { get }
    /// Whether meters that a node keeps in memory carry them: a change makes every node fetch both again.
    static var belongToMeters: Bool { get }
    /// Stable word for refusals: `validation-parameters`.
    static var word: String { get }
    /// What to do instead where one cannot be switched off; empty: nothing.
    static var insteadOfOff: String { get }
}

extension ValidationParameters: StoredThresholds {
    public static let table = "validation_parameter"
    public static let customerColumn = "customer_class"
    public static let belongToMeters = true
    public static let word = "validation-parameters"
    public static let insteadOfOff = "name the rule in switchedOff instead"
}

/// A change of thresholds as it was recorded.
public struct ThresholdRecord: Hashable, Sendable {
    public let id: Int64
    public let change: ThresholdChange
    public let author: String
    public let reason: String
    public let recordedAt: Instant
}

/// Which thresholds hold on a day, and who set what when.
public struct ListThresholds<Kind: StoredThresholds>: Sendable {
    /// What holds for one commodity and class on the day, and all changes that were ever recorded for it, the latest first.
    public struct Entry: Hashable, Sendable {
        public let key: ThresholdKey
        public let parameters: Kind
        public let history: [ThresholdRecord]
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - commodity: nil: all four.
    ///   - customer: nil: all three.
    public func callAsFunction(on day: Day, commodity: Commodity? = nil, customer: CustomerClass? = nil) async throws -> [Entry] {
        let records = try await pool.transaction(readOnly: true) { try $0.thresholdRecords(Kind.self) }
        let book = ThresholdBook<Kind>(records.map(\.change))
        return ThresholdKey.all.filter { commodity ?? $0.commodity == $0.commodity && customer ?? $0.customer == $0.customer }.map { key in
            Entry(key: key, parameters: book[key, day], history: records.filter { $0.change.key == key }.reversed())
        }
    }
}

/// Changes thresholds from a day on, or for some days. What is judged next goes by them, on every running node; a billing run that
/// works already finishes by those it began with.
public struct SetThresholds<Kind: StoredThresholds>: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter change: thresholds by name; a nil value switches off.
    /// - Returns: the number of the record.
    /// - Throws: ``ThresholdRefusal``; `DatabaseError`.
    @discardableResult
    public func callAsFunction(_ change: ThresholdChange, author: String, reason: String, now: Instant) async throws -> Int64 {
        func refusal(_ fault: ThresholdRefusal.Fault, _ explanation: String) -> ThresholdRefusal {
            ThresholdRefusal(fault: fault, thresholds: Kind.word, explanation: explanation)
        }
        guard !change.values.isEmpty else { throw refusal(.nothingToChange, "say at least one threshold") }
        guard reason.contains(where: { !$0.isWhitespace }) else { throw refusal(.noReason, "say why the thresholds change") }
        var trial = Kind.defaults(for: change.key.commodity, of: change.key.customer)
        for (name, text) in change.values.sorted(by: { $0.key < $1.key }) {
            guard let setting = Kind.setting(named: name) else {
                let known = Kind.settings.map(\.name).joined(separator: ", ")
                throw refusal(.unknown(name), "there is no threshold “\(name.prefix(64))”; there are \(known)")
            }
            guard setting.set(text, in: &trial) else {
                let why =
                    text.map { "“\($0.prefix(64))” is no value of \(name): \(setting.english)" }
                    ?? "\(name) cannot be switched off" + (Kind.insteadOfOff.isEmpty ? "" : "; \(Kind.insteadOfOff)")
                throw refusal(.badValue(name: name, value: text), why)
            }
        }
        return try await pool.transaction { try $0.insert(change, of: Kind.self, author: author, reason: reason, now: now) }
    }
}

/// Why no threshold was changed.
public struct ThresholdRefusal: Error, Hashable, Sendable {
    public enum Fault: Hashable, Sendable {
        /// No threshold has this name.
        case unknown(String)
        /// The text is no value of this threshold, or it cannot be switched off.
        case badValue(name: String, value: String?)
        case nothingToChange
        case noReason
    }
    public let fault: Fault
    /// Which: ``StoredThresholds/word``.
    public let thresholds: String
    public let explanation: String
}
