public import AccessOperations
internal import Digests
public import Values

/// Judges credentials. The composition root fills it with AccessOperations; a test with what the test is about.
public struct Gatekeeper: Sendable {
    /// Who holds this credential; nil for a wrong, unknown, expired or revoked one. The address is for the delay after failures.
    public var authenticate: @Sendable (_ credential: Credential, _ address: String, _ now: Instant) async throws -> Principal?

    public init(authenticate: @escaping @Sendable (_ credential: Credential, _ address: String, _ now: Instant) async throws -> Principal?)
    {
        self.authenticate = authenticate
    }

    /// Lets nobody in.
    public static let closed = Gatekeeper { _, _, _ in nil }
}

/// Who may use a route. There is no default: a route without a rule cannot be written.
public enum Access: Sendable, Hashable {
    /// Anybody, signed in or not.
    case open
    /// Anybody on this machine.
    case loopback
    /// Whoever has signed in.
    case signedIn
    /// Whoever has this permission.
    case permission(Permission)
    /// Whoever has one of these permissions.
    case anyOf([Permission])

    /// - Throws: `Problem` (403) when the principal may not.
    func check(_ principal: Principal) throws(Problem) {
        switch self {
        case .open, .loopback, .signedIn: return
        case _ where principal.mustChangePassword: throw .oneTimePassword
        case .permission(let permission):
            guard principal.may(permission) else { throw Problem(.forbidden, "it needs the right \(permission.rawValue)") }
        case .anyOf(let permissions):
            guard permissions.contains(where: { principal.may($0) }) else {
                throw Problem(.forbidden, "it needs one of the rights \(permissions.map(\.rawValue).joined(separator: ", "))")
            }
        }
    }
}

extension Problem {
    /// Who came with a one-time password has every right of their roles as soon as they have one of their own.
    static let oneTimePassword = Problem(
        .forbidden, "this is a one-time password: change the password first, at /password in the browser")
}

/// What stands in `Authorization`.
enum Authorization: Sendable, Equatable {
    case none
    case credential(Credential)
    /// A scheme or a form that nobody here knows.
    case unknown

    init(_ headers: Headers) {
        guard let value = headers["Authorization"] else {
            self = .none
            return
        }
        let halves = value.split(separator: " ", maxSplits: 1)
        let rest = halves.count == 2 ? String(halves[1].drop { $0 == " " }) : ""
        switch halves.first?.lowercased() {
        case "bearer": self = rest.isEmpty ? .unknown : .credential(.bearer(rest))
        case "basic": self = Authorization.basic(encoded: rest)
        default: self = .unknown
        }
    }

    /// RFC 7617: the name ends at the first colon; the password may hold more.
    private static func basic(encoded: String) -> Authorization {
        guard let bytes = Base64.decode(encoded), let text = String(validating: bytes, as: UTF8.self),
            let colon = text.firstIndex(of: ":")
        else { return .unknown }
        return .credential(.basic(login: String(text[..<colon]), password: String(text[text.index(after: colon)...])))
    }
}
