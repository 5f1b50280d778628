internal import Billing
internal import JSON
internal import Postgres
internal import Values

/// Thresholds of the checks before issue, as rows. Nothing is overwritten: what held on a day is all rows of that day in order.
enum CheckStore {
    static func book(in connection: Connection) throws -> CheckBook { CheckBook(try records(in: connection).map(\.change)) }

    /// In the order in which they were recorded.
    static func records(in connection: Connection) throws -> [CheckRecord] {
        try connection.query(
            "SELECT id, commodity, customers, valid, changes, author, reason, recorded_at FROM bill_check_parameter ORDER BY id"
        ).compactMap { row -> CheckRecord? in
            guard let commodity = Commodity(rawValue: try row.get(1)), let customers = CheckBook.Customers(rawValue: try row.get(2)) else {
                return nil
            }
            var values: [String: String] = [:]
            for member in try JSONNode(parsing: Array(try row.get(4, as: JSONB.self).text.utf8)).object().members {
                values[member.key] = member.value.string
            }
            return CheckRecord(
                id: try row.get(0), change: .init(.init(commodity, customers), valid: try row.get(3), values: values),
                author: try row.get(5), reason: try row.get(6), recordedAt: try row.get(7))
        }
    }

    static func insert(
        _ change: CheckBook.Change, author: String, reason: String, now: Instant, in connection: Connection
    ) throws -> Int64 {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, text) in change.values.sorted(by: { $0.key < $1.key }) { writer.member(name, text) }
        }
        return try connection.one(
            """
            INSERT INTO bill_check_parameter (commodity, customers, valid, changes, author, reason, recorded_at)
            VALUES (\(change.key.commodity.rawValue), \(change.key.customers.rawValue), \(change.valid), \(writer.text)::jsonb, \(author), \(reason), \(now))
            RETURNING id
            """, as: Int64.self)
    }
}

extension CheckBook {
    /// For what a correction is held, by the thresholds of the day.
    func holds(_ difference: InvoiceDraft, to right: InvoiceDraft, on day: Day) -> [HeldReason] {
        CheckedBill.results(ofCorrection: difference, to: right, issuedOn: day, parameters: parameters(of: right, on: day))
            .filter { $0.weight == .hold }.map { HeldReason(code: $0.code, text: $0.explanation) }
    }
}
