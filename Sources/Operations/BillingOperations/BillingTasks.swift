public import Postgres

/// How much of the billing waits for a person.
public struct BillingTasks: Sendable {
    public struct Counts: Hashable, Sendable {
        /// Bills that a check or a person holds.
        public let held: Int64
        /// Corrections that are proposed.
        public let corrections: Int64
    }
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    public func callAsFunction() async throws -> Counts {
        try await pool.transaction(readOnly: true) { connection in
            Counts(
                held: try connection.one("SELECT count(*) FROM held_invoice WHERE state = 'held'"),
                corrections: try connection.one("SELECT count(*) FROM correction WHERE state = 'proposed'"))
        }
    }
}
