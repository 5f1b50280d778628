/// The schema's history: files `NNNN_name.sql`, forward only.
///
/// What has been applied is in the table `schema_migration` with its hash, so a file that was changed afterwards is noticed. An
/// advisory lock lets two programs migrate at once: the second finds nothing left to do.
public struct Migrations: Sendable {
    /// One step of the schema's history.
    public struct Migration: Hashable, Sendable {
        /// Ascending; gaps are allowed, going back is not.
        public var number: Int32
        /// The file's name without `.sql`.
        public var name: String
        /// The SQL, in UTF-8.
        public var text: [UInt8]
    }

    /// Why the database cannot be brought to this program's version.
    public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// The folder does not hold what it should.
        case folder(String)
        /// A migration that has been applied reads differently today.
        case changed(String)
        /// The database knows migrations that this program does not.
        case newer(database: Int32, program: Int32)
        /// A migration with a lower number than those already applied.
        case outOfOrder(String, applied: Int32)

        public var description: String {
            switch self {
            case .folder(let text): text
            case .changed(let name): "migration \(name) has been changed since it was applied: undo the change and add a new migration"
            case .newer(let database, let program):
                "the database has version \(database), this program knows \(program): an older program refuses a newer database; install the newer program"
            case .outOfOrder(let name, let applied):
                "migration \(name) was added after \(applied) had been applied: give it a higher number"
            }
        }
    }

    /// What a run did.
    public struct Report: Hashable, Sendable {
        /// Names of the migrations applied now.
        public var applied: [String]
        /// The database's version afterwards.
        public var version: Int32
    }

    /// In ascending order.
    public let all: [Migration]
    /// The number of the last.
    public var version: Int32 { all.last?.number ?? 0 }

    /// Reads the folder. `….before.sql` and `….after.sql` are data of tests and are passed over.
    public init(folder: String) throws {
        guard Files.isFolder(folder) else {
            throw Problem.folder("there is no folder \(folder) with migrations: start in the project's folder or set ZAEHLWERK_HOME")
        }
        var found: [Migration] = []
        for name in try Files.list(folder) where name.hasSuffix(".sql") && !name.hasSuffix(".before.sql") && !name.hasSuffix(".after.sql") {
            let digits = name.prefix { $0.isNumber }
            guard digits.count == 4, let number = Int32(digits), name.dropFirst(4).first == "_" else {
                throw Problem.folder("\(name) is no name of a migration: NNNN_name.sql is")
            }
            if let last = found.last, last.number == number { throw Problem.folder("\(last.name) and \(name) have the same number") }
            found.append(Migration(number: number, name: String(name.dropLast(4)), text: try Files.read(folder + "/" + name)))
        }
        all = found
    }

    /// From what is at hand, in any order.
    public init(_ migrations: [Migration]) { all = migrations.sorted { $0.number < $1.number } }

    /// Brings the database to this program's version. Safe to repeat and to run twice at once.
    /// - Throws: `Problem`, or `DatabaseError` of the migration that failed, which is rolled back.
    @discardableResult
    public func apply(to pool: Pool) async throws -> Report {
        try await pool.with { try apply(on: $0) }
    }

    /// The same on a connection that is in no transaction.
    public func apply(on connection: Connection) throws -> Report {
        // Somebody else may be migrating for longer than a statement may take.
        let limit = try connection.one("SELECT current_setting('statement_timeout')", as: String.self)
        try connection.script("SET statement_timeout = 0")
        // The number is arbitrary and ours: the lock of all who migrate this database.
        try connection.query("SELECT pg_advisory_lock(\(Migrations.lock))")
        defer {
            _ = try? connection.query("SELECT pg_advisory_unlock(\(Migrations.lock))")
            _ = try? connection.query("SELECT set_config('statement_timeout', \(limit), false)")
        }
        try connection.script(
            """
            CREATE TABLE IF NOT EXISTS schema_migration (
                number integer PRIMARY KEY,
                name text NOT NULL,
                sha256 bytea NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """)
        let pending = try pending(on: connection)
        for migration in pending { try apply(migration, on: connection) }
        if !pending.isEmpty { connection.forgetStatements() }
        return Report(applied: pending.map(\.name), version: version)
    }

    /// A node of the version before may be writing and wait for us while we wait for it: then we begin again.
    private func apply(_ migration: Migration, on connection: Connection) throws {
        for attempt in 1... {
            do {
                return try connection.transaction { connection in
                    try connection.script(String(decoding: migration.text, as: UTF8.self))
                    try connection.execute(
                        """
                        INSERT INTO schema_migration (number, name, sha256) VALUES (\(migration.number), \(migration.name), sha256(\(migration.text)))
                        """)
                }
            } catch var error as DatabaseError {
                if error.isDeadlock, attempt < 6 { continue }
                error.message = "migration \(migration.name): \(error.message)"
                throw error
            }
        }
    }

    /// Migrations still to apply. Changes nothing.
    public func pending(in pool: Pool) async throws -> [String] {
        try await pool.transaction(readOnly: true) { connection in
            let exists = try connection.one("SELECT to_regclass('schema_migration') IS NOT NULL", as: Bool.self)
            return exists ? try pending(on: connection).map(\.name) : all.map(\.name)
        }
    }

    private func pending(on connection: Connection) throws -> [Migration] {
        let applied = try connection.query("SELECT number, name, sha256 FROM schema_migration ORDER BY number").map { row in
            (number: try row.get(0) as Int32, name: try row.get(1) as String, hash: try row.get(2) as [UInt8])
        }
        let newest = applied.last?.number ?? 0
        guard newest <= version else { throw Problem.newer(database: newest, program: version) }
        // PostgreSQL hashes: one implementation less.
        let hashes = try connection.query(
            "SELECT sha256(text) FROM unnest(\(all.map(\.text))) WITH ORDINALITY AS file(text, place) ORDER BY place"
        )
        .map { try $0.get(0) as [UInt8] }
        var today: [Int32: [UInt8]] = [:]
        for (migration, hash) in zip(all, hashes) { today[migration.number] = hash }
        for row in applied where today[row.number] != row.hash { throw Problem.changed(row.name) }
        let known = Set(applied.map(\.number))
        let pending = all.filter { !known.contains($0.number) }
        if let late = pending.first(where: { $0.number < newest }) { throw Problem.outOfOrder(late.name, applied: newest) }
        return pending
    }

    private static let lock: Int64 = 0x5A61_6568_6C77
}
