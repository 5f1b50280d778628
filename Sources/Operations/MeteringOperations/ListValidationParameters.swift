public import Postgres
public import VEE
public import Values

/// A change of thresholds as it was recorded.
public struct ParameterRecord: Hashable, Sendable {
    public var id: Int64
    public var change: ParameterBook.Change
    public var author: String
    public var reason: String
    public var recordedAt: Instant
}

/// Which thresholds hold on a day, and who set what when.
public struct ListValidationParameters: Sendable {
    /// What holds for one commodity and class on the day, and all changes that were ever recorded for it, the latest first.
    public struct Entry: Hashable, Sendable {
        public var key: ParameterBook.Key
        public var parameters: ValidationParameters
        public var history: [ParameterRecord]
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - commodity: nil: all four.
    ///   - customer: nil: all three.
    public func callAsFunction(on day: Day, commodity: Commodity? = nil, customer: CustomerClass? = nil) async throws -> [Entry] {
        let records = try await pool.transaction(readOnly: true) { try $0.parameterRecords() }
        let book = ParameterBook(changes: records.map(\.change))
        return book.all(on: day).filter { entry in
            commodity.map { $0 == entry.key.commodity } ?? true && customer.map { $0 == entry.key.customer } ?? true
        }.map { entry in
            Entry(key: entry.key, parameters: entry.parameters, history: records.filter { $0.change.key == entry.key }.reversed())
        }
    }
}

/// Changes thresholds from a day on, or for some days. Every running node judges what it takes in next by them.
public struct SetValidationParameter: Sendable {
    /// Why nothing was changed.
    public enum Refusal: Error, Hashable, Sendable {
        /// No threshold has this name.
        case unknown(String)
        /// The text is no value of this threshold, or it cannot be switched off.
        case badValue(name: String, value: String?)
        case nothingToChange
        case noReason

        public var explanation: String {
            switch self {
            case .unknown(let name):
                "there is no threshold “\(name.prefix(64))”; there are \(ParameterSetting.all.map(\.name).joined(separator: ", "))"
            case .badValue(let name, let value?):
                "“\(value.prefix(64))” is no value of \(name): \(ParameterSetting.named(name)?.english ?? "")"
            case .badValue(let name, nil): "\(name) cannot be switched off; name the rule in switchedOff instead"
            case .nothingToChange: "say at least one threshold"
            case .noReason: "say why the thresholds change"
            }
        }
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter change: thresholds by name; a nil value switches off.
    /// - Returns: the number of the record.
    /// - Throws: `Refusal`; `DatabaseError`.
    @discardableResult
    public func callAsFunction(_ change: ParameterBook.Change, author: String, reason: String, now: Instant) async throws -> Int64 {
        guard !change.values.isEmpty else { throw Refusal.nothingToChange }
        guard reason.contains(where: { !$0.isWhitespace }) else { throw Refusal.noReason }
        var trial = ValidationParameters.defaults(for: change.key.commodity, of: change.key.customer)
        for (name, text) in change.values.sorted(by: { $0.key < $1.key }) {
            guard let setting = ParameterSetting.named(name) else { throw Refusal.unknown(name) }
            guard setting.set(text, in: &trial) else { throw Refusal.badValue(name: name, value: text) }
        }
        return try await pool.transaction { try $0.insert(change, author: author, reason: reason, now: now) }
    }
}
