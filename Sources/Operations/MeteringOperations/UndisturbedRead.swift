public import Metering
public import Postgres
public import Values

/// Several statements over the values of metering points that have seen one state of them.
///
/// A transaction that also draws numbers and writes cannot be a snapshot: whoever drew a number meanwhile would break it. Its
/// statements see what was committed when each began, so registers and quarter hours of one bill might be of two moments. What they
/// read is therefore looked at afterwards: if a transaction that wrote values of these points has become visible since, it is read
/// again. The counters of `reading_epoch` say in one row that nobody wrote at all, which is nearly always.
public enum UndisturbedRead {
    /// - Parameters:
    ///   - points: whose values `body` reads.
    ///   - tries: how often at most.
    ///   - body: only reads; runs again when it was disturbed.
    /// - Returns: what was read, and the points whose values changed even during the last try: nothing is to be built on those.
    public static func read<Value>(
        _ points: [Identifier<MeteringPoint>], tries: Int = 5, in connection: Connection, _ body: () throws -> Value
    ) throws -> (value: Value, disturbed: Set<Identifier<MeteringPoint>>) {
        var before = try state(in: connection)
        var number = 1
        while true {
            let value = try body()
            let after = try state(in: connection)
            guard after.epochs != before.epochs || after.masterData != before.masterData else { return (value, []) }
            let disturbed = try touched(points, since: before.snapshot, in: connection)
            let isUndisturbed = disturbed.isEmpty && (after.masterData == before.masterData || number >= tries)
            if isUndisturbed || number >= tries { return (value, disturbed) }
            before = after
            number += 1
        }
    }

    private static func state(in connection: Connection) throws -> (snapshot: String, epochs: Int64, masterData: Int64) {
        try connection.one(
            """
            SELECT pg_current_snapshot()::text, (SELECT sum(epoch)::bigint FROM reading_epoch), (SELECT version FROM master_data_version)
            """
        ) { row in (snapshot: try row.get(0), epochs: try row.get(1), masterData: try row.get(2)) }
    }

    /// Points of which, or of whose parts, something became visible after a snapshot.
    private static func touched(
        _ points: [Identifier<MeteringPoint>], since snapshot: String, in connection: Connection
    ) throws -> Set<Identifier<MeteringPoint>> {
        Set(
            try connection.query(
                """
                WITH RECURSIVE parts AS (
                    SELECT point AS asked, point FROM unnest(\(points)) AS w (point)
                    UNION
                    SELECT p.asked, t.source_point_id FROM parts p JOIN virtual_formula f ON f.metering_point_id = p.point
                    JOIN virtual_term t ON t.formula_id = f.id
                ), touched AS (
                    SELECT DISTINCT u.register_id
                    FROM reading_change g CROSS JOIN LATERAL unnest(day_block_values(g.registers, g.count)) AS u (register_id)
                    WHERE g.xid >= pg_snapshot_xmin(\(snapshot)::text::pg_snapshot) AND NOT pg_visible_in_snapshot(g.xid, \(snapshot)::text::pg_snapshot)
                )
                SELECT DISTINCT p.asked FROM touched t JOIN register r ON r.id = t.register_id JOIN installation i ON i.meter_id = r.meter_id
                JOIN parts p ON p.point = i.metering_point_id
                """
            ).map { try $0.get(0) as Identifier<MeteringPoint> })
    }
}
