internal import Digests
public import Postgres
internal import TariffFiles
internal import Tariffs
public import Values

/// Looks for bills that are touched by what came since the last look (values, published tariffs and series, terms of contracts) and
/// proposes the corrections. Cheap when nothing came: the journal of values and the newest rows are asked for what nobody has looked at,
/// and only bills of those points and days, tariffs and contracts are computed again.
///
/// What moves bills without a value of their days (a reading beside the period between which and another one a boundary was
/// interpolated, a deduction meter at another point) is found by ``FindCorrections`` over all bills, which the service does at night.
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
            sum.add(own)
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

    /// Numbers of standing bills that something touches which appeared after the last look.
    private static func touched(in connection: Connection) throws -> (snapshot: String, invoices: [String]) {
        let (snapshot, next) = try connection.one(
            "SELECT pg_current_snapshot()::text, pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        ) { (try $0.get(0) as String, try $0.get(1) as Int64) }
        guard let last = try connection.optional("SELECT snapshot FROM correction_watch", as: String.self) else { return (snapshot, []) }
        let seen = Seen(snapshot: last, next: next)
        var invoices: [Int64: String] = [:]
        for found in [valued(since: last), try priced(since: seen, in: connection), agreed(since: seen)].compactMap(\.self) {
            for row in try connection.query(found) { invoices[try row.get(0)] = try row.get(1) }
        }
        return (snapshot, invoices.sorted { $0.key < $1.key }.map(\.value))
    }

    /// By values in their days, or at their ends.
    private static func valued(since seen: String) -> SQL {
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
            SELECT f.metering_point_id, c.days FROM changed c JOIN virtual_formula f ON f.id = c.register_id - (1::bigint << 60)
            UNION
            SELECT f.metering_point_id, p.days FROM touched p JOIN virtual_term t ON t.source_point_id = p.point
            JOIN virtual_formula f ON f.id = t.formula_id
        )
        SELECT DISTINCT i.id, i.number FROM touched t JOIN contract c ON c.metering_point_id = t.point
        JOIN invoice_coverage v ON v.contract_id = c.id AND v.is_standing AND v.period && t.days JOIN invoice i ON i.id = v.invoice_id
        """
    }

    /// By files that were published since: those of tariffs that are such a file, or rest on one. Who supplies moves no amount.
    private static func priced(since seen: Seen, in connection: Connection) throws -> SQL? {
        let files = Set(
            try connection.query("SELECT sha256 FROM tariff_file f WHERE f.kind <> 'supplier' AND \(seen.misses("f"))").map {
                Hexadecimal.encode(try $0.get(0))
            })
        guard !files.isEmpty else { return nil }
        let catalog = try TariffCatalog.published(in: connection)
        let tariffs = catalog.chains.filter { _, chain in
            let versions = chain.timeline.entries.map(\.value)
            let series = catalog.prices.hashes(behind: versions.map(\.version), over: DayRange(from: Day(1900, 1, 1)))
            return !files.isDisjoint(with: versions.map(\.hash)) || !files.isDisjoint(with: series.values)
        }
        return """
            SELECT DISTINCT i.id, i.number FROM contract c JOIN invoice_coverage v ON v.contract_id = c.id AND v.is_standing
            JOIN invoice i ON i.id = v.invoice_id WHERE c.tariff = ANY(\(tariffs.keys.map(\.description)))
            """
    }

    /// By terms that were written since: of the same contract, for its days or for those that another stretch of it has now.
    private static func agreed(since seen: Seen) -> SQL {
        """
        SELECT DISTINCT i.id, i.number FROM contract n JOIN contract c ON c.number = n.number
        JOIN invoice_coverage v ON v.contract_id = c.id AND v.is_standing JOIN invoice i ON i.id = v.invoice_id WHERE \(seen.mayMiss("n"))
        """
    }

    /// The last look, and the number that the next transaction gets.
    private struct Seen {
        let snapshot: String
        let next: Int64

        /// The whole number of the transaction that wrote a row. The row knows the lower half of it; the latest that ends so is meant, and
        /// where that is wrong, a bill is looked at in vain.
        private func writer(_ row: String) -> SQL { "(\(next) - ((\(next) - \(raw: row).xmin::text::bigint) & 4294967295))" }

        /// Whether a row was written by a transaction that the last look did not see.
        func misses(_ row: String) -> SQL {
            "NOT pg_visible_in_snapshot(\(writer(row))::text::xid8, \(snapshot)::text::pg_snapshot)"
        }
        /// The same for rows that are written behind a savepoint: these bear a number of their own, which no snapshot lists while their
        /// transaction runs. All since the oldest that ran are taken; some are looked at twice.
        func mayMiss(_ row: String) -> SQL { "\(writer(row)) >= pg_snapshot_xmin(\(snapshot)::text::pg_snapshot)::text::bigint" }
    }
}
