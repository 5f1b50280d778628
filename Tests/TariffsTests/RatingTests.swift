import Tariffs
import Testing
import Values

@Suite struct `A price over a share of a year` {
    // Published gas bill (reference 4.1 A): base price 120 €/a by days/365.
    @Test(arguments: [(155, "50.96"), (184, "60.49"), (28, "9.21")])
    func `is that of a published bill`(days: Int, amount: String) throws {
        let span = DayRange(from: Day(2006, 1, 1), until: Day(2006, 1, 1).adding(days: days))
        let price = Price(hundredMillionths: 12_000_000_000, time: .year)
        #expect(
            try price.times(micro: 1_000_000, share: Proration.daysActual.share(of: span, per: .year), rounding: .halfAwayFromZero)
                == money(amount))
    }

    @Test(arguments: [("8741", "3.6", "314.68"), ("17322", "4.08", "706.74"), ("3965", "4.46", "176.84")])
    func `per kWh is that of a published bill`(kWh: String, cents: String, amount: String) throws {
        #expect(try Price(ctPrice(cents)).times(micro: micro(kWh), rounding: .halfAwayFromZero) == money(amount))
    }

    // rule, span, share of a year
    @Test(arguments: [
        (Proration.daysActual, "2025-01-01", "2025-07-01", Fraction(181, 365)),
        (.daysActual, "2024-01-01", "2024-07-01", Fraction(182, 366)),
        (.days365, "2024-01-01", "2024-07-01", Fraction(182, 365)),
        (.months30, "2025-01-01", "2025-07-01", Fraction(180, 360)),
        (.monthsCalendar, "2025-01-01", "2025-07-01", Fraction(6, 12)),
        (.monthsCalendar, "2025-02-01", "2025-02-15", Fraction(14, 336)),
        (.daysActual, "2024-07-01", "2025-07-01", Fraction(184 * 365 + 181 * 366, 366 * 365)),
    ])
    func `follows the rule of the tariff`(rule: Proration, from: String, until: String, expected: Fraction) throws {
        #expect(try rule.share(of: range(from, until), per: .year) == expected)
    }

    @Test func `of whole years is whole`() throws {
        let share = try Proration.daysActual.share(of: range("2023-01-01", "2026-01-01"), per: .year)
        #expect(share.numerator == share.denominator * 3)
    }

    @Test func `of a period without an end is none, and says so`() {
        #expect(throws: RatingProblem.openPeriod(Day(2025, 1, 1))) {
            try Proration.daysActual.share(of: DayRange(from: Day(2025, 1, 1)), per: .year)
        }
    }

    @Test(arguments: Proration.allCases) func `is the sum of the shares of its parts`(rule: Proration) throws {
        for seed in 0..<60 as Range<UInt64> {
            var generator = Seeded(seed)
            let from = Day(2023, 1, 1).adding(days: Int.random(in: 0..<600, using: &generator))
            let length = Int.random(in: 2..<420, using: &generator)
            let cut = from.adding(days: Int.random(in: 1..<length, using: &generator))
            let until = from.adding(days: length)
            for time in Price.Time.allCases {
                let whole = try rule.share(of: DayRange(from: from, until: until), per: time)
                let sum =
                    try rule.share(of: DayRange(from: from, until: cut), per: time)
                    + rule.share(of: DayRange(from: cut, until: until), per: time)
                #expect(
                    Int128(whole.numerator) * Int128(sum.denominator) == Int128(sum.numerator) * Int128(whole.denominator),
                    "\(rule) \(from) \(cut) \(until)")
            }
        }
    }
}

private func version(_ charges: [(String, Charge)], fixed: Proration = .daysActual) -> TariffVersion {
    TariffVersion(
        key: Folder.anyKey, from: Day(2026, 1, 1), supersedes: nil, title: Label(de: "x", en: "x"), status: .published,
        rules: RatingRules(fixed: fixed),
        components: charges.map {
            PriceComponent(id: $0.0, label: Label(de: $0.0, en: $0.0), service: .electricity, tax: .standard, charge: $0.1)
        })
}
private let half = range("2026-07-01", "2027-01-01")
private func amount(
    _ charge: Charge, _ quantity: String? = nil, unit: UnitCode = .kilowattHour, attributes: [String: String] = [:], charged: Money = .zero
) throws -> Money? {
    let version = version([("x", charge)])
    let explanation = try version.explain(
        version.components[0], span: half,
        basis: RatingBasis(quantity: quantity.map { Measure(micro: micro($0), unit: unit) }, charged: charged),
        attributes: attributes, prices: PriceCatalog())
    return try explanation?.amount(.halfAwayFromZero)
}

