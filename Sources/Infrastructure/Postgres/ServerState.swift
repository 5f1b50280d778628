internal import CLibPQ

/// What a server says when asked whether it takes connections.
enum ServerState {
    case accepts
    /// It is starting, recovering or going down.
    case starting
    /// Nobody there.
    case silent
    /// The connection string makes no sense.
    case malformed

    /// Blocks until the server answers, or five seconds.
    static func ask(_ connectionString: String) -> ServerState {
        let answer = unsafe CStrings.with(["connect_timeout", "dbname"]) { keywords in
            unsafe CStrings.with(["5", connectionString]) { values in unsafe PQpingParams(keywords, values, 1) }
        }
        return switch answer {
        case PQPING_OK: .accepts
        case PQPING_REJECT: .starting
        case PQPING_NO_ATTEMPT: .malformed
        default: .silent
        }
    }
}
