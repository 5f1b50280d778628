import Billing
import Metering
import Tariffs
import Testing
import Values

/// A channel's slots over some days; the value of a slot by its number.
func intervals(
    _ from: String, _ until: String, seconds: Int32 = 900, serial: String = "M", _ value: (Int) -> Int64 = { _ in 100_000 }
) -> IntervalUsage {
    let days = range(from, until)
    let time = LocalTime.berlin
    let start = time.start(of: days.from)
    let count = Int(start.seconds(until: time.start(of: day(until))) / Int64(seconds))
    return IntervalUsage(
        serial: serial, obis: ObisCode(1, 0, 1, 8, 0), days: days,
        series: Series(
            start: start, secondsPerSlot: seconds, values: (0..<count).map(value), statuses: Array(repeating: 1, count: count)))
}

private let spotKey = SeriesKey(set: "spot", name: "x")
private func spot(_ from: String, _ until: String, _ price: (Int) -> Int64) throws -> SpotSeries {
    let time = LocalTime.berlin
    let start = time.start(of: day(from))
    let count = Int(start.seconds(until: time.start(of: day(until))) / 900)
    return try SpotSeries(
        key: spotKey, label: Label(de: "x", en: "x"), source: "test",
        segments: [.init(start: start, secondsPerUnit: 900, prices: (0..<count).map(price))])
}
private let dynamic = Charge.dynamic(DynamicPrice(series: spotKey, markup: 15_000_000))

private func bill(
    _ period: DayRange, _ charges: [(String, Charge)], usage: [UsagePiece] = [], intervals: [IntervalUsage], spot: SpotSeries? = nil,
    attributes: [String: String] = [:]
) throws -> InvoiceDraft {
    var billed = made(period, usage, made([("2020-01-01", charges)]))
    billed.intervals = intervals
    if let spot { billed.prices.spots[spotKey] = spot }
    billed.contract.attributes = attributes
    return try Bill.compute(billed)
}

@Suite struct `A dynamic bill` {
    private let october = range("2025-10-01", "2025-11-01")

    @Test func `charges each quarter hour at its price, 2,980 of them in October`() throws {
        let prices = try spot("2025-10-01", "2025-11-01") { Int64($0 % 7) * 1_000_000 - 1_000_000 }
        let used = intervals("2025-10-01", "2025-11-01") { Int64($0 % 11) * 10_000 }
        let draft = try bill(october, [("ap", dynamic)], intervals: [used], spot: prices)
        var exact: Int64 = 0
        for slot in 0..<2_980 {
            let quantity = Int64(slot % 11) * 10_000
            exact += quantity * (Int64(slot % 7) * 1_000_000 + 14_000_000)
        }
        #expect(draft.lines.count == 1)
        #expect(draft.lines[0].amount.cents == Int64(Rounding.halfAwayFromZero.divide(Int128(exact), by: 1_000_000_000_000)))
        #expect(draft.lines[0].division == .intervals)
        #expect(draft.lines[0].serials == ["M"])
        #expect(draft.consumption?.micro == used.series.values.reduce(0, +))
        guard case .spot(let cost, let markup) = draft.lines[0].explanation else { Issue.record("no spot"); return }
        #expect((cost.slots, markup) == (2_980, 15_000_000))
    }
    @Test func `waits while a price is missing, and says which`() throws {
        let prices = try spot("2025-10-01", "2025-10-31") { _ in 1 }
        #expect(throws: BillingProblem.missingSpotPrice(spotKey, LocalTime.berlin.start(of: day("2025-10-31")))) {
            try bill(october, [("ap", dynamic)], intervals: [intervals("2025-10-01", "2025-11-01")], spot: prices)
        }
    }
    @Test func `waits while a value is missing`() throws {
        let prices = try spot("2025-10-01", "2025-11-01") { _ in 1 }
        var used = intervals("2025-10-01", "2025-11-01")
        used.series.statuses[100] = 5
        #expect(throws: BillingProblem.intervals(serial: "M", .absent(used.series.instant(of: 100)))) {
            try bill(october, [("ap", dynamic)], intervals: [used], spot: prices)
        }
        #expect(throws: BillingProblem.missingUsage(.total, october)) { try bill(october, [("ap", dynamic)], intervals: [], spot: prices) }
    }
    @Test func `goes on with the meter that took the place of the first, whatever the order`() throws {
        let prices = try spot("2025-10-01", "2025-11-01") { Int64($0) * 1_000 }
        let whole = try bill(october, [("ap", dynamic)], intervals: [intervals("2025-10-01", "2025-11-01")], spot: prices)
        let parts = [
            intervals("2025-10-14", "2025-11-01", serial: "B"), intervals("2025-10-01", "2025-10-14", serial: "A"),
        ]
        let split = try bill(october, [("ap", dynamic)], intervals: parts, spot: prices)
        #expect(split.lines[0].amount == whole.lines[0].amount)
        #expect(split.lines[0].serials == ["A", "B"])
    }
    @Test func `says when a value was estimated`() throws {
        let prices = try spot("2025-10-01", "2025-11-01") { _ in 1 }
        var used = intervals("2025-10-01", "2025-11-01")
        used.series.statuses[5] = 2
        #expect(try bill(october, [("ap", dynamic)], intervals: [used], spot: prices).lines[0].division == .estimated)
    }
}

