public import Logging

/// Connections to one database, each on a thread of its own.
///
///     let number = try await pool.transaction { db in
///         let number = try db.one("SELECT …", as: Int64.self)
///         try db.execute("INSERT …")
///         return number
///     }
///
/// A closure is taken to a connection's thread and its result back, which costs 6–8 µs: the unit of work is a transaction,
/// not a statement. Inside, everything is synchronous: no lock of the database is ever held across an `await`.
///
/// Cancelling the task cancels the statement at the server; work still in line is not begun (`CancellationError`). Broken
/// connections are replaced; a server that restarts is waited for as long as `patience` allows.
public final class Pool: Sendable {
    /// What a pool connects to, and with how much.
    public struct Configuration: Sendable {
        /// How to reach the server and as whom.
        public var connection: Connection.Configuration
        /// At most this many connections; they are opened when needed.
        public var maximum: Int
        /// How long work waits for a connection, or for the server to come back, before it fails as unavailable.
        public var patience: Duration

        public init(
            connectionString: String, maximum: Int = 8, statementTimeout: Duration? = nil, applicationName: String = "zaehlwerk",
            role: String? = nil, patience: Duration = .seconds(15)
        ) {
            connection = Connection.Configuration(
                connectionString: connectionString, applicationName: applicationName, statementTimeout: statementTimeout, role: role)
            self.maximum = max(1, maximum)
            self.patience = patience
        }
    }

    /// How busy the pool is.
    public struct Gauges: Hashable, Sendable {
        /// Open connections without work.
        public var idle: Int
        /// Connections at work.
        public var busy: Int
        /// Work in line for a connection.
        public var waiting: Int
    }

    private let core: PoolCore
    let logger: Logger
    private let listeners = Listeners()

    /// Opens nothing yet: the first work does.
    public init(configuration: Configuration, logger: Logger = Logger(label: "postgres")) {
        core = PoolCore(configuration, logger: logger)
        self.logger = logger
    }
    deinit {
        listeners.stop()
        core.beginClosing()
    }

    /// As it was made.
    public var configuration: Configuration { core.configuration }
    /// How busy it is now.
    public var gauges: Gauges { core.gauges }

    /// Runs `body` with a connection, each statement a transaction of its own. What `body` sets on the session stays set:
    /// prefer ``transaction(isolation:readOnly:retries:_:)``.
    @discardableResult
    public func with<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        try await core.perform { [patience = configuration.patience] session in try body(session.connection(patience: patience)) }
    }

    /// Runs `body` in a transaction; commits when it returns, rolls back when it throws.
    ///
    /// `body` may run more than once, so it must be a function of its inputs: after a serialization failure or deadlock (up to
    /// `retries` times), and once after a connection that broke before COMMIT was sent.
    /// - Throws: what `body` throws. `DatabaseError.isCommitUnknown` if the connection broke while COMMIT was under way; that is
    ///   never repeated, and only an idempotency key can tell what happened.
    @discardableResult
    public func transaction<Value: Sendable>(
        isolation: Isolation = .readCommitted, readOnly: Bool = false, retries: Int = 3,
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await core.perform { [patience = configuration.patience] session in
            try session.transaction(isolation: isolation, readOnly: readOnly, ending: .commit, retries: retries, patience: patience, body)
        }
    }

    /// A dry run: the same road as `transaction`, deferred constraints included, with a ROLLBACK at its end.
    @discardableResult
    public func rolledBack<Value: Sendable>(
        isolation: Isolation = .readCommitted, retries: Int = 3, _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await core.perform { [patience = configuration.patience] session in
            try session.transaction(isolation: isolation, readOnly: false, ending: .rollback, retries: retries, patience: patience, body)
        }
    }

    /// What is said on a channel, over a connection of its own that is renewed when it breaks.
    ///
    /// An empty text comes first, once the pool listens, and again after each renewal: something may have been missed, look at
    /// the tables. The stream ends when the pool is closed.
    public func listen(_ channel: String) -> AsyncStream<String> {
        listeners.listen(channel, configuration: configuration.connection, logger: logger)
    }

    /// Refuses new work, lets running work finish, and returns when all connections are closed.
    public func close() async {
        listeners.stop()
        await core.close()
    }
}
