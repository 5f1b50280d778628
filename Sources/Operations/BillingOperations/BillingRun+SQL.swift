internal import Billing
internal import Postgres
internal import Values

extension BillingRunRecord {
    /// - Parameter now: what the speed is counted up to; nil: it is not asked for.
    private static func columns(now: Instant?) -> SQL {
        let since = now?.adding(seconds: -Pace.window)
        return """
            r.number, r.cycle, r.period, r.is_simulation, r.state, r.started_at, r.finished_at, r.author, count(j.*),
            count(*) FILTER (WHERE j.state = 'open'), count(*) FILTER (WHERE j.state IN ('billed', 'simulated')), count(*) FILTER (WHERE j.state = 'held'),
            coalesce(sum(j.net_cents), 0)::bigint, coalesce(sum(j.tax_cents), 0)::bigint, coalesce(sum(j.gross_cents), 0)::bigint,
            r.region, cardinality(r.numbers), r.changed_by, r.changed_at,
            count(*) FILTER (WHERE j.done_at >= \(since)), min(j.done_at) FILTER (WHERE j.done_at >= \(since))
            """
    }

    init(_ row: Row, now: Instant?) throws {
        let state = State(rawValue: try row.get(4)) ?? .running
        let first = try row.get(20, as: Instant?.self)
        let open: Int64 = try row.get(9)
        var pace: Pace?
        if state == .running, open > 0, let now, let first {
            pace = Pace(done: try row.get(19), microseconds: now.microseconds - first.microseconds, open: open)
        }
        self.init(
            number: try row.get(0), cycle: try row.get(1), period: try row.get(2), isSimulation: try row.get(3),
            state: state, startedAt: try row.get(5), finishedAt: try row.get(6),
            author: try row.get(7),
            contracts: try row.get(8), open: open, billed: try row.get(10), held: try row.get(11), net: try row.get(12),
            tax: try row.get(13),
            gross: try row.get(14), region: try row.get(15), listed: try row.get(16), changedBy: try row.get(17),
            changedAt: try row.get(18), pace: pace)
    }

    static func load(_ number: String, now: Instant? = nil, in connection: Connection) throws -> BillingRunRecord {
        let rows = try connection.query(
            "SELECT \(columns(now: now)) FROM billing_run r LEFT JOIN billing_job j ON j.run_id = r.id WHERE r.number = \(number) GROUP BY r.id"
        )
        guard let row = rows.first else { throw BillingRefusal.unknownRun(number) }
        return try BillingRunRecord(row, now: now)
    }
    static func load(before id: Int64, limit: Int, in connection: Connection) throws -> [(id: Int64, run: BillingRunRecord)] {
        try connection.query(
            """
            SELECT \(columns(now: nil)), r.id FROM billing_run r LEFT JOIN billing_job j ON j.run_id = r.id WHERE r.id < \(id)
            GROUP BY r.id ORDER BY r.id DESC LIMIT \(limit)
            """
        ).map { (id: try $0.get(21), run: try BillingRunRecord($0, now: nil)) }
    }
}

/// Runs and their jobs.
enum BillingRunStore {
    /// The run of a cycle and period with its open jobs: a new one, one that was interrupted, or a finished one that has found
    /// something to do again.
    static func start(
        _ occasion: BillingOccasion, period: DayRange, part: StoredPart, isSimulation: Bool, author: String, now: Instant,
        in connection: Connection
    ) throws -> (id: Int64, number: String) {
        let cycle = occasion.description
        try connection.query("SELECT pg_advisory_xact_lock(7236102)")
        let found = try connection.optional(
            "SELECT id, number, state FROM billing_run WHERE cycle = \(cycle) AND period = \(period) AND scope = \(part.scope) AND NOT is_simulation"
        ) { row in
            (id: try row.get(0) as Int64, number: try row.get(1) as String, state: try row.get(2) as String)
        }
        let run: (id: Int64, number: String)
        if let found, !isSimulation {
            // Who let it wait had a reason; a start that comes by the clock does not know it.
            guard found.state != BillingRunRecord.State.paused.rawValue else { throw BillingRefusal.runPaused(found.number) }
            run = (found.id, found.number)
        } else {
            let serial = try draw(1, from: isSimulation ? "trial" : "run", in: connection)
            run = (
                try connection.one("SELECT nextval('billing_run_id')", as: Int64.self),
                PrintedNumber(isSimulation ? .trial : .run, serial: serial).description
            )
            try connection.execute(
                """
                INSERT INTO billing_run (id, number, cycle, period, is_simulation, state, started_at, author, scope, region, numbers)
                VALUES (\(run.id), \(run.number), \(cycle), \(period), \(isSimulation), 'running', \(now), \(author), \(part.scope), \(part.region), \(part.numbers))
                """)
        }
        let opened = try open(run.id, DueDays(occasion, period), part: part, in: connection)
        if case .ended = occasion, !isSimulation { try takeOverEnded(run.id, in: connection) }
        // Who asks for a bill on demand reads the answer; what a cycle or an end leaves open has to be found by somebody.
        if occasion != .demand, !isSimulation { try HeldInvoiceStore.holdPartlyBilled(run.id, now: now, in: connection) }
        // What was stopped has its work open still.
        try connection.execute(
            """
            UPDATE billing_run SET state = 'running', finished_at = NULL
            WHERE id = \(run.id) AND (\(opened > 0) OR state = 'stopped') AND state <> 'paused'
            """)
        return run
    }

