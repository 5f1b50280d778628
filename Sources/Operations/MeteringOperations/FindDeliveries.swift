public import Postgres

/// Which contents were delivered already, from whichever source and under whichever number: what need not be read again.
public struct FindDeliveries: Sendable {
    private let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter hashes: SHA-256 of whole deliveries.
    /// - Returns: those of them that the archive holds.
    public func callAsFunction(among hashes: [[UInt8]]) async throws -> Set<[UInt8]> {
        try await pool.with { connection in
            Set(
                try connection.query("SELECT DISTINCT content_hash FROM delivery WHERE content_hash = ANY(\(hashes))").map {
                    try $0.get(0, as: [UInt8].self)
                })
        }
    }
}
