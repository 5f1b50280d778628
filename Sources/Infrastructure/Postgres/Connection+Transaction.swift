internal import CLibPQ

/// What a transaction may see of others.
public enum Isolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}

extension Connection {
    enum Ending { case commit, rollback }

    /// BEGIN, `body`, COMMIT; ROLLBACK if `body` throws, and the error goes on. One attempt: ``Pool`` repeats.
    /// - Throws: what `body` throws; `DatabaseError` with `isCommitUnknown` if the connection broke while COMMIT was under way.
    @discardableResult
    public func transaction<Result>(
        isolation: Isolation = .readCommitted, readOnly: Bool = false, _ body: (Connection) throws -> Result
    ) throws -> Result {
        try transaction(isolation: isolation, readOnly: readOnly, ending: .commit, body)
    }

    func transaction<Result>(isolation: Isolation, readOnly: Bool, ending: Ending, _ body: (Connection) throws -> Result) throws -> Result {
        try checkInterrupt("BEGIN")
        guard !isInTransaction else { throw DatabaseError(kind: .misuse, message: "a transaction inside a transaction: use savepoint") }
        commitWork = []
        _ = try command("BEGIN ISOLATION LEVEL \(isolation.rawValue)\(readOnly ? " READ ONLY" : "")")
        let result: Result
        do {
            result = try body(self)
            // A task that was cancelled while its last statement ran wants nothing written.
            try checkInterrupt("COMMIT")
            // A dry run must meet the same deferred constraints as the real one.
            if ending == .rollback { try script("SET CONSTRAINTS ALL IMMEDIATE") }
        } catch {
            commitWork = []
            rollBack()
            throw error
        }
        let work = commitWork
        commitWork = []
        switch ending {
        case .commit:
            try commit(readOnly: readOnly)
            for body in work { body() }
        case .rollback: rollBack()
        }
        return result
    }

    /// Runs `body` on this thread once the open transaction is durable, before anything else runs on this connection; never if it
    /// was rolled back, or if nobody knows what became of it. For memory that follows the tables.
    public func afterCommit(_ body: @escaping () -> Void) { commitWork.append(body) }

    /// Ends whatever transaction is open. If even that fails the connection is broken, and its end is the rollback.
    func rollBack() {
        guard isInTransaction else { return }
        _ = try? command("ROLLBACK")
    }

    private func commit(readOnly: Bool) throws(DatabaseError) {
        let tag: String
        do {
            tag = try command("COMMIT").tag
        } catch {
            // The server said no and is still there: nothing was written. Otherwise nobody knows; a COMMIT may have become
            // durable before the answer was lost, so it must not be reported as failed, nor be done again.
            guard error.kind == .connectionLost || error.kind == .misuse || isBroken, !readOnly else { throw error }
            var unknown = error
            unknown.kind = .commitUnknown
            unknown.message = "the connection was lost during COMMIT, it is not known whether it took effect: \(error.message)"
            throw unknown
        }
        // PostgreSQL answers COMMIT of a failed transaction with a ROLLBACK and no error: somebody swallowed the statement's.
        guard tag == "COMMIT" else {
            throw DatabaseError(
                kind: .server, sqlState: "25P02", message: "nothing was committed: a statement of the transaction had failed")
        }
    }
}
