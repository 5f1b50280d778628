import Ledger
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias Fixture = LedgerFixture

@Suite(.database) struct `Posting entries` {
    private let pool = TestDatabase.current.pool

    @Test func `the chart in the database is the chart in the program`() async throws {
        let rows = try await pool.with { connection in
            try connection.query(
                "SELECT number, name, english_name, kind, normal_side, skr03, skr04 FROM general_ledger_account ORDER BY number"
            ).map { row in
                GeneralLedgerAccount(
                    number: GeneralLedgerNumber(try row.get(0)), name: try row.get(1), englishName: try row.get(2),
                    kind: GeneralLedgerAccount.Kind(rawValue: try row.get(3)) ?? .expense,
                    normalSide: GeneralLedgerAccount.Side(rawValue: try row.get(4)) ?? .debit,
                    skr03: try row.get(5), skr04: try row.get(6))
            }
        }
        #expect(rows == ChartOfAccounts.all)
    }

    @Test func `what is read back is what was posted`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        let entry = try JournalEntry(
            .invoice, bookingDate: Day(2026, 1, 5), valueDate: Day(2026, 1, 3), key: "k", document: "R-1", text: "Rechnung", author: "run",
            postings: [
                .customer(account, owes: Money(cents: 11_900), .invoice, due: Day(2026, 2, 1), contract: Identifier(9)),
                .credit(Fixture.revenue, Money(cents: 10_000)), .credit(GeneralLedgerNumber(1776), Money(cents: 1_900), taxCode: "USt19"),
            ])
        let posted = try await Fixture.post(entry, pool: pool)
        let stored = try await ListJournal(pool: pool).entry(posted[0].id)
        #expect(stored.entry == entry)
        #expect(stored.recordedAt == Fixture.now)
        #expect(StoredEntry.id(ofNumber: stored.number) == posted[0].id)
    }

    @Test func `the same key twice is one entry`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        let entry = try Fixture.invoice(account, 100, key: "k")
        let first = try await Fixture.post(entry, pool: pool)
        let again = try await Fixture.post(entry, entry, try Fixture.invoice(account, 200, key: "l"), pool: pool)
        #expect(again.map(\.existed) == [true, true, false])
        #expect(again[0].id == first[0].id && again[1].id == first[0].id)
        #expect(try await GetBalance(pool: pool)("a1", today: Fixture.today).balance == Money(cents: 300))
    }

    @Test func `the same key with other content is a conflict, and nothing of the batch is booked`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        try await Fixture.post(try Fixture.invoice(account, 100, key: "k"), pool: pool)
        await #expect(throws: LedgerRefusal.idempotencyConflict(key: "k")) {
            try await Fixture.post(try Fixture.invoice(account, 500, key: "new"), try Fixture.invoice(account, 101, key: "k"), pool: pool)
        }
        await #expect(throws: LedgerRefusal.idempotencyConflict(key: "m")) {
            try await Fixture.post(try Fixture.invoice(account, 500, key: "m"), try Fixture.invoice(account, 501, key: "m"), pool: pool)
        }
        #expect(try await LedgerSummary.read(pool: pool).entries == 1)
    }

    @Test func `an unknown customer and an unknown account are refused by the database`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        await #expect(throws: LedgerRefusal.unknownAccount("4711")) {
            try await Fixture.post(try Fixture.invoice(Identifier(4711), 100, key: "k"), pool: pool)
        }
        await #expect(throws: LedgerRefusal.unbookableAccount("9999")) {
            try await Fixture.post(
                try JournalEntry(
                    .manual, bookingDate: Fixture.today, key: "k", text: "t", author: "a",
                    postings: [
                        .customer(account, owes: Money(cents: 1), .credit, due: Fixture.today),
                        .credit(GeneralLedgerNumber(9999), Money(cents: 1)),
                    ]),
                pool: pool)
        }
    }

    @Test func `the database refuses what the type cannot even say`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        try await Fixture.post(try Fixture.invoice(account, 100, key: "k"), pool: pool)
        let entry = """
            INSERT INTO journal_entry (id, recorded_at, booking_date, value_date, lines, kind, key, text, author, hash)
            VALUES (900, now(), '2026-01-01', '2026-01-01', 2, 'manual', 'x', 't', 'a', sha256('x'))
            """
        let attempts = [
            // without postings
            entry,
            // unbalanced
            "WITH e AS (\(entry)) INSERT INTO posting (entry_id, line, ledger, amount_cents) VALUES (900, 1, 1200, 5), (900, 2, 8410, -4)",
            // fewer lines than the entry says
            "WITH e AS (\(entry)) INSERT INTO posting (entry_id, line, ledger, amount_cents) VALUES (900, 1, 1200, 5), (900, 3, 8410, -5)",
            // lines added to an entry of before
            "INSERT INTO posting (entry_id, line, ledger, amount_cents) VALUES (1, 3, 1200, 5), (1, 4, 8410, -5)",
            // postings of nothing
            "INSERT INTO posting (entry_id, line, ledger, amount_cents) VALUES (901, 1, 1200, 5), (901, 2, 8410, -5)",
        ]
        for attempt in attempts {
            let error = await #expect(throws: DatabaseError.self) { try await pool.with { connection in try connection.script(attempt) } }
            #expect(error?.sqlState == "ZW004", "\(attempt)")
        }
        #expect(try await LedgerSummary.read(pool: pool).reconciles)
    }

    @Test func `ten thousand entries at once balance`() async throws {
        let accounts = try await Fixture.accounts(50, pool: pool)
        let entries = try (0..<10_000).map { try Fixture.invoice(accounts[$0 % 50], Int64($0 % 977) + 1, key: "k\($0)") }
        let posted = try await pool.transaction { connection in try LedgerPosting.post(entries: entries, in: connection, now: Fixture.now) }
        #expect(posted.map(\.key) == entries.map(\.key))
        #expect(Set(posted.map(\.id)).count == 10_000)
        let summary = try await LedgerSummary.read(pool: pool)
        #expect(summary.entries == 10_000 && summary.postings == 20_000 && summary.reconciles)
        #expect(summary.receivables == entries.map(\.total).total())
    }

    @Test func `two writers of one key at the same time book once`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        let pool = pool
        let posted = try await withThrowingTaskGroup(of: LedgerPosting.Posted.self) { group in
            for _ in 0..<8 { group.addTask { try await Fixture.post(try Fixture.invoice(account, 100, key: "k"), pool: pool)[0] } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(posted.map(\.id)).count == 1)
        #expect(posted.filter { !$0.existed }.count == 1)
        #expect(try await LedgerSummary.read(pool: pool).entries == 1)
    }
}

