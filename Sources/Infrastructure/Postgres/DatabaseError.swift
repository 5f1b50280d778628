/// What went wrong with the database, in the server's own words, and what it means for the caller.
///
/// Only a definite refusal before COMMIT is a no: see ``isCommitUnknown``.
public struct DatabaseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What it means for the caller.
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

    /// What it means for the caller.
    public var kind: Kind
    /// Five characters of the SQL standard; empty where the server was not the one that complained.
    public var sqlState: String
    /// In the server's or libpq's words, without a line end.
    public var message: String
    /// More of the same; may quote values, so it is for the log and not for strangers.
    public var detail: String?
    /// What the server advises.
    public var hint: String?
    /// The constraint that was violated.
    public var constraint: String?
    /// The table it is about.
    public var table: String?
    /// The column it is about.
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
    public var isRetryable: Bool { kind == .server && (sqlState == "40001" || isDeadlock || isStalePlan) }
    /// Two waited for each other, and this one was undone.
    public var isDeadlock: Bool { kind == .server && sqlState == "40P01" }
    /// A key that exists; ``constraint`` says which.
    public var isUniqueViolation: Bool { sqlState == "23505" }
    /// A reference to what does not exist, or is still referred to.
    public var isForeignKeyViolation: Bool { sqlState == "23503" }
    /// A CHECK constraint said no.
    public var isCheckViolation: Bool { sqlState == "23514" }
    /// An EXCLUDE constraint said no, such as two validities that overlap.
    public var isExclusionViolation: Bool { sqlState == "23P01" }
    /// The connection broke before COMMIT was sent: nothing was written.
    public var isConnectionLost: Bool { kind == .connectionLost }
    /// Written or not, nobody knows: only an idempotency key can tell.
    public var isCommitUnknown: Bool { kind == .commitUnknown }
    /// There is no connection to be had: come again later.
    public var isUnavailable: Bool { kind == .unavailable || kind == .closed }
    /// No space left, or no more memory: worth telling the operator in other words than a bug.
    public var isDiskFull: Bool { sqlState == "53100" }
    /// Cancelled with its task.
    public var isCancelled: Bool { kind == .cancelled }
    /// Statement or lock took longer than allowed.
    public var isTimeout: Bool { kind == .server && (sqlState == "57014" || sqlState == "55P03") }

    /// A prepared statement that no longer fits the tables, or is gone.
    var isStalePlan: Bool { sqlState == "26000" || (sqlState == "0A000" && routine == "RevalidateCachedQuery") }

    /// Without `detail`: it quotes the row ("Failing row contains (…)"), and what a person's row holds belongs into no log.
    public var description: String {
        var text = sqlState.isEmpty ? message : "\(message) (\(sqlState))"
        if let hint { text += "; hint: \(hint)" }
        if let statement { text += "; in: \(statement.prefix(300))" }
        return text
    }

    static func cancelled(_ statement: String? = nil) -> DatabaseError {
        DatabaseError(kind: .cancelled, sqlState: "57014", message: "the task was cancelled", statement: statement)
    }
    static func closed() -> DatabaseError { DatabaseError(kind: .closed, message: "the pool of connections is closed") }
}
