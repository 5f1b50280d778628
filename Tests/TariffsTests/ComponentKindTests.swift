import Tariffs
import Testing
import Values

private func version(_ charge: Charge, prices: PriceBasis = .net, places: Int? = nil) -> TariffVersion {
    TariffVersion(
        key: Folder.anyKey, from: Day(2026, 1, 1), supersedes: nil, title: Label(de: "x", en: "x"), status: .published, prices: prices,
        rules: RatingRules(pricePlaces: places),
        components: [PriceComponent(id: "x", label: Label(de: "x", en: "x"), service: .electricity, tax: .standard, charge: charge)])
}
private func explain(
    _ charge: Charge, _ basis: RatingBasis, span: DayRange = .year(2026), attributes: [String: String] = [:], prices: PriceBasis = .net,
    places: Int? = nil
) throws -> Explanation? {
    let version = version(charge, prices: prices, places: places)
    return try version.explain(
        version.components[0], span: span, basis: basis, attributes: attributes, prices: PriceCatalog(),
        tax: Tax(rate: TaxRate(basisPoints: 1_900)))
}
private func amount(_ charge: Charge, _ basis: RatingBasis, span: DayRange = .year(2026), attributes: [String: String] = [:]) throws
    -> Money?
{
    try explain(charge, basis, span: span, attributes: attributes)?.amount(.halfAwayFromZero)
}
private func kWh(_ text: String) -> Measure { Measure(micro: micro(text), unit: .kilowattHour) }

@Suite struct `An example of a tariff file` {
    @Test func `rounds quantities as a bill does`() throws {
        // 10.6 kWh are billed as 11 where quantities have no places: 11 × 0.30 €. Three places leave them as they are.
        func mismatches(_ places: Int, _ charge: Charge, _ quantities: [MeasuredRegister: Int64], _ expected: String) throws -> [String] {
            let version = TariffVersion(
                key: Folder.anyKey, from: Day(2026, 1, 1), supersedes: nil, title: Label(de: "x", en: "x"), status: .published,
                rules: RatingRules(quantityPlaces: places),
                components: [
                    PriceComponent(id: "x", label: Label(de: "x", en: "x"), service: .electricity, tax: .outside, charge: charge)
                ])
            return try TariffExample(period: .year(2026), quantities: quantities, attributes: [:], expect: ["x": money(expected)])
                .mismatches(in: version, PriceCatalog()).map { "\($0.name): \($0.computed?.description ?? "-")" }
        }
        let energy = Charge.energy(.total, UnitPrice(euros: "0.30") ?? .zero)
        #expect(try mismatches(0, energy, [.total: micro("10.6")], "3.30").isEmpty)
        #expect(try mismatches(3, energy, [.total: micro("10.6")], "3.18").isEmpty)
        // Waste water: 10 less 2, where 10.4 came in and 1.5 did not reach the sewer.
        let water = Charge.wasteWater(UnitPrice(euros: "2.00") ?? .zero)
        #expect(try mismatches(0, water, [.total: micro("10.4"), .deduction: micro("1.5")], "16.00").isEmpty)
        // A load is charged as it was measured.
        let load = Charge.demand(DemandPrice(price: UnitPrice(euros: "10") ?? .zero, period: .year))
        #expect(try mismatches(0, load, [.demand: micro("4.4")], "44.00").isEmpty)
    }
}