@Suite(.database) struct `What was booked` {
    private let pool = TestDatabase.current.pool
    private static let tables = [
        "journal_entry", "posting", "clearing", "clearing_line", "payment", "seal", "period_closing", "period_balance",
    ]

    /// R22: the role of the service has no right, and the owner meets the trigger.
    @Test(arguments: tables, ["UPDATE % SET %", "DELETE FROM %", "TRUNCATE % CASCADE"])
    func `is not changed, deleted or truncated by anybody`(table: String, statement: String) async throws {
        let column = try await pool.with { connection in
            try connection.one(
                "SELECT column_name::text FROM information_schema.columns WHERE table_name = \(table) ORDER BY ordinal_position DESC LIMIT 1",
                as: String.self)
        }
        var text = statement.split(separator: "%", omittingEmptySubsequences: false).map(String.init)
        text.insert(table, at: 1)
        if text.count > 3 { text.insert("\(column) = \(column)", at: 3) }
        let sql = text.joined()
        let service = await #expect(throws: DatabaseError.self) {
            try await pool.transaction { connection in try connection.script("SET LOCAL ROLE zaehlwerk_app; \(sql)") }
        }
        #expect(service?.sqlState == "42501", "\(sql)")
        let owner = await #expect(throws: DatabaseError.self) { try await pool.with { connection in try connection.script(sql) } }
        #expect(owner?.sqlState == "ZW001", "\(sql)")
    }

    @Test func `the service role can do all that the service does`() async throws {
        let database = TestDatabase.current
        _ = try await Fixture.accounts(pool: database.pool)
        let service = Pool(configuration: .init(connectionString: database.connectionString, maximum: 2, role: "zaehlwerk_app"))
        let account = try await service.with { connection in try AccountReference.find("a1", in: connection).id }
        let posted = try await Fixture.post(try Fixture.invoice(account, 100, key: "k"), pool: service)
        _ = try await PostPayment(pool: service)(Fixture.payment(60, key: "p"), author: "test", today: Fixture.today, now: Fixture.now)
        _ = try await ReverseEntry(pool: service)(posted[0].id, reason: "Test", author: "test", today: Fixture.today, now: Fixture.now)
        try await SealLedger(pool: service)(now: Fixture.now)
        try await ClosePeriod(pool: service)(until: Day(2025, 1, 1), author: "test", today: Fixture.today, now: Fixture.now)
        #expect(try await VerifyLedger(pool: service)().isIntact)
        await service.close()
    }
}
