import Billing
import Metering
import Tariffs
import Testing
import Values

private let year = DayRange.year(2025)
private let firstHalf = range("2025-01-01", "2025-07-01")

/// A tariff whose components may have conditions.
private func tariff(
    _ versions: [(String, [(String, Charge, Conditions)])], vat: [(String, String)] = [("2000-01-01", "19")],
    rules: RatingRules = RatingRules()
) -> (Timeline<PublishedTariff>, PriceCatalog) {
    let (_, prices) = made([], vat: vat, rules: rules)
    let key = TariffKey(commodity: .electricity, id: "test") ?? contractKey
    let timeline = Timeline(
        steps: versions.map { entry in
            let version = TariffVersion(
                key: key, from: day(entry.0), supersedes: nil, title: Label(de: "Test", en: "Test"), status: .published, rules: rules,
                components: entry.1.map {
                    PriceComponent(
                        id: $0.0, label: Label(de: $0.0, en: $0.0), service: .electricity, tax: .standard, conditions: $0.2, charge: $0.1)
                })
            return (from: day(entry.0), value: PublishedTariff(version: version, hash: entry.0))
        })
    return (timeline, prices)
}
private let always = Conditions()
private func until(_ text: String) -> Conditions { Conditions(window: range("2000-01-01", text)) }
private func from(_ text: String) -> Conditions { Conditions(window: range(text, "2100-01-01")) }
private func atYear(_ euros: String) -> Price { Price(hundredMillionths: DecimalText.parse(euros, scale: 8) ?? 0, time: .year) }
private func tiers(_ split: TieredPrice.Split = .proportional) -> Charge {
    .tiered(
        TieredPrice(
            register: .total, unit: .kilowattHour, split: split,
            steps: [
                .init(upTo: micro("2500"), hundredMillionths: 27_000_000), .init(upTo: nil, hundredMillionths: 15_000_000),
            ]))
}
private func bill(
    _ tariff: (Timeline<PublishedTariff>, PriceCatalog), _ usage: [(String, String, String)], period: DayRange = year
) throws -> InvoiceDraft {
    var billed = made(period, usage.map { piece("A", "1-0:1.8.0", $0.0, $0.1, $0.2) }, tariff)
    billed.contract.valid = DayRange(from: Day(2025, 1, 1))
    let cuts = Bill.cuts(contract: billed.contract, period: period, tariffs: tariff.0, prices: tariff.1)
    #expect(Set(billed.usage.map(\.range.from)).subtracting([period.from]).isSuperset(of: cuts), "usage is cut where the bill asks")
    return try Bill.compute(billed)
}

@Suite struct `A condition of one component` {
    // 1,000 kWh until July and 2,000 after it, 2,500 of them at 27 ct: 675.00, and 500 at 15 ct: 75.00.
    private let uneven = [("2025-01-01", "2025-07-01", "1000"), ("2025-07-01", "2026-01-01", "2000")]
    private let offTheBase = Charge.discount(.percent(Ratio(millionths: 100_000)), of: ["gp"])