@Suite struct `Steps of the quantity` {
    private func tiers(_ split: TieredPrice.Split, _ method: TieredPrice.Method = .graduated) -> Charge {
        .tiered(
            TieredPrice(
                register: .total, unit: .kilowattHour, method: method, split: split,
                steps: [.init(upTo: 1_000_000_000, hundredMillionths: 30_000_000), .init(upTo: nil, hundredMillionths: 20_000_000)]))
    }
    @Test func `in the order of time go on where the span before ended`() throws {
        // 700 of the first step are taken: 300 × 30 ct + 200 × 20 ct.
        #expect(try amount(tiers(.accumulated), RatingBasis(quantity: kWh("500"), before: micro("700"))) == money("130.00"))
        #expect(try amount(tiers(.accumulated), RatingBasis(quantity: kWh("500"), before: micro("1000"))) == money("100.00"))
        // Half a year's limit is 500.
        #expect(
            try amount(tiers(.chronological), RatingBasis(quantity: kWh("500"), before: micro("400"), limits: Fraction(1, 2)))
                == money("110.00"))
    }
    @Test(arguments: [("1000", "300.00"), ("1000.001", "200.00"), ("0", "0.00")])
    func `by volume price all of it at the step it reaches`(quantity: String, expected: String) throws {
        #expect(try amount(tiers(.proportional, .volume), RatingBasis(quantity: kWh(quantity))) == money(expected))
    }
    @Test func `in the order of time lose nothing however the year is cut`() throws {
        for seed in 0..<100 as Range<UInt64> {
            var generator = Seeded(seed)
            var before: Int64 = 0
            var sum: Int64 = 0
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                let part = Int64.random(in: 0...400_000_000, using: &generator)
                let explanation = try explain(
                    tiers(.accumulated), RatingBasis(quantity: Measure(micro: part, unit: .kilowattHour), before: before))
                #expect(explanation?.quantity?.micro == part || part == 0)
                if case .tiers(let tiers)? = explanation {
                    for tier in tiers { sum += tier.micro * (tier.price.hundredMillionths / 1_000_000) }
                }
                before += part
            }
            // What the whole year would have cost in one piece.
            #expect(sum == min(before, 1_000_000_000) * 30 + max(0, before - 1_000_000_000) * 20)
        }
    }
    @Test(arguments: [("1500", "600.00"), ("2000", "600.00"), ("3100", "1100.00"), ("4200", "1170.00")])
    func `as packages cost one price each, and extra above the largest`(quantity: String, expected: String) throws {
        let package = Charge.package(
            PackagePrice(
                register: .total, unit: .kilowattHour,
                steps: [
                    .init(upTo: 2_000_000_000, price: Price(hundredMillionths: 60_000_000_000, time: .year)),
                    .init(upTo: 4_000_000_000, price: Price(hundredMillionths: 110_000_000_000, time: .year)),
                ], excess: 35_000_000))
        #expect(try amount(package, RatingBasis(quantity: kWh(quantity))) == money(expected))
    }
}

@Suite struct `What is taken off` {
    private let charged = RatingBasis(charged: Money(cents: 50_820), chargedMicro: 2_000_000_000)
    @Test(arguments: [
        (Discount.percent(Ratio(millionths: 20_000)), "-10.16"), (.amount(Price(hundredMillionths: 6_000_000_000, time: .year)), "-60.00"),
        (.price(1_500_000, .kilowattHour), "-30.00"), (.quantity(100_000_000, .kilowattHour), "-25.41"),
        (.quantity(9_000_000_000, .kilowattHour), "-508.20"),
    ])
    func `by a discount is a negative line`(discount: Discount, expected: String) throws {
        #expect(try amount(.discount(discount, of: ["ap"]), charged) == money(expected))
    }
    @Test(arguments: [("508.19", "-0.01"), ("500.00", "-8.20"), ("0.00", "-508.20"), ("600.00", "0.00")])
    func `by a maximum is what goes beyond it`(limit: String, expected: String) throws {
        let price = Price(hundredMillionths: (money(limit).cents) * 1_000_000, time: .year)
        #expect(try amount(.maximum(price, of: ["ap"]), charged) == money(expected))
    }
    @Test func `by a bonus is paid when its months are complete, once or each year`() throws {
        let first = Bonus(kind: .newCustomer, afterMonths: 12, amount: money("50.00"))
        let start = Day(2025, 1, 1)
        #expect(first.occurrences(in: .year(2025), contractStart: start) == 1)
        #expect(first.occurrences(in: .year(2026), contractStart: start) == 0)
        #expect(first.occurrences(in: .year(2025), contractStart: Day(2025, 1, 2)) == 0)
        let instant = Bonus(kind: .instant, afterMonths: 0, amount: money("25.00"))
        #expect(instant.occurrences(in: .month(2025, 1), contractStart: start) == 1)
        #expect(instant.occurrences(in: .month(2025, 2), contractStart: start) == 0)
        let loyal = Bonus(kind: .loyalty, afterMonths: 24, everyMonths: 12, amount: money("20.00"))
        #expect((2025...2030).map { loyal.occurrences(in: .year($0), contractStart: start) } == [0, 1, 1, 1, 1, 1])
        #expect(try amount(.bonus(first), RatingBasis(times: 1)) == money("-50.00"))
        #expect(try amount(.bonus(first), RatingBasis(times: 0)) == nil)
        let share = Bonus(kind: .newCustomer, afterMonths: 12, percent: Ratio(millionths: 150_000), of: ["ap"])
        #expect(try amount(.bonus(share), RatingBasis(charged: money("1000.00"), times: 1)) == money("-150.00"))
    }
}

