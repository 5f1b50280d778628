import AccessOperations
import ArgumentParser
import Values

/// `zaehlwerk key …`
struct Key: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keys of machine clients: create, revoke, list. A running server sees every change at once.",
        subcommands: [Create.self, Revoke.self, List.self])

    struct Create: Errand {
        static let configuration = CommandConfiguration(abstract: "Creates a key and prints it alone on standard output, once.")
        @OptionGroup var common: CommonOptions
        @Option(help: "who uses it")
        var name: String
        @Option(name: .customLong("role"), help: "gateway, billing, finance, service, readonly or admin; repeatable", transform: Parse.role)
        var roles: [Role]
        @Option(help: "the first day on which it is refused", transform: Parse.day)
        var until: Day?

        func validate() throws {
            guard (1...100).contains(name.utf8.count) else { throw ValidationError("--name has 1 to 100 bytes") }
        }

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                let key = try await ManageKeys(pool: installation.pool).create(
                    name: name, roles: Set(roles), expiresAt: until.map { LocalTime.berlin.start(of: $0) }, by: "console", now: Clock.now)
                Output.data(key)
                Output.message("keep it: it is stored nowhere and not shown again")
            }
        }
    }

    struct Revoke: Errand {
        static let configuration = CommandConfiguration(abstract: "Revokes a key: refused from the next request on.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "prefix, name, or the whole key")
        var key: String

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                let count = try await ManageKeys(pool: installation.pool).revoke(key, by: "console", now: Clock.now)
                Output.message(count == 0 ? "it had been revoked before" : "\(count) \(count == 1 ? "key" : "keys") revoked")
            }
        }
    }

    struct List: Errand {
        static let configuration = CommandConfiguration(abstract: "Lists all keys, without their secret.")
        @OptionGroup var common: CommonOptions

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                var table = TextTable([
                    .text("prefix"), .text("name"), .text("roles"), .text("created"), .text("made by"), .text("last used"), .text("state"),
                ])
                let now = Clock.now
                for key in try await ManageKeys(pool: installation.pool).list() {
                    let isExpired = key.expiresAt.map { $0 <= now } ?? false
                    table.rows.append([
                        key.prefix, key.name, key.roles.sorted().map(\.rawValue).joined(separator: ","),
                        LocalTime.berlin.day(of: key.createdAt).description, key.createdBy ?? "",
                        key.lastUsed.map(\.description) ?? "never",
                        key.revokedAt != nil ? "revoked" : isExpired ? "expired" : "valid",
                    ])
                }
                Output.data(table.description)
            }
        }
    }
}
