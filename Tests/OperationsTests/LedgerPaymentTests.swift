import Ledger
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias Fixture = LedgerFixture

@Suite(.database) struct `Paying` {
    private let pool = TestDatabase.current.pool

    private func pay(_ payment: IncomingPayment, today: Day = Fixture.today, now: Instant = Fixture.now) async throws -> PaymentReceipt {
        try await PostPayment(pool: pool)(payment, author: "test", today: today, now: now)
    }

    @Test func `a payment clears what it names, and says by which rule`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        try await Fixture.post(
            try Fixture.invoice(account, 500, key: "old", day: Day(2025, 1, 1)), try Fixture.invoice(account, 800, key: "new"), pool: pool)
        let receipt = try await pay(Fixture.payment(1_000, key: "p", reference: "Rechnung R-new"))
        #expect(receipt.shares.map(\.document) == ["R-new", "R-old"])
        #expect(receipt.shares.map(\.amount.cents) == [800, 200])
        #expect(receipt.shares.map(\.rule) == [.namedDocument, .oldestDue])
        #expect(receipt.onAccount == .zero)
        let open = try await ListOpenItems(pool: pool)(account: "a1")
        #expect(open.map(\.remaining.cents) == [300])
        #expect(open.map(\.state) == [.partlyCleared])
    }

    @Test func `the same payment again gives the same receipt and books nothing`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        try await Fixture.post(try Fixture.invoice(account, 500, key: "i"), pool: pool)
        let first = try await pay(Fixture.payment(700, key: "p"))
        let again = try await pay(Fixture.payment(700, key: "p"), now: Fixture.now.adding(seconds: 60))
        #expect(!first.existed && again.existed)
        #expect(
            again.number == first.number && again.shares == first.shares && again.onAccount == first.onAccount
                && again.onAccount == Money(cents: 200))
        #expect(try await LedgerSummary.read(pool: pool).payments == 1)
        await #expect(throws: LedgerRefusal.idempotencyConflict(key: "p")) { try await pay(Fixture.payment(701, key: "p")) }
    }

    @Test func `an unknown account and no money are refused`() async throws {
        _ = try await Fixture.accounts(pool: pool)
        await #expect(throws: LedgerRefusal.unknownAccount("nobody")) { try await pay(Fixture.payment(1, key: "p", account: "nobody")) }
        await #expect(throws: LedgerRefusal.notPositive(.zero)) { try await pay(Fixture.payment(0, key: "p")) }
        await #expect(throws: LedgerRefusal.notPositive(Money(cents: -5))) { try await pay(Fixture.payment(-5, key: "p")) }
    }

    @Test func `instalments paid before the bill pay the bill`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        for month in 1...3 { _ = try await pay(Fixture.payment(300, key: "p\(month)", day: Day(2025, month, 15))) }
        #expect(try await GetBalance(pool: pool)("a1", today: Fixture.today).onAccount == Money(cents: 900))
        let cleared = try await pool.transaction { connection in
            try LedgerPosting.post(try Fixture.invoice(account, 1_000, key: "i"), in: connection, now: Fixture.now)
            return try SettleAccounts.settle(accounts: [account], in: connection, author: "run", today: Fixture.today, now: Fixture.now)
        }
        #expect(cleared == 3)
        let balance = try await GetBalance(pool: pool)("a1", today: Fixture.today)
        #expect(balance.balance == Money(cents: 100) && balance.onAccount == .zero && balance.due == .zero)
        let again = try await pool.transaction { connection in
            try SettleAccounts.settle(accounts: [account], in: connection, author: "run", today: Fixture.today, now: Fixture.now)
        }
        #expect(again == 0)
    }

    @Test func `forty payments at once on one account keep every invariant`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        for index in 0..<10 { try await Fixture.post(try Fixture.invoice(account, 100 + Int64(index), key: "i\(index)"), pool: pool) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                // Every key comes twice: half of the requests are repetitions under way at the same time.
                group.addTask { _ = try await pay(Fixture.payment(Int64(30 + index / 2), key: "p\(index / 2)")) }
            }
            try await group.waitForAll()
        }
        let paid = (0..<20).reduce(Int64(0)) { $0 + 30 + Int64($1) }
        let billed = (0..<10).reduce(Int64(0)) { $0 + 100 + Int64($1) }
        let summary = try await LedgerSummary.read(pool: pool)
        #expect(summary.payments == 20 && summary.paid == Money(cents: paid) && summary.reconciles)
        #expect(summary.receivables == Money(cents: billed - paid))
        #expect(summary.onAccount == .zero)
        try await SealLedger(pool: pool)(now: Fixture.now)
        #expect(try await VerifyLedger(pool: pool)().isIntact)
    }

    @Test func `the database refuses to clear beyond what is open`() async throws {
        let account = try await Fixture.accounts(2, pool: pool)[0]
        try await Fixture.post(try Fixture.invoice(account, 500, key: "i"), pool: pool)
        _ = try await pay(Fixture.payment(600, key: "p"))
        let attempts = [
            ("VALUES (1000, 1, 1, 10, 'x'), (1000, 2, 2, -10, 'x')", 1, "ZW007"),
            ("VALUES (1000, 1, 1, -510, 'x'), (1000, 2, 2, 510, 'x')", 1, "ZW007"),
            ("VALUES (1000, 1, 1, -10, 'x'), (1000, 2, 2, 9, 'x')", 1, "ZW004"),
            ("VALUES (1000, 1, 1, -10, 'x'), (1000, 2, 2, 10, 'x')", 2, "ZW007"),
        ]
        for (lines, owner, state) in attempts {
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.with { connection in
                    try connection.script(
                        """
                        INSERT INTO clearing (id, account_id, booking_date, recorded_at, author) VALUES (1000, \(owner), '2026-01-01', now(), 'x');
                        INSERT INTO clearing_line (clearing_id, entry_id, posting_line, amount_cents, rule) \(lines)
                        """)
                }
            }
            #expect(error?.sqlState == state, "\(lines)")
        }
    }
}

