public import Postgres
public import Values

/// Meters with where they hang or hung, in order of their serials: for those who ask by device and not by place.
public struct ListMeters: Sendable {
    /// A meter at a point.
    public struct Entry: Hashable, Sendable {
        public let serial: String
        /// Code of the metering point.
        public let point: String
        public let commodity: Commodity
        public let valid: DayRange
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// All meters, a page at a time.
    ///
    /// - Parameters:
    ///   - serial: the last of the page before; empty for the first page.
    ///   - limit: meters in a page, 1…1,000; each with all its places.
    /// - Returns: the page, and how many meters come after it.
    public func callAsFunction(after serial: String = "", limit: Int = 500) async throws -> (entries: [Entry], remaining: Int64) {
        let limit = min(max(limit, 1), 1_000)
        let start = serial.filter { $0 != "\0" }
        return try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let entries = try ListMeters.entries(
                "z.id IN (SELECT id FROM meter WHERE serial > \(start) ORDER BY serial LIMIT \(limit))", in: connection)
            let remaining: Int64 = try connection.one("SELECT count(*) FROM meter WHERE serial > \(entries.last?.serial ?? start)")
            return (entries, remaining)
        }
    }

    /// These meters, as far as they are known.
    public func callAsFunction(serials: [String]) async throws -> [Entry] {
        let known = serials.filter { !$0.utf8.contains(0) }
        return try await pool.transaction(readOnly: true) { try ListMeters.entries("z.serial = ANY(\(known))", in: $0) }
    }

    private static func entries(_ condition: SQL, in connection: Connection) throws -> [Entry] {
        try connection.query(
            """
            SELECT z.serial, m.code, m.commodity, i.valid FROM meter z
            JOIN installation i ON i.meter_id = z.id JOIN metering_point m ON m.id = i.metering_point_id
            WHERE \(condition) ORDER BY z.serial, lower(i.valid)
            """
        ).map { row in
            Entry(
                serial: try row.get(0), point: try row.get(1), commodity: Commodity(rawValue: try row.get(2)) ?? .electricity,
                valid: try row.get(3))
        }
    }
}
