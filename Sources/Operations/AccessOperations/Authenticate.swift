internal import Digests
public import Postgres
internal import Synchronization
public import Values

/// Establishes who is asking. One for the whole server: it remembers for a few minutes which passwords were right.
public final class Authenticate: Sendable {
    /// What a browser gets when somebody signed in.
    public struct SignedIn: Hashable, Sendable {
        /// The value of the cookie: 256 random bits, stored only as a digest.
        public let session: String
        public let principal: Principal
        public let endsAt: Instant
    }

    /// A session ends after so long without a request, and in any case at its absolute end.
    public static let idle: Int64 = 30 * 60
    public static let absolute: Int64 = 12 * 3_600
    private static let cacheLife: Int64 = 300

    private struct Proven {
        let login: String
        let epoch: Int32
        let until: Instant
    }

    private let pool: Pool
    private let work: PasswordWork
    /// Of this process only: what it signs is worth nothing elsewhere or later.
    private let bootKey = SecureRandom.bytes(32)
    private let proven = Mutex<[Digest: Proven]>([:])

    public init(pool: Pool) {
        self.pool = pool
        work = PasswordWork()
    }

    /// - Parameter address: of the client, for the delay after failed attempts.
    /// - Throws: ``AuthenticationFailure``.
    public func callAsFunction(_ credential: Credential, address: String, now: Instant) async throws -> Principal {
        switch credential {
        case .bearer(let key): try await authenticate(key: key, now: now)
        // Clients that know Basic or UsernameToken only put a key where the password goes; the name beside it says nothing.
        case .basic(_, let key) where key.hasPrefix(APIKey.mark): try await authenticate(key: key, now: now)
        case .basic(let login, let password): try await authenticate(login: login, password: password, address: address, now: now)
        case .session(let session): try await authenticate(session: session, now: now)
        }
    }

    // MARK: Keys

    private func authenticate(key: String, now: Instant) async throws -> Principal {
        guard (1...200).contains(key.utf8.count) else { throw AuthenticationFailure.invalid }
        let digest = SHA256.hash(key).bytes
        return try await pool.with { connection in
            let rows = try connection.query(
                """
                SELECT prefix, name, roles, last_used, created_by FROM api_key
                WHERE sha256 = \(digest) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > \(now))
                """)
            guard let row = rows.first else { throw AuthenticationFailure.invalid }
            let prefix: String = try row.get(0)
            let lastUsed: Instant? = try row.get(3)
            // To the minute: a write per request would cost more than the request.
            if lastUsed.map({ $0.seconds(until: now) >= 60 }) ?? true {
                try connection.execute("UPDATE api_key SET last_used = \(now) WHERE sha256 = \(digest)")
            }
            return Principal(
                name: "key:\(try row.get(1) as String)", roles: Role.set(try row.get(2)), means: .key(prefix: prefix),
                person: try row.get(4))
        }
    }

    // MARK: Passwords

    private func authenticate(login: String, password: String, address: String, now: Instant) async throws -> Principal {
        let stored = try await check(login: login, password: password, address: address, now: now)
        return stored.principal(.password)
    }

    /// Signs a person in at the cockpit: a new session, whatever was before.
    /// - Throws: ``AuthenticationFailure``.
    public func signIn(login: String, password: String, address: String, now: Instant) async throws -> SignedIn {
        let stored = try await check(login: login, password: password, address: address, now: now)
        let session = SecureRandom.token(bytes: 32)
        let csrfToken = SecureRandom.token(bytes: 32)
        let digest = SHA256.hash(session).bytes
        let endsAt = now.adding(seconds: Authenticate.absolute)
        try await pool.transaction { connection in
            try connection.execute("DELETE FROM session WHERE ends_at < \(now) OR last_seen < \(now.adding(seconds: -Authenticate.idle))")
            try connection.execute(
                """
                INSERT INTO session (sha256, user_id, epoch, created_at, last_seen, ends_at, csrf_token)
                VALUES (\(digest), \(stored.id), \(stored.epoch), \(now), \(now), \(endsAt), \(csrfToken))
                """)
            try AuditLog.append(
                AuditEntry(who: stored.user.login, command: "session.begin", object: stored.user.login, address: address), in: connection,
                now: now)
        }
        let principal = stored.principal(.session(id: SessionIdentifier(sha256: digest), csrfToken: csrfToken))
        return SignedIn(session: session, principal: principal, endsAt: endsAt)
    }