@Suite struct `A bill by zones of the day` {
    private func tariff() throws -> (Timeline<PublishedTariff>, PriceCatalog) {
        let (timeline, prices) = made([("2020-01-01", [("ht", energy("30", .high)), ("nt", energy("20", .low))])])
        let old = timeline.entries[0].value.version
        let version = TariffVersion(
            key: old.key, from: old.from, supersedes: nil, title: old.title, status: .published,
            calendar: try UsageCalendar(
                seasons: [], windows: [.init(zone: "HT", season: nil, days: [1, 2, 3, 4, 5], quarters: 24..<88)], otherwise: "NT",
                holidays: HolidayCalendar(state: nil)), rules: old.rules, components: old.components)
        return (Timeline(steps: [(version.from, PublishedTariff(version: version, hash: "x"))]), prices)
    }
    @Test func `sums the intervals, and takes HT and NT of the meter where there are none`() throws {
        let week = range("2026-01-05", "2026-01-12")
        var billed = made(week, [], try tariff())
        billed.intervals = [intervals("2026-01-05", "2026-01-12")]
        // 5 × 64 and 7 × 96 − 320 quarter hours of 0.1 kWh. Epiphany is no holiday of the whole country.
        #expect(table(try Bill.compute(billed)) == "ht 2026-01-05 7d 32 9.60\nnt 2026-01-05 7d 35.2 7.04")
        billed.intervals = []
        billed.usage = [
            piece("M", "1-0:1.8.1", "2026-01-05", "2026-01-12", "40"), piece("M", "1-0:1.8.2", "2026-01-05", "2026-01-12", "27.2"),
        ]
        #expect(table(try Bill.compute(billed)) == "ht 2026-01-05 7d 40 12.00\nnt 2026-01-05 7d 27.2 5.44")
    }
}

@Suite struct `A bill by load` {
    private func demand(_ period: DemandPrice.Period) -> Charge {
        .demand(DemandPrice(price: UnitPrice(euros: "10") ?? .zero, period: period))
    }

    @Test func `charges the highest quarter hour of each month, or of the year`() throws {
        // 0.1 kWh a quarter hour is 0.4 kW; on 10 February one has 5 kWh, 20 kW.
        let at = 31 * 96 + 9 * 96 + 40
        let used = intervals("2026-01-01", "2026-03-01") { $0 == at ? 5_000_000 : 100_000 }
        let monthly = try bill(range("2026-01-01", "2026-03-01"), [("lp", demand(.month))], intervals: [used])
        #expect(table(monthly) == "lp 2026-01-01 31d 0.4 4.00\nlp 2026-02-01 28d 20 200.00")
        let yearly = try bill(range("2026-01-01", "2026-03-01"), [("lp", demand(.year))], intervals: [used])
        // 20 kW × 10 × 59/365
        #expect(table(yearly) == "lp 2026-01-01 59d 20 32.33")
        #expect(yearly.lines[0].explanation.notes(.german) == ["Höchste Viertelstunde ab 10.02.2026 10:00"])
    }
    @Test func `switches the prices at 2,500 hours of utilisation`() throws {
        // Even use has 8,760 hours, a single peak far fewer.
        let even = intervals("2026-01-01", "2027-01-01")
        let peaked = intervals("2026-01-01", "2027-01-01") { $0 == 0 ? 10_000_000 : 100_000 }
        for (used, expected) in [(even, ["high"]), (peaked, ["low"])] {
            var billed = made(.year(2026), [], made([("2020-01-01", [("low", demand(.year)), ("high", demand(.year))])]))
            let old = billed.tariffs.entries[0].value.version
            let hours = Int64(2_500_000_000)
            let components = old.components.map { component in
                PriceComponent(
                    id: component.id, label: component.label, service: component.service, tax: component.tax,
                    conditions: Conditions(
                        utilisationHours: component.id == "low" ? .init(min: nil, max: hours) : .init(min: hours, max: nil)),
                    charge: component.charge)
            }
            let version = TariffVersion(
                key: old.key, from: old.from, supersedes: nil, title: old.title, status: .published, components: components)
            billed.tariffs = Timeline(steps: [(version.from, PublishedTariff(version: version, hash: "x"))])
            billed.intervals = [used]
            #expect(try Bill.compute(billed).lines.map(\.component) == expected)
        }
    }
}

