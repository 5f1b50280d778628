/// What went wrong with the database, in the server's own words, and what it means for the caller.
///
/// Only a definite refusal before COMMIT is a no: see ``isCommitUnknown``.
public struct DatabaseError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// The server refused the statement; the connection is fine.
        case server
        /// The connection broke before a COMMIT was sent: nothing was written.
        case connectionLost
        /// The connection broke while COMMIT was under way: written or not, nobody knows. Never repeated by us.
        case commitUnknown
        /// No connection could be had in time.
        case unavailable
        /// The task was cancelled, and the statement with it.
        case cancelled
        /// A column does not hold what the program asked for.
        case mismatch
        /// Another number of rows than asked for.
        case rowCount
        /// The pool is closed.
        case closed
        /// The connection was used in a way the protocol does not allow.
        case misuse
    }

    public var kind: Kind
    /// Five characters of the SQL standard; empty where the server was not the one that complained.
    public var sqlState: String
    public var message: String
    public var detail: String?
    public var hint: String?
    public var constraint: String?
    public var table: String?
    public var column: String?
    /// The text that was sent, without the values.
    public var statement: String?
    /// The server's function that complained; the only way to know a stale plan from another unsupported feature.
    var routine: String?

    public init(kind: Kind, sqlState: String = "", message: String, statement: String? = nil) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
        self.statement = statement
    }

    /// Serialization failure, deadlock, or a plan that a migration made stale: the same transaction may well succeed now.
    public var isRetryable: Bool { kind == .server && (sqlState == "40001" || sqlState == "40P01" || isStalePlan) }
    public var isUniqueViolation: Bool { sqlState == "23505" }
    public var isForeignKeyViolation: Bool { sqlState == "23503" }
    public var isCheckViolation: Bool { sqlState == "23514" }
    public var isExclusionViolation: Bool { sqlState == "23P01" }
    public var isConnectionLost: Bool { kind == .connectionLost }
    public var isCommitUnknown: Bool { kind == .commitUnknown }
    public var isUnavailable: Bool { kind == .unavailable || kind == .closed }
    /// No space left, or no more memory: worth telling the operator in other words than a bug.
    public var isDiskFull: Bool { sqlState == "53100" }
    /// Cancelled with its task.
    public var isCancelled: Bool { kind == .cancelled }
    /// Statement or lock took longer than allowed.
    public var isTimeout: Bool { kind == .server && (sqlState == "57014" || sqlState == "55P03") }

    /// A prepared statement that no longer fits the tables, or is gone.
    var isStalePlan: Bool { sqlState == "26000" || (sqlState == "0A000" && routine == "RevalidateCachedQuery") }

    public var description: String {
        var text = sqlState.isEmpty ? message : "\(message) (\(sqlState))"
        if let detail { text += "; \(detail)" }
        if let hint { text += "; hint: \(hint)" }
        if let statement { text += "; in: \(statement.prefix(300))" }
        return text
    }

    static func cancelled(_ statement: String? = nil) -> DatabaseError {
        DatabaseError(kind: .cancelled, sqlState: "57014", message: "the task was cancelled", statement: statement)
    }
    static func closed() -> DatabaseError { DatabaseError(kind: .closed, message: "the pool of connections is closed") }
}
