import ArgumentParser
import Billing
import BillingOperations
import MeteringOperations
import VEE
import Values

/// What the shell says of dated thresholds beside their own words: those of the rules and those of the bill checks alike.
protocol ShellThresholds: StoredThresholds {
    /// Over the names of what goes by them.
    static var references: String { get }
    static var example: String { get }
}

/// `zaehlwerk parameters …`
struct Parameters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Thresholds of the validation rules: list, set. A running server judges by them at once.",
        subcommands: [ThresholdList<ValidationParameters>.self, ThresholdSet<ValidationParameters>.self])
}

extension ValidationParameters: ShellThresholds {
    static var references: String { "rules" }
    static var example: String {
        "zaehlwerk parameters set spikePercent=180 --commodity electricity --class household --from 2026-01-01 --reason trial"
    }
}

/// `zaehlwerk checks …`
struct Checks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Thresholds of the checks before a bill is issued: list, set.",
        subcommands: [ThresholdList<CheckParameters>.self, ThresholdSet<CheckParameters>.self])
}

extension CheckParameters: ShellThresholds {
    static var references: String { "check" }
    static var example: String {
        "zaehlwerk checks set hugeAmount=250000.00 --commodity gas --class industrial --from 2026-01-01 --reason \"large customers\""
    }
}

struct ThresholdList<Kind: ShellThresholds>: Errand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "list", abstract: "Lists the thresholds that hold on a day, and who changed them.")
    }
    @OptionGroup var common: CommonOptions
    @Option(help: "the day; today if absent", transform: Parse.day)
    var on: Day?
    @Option(help: "electricity, gas, water or heat; all if absent", transform: Parse.commodity)
    var commodity: Commodity?
    @Option(name: .customLong("class"), help: "household, commercial or industrial; all if absent", transform: Parse.customerClass)
    var customer: CustomerClass?

    func perform() async throws {
        try await Installation.use(try common.configuration()) { installation in
            let entries = try await ListThresholds<Kind>(pool: installation.pool)(
                on: on ?? Clock.today, commodity: commodity, customer: customer)
            func words(_ key: ThresholdKey) -> String { "\(key.commodity.rawValue) \(key.customer.rawValue)" }
            var table = TextTable([.text("threshold"), .text(Kind.references)] + entries.map { .number(words($0.key)) })
            for setting in Kind.settings {
                table.rows.append([setting.name, setting.reference] + entries.map { setting.value(in: $0.parameters) ?? "off" })
            }
            Output.data(table.description)
            for record in entries.flatMap(\.history).sorted(by: { $0.id > $1.id }) {
                let change = record.change
                let values = change.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value ?? "off")" }.joined(separator: " ")
                let days = "\(change.valid.from)\(change.valid.until.map { "–\($0)" } ?? "")"
                Output.data("\(days) \(words(change.key)): \(values) (\(record.author): \(record.reason))")
            }
        }
    }
}

struct ThresholdSet<Kind: ShellThresholds>: Errand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "set", abstract: "Changes thresholds from a day on, or for some days; what held before stays known.",
            discussion: "For example: \(Kind.example)")
    }
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp("name=value; a rule's threshold may be “off”", valueName: "threshold"))
    var thresholds: [String]
    @Option(help: "electricity, gas, water or heat", transform: Parse.commodity)
    var commodity: Commodity
    @Option(name: .customLong("class"), help: "household, commercial or industrial", transform: Parse.customerClass)
    var customer: CustomerClass
    @Option(help: "first day on which they hold", transform: Parse.day)
    var from: Day
    @Option(help: "the day after the last, exclusive; open if absent", transform: Parse.day)
    var to: Day?
    @Option(help: "why")
    var reason: String

    func perform() async throws {
        guard let valid = DayRange(checked: from, until: to) else { throw ValidationError("--from \(from) must lie before --to") }
        // Of a name said twice the last counts.
        var values: [String: String?] = [:]
        for threshold in thresholds {
            let parts = threshold.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw ValidationError("“\(threshold)” is no name=value") }
            values[parts[0]] = .some(parts[1] == "off" ? nil : parts[1])
        }
        let change = ThresholdChange(ThresholdKey(commodity, customer), valid: valid, values: values)
        try await Installation.use(try common.configuration()) { installation in
            let id = try await SetThresholds<Kind>(pool: installation.pool)(change, author: "console", reason: reason, now: Clock.now)
            Output.message("recorded as change \(id)")
        }
    }
}
