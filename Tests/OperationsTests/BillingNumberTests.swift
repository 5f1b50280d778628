import BillingOperations
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// Pages of a run write at the same time, under numbers that they draw at their end.
@Suite(.database) struct `Numbers of a run` {
    private func numbers(_ town: BillingFixture) async throws -> [Int64] {
        try await town.pool.with { try $0.query("SELECT id FROM invoice ORDER BY id").map { try $0.get(0) as Int64 } }
    }
    private func agrees(_ town: BillingFixture) async throws {
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await VerifyLedger(pool: town.pool)().problems.isEmpty)
        #expect(try await town.invoices().map(\.gross).total() == town.receivables())
    }
    /// Another process draws a number and keeps the row for a while.
    private static func draw(_ connection: Connection, for seconds: String) throws -> Int64 {
        let number = try connection.one(
            "UPDATE number_circle SET next = next + 1 WHERE circle = 'invoice' RETURNING next - 1", as: Int64.self)
        _ = try connection.query("SELECT pg_sleep(\(raw: seconds))")
        return number
    }

    @Test(arguments: [1, 2, 5]) func `have no gaps, however many pages are written at once`(workers: Int) async throws {
        let town = try await F()
        try await town.add((1...30).map { .init(key: "\($0)") })
        let run = try await town.bill(pageSize: 2, workers: workers)
        #expect((run.billed, run.held, run.open) == (30, 0, 0))
        #expect(try await numbers(town) == Array(400_001...400_030))
        try await agrees(town)
    }

    @Test func `have no gaps where other runs draw from the same circle at the same time`() async throws {
        let town = try await F()
        try await town.add((1...45).map { .init(key: "\($0)") })
        try await withThrowingTaskGroup(of: BillingRunRecord.self) { group in
            for third in 0..<3 {
                let billing = RunBilling(pool: town.pool, pageSize: 2, workers: 2)
                let keys = (1...45).filter { $0 % 3 == third }.map { "c-\($0)" }
                group.addTask {
                    try await billing(
                        cycle: "annual-12", periodEnd: Day(2026, 1, 1), part: .listed(keys), author: F.author, today: F.today, now: F.now)
                }
            }
            for try await run in group { #expect((run.billed, run.held, run.open) == (15, 0, 0)) }
        }
        #expect(try await numbers(town) == Array(400_001...400_045))
        try await agrees(town)
    }

    @Test(arguments: [1, 3]) func `come out right where somebody draws one after the other all the while`(pageSize: Int) async throws {
        let town = try await F()
        try await town.add((1...60).map { .init(key: "\($0)") })
        let others = Task { [pool = town.pool] in
            var drawn: [Int64] = []
            for _ in 0..<40 {
                drawn.append(try await pool.transaction { try `Numbers of a run`.draw($0, for: "0.004") })
                try await Task.sleep(for: .milliseconds(3))
            }
            return drawn
        }
        let run = try await town.bill(pageSize: pageSize, workers: 4)
        let drawn = try await others.value
        #expect((run.billed, run.held, run.open) == (60, 0, 0))
        #expect(try await (numbers(town) + drawn).sorted() == Array(400_001...400_100))
    }

    @Test func `wait for one who has drawn and is not done, and do not repeat his`() async throws {
        let town = try await F()
        try await town.add((1...6).map { .init(key: "\($0)") })
        let other = Task { [pool = town.pool] in try await pool.transaction { try `Numbers of a run`.draw($0, for: "0.5") } }
        try await Task.sleep(for: .milliseconds(100))
        let run = try await town.bill(pageSize: 2, workers: 2)
        #expect(try await other.value == 400_001)
        #expect(run.billed == 6)
        #expect(try await numbers(town) == Array(400_002...400_007))
    }

    @Test func `that another document has taken by hand are left to it`() async throws {
        let town = try await F()
        try await town.add((1...4).map { .init(key: "\($0)") })
        // The first two stand already, under numbers that the circle does not know of: such a run ends in an error and loses nothing.
        _ = try await town.bill(pageSize: 2, workers: 2)
        try await town.pool.with { try $0.script("UPDATE number_circle SET next = 400001 WHERE circle = 'invoice'") }
        try await town.add([.init(key: "5")])
        await #expect(throws: (any Error).self) { try await town.bill() }
        try await town.pool.with { try $0.script("UPDATE number_circle SET next = 400005 WHERE circle = 'invoice'") }
        #expect(try await town.bill().billed == 5)
        #expect(try await numbers(town) == Array(400_001...400_005))
        try await agrees(town)
    }
}

