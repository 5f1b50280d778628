import ArgumentParser
import Billing
import BillingOperations
import Values

/// `zaehlwerk checks …`
struct Checks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Thresholds of the checks before a bill is issued: list, set.", subcommands: [List.self, Change.self])

    struct List: Errand {
        static let configuration = CommandConfiguration(abstract: "Lists the thresholds that hold on a day, and who changed them.")
        @OptionGroup var common: CommonOptions
        @Option(help: "the day; today if absent", transform: Parse.day)
        var on: Day?
        @Option(help: "electricity, gas, water or heat; all if absent", transform: Parse.commodity)
        var commodity: Commodity?

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                let entries = try await ListCheckParameters(pool: installation.pool)(on: on ?? Clock.today, commodity: commodity)
                var table = TextTable(
                    [.text("threshold"), .text("check")]
                        + entries.map { .number("\($0.key.commodity.rawValue) \($0.key.customers.rawValue)") })
                for setting in CheckSetting.all {
                    table.rows.append([setting.name, setting.check] + entries.map { setting.value(in: $0.parameters) })
                }
                Output.data(table.description)
                for record in entries.flatMap(\.history).sorted(by: { $0.id > $1.id }) {
                    let values = record.change.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                    Output.data(
                        "\(record.change.valid.from)\(record.change.valid.until.map { "–\($0)" } ?? "") "
                            + "\(record.change.key.commodity.rawValue) \(record.change.key.customers.rawValue): "
                            + "\(values.joined(separator: " ")) (\(record.author): \(record.reason))")
                }
            }
        }
    }

    struct Change: Errand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Changes thresholds from a day on, or for some days; what held before stays known.",
            discussion:
                "For example: zaehlwerk checks set hugeAmount=250000.00 --commodity gas --class industrial --from 2026-01-01 --reason \"large customers\""
        )
        @OptionGroup var common: CommonOptions
        @Argument(help: ArgumentHelp("name=value", valueName: "threshold"))
        var thresholds: [String]
        @Option(help: "electricity, gas, water or heat", transform: Parse.commodity)
        var commodity: Commodity
        @Option(
            name: .customLong("class"), help: "household, commercial or industrial",
            transform: { text in
                guard let customers = CheckBook.Customers(rawValue: text) else { throw ValidationError("“\(text)” is no class") }
                return customers
            })
        var customers: CheckBook.Customers
        @Option(help: "first day on which they hold", transform: Parse.day)
        var from: Day
        @Option(help: "the day after the last, exclusive; open if absent", transform: Parse.day)
        var to: Day?
        @Option(help: "why")
        var reason: String

        func perform() async throws {
            guard let valid = DayRange(checked: from, until: to) else { throw ValidationError("--from \(from) must lie before --to") }
            var values: [String: String] = [:]
            for threshold in thresholds {
                let parts = threshold.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2 else { throw ValidationError("“\(threshold)” is no name=value") }
                values[parts[0]] = parts[1]
            }
            let change = CheckBook.Change(.init(commodity, customers), valid: valid, values: values)
            try await Installation.use(try common.configuration()) { installation in
                let id = try await SetCheckParameter(pool: installation.pool)(change, author: "console", reason: reason, now: Clock.now)
                Output.message("recorded as change \(id)")
            }
        }
    }
}