@Suite struct `A gross price` {
    // Reference 4.1 C: both are lawful.
    @Test func `is 38.83 ct where the net price is rounded first, and 38.82 ct where it is not`() throws {
        let net = Price(ctPrice("32.625"))
        #expect(try net.gross(TaxRate(basisPoints: 1_900), netPlaces: 2) == Price(ctPrice("38.83")))
        #expect(try net.gross(TaxRate(basisPoints: 1_900)) == Price(ctPrice("38.82")))
    }
    // F: gross CO₂ prices come from the unrounded price. The published net values have four places, that of 2023 is 0.5442 rounded down.
    @Test(arguments: [("0.4551", "0.5416"), ("0.5461", "0.6499"), ("0.5442", "0.6476"), ("0.8163", "0.9714")])
    func `of the CO2 price is the published one`(net: String, gross: String) throws {
        #expect(try Price(ctPrice(net)).gross(TaxRate(basisPoints: 1_900), places: 4) == Price(ctPrice(gross)))
    }
    // Price × factor: 25, 30 and 45 €/t at 0.18204 and 0.1814 kg/kWh give the published net values.
    @Test(arguments: [("25", "0.18204", "0.4551"), ("30", "0.18204", "0.5461"), ("45", "0.1814", "0.8163"), ("55", "0.1814", "0.9977")])
    func `rests on price times factor`(perTonne: String, factor: String, cents: String) {
        // €/t × kg/kWh = 10^-3 €/kWh = 0.1 ct/kWh
        let product = Int128(micro(perTonne)) * Int128(micro(factor))
        let price = Price(hundredMillionths: Int64(Rounding.halfAwayFromZero.divide(product, by: 10_000_000)), unit: .kilowattHour)
        #expect(price.rounded(to: 4) == Price(ctPrice(cents)))
    }
    @Test func `in a tariff is charged net in the places that the tariff names`() throws {
        let charge = Charge.energy(.total, ctPrice("38.83"))
        // 38.83 ÷ 1.19 = 32.630252…
        #expect(try explain(charge, RatingBasis(quantity: kWh("1000")), prices: .gross)?.price == Price(ctPrice("32.630252")))
        #expect(try explain(charge, RatingBasis(quantity: kWh("1000")), prices: .gross, places: 2)?.price == Price(ctPrice("32.63")))
    }
}

@Suite struct `Loads and reactive energy` {
    @Test func `charge the highest quarter hour for the time`() throws {
        let demand = Charge.demand(DemandPrice(price: UnitPrice(euros: "118.40") ?? .zero, period: .year))
        #expect(try amount(demand, RatingBasis(peak: PeakLoad(micro: 60_000_000, at: nil))) == money("7104.00"))
        #expect(throws: RatingProblem.missingIntervals(component: "x")) { try amount(demand, RatingBasis()) }
    }
    @Test(arguments: [("100000", "120.00"), ("90000", "0.00"), ("10", "0.00")])
    func `charge reactive energy beyond the free share`(kvarh: String, expected: String) throws {
        let charge = Charge.reactive(ReactivePrice(hundredMillionths: 1_200_000, freeShare: Ratio(millionths: 500_000)))
        let basis = RatingBasis(quantity: Measure(micro: micro(kvarh), unit: .kilovarHour), beside: kWh("180000"))
        #expect(try amount(charge, basis) == money(expected))
    }
    @Test func `tell the utilisation hours of a year, also from a part of it`() {
        let version = version(.fixed(Price(hundredMillionths: 0, time: .year)))
        #expect(version.utilisation(energy: micro("180000"), peak: micro("60"), over: .year(2026)) == micro("3000"))
        #expect(
            version.utilisation(energy: micro("15000"), peak: micro("60"), over: range("2026-01-01", "2026-01-31")) == micro("3041.666667"))
        #expect(version.utilisation(energy: 1, peak: 0, over: .year(2026)) == nil)
    }
}
