import Billing
import BillingOperations
import Postgres
import Synchronization
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// Runs under control: a person lets them wait, go on, end; how fast they go; parts of a cycle.
@Suite(.database) struct `A billing run under control` {
    private func started(_ town: BillingFixture) async throws -> String {
        try await RunBilling(pool: town.pool).start(
            cycle: "annual-12", periodEnd: Day(2026, 1, 1), author: F.author, today: F.today, now: F.now
        ).number
    }
    private func work(_ number: String, _ town: BillingFixture, pageSize: Int = 500) async throws -> BillingRunRecord {
        try await RunBilling(pool: town.pool, pageSize: pageSize).work(number, today: F.today, now: F.now)
    }
    private func part(_ part: BillingPart, _ town: BillingFixture, simulate: Bool = false) async throws -> BillingRunRecord {
        try await RunBilling(pool: town.pool)(
            cycle: "annual-12", periodEnd: Day(2026, 1, 1), part: part, simulate: simulate, author: F.author, today: F.today, now: F.now)
    }
    private func code(_ body: () async throws -> Void) async throws -> String? {
        do {
            try await body()
            return nil
        } catch let refusal as BillingRefusal { return refusal.code }
    }

    @Test func `waits when somebody says so, and is finished when it is continued`() async throws {
        let town = try await F()
        try await town.add((1...4).map { .init(key: "\($0)") })
        let number = try await started(town)
        let paused = try await PauseBillingRun(pool: town.pool)(number, author: "erika", now: F.now.adding(seconds: 5))
        #expect((paused.state, paused.changedBy, paused.changedAt) == (.paused, "erika", F.now.adding(seconds: 5)))
        // Said twice is said once.
        #expect(try await PauseBillingRun(pool: town.pool)(number, author: "ada", now: F.now).changedBy == "erika")
        let waiting = try await work(number, town)
        #expect((waiting.state, waiting.billed, waiting.open) == (.paused, 0, 4))
        #expect(try await town.count("invoice") == 0)
        // A start by the clock does not overrule a person; a simulation writes nothing and may go on.
        #expect(try await code { _ = try await town.bill() } == "run-paused")
        #expect(try await town.bill(simulate: true).billed == 4)
        let going = try await ContinueBillingRun(pool: town.pool)(number, author: "ada", now: F.now.adding(seconds: 9))
        #expect((going.state, going.changedBy) == (.running, "ada"))
        let end = try await work(number, town)
        #expect((end.state, end.billed) == (.finished, 4))
        #expect(try await town.bill().number == number)
    }

    @Test func `lets workers finish the page they are at, and no other begins`() async throws {
        let town = try await F()
        try await town.add((1...60).map { .init(key: "\($0)") })
        let number = try await started(town)
        let working = Task { try await work(number, town, pageSize: 1) }
        while try await GetBillingRun(pool: town.pool)(number).billed < 2 { try await Task.sleep(for: .milliseconds(2)) }
        _ = try await PauseBillingRun(pool: town.pool)(number, author: "erika", now: F.now)
        let paused = try await working.value
        #expect(paused.state == .paused)
        #expect(paused.billed >= 2 && paused.billed < 60 && paused.open == 60 - paused.billed)
        #expect(try await town.count("invoice") == paused.billed)
        _ = try await ContinueBillingRun(pool: town.pool)(number, author: "erika", now: F.now)
        let end = try await work(number, town)
        #expect((end.state, end.billed) == (.finished, 60))
        let serials = try await town.invoices().compactMap { try? PrintedNumber($0.number).serial }.sorted()
        #expect(serials == Array(400_001...400_060))
    }

    @Test func `is ended before its end, and the next start bills the rest`() async throws {
        let town = try await F()
        try await town.add((1...3).map { .init(key: "\($0)") })
        let number = try await started(town)
        _ = try await PauseBillingRun(pool: town.pool)(number, author: "erika", now: F.now)
        let stopped = try await StopBillingRun(pool: town.pool)(number, author: "erika", now: F.now.adding(seconds: 3))
        #expect((stopped.state, stopped.finishedAt, stopped.isOver) == (.stopped, F.now.adding(seconds: 3), true))
        #expect(try await work(number, town).billed == 0)
        let pool = town.pool
        #expect(try await code { _ = try await PauseBillingRun(pool: pool)(number, author: "x", now: F.now) } == "run-ended")
        #expect(try await code { _ = try await ContinueBillingRun(pool: pool)(number, author: "x", now: F.now) } == "run-ended")
        #expect(try await code { _ = try await StopBillingRun(pool: pool)("L-99", author: "x", now: F.now) } == "unknown-run")
        let end = try await town.bill()
        #expect((end.number, end.state, end.billed) == (number, .finished, 3))
        #expect(try await code { _ = try await StopBillingRun(pool: pool)(number, author: "x", now: F.now) } == "run-ended")
    }

