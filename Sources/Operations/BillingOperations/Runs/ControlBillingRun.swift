public import Postgres
public import Values

/// Lets a run wait. Pages that have begun are finished; none begins until the run is continued, whichever process works on it.
public struct PauseBillingRun: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// A run that waits already stays as it is.
    /// - Throws: ``BillingRefusal/unknownRun(_:)``, ``BillingRefusal/runEnded(_:_:)``.
    public func callAsFunction(_ number: String, author: String, now: Instant) async throws -> BillingRunRecord {
        try await pool.transaction { connection in
            try BillingRunStore.change(number, to: .paused, from: [.running], author: author, now: now, in: connection)
        }
    }
}

/// Lets a run that waits go on; who has called works it off with ``RunBilling/work(_:today:clock:now:progress:)``.
public struct ContinueBillingRun: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// A run at work stays as it is. What other runs have billed while it waited is its work no longer.
    /// - Throws: ``BillingRefusal/unknownRun(_:)``, ``BillingRefusal/runEnded(_:_:)``.
    public func callAsFunction(_ number: String, author: String, now: Instant) async throws -> BillingRunRecord {
        try await pool.transaction { connection in
            _ = try BillingRunStore.change(number, to: .running, from: [.paused], author: author, now: now, in: connection)
            if let id = try connection.optional("SELECT id FROM billing_run WHERE number = \(number) AND state = 'running'", as: Int64.self)
            {
                try BillingRunStore.dropSettled(id, in: connection)
            }
            return try BillingRunRecord.load(number, in: connection)
        }
    }
}

/// Ends a run before its end. What is billed stays; the rest is billed when the run is started again.
public struct StopBillingRun: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// A run that was stopped already stays as it is.
    /// - Throws: ``BillingRefusal/unknownRun(_:)``, ``BillingRefusal/runEnded(_:_:)``.
    public func callAsFunction(_ number: String, author: String, now: Instant) async throws -> BillingRunRecord {
        try await pool.transaction { connection in
            try BillingRunStore.change(number, to: .stopped, from: [.running, .paused], author: author, now: now, in: connection)
        }
    }
}