@Suite struct `A price component` {
    // The sample of reference 1.6: 184 days; tier limit 2500 × 184/365 = 1260.274 kWh.
    private let ht = Charge.tiered(
        TieredPrice(
            register: .high, unit: .kilowattHour,
            steps: [.init(upTo: 2_500_000_000, hundredMillionths: 27_400_000), .init(upTo: nil, hundredMillionths: 25_900_000)]))

    @Test(arguments: [("1300", "355.60"), ("1260.273973", "345.32"), ("0", "0.00"), ("10", "2.74")])
    func `in steps charges each part at its price`(kWh: String, expected: String) throws {
        #expect(try amount(ht, kWh) == money(expected))
    }
    @Test func `in steps never loses a part of the quantity`() throws {
        let version = version([("x", ht)])
        for seed in 0..<200 as Range<UInt64> {
            var generator = Seeded(seed)
            let quantity = Int64.random(in: 0...5_000_000_000, using: &generator)
            let explanation = try #require(
                try version.explain(
                    version.components[0], span: half, basis: RatingBasis(quantity: Measure(micro: quantity, unit: .kilowattHour)),
                    attributes: [:],
                    prices: PriceCatalog()))
            #expect(explanation.quantity?.micro == quantity)
        }
    }
    @Test(arguments: [("0.00", "30.25"), ("30.25", "0.00"), ("1000.00", "0.00"), ("30.24", "0.01")])
    func `with a minimum charges what is missing to it`(charged: String, expected: String) throws {
        // 60.00 × 184/365 = 30.246… = 30.25
        let least = Charge.minimum(Price(hundredMillionths: 6_000_000_000, time: .year), of: [])
        #expect(try amount(least, charged: money(charged)) == money(expected))
    }

    private let rain = Charge.area(
        AreaPrice(
            price: UnitPrice(euros: "0.60") ?? .zero, time: .year, area: AttributeRule(names: ["sealedArea"], fallback: nil),
            coefficient: AttributeRule(names: ["runoffCoefficient"], fallback: "1"), rounding: .awayFromZero))
    @Test(arguments: [
        (["sealedArea": "120.5", "runoffCoefficient": "0.9"], "32.97"),  // 108.45 → 109 m² × 0.60 × 184/365 = 32.968…
        (["sealedArea": "120.5"], "36.60"),  // 121 m² × 0.60 × 184/365 = 36.598…
        (["sealedArea": "0"], "0.00"),
    ])
    func `by area rounds up to full square metres`(attributes: [String: String], expected: String) throws {
        #expect(try amount(rain, attributes: attributes) == money(expected))
    }
    @Test func `by area does not apply without an area`() throws { #expect(try amount(rain) == nil) }
    @Test func `refuses an attribute that is no number`() {
        #expect(throws: RatingProblem.badAttribute(component: "x", name: "sealedArea", value: "viel")) {
            try amount(rain, attributes: ["sealedArea": "viel"])
        }
        #expect(throws: RatingProblem.self) { try amount(rain, attributes: ["sealedArea": "-1"]) }
    }

    private let sized = Charge.sized(
        SizedPrice(
            size: AttributeRule(names: ["meterSize", "capacity.m3/h"], fallback: "4"),
            steps: [
                .init(upTo: 4_000_000, price: Price(hundredMillionths: 9_000_000_000, time: .year)),
                .init(upTo: nil, price: Price(hundredMillionths: 15_600_000_000, time: .year)),
            ]))
    @Test(arguments: [
        ([:], "45.37"), (["meterSize": "4"], "45.37"), (["meterSize": "10"], "78.64"), (["capacity.m3/h": "6.3"], "78.64"),
        (["meterSize": "4", "capacity.m3/h": "10"], "45.37"),
    ])
    func `by size takes the first step that holds it`(attributes: [String: String], expected: String) throws {
        #expect(try amount(sized, attributes: attributes) == money(expected))
    }

    @Test func `by load needs to know it`() throws {
        let load = Charge.capacity(
            CapacityPrice(
                price: UnitPrice(euros: "38.50") ?? .zero, time: .year,
                load: AttributeRule(names: ["connectedLoad", "capacity.kW"], fallback: nil)))
        #expect(throws: RatingProblem.missingAttribute(component: "x", names: ["connectedLoad", "capacity.kW"])) { try amount(load) }
        // 15 × 38.50 × 184/365 = 291.12…
        #expect(try amount(load, attributes: ["capacity.kW": "15"]) == money("291.12"))
    }

    @Test func `that hands a levy on blocks the bill where its value is missing`() {
        let levy = Charge.passThrough(SeriesKey(set: "a", name: "b"), .total)
        #expect(throws: RatingProblem.missingSeries(SeriesKey(set: "a", name: "b"))) { try amount(levy, "100") }
    }

    @Test func `reports a size beyond all numbers and does not trap`() {
        #expect(throws: (any Error).self) {
            try amount(rain, attributes: ["sealedArea": "9223372036854", "runoffCoefficient": "9223372036854"])
        }
    }

    @Test func `explains itself in words`() {
        let explanation = Explanation.quantity(Measure(micro: micro("3500.123456"), unit: .kilowattHour), Price(ctPrice("31.237415")))
        #expect(explanation.formula() == "3500.123456 kWh × 31.237415 ct/kWh")
        #expect(explanation.formula(.german) == "3.500,123456 kWh × 31,237415 ct/kWh")
        let base = Explanation.time(nil, Price(hundredMillionths: 12_000_000_000, time: .year), share: Fraction(184, 365), days: 184)
        #expect(base.formula(.german) == "120,00 €/a × 184/365")
        #expect(base.formula(.english) == "€120.00/year × 184/365" && base.formula() == "120.00 €/a × 184/365")
        let monthly = Price(hundredMillionths: -950_000_000, time: .month)
        #expect(
            [NumberStyle.german, .english, .plain, .plainEnglish].map { monthly.text($0) } == [
                "−9,50 €/Monat", "−€9.50/month", "-9.50 €/Monat", "-€9.50/month",
            ])
        let share = Explanation.percent(Ratio(millionths: 60_887), of: Money(cents: 70_657))
        #expect(share.formula(.english) == "€706.57 × 6.0887 %" && share.formula(.german) == "706,57 € × 6,0887 %")
    }
}

