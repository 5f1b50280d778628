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
                    let values = record.change.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value ?? "off")" }
                    Output.data(
                        "\(record.change.valid.from)\(record.change.valid.until.map { "–\($0)" } ?? "") "
                            + "\(record.change.key.commodity.rawValue) \(record.change.key.customer.rawValue): "
                            + "\(values.joined(separator: " ")) (\(record.author): \(record.reason))")
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
        @Argument(help: ArgumentHelp("name=value; “off” switches off", valueName: "threshold"))
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
            var values: [String: String?] = [:]
            for threshold in thresholds {
                let parts = threshold.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2 else { throw ValidationError("“\(threshold)” is no name=value") }
                values[parts[0]] = .some(parts[1] == "off" ? nil : parts[1])
            }
            let change = ParameterBook.Change(.init(commodity, customer), valid: valid, values: values)
            try await Installation.use(try common.configuration()) { installation in
                let id = try await SetValidationParameter(pool: installation.pool)(
                    change, author: "console", reason: reason, now: Clock.now)
                Output.message("recorded as change \(id)")
            }
        }
    }
}
