import Billing
import BillingOperations
import Postgres
import Tariffs
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// What follows from a bill follows from it as it stands corrected, and what is unusual is known by what was to be expected.
@Suite(.database) struct `After a correction` {
    private func read(_ key: String, _ values: [(String, String)], _ town: BillingFixture) async throws {
        try await town.send(
            values.map { day, value in
                #"{"meter": "M-\#(key)", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+0\#(day.contains("-07-") || day.contains("-08-") ? 2 : 1):00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
            }, now: values.contains { $0.0.hasPrefix("2027") } ? Instant(seconds: 1_799_740_800) : F.now)
    }
    private func correct(_ town: BillingFixture) async throws {
        _ = try await FindCorrections(pool: town.pool)(author: "finder", now: F.now)
        for proposal in try await ListCorrections(pool: town.pool)().items {
            _ = try await DecideCorrection(pool: town.pool).release(
                proposal.id, reason: "Ablesung nachgereicht", author: F.author, today: F.today, now: F.now)
        }
    }
    private func year(_ town: BillingFixture, _ year: Int) async throws -> BillingRunRecord {
        try await RunBilling(pool: town.pool)(
            cycle: "annual-12", periodEnd: Day(year + 1, 1, 1), author: F.author, today: Day(year + 1, 1, 12), now: F.now)
    }

    @Test func `the year after is compared with the corrected year, and twice of it holds`() async throws {
        let town = try await F()
        // Billed on 3,500 kWh; 1,500 were right. 3,200 a year later are no double of what was billed, but of what was used.
        try await town.add([.init(key: "1"), .init(key: "2")])
        #expect(try await town.bill().billed == 2)
        try await read("1", [("2026-01-01", "2500")], town)
        try await correct(town)
        try await read("1", [("2027-01-01", "5700")], town)
        try await read("2", [("2027-01-01", "7700")], town)
        let run = try await year(town, 2026)
        #expect((run.billed, run.held) == (1, 1))
        let held = try #require(try await ListHeldInvoices(pool: town.pool)().items.first)
        #expect(held.reasons.map(\.code) == ["unusual-consumption"])
        #expect(held.reasons[0].text.contains("davor 1500 kWh"))
        _ = try await ReleaseHeldInvoice(pool: town.pool)(held.id, reason: "Wärmepumpe", author: "x", today: Day(2027, 1, 12), now: F.now)
        let invoice = try #require(try await town.invoices(.init(accounts: ["a-1"])).first)
        let draft = try await GetInvoice(pool: town.pool)(invoice.number).invoice.draft
        let documents = try await town.invoices(.init(accounts: ["a-1"])).filter { $0.period.from == Day(2025, 1, 1) }
        #expect(documents.count == 2)
        #expect(draft.previous?.consumption.micro == 1_500_000_000)
        #expect(draft.previous?.gross == documents.map(\.gross).total())
    }

    @Test func `so does a contract on the bill of several`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        try await town.load(#"{"accounts": [{"key": "a-1", "partner": "p-1", "collectiveInvoice": true}]}"#)
        try await town.pool.with { try $0.script("UPDATE contract SET account_id = (SELECT id FROM account WHERE key = 'a-1')") }
        #expect(try await town.bill().billed == 2)
        try await read("1", [("2026-01-01", "2500")], town)
        try await correct(town)
        try await read("1", [("2027-01-01", "4500")], town)
        try await read("2", [("2027-01-01", "7700")], town)
        #expect(try await year(town, 2026).billed == 2)
        let invoice = try #require(try await town.invoices().first)
        let draft = try await GetInvoice(pool: town.pool)(invoice.number).invoice.draft
        #expect(draft.supplies.map { $0.previous?.consumption.micro } == [1_500_000_000, 3_500_000_000])
        let before = draft.supplies.compactMap(\.previous?.gross)
        let documents = try await town.invoices().filter { $0.period.from == Day(2025, 1, 1) }
        #expect(abs((before.total() - documents.map(\.gross).total()).cents) <= 1, "tax is rounded once on the paper")
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test(arguments: [false, true])
    func `so does a contract that stood on the bill of several in two stretches`(isCorrected: Bool) async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        try await town.load(#"{"accounts": [{"key": "a-1", "partner": "p-1", "collectiveInvoice": true}]}"#)
        try await town.pool.with { try $0.script("UPDATE contract SET account_id = (SELECT id FROM account WHERE key = 'a-1')") }
        // A note moves no price: both stretches are billed as one.
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2025-07-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster", "note": "x"}}]}"#
        )
        #expect(try await town.bill().billed == 3)
        if isCorrected {
            try await read("1", [("2026-01-01", "3500")], town)
            try await correct(town)
        }
        try await read("1", [("2027-01-01", isCorrected ? "6000" : "8000")], town)
        try await read("2", [("2027-01-01", "7700")], town)
        #expect(try await year(town, 2026).billed == 2)
        let invoice = try #require(try await town.invoices().first)
        let draft = try await GetInvoice(pool: town.pool)(invoice.number).invoice.draft
        #expect(draft.supplies.map { $0.previous?.consumption.micro } == [isCorrected ? 2_500_000_000 : 3_500_000_000, 3_500_000_000])
        #expect(draft.supplies.map { $0.previous?.period } == [DayRange.year(2025), DayRange.year(2025)])
        let before = draft.supplies.compactMap(\.previous?.gross)
        let documents = try await town.invoices().filter { $0.period.from == Day(2025, 1, 1) }
        #expect(abs((before.total() - documents.map(\.gross).total()).cents) <= 1, "tax is rounded once on the paper")
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `a plan follows what is right`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await town.bill()
        try await read("1", [("2026-01-01", "2500")], town)
        try await correct(town)
        let documents = try await town.invoices()
        let plan = try await PlanInstalments(pool: town.pool)(
            contract: "c-1", rule: InstalmentRule(count: 11, firstDue: Day(2026, 2, 1)), author: F.author, now: F.now)
        #expect(plan.yearly == documents.map(\.gross).total())
    }

