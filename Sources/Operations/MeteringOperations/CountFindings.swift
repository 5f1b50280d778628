public import Postgres
public import Values

/// How many findings of each rule wait.
public struct CountFindings: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// Rule to open findings, the most frequent first.
    /// - Parameter asOf: as it was then; nil: now.
    public func callAsFunction(asOf: Instant? = nil) async throws -> [(rule: String, count: Int64)] {
        try await pool.transaction(readOnly: true) { connection in
            try connection.query(
                "SELECT f.rule, count(*) FROM finding f WHERE \(Connection.isFinding("open", asOf: asOf)) GROUP BY f.rule ORDER BY count(*) DESC, f.rule"
            )
            .map { (try $0.get(0), try $0.get(1)) }
        }
    }
}
