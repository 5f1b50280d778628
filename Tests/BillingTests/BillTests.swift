import Billing
import Metering
import Tariffs
import Testing
import Values

private let key = TariffKey(commodity: .electricity, id: "test") ?? contractKey
private let year = DayRange.year(2025)

@Suite struct `A bill` {
    private let simple = made([("2024-01-01", [("ap", energy("30")), ("gp", yearly("120"))])])

    @Test func `does not depend on the order of its inputs`() throws {
        var usage = (1...12).map { month in
            piece(
                "M", "1-0:1.8.0", Day(2025, month, 1).description, Day(2025, month, 1).adding(months: 1).description, "\(month * 11).123456"
            )
        }
        let expected = try Bill.compute(made(year, usage, simple))
        for seed in 0..<20 as Range<UInt64> {
            var generator = Seeded(seed)
            usage.shuffle(using: &generator)
            #expect(try Bill.compute(made(year, usage, simple)) == expected)
        }
    }

    // What another system dropped in silence (reference 7): every version inside the period is charged.
    @Test func `drops no price change, however many there are`() throws {
        for seed in 0..<100 as Range<UInt64> {
            var generator = Seeded(seed)
            var cuts = Set<Day>()
            for _ in 0..<Int.random(in: 1...9, using: &generator) {
                cuts.insert(Day(2025, 1, 1).adding(days: Int.random(in: 1..<365, using: &generator)))
            }
            let starts = [Day(2024, 1, 1)] + cuts.sorted()
            let tariff = made(
                starts.map { start in
                    (
                        start.description,
                        [
                            ("ap", energy("\(Int.random(in: 10...60, using: &generator)).\(Int.random(in: 10...99, using: &generator))")),
                            ("gp", yearly("120")),
                        ]
                    )
                })
            let spans = year.split(at: Bill.cuts(contract: contract(key), period: year, tariffs: tariff.0, prices: tariff.1))
            let usage = spans.map { span in
                piece(
                    "M", "1-0:1.8.0", span.from.description, span.until?.description ?? "",
                    "\(Int.random(in: 0...900, using: &generator)).\(Int.random(in: 100_000...999_999, using: &generator))")
            }
            let draft = try Bill.compute(made(year, usage, tariff))
            let energyLines = draft.lines.filter { $0.component == "ap" }
            #expect(energyLines.map(\.tariff.version) == starts)
            #expect(energyLines.reduce(0) { $0 + ($1.period.count ?? 0) } == 365)
            // Rounded quantities sum to the rounded whole.
            let exact = usage.reduce(Int64(0)) { $0 + $1.quantity.micro }
            let whole = Quantity<KilowattHour>(micro: exact).rounded(to: 3, .halfAwayFromZero)
            #expect(energyLines.compactMap { $0.explanation.quantity?.micro }.reduce(0, +) == whole.micro)
            // Each amount is that of its explanation; tax is computed once on the sum.
            for line in draft.lines { #expect(try line.explanation.amount(.halfAwayFromZero) == line.amount) }
            #expect(draft.totals.net == draft.lines.map(\.amount).total())
            #expect(draft.totals.tax == (try TaxRate(basisPoints: 1900).tax(on: draft.totals.net)))
            #expect(draft.totals.gross == draft.totals.net + draft.totals.tax)
        }
    }

    @Test func `has a line for each device, and one base price`() throws {
        let usage = [
            piece("A", "1-0:1.8.0", "2025-01-01", "2025-06-17", "1000"), piece("B", "1-0:1.8.0", "2025-06-17", "2026-01-01", "900"),
        ]
        let draft = try Bill.compute(made(year, usage, simple))
        #expect(
            table(draft) == """
                ap 2025-01-01 167d 1000 300.00
                ap 2025-06-17 198d 900 270.00
                gp 2025-01-01 365d - 120.00
                """)
        #expect(draft.lines.map(\.serials) == [["A"], ["B"], []])
        #expect(draft.meters.map(\.serial) == ["A", "B"])
    }

