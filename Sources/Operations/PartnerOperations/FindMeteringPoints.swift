public import Postgres
public import Values

/// Metering points by what is printed on a device or a letter: a part of their code or of a meter's serial. Also those that no
/// contract names: a meter that was just hung, a house that stands empty.
public struct FindMeteringPoints: Sendable {
    public struct Hit: Hashable, Sendable {
        /// Of the metering point.
        public let code: String
        public let commodity: Commodity
        /// Street and town in a line; empty where nothing is known.
        public let address: String
        /// The meter that was meant; nil if the code was.
        public let serial: String?
        /// Whether any contract names the point.
        public let hasContract: Bool
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter text: as typed; blanks and capitals do not matter. Fewer than three characters find nothing.
    /// - Returns: up to `limit`, codes before serials, in their order.
    public func callAsFunction(_ text: String, limit: Int = 20) async throws -> [Hit] {
        let term = String(text.prefix(64)).filter { !$0.isWhitespace && $0 != "\0" }.uppercased()
        guard term.count >= 3, term.contains(where: \.isNumber) else { return [] }
        let pattern = "%" + term.reduce(into: "") { $0 += "\\%_".contains($1) ? "\\\($1)" : String($1) } + "%"
        let limit = min(max(limit, 1), 200)
        return try await pool.transaction(readOnly: true) { connection in
            try connection.query(
                """
                SELECT m.code, m.commodity, m.street, m.house, m.postcode, m.city, h.serial, EXISTS (SELECT FROM contract c WHERE c.metering_point_id = m.id)
                FROM (
                    (SELECT p.id, NULL::text AS serial FROM metering_point p WHERE p.code LIKE \(pattern) ORDER BY p.code LIMIT \(limit))
                    UNION ALL
                    (SELECT DISTINCT ON (z.serial, i.metering_point_id) i.metering_point_id, z.serial FROM meter z JOIN installation i ON i.meter_id = z.id
                     WHERE z.serial LIKE \(pattern) ORDER BY z.serial, i.metering_point_id LIMIT \(limit))
                ) h JOIN metering_point m ON m.id = h.id ORDER BY h.serial NULLS FIRST, m.code LIMIT \(limit)
                """
            ).map { row in
                let parts: [String?] = [try row.get(2), try row.get(3), try row.get(4), try row.get(5)]
                let lines = [parts[0...1].compactMap(\.self), parts[2...3].compactMap(\.self)].map { $0.joined(separator: " ") }
                return Hit(
                    code: try row.get(0), commodity: Commodity(rawValue: try row.get(1)) ?? .electricity,
                    address: lines.filter { !$0.isEmpty }.joined(separator: ", "), serial: try row.get(6), hasContract: try row.get(7))
            }
        }
    }
}
