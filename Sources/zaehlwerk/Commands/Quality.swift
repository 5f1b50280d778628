import ArgumentParser
import Values
import VEE

/// `zaehlwerk quality`
struct Quality: Errand {
    static let configuration = CommandConfiguration(
        abstract:
            "Measures rules and estimation: false alarms, caught errors, and the error of every method for gaps of an hour to a week.",
        discussion: """
            Needs no database. Prints Markdown. With --homes it reads the CSV files that Scripts/quality makes of the opengrid package; without,
            it makes up a fleet from a seed and says so.
            """)

    @Option(help: ArgumentHelp("folder of homes as CSV", valueName: "folder"))
    var homes: String?
    @Option(help: "homes of the fleet that is made up without --homes")
    var fleet = 12
    @Option(help: "gaps of each length that are cut into each home")
    var gaps = 60

    func validate() throws {
        guard (1...10_000).contains(gaps) else { throw ValidationError("--gaps is 1 to 10000") }
        guard (1...1_000).contains(fleet) else { throw ValidationError("--fleet is 1 to 1000") }
    }

    func perform() async throws {
        let data = try homes.map { try Homes.opengrid($0) } ?? Homes.synthetic(fleet)
        let progress = ProgressLine("measuring homes")
        var rules = RuleTrial()
        var trial = GapTrial(temperatures: data.temperatures, gapsPerHome: gaps)
        for (index, home) in data.homes.enumerated() {
            try rules.run(home, seed: UInt64(index + 1))
            try trial.run(home, seed: UInt64(index + 1))
            progress.update(done: index + 1, of: data.homes.count)
        }
        progress.finish()
        Output.data(QualityReport(source: data.source, homes: data.homes.count, rules: rules, gaps: trial).markdown)
    }
}

/// The figures as tables.
struct QualityReport: Sendable {
    let source: String
    let homes: Int
    let rules: RuleTrial
    let gaps: GapTrial

    var markdown: String { ([head] + [alarms, caught] + Commodity.allCases.compactMap(errors) + [verdict]).joined(separator: "\n\n") }

    private var head: String { "Measured on \(source): \(homes) meters, \(Output.count(rules.days)) complete meter-days." }

    private static func percent(_ part: Int, of whole: Int) -> String {
        whole == 0 ? "–" : DecimalText.format(Int64((Double(part) / Double(whole) * 100 * 1_000).rounded()), scale: 3) + " %"
    }

    private var alarms: String {
        var lines = [
            "### False alarms on clean days", "",
            "\(rules.flaggedDays) of \(Output.count(rules.days)) clean meter-days (\(Self.percent(rules.flaggedDays, of: rules.days))) are flagged by a rule that is on for households; the goal is at most 0.1 %.",
            "", "| rule | number | on for households | clean meter-days | flagged | rate |", "|---|---|---|---:|---:|---:|",
        ]
        for row in rules.rows.values.sorted(by: {
            ($0.rule.reference, $0.rule.name, $0.isOn ? 0 : 1) < ($1.rule.reference, $1.rule.name, $1.isOn ? 0 : 1)
        }) {
            lines.append(
                "| \(row.rule.name) | \(row.rule.reference) | \(row.isOn ? "yes" : "no, as if on") | \(Output.count(row.days)) | \(Output.count(row.flagged)) | \(Self.percent(row.flagged, of: row.days)) |"
            )
        }
        return lines.joined(separator: "\n")
    }

    private var caught: String {
        var lines = [
            "### Errors put in on purpose",
            "",
            "One wrong value in a day that has a register reading at both ends, judged by the rules that are on. An error breaks the sum if it is larger than both readings can have been rounded (twice the tolerance of C1). The goal is at least 99 %.",
            "", "| error | seeded | break the sum | of these caught | share | smaller ones caught |", "|---|---:|---:|---:|---:|---:|",
        ]
        var sum = RuleTrial.Faults()
        for (name, faults) in rules.faults.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "| \(name) | \(faults.seeded) | \(faults.breaking) | \(faults.caught) | \(Self.percent(faults.caught, of: faults.breaking)) | \(faults.caughtOthers) of \(faults.seeded - faults.breaking) |"
            )
            sum.seeded += faults.seeded
            sum.breaking += faults.breaking
            sum.caught += faults.caught
            sum.caughtOthers += faults.caughtOthers
        }
        lines.append(
            "| **all** | \(sum.seeded) | \(sum.breaking) | \(sum.caught) | **\(Self.percent(sum.caught, of: sum.breaking))** | \(sum.caughtOthers) of \(sum.seeded - sum.breaking) |"
        )
        return lines.joined(separator: "\n")
    }

    private func errors(of commodity: Commodity) -> String? {
        guard gaps.errors.keys.contains(where: { $0.commodity == commodity }) else { return nil }
        let lengths = GapTrial.lengths.map { $0 < 168 ? "\($0) h" : "7 d" }
        var lines = [
            "### Estimates for gaps: \(commodity.rawValue)", "",
            "Mean absolute error of a value / of the gap's total, in percent of the mean value.", "",
            "| method | " + lengths.joined(separator: " | ") + " |", "|---|" + lengths.map { _ in "---:|" }.joined(),
        ]
        for hasRegisters in [false, true] {
            for method in GapTrial.Method.allCases {
                let cells = GapTrial.lengths.map {
                    gaps.errors[.init(commodity: commodity, method: method, hours: $0, hasRegisters: hasRegisters)]?.text ?? "–"
                }
                guard cells.contains(where: { $0 != "–" }) else { continue }
                let name = method.rawValue + (hasRegisters ? " + register" : "")
                lines.append("| " + (method == .cascade ? "**\(name)**" : name) + " | " + cells.joined(separator: " | ") + " |")
            }
        }
        return lines.joined(separator: "\n")
    }

    private var verdict: String {
        let defeats = gaps.defeats
        return "### Cascade against single methods\n\n"
            + (defeats.isEmpty
                ? "On the same gaps no single method is better than the cascade beyond chance (twice the standard error of the difference), in no cell."
                : "On the same gaps a single method is better than the cascade beyond chance (twice the standard error of the difference) here:\n\n"
                    + defeats.map { "- " + $0 }.joined(separator: "\n"))
    }
}
