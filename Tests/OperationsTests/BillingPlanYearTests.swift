import Billing
import BillingOperations
import LedgerOperations
import Postgres
import Tariffs
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite struct `The year that is paid in advance` {
    private let rule = InstalmentRule(count: 11, firstDue: Day(2027, 1, 1))

    @Test func `ends where the next bill begins, and its cost is divided by the instalments that are left`() {
        // Billed to 31 October 2026; the first instalment is due in January.
        let own = rule.within(yearAfter: Day(2026, 11, 1))
        #expect(own.dues.first == Day(2027, 1, 1) && own.dues.last == Day(2027, 10, 1))
        #expect((own.dues.count, own.divisor) == (10, 10))
        let plan = try? InstalmentPlan(
            contract: "VT-1", yearly: Money(cents: 134_200), taxes: [(Tax(rate: TaxRate(basisPoints: 1_900)), Money(cents: 1))], rule: own)
        #expect(plan?.instalments.map(\.gross) == Array(repeating: Money(cents: 13_400), count: 10))
        #expect(plan?.count == 11, "agreed are eleven: the next year has them")
    }

    @Test func `counts what was asked for already`() {
        let own = rule.within(yearAfter: Day(2026, 11, 1), asked: [Day(2026, 10, 1), Day(2026, 11, 1), Day(2026, 12, 1)])
        #expect((own.dues.count, own.divisor) == (10, 11), "two of them are in the year; nobody pays less than his share")
    }

    @Test func `is not crowded into what a late bill has left of it`() {
        let late = InstalmentRule(count: 11, firstDue: Day(2027, 7, 1)).within(yearAfter: Day(2026, 11, 1))
        #expect((late.dues.count, late.divisor) == (4, 9))
        let over = InstalmentRule(count: 11, firstDue: Day(2028, 2, 1)).within(yearAfter: Day(2026, 11, 1))
        #expect(over.dues.last == Day(2028, 10, 1), "the year of the bill is over: the one in which it is written")
    }

    @Test func `of a plan that runs is divided as it was: only what a year costs makes another amount of it`() {
        let late = rule.within(yearAfter: Day(2026, 11, 1))
        #expect(late.dividing(like: Money(cents: 134_200), each: Money(cents: 12_200)).divisor == 11)
        #expect(late.dividing(like: Money(cents: 134_200), each: Money(cents: 13_400)).divisor == 10)
        #expect(late.dividing(like: Money(cents: 134_200), each: Money(cents: 5_000)).divisor == 11, "agreed otherwise")
    }

    @Test func `of an agreed plan is what was agreed`() { #expect((rule.dues.count, rule.divisor) == (11, 11)) }
}

@Suite(.database) struct `A plan and its year` {
    private func plan(_ town: BillingFixture, contract: String = "c-1", first: Day = Day(2025, 2, 1)) async throws -> InstalmentPlan {
        try await PlanInstalments(pool: town.pool)(
            contract: contract, yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: first), author: F.author, now: F.now)
    }
    private func planned(_ town: BillingFixture) async throws -> [Day] {
        try await ListInstalments(pool: town.pool)(contract: "c-1", state: .planned).items.map(\.due).sorted()
    }

    @Test func `after a bill that is written late has no instalment behind the next bill`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await plan(town)
        let late = Day(2026, 1, 28)
        _ = try await RunBilling(pool: town.pool)(
            cycle: "annual-12", periodEnd: Day(2026, 1, 1), author: F.author, today: late, now: F.now.adding(seconds: 16 * 86_400))
        let number = try #require(try await town.invoices().first).number
        let next = try #require(try await GetInvoice(pool: town.pool)(number).invoice.draft.plans.first)
        #expect(next.instalments.first?.due == Day(2026, 3, 1) && next.instalments.last?.due == Day(2026, 12, 1))
        #expect(next.divisor == 10 && next.instalments[0].gross == Money(cents: (next.yearly.cents + 500) / 1_000 * 100))
        #expect(try await planned(town) == next.instalments.map(\.due))
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `goes on when the contract's end moves: its missing months are written before the next request`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", until: "2026-07-01")])
        _ = try await plan(town)
        _ = try await town.bill()
        #expect(try await planned(town) == (2...6).map { Day(2026, $0, 1) })
        try await town.load(#"{"contracts": [{"key": "c-1", "from": "2025-01-01", "until": "2027-07-01"}]}"#)
        let request = RequestInstalments(pool: town.pool)
        #expect(
            try await request(dueUntil: Day(2026, 8, 2), author: F.author, today: Day(2026, 7, 20), now: F.now).requested == 6,
            "February to June, and August: July is over and nobody knew")
        #expect(try await planned(town) == (9...12).map { Day(2026, $0, 1) }, "to the end of the year that the bill is for")
        #expect(try await request(dueUntil: Day(2026, 8, 2), author: F.author, today: Day(2026, 7, 20), now: F.now).requested == 0)
        let all = try await ListInstalments(pool: town.pool)(contract: "c-1", limit: 100).items.filter { $0.due >= Day(2026, 1, 1) }
        #expect(Set(all.map(\.gross)).count == 1 && all.count == 10)
    }

    @Test func `of a contract that pauses is not taken into the bill of the year before`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", until: "2025-07-01")])
        _ = try await plan(town)
        try await town.load(#"{"contracts": [{"key": "c-1", "from": "2025-08-01"}]}"#)
        try await town.send(
            [("2025-07-01", "2500"), ("2025-08-01", "2500")].map { day, value in
                #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+02:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
            })
        _ = try await plan(town, first: Day(2026, 2, 1))
        let request = RequestInstalments(pool: town.pool)
        #expect(try await request(dueUntil: Day(2026, 2, 2), author: F.author, today: F.today, now: F.now).requested == 1)
        #expect(try await town.bill().billed == 2)
        let february = try #require(
            try await ListInstalments(pool: town.pool)(contract: "c-1", limit: 100).items.first {
                $0.due == Day(2026, 2, 1) && $0.number != nil
            })
        #expect(february.state == .requested && february.invoice == nil, "it is for the year that begins")
    }

    @Test func `begins where the contract is supplied and not billed, and not years ahead`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        for day in [Day(2024, 12, 31), Day(2028, 2, 1), Day(9999, 12, 1), Day(1, 1, 1)] {
            await #expect(throws: BillingRefusal.self, "\(day)") { try await plan(town, first: day) }
        }
        #expect(try await plan(town).instalments.count == 11, "a day that is over was forgotten")
        _ = try await town.bill()
        let refused = await #expect(throws: BillingRefusal.self) { try await plan(town, first: Day(2025, 12, 1)) }
        #expect(refused?.code == "first-instalment-outside", "2025 is billed")
        #expect(try await plan(town, first: Day(2026, 1, 1)).instalments.count == 11)
    }

    @Test(.timeLimit(.minutes(10))) func `is changed, requested and billed by several at once, and nobody waits for another for ever`()
        async throws
    {
        let town = try await F()
        let keys = (1...12).map { "\($0)" }
        try await town.add(keys.map { .init(key: $0) })
        for key in keys { _ = try await plan(town, contract: "c-\(key)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for day in [Day(2025, 6, 1), Day(2026, 1, 1)] {
                group.addTask {
                    _ = try await RequestInstalments(pool: town.pool, pageSize: 3)(
                        dueUntil: day, author: F.author, today: Day(2025, 12, 1), now: F.now)
                }
            }
            group.addTask { _ = try await town.bill(pageSize: 5, workers: 2) }
            group.addTask {
                for key in keys.reversed() {
                    // Its year may be billed by now.
                    do { _ = try await plan(town, contract: "c-\(key)") } catch is BillingRefusal {}
                }
            }
            try await group.waitForAll()
        }
        #expect(try await town.bill().billed == 12)
        let current = try await town.pool.with {
            try $0.one("SELECT count(*) FROM instalment_plan WHERE ended_at IS NULL", as: Int64.self)
        }
        #expect(current == 12)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await VerifyLedger(pool: town.pool)().problems.isEmpty)
    }
}

