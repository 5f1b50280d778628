internal import CLibPQ
import Glibc
public import Logging

/// One connection to PostgreSQL, used by one thread at a time; every call blocks until the server has answered.
///
/// libpq blocks. A blocked thread of the cooperative pool is a core lost, so a connection lives on a thread of its own and
/// ``Pool`` takes the work there. Not `Sendable`, on purpose: it cannot leave the closure it was given to.
///
/// Statements are prepared once per connection and reused by their text; parameters and results are binary.
@safe public final class Connection {
    let handle: OpaquePointer
    let interrupt: Interrupt
    let logger: Logger
    private let notices: NoticeSink
    var cache = StatementCache(capacity: 256)
    private var savepoints = 0
    /// What waits for the open transaction's COMMIT.
    var commitWork: [() -> Void] = []

    /// How to reach a server.
    public struct Configuration: Sendable {
        /// A libpq connection string or URI.
        public var connectionString: String
        /// What the server shows us as, for instance in `pg_stat_activity`.
        public var applicationName: String
        /// The server stops a statement that takes longer; nil leaves the server's setting.
        public var statementTimeout: Duration?
        /// A role to act as, from the first statement on.
        public var role: String?

        public init(connectionString: String, applicationName: String = "zaehlwerk", statementTimeout: Duration? = nil, role: String? = nil)
        {
            self.connectionString = connectionString
            self.applicationName = applicationName
            self.statementTimeout = statementTimeout
            self.role = role
        }
    }

    /// Opens a connection; blocks.
    /// - Throws: `.unavailable` with libpq's reason.
    public convenience init(_ configuration: Configuration, logger: Logger = Logger(label: "postgres")) throws(DatabaseError) {
        try self.init(configuration, interrupt: Interrupt(), logger: logger)
    }

