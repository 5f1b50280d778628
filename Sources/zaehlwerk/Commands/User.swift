import AccessOperations
import ArgumentParser
import Values

/// `zaehlwerk user …`
struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "People who may sign in: add, list, lock, change.",
        subcommands: [Add.self, List.self, ResetPassword.self, Lock.self, Unlock.self, Roles.self])

    struct Add: Errand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a user and prints a password for one use, alone on standard output.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "lower-case letters, digits, “.”, “-”, “_”, “@”")
        var login: String
        @Option(help: "the person's name (default: the login)")
        var name: String?
        @Option(name: .customLong("role"), help: "gateway, billing, finance, service, readonly or admin; repeatable", transform: Parse.role)
        var roles: [Role]
        @Flag(help: "reads a password that lasts from standard input, for a system that signs in with one")
        var passwordStdin = false

        func perform() async throws {
            let chosen = passwordStdin ? readLine(strippingNewline: true) : nil
            guard !passwordStdin || chosen != nil else { throw ValidationError("there is no password on standard input") }
            try await Installation.use(try common.configuration()) { installation in
                let password = try await ManageUsers(pool: installation.pool).create(
                    login: login, name: name ?? login, roles: Set(roles), chosen: chosen, by: "console", now: Clock.now)
                guard chosen == nil else { return Output.message("user \(login.lowercased()) may sign in") }
                Output.data(password)
                Output.message("user \(login.lowercased()) may sign in once with this password and then chooses another")
            }
        }
    }

    struct List: Errand {
        static let configuration = CommandConfiguration(abstract: "Lists all users with their roles.")
        @OptionGroup var common: CommonOptions

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                var table = TextTable([.text("login"), .text("name"), .text("roles"), .text("created"), .text("state")])
                for user in try await ManageUsers(pool: installation.pool).list() {
                    let state = user.disabledAt != nil ? "locked" : user.mustChangePassword ? "one-time password" : "active"
                    table.rows.append([
                        user.login, user.name, user.roles.sorted().map(\.rawValue).joined(separator: ","),
                        LocalTime.berlin.day(of: user.createdAt).description, state,
                    ])
                }
                Output.data(table.description)
            }
        }
    }

    struct ResetPassword: Errand {
        static let configuration = CommandConfiguration(
            abstract: "Gives a user a new password for one use, printed alone on standard output; all sessions end.")
        @OptionGroup var common: CommonOptions
        @Argument var login: String

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                Output.data(try await ManageUsers(pool: installation.pool).resetPassword(login: login, by: "console", now: Clock.now))
            }
        }
    }

    struct Lock: Errand {
        static let configuration = CommandConfiguration(abstract: "Locks a user: refused at once, also in running sessions.")
        @OptionGroup var common: CommonOptions
        @Argument var login: String

        func perform() async throws { try await User.setLocked(true, login, common) }
    }

    struct Unlock: Errand {
        static let configuration = CommandConfiguration(abstract: "Unlocks a user.")
        @OptionGroup var common: CommonOptions
        @Argument var login: String

        func perform() async throws { try await User.setLocked(false, login, common) }
    }

    struct Roles: Errand {
        static let configuration = CommandConfiguration(abstract: "Replaces the roles of a user.")
        @OptionGroup var common: CommonOptions
        @Argument var login: String
        @Option(name: .customLong("role"), help: "repeatable", transform: Parse.role)
        var roles: [Role]

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                try await ManageUsers(pool: installation.pool).setRoles(Set(roles), login: login, by: "console", now: Clock.now)
                Output.message("user \(login): \(Set(roles).sorted().map(\.rawValue).joined(separator: ", "))")
            }
        }
    }

    private static func setLocked(_ isLocked: Bool, _ login: String, _ common: CommonOptions) async throws {
        try await Installation.use(try common.configuration()) { installation in
            try await ManageUsers(pool: installation.pool).setLocked(isLocked, login: login, by: "console", now: Clock.now)
            Output.message("user \(login) is \(isLocked ? "locked" : "unlocked")")
        }
    }
}