@Suite struct `A bill by the tariffs of this repository` {
    @Test func `leaves out of the waste water what the garden drank`() throws {
        let usage = [
            piece("8SEN1", "8-0:1.0.0", "2026-01-01", "2027-01-01", "142.5", .cubicMetre),
            piece("8GAR1", "8-0:1.0.0", "2026-01-01", "2027-01-01", "31.2", .cubicMetre),
        ]
        let draft = try Bill.compute(published("water/garden", .year(2026), usage, attributes: ["deductionMeter": "8GAR1"]))
        #expect(draft.lines.map(\.component) == ["tw", "gp", "gz", "sw"])
        #expect(draft.lines[0].explanation.quantity?.number == "142.5")
        #expect(draft.lines[3].explanation.formula(.german) == "(142,5 m³ − 31,2 m³) × 2,85 €/m³")
        // 111.3 × 2.85 = 317.205
        #expect(draft.lines[3].amount == money("317.21"))
        #expect(draft.consumption?.number == "142.5")
    }
    @Test func `pays for what is fed in, with tax only where the customer adds it`() throws {
        let usage = [
            piece("M", "1-0:2.8.0", "2026-01-01", "2027-01-01", "4200"), piece("M", "1-0:1.8.0", "2026-01-01", "2027-01-01", "900"),
        ]
        let plain = try Bill.compute(published("electricity/feed-in", .year(2026), usage))
        #expect(plain.totals.gross == money("-333.48"))
        #expect(plain.totals.groups.map(\.tax) == [Tax(.smallBusiness)])
        #expect(plain.lines[0].service == .feedIn)
        let taxed = try Bill.compute(published("electricity/feed-in", .year(2026), usage, attributes: ["feedInTax": "standard"]))
        #expect(taxed.totals.gross == money("-396.84"))
    }
    @Test func `sets the heat price anew each quarter, and shows the fuel's part`() throws {
        let usage = [("2026-01-01", "2026-04-01"), ("2026-04-01", "2026-07-01")].map { piece("6LGB1", "6-0:1.0.0", $0.0, $0.1, "5000") }
        let draft = try Bill.compute(published("heat/index", range("2026-01-01", "2026-07-01"), usage, attributes: ["connectedLoad": "15"]))
        let energy = draft.lines.filter { $0.component == "ap" }
        #expect(energy.map(\.period.from) == [day("2026-01-01"), day("2026-04-01")])
        #expect(energy[0].explanation.price?.number == "9.8965")
        #expect(energy[1].explanation.price != energy[0].explanation.price)
        #expect(energy[0].explanation.notes(.german).contains { $0.hasPrefix("Änderung") && $0.contains("davon Brennstoff") })
        // The second is measured against what was charged until then, not against P0.
        let told = try #require(energy[1].explanation.notes(.german).last)
        #expect(told.hasPrefix("Änderung gegenüber dem Preis ab 01.01.2026 (9,8965 ct/kWh): −0,0753 ct/kWh, davon Brennstoff"), "\(told)")
    }
    @Test func `counts energy once, although two components charge it`() throws {
        // A grid price and an energy price on one register are one consumption.
        let tariff = made([("2024-01-01", [("netz", energy("9")), ("ap", energy("21"))])])
        let draft = try Bill.compute(made(.year(2025), [piece("A", "1-0:1.8.0", "2025-01-01", "2026-01-01", "1000")], tariff))
        #expect(draft.totals.net == money("300.00"))
        #expect(draft.consumption?.number == "1000")
    }
    @Test func `is held where the tariff forbids to divide and nobody read the meter`() throws {
        let tariff = made(
            [("2024-01-01", [("ap", energy("30"))]), ("2025-07-01", [("ap", energy("31"))])], rules: RatingRules(consumption: .none))
        let usage = [
            piece("A", "1-0:1.8.0", "2025-01-01", "2025-07-01", "500", division: .profile),
            piece("A", "1-0:1.8.0", "2025-07-01", "2026-01-01", "500", division: .profile),
        ]
        #expect(throws: BillingProblem.divided(serial: "A", range("2025-01-01", "2025-07-01"))) {
            try Bill.compute(made(.year(2025), usage, tariff))
        }
    }
}