    @Test func `shows two meters that hang at a time in one row each, and an exchanged one before its successor`() throws {
        let usage = [
            ("A", "2025-01-01", "2025-05-01"), ("A", "2025-05-01", "2026-01-01"), ("C", "2025-01-01", "2025-05-01"),
            ("B", "2025-05-01", "2025-07-01"), ("B", "2025-07-01", "2026-01-01"),
        ].map { piece($0.0, "1-0:1.8.0", $0.1, $0.2, "100") }
        let rows = try Bill.compute(made(year, usage, simple)).meters
        #expect(rows.map(\.serial) == ["A", "C", "B"])
        #expect(rows.map(\.range.from) == [day("2025-01-01"), day("2025-01-01"), day("2025-05-01")])
    }
    @Test func `counts HT and NT together where a meter has no total`() throws {
        let usage = [
            piece("A", "1-0:1.8.1", "2025-01-01", "2026-01-01", "600"), piece("A", "1-0:1.8.2", "2025-01-01", "2026-01-01", "400"),
        ]
        #expect(try Bill.compute(made(year, usage, simple)).lines[0].amount == money("300.00"))
    }
    @Test func `does not count HT and NT beside a total`() throws {
        let usage = ["0", "1", "2"].map { piece("A", "1-0:1.8.\($0)", "2025-01-01", "2026-01-01", $0 == "0" ? "1000" : "500") }
        #expect(try Bill.compute(made(year, usage, simple)).lines[0].amount == money("300.00"))
    }
    @Test func `adds every tariff register where a meter has no total, and none beside a total`() throws {
        func usage(_ registers: [(Int, String)]) -> [UsagePiece] {
            registers.map { piece("A", "1-0:1.8.\($0.0)", "2025-01-01", "2026-01-01", $0.1) }
        }
        let parts = [(1, "500"), (2, "300"), (3, "150"), (4, "50")]
        #expect(try Bill.compute(made(year, usage(parts), simple)).lines.map(\.amount) == [money("300.00"), money("120.00")])
        #expect(
            try Bill.compute(made(year, usage(parts + [(0, "1000")]), simple)).lines.map(\.amount) == [money("300.00"), money("120.00")])
    }
    @Test func `does not charge what was fed in`() throws {
        let usage = [
            piece("A", "1-0:1.8.0", "2025-01-01", "2026-01-01", "1000"), piece("A", "1-0:2.8.0", "2025-01-01", "2026-01-01", "5000"),
        ]
        #expect(try Bill.compute(made(year, usage, simple)).lines[0].amount == money("300.00"))
    }

    @Test func `shares the tax at its change, or takes the rate of the last day`() throws {
        let rates = [("2007-01-01", "19"), ("2020-07-01", "16"), ("2021-01-01", "19")]
        let components: [(String, Charge)] = [("gp", yearly("366"))]
        let split = made([("2020-01-01", components)], vat: rates, rules: RatingRules(vat: .split))
        let end = made([("2020-01-01", components)], vat: rates, rules: RatingRules(vat: .periodEnd))
        let period = DayRange.year(2020)
        let shared = try Bill.compute(made(period, [], split))
        #expect(shared.lines.map(\.amount) == [money("182.00"), money("184.00")])
        #expect(shared.totals.groups.map(\.amount) == [money("34.58"), money("29.44")])
        #expect(try Bill.compute(made(period, [], end)).totals.groups.map(\.amount) == [money("58.56")])
    }

    @Test func `charges a minimum where little was used`() throws {
        let tariff = made([
            ("2024-01-01", [("ap", energy("30")), ("min", .minimum(Price(hundredMillionths: 6_000_000_000, time: .year), of: ["ap"]))])
        ])
        let little = try Bill.compute(made(year, [piece("A", "1-0:1.8.0", "2025-01-01", "2026-01-01", "100")], tariff))
        #expect(little.lines.map(\.amount) == [money("30.00"), money("30.00")])
        let much = try Bill.compute(made(year, [piece("A", "1-0:1.8.0", "2025-01-01", "2026-01-01", "1000")], tariff))
        #expect(much.lines.map(\.component) == ["ap"])
    }

    // The rate falls on 1 July 2020: neither half has anything to give to the other, so each has what is missing to its days.
    @Test func `charges what is missing to a minimum at the tax of its days`() throws {
        let tariff = made(
            [("2020-01-01", [("ap", energy("30")), ("min", .minimum(Price(hundredMillionths: 36_600_000_000, time: .year), of: ["ap"]))])],
            vat: [("2007-01-01", "19"), ("2020-07-01", "16")], rules: RatingRules(vat: .split))
        let usage = [
            piece("A", "1-0:1.8.0", "2020-01-01", "2020-07-01", "100"), piece("A", "1-0:1.8.0", "2020-07-01", "2021-01-01", "500"),
        ]
        let draft = try Bill.compute(made(DayRange.year(2020), usage, tariff))
        #expect(
            table(draft) == """
                ap 2020-01-01 182d 100 30.00
                ap 2020-07-01 184d 500 150.00
                min 2020-01-01 182d - 152.00
                min 2020-07-01 184d - 34.00
                """)
    }

    @Test func `says how a quantity was divided`() throws {
        let usage = [
            piece("A", "1-0:1.8.0", "2025-01-01", "2025-07-01", "500", division: .dayLinear),
            piece("A", "1-0:1.8.0", "2025-07-01", "2026-01-01", "500", division: .dayLinear),
        ]
        let draft = try Bill.compute(made(year, usage, simple))
        #expect(draft.lines[0].division?.german == "rechnerisch abgegrenzt")
        #expect(draft.lines[1].division == nil)
    }

    @Test func `of a customer who used nothing has its base price`() throws {
        let draft = try Bill.compute(made(year, [piece("A", "1-0:1.8.0", "2025-01-01", "2026-01-01", "0")], simple))
        #expect(draft.lines.map(\.amount) == [.zero, money("120.00")])
    }
}

