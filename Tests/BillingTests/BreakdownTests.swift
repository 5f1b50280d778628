import Billing
import Metering
import Tariffs
import Testing
import Values

/// § 40(3) EnWG: taxes, levies, network and metering charges shown apart.
@Suite struct `What the prices contain` {
    /// A case of a tariff of this repository that quarter hours decide, with spot prices where it needs some.
    private func intervalCase(_ tariff: String, _ from: String, _ until: String, _ value: @escaping (Int) -> Int64) throws -> BillingCase {
        var billed = try published(tariff, range(from, until), [])
        billed.intervals = [intervals(from, until, value)]
        let time = LocalTime.berlin
        for key in billed.tariffs.entries.flatMap(\.value.version.spotKeys) {
            let count = Int(time.start(of: day(from)).seconds(until: time.start(of: day(until))) / 900)
            billed.prices.spots[key] = try SpotSeries(
                key: key, label: Label(de: "x", en: "x"), source: "test",
                segments: [
                    .init(start: time.start(of: day(from)), secondsPerUnit: 900, prices: (0..<count).map { Int64($0 % 7) * 1_000_000 })
                ])
        }
        return billed
    }
    /// The rows as a table: series, first day, quantity, amount.
    private func rows(_ draft: InvoiceDraft) -> [String] {
        draft.breakdown.map { "\($0.series.name) \($0.period.from) \($0.quantity?.number ?? "-") \($0.amount)" }
    }

    @Test func `of a tariff of zones is told of the intervals, and off-peak energy bears the lower concession fee`() throws {
        // January 2026, 0.1 kWh each quarter hour: 2,976 of them.
        let draft = try Bill.compute(intervalCase("electricity/tou", "2026-01-01", "2026-02-01") { _ in 100_000 })
        func zone(_ id: String) -> Int64 { draft.lines.first { $0.component == id }?.explanation.quantity?.micro ?? 0 }
        let low = zone("ap_low")
        let high = zone("ap_peak") + zone("ap_day")
        #expect(low + high == 297_600_000)
        #expect(draft.consumption?.micro == 297_600_000)
        func row(_ name: String) throws -> BreakdownRow { try #require(draft.breakdown.first { $0.series.name == name }) }
        #expect(try row("konzessionsabgabe_strom").quantity?.micro == high)
        #expect(try row("konzessionsabgabe_schwachlast").quantity?.micro == low)
        #expect(
            try row("konzessionsabgabe_schwachlast").amount
                == Price(hundredMillionths: 610_000, unit: .kilowattHour).times(micro: low, rounding: .halfAwayFromZero))
        // 297.6 kWh × 2.05 ct; 65 EUR × 31/365; 21.01 EUR × 31/365.
        #expect(try row("stromsteuer").amount == money("6.10"))
        #expect(try row("netzentgelt_grundpreis").amount == money("5.52"))
        #expect(try row("messstellenbetrieb").amount == money("1.78"))
        #expect(draft.breakdown.count == 9)
    }