@Suite(.database) struct `Runs and their worklist` {
    @Test func `go on after the server, however many came after them`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        let run = RunBilling(pool: town.pool)
        let first = try await run.start(cycle: "annual-12", periodEnd: Day(2026, 1, 1), author: F.author, today: F.today, now: F.now)
        for _ in 1...51 {
            _ = try await run.start(
                cycle: "annual-12", periodEnd: Day(2026, 1, 1), simulate: true, author: F.author, today: F.today, now: F.now)
        }
        try await ResumeBillingRuns(pool: town.pool)(clock: { F.now }, now: F.now) { number, error in
            Issue.record("\(number): \(error)")
        }
        #expect(try await GetBillingRun(pool: town.pool)(first.number).state == .finished)
        let left = try await town.pool.with { try $0.one("SELECT count(*) FROM billing_run WHERE state = 'running'", as: Int64.self) }
        #expect(left == 0)
        #expect(try await town.invoices().count == 1)
    }

    @Test func `lose a released bill that is not due any more`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", advance: "2100", from: "2024-01-01")])
        try await town.send([
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2024-01-01T00:00:00+01:00", "value": "0", "unit": "kWh", "status": "measured"}"#
        ])
        _ = try await town.bill("annual-12", Day(2025, 1, 1))
        _ = try await town.bill()
        let held = try #require(try await ListHeldInvoices(pool: town.pool)(.init(state: .held)).items.first)
        try await town.load(#"{"contracts": [{"key": "c-1", "from": "2024-01-01", "cycle": "monthly"}]}"#)
        _ = try? await ReleaseHeldInvoice(pool: town.pool)(held.id, reason: "x", author: "second", today: F.today, now: F.now)
        _ = try await town.bill()
        #expect(try await ListHeldInvoices(pool: town.pool)(.init(state: .released)).items.isEmpty)
        #expect(try await ListHeldInvoices(pool: town.pool)(.init(state: .held)).items.isEmpty)
    }

    @Test func `say that a bill is late where a law sets a date: of electricity, not of water`() async throws {
        let town = try await F()
        try await town.add([
            .init(key: "1"),
            .init(
                key: "W", tariff: "water/basis", commodity: "water", obis: "8-0:1.0.0", unit: "m3", advance: "105.25",
                attributes: #"{"usage": "household", "sealedArea": "120.5", "runoffCoefficient": "0.9"}"#),
        ])
        let run = try await RunBilling(pool: town.pool)(
            cycle: "annual-12", periodEnd: Day(2026, 1, 1), author: F.author, today: Day(2026, 2, 12), now: F.now)
        #expect((run.billed, run.held) == (2, 0))
        let late = try await ListBillNotices(pool: town.pool)(run: run.number, code: "deadline-missed").items
        let electricity = try await town.invoices(.init(accounts: ["a-1"])).map(\.number)
        #expect(late.map(\.invoice) == electricity)
    }

    @Test(arguments: [Day(1, 1, 1), Day(1899, 12, 31), Day(2200, 1, 1), Day(9999, 12, 31)])
    func `begin on no day that is none`(day: Day) async throws {
        let town = try await F()
        for cycle in ["annual-12", "monthly", "final", "interim"] {
            await #expect(throws: BillingRefusal.dayOutOfRange(day), "\(cycle)") {
                try await RunBilling(pool: town.pool).start(
                    cycle: cycle, periodEnd: day, simulate: true, author: F.author, today: F.today, now: F.now)
            }
        }
    }
}
