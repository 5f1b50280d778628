internal import Digests
internal import Postgres
public import Values

/// A person who may sign in.
public struct User: Hashable, Sendable {
    public let login: String
    public let name: String
    public let roles: Set<Role>
    public let mustChangePassword: Bool
    public let createdAt: Instant
    public let disabledAt: Instant?
}

/// A user with what only this module may see.
struct StoredUser: Sendable {
    let id: Int64
    let user: User
    let password: String
    let epoch: Int32

    static let columns: SQL = "u.id, u.login, u.name, u.roles, u.must_change, u.created_at, u.disabled_at, u.password, u.epoch"

    /// Reads ``columns`` from a place on.
    init(_ row: Row, from place: Int = 0) throws {
        id = try row.get(place)
        user = User(
            login: try row.get(place + 1), name: try row.get(place + 2), roles: Role.set(try row.get(place + 3)),
            mustChangePassword: try row.get(place + 4), createdAt: try row.get(place + 5), disabledAt: try row.get(place + 6))
        password = try row.get(place + 7)
        epoch = try row.get(place + 8)
    }

    static func find(_ login: String, in connection: Connection) throws -> StoredUser? {
        // U+0000 is in no login, and in no text that PostgreSQL takes.
        guard !login.utf8.contains(0) else { return nil }
        return try connection.query("SELECT \(columns) FROM app_user u WHERE u.login = \(login.lowercased())").first.map {
            try StoredUser($0)
        }
    }

    func principal(_ means: Principal.Means) -> Principal {
        Principal(name: user.login, displayName: user.name, roles: user.roles, means: means, mustChangePassword: user.mustChangePassword)
    }
}

extension Role {
    /// A role that a later program wrote and this one does not know gives nothing.
    static func set(_ names: [String]) -> Set<Role> { Set(names.compactMap(Role.init(rawValue:))) }
    static func names(_ roles: Set<Role>) -> [String] { roles.sorted().map(\.rawValue) }
}