    @Test func `over the turn of a year takes each value on the intervals of its days`() throws {
        // December draws 0.1 kWh a quarter hour, January 0.2.
        let december = 31 * 96
        let draft = try Bill.compute(
            intervalCase("electricity/dynamic", "2025-12-01", "2026-02-01") { $0 < december ? 100_000 : 200_000 })
        #expect(
            rows(draft).filter { !$0.contains("netzentgelt") && !$0.contains("messstellen") } == [
                "stromsteuer 2025-12-01 892.8 18.30",
                "kwkg_umlage 2025-12-01 297.6 0.82", "kwkg_umlage 2026-01-01 595.2 2.65",
                "offshore_umlage 2025-12-01 297.6 2.43", "offshore_umlage 2026-01-01 595.2 5.60",
                "besondere_netznutzung 2025-12-01 297.6 4.64", "besondere_netznutzung 2026-01-01 595.2 9.28",
                "konzessionsabgabe_strom 2025-12-01 892.8 14.20",
            ])
        #expect(rows(draft).contains("netzentgelt_strom 2025-12-01 297.6 26.49"))
        #expect(rows(draft).contains("netzentgelt_grundpreis 2026-01-01 - 5.52"))
        #expect(draft.breakdown.filter { $0.series.name == "messstellenbetrieb" }.map(\.amount) == [money("3.57")])
    }

    @Test func `of a recorded load contains the prices of the network by its utilisation`() throws {
        // Even use: 8,760 hours; a single peak of 40 kW: 876 hours.
        for (peak, hours) in [(Int64(1_000_000), "ab"), (10_000_000, "unter")] {
            var billed = try intervalCase("electricity/business-rlm", "2026-01-01", "2027-01-01") { $0 == 9 ? peak : 1_000_000 }
            billed.usage = [piece("M", "1-0:1.8.0", "2026-01-01", "2027-01-01", hours == "ab" ? "35040" : "35049")]
            let draft = try Bill.compute(billed)
            let names = draft.breakdown.map(\.series.name)
            #expect(
                names.filter { $0.hasPrefix("netzentgelt") } == [
                    "netzentgelt_arbeit_\(hours)_2500h", "netzentgelt_leistung_\(hours)_2500h",
                ])
            #expect(names.contains("konzessionsabgabe_sondervertrag") && names.contains("messstellenbetrieb_rlm"))
            let load = try #require(draft.breakdown.first { $0.series.name.contains("leistung") })
            #expect(load.quantity == Measure(micro: peak * 4, unit: .kilowatt))
            #expect(load.price.unitText == "€/(kW·a)")
            // 4 kW × 98.50 EUR, 40 kW × 18.50 EUR.
            #expect(load.amount == money(hours == "ab" ? "394.00" : "740.00"))
        }
    }

    @Test func `of two registers bears two concession fees`() throws {
        let usage = [
            piece("M", "1-0:1.8.1", "2026-01-01", "2027-01-01", "1300"), piece("M", "1-0:1.8.2", "2026-01-01", "2027-01-01", "700"),
        ]
        let draft = try Bill.compute(published("electricity/twin", .year(2026), usage))
        #expect(rows(draft).contains("konzessionsabgabe_strom 2026-01-01 1300 20.67"))
        #expect(rows(draft).contains("konzessionsabgabe_schwachlast 2026-01-01 700 4.27"))
        #expect(rows(draft).contains("stromsteuer 2026-01-01 2000 41.00"))
    }

    @Test(arguments: 1...40)
    func `adds up to the consumption that is charged, and the parts of a line add up to the line`(seed: Int) throws {
        var random = Seeded(UInt64(seed))
        // Each month has its Brennwert; the levy of July and the versions of the tariff cut besides.
        let months = ["2025-04-01", "2025-05-01", "2025-06-01", "2025-07-01", "2025-08-01", "2025-09-01", "2025-10-01", "2025-11-01"]
        let usage = zip(months, months.dropFirst()).map { from, until in
            piece(
                "G", "7-0:3.0.0", from, until,
                DecimalText.format(Int64.random(in: 0...400_000, using: &random) * 1_000, scale: 6), .cubicMetre)
        }
        var billed = try published("gas/basis", range("2025-04-01", "2025-11-01"), usage)
        let draft = try Bill.compute(billed)
        let charged = draft.lines.filter { $0.component == "ap" }
        let whole = charged.reduce(0) { $0 + ($1.explanation.quantity?.micro ?? 0) }
        #expect(whole > 0)
        for series in ["energiesteuer", "speicherumlage", "brennstoffemissionen"] {
            let rows = draft.breakdown.filter { $0.series.name == series }
            #expect(rows.reduce(0) { $0 + ($1.quantity?.micro ?? 0) } == whole, "\(series) in \(rows.count) rows")
        }
        for line in charged {
            let shares = try #require(line.shares)
            #expect(shares.reduce(0, +) == line.explanation.quantity?.micro && shares.count == line.parts.count)
            #expect(zip(shares, line.parts).allSatisfy { ($0 - $1.micro).magnitude <= 1_000 && $0.isMultiple(of: 1_000) })
        }
        // A bill of before says each row by itself, as it did.
        billed.form = .second
        let before = try Bill.compute(billed)
        #expect(before.lines == draft.lines)
        for row in before.breakdown {
            guard row.quantity?.unit == .kilowattHour else { continue }
            let own = charged.flatMap(\.parts).filter { row.period.contains($0.piece.range) }.reduce(Int128(0)) { $0 + Int128($1.micro) }
            #expect(row.quantity?.micro == RatingRules().rounded(own))
        }
    }

    @Test func `is taken back by a Storno with the other sign`() throws {
        let billed = try Bill.compute(
            published("gas/basis", range("2025-10-01", "2026-01-01"), [piece("G", "7-0:1.8.0", "2025-10-01", "2026-01-01", "5000")]))
        let invoice = Invoice(number: PrintedNumber(.invoice, serial: 1), issuedOn: day("2026-01-12"), draft: billed)
        let storno = invoice.cancellation(number: PrintedNumber(.invoice, serial: 2), on: day("2026-01-20")).draft
        #expect(storno.breakdown.map(\.amount) == billed.breakdown.map { -$0.amount })
        #expect(storno.breakdown.map(\.quantity?.micro) == billed.breakdown.map { $0.quantity.map { -$0.micro } })
        let emission = try #require(storno.breakdown.first { $0.emission != nil })
        // 5,000 kWh × 0.1814 kg/kWh
        #expect(emission.emission?.mass == -907_000_000)
        // One from before stays as it was issued.
        let old = invoice.cancellation(number: PrintedNumber(.invoice, serial: 2), on: day("2026-01-20"), takesBackBreakdown: false).draft
        #expect(old.breakdown == billed.breakdown)
    }

    @Test(arguments: 1...40)
    func `of a bill and its corrections together is what the right bill contains`(seed: Int) throws {
        var random = Seeded(UInt64(seed))
        func any() throws -> InvoiceDraft {
            // Two versions of prices and levies in the period, cut where they change.
            let quantities = (0..<2).map { _ in "\(Int.random(in: 0...900, using: &random)).\(Int.random(in: 0...999, using: &random))" }
            return try Bill.compute(
                published(
                    "electricity/basis", range("2025-07-01", "2026-07-01"),
                    [
                        piece("M", "1-0:1.8.0", "2025-07-01", "2026-01-01", quantities[0]),
                        piece("M", "1-0:1.8.0", "2026-01-01", "2026-07-01", quantities[1]),
                    ]))
        }
        var documents = [try any()]
        for _ in 0..<3 {
            let right = try any()
            guard let difference = try right.correction(of: documents) else { continue }
            #expect(difference.breakdown.allSatisfy { $0.quantity != nil }, "what is per year did not change")
            documents.append(difference)
            for row in right.breakdown {
                let all = documents.flatMap(\.breakdown).filter { $0.series == row.series && $0.period == row.period }
                #expect(all.map(\.amount).total() == row.amount)
                #expect(all.compactMap(\.quantity?.micro).reduce(0, +) == row.quantity?.micro ?? 0)
            }
            // What was issued before stays without.
            #expect(try right.correction(of: Array(documents.dropLast()), breakdown: .none)?.breakdown.isEmpty == true)
        }
    }

    @Test func `stands with its contract on a paper of several, and in its correction`() throws {
        func power(_ kWh: String) throws -> InvoiceDraft {
            try Bill.compute(published("electricity/basis", .year(2026), [piece("M", "1-0:1.8.0", "2026-01-01", "2027-01-01", kWh)]))
        }
        var gas = try published("gas/basis", .year(2026), [piece("G", "7-0:1.8.0", "2026-01-01", "2027-01-01", "12000")])
        gas.contract.number = "VT-2"
        let burnt = try Bill.compute(gas)
        let paper = try InvoiceDraft.combined([power("3000"), burnt])
        let parts = paper.perContract
        // The storage levy of gas has ended with 2025.
        #expect(parts.map(\.breakdown.count) == [8, 6])
        #expect(parts[1].breakdown.allSatisfy { $0.series.name != "stromsteuer" })
        let right = try InvoiceDraft.combined([power("2900"), burnt])
        let difference = try #require(try right.correction(of: [paper]))
        #expect(difference.breakdown.allSatisfy { $0.supply == 0 })
        #expect(difference.breakdown.first { $0.series.name == "stromsteuer" }?.quantity?.number == "-100")
        #expect(difference.breakdown.first { $0.series.name == "stromsteuer" }?.amount == money("-2.05"))
    }
}

