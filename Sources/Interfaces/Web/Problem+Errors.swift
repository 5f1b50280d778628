internal import Postgres
internal import JSON

extension Problem {
    /// What an error of the world means for the caller. Unknown errors are ours, and the caller learns nothing about our inside:
    /// the log has the text, the correlation id leads there.
    public init(of error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as DatabaseError: self = Problem(of: error)
        case let error as JSONError: self = Problem(.badRequest, error.description)
        case is CancellationError: self = Problem(.timeout, headers: ["Retry-After": "1"])
        default: self = Problem(.internalError)
        }
    }

    private init(of error: DatabaseError) {
        switch true {
        case error.isDiskFull: self = Problem(.storageFull)
        case error.isTimeout, error.isCancelled: self = Problem(.timeout, headers: ["Retry-After": "5"])
        case error.isCommitUnknown:
            // Written or not, nobody knows: the caller repeats with the same key or message id, which does nothing twice.
            self = Problem(.databaseUnavailable, "repeat the request with the same key or message id", headers: ["Retry-After": "2"])
        case error.isUnavailable, error.isConnectionLost, error.sqlState.hasPrefix("57P"), error.sqlState.hasPrefix("53"):
            self = Problem(.databaseUnavailable, headers: ["Retry-After": "2"])
        case error.isRetryable: self = Problem(.databaseUnavailable, "busy, repeat it", headers: ["Retry-After": "1"])
        case error.isUniqueViolation, error.isExclusionViolation, error.isForeignKeyViolation, error.isCheckViolation:
            // A use case that expects one says so in its own words; this is the net below.
            self = Problem(.conflict, "it contradicts what is stored; read what is there before you send it again")
        // U+0000 is the one character of JSON that PostgreSQL's texts do not know.
        case error.sqlState == "22021": self = Problem(.unprocessable, "a text holds the character U+0000, which no text here may hold")
        default: self = Problem(.internalError)
        }
    }
}
