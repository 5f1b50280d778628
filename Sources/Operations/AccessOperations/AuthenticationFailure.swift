/// Why nobody was signed in. The first case says no more than it does on purpose: who guesses learns nothing.
public enum AuthenticationFailure: Error, Hashable, Sendable {
    /// Unknown, wrong, revoked, expired or locked.
    case invalid
    /// Too many wrong attempts; the next is looked at after so many seconds.
    case wait(seconds: Int64)
    /// The server hashes as many passwords as it can.
    case busy

    /// A stable word for interfaces.
    public var code: String {
        switch self {
        case .invalid: "not-signed-in"
        case .wait: "too-many-attempts"
        case .busy: "busy"
        }
    }
}
