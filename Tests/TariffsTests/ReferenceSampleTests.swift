import TariffFiles
import Tariffs
import Testing
import Values

/// The sample of the reference (billing 1.6), letter by letter.
private let sample = """
    schema: tariff/1
    kind: tariff
    id: swm-family                # stable key, never re-used
    version: 2026-07-01           # = first day of validity; file name must agree
    supersedes: 2026-01-01
    commodity: electricity        # electricity | gas | heat | water | wastewater | rainwater
    title: {de: "SWM Family Strom"}
    status: published             # draft | published | withdrawn ; published files are immutable (hash in DB)
    currency: EUR
    prices: net                   # net | gross
    applies_to:
      customer_groups: [household, small_business]
      metering: [slp, imsys]
      regions: [MUSTERSTADT]
      annual_kwh: {min: "0", max: "100000"}
    proration:
      consumption: load_profile   # day_linear | load_profile | degree_day | measured | no_split
      profile: H25
      fixed: days_actual          # days_actual (n/365 or n/366) | days_365 | months_30 | months_calendar
      vat: split                  # split (Zeitscheibe) | period_end (Stichtag, end of Ablesezeitraum)
    rounding: {quantity: 0, unit_price: 4, line: 2, mode: half_up, vat_on: net_sum_per_rate}
    components:
      - {id: gp,  label: {de: Grundpreis}, type: fixed, per: year, price: "114.00"}
      - id: ap_ht
        label: {de: "Arbeitspreis HT"}
        type: energy
        register: HT
        unit: ct/kWh
        tiers: {basis: annual, split: proportional, steps: [{up_to: "2500", price: "27.40"}, {price: "25.90"}]}
      - {id: ap_nt, label: {de: "Arbeitspreis NT"}, type: energy, register: NT, unit: ct/kWh, price: "21.80"}
      - {id: min,  label: {de: Mindestbetrag}, type: minimum, per: year, price: "60.00", of: [gp, ap_ht, ap_nt]}
      - {id: bonus, label: {de: Treuebonus}, type: discount, percent: "2.0", of: [ap_ht, ap_nt], when: {contract_months: {min: "24"}}}
    breakdown:                    # "darin enthalten", § 40 Abs. 3 EnWG: shown, not charged again
      - {series: de.strom/stromsteuer}
      - {series: de.strom/kwkg_umlage}
      - {series: de.strom/offshore_umlage}
      - {series: de.strom/besondere_netznutzung}
      - {series: net.MUSTERSTADT/konzessionsabgabe}
      - {series: net.MUSTERSTADT/netzentgelt_ap}
      - {series: net.MUSTERSTADT/netzentgelt_gp}
      - {series: net.MUSTERSTADT/messstellenbetrieb}
    examples:                     # executable: the loader refuses a file whose examples do not come out
      - period: {from: 2026-07-01, to: 2027-01-01}   # to is exclusive, here and everywhere
        quantities: {HT: "1300", NT: "700"}
        expect: {gp: "57.47", ap_ht: "355.60", ap_nt: "152.60", min: "0.00", net: "565.67", vat19: "107.48", gross: "673.15"}
    """
private let path = "electricity/swm-family/2026-07-01.yaml"

private func source(_ path: String, _ text: String) -> TariffFolder.Source { .init(path: path, bytes: Array(text.utf8), hash: path) }
private func series(_ id: String, _ names: [String]) -> TariffFolder.Source {
    let members = names.map { "  \($0):\n    label: {de: \($0)}\n    values: [{from: 2020-01-01, value: \"1.00\", source: test}]\n" }
    return source("_series/\(id).yaml", "schema: series/1\nkind: series\nid: \(id)\nunit: ct/kWh\nseries:\n" + members.joined())
}

