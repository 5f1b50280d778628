public import Postgres
public import Values

/// Lets one of several nodes do a duty that comes back. A lease ends by itself: if its holder dies, another one takes over.
public struct DutyLease: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// Takes the duty until `until`, if nobody holds it now.
    /// - Parameter holder: a name for people who look into the table.
    /// - Returns: whether it was taken.
    public func take(_ duty: String, by holder: String, until: Instant, now: Instant) async throws -> Bool {
        try await pool.transaction { connection in
            try connection.execute(
                """
                INSERT INTO duty_lease (duty, holder, held_until) VALUES (\(duty), \(holder), \(until))
                ON CONFLICT (duty) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until WHERE duty_lease.held_until <= \(now)
                """) == 1
        }
    }

    /// Notes that the duty was done and need not be done again before `next`.
    public func done(_ duty: String, next: Instant, now: Instant) async throws {
        _ = try await pool.transaction { connection in
            try connection.execute("UPDATE duty_lease SET done_at = \(now), held_until = \(next) WHERE duty = \(duty)")
        }
    }
}
