import Billing
import BillingOperations
import Postgres
import Synchronization
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// What has changed between the start of a run and its pages, or since the last time.
@Suite(.database) struct `A billing run meets` {
    private func started(_ town: BillingFixture) async throws -> String {
        try await RunBilling(pool: town.pool).start(
            cycle: "annual-12", periodEnd: Day(2026, 1, 1), author: F.author, today: F.today, now: F.now
        ).number
    }
    private func work(_ number: String, _ town: BillingFixture) async throws -> BillingRunRecord {
        try await RunBilling(pool: town.pool).work(number, today: F.today, now: F.now)
    }
    private func change(_ key: String, _ assignment: String, _ town: BillingFixture) async throws {
        try await town.pool.with { try $0.script("UPDATE contract SET \(assignment) WHERE key = 'c-\(key)'") }
    }
    private func held(_ number: String, _ town: BillingFixture) async throws -> [HeldContract] {
        try await GetBillingRun(pool: town.pool).held(number)
    }

    @Test func `days that another run has billed, holds them, and bills the rest`() async throws {
        let town = try await F()
        try await town.add((1...3).map { .init(key: "\($0)") })
        let number = try await started(town)
        try await change("1", "cycle = 'monthly'", town)
        let december = try await town.bill("monthly")
        #expect(december.billed == 1)
        try await change("1", "cycle = 'annual-12'", town)
        let run = try await work(number, town)
        #expect((run.billed, run.held, run.open, run.state) == (2, 1, 0, .finished))
        let kept = try await held(number, town)
        #expect(kept.map(\.code) == ["partly-billed"])
        #expect(try await town.invoices(.init(run: december.number)).allSatisfy { kept[0].explanation.contains($0.number) })
        // The same is found by a start.
        let again = try await town.bill()
        #expect((again.billed, again.held) == (2, 1))
    }