    /// What is due: contracts of the cycle with days of the period that no standing bill covers. Held ones are tried again.
    private static func open(_ run: Int64, _ due: DueDays, part: StoredPart, in connection: Connection) throws -> Int {
        let opened = try connection.execute(
            """
            INSERT INTO billing_job (run_id, contract_id, period, state, group_id)
            SELECT \(run), c.id, \(due.days), 'open',
                   -- A Gutschrift is the customer's own document (§ 14(2) UStG): feed-in never shares a paper with what is supplied.
                   -- Nor do two accounts: a contract that changed its account has a bill for each.
                   CASE WHEN a.collective_invoice AND c.direction = 'supply' THEN min(c.id) OVER (PARTITION BY a.id, c.direction)
                        ELSE min(c.id) OVER (PARTITION BY a.id, c.number, c.direction) END
            FROM contract c JOIN account a ON a.id = c.account_id
            WHERE \(due.condition) AND \(part.condition) AND NOT EXISTS (
                SELECT 1 FROM invoice_coverage v WHERE v.contract_number = c.number AND v.period && (\(due.days)) AND v.is_standing)
            ON CONFLICT (run_id, contract_id) DO UPDATE SET state = 'open', period = excluded.period, group_id = excluded.group_id,
                invoice_id = NULL, problem_code = NULL, problem_text = NULL, notices = NULL, done_at = NULL, net_cents = 0, tax_cents = 0, gross_cents = 0
            WHERE billing_job.period <> excluded.period
                OR billing_job.state <> 'billed' AND (billing_job.state <> 'open' OR billing_job.group_id <> excluded.group_id)
                -- Of the same run started twice the first has billed since this statement began to look: what it issued is not seen here,
                -- only what was taken back is.
                OR EXISTS (SELECT 1 FROM invoice i WHERE i.id = billing_job.invoice_id AND i.cancelled_by IS NOT NULL)
            """)
        try holdBilled(run, due, part: part, in: connection)
        // What the run has billed stays with it, whatever became of the contract since: the run comes to what its report says.
        try connection.execute(
            """
            UPDATE billing_job j SET state = 'billed', invoice_id = v.invoice_id, problem_code = NULL, problem_text = NULL
            FROM contract c JOIN account a ON a.id = c.account_id JOIN invoice_coverage v ON v.contract_id = c.id AND v.is_standing
            JOIN invoice i ON i.id = v.invoice_id
            WHERE j.run_id = \(run) AND i.run_id = \(run) AND j.contract_id = c.id AND j.state = 'held'
                AND NOT coalesce(\(due.condition) AND \(part.condition), false)
            """)
        // What has no day in this cycle any more is nobody's work, and no reason to look.
        try connection.execute(
            """
            DELETE FROM billing_job j USING contract c JOIN account a ON a.id = c.account_id
            WHERE j.run_id = \(run) AND j.contract_id = c.id AND j.state IN ('open', 'held')
                AND NOT coalesce(\(due.condition) AND \(part.condition), false)
            """)
        try dropSettled(run, in: connection)
        return opened
    }

