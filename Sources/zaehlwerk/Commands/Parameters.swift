import ArgumentParser
import MeteringOperations
import VEE
import Values

/// `zaehlwerk parameters …`
struct Parameters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Thresholds of the validation rules: list, set. A running server judges by them at once.",
        subcommands: [List.self, Change.self])

    struct List: Errand {
        static let configuration = CommandConfiguration(abstract: "Lists the thresholds that hold on a day, and who changed them.")
        @OptionGroup var common: CommonOptions
        @Option(help: "the day; today if absent", transform: Parse.day)
        var on: Day?
        @Option(help: "electricity, gas, water or heat; all if absent", transform: Parse.commodity)
        var commodity: Commodity?
        @Option(name: .customLong("class"), help: "household, commercial or industrial; all if absent", transform: Parse.customerClass)
        var customer: CustomerClass?

        func perform() async throws {
            try await Installation.use(try common.configuration()) { installation in
                let day = on ?? Clock.today
                let entries = try await ListValidationParameters(pool: installation.pool)(on: day, commodity: commodity, customer: customer)
                var table = TextTable(
                    [.text("threshold"), .text("rules")]
                        + entries.map { .number("\($0.key.commodity.rawValue) \($0.key.customer.rawValue)") })
                for setting in ParameterSetting.all {
                    table.rows.append([setting.name, setting.reference] + entries.map { setting.value(in: $0.parameters) ?? "off" })
                }
                Output.data(table.description)
                for record in entries.flatMap(\.history).sorted(by: { $0.id > $1.id }) {
                    let key = record.change.key
                    Output.data(
                        ThresholdChange.line(
                            record.change.valid, whose: "\(key.commodity.rawValue) \(key.customer.rawValue)",
                            record.change.values.mapValues { $0 ?? "off" },
                            author: record.author, reason: record.reason))
                }
            }
        }
    }

    struct Change: Errand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Changes thresholds from a day on, or for some days; what held before stays known.",
            discussion:
                "For example: zaehlwerk parameters set spikePercent=180 --commodity electricity --class household --from 2026-01-01 --reason trial"
        )
        @OptionGroup var common: CommonOptions
        @OptionGroup var threshold: ThresholdChange
        @Option(name: .customLong("class"), help: "household, commercial or industrial", transform: Parse.customerClass)
        var customer: CustomerClass

        func perform() async throws {
            let change = ParameterBook.Change(
                .init(threshold.commodity, customer), valid: try threshold.valid(),
                values: try threshold.values().mapValues { $0 == "off" ? nil : $0 })
            try await Installation.use(try common.configuration()) { installation in
                let id = try await SetValidationParameter(pool: installation.pool)(
                    change, author: "console", reason: threshold.reason, now: Clock.now)
                Output.message("recorded as change \(id)")
            }
        }
    }
}
