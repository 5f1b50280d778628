import ArgumentParser
import Values

/// What a change of dated thresholds says beside whose they are: which, from when, why. The rules' and the bill checks' alike.
struct ThresholdChange: ParsableArguments {
    @Argument(help: ArgumentHelp("name=value; a rule's threshold may be “off”", valueName: "threshold"))
    var thresholds: [String]
    @Option(help: "electricity, gas, water or heat", transform: Parse.commodity)
    var commodity: Commodity
    @Option(help: "first day on which they hold", transform: Parse.day)
    var from: Day
    @Option(help: "the day after the last, exclusive; open if absent", transform: Parse.day)
    var to: Day?
    @Option(help: "why")
    var reason: String

    /// - Throws: `ValidationError`.
    func valid() throws -> DayRange {
        guard let valid = DayRange(checked: from, until: to) else { throw ValidationError("--from \(from) must lie before --to") }
        return valid
    }

    /// Texts by name; of a name said twice the last counts.
    /// - Throws: `ValidationError`.
    func values() throws -> [String: String] {
        var values: [String: String] = [:]
        for threshold in thresholds {
            let parts = threshold.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw ValidationError("“\(threshold)” is no name=value") }
            values[parts[0]] = parts[1]
        }
        return values
    }

    /// A line of the history: `2026-01-01 gas household: name=value (who: why)`.
    static func line(_ valid: DayRange, whose: String, _ values: [String: String], author: String, reason: String) -> String {
        let changes = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        return "\(valid.from)\(valid.until.map { "–\($0)" } ?? "") \(whose): \(changes) (\(author): \(reason))"
    }
}