@Suite struct `The sample tariff of the reference` {
    private func folder(_ text: String = sample) throws -> TariffFolder {
        TariffFolder([
            source(path, text),
            source(
                "electricity/swm-family/2026-01-01.yaml",
                text.replacing("2026-07-01", with: "2026-01-01").replacing("supersedes: 2026-01-01\n", with: "")
                    .replacing("expect: {gp: \"57.47\", ap_ht: \"355.60\", ", with: "expect: {gp: \"114.00\", ap_ht: \"356.20\", ")
                    .replacing("net: \"565.67\", vat19: \"107.48\", gross: \"673.15\"", with: "gross: \"741.13\"")
            ),
            series("de.strom", ["stromsteuer", "kwkg_umlage", "offshore_umlage", "besondere_netznutzung"]),
            series("net.MUSTERSTADT", ["konzessionsabgabe", "netzentgelt_ap", "netzentgelt_gp", "messstellenbetrieb"]),
            source("_series/de-vat.yaml", try Folder.text("_series/de-vat.yaml")),
        ])
    }

    @Test func `is accepted as it stands, and its example comes out to the cent`() throws {
        let errors = try folder().errors.map(\.description)
        #expect(errors == [])
    }
    @Test func `keeps what it says`() throws {
        guard case .tariff(let version) = try TariffFile(parsing: Array(sample.utf8), path: path) else { Issue.record("no tariff"); return }
        #expect(version.rules.consumption == .loadProfile)
        #expect(version.rules.profile == "H25")
        #expect(version.rules.quantityPlaces == 0)
        #expect(version.rules.pricePlaces == 4)
        #expect(version.appliesTo.attributes["region"] == ["MUSTERSTADT"])
        #expect(version.appliesTo.objection(to: ["region": "ELSEWHERE"])?.attribute == "region")
        #expect(version.appliesTo.objection(to: ["annualConsumption": "100000.1"])?.value == "100000.1")
        #expect(version.appliesTo.objection(to: ["annualConsumption": "100000", "region": "MUSTERSTADT"]) == nil)
        #expect(version.component("bonus")?.conditions.contractMonths?.min == 24)
        #expect(version.title == Label(de: "SWM Family Strom", en: "SWM Family Strom"))
    }
    @Test func `gives its bonus once the contract is two years old`() throws {
        // 2 % of 355.60 + 152.60 = 10.16
        let old = sample.replacing(
            "quantities: {HT: \"1300\", NT: \"700\"}",
            with: "quantities: {HT: \"1300\", NT: \"700\"}\n    attributes: {contractStart: \"2024-07-01\"}"
        ).replacing("net: \"565.67\", vat19: \"107.48\", gross: \"673.15\"", with: "bonus: \"-10.16\", net: \"555.51\", gross: \"661.06\"")
        #expect(try folder(old).errors.filter { $0.path == path }.map(\.description) == [])
        let young = old.replacing("2024-07-01\"}", with: "2024-07-02\"}")
        #expect(try folder(young).errors.contains { $0.key == "examples[0].expect.bonus" })
    }
    @Test func `says where an example is wrong`() throws {
        let errors = try folder(sample.replacing("gp: \"57.47\"", with: "gp: \"57.48\"")).errors
        #expect(errors.contains { $0.key == "examples[0].expect.gp" && $0.message == "expected 57.48, computed 57.47" })
    }
}

@Suite struct `A correction of a published version` {
    private func version(_ day: String, _ revision: Int, after: String?) -> PublishedTariff {
        PublishedTariff(
            version: TariffVersion(
                key: Folder.anyKey, from: dayOf(day), supersedes: after.map(dayOf), revision: revision, title: Label(de: "x", en: "x"),
                status: .published, components: []),
            hash: "\(day) \(revision)")
    }
    @Test func `takes its place and keeps its first day`() throws {
        let chain = try TariffChain([
            version("2025-01-01", 1, after: nil), version("2025-07-01", 2, after: "2025-01-01"),
            version("2025-07-01", 1, after: "2025-01-01"),
        ])
        #expect(chain.timeline[dayOf("2025-08-01")]?.hash == "2025-07-01 2")
        #expect(chain.timeline.entries.count == 2)
        #expect(chain.timeline.entries[1].value.version.path == "electricity/x/2025-07-01.r2.yaml")
    }
    @Test func `counts on from what it corrects`() {
        #expect(throws: TariffChain.Problem.missingRevision(Folder.anyKey, dayOf("2025-01-01"), 3)) {
            try TariffChain([version("2025-01-01", 1, after: nil), version("2025-01-01", 3, after: nil)])
        }
    }
    private func dayOf(_ text: String) -> Day { Day(text) ?? Day(1, 1, 1) }
}
