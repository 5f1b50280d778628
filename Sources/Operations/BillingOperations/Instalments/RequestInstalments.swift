internal import Billing
internal import Ledger
internal import LedgerOperations
public import Postgres
internal import Tariffs
public import Values

/// Requests the instalments that fall due: a number, an open item, prepayments and tax in the ledger, together.
///
/// It may be killed and called again; nothing is requested twice, and nothing of a contract or account on hold.
public struct RequestInstalments: Sendable {
    public struct Report: Hashable, Sendable {
        public var requested: Int = 0
        public var gross: Money = .zero
        public var tax: Money = .zero
        /// Due, and kept back because contract or account is on hold.
        public var onHold: Int64 = 0
    }
    let pool: Pool
    let pageSize: Int
    public init(pool: Pool, pageSize: Int = 500) {
        self.pool = pool
        self.pageSize = max(1, pageSize)
    }

    /// - Parameter until: exclusive: what is due before this day is requested.
    /// - Throws: ``BillingRefusal``, `LedgerRefusal`.
    public func callAsFunction(dueUntil until: Day, author: String, today: Day, now: Instant) async throws -> Report {
        var report = Report()
        guard Day.enteredYears.contains(until.year) else { throw BillingRefusal.dayOutOfRange(until) }
        try await pool.transaction { try LengthenPlans.lengthen(today: today, in: $0) }
        try await pool.transaction { try RequestInstalments.dropAsked(until, in: $0) }
        while true {
            let page = try await pool.transaction { [pageSize] connection in
                try RequestInstalments.page(until, limit: pageSize, author: author, today: today, now: now, in: connection)
            }
            guard let page else { break }
            report.requested += page.requested
            report.gross += page.gross
            report.tax += page.tax
        }
        report.onHold = try await pool.transaction(readOnly: true) {
            try $0.one("SELECT count(*) FROM instalment s WHERE s.state = 'planned' AND s.due_on < \(until) AND \(onHold)", as: Int64.self)
        }
        return report
    }

    private static let onHold: SQL = """
        EXISTS (SELECT 1 FROM billing_hold h WHERE h.lifted_at IS NULL AND (h.contract_number = s.contract_number OR h.account_id = s.account_id))
        """
    private var onHold: SQL { RequestInstalments.onHold }

    /// Nobody pays in advance for days after the contract's end.
    private static let isSupplied: SQL = """
        EXISTS (SELECT 1 FROM contract c WHERE c.number = s.contract_number AND c.account_id = s.account_id AND c.valid @> s.due_on)
        """

    /// A plan that was changed begins in a month that the plan before has asked for already: nobody pays a month twice.
    private static func dropAsked(_ until: Day, in connection: Connection) throws {
        let asked: SQL = """
            s.state = 'planned' AND s.due_on < \(until) AND EXISTS (
                SELECT 1 FROM instalment o WHERE o.contract_number = s.contract_number AND o.plan_id <> s.plan_id AND o.state = 'requested'
                AND o.due_on >= date_trunc('month', s.due_on)::date AND o.due_on < (date_trunc('month', s.due_on) + interval '1 month')::date)
            """
        let accounts = try connection.query("SELECT DISTINCT s.account_id FROM instalment s WHERE \(asked)").map { try $0.get(0) as Int64 }
        guard !accounts.isEmpty else { return }
        try Clearing.lock(accounts.map { Identifier($0) }, in: connection)
        try connection.execute("UPDATE instalment s SET state = 'withdrawn' WHERE s.account_id = ANY(\(accounts)) AND \(asked)")
    }

    /// - Returns: what was requested; of rows that somebody else had meanwhile, less than was looked at. nil where nothing is left.
    private static func page(
        _ until: Day, limit: Int, author: String, today: Day, now: Instant, in connection: Connection
    ) throws -> Report? {
        let isDue: SQL = "s.state = 'planned' AND s.due_on < \(until) AND NOT \(onHold) AND \(isSupplied)"
        let seen = try connection.query(
            "SELECT s.id, s.account_id FROM instalment s WHERE \(isDue) ORDER BY s.due_on, s.id LIMIT \(limit)"
        ).map { (id: try $0.get(0) as Int64, account: try $0.get(1) as Int64) }
        guard !seen.isEmpty else { return nil }
        // The accounts first, as a bill does; then again what is due: a bill, a hold or another plan may have come between.
        let accounts = Set(seen.map(\.account)).sorted()
        try Clearing.lock(accounts.map { Identifier($0) }, in: connection)
        let rows = try connection.query(
            """
            SELECT s.id, s.account_id, p.contract_id, s.due_on, s.gross_cents, s.tax_cents, s.shares
            FROM instalment s JOIN instalment_plan p ON p.id = s.plan_id
            WHERE s.id = ANY(\(seen.map(\.id))) AND \(isDue) ORDER BY s.due_on, s.id FOR UPDATE OF s
            """)
        var report = Report()
        guard !rows.isEmpty else { return report }
        let first = try BillingRunStore.draw(rows.count, from: "instalment", in: connection)
        var ids: [Int64] = []
        var numbers: [String] = []
        var entries: [JournalEntry] = []
        for (offset, row) in rows.enumerated() {
            let id: Int64 = try row.get(0)
            let number = PrintedNumber(.instalment, serial: first + Int64(offset)).description
            let due: Day = try row.get(3)
            let gross: Money = try row.get(4)
            var postings: [Posting] = [
                .customer(Identifier(try row.get(1)), owes: gross, .instalment, due: due, contract: Identifier(try row.get(2)))
            ]
            postings += try InstalmentEntry.prepayments(try InstalmentStore.shares(try row.get(6)), sign: -1)
            entries.append(
                try JournalEntry(
                    .instalment, bookingDate: today, key: "instalment:\(id)", document: number, text: "Abschlag zum \(due.german)",
                    author: author,
                    postings: postings))
            ids.append(id)
            numbers.append(number)
            report.requested += 1
            report.gross += gross
            report.tax += try row.get(5, as: Money.self)
        }
        let posted = try LedgerPosting.post(entries: entries, in: connection, now: now)
        try connection.execute(
            """
            UPDATE instalment s SET state = 'requested', number = u.number, entry_id = u.entry, requested_on = \(today), requested_by = \(author)
            FROM unnest(\(ids), \(numbers), \(posted.map(\.id.number))) AS u (id, number, entry) WHERE s.id = u.id
            """)
        try SettleAccounts.settle(accounts: accounts.map { Identifier($0) }, in: connection, author: author, today: today, now: now)
        return report
    }
}