    private func check(login: String, password: String, address: String, now: Instant) async throws -> StoredUser {
        guard (1...64).contains(login.utf8.count), (1...512).contains(password.utf8.count) else { throw AuthenticationFailure.invalid }
        let login = login.lowercased().filter { $0 != "\0" }
        let proof = HMAC.sha256(Array(login.utf8) + [0] + Array(password.utf8), key: bootKey)
        let (user, wait) = try await pool.with { connection in
            (try StoredUser.find(login, in: connection), try LoginAttempts.wait(login: login, address: address, in: connection, now: now))
        }
        // What was right a moment ago and has not been changed since needs no second hash. Rights and locks are read anew above.
        if let user, user.user.disabledAt == nil, isProven(proof, of: user, now: now) { return user }
        guard wait <= 0 else { throw AuthenticationFailure.wait(seconds: wait) }
        let isRight: Bool
        do {
            isRight = try await work {
                guard let hash = user.flatMap({ ScryptHash($0.password) }) else {
                    ScryptHash.spendTheSameTime(on: password)
                    return false
                }
                return hash.verifies(password)
            }
        } catch is PasswordWork.Busy { throw AuthenticationFailure.busy }
        guard let user, isRight, user.user.disabledAt == nil else {
            try await pool.transaction { connection in
                try LoginAttempts.failed(login: login, address: address, in: connection, now: now)
                // The login as typed may be a password in the wrong field: only known ones are written down.
                try AuditLog.append(
                    AuditEntry(
                        who: user?.user.login ?? "unknown", command: "session.refused", object: user?.user.login ?? "unknown",
                        address: address),
                    in: connection, now: now)
            }
            throw AuthenticationFailure.invalid
        }
        let rehashed = ScryptHash(user.password)?.needsRehash == true ? try? await work { ScryptHash(password: password).description } : nil
        try await pool.transaction { connection in
            try LoginAttempts.succeeded(login: login, address: address, in: connection)
            if let rehashed {
                try connection.execute("UPDATE app_user SET password = \(rehashed) WHERE id = \(user.id) AND epoch = \(user.epoch)")
            }
        }
        remember(proof, of: user, now: now)
        return user
    }

    private func isProven(_ proof: Digest, of user: StoredUser, now: Instant) -> Bool {
        proven.withLock { proven in
            guard let entry = proven[proof] else { return false }
            guard entry.login == user.user.login, entry.epoch == user.epoch, entry.until > now,
                now.adding(seconds: Authenticate.cacheLife) >= entry.until
            else {
                proven[proof] = nil
                return false
            }
            return true
        }
    }

    private func remember(_ proof: Digest, of user: StoredUser, now: Instant) {
        proven.withLock { proven in
            if proven.count >= 1_000 { proven = proven.filter { $0.value.until > now } }
            if proven.count >= 1_000 { proven = [:] }
            proven[proof] = Proven(login: user.user.login, epoch: user.epoch, until: now.adding(seconds: Authenticate.cacheLife))
        }
    }

    // MARK: Sessions

    private func authenticate(session: String, now: Instant) async throws -> Principal {
        guard (1...200).contains(session.utf8.count) else { throw AuthenticationFailure.invalid }
        let digest = SHA256.hash(session).bytes
        return try await pool.with { connection in
            let rows = try connection.query(
                """
                SELECT \(StoredUser.columns), s.csrf_token, s.last_seen FROM session s JOIN app_user u ON u.id = s.user_id
                WHERE s.sha256 = \(digest) AND s.ends_at > \(now) AND s.last_seen > \(now.adding(seconds: -Authenticate.idle))
                    AND s.epoch = u.epoch AND u.disabled_at IS NULL
                """)
            guard let row = rows.first else { throw AuthenticationFailure.invalid }
            let lastSeen: Instant = try row.get(10)
            if lastSeen.seconds(until: now) >= 60 {
                try connection.execute("UPDATE session SET last_seen = \(now) WHERE sha256 = \(digest)")
            }
            return try StoredUser(row).principal(.session(id: SessionIdentifier(sha256: digest), csrfToken: try row.get(9)))
        }
    }

    /// Ends one session. What it was is refused from the next request on.
    public func signOut(_ principal: Principal, now: Instant) async throws {
        guard case .session(let id, _) = principal.means else { return }
        try await pool.transaction { connection in
            try connection.execute("DELETE FROM session WHERE sha256 = \(id.sha256)")
            try AuditLog.append(AuditEntry(who: principal.name, command: "session.end", object: principal.name), in: connection, now: now)
        }
    }
}
