import TariffFiles
import Tariffs
import Testing
import Values

/// § 40(3) EnWG: what each tariff of electricity and gas shows of its prices, whatever day it is.
@Suite struct `What tariffs show of their prices` {
    let folder: TariffFolder
    init() throws { folder = TariffFolder(try Folder.sources()) }

    @Test func `is all that the law names, for each version in force`() throws {
        let entries = folder.catalog.chains.filter { [.electricity, .gas].contains($0.key.commodity) }.flatMap(\.value.timeline.entries)
        #expect(entries.count >= 17)
        for entry in entries where entry.value.version.owesBurdens {
            let version = entry.value.version
            let names = version.breakdown.map(\.series.name)
            let wanted =
                version.commodity == .gas
                ? ["energiesteuer", "konzessionsabgabe", "netzentgelt", "messstellenbetrieb", "brennstoffemissionen"]
                : [
                    "stromsteuer", "kwkg_umlage", "offshore_umlage", "besondere_netznutzung", "konzessionsabgabe", "netzentgelt",
                    "messstellenbetrieb",
                ]
            for name in wanted { #expect(names.contains { $0.hasPrefix(name) }, "\(version.path) lacks \(name)") }
            let opened = version.components.flatMap(\.charge.series)
            if version.commodity == .gas { #expect(opened.contains(SeriesKey(set: "de-gas", name: "co2")), "\(version.path)") }
            // Each series says something on each day on which the version holds; what the law has ended may end.
            for rule in version.breakdown where rule.series.name != "speicherumlage" {
                let values = try #require(folder.catalog.prices.series[rule.series]).values
                #expect(values.gaps(in: entry.range).isEmpty, "\(version.path): \(rule.series)")
            }
        }
        #expect(folder.notices.isEmpty)
    }

    @Test func `is told of registers and by utilisation`() throws {
        func rules(_ tariff: String) throws -> [BreakdownRule] {
            let key = try #require(TariffKey(tariff))
            return try #require(folder.catalog.chains[key]?.timeline[Day(2026, 6, 1)]).version.breakdown
        }
        let zones = try rules("electricity/tou").filter { !$0.registers.isEmpty }
        #expect(zones.map(\.registers) == [[.zone("peak"), .zone("day")], [.zone("low")]])
        #expect(try rules("electricity/twin").map(\.registers).filter { !$0.isEmpty } == [[.high], [.low]])
        let hours = try rules("electricity/business-rlm").compactMap(\.conditions.utilisationHours)
        #expect(hours.count == 4 && hours.allSatisfy { ($0.min ?? $0.max) == 2_500_000_000 })
    }

    private static let path = "electricity/tou/2026-01-01.r2.yaml"
    /// Of the folder with one text of one file replaced.
    private func edited(_ old: String, _ new: String, path: String = path) throws -> TariffFolder {
        let text = try Folder.text(path)
        #expect(text.contains(old), "the file has changed; mend the test")
        let source = TariffFolder.Source(path: path, bytes: Array(text.replacing(old, with: new).utf8), hash: "x")
        return TariffFolder(try Folder.sources().map { $0.path == path ? source : $0 })
    }

    // Each line: what is replaced, by what, and a word of the answer.
    @Test(arguments: [
        ("registers: [low]", "registers: [night]", "known word"), ("registers: [low]", "registers: []", "no register"),
        ("registers: [low]", "register: low", "unknown key"),
        ("registers: [low]", "when: {contract_months: {min: \"3\"}}", "said by its series"),
        ("netz-neumuenster/netzentgelt_grundpreis}", "netz-neumuenster/netzentgelt_grundpreis, registers: [low]}", "no register has"),
        ("series: netz-neumuenster/netzentgelt_grundpreis", "series: gas-neumuenster/calorific_value", "no price of energy"),
    ])
    func `is refused where it makes no sense`(old: String, new: String, word: String) throws {
        let errors = try edited(old, new).errors.map(\.description)
        #expect(errors.contains { $0.contains(word) }, "\(errors)")
    }

    @Test func `is no price of a load that nobody measures`() throws {
        let errors = try edited(
            "netz-neumuenster/netzentgelt_grundpreis", "netz-neumuenster-sonder/netzentgelt_leistung_ab_2500h",
            path: "electricity/basis/2026-01-01.yaml"
        ).errors.map(\.description)
        #expect(errors.contains { $0.contains("does not measure") }, "\(errors)")
    }

    @Test func `is missed where it is nothing, by a notice and no fault`() throws {
        // Without its correction, the first version of the zones says nothing.
        let sources = try Folder.sources()
        let silent = TariffFolder(sources.filter { $0.path != Self.path })
        #expect(silent.errors.isEmpty)
        let notice = try #require(silent.notices.first)
        #expect(silent.notices.count == 1 && notice.path == "electricity/tou/2026-01-01.yaml")
        #expect(notice.description.contains("will be held") && notice.description.contains("breakdown"))
    }
}
