import Billing
import BillingOperations
import LedgerOperations
import Metering
import Postgres
import Tariffs
import Testing
import TestKit
import Values

private typealias F = BillingFixture

/// A bill on demand (Zwischenrechnung), before the period is over.
@Suite(.database) struct `An interim bill` {
    private func reading(_ day: String, _ value: String) -> String {
        #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+02:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
    }
    private func interim(_ town: BillingFixture, _ end: Day = Day(2025, 7, 1), part: BillingPart = .listed(["a-1"])) async throws
        -> BillingRunRecord
    {
        try await RunBilling(pool: town.pool)(cycle: "interim", periodEnd: end, part: part, author: F.author, today: F.today, now: F.now)
    }

    @Test func `goes up to the day that was asked for, the year's bill begins where it ends, and instalments are set off once`()
        async throws
    {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        try await town.send([reading("2025-07-01", "2500")])
        _ = try await PlanInstalments(pool: town.pool)(
            contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2025, 2, 1)), author: F.author,
            now: F.now
        )
        _ = try await RequestInstalments(pool: town.pool)(dueUntil: Day(2026, 1, 1), author: F.author, today: Day(2025, 12, 1), now: F.now)
        for month in 0..<8 {
            _ = try await PostPayment(pool: town.pool)(
                IncomingPayment(
                    account: "a-1", amount: Money(cents: 10_000), valueDate: Day(2025, 2, 3).adding(months: month), reference: "",
                    key: "p\(month)"), author: "bank", today: F.today, now: F.now)
        }
        await #expect(throws: BillingRefusal.interimNeedsList) { try await interim(town, part: .whole) }
        let run = try await interim(town)
        #expect((run.billed, run.held) == (1, 0))
        let first = try #require(try await town.invoices().first)
        #expect(first.period == DayRange(from: Day(2025, 1, 1), until: Day(2025, 7, 1)))
        let draft = try await GetInvoice(pool: town.pool)(first.number).invoice.draft
        #expect(draft.kind == .interim && draft.consumption?.number == "1500")
        // February to June are set off; the plan goes on.
        #expect(draft.instalments.count == 5 && draft.plans.isEmpty)
        #expect(try await interim(town).billed == 1, "the run over it again bills nothing more")
        #expect(try await town.invoices().count == 1)

        let year = try await town.bill()
        #expect((year.billed, year.held) == (2, 0))
        let rest = try #require(try await town.invoices(.init(accounts: ["a-1"])).first { $0.number != first.number })
        #expect(rest.period == DayRange(from: Day(2025, 7, 1), until: Day(2026, 1, 1)))
        let second = try await GetInvoice(pool: town.pool)(rest.number).invoice.draft
        #expect(second.consumption?.number == "2000" && second.instalments.count == 3)
        #expect(try await town.bill().billed == 2)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await VerifyLedger(pool: town.pool)().problems.isEmpty)
        // A day that is billed is not asked for again.
        #expect(try await interim(town, Day(2025, 10, 1)).contracts == 0)
    }

    @Test func `is no measure of a year: no plan is outdated by it`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        try await town.send([reading("2025-07-01", "4500")])
        _ = try await PlanInstalments(pool: town.pool)(
            contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2025, 2, 1)), author: F.author,
            now: F.now.adding(seconds: -60)
        )
        #expect(try await interim(town).billed == 1)
        #expect(try await ReviewInstalmentPlans(pool: town.pool)(today: F.today).isEmpty)
    }

    @Test func `without a reading of the day is divided and says so; a later one and the final bill begin where it ends`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", until: "2025-12-01")])
        _ = try await interim(town)
        _ = try await interim(town, Day(2025, 9, 1))
        let bills = try await town.invoices().sorted { $0.period.from < $1.period.from }
        #expect(bills.map(\.period.from) == [Day(2025, 1, 1), Day(2025, 7, 1)])
        let lines = try await GetInvoice(pool: town.pool)(bills[0].number).invoice.draft.lines
        #expect(lines.contains { $0.division == .profile })
        _ = try await RunBilling(pool: town.pool)(cycle: "final", periodEnd: Day(2026, 1, 1), author: F.author, today: F.today, now: F.now)
        let last = try #require(try await town.invoices().first { $0.period.until == Day(2025, 12, 1) })
        #expect(last.period.from == Day(2025, 9, 1))
        #expect(try await GetInvoice(pool: town.pool)(last.number).invoice.draft.kind == .final)
    }
}
