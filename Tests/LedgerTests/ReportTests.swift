import Ledger
import Testing
import Values

@Suite struct `Reports` {
    @Test(arguments: [
        (-1, Aging.Bucket.notDue), (0, .notDue), (1, .upTo30), (30, .upTo30), (31, .upTo60), (60, .upTo60), (61, .upTo90), (90, .upTo90),
        (91, .beyond90),
        (4_000, .beyond90),
    ])
    func `an item is as old as the days after its due day`(days: Int, bucket: Aging.Bucket) {
        let due = Day(2026, 1, 31)
        #expect(Aging.Bucket(due: due, asOf: due.adding(days: days)) == bucket)
    }

    @Test func `aging keeps debts and credits apart and adds up to the balance`() {
        let aging = Aging(
            [
                item(1, 100, due: Day(2026, 1, 1)), item(2, 50, due: Day(2026, 4, 1)), item(3, -30, due: Day(2025, 1, 1)),
                item(4, 80, due: Day(2026, 1, 1), cleared: 20),
            ],
            asOf: Day(2026, 2, 15))
        #expect(aging.debts[.upTo60] == Money(cents: 160))
        #expect(aging.debts[.notDue] == Money(cents: 50))
        #expect(aging.debts[.beyond90] == .zero)
        #expect(aging.credits == Money(cents: -30))
        #expect(aging.total == Money(cents: 180))
    }

    @Test func `a statement runs in the order of booking`() {
        func line(_ entry: Int64, _ day: Day, _ cents: Int64) -> AccountStatement.Line {
            AccountStatement.Line(
                item: OpenItem.Key(entry: Identifier(entry), line: 1), bookingDate: day, valueDate: day, kind: .manual, document: nil,
                text: "", due: day,
                amount: Money(cents: cents))
        }
        let statement = AccountStatement(
            opening: Money(cents: 10), lines: [line(3, Day(2026, 2, 1), -40), line(2, Day(2026, 1, 1), 25), line(1, Day(2026, 2, 1), 5)])
        #expect(statement.lines.map(\.balance.cents) == [35, 40, 0])
        #expect(statement.closing == .zero)
        #expect(AccountStatement(opening: Money(cents: 3), lines: []).closing == Money(cents: 3))
    }

    @Test func `a trial balance that does not balance says so`() {
        let good = TrialBalance([
            .init(ledger: ChartOfAccounts.bank, opening: .zero, debit: Money(cents: 5), credit: .zero),
            .init(ledger: ChartOfAccounts.receivables, opening: .zero, debit: .zero, credit: Money(cents: 5)),
        ])
        #expect(good.balances)
        #expect(good.rows.map(\.ledger) == [ChartOfAccounts.bank, ChartOfAccounts.receivables])
        #expect(!TrialBalance([.init(ledger: ChartOfAccounts.bank, opening: Money(cents: 1), debit: .zero, credit: .zero)]).balances)
    }
}
