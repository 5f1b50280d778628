import Billing
import BillingOperations
import InvoiceFormats
import Ledger
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `A final bill` {
    private static let today = Day(2025, 10, 20)

    private func run(
        _ town: BillingFixture, _ cycle: String = "final", until: Day = Day(2025, 10, 20), part: BillingPart = .whole,
        simulate: Bool = false,
        today: Day = Day(2025, 10, 20)
    ) async throws -> BillingRunRecord {
        try await RunBilling(pool: town.pool)(
            cycle: cycle, periodEnd: until, part: part, simulate: simulate, author: F.author, today: today, now: F.now)
    }
    private func read(_ meter: String, _ day: String, _ value: String, _ town: BillingFixture) async throws {
        try await town.send([
            #"{"meter": "\#(meter)", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+02:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
        ])
    }
    /// One contract that ended on the last of September, one that goes on, and one that ended in a month of its own.
    private func town() async throws -> BillingFixture {
        let town = try await F()
        try await town.add([
            .init(key: "1", until: "2025-10-01"), .init(key: "2"), .init(key: "3", until: "2025-09-15", cycle: "monthly"),
        ])
        try await read("M-1", "2025-10-01", "3600", town)
        try await read("M-3", "2025-09-01", "3000", town)
        try await read("M-3", "2025-09-15", "3100", town)
        return town
    }

    @Test func `is due when the contract has ended, not when the year is over`() async throws {
        let town = try await self.town()
        let waiting = try await EndedContracts(pool: town.pool)(today: Self.today)
        #expect(
            waiting.map(\.days) == [
                DayRange(from: Day(2025, 9, 1), until: Day(2025, 9, 15)), DayRange(from: Day(2025, 1, 1), until: Day(2025, 10, 1)),
            ])
        #expect(waiting.last?.deadline == Day(2025, 11, 11), "six weeks from 30 September, § 40c(2) EnWG")
        let simulated = try await run(town, simulate: true)
        let run = try await self.run(town)
        #expect((run.contracts, run.billed, run.held) == (2, 2, 0))
        #expect((run.cycle, run.gross) == ("final", simulated.gross))
        let invoices = try await town.invoices()
        #expect(invoices.count == 2)
        #expect(Set(invoices.map(\.kind)) == [.final])
        #expect(Set(invoices.map(\.period)) == Set(waiting.map(\.days)))
        #expect(invoices.first { $0.period.from == Day(2025, 1, 1) }?.consumption?.micro == 2_600_000_000)
        #expect(try await EndedContracts(pool: town.pool)(today: Self.today).isEmpty)
        #expect(try await town.receivables() == run.gross)
        // Again, another day, and at the end of the year: nothing of it is billed twice.
        #expect(try await self.run(town, until: Day(2025, 10, 21), today: Day(2025, 10, 21)).contracts == 0)
        #expect(try await self.run(town).billed == 2)
        let year = try await town.bill()
        #expect((year.contracts, year.billed, year.held) == (1, 1, 0))
        #expect(try await town.invoices().count == 3)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `of a cycle, a region or a list alone; and not of what ends later`() async throws {
        let town = try await self.town()
        #expect(try await run(town, until: Day(2025, 9, 30), simulate: true).contracts == 1)
        await #expect(throws: BillingRefusal.periodNotOver(Day(2025, 10, 21))) { try await run(town, until: Day(2025, 10, 21)) }
        #expect(try await run(town, "final-monthly").contracts == 1)
        #expect(try await run(town, part: .listed(["c-1"])).billed == 1)
        #expect(try await run(town, part: .region("neumuenster")).contracts == 0)
        #expect(try await town.invoices().count == 2)
        #expect(BillingOccasion("final-annual-06")?.description == "final-annual-06")
        #expect(BillingOccasion("final-weekly") == nil)
    }

    @Test func `says when it comes too late`() async throws {
        let town = try await self.town()
        _ = try await run(town, until: Day(2025, 11, 20), today: Day(2025, 11, 20))
        let notices = try await town.pool.with { try $0.query("SELECT notices::text FROM billing_job").map { try $0.get(0) as String? } }
        #expect(notices.count == 2 && notices.allSatisfy { $0?.contains("deadline-missed") == true })
    }

    @Test func `sets off what was paid in advance, ends the plan, and the rest is the customer's`() async throws {
        let town = try await self.town()
        _ = try await PlanInstalments(pool: town.pool)(
            contract: "c-1", yearly: Money("2200.00"), rule: InstalmentRule(count: 11, firstDue: Day(2025, 2, 1)), author: F.author,
            now: F.now)
        _ = try await RequestInstalments(pool: town.pool)(dueUntil: Day(2025, 10, 1), author: F.author, today: Day(2025, 9, 20), now: F.now)
        for month in 2...9 {
            _ = try await PostPayment(pool: town.pool)(
                IncomingPayment(
                    account: "a-1", amount: Money("200.00") ?? .zero, valueDate: Day(2025, month, 2), reference: "", key: "\(month)"),
                author: "bank", today: Self.today, now: F.now)
        }
        #expect(try await run(town, part: .listed(["a-1"])).billed == 1)
        let invoice = try #require(try await town.invoices().first)
        #expect(invoice.due == invoice.gross - (Money("1600.00") ?? .zero))
        #expect(invoice.due < .zero, "overpaid")
        #expect(try await town.receivables() == invoice.due)
        // Nothing follows that would set the credit off: it is paid out within two weeks (§ 40c(3) EnWG), and finance sees it.
        let stored = try await GetInvoice(pool: town.pool)(invoice.number).invoice
        #expect(stored.payOutBy == Day(2025, 11, 3), "two weeks from 20 October")
        let item = try #require(try await ListOpenItems(pool: town.pool)(account: "a-1").first { $0.remaining != .zero })
        #expect((item.kind, item.due, item.remaining) == (.refund, Day(2025, 11, 3), invoice.due))
        let said = "Wir zahlen Ihnen das Guthaben bis zum 03.11.2025 aus"
        #expect(String(decoding: XRechnung.bytes(stored), as: UTF8.self).contains(said))
        #expect(BillPage(stored, language: .de).due.contains(said))
        #expect(String(decoding: InvoiceJSON.bytes(stored), as: UTF8.self).contains(#""payOutBy":"2025-11-03""#))
        try await town.keepInvoices("final-credit")
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await ListInstalments(pool: town.pool)(contract: "c-1", state: .planned).items.isEmpty)
        #expect(
            try await RequestInstalments(pool: town.pool)(dueUntil: Day(2026, 6, 1), author: F.author, today: Self.today, now: F.now)
                .requested == 0)
    }

    @Test func `that was kept back is one row on the worklist, whichever run tries it again`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", tariff: "electricity/moon", until: "2025-10-01")])
        #expect(try await run(town).held == 1)
        #expect(try await run(town, until: Day(2025, 10, 21), today: Day(2025, 10, 21)).held == 1)
        #expect(try await ListHeldInvoices(pool: town.pool)().items.count == 1)
        #expect(try await EndedContracts(pool: town.pool)(today: Self.today).first?.problem?.contains("electricity/moon") == true)
    }

    @Test func `over stretches whose terms changed is one bill to the end`() async throws {
        let town = try await self.town()
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2025-04-01", "until": "2025-10-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster", "note": "other terms"}}]}"#
        )
        #expect(try await run(town, part: .listed(["a-1"])).billed == 2)
        let invoice = try #require(try await town.invoices().first)
        #expect(invoice.kind == .final)
        #expect(invoice.period == DayRange(from: Day(2025, 1, 1), until: Day(2025, 10, 1)))
    }

    @Test func `that comes after a bill over the whole year waits until that is taken back`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        #expect(try await town.bill().billed == 1)
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2025-01-01", "until": "2025-10-01"}]}"#
        )
        try await town.pool.with { try $0.script("UPDATE contract SET valid = daterange('2025-01-01', '2025-10-01') WHERE key = 'c-1'") }
        let run = try await self.run(town, until: Day(2026, 1, 1), today: F.today)
        #expect((run.held, run.billed) == (1, 0))
        #expect(try await GetBillingRun(pool: town.pool).held(run.number).map(\.code) == ["billed-beyond-end"])
        let invoice = try #require(try await town.invoices().first)
        _ = try await CancelInvoice(pool: town.pool)(invoice.number, reason: "ended", author: F.author, today: F.today, now: F.now)
        #expect(try await self.run(town, until: Day(2026, 1, 1), today: F.today).billed == 1)
        #expect(try await town.invoices().first?.period.until == Day(2025, 10, 1))
    }
}
