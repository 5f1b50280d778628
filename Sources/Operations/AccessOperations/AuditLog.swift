public import Postgres
public import Values

/// Who did what to which object. A row is written in the transaction of the change: without it, the change does not happen.
public struct AuditEntry: Hashable, Sendable {
    public let who: String
    /// What was done: `partner.view`, `invoice.cancel`.
    public let command: String
    /// Its number.
    public let object: String
    public let reason: String?
    /// Digests of the object, so that the log proves a change without repeating personal data.
    public let before: [UInt8]?
    public let after: [UInt8]?
    public let address: String?
    public let correlationId: String?

    public init(
        who: String, command: String, object: String, reason: String? = nil, before: [UInt8]? = nil, after: [UInt8]? = nil,
        address: String? = nil,
        correlationId: String? = nil
    ) {
        self.who = who
        self.command = command
        self.object = object
        self.reason = reason
        self.before = before
        self.after = after
        self.address = address
        self.correlationId = correlationId
    }
}

/// The log that only grows.
public enum AuditLog {
    /// A row of it.
    public struct Row: Hashable, Sendable {
        public let id: Int64
        public let at: Instant
        public let entry: AuditEntry
    }

    /// Adds a row inside the caller's transaction.
    public static func append(_ entry: AuditEntry, in connection: Connection, now: Instant) throws {
        try connection.execute(
            """
            INSERT INTO audit_log (at, who, command, object, reason, hash_before, hash_after, address, correlation_id)
            VALUES (\(now), \(entry.who), \(entry.command), \(entry.object), \(entry.reason), \(entry.before), \(entry.after), \(entry.address),
                    \(entry.correlationId))
            """)
    }

    /// Adds a row in a transaction of its own, for a look that changes nothing (“who saw customer X”).
    public static func append(_ entry: AuditEntry, pool: Pool, now: Instant) async throws {
        try await pool.transaction { connection in try append(entry, in: connection, now: now) }
    }

    /// The newest rows, of one object or of all.
    public static func list(pool: Pool, object: String? = nil, before id: Int64? = nil, limit: Int = 100) async throws -> [Row] {
        try await pool.transaction(readOnly: true) { connection in
            try connection.query(
                """
                SELECT id, at, who, command, object, reason, hash_before, hash_after, address, correlation_id FROM audit_log
                WHERE (\(object)::text IS NULL OR object = \(object)) AND id < \(id ?? .max) ORDER BY id DESC LIMIT \(limit)
                """
            ).map { row in
                Row(
                    id: try row.get(0), at: try row.get(1),
                    entry: AuditEntry(
                        who: try row.get(2), command: try row.get(3), object: try row.get(4), reason: try row.get(5),
                        before: try row.get(6),
                        after: try row.get(7), address: try row.get(8), correlationId: try row.get(9)))
            }
        }
    }
}
