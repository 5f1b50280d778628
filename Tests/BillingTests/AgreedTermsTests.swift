import Billing
import Metering
import Tariffs
import Testing
import Values

private let year = DayRange.year(2025)
private let july = "2025-07-01"

/// A tariff for electricity from components with conditions.
private func tariff(
    _ components: [(String, Charge, Conditions)], rules: RatingRules = RatingRules(), vat: [(String, String)] = [("2000-01-01", "19")]
) -> (Timeline<PublishedTariff>, PriceCatalog) {
    let (_, prices) = made([], vat: vat, rules: rules)
    let version = TariffVersion(
        key: TariffKey(commodity: .electricity, id: "test") ?? contractKey, from: day("2020-01-01"), supersedes: nil,
        title: Label(de: "Test", en: "Test"), status: .published, rules: rules,
        components: components.map {
            PriceComponent(
                id: $0.0, label: Label(de: $0.0, en: $0.0), service: .electricity, tax: .standard, conditions: $0.2, charge: $0.1)
        })
    return (Timeline(steps: [(from: day("2020-01-01"), value: PublishedTariff(version: version, hash: "h"))]), prices)
}
private let always = Conditions()
private func `if`(_ name: String, _ value: String) -> Conditions { Conditions(attributes: [name: [value]]) }
private func atYear(_ euros: String) -> Price { Price(hundredMillionths: DecimalText.parse(euros, scale: 8) ?? 0, time: .year) }
/// What is agreed until July, and from July on.
private func terms(_ first: [String: String], _ second: [String: String]) -> [AgreedTerms] {
    AgreedTerms.changes([AgreedTerms(from: year.from, attributes: first), AgreedTerms(from: day(july), attributes: second)])
}
private func bill(
    _ tariff: (Timeline<PublishedTariff>, PriceCatalog), _ usage: [UsagePiece], _ terms: [AgreedTerms],
    intervals: [IntervalUsage] = []
) throws -> InvoiceDraft {
    var billed = made(year, usage, tariff)
    billed.contract.valid = DayRange(from: day("2024-01-01"))
    billed.contract.attributes = terms.last?.attributes ?? [:]
    billed.terms = terms
    billed.intervals = intervals
    return try Bill.compute(billed)
}
private let whole = [piece("A", "1-0:1.8.0", "2025-01-01", "2026-01-01", "3000")]
private let halves = [piece("A", "1-0:1.8.0", "2025-01-01", july, "1000"), piece("A", "1-0:1.8.0", july, "2026-01-01", "2000")]

@Suite struct `A contract whose terms change inside a bill` {
    @Test func `is billed as if nothing had changed where the tariff does not read what changed`() throws {
        let prices = tariff([("ap", energy("30"), `if`("usage", "household")), ("gp", yearly("120"), always)])
        let plain = try bill(prices, whole, [])
        let noted = try bill(prices, whole, terms(["usage": "household"], ["usage": "household", "note": "neu"]))
        #expect(table(noted) == "ap 2025-01-01 365d 3000 900.00\ngp 2025-01-01 365d - 120.00")
        #expect(plain.lines.count == 1, "who is no household pays no energy price here")
        var billed = made(year, whole, prices)
        billed.terms = terms(["usage": "household"], ["usage": "household", "note": "neu"])
        #expect(BillPlan(tariffs: prices.0, prices: prices.1, period: year, terms: billed.terms).cuts(for: billed.contract).isEmpty)
    }

    @Test func `is cut on the day where the tariff does, each part by what was agreed for it`() throws {
        let prices = tariff([
            ("low", energy("20"), `if`("usage", "commercial")), ("high", energy("30"), `if`("usage", "household")),
            ("gp", yearly("365"), always),
        ])
        let agreed = terms(["usage": "household"], ["usage": "commercial"])
        let plan = BillPlan(tariffs: prices.0, prices: prices.1, period: year, terms: agreed)
        #expect(plan.cuts(for: made(year, [], prices).contract) == [day(july)])
        #expect(
            table(try bill(prices, halves, agreed)) == """
                low 2025-07-01 184d 2000 400.00
                high 2025-01-01 181d 1000 300.00
                gp 2025-01-01 181d - 181.00
                gp 2025-07-01 184d - 184.00
                """)
        #expect(throws: BillingProblem.self) { try bill(prices, whole, agreed) }
    }

    @Test func `pays the highest load of the year for all of it`() throws {
        let prices = tariff([
            ("lp", .demand(DemandPrice(price: UnitPrice(euros: "118.40") ?? .zero, period: .year)), always),
            ("mp", yearly("365"), `if`("x", "1")),
        ])
        // 100 kW in January, 60 kW later.
        let slots = intervals("2025-01-01", "2026-01-01", serial: "A") { $0 < 96 ? 25_000_000 : 15_000_000 }
        let draft = try bill(prices, [], terms(["x": "1"], ["x": "2"]), intervals: [slots])
        #expect(draft.lines.filter { $0.component == "lp" }.map(\.amount).total() == money("11840.00"))
        #expect(draft.lines.filter { $0.component == "lp" }.count == 2)
    }

    @Test func `has one minimum, one bonus and one flight of steps for the whole bill`() throws {
        let steps = Charge.tiered(
            TieredPrice(
                register: .total, unit: .kilowattHour, split: .accumulated,
                steps: [.init(upTo: micro("2500"), hundredMillionths: 30_000_000), .init(upTo: nil, hundredMillionths: 10_000_000)]))
        let prices = tariff([
            ("ap", steps, always), ("x", yearly("0"), `if`("x", "1")), ("min", .minimum(atYear("790"), of: ["ap"]), always),
        ])
        let draft = try bill(prices, halves, terms(["x": "1"], ["x": "2"]))
        // 2,500 kWh at 30 ct and 500 at 10 ct are 800: the minimum of 790 is met, though not by the first half alone.
        #expect(draft.lines.filter { $0.component == "ap" }.map(\.amount).total() == money("800.00"))
        #expect(!draft.lines.contains { $0.component == "min" })
    }

    @Test func `is refused where any of them is not for this tariff`() throws {
        let billed = try published(
            "water/garden", .year(2026), [piece("M", "8-0:1.0.0", "2026-01-01", "2027-01-01", "100", .cubicMetre)],
            attributes: ["usage": "household"])
        var other = billed
        other.terms = [
            AgreedTerms(from: day("2026-01-01"), attributes: ["usage": "ship"]),
            AgreedTerms(from: day("2026-07-01"), attributes: ["usage": "household"]),
        ]
        #expect(throws: Never.self) { try Bill.compute(billed) }
        #expect(throws: BillingProblem.notApplicable(billed.contract.tariff, attribute: "usage", value: "ship")) { try Bill.compute(other) }
    }

    @Test func `of the same tariff, what it reads of a contract is known`() throws {
        let version = try #require(catalog.chains[TariffKey("water/garden") ?? contractKey]?.timeline.entries.first?.value.version)
        #expect(version.attributesRead.isSuperset(of: ["sealedArea", "runoffCoefficient", "gravelArea", "deductionMeter"]))
        #expect(
            version.reads(["note": "a", "usage": "public"], as: ["usage": "household"]) && !version.reads(["sealedArea": "80"], as: [:]))
    }
}

