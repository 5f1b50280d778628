internal import Compression
public import Postgres
public import Values

/// A message as it was received, and what became of it.
public struct DeliveryRecord: Hashable, Sendable {
    public var id: Int64
    public var source: String
    public var messageId: String
    public var receivedAt: Instant
    public var format: String
    /// Bytes as received.
    public var length: Int
    public var accepted: Int
    public var duplicates: Int
    public var revised: Int
    public var rejected: Int
    public var findings: Int
    /// How often the same message came again.
    public var repetitions: Int
    /// The items that were refused, as JSON; nil if there are none.
    public var quarantine: String?
    /// The edit that cancelled it and was not taken back.
    public var cancelledBy: Int64?
}

/// Lists deliveries, newest first.
public struct ListDeliveries: Sendable {
    public struct Filter: Hashable, Sendable {
        public var source: String?
        public var messageId: String?
        /// Only those of which something was refused.
        public var hasRejected: Bool
        public init(source: String? = nil, messageId: String? = nil, hasRejected: Bool = false) {
            self.source = source
            self.messageId = messageId
            self.hasRejected = hasRejected
        }
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - cursor: the `next` of the page before.
    ///   - limit: 1…1000.
    /// - Throws: `ReadSeries.BadCursor`.
    public func callAsFunction(_ filter: Filter = Filter(), cursor: String? = nil, limit: Int = 100) async throws -> (
        items: [DeliveryRecord], next: String?
    ) {
        let before = try cursor.map { text throws(ReadSeries.BadCursor) in
            guard let id = Int64(text) else { throw ReadSeries.BadCursor() }
            return id
        }
        let size = min(max(limit, 1), 1000)
        return try await pool.with { connection in
            var items = try connection.deliveries(
                """
                WHERE (\(before)::bigint IS NULL OR d.id < \(before)) AND (\(filter.source)::text IS NULL OR d.source = \(filter.source))
                AND (\(filter.messageId)::text IS NULL OR d.message_id = \(filter.messageId))
                AND (NOT \(filter.hasRejected) OR d.quarantine IS NOT NULL) ORDER BY d.id DESC LIMIT \(size + 1)
                """)
            guard items.count > size else { return (items, nil) }
            items.removeLast()
            return (items, items.last.map { String($0.id) })
        }
    }

    /// One delivery.
    /// - Throws: `EditRefusal.unknownDelivery`.
    public func callAsFunction(_ id: Int64) async throws -> DeliveryRecord {
        guard let record = try await pool.with({ try $0.deliveries("WHERE d.id = \(id)").first }) else {
            throw EditRefusal.unknownDelivery(id)
        }
        return record
    }

    /// The bytes as received; nil once retention has emptied them.
    /// - Throws: `EditRefusal.unknownDelivery`.
    public func body(of id: Int64) async throws -> [UInt8]? {
        let stored = try await pool.with { connection in
            try connection.optional("SELECT body, body_length FROM delivery WHERE id = \(id)") { row in
                (try row.get(0, as: [UInt8]?.self), try row.get(1, as: Int64.self))
            }
        }
        guard let (bytes, length) = stored else { throw EditRefusal.unknownDelivery(id) }
        return try bytes.map { try Deflate.decompress($0, limit: Int(length) + 1) }
    }
}

extension Connection {
    func deliveries(_ tail: SQL) throws -> [DeliveryRecord] {
        let select: SQL = """
            SELECT d.id, d.source, d.message_id, d.received_at, d.format, d.body_length, d.accepted, d.duplicates, d.revised, d.rejected,
                d.findings, (SELECT count(*) FROM delivery_repeat r WHERE r.delivery_id = d.id), d.quarantine::text,
                (SELECT c.edit_id FROM delivery_cancellation c WHERE c.delivery_id = d.id
                 AND NOT EXISTS (SELECT FROM edit u WHERE u.undoes = c.edit_id) ORDER BY c.edit_id DESC LIMIT 1)
            FROM delivery d
            """
        return try query(select + "\n" + tail).map { row in
            func count(_ column: Int) throws -> Int { Int(try row.get(column, as: Int32.self)) }
            return DeliveryRecord(
                id: try row.get(0), source: try row.get(1), messageId: try row.get(2), receivedAt: try row.get(3), format: try row.get(4),
                length: Int(try row.get(5, as: Int64.self)), accepted: try count(6), duplicates: try count(7), revised: try count(8),
                rejected: try count(9), findings: try count(10), repetitions: try row.get(11), quarantine: try row.get(12),
                cancelledBy: try row.get(13))
        }
    }
}
