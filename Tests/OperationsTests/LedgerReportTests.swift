import Ledger
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias Fixture = LedgerFixture

@Suite(.database) struct `Asking as of` {
    private let pool = TestDatabase.current.pool
    private let monday = Instant(seconds: 1_767_600_000)
    private let tuesday = Instant(seconds: 1_767_700_000)

    /// Recorded on Monday: a bill of January. Recorded on Tuesday: another of January, booked back, and its payment in February.
    private func story() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        try await Fixture.post(
            try Fixture.invoice(account, 500, key: "one", day: Day(2026, 1, 5), due: Day(2026, 1, 20)), pool: pool, now: monday)
        try await Fixture.post(
            try Fixture.invoice(account, 70, key: "late", day: Day(2026, 1, 6), due: Day(2026, 1, 20)), pool: pool, now: tuesday)
        _ = try await PostPayment(pool: pool)(
            Fixture.payment(500, key: "p", day: Day(2026, 2, 1), reference: "R-one"), author: "test", today: Day(2026, 2, 2), now: tuesday)
    }

    @Test func `what was booked by a day and what was known at a moment are two questions`() async throws {
        try await story()
        let balance = GetBalance(pool: pool)
        func cents(_ day: Day?, _ known: Instant?) async throws -> Int64 {
            try await balance("a1", asOf: AsOf(day: day, known: known), today: Day(2026, 3, 1)).balance.cents
        }
        #expect(try await cents(nil, nil) == 70)
        #expect(try await cents(Day(2026, 1, 31), nil) == 570)
        #expect(try await cents(Day(2026, 1, 31), monday) == 500)
        #expect(try await cents(Day(2026, 2, 1), nil) == 70)
        #expect(try await cents(Day(2026, 1, 5), nil) == 500)
        #expect(try await cents(Day(2026, 1, 4), nil) == 0)
        #expect(try await cents(nil, Instant(seconds: 0)) == 0)
    }

    @Test func `an item that is cleared today was open then`() async throws {
        try await story()
        let items = ListOpenItems(pool: pool)
        #expect(try await items(account: "a1").map(\.remaining.cents) == [70])
        #expect(try await items(account: "a1", asOf: AsOf(day: Day(2026, 1, 31))).map(\.remaining.cents) == [500, 70])
        #expect(try await items(account: "a1", asOf: AsOf(known: monday)).map(\.remaining.cents) == [500])
    }

    @Test func `a statement carries what was before as its opening`() async throws {
        try await story()
        let (account, statement) = try await GetStatement(pool: pool)("a1", from: Day(2026, 1, 6), until: Day(2026, 3, 1))
        #expect(account.number == PrintedNumber(.account, serial: 1).description)
        #expect(statement.opening == Money(cents: 500))
        #expect(statement.lines.map(\.amount.cents) == [70, -500])
        #expect(statement.lines.map(\.balance.cents) == [570, 70])
        await #expect(throws: LedgerRefusal.unknownAccount("x")) { _ = try await GetStatement(pool: pool)("x") }
    }

    @Test func `the trial balance balances and shows the period`() async throws {
        try await story()
        let all = try await GetTrialBalance(pool: pool)()
        #expect(all.balances && all.debit == Money(cents: 1_070))
        let february = try await GetTrialBalance(pool: pool)(from: Day(2026, 2, 1), asOf: AsOf(day: Day(2026, 2, 28)))
        let receivables = try #require(february.rows.first { $0.ledger == ChartOfAccounts.receivables })
        #expect(
            receivables.opening == Money(cents: 570) && receivables.credit == Money(cents: 500) && receivables.closing == Money(cents: 70))
        #expect(february.balances)
        #expect(try await GetTrialBalance(pool: pool)(asOf: AsOf(known: monday)).debit == Money(cents: 500))
    }

    @Test func `aging sums to the control account`() async throws {
        try await story()
        let aging = try await GetAging(pool: pool)(asOf: Day(2026, 3, 1))
        #expect(aging.debts[.upTo60] == Money(cents: 70))
        #expect(aging.total == Money(cents: 70))
        #expect(try await GetAging(pool: pool)(asOf: Day(2026, 1, 20)).debts[.notDue] == Money(cents: 570))
    }

    @Test func `the journal and the open items come in pages that meet`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        for index in 0..<25 {
            try await Fixture.post(
                try Fixture.invoice(account, Int64(index + 1), key: "i\(index)", day: Day(2026, 1, 1 + index % 3)), pool: pool)
        }
        var cursor: ListJournal.Cursor?
        var seen: [StoredEntry] = []
        repeat {
            let page = try await ListJournal(pool: pool)(after: cursor, limit: 7)
            seen += page.entries
            cursor = page.next
        } while cursor != nil
        #expect(seen.count == 25 && Set(seen.map(\.id)).count == 25)
        #expect(seen.map(\.entry.bookingDate) == seen.map(\.entry.bookingDate).sorted())
        #expect(try await ListJournal(pool: pool)(from: Day(2026, 1, 2), asOf: AsOf(day: Day(2026, 1, 2))).entries.count == 8)

        var itemCursor: OpenItem.Key?
        var items: [OpenItem] = []
        repeat {
            let page = try await ListOpenItems(pool: pool)(after: itemCursor, limit: 6)
            #expect(page.items.allSatisfy { $0.account == PrintedNumber(.account, serial: 1).description })
            items += page.items.map(\.item)
            itemCursor = page.next
        } while itemCursor != nil
        #expect(items.map(\.remaining.cents) == Array(1...25))
    }
}

