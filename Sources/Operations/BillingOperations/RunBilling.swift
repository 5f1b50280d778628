internal import Billing
internal import MeteringOperations
public import Postgres
internal import Synchronization
public import Values

/// Bills a cycle, or what has ended: starts or resumes the run and works through it.
///
/// It may be killed at any moment and called again; two calls at once, on one machine or several, share the work.
public struct RunBilling: Sendable {
    let pool: Pool
    /// Contracts of a page; a page is one transaction.
    let pageSize: Int
    /// Pages at a time; they wait for each other only to commit, because numbers are drawn in a row. One more than two cores are busy
    /// with: some page is always waiting for the disk.
    let workers: Int

    public init(pool: Pool, pageSize: Int = 500, workers: Int = 3) {
        self.pool = pool
        self.pageSize = max(1, pageSize)
        self.workers = max(1, workers)
    }

    /// Starts and works to the end.
    ///
    /// - Parameters:
    ///   - cycle: `annual-01` … `annual-12`, `monthly`; `final` for contracts that have ended, `final-annual-12` for those of a cycle;
    ///     `interim` for a bill on demand, over listed contracts only.
    ///   - periodEnd: exclusive: 2026-01-01 bills 2025, and the last days of what ended in 2025.
    ///   - part: what of the cycle; each part is a run of its own.
    ///   - simulate: the same road, rolled back; counts and sums stay.
    ///   - today: day of issue.
    ///   - clock: asked once for each page and for the end of the run, so that a long run says when it did what; nil: all at `now`.
    ///   - now: when the run starts.
    ///   - progress: called after pages, at most once a second of the clock, and at the end.
    /// - Throws: ``BillingRefusal``.
    public func callAsFunction(
        cycle: String, periodEnd: Day, part: BillingPart = .whole, simulate: Bool = false, author: String, today: Day,
        clock: (@Sendable () -> Instant)? = nil, now: Instant, progress: (@Sendable (BillingRunRecord) -> Void)? = nil
    ) async throws -> BillingRunRecord {
        let number = try await start(
            cycle: cycle, periodEnd: periodEnd, part: part, simulate: simulate, author: author, today: today, now: now
        ).number
        return try await work(number, today: today, clock: clock, now: now, progress: progress)
    }

    /// Only starts, or finds what was started; for callers that answer first and work then.
    /// - Throws: ``BillingRefusal``.
    public func start(
        cycle: String, periodEnd: Day, part: BillingPart = .whole, simulate: Bool = false, author: String, today: Day, now: Instant
    ) async throws -> BillingRunRecord {
        guard let known = BillingOccasion(cycle) else { throw BillingRefusal.unknownCycle(cycle) }
        guard Day.enteredYears.contains(periodEnd.year) else { throw BillingRefusal.dayOutOfRange(periodEnd) }
        guard let period = known.period(endingAt: periodEnd) else { throw BillingRefusal.periodDoesNotEnd(cycle: cycle, periodEnd) }
        if case .demand = known {
            guard case .listed = part else { throw BillingRefusal.interimNeedsList }
        }
        guard simulate || periodEnd <= today else { throw BillingRefusal.periodNotOver(periodEnd) }
        return try await pool.transaction { connection in
            let run = try BillingRunStore.start(
                known, period: period, part: try StoredPart(part, in: connection), isSimulation: simulate,
                author: author, now: now, in: connection)
            return try BillingRunRecord.load(run.number, in: connection)
        }
    }

    /// Works through what is open of a run, and ends it; before each page it looks whether a person has paused or stopped it.
    /// - Parameter clock: asked once for each page and for the end of the run; nil: all at `now`.
    /// - Throws: ``BillingRefusal``, and what the database throws; what was committed stays, and a later call goes on.
    @discardableResult
    public func work(
        _ number: String, today: Day, clock: (@Sendable () -> Instant)? = nil, now: Instant,
        progress: (@Sendable (BillingRunRecord) -> Void)? = nil
    ) async throws -> BillingRunRecord {
        let clock = clock ?? { now }
        let page = try await page(of: number, today: today)
        let pulse = Pulse()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<workers {
                group.addTask { try await drain(page, number, clock, pulse, progress) }
            }
            try await group.waitForAll()
        }
        let end = clock()
        let record = try await pool.transaction { connection in
            try BillingRunStore.finish(page.run, now: end, in: connection)
            try BillingRunStore.dropSettled(page.run, in: connection)
            try HeldInvoiceStore.withdraw(page.run, in: connection)
            return try BillingRunRecord.load(number, in: connection)
        }
        progress?(record)
        return record
    }

    private func page(of number: String, today: Day) async throws -> BillingPage {
        try await pool.transaction(readOnly: true) { [pageSize] connection in
            guard let id = try connection.optional("SELECT id FROM billing_run WHERE number = \(number)", as: Int64.self) else {
                throw BillingRefusal.unknownRun(number)
            }
            return try RunBilling.page(id, today: today, size: pageSize, in: connection)
        }
    }

    static func page(
        _ run: Int64, today: Day, size: Int, in connection: Connection
    ) throws -> BillingPage {
        let record = try connection.one("SELECT cycle, is_simulation, author FROM billing_run WHERE id = \(run)") { row in
            (cycle: try row.get(0) as String, isSimulation: try row.get(1) as Bool, author: try row.get(2) as String)
        }
        return BillingPage(
            run: run, cycle: record.cycle, isSimulation: record.isSimulation,
            compute: try ComputeBills.published(today: today, in: connection),
            checks: try connection.thresholdBook(of: CheckParameters.self), author: record.author, today: today, size: size,
            numbers: NumberForecast(process: try connection.one("SELECT pg_backend_pid()", as: Int32.self)))
    }

    private func drain(
        _ page: BillingPage, _ number: String, _ clock: @Sendable () -> Instant, _ pulse: Pulse,
        _ progress: (@Sendable (BillingRunRecord) -> Void)?
    ) async throws {
        while true {
            try Task.checkCancellation()
            // Drawn out here: a page that is tried again after a conflict is the same page.
            let now = clock()
            let done = try await pool.transaction { connection -> Int? in
                guard try BillingRunStore.isRunning(page.run, in: connection) else { return nil }
                return try page.work(in: connection, now: now)
            }
            guard let done else { return }
            if done > 0 {
                if let progress {
                    let seen = clock()
                    if pulse.isDue(at: seen) {
                        progress(try await pool.transaction(readOnly: true) { try BillingRunRecord.load(number, now: seen, in: $0) })
                    }
                }
                continue
            }
            // What is open is in another worker's hands. If that worker dies, its rows are free again.
            guard try await pool.transaction(readOnly: true, { try BillingRunStore.hasOpen(page.run, in: $0) }) else { return }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

/// Counting a run takes longer the more contracts it has: once a second is enough for an eye, once a page is a run's own load.
private final class Pulse: Sendable {
    private let last = Mutex<Instant?>(nil)

    func isDue(at now: Instant) -> Bool {
        last.withLock { last in
            if let before = last, now.microseconds - before.microseconds < 1_000_000 { return false }
            last = now
            return true
        }
    }
}
