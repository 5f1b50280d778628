import ArgumentParser
import BillingOperations
import TariffFiles
import Tariffs
import Values

/// `zaehlwerk tariff …`
struct Tariff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The tariff files of Tariffs/: check, publish, list, compare, see whom a version touches.",
        subcommands: [Check.self, Publish.self, List.self, Diff.self, Pull.self, Affected.self])

    static func sources(_ configuration: Configuration) throws -> [TariffFolder.Source] {
        do { return try TariffSources.read(folder: configuration.tariffsFolder) } catch {
            throw Failure("there is no readable folder \(configuration.tariffsFolder): start in the project's folder or set ZAEHLWERK_HOME")
        }
    }

    static func key(_ text: String) throws -> TariffKey {
        guard let key = TariffKey(text) else { throw ValidationError("“\(text)” is no tariff such as electricity/basis") }
        return key
    }

    struct Check: Errand {
        static let configuration = CommandConfiguration(
            abstract: "Checks all files: syntax, chains of versions, series, executable examples. Needs no database.",
            discussion:
                "Exit status 1 and a line for each fault: file, line, column, key, and how to mend it. What is no fault and would yet hold bills is said as a notice."
        )
        @OptionGroup var common: CommonOptions

        func perform() async throws {
            let sources = try Tariff.sources(try common.configuration())
            for notice in PublishTariffs.notices(sources) { Output.message("notice: \(notice)") }
            let faults = PublishTariffs.check(sources)
            for fault in faults { Output.data(fault.description) }
            guard faults.isEmpty else { throw Failure("\(faults.count) faults in \(sources.count) files") }
            Output.data("\(sources.count) files are without fault")
        }
    }

    struct Publish: Errand {
        static let configuration = CommandConfiguration(
            abstract: "Publishes what is new in Tariffs/; all or nothing.",
            discussion: "A published version never changes: an edited file is refused. Prints the paths that were published.")
        @OptionGroup var common: CommonOptions

        func perform() async throws {
            let configuration = try common.configuration()
            let sources = try Tariff.sources(configuration)
            try await Installation.use(configuration) { installation in
                let publication = try await PublishTariffs(pool: installation.pool)(
                    sources, author: "console", today: Clock.today, now: Clock.now)
                for path in publication.published { Output.data(path) }
                Output.message("\(publication.published.count) published, \(publication.unchanged) unchanged")
            }
        }
    }

    struct List: Errand {
        static let configuration = CommandConfiguration(abstract: "Lists the published versions with the days on which they hold.")
        @OptionGroup var common: CommonOptions

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                var table = TextTable([
                    .text("tariff"), .text("from"), .text("until"), .number("revision"), .text("title"), .text("published"), .text("by"),
                    .text("hash"),
                ])
                for entry in try await ListTariffs(pool: installation.pool)() {
                    table.rows.append([
                        entry.tariff.version.key.description, entry.holds.from.description, entry.holds.until?.description ?? "",
                        String(entry.tariff.version.revision), entry.tariff.version.title.de,
                        LocalTime.berlin.day(of: entry.publishedAt).description, entry.publishedBy,
                        String(entry.tariff.hash.prefix(12)),
                    ])
                }
                Output.data(table.description)
            }
        }
    }

    struct Affected: Errand {
        static let configuration = CommandConfiguration(
            abstract: "Says how many contracts a tariff supplies from a day on, and which bills lie on such days.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "such as electricity/basis", transform: Tariff.key)
        var tariff: TariffKey
        @Option(help: "first day of the version (default: today)", transform: Parse.day)
        var from: Day?

        func perform() async throws {
            let day = from ?? Clock.today
            try await Installation.use(try common.configuration()) { installation in
                let effect = try await ListTariffs(pool: installation.pool).effect(of: tariff, from: day)
                if effect.contracts == 0, try await ListTariffs(pool: installation.pool).bodies(of: tariff).isEmpty {
                    throw Failure("there is no tariff \(tariff), and no contract names it")
                }
                Output.data("\(tariff) from \(day): contracts \(effect.contracts), bills \(effect.invoices.count)")
                for number in effect.invoices { Output.data(number) }
            }
        }
    }
}
