public import Billing
public import Postgres
public import Values

/// A change of thresholds of the checks before issue, as it was recorded.
public struct CheckRecord: Hashable, Sendable {
    public let id: Int64
    public let change: CheckBook.Change
    public let author: String
    public let reason: String
    public let recordedAt: Instant
}

/// Which thresholds bills are checked by on a day, and who set what when.
public struct ListCheckParameters: Sendable {
    public struct Entry: Hashable, Sendable {
        public let key: CheckBook.Key
        public let parameters: CheckParameters
        /// The latest first.
        public let history: [CheckRecord]
    }
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// One entry for each commodity and group of customers.
    public func callAsFunction(
        on day: Day, commodity: Commodity? = nil, customers: CheckBook.Customers? = nil
    ) async throws -> [Entry] {
        let records = try await pool.transaction(readOnly: true) { try CheckStore.records(in: $0) }
        let book = CheckBook(records.map(\.change))
        var entries: [Entry] = []
        for whose in Commodity.allCases where commodity == nil || commodity == whose {
            for group in CheckBook.Customers.allCases where customers == nil || customers == group {
                let key = CheckBook.Key(whose, group)
                let history = Array(records.filter { $0.change.key == key }.reversed())
                entries.append(Entry(key: key, parameters: book.parameters(for: key, on: day), history: history))
            }
        }
        return entries
    }
}

/// Changes thresholds from a day on, or for some days. Bills that are issued then are checked by them; runs that work already finish
/// by those they began with.
public struct SetCheckParameter: Sendable {
    /// Why nothing was changed.
    public enum Refusal: Error, Hashable, Sendable {
        case unknown(String)
        case badValue(name: String, value: String)
        case nothingToChange
        case noReason

        public var explanation: String {
            switch self {
            case .unknown(let name):
                "there is no threshold “\(name.prefix(64))”; there are \(CheckSetting.all.map(\.name).joined(separator: ", "))"
            case .badValue(let name, let value):
                "“\(value.prefix(64))” is no value of \(name): \(CheckSetting.named(name)?.english ?? "")"
            case .nothingToChange: "say at least one threshold"
            case .noReason: "say why the thresholds change"
            }
        }
    }
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Returns: the number of the record.
    /// - Throws: ``Refusal``; `DatabaseError`.
    @discardableResult
    public func callAsFunction(_ change: CheckBook.Change, author: String, reason: String, now: Instant) async throws -> Int64 {
        guard !change.values.isEmpty else { throw Refusal.nothingToChange }
        guard reason.contains(where: { !$0.isWhitespace }) else { throw Refusal.noReason }
        var trial = CheckParameters.standard
        for (name, text) in change.values.sorted(by: { $0.key < $1.key }) {
            guard let setting = CheckSetting.named(name) else { throw Refusal.unknown(name) }
            guard setting.set(text, in: &trial) else { throw Refusal.badValue(name: name, value: text) }
        }
        return try await pool.transaction {
            try CheckStore.insert(change, author: author, reason: String(reason.prefix(500)), now: now, in: $0)
        }
    }
}