@Suite struct `The tax table` {
    private let table: VATTable
    init() throws {
        func rates(_ steps: [(String, String)]) -> Timeline<TaxRate> {
            Timeline(steps: steps.map { (day($0.0), TaxRate(percent: $0.1) ?? TaxRate(basisPoints: 0)) })
        }
        table = VATTable(
            rates: [
                .standard: rates([("2007-01-01", "19"), ("2020-07-01", "16"), ("2021-01-01", "19")]),
                .reduced: rates([("2007-01-01", "7"), ("2020-07-01", "5"), ("2021-01-01", "7")]),
            ],
            overrides: [
                .gas: try Timeline([.init(range("2022-10-01", "2024-04-01"), .reduced)]),
                .water: try Timeline([.init(DayRange(from: day("2007-01-01")), .reduced)]),
            ])
    }

    @Test(arguments: [
        (TaxTreatment.commodity, Commodity.electricity, "2020-06-30", "19"), (.commodity, .electricity, "2020-07-01", "16"),
        (.commodity, .gas, "2022-09-30", "19"), (.commodity, .gas, "2022-10-01", "7"), (.commodity, .gas, "2024-03-31", "7"),
        (.commodity, .gas, "2024-04-01", "19"),
        (.commodity, .water, "2025-01-01", "7"), (.standard, .water, "2025-01-01", "19"), (.reduced, .electricity, "2020-12-31", "5"),
    ])
    func `knows the rate of the day`(treatment: TaxTreatment, commodity: Commodity, on: String, percent: String) {
        #expect(table.tax(treatment, commodity, on: day(on))?.rate.percent == percent)
    }
    @Test func `knows what is outside of tax`() { #expect(table.tax(.outside, .water, on: day("2025-01-01")) == .outside) }
    @Test func `changes for a commodity only when its own rate does`() {
        #expect(table.changes(.commodity, .gas, in: range("2024-01-01", "2025-01-01")) == [day("2024-04-01")])
        #expect(table.changes(.commodity, .water, in: range("2020-01-01", "2021-01-01")) == [day("2020-07-01")])
        #expect(table.changes(.outside, .water, in: range("2020-01-01", "2021-01-01")).isEmpty)
    }
    @Test func `has no rate before its first day`() { #expect(table.tax(.standard, .gas, on: day("2006-12-31")) == nil) }
}
