import Ledger
import Testing
import Values

private let customer = Identifier<CustomerAccount>(7)
private let day = Day(2026, 1, 15)
private let revenue = ChartOfAccounts.revenue(.electricity, TaxRate(basisPoints: 1_900)) ?? ChartOfAccounts.bank
private let tax = ChartOfAccounts.valueAddedTax(TaxRate(basisPoints: 1_900)) ?? ChartOfAccounts.bank

private func invoice(_ cents: Int64 = 11_900, key: String = "k") throws(JournalEntry.Unbookable) -> JournalEntry {
    try JournalEntry(
        .invoice, bookingDate: day, key: key, document: "R-1000017", text: "Rechnung", author: "run",
        postings: [
            .customer(customer, owes: Money(cents: cents), .invoice, due: day.adding(days: 14)),
            .credit(revenue, Money(cents: cents - 1_900)), .credit(tax, Money(cents: 1_900), taxCode: "USt19"),
        ])
}

@Suite struct `A journal entry` {
    @Test func `a cent missing is a cent too many`() throws {
        #expect(throws: JournalEntry.Unbookable.unbalanced(debit: Money(cents: 100), credit: Money(cents: 99))) {
            try JournalEntry(
                .manual, bookingDate: day, key: "k", text: "t", author: "a",
                postings: [.debit(ChartOfAccounts.bank, Money(cents: 100)), .credit(ChartOfAccounts.moneyInTransit, Money(cents: 99))])
        }
    }

    @Test func `one line is no entry, and none is none`() {
        for postings in [[], [Posting.debit(ChartOfAccounts.bank, Money(cents: 1))]] {
            #expect(throws: JournalEntry.Unbookable.tooFewLines) {
                try JournalEntry(.manual, bookingDate: day, key: "k", text: "t", author: "a", postings: postings)
            }
        }
    }

    @Test func `a line that moves nothing is refused with its number`() {
        #expect(throws: JournalEntry.Unbookable.zero(line: 2)) {
            try JournalEntry(
                .manual, bookingDate: day, key: "k", text: "t", author: "a",
                postings: [
                    .debit(ChartOfAccounts.bank, Money(cents: 1)), .debit(ChartOfAccounts.bank, .zero),
                    .credit(ChartOfAccounts.bank, Money(cents: 1)),
                ])
        }
    }

    @Test func `the control account takes no posting without a customer`() {
        #expect(throws: JournalEntry.Unbookable.customer(line: 1)) {
            try JournalEntry(
                .manual, bookingDate: day, key: "k", text: "t", author: "a",
                postings: [.debit(ChartOfAccounts.receivables, Money(cents: 1)), .credit(ChartOfAccounts.bank, Money(cents: 1))])
        }
        let claim = Posting.Claim(account: customer, kind: .invoice, due: day)
        #expect(throws: JournalEntry.Unbookable.customer(line: 1)) {
            try JournalEntry(
                .manual, bookingDate: day, key: "k", text: "t", author: "a",
                postings: [
                    Posting(ledger: ChartOfAccounts.bank, amount: Money(cents: 1), claim: claim),
                    .credit(ChartOfAccounts.bank, Money(cents: 1)),
                ])
        }
    }

    @Test func `sums beyond money are refused, not wrapped`() {
        let much = Money(cents: .max)
        #expect(throws: JournalEntry.Unbookable.overflow) {
            try JournalEntry(
                .manual, bookingDate: day, key: "k", text: "t", author: "a",
                postings: [
                    .debit(ChartOfAccounts.bank, much), .debit(ChartOfAccounts.bank, much), .credit(ChartOfAccounts.bank, much),
                    .credit(ChartOfAccounts.bank, much),
                ])
        }
    }

    @Test(arguments: [0, 201]) func `a key has 1 to 200 bytes`(length: Int) {
        #expect(throws: JournalEntry.Unbookable.key) { try invoice(key: String(repeating: "k", count: length)) }
    }

    @Test func `a reversal is the same the other way round`() throws {
        let entry = try invoice()
        let reversal = try #require(entry.reversed(Identifier(3), on: day.adding(days: 5), reason: "falscher Zähler", author: "erika"))
        #expect(reversal.postings.map(\.amount) == entry.postings.map { -$0.amount })
        #expect(reversal.postings.map(\.ledger) == entry.postings.map(\.ledger))
        #expect(reversal.postings.map(\.taxCode) == entry.postings.map(\.taxCode))
        #expect(reversal.valueDate == entry.valueDate)
        #expect(reversal.bookingDate == day.adding(days: 5))
        #expect(reversal.reverses == Identifier(3))
        #expect(reversal.key == "reversal:3")
        #expect(reversal.total == entry.total)
    }

    @Test func `a Storno is not reversed`() throws {
        let reversal = try #require(try invoice().reversed(Identifier(3), on: day, reason: "r", author: "a"))
        #expect(reversal.reversed(Identifier(4), on: day, reason: "r", author: "a") == nil)
    }

    @Test func `canonical bytes differ when anything differs`() throws {
        let entry = try invoice()
        let moment = Instant(seconds: 1_000_000)
        func bytes(_ entry: JournalEntry, id: Int64 = 1, at: Instant = moment) -> [UInt8] {
            entry.canonicalBytes(id: Identifier(id), recordedAt: at)
        }
        func changed(
            _ kind: JournalEntry.Kind = .invoice, day: Day = day, value: Day = day, key: String = "k", document: String? = "R-1000017",
            text: String = "Rechnung", author: String = "run", due: Day = day.adding(days: 14), account: Int64 = 7,
            taxCode: String? = "USt19"
        ) throws -> JournalEntry {
            try JournalEntry(
                kind, bookingDate: day, valueDate: value, key: key, document: document, text: text, author: author,
                postings: [
                    .customer(Identifier(account), owes: Money(cents: 11_900), .invoice, due: due), .credit(revenue, Money(cents: 10_000)),
                    .credit(tax, Money(cents: 1_900), taxCode: taxCode),
                ])
        }
        let same = bytes(entry)
        #expect(try bytes(changed()) == same)
        let others = try [
            bytes(entry, id: 2), bytes(entry, at: Instant(seconds: 1_000_001)), bytes(changed(.manual)),
            bytes(changed(day: Day(2026, 1, 16))),
            bytes(changed(value: Day(2026, 1, 14))), bytes(changed(key: "l")), bytes(changed(document: nil)), bytes(changed(document: "")),
            bytes(changed(text: "Rechnun")), bytes(changed(author: "runs")), bytes(changed(due: day)), bytes(changed(account: 8)),
            bytes(changed(taxCode: nil)), bytes(try invoice(11_901)),
        ]
        #expect(!others.contains(same))
        #expect(Set(others).count == others.count)
    }

    @Test func `canonical bytes are those of version 1, for ever`() throws {
        let entry = try JournalEntry(
            .payment, bookingDate: Day(1970, 1, 2), key: "k", document: nil, text: "t", author: "a",
            postings: [
                .debit(GeneralLedgerNumber(1200), Money(cents: 1)),
                .customer(Identifier(2), owes: Money(cents: -1), .payment, due: Day(1970, 1, 3)),
            ])
        let hex = entry.canonicalBytes(id: Identifier(5), recordedAt: Instant(microseconds: 9)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        #expect(
            hex
                == """
                01 0000000000000005 0000000000000009 00000001 00000001 00000007 7061796d656e74 00000001 6b ffffffff 00000001 74 00000001 61 ffffffff
                0000000000000000 00000002 000004b0 0000000000000001 00 ffffffff
                00000578 ffffffffffffffff 01 0000000000000002 00000007 7061796d656e74 00000002 0000000000000000 ffffffff
                """.filter { !$0.isWhitespace })
    }
}

@Suite struct `The chart of accounts` {
    @Test func `each number stands once, with both DATEV charts`() {
        #expect(Set(ChartOfAccounts.all.map(\.number)).count == ChartOfAccounts.all.count)
        #expect(Set(ChartOfAccounts.all.map(\.skr04)).count == ChartOfAccounts.all.count)
        #expect(ChartOfAccounts.all.filter { $0.kind == .control }.map(\.number) == [ChartOfAccounts.receivables])
    }

    @Test(arguments: Commodity.allCases, [0, 700, 1_900] as [Int32])
    func `every commodity has a revenue account at every rate`(commodity: Commodity, rate: Int32) throws {
        let number = try #require(ChartOfAccounts.revenue(commodity, TaxRate(basisPoints: rate)))
        #expect(ChartOfAccounts.account(number)?.kind == .revenue)
    }

    @Test func `an unknown rate has no account rather than a wrong one`() {
        #expect(ChartOfAccounts.revenue(.gas, TaxRate(basisPoints: 1_500)) == nil)
        #expect(ChartOfAccounts.valueAddedTax(TaxRate(basisPoints: 550)) == nil)
    }
}