    @Test func `leaves the steps of another one year's`() throws {
        let plain = try bill(
            tariff([("2024-01-01", [("gp", yearly("365"), always), ("ap", tiers(), always)])]), [("2025-01-01", "2026-01-01", "3000")])
        #expect(plain.lines.last?.amount == money("750.00"))
        let discounted = try bill(
            tariff([("2024-01-01", [("gp", yearly("365"), always), ("ap", tiers(), always), ("off", offTheBase, until("2025-07-01"))])]),
            uneven)
        #expect(
            table(discounted) == """
                gp 2025-01-01 181d - 181.00
                gp 2025-07-01 184d - 184.00
                ap 2025-01-01 365d 3000 750.00
                off 2025-01-01 181d - -18.10
                """)
    }
    @Test func `leaves a package and a free quantity whole`() throws {
        let package = Charge.package(
            PackagePrice(
                register: .total, unit: .kilowattHour, steps: [.init(upTo: micro("3000"), price: atYear("600"))], excess: 50_000_000))
        let free = Charge.discount(.quantity(micro("1200"), .kilowattHour), of: ["ap"])
        let packed = try bill(
            tariff([("2024-01-01", [("gp", yearly("365"), always), ("p", package, always), ("off", offTheBase, until("2025-07-01"))])]),
            uneven)
        #expect(packed.lines.filter { $0.component == "p" }.map(\.amount) == [money("600.00")])
        let given = try bill(
            tariff([
                (
                    "2024-01-01",
                    [
                        ("gp", yearly("365"), always), ("ap", energy("30"), always), ("f", free, always),
                        ("off", offTheBase, until("2025-07-01")),
                    ]
                )
            ]), [("2025-01-01", "2025-07-01", "200"), ("2025-07-01", "2026-01-01", "2000")])
        // 1,200 kWh of the year are free although only 200 were used in its first half.
        #expect(given.lines.filter { $0.component == "f" }.map(\.amount) == [money("-360.00")])
    }
    @Test func `splits what its discount is off`() throws {
        let off = Charge.discount(.percent(Ratio(millionths: 100_000)), of: ["ap"])
        let draft = try bill(tariff([("2024-01-01", [("ap", energy("30"), always), ("off", off, until("2025-07-01"))])]), uneven)
        #expect(
            table(draft) == """
                ap 2025-01-01 181d 1000 300.00
                ap 2025-07-01 184d 2000 600.00
                off 2025-01-01 181d - -30.00
                """)
    }
    @Test func `of a demand price does not keep the bill back for a reading`() throws {
        let demand = Charge.demand(DemandPrice(price: UnitPrice(euros: "10") ?? .zero, period: .year))
        let made = tariff([("2024-01-01", [("ap", energy("30"), always), ("lp", demand, until("2025-07-01"))])])
        var billed = BillingTests.made(
            year,
            [("2025-01-01", "2025-07-01", "1000"), ("2025-07-01", "2026-01-01", "2000")].map { piece("A", "1-0:1.8.0", $0.0, $0.1, $0.2) },
            made)
        #expect(Bill.cuts(contract: billed.contract, period: year, tariffs: made.0, prices: made.1) == [day("2025-07-01")])
        billed.intervals = [intervals("2025-01-01", "2026-01-01")]
        let draft = try Bill.compute(billed)
        // 0.4 kW × 10 × 181/365
        #expect(draft.lines.filter { $0.component == "lp" }.map(\.amount) == [money("1.98")])
        #expect(draft.lines.filter { $0.component == "ap" }.map(\.amount) == [money("900.00")])
    }
}

@Suite struct `What looks at the whole bill` {
    private let halves = [("2025-01-01", "2025-07-01", "1000"), ("2025-07-01", "2026-01-01", "2000")]

