public import Postgres
public import Values

/// Goes on with every run that was begun and is neither over nor paused: one that was killed with its server, and one at work elsewhere,
/// which is only helped.
public struct ResumeBillingRuns: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter failed: called for a run that cannot go on; the others do.
    /// - Throws: where runs cannot be asked for, and `CancellationError`.
    public func callAsFunction(
        clock: @escaping @Sendable () -> Instant, now: Instant, failed: (String, any Error) -> Void
    ) async throws {
        let running = try await pool.transaction(readOnly: true) { connection in
            try connection.query("SELECT number FROM billing_run WHERE state = 'running' ORDER BY id").map { try $0.get(0) as String }
        }
        for number in running {
            do {
                _ = try await RunBilling(pool: pool).work(number, today: LocalTime.berlin.day(of: now), clock: clock, now: now)
            } catch {
                try Task.checkCancellation()
                failed(number, error)
            }
        }
    }
}
