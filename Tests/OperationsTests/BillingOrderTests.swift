import Billing
import BillingOperations
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

private func read(_ meter: String, _ day: String, _ value: String, _ town: BillingFixture) async throws {
    let zone = day < "2025-03-30" || day > "2025-10-25" ? "+01:00" : "+02:00"
    try await town.send([
        #"{"meter": "\#(meter)", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00\#(zone)", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
    ])
}

/// Days are billed once, in order, and an instalment is set off by the bill of its day.
@Suite(.database) struct `Days that nobody has billed yet` {
    /// Eleven instalments of 2025, all paid; nothing billed.
    private func paid(until: String? = nil) async throws -> BillingFixture {
        let town = try await F()
        try await town.add([.init(key: "1", until: until)])
        try await read("M-1", "2026-01-10", "4600", town)
        try await instalments("c-1", "a-1", "1100.00", 11, town)
        return town
    }
    private func instalments(_ contract: String, _ account: String, _ yearly: String, _ paid: Int, _ town: BillingFixture) async throws {
        let plan = try await PlanInstalments(pool: town.pool)(
            contract: contract, yearly: Money(yearly), rule: InstalmentRule(count: 11, firstDue: Day(2025, 2, 1)), author: F.author,
            now: F.now)
        _ = try await RequestInstalments(pool: town.pool)(dueUntil: Day(2026, 1, 1), author: F.author, today: Day(2025, 12, 1), now: F.now)
        for month in 0..<paid {
            _ = try await PostPayment(pool: town.pool)(
                IncomingPayment(
                    account: account, amount: plan.instalments[0].gross, valueDate: Day(2025, 2, 2).adding(months: month), reference: "",
                    key: "p\(month)"), author: "bank", today: F.today, now: F.now)
        }
    }
    private func run(_ cycle: String, _ end: Day, _ town: BillingFixture, part: BillingPart = .whole) async throws -> BillingRunRecord {
        try await RunBilling(pool: town.pool)(
            cycle: cycle, periodEnd: end, part: part, author: F.author, today: F.today, now: F.now)
    }
    private func draft(_ from: Day, _ town: BillingFixture) async throws -> InvoiceDraft {
        let record = try #require(try await town.invoices().first { $0.period.from == from && $0.state != .cancelled })
        return try await GetInvoice(pool: town.pool)(record.number).invoice.draft
    }
    private func agrees(_ town: BillingFixture) async throws {
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await VerifyLedger(pool: town.pool)().problems.isEmpty)
    }

    @Test func `come before the final bill, which does not set off what was paid for them`() async throws {
        let town = try await paid(until: "2026-01-10")
        let early = try await run("final", F.today, town)
        #expect((early.billed, early.held) == (0, 1))
        let held = try #require(try await GetBillingRun(pool: town.pool).held(early.number).first)
        #expect(held.code == "earlier-days-open")
        #expect(held.explanation.contains("Tage vor dem 01.01.2026") && held.explanation.contains("01.02.2025"))
        #expect(HoldReason.of(held.code) != nil)
        #expect(try await ListHeldInvoices(pool: town.pool)().items.count == 1)
        // The year first, with its own instalments; then what is left of the contract.
        #expect(try await run("annual-12", Day(2026, 1, 1), town).billed == 1)
        #expect(try await draft(Day(2025, 1, 1), town).instalments.count == 11)
        #expect(try await run("final", F.today, town).billed == 1)
        let last = try await draft(Day(2026, 1, 1), town)
        #expect(last.kind == .final && last.instalments.isEmpty && last.due > .zero)
        #expect(try await ListHeldInvoices(pool: town.pool)().items.isEmpty)
        try await agrees(town)
    }

    @Test func `keep their instalments where a bill on demand is written behind them`() async throws {
        let town = try await paid()
        #expect(try await run("interim", Day(2026, 1, 10), town, part: .listed(["a-1"])).billed == 1)
        let january = try await draft(Day(2026, 1, 1), town)
        #expect(january.kind == .interim && january.instalments.isEmpty)
        #expect(try await run("annual-12", Day(2026, 1, 1), town).billed == 1)
        #expect(try await draft(Day(2025, 1, 1), town).instalments.count == 11)
        try await agrees(town)
    }

    @Test(arguments: [nil, "2025-12-01"])
    func `because the first of two bills on demand was taken back are found by whatever bill comes next`(until: String?) async throws {
        let town = try await F()
        try await town.add([.init(key: "1", until: until)])
        try await read("M-1", "2025-07-01", "2500", town)
        try await read("M-1", "2025-09-01", "3000", town)
        if until != nil { try await read("M-1", "2025-12-01", "4000", town) }
        let list = BillingPart.listed(["a-1"])
        _ = try await run("interim", Day(2025, 7, 1), town, part: list)
        _ = try await run("interim", Day(2025, 9, 1), town, part: list)
        let first = try #require(try await town.invoices().first { $0.period.from == Day(2025, 1, 1) })
        _ = try await CancelInvoice(pool: town.pool)(first.number, reason: "x", author: F.author, today: F.today, now: F.now)
        let (cycle, end) = until == nil ? ("annual-12", Day(2026, 1, 1)) : ("final", Day(2026, 1, 1))
        let waiting = try await run(cycle, end, town)
        #expect((waiting.billed, waiting.held) == (0, 1))
        #expect(try await GetBillingRun(pool: town.pool).held(waiting.number).map(\.code) == ["partly-billed"])
        #expect(try await ListHeldInvoices(pool: town.pool)().items.flatMap(\.reasons).map(\.code) == ["partly-billed"])
        // The gap is closed by a bill on demand; then the rest begins where billing stands.
        #expect(try await run("interim", Day(2025, 10, 1), town, part: list).billed == 0, "not behind the gap")
        #expect(try await run("interim", Day(2025, 7, 1), town, part: list).billed == 1)
        #expect(try await run(cycle, end, town).billed == 1)
        let rest = try await draft(Day(2025, 9, 1), town)
        #expect(rest.period.until == until.flatMap { Day($0) } ?? end)
        let days = try await town.invoices().filter { $0.state != .cancelled && !$0.isCancellation }.map { $0.period.count ?? 0 }
        #expect(days.reduce(0, +) == (until == nil ? 365 : 334))
        #expect(try await ListHeldInvoices(pool: town.pool)().items.isEmpty)
        try await agrees(town)
    }

    @Test func `of a contract that goes on stay open where another on its paper has ended; the credit of that is paid out`() async throws {
        let town = try await F()
        try await town.add([.init(key: "A", until: "2025-07-01"), .init(key: "B")])
        try await town.load(#"{"accounts": [{"key": "a-A", "partner": "p-A", "collectiveInvoice": true}]}"#)
        try await town.pool.with { try $0.script("UPDATE contract SET account_id = (SELECT id FROM account WHERE key = 'a-A')") }
        for meter in ["M-A", "M-B"] { try await read(meter, "2025-07-01", "2500", town) }
        try await instalments("c-A", "a-A", "11000.00", 5, town)
        #expect(try await run("interim", Day(2025, 7, 1), town, part: .listed(["a-A"])).billed == 2)
        let record = try #require(try await town.invoices().first)
        let paper = try await GetInvoice(pool: town.pool)(record.number).invoice
        #expect(paper.draft.kind == .interim && record.kind == .interim)
        #expect(paper.draft.supplies.map(\.kind).contains(.final) && paper.draft.due < .zero)
        #expect(paper.payOutBy != nil)
        // The year's bill of the other begins where it ends.
        let year = try await run("annual-12", Day(2026, 1, 1), town)
        #expect((year.billed, year.held) == (1, 0))
        let rest = try await draft(Day(2025, 7, 1), town)
        #expect(rest.contract.key == "c-B" && rest.kind == .annual)
        try await agrees(town)
    }

    @Test func `with other terms from the next period on are a year's bill, and a plan follows`() async throws {
        let town = try await paid()
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2026-01-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster", "note": "other terms"}}]}"#
        )
        #expect(try await run("annual-12", Day(2026, 1, 1), town).billed == 1)
        let year = try await draft(Day(2025, 1, 1), town)
        #expect(year.kind == .annual && year.plans.count == 1)
        try await agrees(town)
    }
}

