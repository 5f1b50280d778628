internal import Digests
public import Postgres
public import Values

/// A key of a machine client, without its secret.
public struct APIKey: Hashable, Sendable {
    /// Begins every key.
    static let mark = "zw_"
    /// Recognises it in lists and logs.
    public let prefix: String
    public let name: String
    /// Login of who made it, or `console`: as this person it acts. nil: from before this was kept.
    public let createdBy: String?
    public let roles: Set<Role>
    public let createdAt: Instant
    public let expiresAt: Instant?
    /// To the minute.
    public let lastUsed: Instant?
    public let revokedAt: Instant?
}

/// Keys of machine clients: create, list, revoke.
public struct ManageKeys: Sendable {
    public enum Refusal: Error, Hashable, Sendable {
        case noRole
        case unknown(String)
        public var code: String {
            switch self {
            case .noRole: "no-role"
            case .unknown: "unknown-key"
            }
        }
    }

    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// - Returns: the key itself, stored nowhere and shown once: `zw_PREFIX_SECRET`, 256 random bits.
    /// - Throws: ``Refusal``.
    public func create(name: String, roles: Set<Role>, expiresAt: Instant? = nil, by author: String, now: Instant) async throws -> String {
        guard !roles.isEmpty else { throw Refusal.noRole }
        let prefix = Hexadecimal.encode(SecureRandom.bytes(4))
        let key = "\(APIKey.mark)\(prefix)_\(SecureRandom.token(bytes: 32))"
        try await pool.transaction { connection in
            try connection.execute(
                """
                INSERT INTO api_key (prefix, sha256, name, roles, created_at, expires_at, created_by)
                VALUES (\(prefix), \(SHA256.hash(key).bytes), \(name), \(Role.names(roles)), \(now), \(expiresAt), \(author))
                """)
            try AuditLog.append(
                AuditEntry(
                    who: author, command: "key.create", object: prefix, reason: "\(name): \(Role.names(roles).joined(separator: ","))"),
                in: connection, now: now)
        }
        return key
    }

    /// By name.
    public func list() async throws -> [APIKey] {
        try await pool.transaction(readOnly: true) { connection in
            try connection.query(
                "SELECT prefix, name, roles, created_at, expires_at, last_used, revoked_at, created_by FROM api_key ORDER BY name, id"
            ).map { row in
                APIKey(
                    prefix: try row.get(0), name: try row.get(1), createdBy: try row.get(7), roles: Role.set(try row.get(2)),
                    createdAt: try row.get(3), expiresAt: try row.get(4), lastUsed: try row.get(5), revokedAt: try row.get(6))
            }
        }
    }

    /// Refused from the next request on.
    /// - Parameter text: prefix, name, or the whole key.
    /// - Returns: how many were revoked.
    /// - Throws: ``Refusal/unknown(_:)``.
    @discardableResult
    public func revoke(_ text: String, by author: String, now: Instant) async throws -> Int {
        let prefix = text.hasPrefix(APIKey.mark) ? String(text.dropFirst(3).prefix(8)) : text
        return try await pool.transaction { connection in
            let revoked = try connection.query(
                "UPDATE api_key SET revoked_at = \(now) WHERE (prefix = \(prefix) OR name = \(text)) AND revoked_at IS NULL RETURNING prefix"
            ).map { try $0.get(0) as String }
            if revoked.isEmpty {
                let known = try connection.optional(
                    "SELECT 1 FROM api_key WHERE prefix = \(prefix) OR name = \(text) LIMIT 1", as: Int64.self)
                guard known != nil else { throw Refusal.unknown(text) }
            }
            for prefix in revoked {
                try AuditLog.append(AuditEntry(who: author, command: "key.revoke", object: prefix), in: connection, now: now)
            }
            return revoked.count
        }
    }
}
