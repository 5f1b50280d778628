import Glibc
import Logging

/// A connection with the means to get it back: what a connection's thread holds. Confined to that thread.
final class Session {
    let configuration: Connection.Configuration
    let interrupt: Interrupt
    let logger: Logger
    private var current: Connection?

    init(_ configuration: Connection.Configuration, interrupt: Interrupt, logger: Logger) {
        self.configuration = configuration
        self.interrupt = interrupt
        self.logger = logger
    }

    /// A connection that was alive a moment ago. A server that is starting again is waited for as long as `patience` says.
    func connection(patience: Duration) throws(DatabaseError) -> Connection {
        if let current, !current.isStale() { return current }
        let deadline = ContinuousClock.now + patience
        current = nil
        var pause = 20
        var refusals = 0
        while true {
            do {
                let connection = try Connection(configuration, interrupt: interrupt, logger: logger)
                current = connection
                return connection
            } catch {
                if interrupt.isRequested { throw .cancelled() }
                // A server that answers and still refuses (password, no such database) will not change its mind, unless it is
                // only full.
                switch ServerState.ask(configuration.connectionString) {
                case .accepts: if !error.message.contains("too many") && !error.message.contains("connection slots") { refusals += 1 }
                case .starting, .silent: break
                case .malformed: throw error
                }
                guard refusals < 3, ContinuousClock.now + .milliseconds(pause) < deadline else {
                    var unavailable = error
                    unavailable.kind = .unavailable
                    throw unavailable
                }
                OwnThread.sleep(milliseconds: pause)
                pause = min(pause * 2, 400)
            }
        }
    }

    /// `body` in a transaction, repeated while that can help.
    ///
    /// A serialization failure, a deadlock or a stale plan is tried again up to `retries` times; a connection that broke before
    /// COMMIT was sent once, on a new one. An unknown COMMIT is never repeated.
    func transaction<Result>(
        isolation: Isolation, readOnly: Bool, ending: Connection.Ending, retries: Int, patience: Duration,
        _ body: (Connection) throws -> Result
    ) throws -> Result {
        var attempt = 0
        var mayReconnect = true
        while true {
            do {
                return try connection(patience: patience).transaction(isolation: isolation, readOnly: readOnly, ending: ending, body)
            } catch let error as DatabaseError {
                if error.isRetryable, attempt < retries {
                    attempt += 1
                    // Who collided pauses for a random while, so that the same two do not meet again.
                    OwnThread.sleep(milliseconds: Int.random(in: 0...(1 << min(attempt * 2, 7))))
                } else if error.isConnectionLost, mayReconnect {
                    mayReconnect = false
                } else {
                    throw error
                }
                logger.debug("a transaction is done again: \(error)")
            }
        }
    }

    /// After each job: nothing of it may be left for the next.
    func tidy(wasInterrupted: Bool) {
        guard let connection = current else { return }
        if connection.isInPipeline || connection.isBroken {
            current = nil
            return
        }
        // A request to stop that came too late is taken here and not by the next statement.
        if wasInterrupted { _ = try? connection.command("") }
        if connection.isInTransaction {
            logger.warning("a closure left its transaction open: it was rolled back")
            connection.rollBack()
            if connection.isInTransaction { current = nil }
        }
    }

    func close() { current = nil }
}
