internal import Billing
public import Postgres
public import Values

/// The meters of contracts that are billed in a cycle: for those who ask for readings as the bills need them.
public struct ListCycleMeters: Sendable {
    /// There is no such cycle.
    public struct UnknownCycle: Error, Hashable, Sendable {
        public let text: String
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - day: contracts that hold then, and the meters that hang at their points.
    ///   - after: the last serial of the page before; empty for the first page.
    ///   - limit: 1…1,000.
    /// - Returns: serials in their order, and how many come after them.
    /// - Throws: `UnknownCycle`.
    public func callAsFunction(_ cycle: String, on day: Day, after: String = "", limit: Int = 100) async throws -> (
        serials: [String], remaining: Int64
    ) {
        guard BillingCycle(cycle) != nil else { throw UnknownCycle(text: cycle) }
        let start = after.filter { $0 != "\0" }
        let size = min(max(limit, 1), 1_000)
        return try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let all: SQL = """
                SELECT DISTINCT z.serial FROM contract c JOIN installation i ON i.metering_point_id = c.metering_point_id AND i.valid @> \(day)
                JOIN meter z ON z.id = i.meter_id WHERE c.cycle = \(cycle) AND c.valid @> \(day)
                """
            let serials = try connection.query("SELECT serial FROM (\(all)) s WHERE serial > \(start) ORDER BY serial LIMIT \(size)").map {
                try $0.get(0, as: String.self)
            }
            let remaining: Int64 = try connection.one("SELECT count(*) FROM (\(all)) s WHERE serial > \(serials.last ?? start)")
            return (serials, remaining)
        }
    }
}