@Suite struct `A contract whose tariff changes inside a bill` {
    private func paper(_ charge: Charge, rules: RatingRules = RatingRules(), vat: [(String, String)] = [("2000-01-01", "19")]) throws
        -> InvoiceDraft
    {
        let prices = tariff([("ap", energy("30"), always), ("more", charge, always)], rules: rules, vat: vat)
        let parts = [range("2025-01-01", july), range(july, "2026-01-01")].map { days in
            made(days, [piece("A", "1-0:1.8.0", days.from.description, days.until?.description ?? "", "1000")], prices)
        }
        return try InvoiceDraft.combined(try parts.map { try Bill.compute($0) })
    }
    private func codes(_ draft: InvoiceDraft) -> [String] { CheckedBill(draft, issuedOn: Day(2026, 1, 10)).results.map(\.code) }

    @Test func `waits for a person where something looks at the whole bill`() throws {
        #expect(codes(try paper(.minimum(atYear("790"), of: ["ap"]))).contains("whole-bill-divided"))
        #expect(try paper(.minimum(atYear("790"), of: ["ap"])).judgedApart.map(\.de) == ["more"])
        #expect(!codes(try paper(yearly("120"))).contains("whole-bill-divided"))
    }

    @Test func `waits where the tax of the last day would be that of all days`() throws {
        var rules = RatingRules()
        rules.vat = .periodEnd
        let vat = [("2000-01-01", "19"), (july, "16")]
        #expect(codes(try paper(yearly("120"), rules: rules, vat: vat)).contains("whole-bill-divided"))
        #expect(!codes(try paper(yearly("120"), rules: rules)).contains("whole-bill-divided"))
        #expect(!codes(try paper(yearly("120"), vat: vat)).contains("whole-bill-divided"))
    }

    @Test func `must meet on the day of the change, but for a register that was set back`() throws {
        let prices = tariff([("ap", energy("30"), always)])
        func part(_ from: String, _ until: String, _ begin: String, _ end: String, version: Int32? = 1) -> BillingCase {
            var own = piece("A", "1-0:1.8.0", from, until, "1000")
            own.begin?.micro = micro(begin)
            own.begin?.version = version
            own.end?.micro = micro(end)
            return made(range(from, until), [own], prices)
        }
        let first = part("2025-01-01", july, "0", "5172")
        let problem = try #require(BillingCase.gap(between: [first, part(july, "2026-01-01", "4959", "10000")]))
        #expect(problem.code == "seam-differs" && problem.explanation.contains("5172") && problem.explanation.contains("4959"))
        #expect(BillingCase.gap(between: [part(july, "2026-01-01", "5172", "10000"), first]) == nil)
        #expect(BillingCase.gap(between: [first, part(july, "2026-01-01", "0", "4828", version: nil)]) == nil)
    }
}

@Suite struct `What a bill says of a contract on a paper of several` {
    @Test func `is what its last days say, wherever they stand`() throws {
        let prices = tariff([("ap", energy("30"), always)])
        func part(_ number: String, _ from: String, _ until: String, _ note: String) throws -> InvoiceDraft {
            var own = made(range(from, until), [piece(number, "1-0:1.8.0", from, until, "1000")], prices)
            own.contract.number = number
            own.contract.attributes = ["note": note]
            return try Bill.compute(own)
        }
        let draft = try InvoiceDraft.combined([
            try part("VT-1", july, "2026-01-01", "later"), try part("VT-2", "2025-01-01", "2026-01-01", ""),
            try part("VT-1", "2025-01-01", july, "earlier"),
        ])
        let own = try #require(draft.perContract.first { $0.contract.number == "VT-1" })
        #expect(own.contract.attributes["note"] == "later" && own.supplies.map(\.period.from) == [day("2025-01-01"), day(july)])
    }
}
