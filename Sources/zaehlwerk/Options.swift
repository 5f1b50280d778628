import ArgumentParser
import Foundation

/// What every subcommand understands.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .customLong("database-url"),
        help: "libpq connection string; absent: the embedded PostgreSQL of the data folder (DATABASE_URL)")
    var databaseURL: String?
    @Option(name: .customLong("data"), help: "data folder (ZAEHLWERK_DATA)")
    var dataFolder: String?
    @Option(name: .customLong("home"), help: "folder of Migrations/ and Tariffs/ (ZAEHLWERK_HOME)")
    var home: String?

    var flags: [String: String?] { ["DATABASE_URL": databaseURL, "ZAEHLWERK_DATA": dataFolder, "ZAEHLWERK_HOME": home] }

    func configuration(flags more: [String: String?] = [:]) throws -> Configuration {
        do {
            return try Configuration(environment: ProcessInfo.processInfo.environment, flags: flags.merging(more) { $1 })
        } catch let problem as Configuration.Problem {
            throw ValidationError(problem.description)
        }
    }
}

/// Where the program listens.
struct ListenOptions: ParsableArguments {
    @Option(help: "address to listen on (ZAEHLWERK_HOST)")
    var host: String?
    @Option(help: "port to listen on; 0 takes a free one (ZAEHLWERK_PORT)")
    var port: Int?
    @Flag(name: .customLong("insecure"), help: "listen beyond loopback without TLS: only behind a proxy that encrypts")
    var allowRemoteWithoutTLS = false

    var flags: [String: String?] { ["ZAEHLWERK_HOST": host, "ZAEHLWERK_PORT": port.map(String.init)] }
}
