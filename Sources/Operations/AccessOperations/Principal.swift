internal import Values

/// Who is asking, as established by a credential. Nothing else in the program decides what may be done.
public struct Principal: Hashable, Sendable {
    /// How somebody showed who they are.
    public enum Means: Hashable, Sendable {
        case key(prefix: String)
        case password
        /// The stored digest of the session and the token its forms must carry.
        case session(id: SessionIdentifier, csrfToken: String)
        /// A command on the machine itself.
        case console
    }

    /// The login of a person or the name of a key; written into the audit log and into journal entries as author.
    public let name: String
    /// For pages.
    public let displayName: String
    public let roles: Set<Role>
    public let means: Means
    /// A person with a one-time password may do nothing but choose another.
    public let mustChangePassword: Bool
    /// Who that is: the login of a person; of a key, of the person who made it. Two keys of one person are one person, wherever two
    /// people are needed.
    public let person: String

    /// - Parameter person: who made the key; nil: the name says who it is.
    public init(
        name: String, displayName: String? = nil, roles: Set<Role>, means: Means, mustChangePassword: Bool = false, person: String? = nil
    ) {
        self.name = name
        self.person = person ?? name
        self.displayName = displayName ?? name
        self.roles = roles
        self.means = means
        self.mustChangePassword = mustChangePassword
    }

    public var permissions: Set<Permission> {
        mustChangePassword ? [] : roles.reduce(into: []) { $0.formUnion($1.permissions) }
    }
    public func may(_ permission: Permission) -> Bool { !mustChangePassword && roles.contains { $0.permissions.contains(permission) } }

    /// A command run on the machine: whoever can read the data folder can do anything anyway.
    public static let console = Principal(name: "console", roles: [.admin], means: .console)
}

/// The digest under which a session is stored. The identifier itself is only in the browser.
public struct SessionIdentifier: Hashable, Sendable {
    public let sha256: [UInt8]
    public init(sha256: [UInt8]) { self.sha256 = sha256 }
}

/// What came with a request.
public enum Credential: Hashable, Sendable {
    case bearer(String)
    case basic(login: String, password: String)
    /// The value of the session cookie.
    case session(String)
}
