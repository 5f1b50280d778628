internal import Digests
public import Postgres
public import Values

/// People who may sign in: create, list, lock, change. Every change is in the audit log.
public struct ManageUsers: Sendable {
    /// Why it was not done.
    public enum Refusal: Error, Hashable, Sendable {
        case loginTaken(String)
        /// 1–64 lower-case letters, digits, `.`, `-`, `_`, `@`.
        case badLogin(String)
        case noRole
        case unknown(String)
        case password(Password.Problem)
        /// The old password was wrong.
        case wrongPassword

        public var code: String {
            switch self {
            case .loginTaken: "login-taken"
            case .badLogin: "bad-login"
            case .noRole: "no-role"
            case .unknown: "unknown-user"
            case .password(let problem): problem.rawValue
            case .wrongPassword: "wrong-password"
            }
        }
    }

    let pool: Pool
    private let work = PasswordWork()

    public init(pool: Pool) { self.pool = pool }

    /// Creates a user with a password for one use, or with one that somebody chose and that lasts.
    /// - Parameter chosen: for a system that signs in with a password and has no page to choose one on.
    /// - Returns: the password, which is stored nowhere and shown once.
    /// - Throws: ``Refusal``.
    public func create(
        login: String, name: String, roles: Set<Role>, chosen: String? = nil, by author: String, now: Instant
    ) async throws -> String {
        let login = login.lowercased()
        guard (1...64).contains(login.utf8.count), login.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".-_@".contains($0)) })
        else {
            throw Refusal.badLogin(login)
        }
        guard !roles.isEmpty else { throw Refusal.noRole }
        if let chosen, let problem = Password.problem(chosen, login: login) { throw Refusal.password(problem) }
        let password = chosen ?? Password.oneTime()
        let hash = try await work { ScryptHash(password: password).description }
        try await pool.transaction { connection in
            let created = try connection.execute(
                """
                INSERT INTO app_user (login, name, password, must_change, roles, created_at)
                VALUES (\(login), \(name), \(hash), \(chosen == nil), \(Role.names(roles)), \(now)) ON CONFLICT (login) DO NOTHING
                """)
            guard created == 1 else { throw Refusal.loginTaken(login) }
            try AuditLog.append(
                AuditEntry(who: author, command: "user.create", object: login, reason: Role.names(roles).joined(separator: ",")),
                in: connection, now: now)
        }
        return password
    }

    /// By login.
    public func list() async throws -> [User] {
        try await pool.transaction(readOnly: true) { connection in
            try connection.query("SELECT \(StoredUser.columns) FROM app_user u ORDER BY u.login").map { try StoredUser($0).user }
        }
    }

    /// Locks or unlocks; sessions of a locked user are refused at once.
    public func setLocked(_ isLocked: Bool, login: String, by author: String, now: Instant) async throws {
        try await change(login, "user.\(isLocked ? "lock" : "unlock")", by: author, now: now) { connection, user in
            try connection.execute(
                "UPDATE app_user SET disabled_at = \(isLocked ? now : Instant?.none), epoch = epoch + 1 WHERE id = \(user.id)")
        }
    }

    public func setRoles(_ roles: Set<Role>, login: String, by author: String, now: Instant) async throws {
        guard !roles.isEmpty else { throw Refusal.noRole }
        try await change(login, "user.roles", reason: Role.names(roles).joined(separator: ","), by: author, now: now) { connection, user in
            try connection.execute("UPDATE app_user SET roles = \(Role.names(roles)), epoch = epoch + 1 WHERE id = \(user.id)")
        }
    }

    /// A new password for one use.
    public func resetPassword(login: String, by author: String, now: Instant) async throws -> String {
        let password = Password.oneTime()
        let hash = try await work { ScryptHash(password: password).description }
        try await change(login, "user.reset-password", by: author, now: now) { connection, user in
            try connection.execute("UPDATE app_user SET password = \(hash), must_change = true, epoch = epoch + 1 WHERE id = \(user.id)")
        }
        return password
    }

    /// A user chooses a password. All sessions end; the caller signs in anew, which gives a new session id.
    /// - Throws: ``Refusal``.
    public func changePassword(login: String, from old: String, to new: String, now: Instant) async throws {
        let stored = try await pool.transaction(readOnly: true) { connection in try StoredUser.find(login, in: connection) }
        guard let stored, let hash = ScryptHash(stored.password) else { throw Refusal.unknown(login) }
        guard try await work({ hash.verifies(old) }) else { throw Refusal.wrongPassword }
        if old == new { throw Refusal.password(.unchanged) }
        if let problem = Password.problem(new, login: login) { throw Refusal.password(problem) }
        let fresh = try await work { ScryptHash(password: new).description }
        try await change(login, "user.change-password", by: stored.user.login, now: now) { connection, user in
            try connection.execute("UPDATE app_user SET password = \(fresh), must_change = false, epoch = epoch + 1 WHERE id = \(user.id)")
        }
    }

    private func change(
        _ login: String, _ command: String, reason: String? = nil, by author: String, now: Instant,
        _ body: @escaping @Sendable (Connection, StoredUser) throws -> Void
    ) async throws {
        try await pool.transaction { connection in
            guard let user = try StoredUser.find(login, in: connection) else { throw Refusal.unknown(login) }
            try body(connection, user)
            try connection.execute("DELETE FROM session WHERE user_id = \(user.id)")
            try AuditLog.append(
                AuditEntry(who: author, command: command, object: user.user.login, reason: reason), in: connection, now: now)
        }
    }
}
