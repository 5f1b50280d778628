internal import JSON
internal import Metering
internal import Postgres
internal import VEE
internal import Values

extension Connection {
    /// All thresholds that were ever set, as they hold now.
    func parameterBook() throws -> ParameterBook { ParameterBook(changes: try parameterRecords().map(\.change)) }

    /// In the order in which they were recorded.
    func parameterRecords() throws -> [ParameterRecord] {
        try query(
            "SELECT id, commodity, customer_class, valid, changes, author, reason, recorded_at FROM validation_parameter ORDER BY id"
        ).map { row in
            let changes: JSONB = try row.get(4)
            let key = ParameterBook.Key(
                try StoredValueError.parsed(row.get(1), "a commodity") { Commodity(rawValue: $0) },
                try StoredValueError.parsed(row.get(2), "a class") { CustomerClass(rawValue: $0) })
            var values: [String: String?] = [:]
            for member in try JSONNode(parsing: Array(changes.text.utf8)).object().members {
                values[member.key] = .some(member.value.string)
            }
            return ParameterRecord(
                id: try row.get(0), change: .init(key, valid: try row.get(3), values: values), author: try row.get(5),
                reason: try row.get(6), recordedAt: try row.get(7))
        }
    }

    /// - Throws: `DatabaseError`.
    func insert(_ change: ParameterBook.Change, author: String, reason: String, now: Instant) throws -> Int64 {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, text) in change.values.sorted(by: { $0.key < $1.key }) { writer.member(name, text) }
        }
        // Meters in memory carry their thresholds: a new version makes every node fetch both again.
        try execute("UPDATE master_data_version SET version = version + 1")
        return try one(
            """
            INSERT INTO validation_parameter (commodity, customer_class, valid, changes, author, reason, recorded_at)
            VALUES (\(change.key.commodity.rawValue), \(change.key.customer.rawValue), \(change.valid), \(writer.text)::jsonb, \(author), \(reason), \(now))
            RETURNING id
            """)
    }

    /// Whose consumption these meters count; that of the place where they hung last.
    func customerClasses(ofMeters meters: [Identifier<Meter>]) throws -> [Identifier<Meter>: CustomerClass] {
        var classes: [Identifier<Meter>: CustomerClass] = [:]
        for row in try query(
            """
            SELECT m.id, p.customer_class FROM (SELECT DISTINCT unnest(\(meters))) AS m (id)
            CROSS JOIN LATERAL (SELECT * FROM installation i WHERE i.meter_id = m.id ORDER BY lower(i.valid) DESC LIMIT 1) i
            CROSS JOIN LATERAL (SELECT * FROM metering_point p WHERE p.id = i.metering_point_id OFFSET 0) p
            """)
        {
            classes[try row.get(0)] = try StoredValueError.parsed(row.get(1), "a class") { CustomerClass(rawValue: $0) }
        }
        return classes
    }
}