@Suite struct `A tariff that says nothing of what its prices contain` {
    private func missing(_ billed: BillingCase) throws -> Bool {
        CheckedBill(try Bill.compute(billed), issuedOn: day("2026-01-05")).results.contains {
            $0.code == "missing-statement" && $0.weight == .hold && $0.explanation.contains("§ 40 Abs. 3 EnWG; im Tarif electricity/test")
        }
    }
    private func billed(_ charges: [(String, Charge)] = [("ap", energy("30"))]) -> BillingCase {
        made(.year(2025), [piece("1-0", "1-0:1.8.0", "2025-01-01", "2026-01-01", "3500")], made([("2020-01-01", charges)]))
    }

    @Test func `holds the bill of a final customer`() throws {
        #expect(try missing(billed()))
        // Who resells is none.
        var reseller = billed()
        reseller.contract.attributes["reseller"] = "yes"
        #expect(try !missing(reseller))
    }
    @Test func `holds none that hands the burdens on openly, or shows them`() throws {
        var open = billed([("ap", energy("30")), ("tax", .passThrough(SeriesKey(set: "de-strom", name: "stromsteuer"), .total))])
        open.prices.series = catalog.prices.series
        #expect(try !missing(open))
        #expect(
            try CheckedBill(
                Bill.compute(
                    published(
                        "electricity/basis", .year(2025),
                        [
                            piece("M", "1-0:1.8.0", "2025-01-01", "2025-07-01", "1"),
                            piece("M", "1-0:1.8.0", "2025-07-01", "2026-01-01", "1"),
                        ])), issuedOn: day("2026-01-05")
            ).results.allSatisfy { !$0.explanation.contains("§ 40 Abs. 3") })
    }
    @Test func `holds none of who feeds in`() throws {
        let fed = try published("electricity/feed-in", .year(2026), [piece("M", "1-0:2.8.0", "2026-01-01", "2027-01-01", "900")])
        #expect(
            CheckedBill(try Bill.compute(fed), issuedOn: day("2027-01-05")).results.allSatisfy { !$0.explanation.contains("§ 40 Abs. 3") })
    }
}
