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
            SELECT r.place, m.code, c.number, c.valid, c.direction
            FROM unnest(\(records.map(\.key)), \(records.map { $0.meteringPoint?.text }), \(records.map(\.tariff)), \(records.map { $0.attributes["direction"] }),
                        \(records.map(\.from)), \(records.map(\.until)))
                WITH ORDINALITY AS r (key, code, tariff, direction, first, until, place)
            JOIN metering_point m ON m.code = coalesce(r.code,
                (SELECT p.code FROM contract k JOIN metering_point p ON p.id = k.metering_point_id WHERE k.key = r.key ORDER BY lower(k.valid) DESC LIMIT 1))
            JOIN contract c ON c.metering_point_id = m.id AND c.key <> r.key AND c.valid && daterange(r.first, r.until)
                AND (r.tariff IS NULL OR c.direction = contract_direction(r.tariff, jsonb_build_object('direction', r.direction)))
            ORDER BY r.place, lower(c.valid)
            """)
        let found = try rows.map { row in
            let valid: DayRange = try row.get(3)
            let days = valid.until.map { "from \(valid.from) until \($0)" } ?? "from \(valid.from) on"
            return MasterDataProblem(
                path: "/contracts/\(try row.get(0, as: Int64.self) - 1)/from", code: "conflict",
                message:
                    "the metering point \(try row.get(1, as: String.self)) has contract \(try row.get(2, as: String.self)) for \(try row.get(4, as: String.self)) \(days); end that one first, or begin later"
            )
        }
        return try found.isEmpty ? among(records, in: connection) : found
    }

    /// Two of the document itself: each of them alone would have found room.
    private static func among(_ records: [MasterDataDocument.Contract], in connection: Connection) throws -> [MasterDataProblem] {
        let directions = try connection.query(
            """
            SELECT contract_direction(r.tariff, jsonb_build_object('direction', r.direction))
            FROM unnest(\(records.map { $0.tariff ?? "" }), \(records.map { $0.attributes["direction"] })) WITH ORDINALITY AS r (tariff, direction, place)
            ORDER BY r.place
            """
        ).map { try $0.get(0) as String }
        var problems: [MasterDataProblem] = []
        var before: [MeteringPointCode: [Int]] = [:]
        for (place, record) in records.enumerated() {
            guard let code = record.meteringPoint else { continue }
            if let until = record.until, until <= record.from { continue }
            let days = DayRange(from: record.from, until: record.until)
            for earlier in before[code] ?? [] where records[earlier].key != record.key && directions[earlier] == directions[place] {
                guard days.overlaps(DayRange(from: records[earlier].from, until: records[earlier].until)) else { continue }
                problems.append(
                    MasterDataProblem(
                        path: "/contracts/\(place)/from", code: "conflict",
                        message:
                            "the contracts \(records[earlier].key) and \(record.key) both have the metering point \(code) for \(directions[place]) on the same days; end the one before the other begins, or, if one is for what is fed in, give it a published feed-in tariff or the attribute direction: feed-in"
                    ))
            }
            before[code, default: []].append(place)
        }
        let unnamed = MasterDataProblem(
            path: "/contracts", code: "conflict", message: "two contracts of this document have the same metering point on one day")
        return problems.isEmpty ? [unnamed] : problems
    }
}