/// What keys referred to is looked up by guards over whole statements; they say the same.
@Suite(.database) struct `What a bill refers to` {
    private func refused(_ constraint: String?, _ statement: String, _ town: BillingFixture) async {
        do {
            try await town.pool.with { try $0.script(statement) }
            Issue.record("not refused: \(statement)")
        } catch let error as DatabaseError {
            #expect(error.isForeignKeyViolation, "\(error)")
            if let constraint { #expect(error.constraint == constraint) }
        } catch { Issue.record(error) }
    }

    @Test func `exists`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await town.bill()
        func copy(_ changes: String) -> String {
            """
            CREATE TEMPORARY TABLE copied AS SELECT * FROM invoice; UPDATE copied SET id = 9, number = 'R-99', \(changes);
            INSERT INTO invoice SELECT * FROM copied
            """
        }
        await refused("invoice_contract_id_fkey", copy("contract_id = 77"), town)
        await refused("invoice_account_id_fkey", copy("account_id = 77"), town)
        await refused("invoice_run_id_fkey", copy("run_id = 77"), town)
        await refused("invoice_journal_entry_id_fkey", copy("journal_entry_id = 77"), town)
        await refused(
            "invoice_line_invoice_id_fkey",
            "CREATE TEMPORARY TABLE lines AS SELECT * FROM invoice_line; UPDATE lines SET invoice_id = 77; INSERT INTO invoice_line SELECT * FROM lines",
            town)
        let coverage = "CREATE TEMPORARY TABLE days AS SELECT * FROM invoice_coverage; UPDATE days SET contract_number = 'VT-99',"
        await refused(
            "invoice_coverage_invoice_id_fkey", "\(coverage) invoice_id = 77; INSERT INTO invoice_coverage SELECT * FROM days", town)
        await refused(
            "invoice_coverage_contract_id_fkey", "\(coverage) contract_id = 77; INSERT INTO invoice_coverage SELECT * FROM days", town)
        let job = "INSERT INTO billing_job (run_id, contract_id, group_id, period, state) SELECT"
        await refused("billing_job_run_id_fkey", "\(job) 77, contract_id, group_id, period, 'open' FROM billing_job", town)
        await refused("billing_job_contract_id_fkey", "\(job) run_id, 77, group_id, period, 'open' FROM billing_job", town)
    }

    @Test func `stays`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await town.bill()
        for statement in ["DELETE FROM contract", "DELETE FROM billing_run", "TRUNCATE contract CASCADE", "TRUNCATE account CASCADE"] {
            await #expect(throws: DatabaseError.self) { try await town.pool.with { try $0.script(statement) } }
        }
        await refused(nil, "ALTER TABLE contract DROP CONSTRAINT contract_account_id_fkey; DELETE FROM account", town)
        await #expect(throws: DatabaseError.self) {
            try await town.pool.with { try $0.script("UPDATE contract SET id = DEFAULT") }
        }
        await #expect(throws: DatabaseError.self) { try await town.pool.with { try $0.script("UPDATE billing_job SET contract_id = 5") } }
        #expect(try await town.count("contract") == 1)
    }

    @Test func `may go where no bill refers to it`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2", cycle: "annual-06")])
        _ = try await town.bill()
        try await town.pool.with { try $0.script("DELETE FROM contract WHERE cycle = 'annual-06'") }
        #expect(try await town.count("contract") == 1)
    }
}