    /// Days that are billed, but not as they should be: by terms that were changed behind the bill, or only in part because the
    /// contract was made longer. What is standing cannot be added to without looking, so a person decides. Sums of the run's
    /// own bill stay with the job, and a job that has come in order again is billed as before.
    private static func holdBilled(_ run: Int64, _ due: DueDays, part: StoredPart, in connection: Connection) throws {
        // What was held for it and has been decided since is nobody's work any more.
        try connection.execute(
            """
            DELETE FROM billing_job j USING contract c WHERE j.run_id = \(run) AND j.contract_id = c.id AND j.state = 'held'
                AND j.problem_code = \(Hindrance.alreadyBilled(by: "").code) AND (
                    SELECT bool_and(\(DueDays.isRecomputed)) FROM invoice_coverage v
                    WHERE v.contract_number = c.number AND v.period && (\(due.days)) AND v.is_standing)
            """)
        try connection.execute(
            """
            INSERT INTO billing_job (run_id, contract_id, group_id, period, state, problem_code, problem_text, net_cents, tax_cents, gross_cents)
            SELECT \(run), id, id, days, 'held', CASE WHEN is_beyond THEN \(Hindrance.billedBeyondEnd(by: "").code) WHEN is_whole THEN \(Hindrance.alreadyBilled(by: "").code) ELSE \(Hindrance.partlyBilled(by: "").code) END,
                   replace(CASE WHEN is_beyond THEN \(Hindrance.billedBeyondEnd(by: "%").explanation) WHEN is_whole THEN \(Hindrance.alreadyBilled(by: "%").explanation) ELSE \(Hindrance.partlyBilled(by: "%").explanation) END, '%', number),
                   net, tax, gross
            FROM (
                SELECT c.id, \(due.days) AS days, min(i.number) AS number, range_agg(v.period) @> (\(due.days)) AS is_whole,
                       bool_or(v.contract_id = c.id) OR bool_and(\(DueDays.isRecomputed)) AS is_own, bool_or(v.contract_id = c.id AND \(DueDays.isBeyondEnd)) AS is_beyond,
                       coalesce(sum(i.net_cents) FILTER (WHERE i.contract_id = c.id AND i.run_id = \(run)), 0)::bigint AS net,
                       coalesce(sum(i.tax_cents) FILTER (WHERE i.contract_id = c.id AND i.run_id = \(run)), 0)::bigint AS tax,
                       coalesce(sum(i.gross_cents) FILTER (WHERE i.contract_id = c.id AND i.run_id = \(run)), 0)::bigint AS gross
                FROM contract c JOIN invoice_coverage v ON v.contract_number = c.number AND v.period && (\(due.days)) AND v.is_standing
                JOIN invoice i ON i.id = v.invoice_id JOIN account a ON a.id = c.account_id
                WHERE \(due.condition) AND \(part.condition) GROUP BY c.id
            ) d
            WHERE NOT (is_whole AND is_own) OR is_beyond
            ON CONFLICT (run_id, contract_id) DO UPDATE SET state = 'held', period = excluded.period, invoice_id = NULL,
                problem_code = excluded.problem_code, problem_text = excluded.problem_text, net_cents = excluded.net_cents,
                tax_cents = excluded.tax_cents, gross_cents = excluded.gross_cents
            """)
        try connection.execute(
            """
            UPDATE billing_job j SET state = 'billed', invoice_id = i.id, period = \(due.days), problem_code = NULL, problem_text = NULL,
                net_cents = CASE WHEN i.contract_id = c.id THEN i.net_cents ELSE 0 END,
                tax_cents = CASE WHEN i.contract_id = c.id THEN i.tax_cents ELSE 0 END,
                gross_cents = CASE WHEN i.contract_id = c.id THEN i.gross_cents ELSE 0 END
            FROM contract c JOIN invoice_coverage v ON v.contract_id = c.id AND v.is_standing JOIN invoice i ON i.id = v.invoice_id
            WHERE i.run_id = \(run) AND j.run_id = \(run) AND j.contract_id = c.id AND j.state = 'held' AND NOT isempty(\(due.days))
                AND v.period @> (\(due.days)) AND NOT \(DueDays.isBeyondEnd)
            """)
    }

    /// The first of `count` numbers; the row stays locked until the transaction ends, so draw late.
    static func draw(_ count: Int, from circle: String, in connection: Connection) throws -> Int64 {
        try connection.one(
            "UPDATE number_circle SET next = next + \(Int64(count)) WHERE circle = \(circle) RETURNING next - \(Int64(count))",
            as: Int64.self)
    }

    /// The number that comes next, as far as others have committed.
    static func next(in circle: String) -> SQL { "SELECT next FROM number_circle WHERE circle = \(circle)" }
    /// The circle of invoices and whatever else takes one of their numbers.
    static let invoices = "invoice"

    /// Ends the run unless somebody has work left. Safe to say more than once.
    static func finish(_ run: Int64, now: Instant, in connection: Connection) throws {
        try connection.execute(
            """
            UPDATE billing_run SET state = 'finished', finished_at = greatest(started_at, \(now))
            WHERE id = \(run) AND state = 'running' AND NOT EXISTS (SELECT 1 FROM billing_job WHERE run_id = \(run) AND state = 'open')
            """)
    }
    static func hasOpen(_ run: Int64, in connection: Connection) throws -> Bool {
        try connection.one("SELECT EXISTS (SELECT 1 FROM billing_job WHERE run_id = \(run) AND state = 'open')", as: Bool.self)
    }
}
