import Postgres
import ArgumentParser

/// `zaehlwerk migrate`
struct Migrate: Errand {
    static let configuration = CommandConfiguration(
        abstract: "Brings the database to the current version.",
        discussion: "Safe to repeat and safe to run twice at once. Prints the migrations that were applied now.")

    @OptionGroup var common: CommonOptions

    func perform() async throws {
        try await Installation.use(try common.configuration()) { installation in
            for name in installation.migrated.applied { Output.data(name) }
            let count = installation.migrated.applied.count
            Output.message(
                "the database has version \(installation.migrated.version), \(count == 0 ? "nothing was to be done" : "\(count) migrations applied")"
            )
        }
    }
}