    @Test func `a plan keeps its day through short months, asks for no more than the year costs, and says nothing where that is less`()
        throws
    {
        let tax = [(Tax(rate: TaxRate(basisPoints: 1_900)), Money(cents: 100))]
        let plan = try #require(
            try InstalmentPlan(
                contract: "VT-1", yearly: Money(cents: 110_000), taxes: tax, rule: InstalmentRule(count: 11, firstDue: Day(2026, 1, 31))))
        #expect(plan.instalments.prefix(4).map(\.due) == [Day(2026, 1, 31), Day(2026, 2, 28), Day(2026, 3, 31), Day(2026, 4, 30)])
        let late = try #require(
            try InstalmentPlan(
                contract: "VT-1", yearly: Money(cents: 110_000), taxes: tax,
                rule: InstalmentRule(count: 3, firstDue: Day(2026, 2, 28), dueDay: 31)))
        #expect(late.instalments.map(\.due) == [Day(2026, 2, 28), Day(2026, 3, 31), Day(2026, 4, 30)])
        #expect(
            try InstalmentPlan(
                contract: "VT-1", yearly: Money(cents: 1_099), taxes: tax, rule: InstalmentRule(count: 11, firstDue: Day(2026, 2, 1)))
                == nil)
        #expect(
            try InstalmentPlan(
                contract: "VT-1", yearly: Money(cents: 1_100), taxes: tax, rule: InstalmentRule(count: 11, firstDue: Day(2026, 2, 1)))?
                .instalments.count == 11)
    }

    @Test func `the next plan is due on the day that was agreed`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await PlanInstalments(pool: town.pool)(
            contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2025, 1, 31)), author: F.author,
            now: F.now)
        _ = try await town.bill()
        let invoice = try #require(try await town.invoices().first)
        let draft = try await GetInvoice(pool: town.pool)(invoice.number).invoice.draft
        #expect(draft.plans.first?.instalments.prefix(3).map(\.due) == [Day(2026, 1, 31), Day(2026, 2, 28), Day(2026, 3, 31)])
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `the first year is held by what was expected of it`() async throws {
        let town = try await F()
        let attributes = #"{"usage": "household", "region": "neumuenster", "annualConsumption": "1600"}"#
        try await town.add([.init(key: "1", attributes: attributes), .init(key: "2", advance: "3100", attributes: attributes)])
        try await town.pool.with { try $0.script("UPDATE metering_point SET annual_forecast_micro = 1000000000 WHERE code = 'POINT-2'") }
        let run = try await town.bill()
        #expect((run.billed, run.held) == (1, 1))
        let held = try #require(try await ListHeldInvoices(pool: town.pool)().items.first)
        #expect(held.reasons.map(\.code) == ["unusual-consumption"])
        #expect(held.reasons[0].text.contains("nach dem erwarteten Jahresverbrauch waren 1600 kWh"))
    }

    @Test func `a month of the first year is held by the months before, and by its season`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", cycle: "monthly")])
        try await read("1", [("2025-02-01", "1300"), ("2025-03-01", "1580"), ("2025-04-01", "1870")], town)
        func month(_ end: Day) async throws -> BillingRunRecord {
            try await RunBilling(pool: town.pool)(
                cycle: "monthly", periodEnd: end, author: F.author, today: end.adding(days: 9), now: F.now)
        }
        for number in 2...4 { #expect(try await month(Day(2025, number, 1)).billed == 1) }
        // April at three times of what was to be expected.
        try await read("1", [("2025-05-01", "2700")], town)
        let run = try await month(Day(2025, 5, 1))
        #expect(run.held == 1)
        let reason = try #require(try await ListHeldInvoices(pool: town.pool)().items.first?.reasons.first)
        #expect(reason.code == "unusual-consumption" && reason.text.contains("nach den Rechnungen vom 01.01.2025 bis 31.03.2025"))
    }
}
