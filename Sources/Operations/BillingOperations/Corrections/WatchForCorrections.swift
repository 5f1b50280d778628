public import Postgres
public import Values

/// Looks for bills that values touch which came since the last look, and proposes the corrections. Cheap when nothing came: the
/// journal of values is asked for what this node has not seen, and only bills of those points and days are computed again.
///
/// What moves bills without a value of their days (a corrected tariff, other terms, a reading beside the period between which and
/// another one a boundary was interpolated) is found by ``FindCorrections`` over all bills, which the service does at night.
public struct WatchForCorrections: Sendable {
    /// So many bills go into one search.
    static let batch = 1_000
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// The first look only remembers where the journal stands: what came before is the nightly search's.
    ///
    /// Killed on the way it looks at the same again; a proposal is made once.
    /// - Returns: nil if nothing new touches a bill.
    public func callAsFunction(author: String, now: Instant) async throws -> FindCorrections.Report? {
        let found = try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            try WatchForCorrections.touched(in: connection)
        }
        var report: FindCorrections.Report?
        var rest = found.invoices[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(Self.batch))
            rest = rest.dropFirst(Self.batch)
            let own = try await FindCorrections(pool: pool)(invoices: part, author: author, now: now)
            var sum = report ?? FindCorrections.Report()
            sum.bills += own.bills
            sum.touched += own.touched
            sum.proposed += own.proposed
            sum.unclear += own.unclear
            report = sum
        }
        _ = try await pool.transaction { connection in
            try connection.execute(
                """
                INSERT INTO correction_watch (snapshot, searched_at) VALUES (\(found.snapshot), \(now))
                ON CONFLICT (is_only) DO UPDATE SET snapshot = excluded.snapshot, searched_at = excluded.searched_at
                """)
        }
        return report
    }

    /// Numbers of standing bills with values in their days, or at their ends, that appeared after the last look.
    private static func touched(in connection: Connection) throws -> (snapshot: String, invoices: [String]) {
        let snapshot: String = try connection.one("SELECT pg_current_snapshot()::text")
        guard let seen = try connection.optional("SELECT snapshot FROM correction_watch", as: String.self) else { return (snapshot, []) }
        let invoices = try connection.query(
            """
            WITH RECURSIVE changed AS (
                SELECT DISTINCT u.register_id, daterange(lower(g.days) - 1, upper(g.days) + 1) AS days
                FROM reading_change g CROSS JOIN LATERAL unnest(day_block_values(g.registers, g.count)) AS u (register_id)
                WHERE g.xid >= pg_snapshot_xmin(\(seen)::text::pg_snapshot) AND NOT pg_visible_in_snapshot(g.xid, \(seen)::text::pg_snapshot)
                    -- Most of what comes is of days that nobody has billed yet.
                    AND lower(g.days) <= (SELECT max(upper(r.period)) FROM billing_run r WHERE NOT r.is_simulation)
            ), touched AS (
                SELECT i.metering_point_id AS point, c.days FROM changed c JOIN register r ON r.id = c.register_id
                JOIN installation i ON i.meter_id = r.meter_id AND i.valid && c.days
                UNION
                SELECT f.metering_point_id, p.days FROM touched p JOIN virtual_term t ON t.source_point_id = p.point
                JOIN virtual_formula f ON f.id = t.formula_id
            )
            SELECT DISTINCT i.id, i.number FROM touched t JOIN contract c ON c.metering_point_id = t.point
            JOIN invoice_coverage v ON v.contract_id = c.id AND v.is_standing AND v.period && t.days JOIN invoice i ON i.id = v.invoice_id
            ORDER BY i.id
            """
        ).map { try $0.get(1) as String }
        return (snapshot, invoices)
    }
}
