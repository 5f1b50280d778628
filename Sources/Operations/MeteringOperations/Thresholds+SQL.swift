internal import JSON
public import Postgres
public import Values

extension Connection {
    /// All thresholds that were ever set, as they hold now.
    /// - Throws: `DatabaseError`, ``StoredValueError``.
    public func thresholdBook<Kind: StoredThresholds>(of _: Kind.Type = Kind.self) throws -> ThresholdBook<Kind> {
        ThresholdBook(try thresholdRecords(Kind.self).map(\.change))
    }

    /// In the order in which they were recorded.
    func thresholdRecords<Kind: StoredThresholds>(_: Kind.Type) throws -> [ThresholdRecord] {
        try query(
            "SELECT id, commodity, \(raw: Kind.customerColumn), valid, changes, author, reason, recorded_at FROM \(raw: Kind.table) ORDER BY id"
        ).map { row in
            let key = ThresholdKey(
                try StoredValueError.parsed(row.get(1), "a commodity") { Commodity(rawValue: $0) },
                try StoredValueError.parsed(row.get(2), "a class") { CustomerClass(rawValue: $0) })
            var values: [String: String?] = [:]
            for member in try JSONNode(parsing: Array(row.get(4, as: JSONB.self).text.utf8)).object().members {
                values[member.key] = .some(member.value.string)
            }
            return ThresholdRecord(
                id: try row.get(0), change: .init(key, valid: try row.get(3), values: values), author: try row.get(5),
                reason: try row.get(6), recordedAt: try row.get(7))
        }
    }

    /// - Throws: `DatabaseError`.
    func insert<Kind: StoredThresholds>(
        _ change: ThresholdChange, of _: Kind.Type, author: String, reason: String, now: Instant
    ) throws -> Int64 {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, text) in change.values.sorted(by: { $0.key < $1.key }) { writer.member(name, text) }
        }
        if Kind.belongToMeters { try execute("UPDATE master_data_version SET version = version + 1") }
        return try one(
            """
            INSERT INTO \(raw: Kind.table) (commodity, \(raw: Kind.customerColumn), valid, changes, author, reason, recorded_at)
            VALUES (\(change.key.commodity.rawValue), \(change.key.customer.rawValue), \(change.valid), \(writer.text)::jsonb, \(author), \(reason), \(now))
            RETURNING id
            """)
    }
}
