public import Postgres
public import Values

/// A run with its counts, and what it kept back.
public struct GetBillingRun: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter now: for the speed and the time that remains; nil: without.
    /// - Throws: ``BillingRefusal/unknownRun(_:)``.
    public func callAsFunction(_ number: String, now: Instant? = nil) async throws -> BillingRunRecord {
        try await pool.transaction(readOnly: true) { try BillingRunRecord.load(number, now: now, in: $0) }
    }

    /// Contracts kept back, in order of their numbers, at most `limit` behind the contract `after`.
    public func held(_ number: String, after: String = "", limit: Int = 200) async throws -> [HeldContract] {
        try await pool.transaction(readOnly: true) { connection in
            try connection.query(
                """
                SELECT c.number, a.number, j.period, j.problem_code, j.problem_text
                FROM billing_run r JOIN billing_job j ON j.run_id = r.id AND j.state = 'held' JOIN contract c ON c.id = j.contract_id
                JOIN account a ON a.id = c.account_id
                WHERE r.number = \(number) AND c.number > \(after) ORDER BY c.number, c.id LIMIT \(limit)
                """
            ).map { row in
                HeldContract(
                    contract: try row.get(0), account: try row.get(1), period: try row.get(2), code: try row.get(3),
                    explanation: try row.get(4, as: String?.self) ?? "")
            }
        }
    }
}

/// Runs, the newest first.
public struct ListBillingRuns: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter cursor: what the page before ended with; nil for the first.
    /// - Returns: runs, and the cursor of the next page if there is one.
    public func callAsFunction(cursor: String? = nil, limit: Int = 50) async throws -> (runs: [BillingRunRecord], next: String?) {
        let before = try BillingRefusal.place(cursor) ?? .max
        return try await pool.transaction(readOnly: true) { connection in
            let found = try BillingRunRecord.load(before: before, limit: limit + 1, in: connection)
            let page = found.prefix(limit)
            return (page.map(\.run), found.count > limit ? page.last.map { String($0.id) } : nil)
        }
    }
}