@Suite struct `A bill is not written` {
    private let simple = made([("2025-01-01", [("ap", energy("30"))])])
    private func problem(_ billingCase: BillingCase) -> BillingProblem? {
        do { _ = try Bill.compute(billingCase) } catch { return error }
        return nil
    }
    private let whole = piece("A", "1-0:1.8.0", "2025-01-01", "2026-01-01", "1000")

    @Test func `before its tariff begins`() {
        #expect(problem(made(range("2024-07-01", "2025-07-01"), [whole], simple)) == .noTariff(key, range("2024-07-01", "2025-01-01")))
    }
    @Test func `without usage on some days`() {
        let late = piece("A", "1-0:1.8.0", "2025-03-01", "2026-01-01", "1000")
        #expect(problem(made(year, [late], simple)) == .missingUsage(.total, range("2025-01-01", "2025-03-01")))
        #expect(problem(made(year, [], simple)) == .missingUsage(.total, year))
        let early = piece("A", "1-0:1.8.0", "2025-01-01", "2025-12-31", "1000")
        #expect(problem(made(year, [early], simple)) == .missingUsage(.total, range("2025-12-31", "2026-01-01")))
    }
    @Test func `when usage reaches over a price change`() {
        let two = made([("2025-01-01", [("ap", energy("30"))]), ("2025-07-01", [("ap", energy("31"))])])
        #expect(problem(made(year, [whole], two)) == .usageNotCut(serial: "A", year))
    }
    @Test func `when two counters could be meant`() {
        let other = piece("A", "1-0:1.9.0", "2025-01-01", "2026-01-01", "1000")
        #expect(problem(made(year, [whole, other], simple))?.code == "ambiguous-registers")
    }
    @Test func `while a finding makes its usage unusable`() {
        let finding = Finding(
            rule: "no-reading", severity: .failure, from: Instant(seconds: 0), until: Instant(seconds: 1), inputs: [], threshold: "",
            explanation: "Bitte Stand nachtragen.")
        #expect(problem(made(year, [whole], simple, findings: [finding])) == .unusable([finding]))
        #expect(problem(made(year, [whole], simple, findings: [finding]))?.explanation == "Bitte Stand nachtragen.")
    }
    @Test func `without a tax rate`() {
        let untaxed = made([("1999-01-01", [("ap", energy("30"))])])
        let usage = piece("A", "1-0:1.8.0", "1999-01-01", "1999-02-01", "1000")
        #expect(problem(made(range("1999-01-01", "1999-02-01"), [usage], untaxed))?.code == "missing-tax-rate")
    }
    @Test func `in another unit than its price`() {
        let volume = piece("A", "1-0:1.8.0", "2025-01-01", "2026-01-01", "1000", .cubicMetre)
        #expect(problem(made(year, [volume], simple)) == .missingUsage(.total, year))
    }
    @Test func `for a customer its tariff is not for`() throws {
        let billingCase = try published("electricity/basis", year, [whole], attributes: ["usage": "moon"])
        #expect(problem(billingCase) == .notApplicable(billingCase.contract.tariff, attribute: "usage", value: "moon"))
    }
    @Test func `and says so with days as they are written in German`() throws {
        let none = try #require(problem(made(range("2024-01-01", "2024-03-01"), [whole], simple)))
        #expect(none.explanation.contains("gilt vom 01.01.2024 bis vor 01.03.2024 keine veröffentlichte Version"))
        let absent = BillingProblem.intervals(serial: "M", .absent(LocalTime.berlin.start(of: day("2025-12-31"))))
        #expect(absent.explanation == "Zähler M: Im Lastgang fehlt der Wert ab 31.12.2025 00:00. Bitte nachtragen oder schätzen lassen.")
        for problem in [
            BillingProblem.missingUsage(.total, year), .usageNotCut(serial: "A", year), .divided(serial: "A", year),
            .unknownBefore(component: "ap", day("2025-07-01")), .rating(.missingTaxRate(component: "ap", day("2025-07-01"))),
            .rating(.openPeriod(day("2025-07-01"))),
            .missingSpotPrice(SeriesKey(set: "a", name: "b"), LocalTime.berlin.start(of: day("2025-12-31"))),
        ] { #expect(!problem.explanation.contains("2025-"), "\(problem.explanation)") }
    }
    @Test func `for gas of a region without Brennwert`() throws {
        let month = piece("G", "7-0:3.0.0", "2025-01-01", "2025-02-01", "1000", .cubicMetre)
        func problem(_ region: String, _ take: SeriesKey? = nil) throws -> BillingProblem? {
            var billed = try published("gas/basis", range("2025-01-01", "2025-02-01"), [month], attributes: ["region": region])
            if let take { billed.prices.series[take] = nil }
            return self.problem(billed)
        }
        let unknown = try problem("nowhere")
        #expect(unknown == .missingConversion(day: day("2025-01-01"), region: "nowhere", nil))
        #expect(
            unknown?.explanation
                == "Für Januar 2025 fehlen Zustandszahl und Brennwert: Der Tarif kennt für die Region nowhere keine Reihe. Bitte Vertrag oder Tarif berichtigen."
        )
        let calorific = SeriesKey(set: "gas-neumuenster", name: "calorific_value")
        #expect(
            try problem("neumuenster", calorific)?.explanation
                == "Für Januar 2025 fehlt der Brennwert der Region neumuenster. Bitte die Reihe gas-neumuenster/calorific_value ergänzen.")
    }
    @Test(arguments: [Int64.max, Int64.max / 2, 1_000_000_000_000_000_000])
    func `when a number leaves its range, and nothing traps`(huge: Int64) {
        var usage = whole
        usage.quantity = Measure(micro: huge, unit: .kilowattHour)
        var second = usage
        second.serial = "B"
        let dear = made([("2025-01-01", [("ap", energy("9000000000")), ("gp", yearly("90000000000"))])])
        #expect(problem(made(year, [usage, second], dear)) != nil)
    }
}
