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

    /// Blocks for at most the time a connection may take to be refused.
    static func ask(_ connectionString: String) -> ServerState {
        switch unsafe PQping(connectionString) {
        case PQPING_OK: .accepts
        case PQPING_REJECT: .starting
        case PQPING_NO_ATTEMPT: .malformed
        default: .silent
        }
    }
}