    @Test func `a contract that was billed whole, and does not stay open`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        let first = try await town.bill()
        try await town.pool.with {
            try $0.script(
                "UPDATE billing_job SET state = 'open', invoice_id = NULL; UPDATE billing_run SET state = 'running', finished_at = NULL")
        }
        let run = try await work(first.number, town)
        #expect((run.held, run.state) == (2, .finished))
        #expect(try await held(first.number, town).map(\.code) == ["already-billed", "already-billed"])
        let again = try await town.bill()
        #expect((again.billed, again.held, again.gross) == (2, 0, first.gross))
    }

    @Test func `a bill written at the same moment: that contract is left to it and no number is lost`() async throws {
        let town = try await F()
        try await town.add((1...3).map { .init(key: "\($0)") })
        _ = try await town.bill()
        for invoice in try await town.invoices() {
            _ = try await CancelInvoice(pool: town.pool)(invoice.number, reason: "x", author: F.author, today: F.today, now: F.now)
        }
        let number = try await started(town)
        let task = Mutex<Task<BillingRunRecord, any Error>?>(nil)
        try await town.pool.transaction { connection in
            // The page gets as far as its numbers and waits there.
            try connection.query("SELECT next FROM number_circle WHERE circle = 'invoice' FOR UPDATE")
            task.withLock { $0 = $0 ?? Task { try await work(number, town) } }
            var isWaiting = false
            for _ in 0..<1_000 where !isWaiting {
                isWaiting = try connection.one(
                    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted), pg_sleep(0.01)::text", as: Bool.self)
            }
            #expect(isWaiting)
            try connection.execute(
                """
                INSERT INTO invoice SELECT id + 1000, 'R-40010018', type, NULL, contract_id, contract_number, account_id, commodity, kind, period, issued_on, due_on,
                    net_cents, tax_cents, gross_cents, due_cents, consumption_micro, consumption_unit, NULL, cancels, NULL, document,
                    document_sha256, inputs, author, reason, recorded_at FROM invoice WHERE id = 400002
                """)
            try connection.execute(
                """
                INSERT INTO invoice_coverage SELECT invoice_id + 1000, contract_id, contract_number, period, true FROM invoice_coverage
                WHERE invoice_id = 400002
                """)
        }
        let run = try #require(try await task.withLock { $0 }?.value)
        // Billed as it is by somebody else, it is nobody's work, and stands on no worklist.
        #expect((run.billed, run.held, run.state) == (2, 0, .finished))
        #expect(try await ListHeldInvoices(pool: town.pool)().items.isEmpty)
        let serials = try await town.pool.with { try $0.query("SELECT id FROM invoice ORDER BY id").map { try $0.get(0) as Int64 } }
        #expect(serials == Array(400_001...400_008) + [401_002])
    }

    @Test func `what it has held and another run bills, which leaves the worklist by itself`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", isRead: false), .init(key: "2", isRead: false)])
        let first = try await town.bill()
        #expect(try await ListHeldInvoices(pool: town.pool)().items.count == 2)
        try await town.send(
            [("2025-01-01", "1000"), ("2026-01-01", "4500")].map { day, value in
                #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
            })
        // The customer alone, as a run of its own.
        let second = try await RunBilling(pool: town.pool)(
            cycle: "annual-12", periodEnd: Day(2026, 1, 1), part: .listed(["c-1"]), author: F.author, today: F.today, now: F.now)
        #expect(second.billed == 1)
        #expect(try await ListHeldInvoices(pool: town.pool)().items.map(\.meteringPoint) == ["POINT-2"])
        #expect(try await held(first.number, town).count == 1)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `a contract that became shorter, and bills the days it has left`() async throws {
        let town = try await F()
        try await town.add((1...3).map { .init(key: "\($0)") })
        let number = try await started(town)
        try await change("1", "valid = '[2025-01-01,2025-10-01)'", town)
        try await change("2", "valid = '[2026-02-01,)'", town)
        let run = try await work(number, town)
        // What is no longer due is nobody's work.
        #expect((run.contracts, run.billed, run.held, run.state) == (2, 2, 0, .finished))
        let invoices = try await town.invoices().sorted { $0.contract < $1.contract }
        #expect(invoices.map(\.period) == [DayRange(from: Day(2025, 1, 1), until: Day(2025, 10, 1)), DayRange.year(2025)])
        #expect(invoices.map(\.kind) == [.final, .annual])
    }

    @Test func `a contract that became longer, and holds what is left until somebody decides`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", until: "2025-10-01")])
        let first = try await town.bill()
        try await change("1", "valid = '[2025-01-01,)'", town)
        let longer = try await town.bill()
        #expect((longer.billed, longer.held, longer.gross, longer.state) == (0, 1, first.gross, .finished))
        let kept = try await held(first.number, town)
        #expect(kept.map(\.code) == ["partly-billed"])
        #expect(kept.map(\.period) == [DayRange.year(2025)])
        // It was a mistake: the run is as it was.
        try await change("1", "valid = '[2025-01-01,2025-10-01)'", town)
        let shorter = try await town.bill()
        #expect((shorter.billed, shorter.held, shorter.gross) == (1, 0, first.gross))
        // It was none: taken back, and billed whole.
        try await change("1", "valid = '[2025-01-01,)'", town)
        let number = try #require(try await town.invoices().first?.number)
        _ = try await CancelInvoice(pool: town.pool)(number, reason: "x", author: F.author, today: F.today, now: F.now)
        #expect(try await town.bill().billed == 1)
        #expect(try await town.invoices().first?.period == DayRange.year(2025))
    }

    @Test func `a contract that is in another cycle by now, and comes to what its report says`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", until: "2025-10-01"), .init(key: "2")])
        let first = try await town.bill()
        try await change("1", "valid = '[2025-01-01,)'", town)
        #expect(try await town.bill().held == 1)
        try await change("1", "cycle = 'monthly'", town)
        let again = try await town.bill()
        let report = try await ReportBillingRun(pool: town.pool)(first.number)
        #expect((again.contracts, again.billed, again.held, again.gross) == (2, 2, 0, first.gross))
        #expect(report.run == again && report.bills == 2 && report.standingNet + report.standingTax == again.gross)
    }

    @Test func `two stretches of the year before on one bill, and compares with that`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", advance: "1500", from: "2024-01-01")])
        try await town.send([
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2024-01-01T00:00:00+01:00", "value": "0", "unit": "kWh", "status": "measured"}"#
        ])
        for (from, cycle) in [("2024-12-10", "annual-12"), ("2025-12-01", "monthly")] {
            try await town.load(
                #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "\#(from)", "cycle": "\#(cycle)", "attributes": {"note": "\#(from)"}}]}"#
            )
        }
        #expect(try await town.bill("annual-12", Day(2025, 1, 1)).billed == 2)
        #expect(try await town.bill("monthly").billed == 1)
        let last = try #require(try await town.invoices().first)
        let previous = try await GetInvoice(pool: town.pool)(last.number).invoice.draft.previous
        #expect(previous?.period == DayRange.year(2024))
    }

    @Test func `an attribute that is no text, and does not bill without it`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        try await change("1", #"attributes = '{"usage": true}'"#, town)
        let run = try await town.bill()
        #expect((run.billed, run.held) == (1, 1))
        let kept = try await held(run.number, town)
        #expect(kept.map(\.code) == ["bad-attributes"])
        #expect(kept[0].explanation.contains("usage"))
    }

    @Test func `the time as it goes by`() async throws {
        let town = try await F()
        try await town.add((1...3).map { .init(key: "\($0)") })
        let ticks = Mutex<Int64>(0)
        let run = try await RunBilling(pool: town.pool, pageSize: 1, workers: 1)(
            cycle: "annual-12", periodEnd: Day(2026, 1, 1), author: F.author, today: F.today,
            clock: {
                F.now.adding(
                    seconds: ticks.withLock {
                        $0 += 1
                        return $0
                    })
            }, now: F.now)
        #expect(run.startedAt == F.now)
        #expect(run.finishedAt == F.now.adding(seconds: 5))
        let written = try await town.pool.with {
            try $0.query("SELECT recorded_at FROM invoice ORDER BY id").map { try $0.get(0) as Instant }
        }
        #expect(written == [1, 2, 3].map { F.now.adding(seconds: $0) })
    }
}
