internal import MeteringOperations
public import Postgres
public import Values

/// The service's search for bills that late readings, new prices and other terms have made wrong: every few minutes by what came in, once
/// a night over all of them. Of several nodes one does it.
public struct SearchForCorrections: Sendable {
    /// After the survey of values, whose estimates it sees.
    static let hour = 4
    public static let author = "zaehlwerk"
    let pool: Pool
    let holder: String

    /// - Parameter holder: the node, for people who ask who is at it.
    public init(pool: Pool, holder: String) {
        self.pool = pool
        self.holder = holder
    }

    /// What was done at the moment; nil: not due, or another node's.
    public struct Outcome: Sendable {
        public var all: FindCorrections.Report?
        /// Bills that something new touched; nil as well where nothing did.
        public var touched: FindCorrections.Report?
    }

    /// - Throws: what the database throws; the next call begins again.
    @discardableResult
    public func callAsFunction(now: Instant) async throws -> Outcome {
        let lease = DutyLease(pool: pool)
        let time = LocalTime.berlin
        var outcome = Outcome()
        let tomorrow = time.instant(time.day(of: now).adding(days: 1), hour: Self.hour) ?? now.adding(seconds: 86_400)
        if time.timeOfDay(now).hour >= Self.hour,
            try await lease.take("corrections-all", by: holder, until: now.adding(seconds: 2 * 3_600), now: now)
        {
            outcome.all = try await FindCorrections(pool: pool)(author: Self.author, now: now)
            try await lease.done("corrections-all", next: tomorrow, now: now)
        }
        if try await lease.take("corrections", by: holder, until: now.adding(seconds: 1_800), now: now) {
            outcome.touched = try await WatchForCorrections(pool: pool)(author: Self.author, now: now)
            try await lease.done("corrections", next: now, now: now)
        }
        return outcome
    }
}
