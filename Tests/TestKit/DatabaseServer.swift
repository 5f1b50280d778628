import Glibc
import Logging
public import Postgres
import Synchronization

/// The test's own database.
public final class TestDatabase: Sendable {
    @TaskLocal static var scoped: TestDatabase?

    /// The database of the running test.
    /// - Precondition: the test or its suite has the trait `.database`.
    public static var current: TestDatabase {
        guard let scoped else { preconditionFailure("give the test the trait .database") }
        return scoped
    }

    public let name: String
    public let connectionString: String
    /// Four connections.
    public let pool: Pool

    private init(name: String, server: DatabaseServer) {
        self.name = name
        connectionString = server.connectionString(database: name)
        pool = Pool(configuration: .init(connectionString: connectionString, maximum: 4), logger: DatabaseServer.logger)
    }

    static func make(isMigrated: Bool) async throws -> TestDatabase {
        let server = try await DatabaseServer.shared.value
        let name = try await server.makeDatabase(isMigrated: isMigrated)
        return TestDatabase(name: name, server: server)
    }

    /// A second database, as fresh, for what the first is to be compared with; dropped when `body` is done.
    public static func beside<Result>(_ body: (TestDatabase) async throws -> Result) async throws -> Result {
        let other = try await make(isMigrated: true)
        do {
            let result = try await body(other)
            await other.end(keeping: false, test: "")
            return result
        } catch {
            await other.end(keeping: true, test: "beside another")
            throw error
        }
    }

    func end(keeping: Bool, test: String) async {
        await pool.close()
        if keeping {
            // Kept while the process lives, for whoever stops it in a debugger; the text says where to look.
            print("the database of the failed test “\(test)”: \(connectionString)")
        } else if let server = try? await DatabaseServer.shared.value {
            await server.drop(name)
        }
    }
}

/// One throw-away server for all tests of this process. Its guardian stops it and removes its folder when the process ends,
/// whichever way.
struct DatabaseServer: Sendable {
    /// Started by the first test that needs it. A failure is every such test's failure.
    static let shared = Task { try await DatabaseServer() }
    static let logger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .error
        return logger
    }()

    private let cluster: EmbeddedCluster
    private let owner: Pool
    private static let counter = Atomic<Int>(0)

    private init() async throws {
        cluster = try await EmbeddedCluster.start(
            dataFolder: EmbeddedCluster.temporaryFolder(), ephemeral: true, role: .command, unsafeForTests: true,
            logger: DatabaseServer.logger)
        // One connection: copies of a template are made one after the other, because a template may have no other user.
        owner = Pool(
            configuration: .init(connectionString: cluster.connectionString, maximum: 1, patience: .seconds(300)),
            logger: DatabaseServer.logger)
    }

    /// The migrated template, made by the first test that wants it. A migration that fails is those tests' failure alone.
    private static let template = Task {
        let server = try await shared.value
        let migrations = try Migrations(folder: migrationsFolder)
        let name = "template_zaehlwerk"
        try await server.owner.with { try $0.script("CREATE DATABASE \(name)") }
        let pool = Pool(configuration: .init(connectionString: server.connectionString(database: name), maximum: 1), logger: logger)
        do { try await migrations.apply(to: pool) } catch {
            await pool.close()
            throw error
        }
        await pool.close()
        return name
    }

    /// `Migrations` beside `Tests`, found from where this file was compiled; a link to the sources is followed.
    static var migrationsFolder: String {
        var file = #filePath
        if let resolved = unsafe realpath(file, nil) {
            file = unsafe String(cString: resolved)
            unsafe free(resolved)
        }
        return file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/Migrations"
    }

    func connectionString(database: String) -> String { cluster.connectionString(database: database) }

    func makeDatabase(isMigrated: Bool) async throws -> String {
        let name = "test_\(DatabaseServer.counter.add(1, ordering: .relaxed).newValue)"
        let template = isMigrated ? try await DatabaseServer.template.value : "template0"
        // Without fsync copying files is quicker than writing the copy to the log.
        try await owner.with { try $0.script("CREATE DATABASE \(name) TEMPLATE \(template) STRATEGY = FILE_COPY") }
        return name
    }

    func drop(_ name: String) async {
        do {
            try await owner.with { try $0.script("DROP DATABASE IF EXISTS \(name) WITH (FORCE)") }
        } catch {
            print("the test database \(name) could not be dropped: \(error)")
        }
    }
}