    @Test func `a percent bonus that falls due before a price change is of all that was charged`() throws {
        let bonus = Charge.bonus(Bonus(kind: .newCustomer, afterMonths: 3, percent: Ratio(millionths: 100_000), of: ["ap"]))
        let draft = try bill(
            tariff([
                ("2025-01-01", [("ap", energy("30"), always), ("b", bonus, always)]),
                ("2025-07-01", [("ap", energy("40"), always), ("b", bonus, always)]),
            ]), halves)
        // 10 % of 300.00 + 800.00
        #expect(draft.lines.filter { $0.component == "b" }.map(\.amount) == [money("-110.00")])
    }
    @Test func `a minimum is reached by the year, although not by the half of it before a price change`() throws {
        let minimum = Charge.minimum(atYear("730"), of: ["ap"])
        let versions = [
            ("2025-01-01", [("ap", energy("30"), always), ("min", minimum, always)]),
            ("2025-07-01", [("ap", energy("30"), always), ("min", minimum, always)]),
        ]
        let reached = try bill(tariff(versions), halves)
        #expect(reached.totals.net == money("900.00"))
        // 300 kWh of 730.00 EUR: 640.00 are missing to the year, whatever the halves lack.
        let missed = try bill(tariff(versions), [("2025-01-01", "2025-07-01", "0"), ("2025-07-01", "2026-01-01", "300")])
        #expect(missed.totals.net == money("730.00"))
        #expect(missed.lines.filter { $0.component == "min" }.map(\.amount) == [money("362.00"), money("278.00")])
    }
    @Test func `a minimum keeps the tax of the days in which it was not reached, and a maximum likewise`() throws {
        let period = DayRange.year(2020)
        let vat = [("2007-01-01", "19"), ("2020-07-01", "16"), ("2021-01-01", "19")]
        // 366.00 a year: 182.00 and 184.00. The first half has 60.00, the second 240.00, 56.00 more than its part.
        let usage = [("2020-01-01", "2020-07-01", "200"), ("2020-07-01", "2021-01-01", "800")]
        let least = try bill(
            tariff([("2020-01-01", [("ap", energy("30"), always), ("min", .minimum(atYear("366"), of: ["ap"]), always)])], vat: vat), usage,
            period: period)
        #expect(least.lines.filter { $0.component == "min" }.map(\.amount) == [money("66.00")])
        #expect(least.lines.filter { $0.component == "min" }[0].explanation.formula() == "366.00 €/a × 182/366 − 116.00 €")
        #expect(least.totals.net == money("366.00"))
        let most = try bill(
            tariff([("2020-01-01", [("ap", energy("30"), always), ("max", .maximum(atYear("292.8"), of: ["ap"]), always)])], vat: vat),
            usage,
            period: period)
        #expect(most.totals.net == money("292.80"))
        #expect(most.lines.filter { $0.component == "max" }.map(\.amount) == [money("-7.20")])
    }
    @Test func `counts all devices for the hours of utilisation`() throws {
        // Two devices, one after the other, evenly: 8,760 hours, not the half that one of them would have.
        let demand = Charge.demand(DemandPrice(price: UnitPrice(euros: "10") ?? .zero, period: .year))
        let hours = Int64(5_000_000_000)
        let made = tariff([
            (
                "2024-01-01",
                [
                    ("low", demand, Conditions(utilisationHours: .init(min: nil, max: hours))),
                    ("high", demand, Conditions(utilisationHours: .init(min: hours, max: nil))),
                ]
            )
        ])
        var billed = BillingTests.made(year, [], made)
        billed.intervals = [intervals("2025-01-01", "2025-07-01", serial: "A"), intervals("2025-07-01", "2026-01-01", serial: "B")]
        #expect(try Bill.compute(billed).lines.map(\.component) == ["high"])
    }
    @Test func `a free quantity, a minimum and steps lose nothing however usage is cut`() throws {
        var random = Seeded(4)
        let charges: [(String, Charge, Conditions)] = [
            ("gp", yearly("100"), always), ("ap", tiers(), always), ("min", .minimum(atYear("900"), of: ["gp", "ap"]), always),
        ]
        for _ in 0..<40 {
            let (first, second) = (Int64.random(in: 0...3_000, using: &random), Int64.random(in: 0...3_000, using: &random))
            let whole = try bill(tariff([("2024-01-01", charges)]), [("2025-01-01", "2026-01-01", "\(first + second)")])
            let window = charges + [("off", .discount(.amount(atYear("0.00")), of: []), until("2025-07-01"))]
            let cut = try bill(
                tariff([("2024-01-01", window)]), [("2025-01-01", "2025-07-01", "\(first)"), ("2025-07-01", "2026-01-01", "\(second)")])
            #expect(whole.totals.net == cut.totals.net)
        }
    }
}

@Suite struct `A load that is charged` {
    private let demand = Charge.demand(DemandPrice(price: UnitPrice(euros: "10") ?? .zero, period: .month))
    private func bill(_ used: IntervalUsage) throws -> InvoiceDraft {
        var billed = made(range("2026-01-01", "2026-02-01"), [], made([("2020-01-01", [("lp", demand)])]))
        billed.intervals = [used]
        return try Bill.compute(billed)
    }
    @Test func `is that of a quarter hour, not of one of its minutes`() throws {
        // One minute at 60 kW and fourteen at 6 kW: 9.6 kW on average.
        let used = intervals("2026-01-01", "2026-02-01", seconds: 60) { $0 == 1_000 ? 1_000_000 : 100_000 }
        #expect(table(try bill(used)) == "lp 2026-01-01 31d 9.6 96.00")
    }
    @Test(arguments: [600, 1_200, 1_800, 3_600] as [Int32])
    func `waits where the values are coarser than a quarter hour or straddle two`(seconds: Int32) {
        let used = intervals("2026-01-01", "2026-02-01", seconds: seconds)
        #expect(throws: BillingProblem.intervals(serial: "M", .tooCoarse(used.series.start))) { try bill(used) }
    }
    @Test func `has no more slots than can be kept beside a bill`() throws {
        var used = intervals("2026-01-01", "2026-02-01", seconds: 60)
        used.series.values += [Int64](repeating: 0, count: BillingCase.maximumSlots)
        used.series.statuses += [UInt8](repeating: 1, count: BillingCase.maximumSlots)
        #expect(throws: BillingProblem.intervals(serial: "M", .tooMany(used.series.count))) { try bill(used) }
    }
}
