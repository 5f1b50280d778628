import Logging
import Postgres

/// The running parts every command stands on: the database, started if it has to be and brought to the current version.
struct Installation: Sendable {
    let configuration: Configuration
    let cluster: EmbeddedCluster?
    /// As the role that may change no booked row.
    let pool: Pool
    /// What had to be done to the database when it was opened.
    let migrated: Migrations.Report
    let logger: Logger

    /// The role that the migrations create for the service: no ownership, and on ledger tables only SELECT and INSERT.
    private static let role = "zaehlwerk_app"

    /// - Parameters:
    ///   - role: `serve` is refused beside another `serve` on the same data folder; a command runs beside anything.
    ///   - connections: the most that may be open at a time.
    static func open(
        _ configuration: Configuration, role: EmbeddedCluster.Role = .command, ephemeral: Bool = false, connections: Int = 4, logger: Logger
    ) async throws -> Installation {
        var cluster: EmbeddedCluster?
        let connectionString: String
        if let url = configuration.databaseURL, !ephemeral {
            connectionString = url
        } else {
            let folder = ephemeral ? try EmbeddedCluster.temporaryFolder() : configuration.dataFolder
            let started = try await EmbeddedCluster.start(dataFolder: folder, ephemeral: ephemeral, role: role, logger: logger)
            cluster = started
            connectionString = started.connectionString
        }
        let migrated: Migrations.Report
        do {
            migrated = try await migrate(connectionString, folder: configuration.migrationsFolder, logger: logger)
        } catch {
            await cluster?.stop()
            throw error
        }
        let pool = Pool(
            configuration: .init(connectionString: connectionString, maximum: connections, role: Installation.role), logger: logger)
        return Installation(configuration: configuration, cluster: cluster, pool: pool, migrated: migrated, logger: logger)
    }

    /// As the owner: only migrations create and change tables.
    private static func migrate(_ connectionString: String, folder: String, logger: Logger) async throws -> Migrations.Report {
        let migrations = try Migrations(folder: folder)
        let owner = Pool(configuration: .init(connectionString: connectionString, maximum: 1), logger: logger)
        do {
            let report = try await migrations.apply(to: owner)
            await owner.close()
            return report
        } catch {
            await owner.close()
            throw error
        }
    }

    func close() async {
        await pool.close()
        await cluster?.stop()
    }

    /// Opens, works, and closes whatever happens.
    static func use<Result>(
        _ configuration: Configuration, role: EmbeddedCluster.Role = .command, ephemeral: Bool = false, connections: Int = 4,
        logger: Logger = Log.quiet, _ body: (Installation) async throws -> Result
    ) async throws -> Result {
        let installation = try await open(configuration, role: role, ephemeral: ephemeral, connections: connections, logger: logger)
        do {
            let result = try await body(installation)
            await installation.close()
            return result
        } catch {
            await installation.close()
            throw error
        }
    }
}
