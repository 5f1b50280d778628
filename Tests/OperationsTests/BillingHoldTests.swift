import Billing
import BillingOperations
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `What must not go out` {
    private func worklist(_ town: BillingFixture, _ state: HeldInvoice.State = .held) async throws -> [HeldInvoice] {
        try await ListHeldInvoices(pool: town.pool)(.init(state: state)).items
    }
    /// A customer who used 1,000 kWh in 2024 and `advance` in 2025, with 2024 billed.
    private func town(_ advance: String, count: Int = 1) async throws -> BillingFixture {
        let town = try await F()
        try await town.add((1...count).map { .init(key: "\($0)", advance: advance, from: "2024-01-01") })
        try await town.send(
            (1...count).map {
                #"{"meter": "M-\#($0)", "obis": "1-0:1.8.0", "at": "2024-01-01T00:00:00+01:00", "value": "0", "unit": "kWh", "status": "measured"}"#
            })
        _ = try await town.bill("annual-12", Day(2025, 1, 1))
        return town
    }
    private func release(_ id: Int64, _ town: BillingFixture) async throws -> HeldInvoice {
        try await ReleaseHeldInvoice(pool: town.pool)(id, reason: "Wärmepumpe seit März", author: "second", today: F.today, now: F.now)
    }

    @Test func `more than twice the year before is held, shown with its amount, and goes out when a person says so`() async throws {
        let town = try await town("2100")
        let run = try await town.bill()
        #expect((run.billed, run.held) == (0, 1))
        let held = try #require(try await worklist(town).first)
        #expect(held.reasons.map(\.code) == ["unusual-consumption"])
        #expect(held.isReleasable)
        #expect(try await town.invoices().count == 1)
        let released = try await release(held.id, town)
        #expect(released.state == .issued)
        #expect(released.gross == held.gross)
        let number = try #require(released.invoice)
        #expect(try await GetInvoice(pool: town.pool)(number).record.gross == held.gross)
        #expect(try await worklist(town).isEmpty)
        #expect(try await GetBillingRun(pool: town.pool)(run.number).billed == 1)
        await #expect(throws: BillingRefusal.self) { try await release(held.id, town) }
        #expect(try await town.bill().billed == 1)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `up to twice goes out by itself`() async throws {
        let town = try await town("1990")
        #expect(try await town.bill().billed == 1)
    }

    @Test func `released as it was shown: with another reading it stays`() async throws {
        let town = try await town("2100")
        _ = try await town.bill()
        let held = try #require(try await worklist(town).first)
        try await town.send([
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "9000", "unit": "kWh", "status": "measured"}"#
        ])
        let again = try await release(held.id, town)
        #expect(again.state == .held)
        #expect(again.gross != held.gross)
        #expect(try await town.invoices().count == 1)
    }

    @Test func `what cannot be computed is on the worklist, not releasable, and billed once it is mended`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", isRead: false)])
        _ = try await town.bill()
        let held = try #require(try await worklist(town).first)
        #expect(!held.isReleasable)
        await #expect(throws: BillingRefusal.self) { try await release(held.id, town) }
        let still = try await ReleaseHeldInvoice(pool: town.pool).recheck(held.id, author: F.author, today: F.today, now: F.now)
        #expect(still.state == .held)
        try await town.send([
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2025-01-01T00:00:00+01:00", "value": "10", "unit": "kWh", "status": "measured"}"#,
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "1010", "unit": "kWh", "status": "measured"}"#,
        ])
        let mended = try await ReleaseHeldInvoice(pool: town.pool).recheck(held.id, author: F.author, today: F.today, now: F.now)
        #expect(mended.state == .issued)
        #expect(try await town.invoices().count == 1)
    }

    @Test func `days that another run has billed by now are off the worklist when they are checked again`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", isRead: false)])
        _ = try await town.bill()
        let held = try #require(try await worklist(town).first)
        try await town.send([
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2025-01-01T00:00:00+01:00", "value": "10", "unit": "kWh", "status": "measured"}"#,
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "1010", "unit": "kWh", "status": "measured"}"#,
        ])
        _ = try await RunBilling(pool: town.pool)(
            cycle: "annual-12", periodEnd: Day(2026, 1, 1), part: .listed(["a-1"]), author: F.author, today: F.today, now: F.now)
        #expect(try await town.invoices().count == 1)
        let checked = try await ReleaseHeldInvoice(pool: town.pool).recheck(held.id, author: F.author, today: F.today, now: F.now)
        #expect(checked.state == .withdrawn)
        #expect(try await worklist(town).isEmpty)
    }

    @Test func `a contract on hold is held with the reason, and billed after it is lifted`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        let holds = HoldBilling(pool: town.pool)
        let hold = try await holds.hold(.contract("c-1"), reason: "Zähler wird geprüft", author: "clerk", now: F.now)
        #expect(hold.contract?.hasPrefix("VT-") == true)
        await #expect(throws: BillingRefusal.alreadyOnHold("c-1")) {
            try await holds.hold(.contract("c-1"), reason: "noch einmal", author: "clerk", now: F.now)
        }
        let run = try await town.bill()
        #expect((run.billed, run.held) == (1, 1))
        let held = try #require(try await worklist(town).first)
        #expect(held.reasons.map(\.code) == ["on-hold"])
        #expect(held.reasons.map(\.text) == ["Abrechnung gesperrt: Zähler wird geprüft"])
        _ = try await holds.lift(.contract("c-1"), reason: "geprüft", author: "clerk", now: F.now)
        #expect(try await town.bill().billed == 2)
        #expect(try await worklist(town).isEmpty)
        #expect(try await holds.list().isEmpty)
        #expect(try await holds.list(all: true).count == 1)
    }

    @Test(arguments: 1...6) func `whoever is on hold gets nothing, whenever the hold came`(seed: UInt64) async throws {
        var random = SeededDraw(seed)
        let town = try await F()
        try await town.add((1...12).map { .init(key: "\($0)", advance: "\(1000 + $0)") })
        let chosen = (1...12).filter { _ in Bool.random(using: &random) }
        let holds = HoldBilling(pool: town.pool)
        // Some before the run, some while it works.
        let early = chosen.filter { _ in Bool.random(using: &random) }
        for key in early { _ = try await holds.hold(.account("a-\(key)"), reason: "x", author: "clerk", now: F.now) }
        async let run = town.bill(pageSize: 2, workers: 2)
        var late: [(key: Int, billed: Int64)] = []
        for key in chosen where !early.contains(key) {
            _ = try await holds.hold(.account("a-\(key)"), reason: "x", author: "clerk", now: F.now)
            // The moment the hold stands, what is issued is all that ever will be.
            let billed = try await town.pool.with {
                try $0.one(
                    "SELECT count(*) FROM invoice i JOIN account a ON a.id = i.account_id WHERE a.key = \("a-\(key)")", as: Int64.self)
            }
            late.append((key, billed))
        }
        _ = try await run
        _ = try await town.bill()
        for key in early {
            #expect(try await town.invoices(.init(accounts: ["a-\(key)"])).isEmpty)
        }
        for (key, billed) in late {
            #expect(try await town.invoices(.init(accounts: ["a-\(key)"])).count == Int(billed))
        }
        #expect(try await town.invoices().count == 12 - early.count - late.filter { $0.billed == 0 }.count)
        // The database says no by itself.
        if let key = early.first {
            await #expect(throws: DatabaseError.self) {
                try await town.pool.with {
                    try $0.execute(
                        """
                        INSERT INTO invoice_coverage (invoice_id, contract_id, contract_number, period)
                        SELECT (SELECT min(id) FROM invoice), id, number, '[2020-01-01,2020-02-01)' FROM contract WHERE key = \("c-\(key)")
                        """)
                }
            }
        }
    }

    @Test func `terms of a billed stretch are not overwritten by master data`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await town.bill()
        await #expect(throws: (any Error).self) {
            try await town.load(
                #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/dynamic", "from": "2025-01-01"}]}"#
            )
        }
        // From a later day on they may change.
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2026-01-01", "attributes": {"note": "neu"}}]}"#
        )
        #expect(try await town.count("contract") == 2)
    }
}

/// A row of numbers that is the same each time.
struct SeededDraw: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

@Suite(.database) struct `A held bill of a contract that pays in advance` {
    @Test func `is the same bill when it is released a month later`() async throws {
        let town = try await BillingFixture()
        // Over very much: it is held.
        try await town.add([.init(key: "1", advance: "900000")])
        _ = try await PlanInstalments(pool: town.pool)(
            contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2025, 2, 1)),
            author: BillingFixture.author, now: BillingFixture.now)
        #expect(try await town.bill().held == 1)
        let held = try #require(try await ListHeldInvoices(pool: town.pool)().items.first)
        #expect(held.isReleasable)
        let released = try await ReleaseHeldInvoice(pool: town.pool)(
            held.id, reason: "Großverbraucher", author: "chief", today: Day(2026, 2, 12),
            now: BillingFixture.now.adding(seconds: 31 * 86_400))
        #expect(released.state == .issued, "\(released.reasons)")
        let next = try await GetInvoice(pool: town.pool)(try #require(released.invoice)).invoice.draft.plans.first
        #expect(next?.instalments.first?.due == Day(2026, 3, 1), "not before the bill itself is due")
    }
}
