import Ledger
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias Fixture = LedgerFixture

/// What the ledger should say, told in the simplest way: entries and nothing else.
private struct Twin {
    var balance: [Int: Int64] = [:]
    var bank: Int64 = 0
    var revenue: Int64 = 0
    var entries = 0
    /// Bills and payments that may be taken back: account, cents owed.
    var reversible: [(id: Identifier<JournalEntry>, account: Int, owed: Int64)] = []
}

@Suite(.database) struct `A ledger's life` {
    private let pool = TestDatabase.current.pool

    /// R23: bills, payments, repetitions, settlements, reversals and closings at random; the invariants hold after each step.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `keeps every invariant at every step`(seed: UInt64) async throws {
        var random = Generator(seed)
        let accounts = try await Fixture.accounts(3, pool: pool)
        var twin = Twin()
        var today = Day(2026, 1, 1)
        var now = Fixture.now
        var payments: [IncomingPayment] = []
        for step in 0..<60 {
            now = now.adding(seconds: 3_600)
            if random.below(4) == 0 { today = today.adding(days: Int(random.below(9))) }
            let place = Int(random.below(3))
            switch random.below(10) {
            case 0...2:
                let cents = Int64(random.below(20) + 1) * 50
                let entry = try Fixture.invoice(
                    accounts[place], cents, key: "bill-\(step)", day: today, due: today.adding(days: Int(random.below(30))))
                let posted = try await Fixture.post(entry, pool: pool, now: now)[0]
                twin.balance[place, default: 0] += cents
                twin.revenue += cents
                twin.entries += 1
                twin.reversible.append((posted.id, place, cents))
            case 3...5:
                let reference = random.below(2) == 0 ? "" : "R-bill-\(random.below(UInt64(step) + 1))"
                let payment = Fixture.payment(
                    Int64(random.below(20) + 1) * 50, key: "pay-\(step)", account: "a\(place + 1)", day: today, reference: reference)
                let receipt = try await PostPayment(pool: pool)(payment, author: "t", today: today, now: now)
                #expect(receipt.shares.map(\.amount).total() + receipt.onAccount == payment.amount)
                payments.append(payment)
                twin.balance[place, default: 0] -= payment.amount.cents
                twin.bank += payment.amount.cents
                twin.entries += 1
                twin.reversible.append((receipt.entry, place, -payment.amount.cents))
            case 6:
                guard let payment = payments.randomElement(using: &random) else { continue }
                #expect(try await PostPayment(pool: pool)(payment, author: "t", today: today, now: now).existed)
            case 7:
                let day = today
                let moment = now
                try await pool.transaction { connection in
                    try SettleAccounts.settle(accounts: accounts, in: connection, author: "t", today: day, now: moment)
                }
            case 8:
                guard !twin.reversible.isEmpty else { continue }
                let chosen = twin.reversible.remove(at: Int(random.below(UInt64(twin.reversible.count))))
                _ = try await ReverseEntry(pool: pool)(chosen.id, reason: "t", author: "t", today: today, now: now)
                await #expect(throws: LedgerRefusal.alreadyReversed(chosen.id)) {
                    try await ReverseEntry(pool: pool)(chosen.id, reason: "t", author: "t", today: today, now: now)
                }
                twin.balance[chosen.account, default: 0] -= chosen.owed
                if chosen.owed > 0 { twin.revenue -= chosen.owed } else { twin.bank += chosen.owed }
                twin.entries += 1
            default:
                _ = try? await ClosePeriod(pool: pool)(until: today.startOfMonth, author: "t", today: today, now: now)
            }
            let summary = try await LedgerSummary.read(pool: pool)
            #expect(summary.reconciles, "step \(step)")
            #expect(summary.entries == Int64(twin.entries), "step \(step)")
            #expect(summary.receivables.cents == twin.balance.values.reduce(0, +), "step \(step)")
            #expect(summary.revenue.values.map(\.cents).reduce(0, +) == twin.revenue, "step \(step)")
        }
        for (place, balance) in twin.balance {
            #expect(try await GetBalance(pool: pool)("a\(place + 1)", today: today).balance.cents == balance)
            #expect(try await GetStatement(pool: pool)("a\(place + 1)").statement.closing.cents == balance)
        }
        let trial = try await GetTrialBalance(pool: pool)(from: today.startOfMonth)
        #expect(trial.balances)
        #expect(trial.rows.first { $0.ledger == ChartOfAccounts.bank }.map(\.closing.cents) ?? 0 == twin.bank)
        try await SealLedger(pool: pool)(now: now)
        let check = try await VerifyLedger(pool: pool)()
        #expect(check.isIntact && check.entries == twin.entries, "\(check.problems)")
    }
}

private struct Generator: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
    mutating func below(_ bound: UInt64) -> UInt64 { (next() >> 11) % bound }
}