@Suite(.database) struct `Taking an entry back` {
    private let pool = TestDatabase.current.pool

    private func reverse(_ id: Identifier<JournalEntry>, today: Day = Fixture.today) async throws -> Identifier<JournalEntry> {
        try await ReverseEntry(pool: pool)(
            id, reason: "falscher Zähler", author: "erika", today: today, now: Fixture.now.adding(seconds: 10))
    }

    @Test func `a paid bill that is reversed leaves the money on account`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        let bill = try await Fixture.post(try Fixture.invoice(account, 500, key: "i"), pool: pool)[0].id
        _ = try await PostPayment(pool: pool)(Fixture.payment(500, key: "p"), author: "test", today: Fixture.today, now: Fixture.now)
        let reversal = try await reverse(bill)
        let stored = try await ListJournal(pool: pool).entry(reversal)
        #expect(stored.entry.reverses == bill && stored.entry.reason == "falscher Zähler")
        let balance = try await GetBalance(pool: pool)("a1", today: Fixture.today)
        #expect(balance.balance == Money(cents: -500) && balance.onAccount == Money(cents: 500))
        #expect(try await LedgerSummary.read(pool: pool).reconciles)
        // The money that became free looks for what it pays.
        try await Fixture.post(try Fixture.invoice(account, 300, key: "other"), pool: pool)
        let second = try await Fixture.post(try Fixture.invoice(account, 50, key: "third"), pool: pool)[0].id
        _ = try await reverse(second)
        #expect(try await ListOpenItems(pool: pool)(account: "a1").map(\.remaining.cents) == [-200])
        #expect(try await VerifyLedger(pool: pool)().isIntact)
    }

    @Test func `an entry is reversed once, a reversal never, an unknown one not at all`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        let bill = try await Fixture.post(try Fixture.invoice(account, 500, key: "i"), pool: pool)[0].id
        let reversal = try await reverse(bill)
        await #expect(throws: LedgerRefusal.alreadyReversed(bill)) { try await reverse(bill) }
        await #expect(throws: LedgerRefusal.isReversal(reversal)) { try await reverse(reversal) }
        await #expect(throws: LedgerRefusal.unknownEntry(Identifier(99))) { try await reverse(Identifier(99)) }
    }

    @Test func `two who reverse one entry at once do it once`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        let bill = try await Fixture.post(try Fixture.invoice(account, 500, key: "i"), pool: pool)[0].id
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<6 { group.addTask { (try? await reverse(bill)) != nil } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 }.count == 1)
        #expect(try await LedgerSummary.read(pool: pool).entries == 2)
    }
}
