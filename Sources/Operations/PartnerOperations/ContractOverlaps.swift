internal import MasterDataFormat
internal import Postgres
internal import Values

/// Which contracts stand in the way of new ones. The constraint of the table alone sees all of them, also those of another client at
/// this moment, but it speaks of keys inside the database; this says the same for people.
enum ContractOverlaps {
    /// What a document would have put on the days of another contract, one problem for each.
    static func problems(_ records: [MasterDataDocument.Contract], in connection: Connection) throws -> [MasterDataProblem] {
        let rows = try connection.query(
            """
            SELECT r.place, m.code, c.number, c.valid
            FROM unnest(\(records.map(\.key)), \(records.map { $0.meteringPoint?.text }), \(records.map(\.from)), \(records.map(\.until)))
                WITH ORDINALITY AS r (key, code, first, until, place)
            JOIN metering_point m ON m.code = coalesce(r.code,
                (SELECT p.code FROM contract k JOIN metering_point p ON p.id = k.metering_point_id WHERE k.key = r.key ORDER BY lower(k.valid) DESC LIMIT 1))
            JOIN contract c ON c.metering_point_id = m.id AND c.key <> r.key AND c.valid && daterange(r.first, r.until)
            ORDER BY r.place, lower(c.valid)
            """)
        let found = try rows.map { row in
            let valid: DayRange = try row.get(3)
            let days = valid.until.map { "from \(valid.from) until \($0)" } ?? "from \(valid.from) on"
            return MasterDataProblem(
                path: "/contracts/\(try row.get(0, as: Int64.self) - 1)/from", code: "conflict",
                message:
                    "the metering point \(try row.get(1, as: String.self)) has contract \(try row.get(2, as: String.self)) \(days); end that one first, or begin later"
            )
        }
        // Two of the document itself: each of them alone would have found room.
        let among = MasterDataProblem(
            path: "/contracts", code: "conflict", message: "two contracts of this document have the same metering point on one day")
        return found.isEmpty ? [among] : found
    }
}
