public import Postgres
internal import Values

/// How many findings of each rule wait.
public struct CountFindings: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// Rule to open findings, the most frequent first.
    public func callAsFunction() async throws -> [(rule: String, count: Int64)] {
        try await pool.transaction(readOnly: true) { connection in
            try connection.query("SELECT rule, count(*) FROM finding WHERE state = 'open' GROUP BY rule ORDER BY count(*) DESC, rule")
                .map { (try $0.get(0), try $0.get(1)) }
        }
    }
}