@Suite(.database) struct `Closing a period` {
    private let pool = TestDatabase.current.pool

    private func close(_ until: Day) async throws {
        try await ClosePeriod(pool: pool)(
            until: until, author: "finanz", today: Day(2026, 2, 3), now: Fixture.now.adding(seconds: 86_400 * 33))
    }

    @Test func `nothing is booked before the closing, and the sums stay`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        try await Fixture.post(try Fixture.invoice(account, 500, key: "jan", day: Day(2026, 1, 5)), pool: pool)
        let before = try await GetTrialBalance(pool: pool)(from: Day(2026, 2, 1))
        try await close(Day(2026, 2, 1))
        await #expect(throws: LedgerRefusal.periodClosed("2026-01-31")) {
            try await Fixture.post(try Fixture.invoice(account, 1, key: "late", day: Day(2026, 1, 31)), pool: pool)
        }
        try await Fixture.post(try Fixture.invoice(account, 80, key: "feb", day: Day(2026, 2, 1)), pool: pool)
        let after = try await GetTrialBalance(pool: pool)(from: Day(2026, 2, 1))
        #expect(after.rows.map(\.opening) == before.rows.map(\.opening))
        #expect(after.debit == Money(cents: 80) && after.balances)
        #expect(try await GetTrialBalance(pool: pool)().debit == Money(cents: 580))
        #expect(try await VerifyLedger(pool: pool)().isIntact)
    }

    @Test func `a late payment is booked on the first open day with its own value day`() async throws {
        _ = try await Fixture.accounts(pool: pool)
        try await close(Day(2026, 2, 1))
        let receipt = try await PostPayment(pool: pool)(
            Fixture.payment(100, key: "p", day: Day(2026, 1, 10)), author: "test", today: Day(2026, 2, 3), now: Fixture.now)
        let entry = try await ListJournal(pool: pool).entry(receipt.entry).entry
        #expect(entry.bookingDate == Day(2026, 2, 1) && entry.valueDate == Day(2026, 1, 10))
    }

    @Test func `periods close forwards and not before they end`() async throws {
        try await close(Day(2026, 2, 1))
        for until in [Day(2026, 2, 1), Day(2026, 1, 1), Day(2026, 2, 4)] {
            await #expect(throws: LedgerRefusal.cannotClose(until)) { try await close(until) }
        }
    }
}
