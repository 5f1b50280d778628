import Billing
import BillingOperations
import LedgerOperations
import Metering
import Postgres
import Synchronization
import Tariffs
import TestKit
import Testing
import VEE
import Values

private typealias F = BillingFixture

@Suite(.database) struct `A billing run` {
    @Test func `writes invoice, lines, journal entry and open item together`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        let run = try await town.bill()
        #expect((run.contracts, run.billed, run.held, run.open) == (1, 1, 0, 0))
        #expect(run.state == .finished)
        // Nobody read at the price change on 1 July: a household's year is divided by H0 (StromGVV § 12(2)), not by equal days.
        let half = try #require(LoadProfile(.h0).share(of: DayRange(from: Day(2025, 1, 1), until: Day(2025, 7, 1)), in: .year(2025)))
        #expect(half > Ratio(millionths: 515_000) && half < Ratio(millionths: 520_000))
        let invoices = try await town.invoices()
        #expect(invoices.count == 1)
        let invoice = try #require(invoices.first)
        #expect(invoice.gross == run.gross)
        #expect(invoice.period == DayRange.year(2025))
        #expect(invoice.dueOn == Day(2026, 1, 26))
        #expect(try await town.receivables() == invoice.gross)
        #expect(try await town.count("invoice_line") == 4)
        let stored = try await GetInvoice(pool: town.pool)(invoice.number)
        #expect(stored.invoice.draft.lines.map(\.amount).total() == invoice.net)
        let lines = stored.invoice.draft.lines
        #expect(lines[0].division?.german == "nach Lastprofil abgegrenzt")
        let used = try #require(lines[0].explanation.quantity?.micro)
        #expect(abs(used - half.millionths * 3_500) < 4_000)
        #expect(used + (lines[1].explanation.quantity?.micro ?? 0) == 3_500_000_000)
        #expect(stored.invoice.draft.contract.recipient.name == "Erika Muster 1")
    }

    @Test func `repeated bills nothing twice`() async throws {
        let town = try await F()
        try await town.add((1...5).map { .init(key: "\($0)") })
        let first = try await town.bill()
        let second = try await town.bill()
        #expect(first.number == second.number)
        #expect(second.billed == 5)
        #expect(second.finishedAt == first.finishedAt)
        #expect(try await town.invoices().count == 5)
        #expect(try await town.receivables() == first.gross)
    }

    @Test func `started twice at once is one run`() async throws {
        let town = try await F()
        try await town.add((1...40).map { .init(key: "\($0)", advance: "\($0 * 100)") })
        async let first = town.bill(pageSize: 3)
        async let second = town.bill(pageSize: 4)
        let (a, b) = try await (first, second)
        #expect(a.number == b.number)
        #expect(try await town.count("billing_run") == 1)
        let invoices = try await town.invoices()
        #expect(invoices.count == 40)
        #expect(Set(invoices.map(\.number)).count == 40)
        #expect(try await town.receivables() == invoices.map(\.gross).total())
        let report = try await VerifyInvoices(pool: town.pool)()
        #expect(report.checked == 40 && report.discrepancies.isEmpty)
    }

    @Test func `started again while it works leaves what was billed since the second start began to look`() async throws {
        let town = try await F()
        try await town.add((1...6).map { .init(key: "\($0)") })
        @Sendable func start() async throws -> BillingRunRecord {
            try await RunBilling(pool: town.pool).start(
                cycle: "annual-12", periodEnd: Day(2026, 1, 1), author: F.author, today: F.today, now: F.now)
        }
        let run = try await start()
        let second = Task {
            try await Task.sleep(for: .milliseconds(200))
            return try await start()
        }
        let work = Task {
            try await Task.sleep(for: .milliseconds(800))
            _ = try await RunBilling(pool: town.pool, pageSize: 1, workers: 1).work(run.number, today: F.today, now: F.now) { _ in }
        }
        // The second start waits for this row, and the others are billed meanwhile.
        let billedMeanwhile = try await town.pool.transaction { connection in
            _ = try connection.query(
                "SELECT 1 FROM billing_job j JOIN contract c ON c.id = j.contract_id ORDER BY c.number LIMIT 1 FOR UPDATE OF j")
            var billed: Int64 = 0
            for _ in 0..<100 where billed < 5 {
                _ = try connection.query("SELECT pg_sleep(0.05)")
                billed = try connection.one("SELECT count(*) FROM billing_job WHERE state = 'billed'")
            }
            return billed
        }
        #expect(billedMeanwhile > 0)
        _ = try await second.value
        try await work.value
        let end = try await town.bill()
        #expect((end.billed, end.held, end.open) == (6, 0, 0))
        #expect(end.gross == (try await town.receivables()))
    }

    @Test func `killed in the middle is finished by the next start`() async throws {
        let town = try await F()
        try await town.add((1...10).map { .init(key: "\($0)") })
        let run = try await RunBilling(pool: town.pool).start(
            cycle: "annual-12", periodEnd: Day(2026, 1, 1), author: F.author, today: F.today, now: F.now)
        // A worker stops after its second page, as a kill would stop it.
        let pages = PageCounter()
        let task = Task {
            try await RunBilling(pool: town.pool, pageSize: 2, workers: 1).work(run.number, today: F.today, now: F.now) { _ in pages.count()
            }
        }
        pages.cancelAfter(2, task)
        _ = try? await task.value
        let between = try await GetBillingRun(pool: town.pool)(run.number)
        #expect(between.state == .running || between.billed == 10)
        let end = try await town.bill(pageSize: 2)
        #expect((end.billed, end.open) == (10, 0))
        #expect(end.state == .finished)
        #expect(try await town.invoices().count == 10)
        // Not one number was lost.
        let serials = try await town.invoices().compactMap { try? PrintedNumber($0.number).serial }.sorted()
        #expect(serials == Array(400_001...400_010))
    }

    @Test func `simulated leaves nothing but its counts`() async throws {
        let town = try await F()
        try await town.add((1...6).map { .init(key: "\($0)") })
        let simulated = try await town.bill(simulate: true, pageSize: 2)
        #expect(simulated.isSimulation)
        #expect(simulated.billed == 6)
        #expect(simulated.gross > .zero)
        #expect(try await town.count("invoice") == 0)
        #expect(try await town.count("journal_entry") == 0)
        let real = try await town.bill()
        #expect(real.number != simulated.number)
        #expect((real.net, real.tax, real.gross) == (simulated.net, simulated.tax, simulated.gross))
        #expect(try await town.invoices().map(\.number).sorted().first == PrintedNumber(.invoice, serial: 400_001).description)
    }

    @Test func `holds what it cannot bill, says why, and tries again`() async throws {
        let town = try await F()
        try await town.add([
            .init(key: "1"), .init(key: "2", isRead: false), .init(key: "3", tariff: "electricity/moon"),
            .init(key: "4", tariff: "gas/basis"),
        ])
        let run = try await town.bill()
        #expect((run.billed, run.held) == (1, 3))
        let held = try await GetBillingRun(pool: town.pool).held(run.number)
        #expect(held.map(\.code) == ["usage-unusable", "no-tariff", "wrong-commodity"])
        #expect(held[0].explanation.contains("M-2"))
        try await town.send([
            #"{"meter": "M-2", "obis": "1-0:1.8.0", "at": "2025-01-01T00:00:00+01:00", "value": "10", "unit": "kWh", "status": "measured"}"#,
            #"{"meter": "M-2", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "1010", "unit": "kWh", "status": "measured"}"#,
        ])
        let again = try await town.bill()
        #expect(again.number == run.number)
        #expect((again.billed, again.held) == (2, 2))
        #expect(try await town.invoices().count == 2)
    }

    @Test func `bills all commodities, and bills equal receivables`() async throws {
        let town = try await F()
        try await town.add([
            .init(key: "E"), .init(key: "G", tariff: "gas/basis", commodity: "gas", obis: "7-0:3.0.0", unit: "m3", advance: "1500"),
            .init(
                key: "W", tariff: "water/basis", commodity: "water", obis: "8-0:1.0.0", unit: "m3", advance: "105.25",
                attributes: #"{"usage": "household", "sealedArea": "120.5", "runoffCoefficient": "0.9"}"#),
            .init(
                key: "H", tariff: "heat/basis", commodity: "heat", obis: "6-0:1.0.0", unit: "kWh", advance: "12000",
                attributes: #"{"connectedLoad": "15"}"#),
        ])
        let run = try await town.bill()
        #expect((run.billed, run.held) == (4, 0))
        let summary = try await BillingSummary(pool: town.pool)()
        #expect(summary.rows.map(\.commodity) == [.electricity, .gas, .water, .heat])
        #expect(summary.rows.map(\.gross).total() == run.gross)
        #expect(try await town.receivables() == run.gross)
        // Water of a year by one price and nothing to divide: 645.67, as its file computes it.
        #expect(summary.rows[2].gross == Money("645.67"))
        let sums = try await town.pool.with { try $0.one("SELECT sum(amount_cents)::bigint FROM posting", as: Int64.self) }
        #expect(sums == 0)
    }

    @Test func `bills a contract that ended by its last day, and its successor from then on`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", until: "2025-10-01")])
        try await town.load(
            #"""
            {"partners": [{"key": "p-9", "kind": "person", "name": {"given": "Ada", "family": "Neu"}}], "accounts": [{"key": "a-9", "partner": "p-9"}],
             "contracts": [{"key": "c-9", "account": "a-9", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2025-10-01", "cycle": "annual-12"}]}
            """#)
        let run = try await town.bill()
        #expect(run.billed == 2)
        let invoices = try await town.invoices().sorted { $0.period.from < $1.period.from }
        #expect(invoices.map(\.kind) == [.final, .annual])
        #expect(
            invoices.map(\.period) == [
                DayRange(from: Day(2025, 1, 1), until: Day(2025, 10, 1)), DayRange(from: Day(2025, 10, 1), until: Day(2026, 1, 1)),
            ])
        #expect(invoices.compactMap(\.consumption?.micro).reduce(0, +) == 3_500_000_000)
    }

    @Test(arguments: [
        ("yearly", Day(2026, 1, 1), "unknown-cycle"), ("annual-12", Day(2026, 2, 1), "period-does-not-end"),
        ("annual-12", Day(2027, 1, 1), "period-not-over"),
    ])
    func `refuses what makes no sense`(cycle: String, end: Day, code: String) async throws {
        let town = try await F()
        do {
            _ = try await town.bill(cycle, end)
            Issue.record("it ran")
        } catch let refusal as BillingRefusal { #expect(refusal.code == code) }
    }

    @Test func `compares with the year before`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", advance: "1500", from: "2024-01-01")])
        try await town.send([
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2024-01-01T00:00:00+01:00", "value": "0", "unit": "kWh", "status": "measured"}"#
        ])
        _ = try await town.bill("annual-12", Day(2025, 1, 1))
        _ = try await town.bill()
        let last = try #require(try await town.invoices().first)
        let previous = try await GetInvoice(pool: town.pool)(last.number).invoice.draft.previous
        #expect(previous?.period == DayRange.year(2024))
        #expect(previous?.consumption.micro == 1_000_000_000)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `uses money that lay on account`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await PostPayment(pool: town.pool)(
            IncomingPayment(account: "a-1", amount: Money(cents: 100_000), valueDate: Day(2025, 12, 1), reference: "Abschlag", key: "k-1"),
            author: "bank", today: F.today, now: F.now)
        let run = try await town.bill()
        #expect(try await town.receivables() == run.gross - Money(cents: 100_000))
        #expect(try await town.count("clearing") == 1)
    }
}

/// Cancels a task after so many pages.
private final class PageCounter: Sendable {
    private let state = Mutex<(pages: Int, limit: Int, task: Task<BillingRunRecord, any Error>?)>((0, .max, nil))
    func cancelAfter(_ limit: Int, _ task: Task<BillingRunRecord, any Error>) {
        state.withLock { state in
            state.limit = limit
            state.task = task
            // The pages may have been quicker.
            if state.pages >= limit { task.cancel() }
        }
    }
    func count() {
        state.withLock { state in
            state.pages += 1
            if state.pages >= state.limit { state.task?.cancel() }
        }
    }
}
