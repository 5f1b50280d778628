import Foundation
import Yams

/// Where things lie and where the program listens. Flags win over the environment, that over `zaehlwerk.yaml`, that over
/// the defaults of the contract.
struct Configuration: Sendable {
    /// A libpq connection string; nil: the embedded PostgreSQL of the data folder.
    var databaseURL: String?
    var dataFolder: String
    /// Where `Migrations/` and `Tariffs/` lie.
    var home: String
    /// Base of the addresses in WSDL, OpenAPI and links; nil: the address it listens on.
    var publicURL: String?
    var host: String
    var port: Int
    var tlsCertificate: String?
    var tlsKey: String?
    var tlsClientAuthority: String?

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// The names that `zaehlwerk.yaml` may hold, beside the variables that mean the same.
    private static let names: [(yaml: String, variable: String)] = [
        ("databaseUrl", "DATABASE_URL"), ("data", "ZAEHLWERK_DATA"), ("home", "ZAEHLWERK_HOME"), ("publicUrl", "ZAEHLWERK_PUBLIC_URL"),
        ("host", "ZAEHLWERK_HOST"), ("port", "ZAEHLWERK_PORT"), ("tlsCert", "ZAEHLWERK_TLS_CERT"), ("tlsKey", "ZAEHLWERK_TLS_KEY"),
        ("tlsClientCa", "ZAEHLWERK_TLS_CLIENT_CA"),
    ]

    /// - Throws: `Problem` for an unreadable or misspelt `zaehlwerk.yaml` and for a port that is none.
    init(environment: [String: String], file: String? = "zaehlwerk.yaml", flags: [String: String?] = [:]) throws {
        var settings: [String: String] = [:]
        if let file, FileManager.default.fileExists(atPath: file) { settings = try Configuration.read(file) }
        for (_, variable) in Configuration.names {
            if let value = environment[variable], !value.isEmpty { settings[variable] = value }
        }
        for (variable, value) in flags { if let value { settings[variable] = value } }

        databaseURL = settings["DATABASE_URL"]
        dataFolder = settings["ZAEHLWERK_DATA"] ?? ".zaehlwerk"
        home = settings["ZAEHLWERK_HOME"] ?? FileManager.default.currentDirectoryPath
        publicURL = settings["ZAEHLWERK_PUBLIC_URL"]
        host = settings["ZAEHLWERK_HOST"] ?? "127.0.0.1"
        tlsCertificate = settings["ZAEHLWERK_TLS_CERT"]
        tlsKey = settings["ZAEHLWERK_TLS_KEY"]
        tlsClientAuthority = settings["ZAEHLWERK_TLS_CLIENT_CA"]
        let portText = settings["ZAEHLWERK_PORT"] ?? "8080"
        guard let port = Int(portText), (0...65_535).contains(port) else {
            throw Problem(description: "the port must be a number from 0 to 65535, not “\(portText)”")
        }
        self.port = port
        if (tlsCertificate == nil) != (tlsKey == nil) {
            throw Problem(description: "TLS needs both ZAEHLWERK_TLS_CERT and ZAEHLWERK_TLS_KEY")
        }
    }

    private static func read(_ file: String) throws -> [String: String] {
        let text: String
        do { text = try String(contentsOfFile: file, encoding: .utf8) } catch {
            throw Problem(description: "\(file) cannot be read: \(error.localizedDescription)")
        }
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch { throw Problem(description: "\(file) is no valid YAML: \(error)") }
        guard let node else { return [:] }
        guard let mapping = node.mapping else { throw Problem(description: "\(file) must be a list of `name: value`") }
        var settings: [String: String] = [:]
        for (key, value) in mapping {
            guard let name = key.scalar?.string, let known = names.first(where: { $0.yaml == name }) else {
                throw Problem(
                    description:
                        "\(file): unknown setting “\(key.scalar?.string ?? "?")”; known are \(names.map(\.yaml).joined(separator: ", "))")
            }
            guard let scalar = value.scalar?.string else { throw Problem(description: "\(file): “\(name)” must be a single value") }
            settings[known.variable] = scalar
        }
        return settings
    }

    var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
    var migrationsFolder: String { home + "/Migrations" }
    var tariffsFolder: String { home + "/Tariffs" }
    var samplesFolder: String { home + "/Samples" }
}