    @Test func `says how fast it goes and how long it takes still`() async throws {
        let town = try await F()
        try await town.add((1...6).map { .init(key: "\($0)") })
        let ticks = Mutex<Int64>(0)
        let seen = Mutex<[BillingRunRecord]>([])
        _ = try await RunBilling(pool: town.pool, pageSize: 2, workers: 1)(
            cycle: "annual-12", periodEnd: Day(2026, 1, 1), author: F.author, today: F.today,
            clock: {
                F.now.adding(
                    seconds: ticks.withLock {
                        $0 += 1
                        return $0
                    })
            }, now: F.now
        ) { record in seen.withLock { $0.append(record) } }
        let records = seen.withLock { $0 }
        // Two contracts from the first to the second second; then four from the first to the fourth.
        #expect(records.map { $0.pace?.perSecond } == ["2.0", "1.3", nil, nil])
        #expect(records.map { $0.pace?.remainingSeconds } == [2, 2, nil, nil])
        let later = try await GetBillingRun(pool: town.pool)(try #require(records.first).number, now: F.now.adding(seconds: 1_000))
        #expect(later.pace == nil)
    }

    @Test func `over a region bills that region, once, and the whole bills the rest`() async throws {
        let town = try await F()
        try await town.add(
            (1...6).map {
                .init(key: "\($0)", attributes: #"{"usage": "household", "region": "\#($0 <= 2 ? "neumuenster" : "bordesholm")"}"#)
            })
        let north = try await part(.region("neumuenster"), town)
        #expect((north.contracts, north.billed, north.region) == (2, 2, "neumuenster"))
        #expect(try await part(.region("neumuenster"), town).number == north.number)
        let whole = try await town.bill()
        #expect(whole.number != north.number)
        #expect((whole.contracts, whole.billed, whole.held, whole.region) == (4, 4, 0, nil))
        #expect(try await town.bill().number == whole.number)
        let south = try await part(.region("bordesholm"), town)
        #expect((south.contracts, south.state) == (0, .finished))
        #expect(try await town.invoices().count == 6)
        #expect(try await code { _ = try await part(.region("kiel"), town) } == "unknown-region")
    }

    @Test func `over a list takes contracts and accounts by number or key, in any order`() async throws {
        let town = try await F()
        try await town.add((1...5).map { .init(key: "\($0)") })
        let numbers = try await town.pool.with {
            try $0.query("SELECT c.number, a.number FROM contract c JOIN account a ON a.id = c.account_id ORDER BY c.id").map {
                (contract: try $0.get(0) as String, account: try $0.get(1) as String)
            }
        }
        let trial = try await part(.listed(["c-1", "a-2"]), town, simulate: true)
        #expect((trial.billed, trial.listed) == (2, 2))
        let run = try await part(.listed(["c-1", numbers[1].account, numbers[1].account]), town)
        #expect((run.contracts, run.billed, run.listed) == (2, 2, 2))
        #expect(try await part(.listed(["a-2", numbers[0].contract]), town).number == run.number)
        let other = try await part(.listed(["c-1", "c-3"]), town)
        #expect(other.number != run.number)
        // The first was billed by another run: it is nobody's work here.
        #expect((other.contracts, other.billed, other.held) == (1, 1, 0))
        #expect(Set(try await town.invoices().map(\.contract)) == Set(numbers.prefix(3).map(\.contract)))
        #expect(try await code { _ = try await part(.listed(["c-1", "c-99"]), town) } == "unknown-contracts")
        #expect(try await code { _ = try await part(.listed([]), town) } == "no-contracts")
    }

    @Test func `leaves to a part what the part has billed while the whole waited`() async throws {
        let town = try await F()
        try await town.add((1...4).map { .init(key: "\($0)") })
        let number = try await started(town)
        _ = try await PauseBillingRun(pool: town.pool)(number, author: "erika", now: F.now)
        #expect(try await part(.listed(["c-2"]), town).billed == 1)
        let going = try await ContinueBillingRun(pool: town.pool)(number, author: "erika", now: F.now)
        #expect(going.contracts == 3)
        let end = try await work(number, town)
        #expect((end.billed, end.held, end.state) == (3, 0, .finished))
        #expect(try await town.invoices().count == 4)
    }

    @Test func `at once over the whole and two parts bills each day once`() async throws {
        let town = try await F()
        try await town.add(
            (1...24).map {
                .init(key: "\($0)", attributes: #"{"usage": "household", "region": "\#($0 % 2 == 0 ? "neumuenster" : "bordesholm")"}"#)
            })
        async let whole = town.bill(pageSize: 3)
        async let north = part(.region("neumuenster"), town)
        async let list = part(.listed((1...12).map { "c-\($0)" }), town)
        let runs = try await [whole, north, list]
        #expect(runs.allSatisfy { $0.state == .finished && $0.open == 0 })
        #expect(runs.map(\.billed).reduce(0, +) == 24)
        let invoices = try await town.invoices()
        #expect(invoices.count == 24 && Set(invoices.map(\.contract)).count == 24)
        #expect(try await town.receivables() == invoices.map(\.gross).total())
    }
}
