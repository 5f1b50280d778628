public import Postgres
public import Values

/// Closes the books up to a day: nothing is booked before it any more.
public struct ClosePeriod: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - until: the first day that stays open.
    ///   - today: periods that have not ended do not close.
    /// - Throws: ``LedgerRefusal/cannotClose(_:)``.
    public func callAsFunction(until: Day, author: String, today: Day, now: Instant) async throws {
        try await pool.transaction { connection in
            // Waits for those who are posting; who comes later sees the closing, because the guard reads it under the same lock.
            try connection.execute("SELECT pg_advisory_xact_lock(7236001)")
            let last: Day? = try connection.one("SELECT max(until) FROM period_closing")
            guard until <= today, last.map({ $0 < until }) ?? true else { throw LedgerRefusal.cannotClose(until) }
            try connection.execute(
                """
                INSERT INTO period_closing (until, closed_at, closed_by, entries, seal_number)
                SELECT \(until), \(now), \(author), (SELECT count(*) FROM journal_entry WHERE booking_date < \(until)), (SELECT max(number) FROM seal)
                """)
            try connection.execute(
                """
                INSERT INTO period_balance (until, ledger, debit_cents, credit_cents)
                SELECT \(until), p.ledger, coalesce(sum(p.amount_cents) FILTER (WHERE p.amount_cents > 0), 0),
                       coalesce(-sum(p.amount_cents) FILTER (WHERE p.amount_cents < 0), 0)
                FROM posting p JOIN journal_entry e ON e.id = p.entry_id WHERE e.booking_date < \(until) GROUP BY p.ledger
                """)
        }
    }
}