    init(_ configuration: Configuration, interrupt: Interrupt, logger: Logger) throws(DatabaseError) {
        // Words before `dbname` are defaults: the connection string may say otherwise.
        let settings = [
            ("connect_timeout", "10"), ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "30000"), ("application_name", configuration.applicationName),
            ("dbname", configuration.connectionString), ("client_encoding", "UTF8"),
        ]
        let opened = unsafe CStrings.with(settings.map(\.0)) { keywords in
            unsafe CStrings.with(settings.map(\.1)) { values in unsafe PQconnectdbParams(keywords, values, 1) }
        }
        guard let opened = unsafe opened else { throw DatabaseError(kind: .unavailable, message: "libpq has no memory for a connection") }
        unsafe handle = unsafe opened
        self.interrupt = interrupt
        self.logger = logger
        notices = NoticeSink(logger: logger)
        guard unsafe PQstatus(opened) == CONNECTION_OK else {
            throw DatabaseError(kind: .unavailable, message: unsafe Connection.message(of: opened))
        }
        unsafe notices.attach(to: opened)
        interrupt.attach(unsafe CancelHandle(of: opened))
        // What a value means must not depend on how a server is set up.
        var setup =
            "SET TimeZone = 'UTC'; SET DateStyle = ISO; SET IntervalStyle = iso_8601; SET standard_conforming_strings = on; SET search_path = public;"
            // Statements here take less time than compiling them would (measured: 0.03 against 190 ms), and a plan that avoids
            // sequential scans looks dear enough to be compiled.
            + " SET jit = off;"
        if let timeout = configuration.statementTimeout {
            setup +=
                " SET statement_timeout = \(max(1, timeout.components.seconds * 1000 + timeout.components.attoseconds / 1_000_000_000_000_000));"
        }
        if let role = configuration.role { setup += " SET ROLE \(SQL.quoted(role));" }
        try script(setup)
    }

    deinit {
        interrupt.attach(nil)
        unsafe PQfinish(handle)
    }

    // MARK: Statements

    /// Runs a statement and returns its rows.
    @discardableResult
    public func query(_ sql: SQL) throws(DatabaseError) -> Rows {
        try checkInterrupt(sql.text)
        let parameters = try MarshalledParameters(sql)
        guard sql.isWorthPreparing else {
            return try unsafe accept(parameters.exec(sql.text, on: handle), statement: sql.text)
        }
        try deallocateSurplus()
        let key = StatementCache.Key(text: sql.text, types: parameters.types)
        let name: String
        if let known = cache.name(of: key) {
            name = known
        } else {
            name = cache.newName()
            _ = try unsafe accept(parameters.prepare(sql.text, as: name, on: handle), statement: sql.text)
            cache.insert(key, name: name)
        }
        do {
            return try unsafe accept(parameters.execPrepared(name, on: handle), statement: sql.text)
        } catch {
            guard error.isStalePlan else { throw error }
            // A migration changed the tables. Refused before anything ran, so alone it is simply said again; in a transaction,
            // which has failed by now, the caller repeats the whole.
            let isAlone = !isInTransaction
            forgetStatements()
            guard isAlone else { throw error }
            return try unsafe accept(parameters.exec(sql.text, on: handle), statement: sql.text)
        }
    }

    /// Runs a statement and returns how many rows it touched.
    @discardableResult
    public func execute(_ sql: SQL) throws(DatabaseError) -> Int { try query(sql).affected }

    /// The first column of the only row.
    /// - Throws: `.rowCount` for none or several rows.
    public func one<Value: SQLValue>(_ sql: SQL, as _: Value.Type = Value.self) throws(DatabaseError) -> Value {
        try only(query(sql)).get(0)
    }
    /// The only row, read by `body`.
    public func one<Result>(_ sql: SQL, _ body: (Row) throws -> Result) throws -> Result { try body(only(query(sql))) }

    /// The first column of the only row, or nil if there is no row.
    public func optional<Value: SQLValue>(_ sql: SQL, as _: Value.Type = Value.self) throws(DatabaseError) -> Value? {
        let rows = try query(sql)
        return rows.isEmpty ? nil : try only(rows).get(0)
    }
    /// The only row, read by `body`, or nil if there is none.
    public func optional<Result>(_ sql: SQL, _ body: (Row) throws -> Result) throws -> Result? {
        let rows = try query(sql)
        return rows.isEmpty ? nil : try body(only(rows))
    }

    private func only(_ rows: Rows) throws(DatabaseError) -> Row {
        guard rows.count == 1 else {
            throw DatabaseError(kind: .rowCount, message: "expected one row, got \(rows.count)", statement: rows.statement)
        }
        return rows[0]
    }

    /// Runs many statements at once, without parameters or results: migrations and setup. The text is trusted.
    public func script(_ text: String) throws(DatabaseError) {
        try checkInterrupt(text)
        _ = try unsafe accept(PQexec(handle, text), statement: text)
    }

    /// Tells whoever listens to `channel`, once the transaction commits.
    public func notify(_ channel: String, _ payload: String = "") throws(DatabaseError) {
        try query("SELECT pg_notify(\(channel), \(payload))")
    }

    /// Runs `body`; if it throws, undoes what it did and no more, and throws on. For inside a transaction.
    @discardableResult
    public func savepoint<Result>(_ body: () throws -> Result) throws -> Result {
        savepoints += 1
        let name = "zw_savepoint_\(savepoints)"
        defer { savepoints -= 1 }
        try script("SAVEPOINT \(name)")
        do {
            let result = try body()
            try script("RELEASE SAVEPOINT \(name)")
            return result
        } catch {
            // If the connection is gone this fails, too; the first error is the one that explains.
            _ = try? command("ROLLBACK TO SAVEPOINT \(name); RELEASE SAVEPOINT \(name)")
            throw error
        }
    }

    // MARK: State

    /// Whether a transaction is open, be it a failed one.
    var isInTransaction: Bool {
        switch unsafe PQtransactionStatus(handle) {
        case PQTRANS_INTRANS, PQTRANS_INERROR, PQTRANS_ACTIVE: true
        default: false
        }
    }
    var isBroken: Bool { unsafe PQstatus(handle) != CONNECTION_OK }

    /// Whether the server has hung up while nobody used the connection. One `poll`, no round trip.
    func isStale() -> Bool {
        // Something may have arrived unasked: a notice, or a farewell and then the end.
        for _ in 0..<100 {
            if isBroken { return true }
            var descriptor = unsafe pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&descriptor, 1, 0) > 0 else { return false }
            if unsafe PQconsumeInput(handle) == 0 { return true }
        }
        return true
    }

    /// Like `script`, but heeds no interrupt: what ends a transaction must run.
    func command(_ text: String) throws(DatabaseError) -> Rows {
        try unsafe accept(PQexec(handle, text), statement: text)
    }

    func checkInterrupt(_ statement: String) throws(DatabaseError) {
        if interrupt.isRequested { throw .cancelled(statement) }
    }

    /// All plans are made anew, here and at the server.
    func forgetStatements() {
        cache.removeAll()
        // In a failed transaction DEALLOCATE is refused; names are never reused, so the old ones do no harm.
        if unsafe PQtransactionStatus(handle) != PQTRANS_INERROR { _ = try? command("DEALLOCATE ALL") }
    }

    private func deallocateSurplus() throws(DatabaseError) {
        guard cache.count > cache.capacity, unsafe PQtransactionStatus(handle) != PQTRANS_INERROR else { return }
        for name in cache.trim() { _ = try command("DEALLOCATE \(name)") }
    }

    // MARK: Results

    static func message(of handle: OpaquePointer) -> String {
        guard let text = unsafe PQerrorMessage(handle) else { return "no reason given" }
        return unsafe String(cString: text).trimmingLineEnd()
    }

    func connectionError(_ statement: String) -> DatabaseError {
        if interrupt.isRequested { return .cancelled(statement) }
        let kind: DatabaseError.Kind = isBroken ? .connectionLost : .misuse
        return DatabaseError(kind: kind, message: unsafe Connection.message(of: handle), statement: statement)
    }

    /// Rows, or the server's complaint as an error.
    func accept(_ result: OpaquePointer?, statement: String) throws(DatabaseError) -> Rows {
        guard let result = unsafe result else { throw connectionError(statement) }
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_SINGLE_TUPLE:
            return unsafe Rows(owning: result, statement: statement)
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            unsafe PQclear(result)
            _ = unsafe PQputCopyEnd(handle, "COPY goes through copyIn and copyOut")
            drain()
            throw DatabaseError(kind: .misuse, message: "COPY goes through copyIn and copyOut", statement: statement)
        default:
            defer { unsafe PQclear(result) }
            throw unsafe failure(result, statement: statement)
        }
    }

    /// Reads and drops what the server still has to say.
    func drain() {
        while let rest = unsafe PQgetResult(handle) {
            // A COPY that goes on would be handed out again and again: the connection is of no use any more.
            let status = unsafe PQresultStatus(rest)
            unsafe PQclear(rest)
            if status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH { break }
        }
    }

    func failure(_ result: OpaquePointer, statement: String) -> DatabaseError {
        func field(_ code: Character) -> String? {
            guard let value = unsafe PQresultErrorField(result, Int32(code.asciiValue ?? 0)) else { return nil }
            return unsafe String(cString: value)
        }
        let state = field("C") ?? ""
        let fallback = unsafe PQresultErrorMessage(result).map { unsafe String(cString: $0).trimmingLineEnd() } ?? ""
        var error = DatabaseError(kind: .server, sqlState: state, message: field("M") ?? fallback, statement: statement)
        error.detail = field("D")
        error.hint = field("H")
        error.constraint = field("n")
        error.table = field("t")
        error.column = field("c")
        error.routine = field("R")
        if isBroken || state.hasPrefix("08") || ["57P01", "57P02", "57P03"].contains(state) {
            error.kind = .connectionLost
        } else if state == "57014", interrupt.isRequested {
            error.kind = .cancelled
        }
        return error
    }
}

extension SQL {
    /// Only what PostgreSQL plans is worth preparing; DDL and settings go straight through.
    var isWorthPreparing: Bool {
        guard let first = text.utf8.drop(while: { $0 <= 32 }).first else { return false }
        switch first | 0x20 {
        case UInt8(ascii: "s"), UInt8(ascii: "i"), UInt8(ascii: "u"), UInt8(ascii: "d"), UInt8(ascii: "w"), UInt8(ascii: "v"),
            UInt8(ascii: "m"):
            let word = text.utf8.drop { $0 <= 32 }.prefix(6).map { $0 | 0x20 }
            let starts = ["select", "insert", "update", "delete", "with", "values", "merge"]
            return starts.contains { word.starts(with: $0.utf8) }
        default: return false
        }
    }
}

extension String {
    func trimmingLineEnd() -> String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