@Suite(.database) struct `A correction on the paper of an account` {
    @Test func `says of each contract its own, after the bill was written anew with other terms`() async throws {
        let town = try await F()
        try await town.add([.init(key: "A"), .init(key: "B", advance: "1000")])
        try await town.load(#"{"accounts": [{"key": "a-A", "partner": "p-A", "collectiveInvoice": true}]}"#)
        try await town.pool.with { try $0.script("UPDATE contract SET account_id = (SELECT id FROM account WHERE key = 'a-A')") }
        #expect(try await town.bill().billed == 2)
        try await town.load(
            #"{"contracts": [{"key": "c-A", "account": "a-A", "meteringPoint": "POINT-A", "tariff": "electricity/basis", "from": "2025-07-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster", "note": "other terms"}}]}"#
        )
        func find(_ method: CorrectionProposal.Method, _ hour: Int64) async throws {
            let now = F.now.adding(seconds: hour * 3_600)
            _ = try await FindCorrections(pool: town.pool)(author: "finder", now: now)
            let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
            _ = try await DecideCorrection(pool: town.pool).release(
                proposal.id, method: method, reason: "Ablesung", author: F.author, today: F.today, now: now)
        }
        #expect(try await FindCorrections(pool: town.pool)(author: "finder", now: F.now).proposed == 0, "new terms move no price")
        try await read("M-A", "2026-01-01", "5000", town)
        try await find(.rebill, 1)
        try await town.send(
            [
                #"{"meter": "M-B", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "2300", "unit": "kWh", "status": "measured"}"#
            ], now: F.now.adding(seconds: 5_400))
        try await find(.difference, 2)
        let said = try await town.pool.with { connection in
            try connection.query(
                """
                SELECT c.key || ' ' || lower(x.period) || ' ' || (x.consumption_micro / 1000000) || ' ' || (x.gross_cents <> 0)
                FROM corrected_coverage x JOIN contract c ON c.id = x.contract_id ORDER BY 1
                """
            ).map { try $0.get(0) as String }
        }
        #expect(said.count == 3)
        #expect(said.filter { $0.hasSuffix("true") } == ["c-B 2025-01-01 1300 true"], "\(said)")
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }
}
