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
                    let key = record.change.key
                    Output.data(
                        ThresholdChange.line(
                            record.change.valid, whose: "\(key.commodity.rawValue) \(key.customers.rawValue)", record.change.values,
                            author: record.author, reason: record.reason))
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
        @OptionGroup var threshold: ThresholdChange
        @Option(
            name: .customLong("class"), help: "household, commercial or industrial",
            transform: { text in
                guard let customers = CheckBook.Customers(rawValue: text) else { throw ValidationError("“\(text)” is no class") }
                return customers
            })
        var customers: CheckBook.Customers

        func perform() async throws {
            let change = CheckBook.Change(
                .init(threshold.commodity, customers), valid: try threshold.valid(), values: try threshold.values())
            try await Installation.use(try common.configuration()) { installation in
                let id = try await SetCheckParameter(pool: installation.pool)(
                    change, author: "console", reason: threshold.reason, now: Clock.now)
                Output.message("recorded as change \(id)")
            }
        }
    }
}
