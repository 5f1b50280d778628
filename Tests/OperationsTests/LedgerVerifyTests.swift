import Ledger
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias Fixture = LedgerFixture

@Suite(.database) struct `Verifying the ledger` {
    private let pool = TestDatabase.current.pool

    /// Three seals over thirty entries.
    private func fill() async throws {
        let accounts = try await Fixture.accounts(3, pool: pool)
        for seal in 0..<3 {
            let entries = try (0..<10).map { try Fixture.invoice(accounts[$0 % 3], Int64(seal * 10 + $0 + 1), key: "i\(seal * 10 + $0)") }
            try await pool.transaction { connection in
                try LedgerPosting.post(entries: entries, in: connection, now: Fixture.now.adding(seconds: Int64(seal)))
            }
            try await SealLedger(pool: pool)(now: Fixture.now.adding(seconds: Int64(seal)))
        }
    }

    @Test func `an honest ledger is intact, sealed or not`() async throws {
        #expect(try await SealLedger(pool: pool)(now: Fixture.now) == nil)
        #expect(try await VerifyLedger(pool: pool)().isIntact)
        try await fill()
        let sealed = try await VerifyLedger(pool: pool)()
        #expect(sealed.isIntact && sealed.entries == 30 && sealed.seals == 3 && sealed.unsealed == 0 && sealed.head?.number == 3)
        _ = try await PostPayment(pool: pool)(Fixture.payment(5, key: "p"), author: "t", today: Fixture.today, now: Fixture.now)
        let open = try await VerifyLedger(pool: pool)()
        #expect(open.isIntact && open.entries == 31 && open.unsealed == 1)
        #expect(try await SealLedger(pool: pool)(now: Fixture.now)?.number == 4)
        #expect(try await SealLedger(pool: pool)(now: Fixture.now)?.number == 4)
    }

    /// R21. The journal's numbers begin with 1, ten to a seal.
    @Test(arguments: [
        ("a changed amount", "UPDATE posting SET amount_cents = amount_cents + 1 WHERE entry_id = 12 AND line = 1", 12),
        ("a balanced change", "UPDATE posting SET amount_cents = 2 * amount_cents WHERE entry_id = 12", 12),
        ("another account", "UPDATE posting SET account_id = 3 WHERE entry_id = 4 AND line = 1", 4),
        ("another due day", "UPDATE posting SET due = due + 1 WHERE entry_id = 4 AND line = 1", 4),
        ("a changed day", "UPDATE journal_entry SET booking_date = booking_date - 1 WHERE id = 23", 23),
        ("a changed moment", "UPDATE journal_entry SET recorded_at = recorded_at - interval '1 day' WHERE id = 23", 23),
        ("a changed text", "UPDATE journal_entry SET text = 'x' WHERE id = 7", 7),
        ("a changed hash", "UPDATE journal_entry SET hash = sha256('x') WHERE id = 7", 7),
        ("a deleted posting", "DELETE FROM posting WHERE entry_id = 15 AND line = 2", 15),
        ("an added posting", "INSERT INTO posting (entry_id, line, ledger, amount_cents) VALUES (15, 3, 1200, 5)", 15),
        ("a deleted entry", "DELETE FROM journal_entry WHERE id = 9; DELETE FROM posting WHERE entry_id = 9", 9),
        ("an entry without its postings", "DELETE FROM posting WHERE entry_id = 9", 9),
        ("postings without their entry", "DELETE FROM journal_entry WHERE id = 9", 9),
        (
            "two swapped entries",
            """
            UPDATE journal_entry SET id = -1 WHERE id = 5; UPDATE journal_entry SET id = 5 WHERE id = 18; UPDATE journal_entry SET id = 18 WHERE id = -1;
            UPDATE posting SET entry_id = -1 WHERE entry_id = 5; UPDATE posting SET entry_id = 5 WHERE entry_id = 18;
            UPDATE posting SET entry_id = 18 WHERE entry_id = -1
            """, 5
        ),
        (
            "an inserted entry",
            """
            INSERT INTO journal_entry (id, recorded_at, booking_date, value_date, lines, kind, key, text, author, hash)
            VALUES (0, now(), '2026-01-01', '2026-01-01', 2, 'manual', 'x', 't', 'a', sha256('x'));
            INSERT INTO posting (entry_id, line, ledger, amount_cents) VALUES (0, 1, 1200, 5), (0, 2, 8410, -5)
            """, 0
        ),
    ])
    func `names the first broken document`(what: String, statements: String, broken: Int64) async throws {
        try await fill()
        try await pool.tamper(statements)
        let result = try await VerifyLedger(pool: pool)()
        #expect(!result.isIntact, "\(what)")
        #expect(result.firstBroken == Identifier(broken), "\(what): \(result.problems)")
    }

    @Test func `a forged hash does not hide a forged entry`() async throws {
        try await fill()
        // What a forger who knows the program would do: change the amount and give the row the hash that fits.
        let stored = try await ListJournal(pool: pool).entry(Identifier(12))
        let forged = try Fixture.invoice(Identifier(1), 999_999, key: stored.entry.key)
        try await pool.tamper("UPDATE posting SET amount_cents = sign(amount_cents) * 999999 WHERE entry_id = 12")
        let hash = try await pool.with { connection in
            let bytes = forged.canonicalBytes(id: Identifier(12), recordedAt: stored.recordedAt)
            return try connection.one("SELECT encode(sha256(\(bytes)), 'hex')", as: String.self)
        }
        try await pool.tamper("UPDATE journal_entry SET hash = decode('\(hash)', 'hex') WHERE id = 12")
        #expect(try await VerifyLedger(pool: pool)().firstBroken == Identifier(12))
    }

    @Test(arguments: [
        "UPDATE seal SET hash = sha256('x') WHERE number = 2", "UPDATE seal SET previous = sha256('x') WHERE number = 2",
        "UPDATE seal SET leaves = overlay(leaves PLACING '\\x00' FROM 5) WHERE number = 1", "DELETE FROM seal WHERE number = 2",
        "UPDATE seal SET number = 20 WHERE number = 3", "UPDATE seal SET ranges = '{[11,22)}' WHERE number = 2",
    ])
    func `a broken chain is a problem`(statement: String) async throws {
        try await fill()
        try await pool.tamper(statement)
        #expect(try await VerifyLedger(pool: pool)().problems.contains { $0.kind == .chain })
    }

    @Test func `who rewrites everything is found by the witness`() async throws {
        try await fill()
        let witness = try #require(try await VerifyLedger(pool: pool)().head)
        #expect(try await VerifyLedger(pool: pool)(witness: witness).isIntact)
        try await pool.tamper(
            "DELETE FROM seal WHERE number > 1; DELETE FROM journal_entry WHERE id > 10; DELETE FROM posting WHERE entry_id > 10")
        #expect(try await VerifyLedger(pool: pool)().isIntact)
        #expect(try await VerifyLedger(pool: pool)(witness: witness).problems.map(\.kind) == [.witness])
    }

    @Test func `a clearing that was tampered with is found`() async throws {
        try await fill()
        _ = try await PostPayment(pool: pool)(Fixture.payment(5, key: "p"), author: "t", today: Fixture.today, now: Fixture.now)
        try await pool.tamper("UPDATE clearing_line SET amount_cents = amount_cents * 9 WHERE amount_cents > 0")
        #expect(try await VerifyLedger(pool: pool)().problems.contains { $0.kind == .balance })
    }

    @Test func `numbers that come late are sealed late, and numbers that never come are not missed`() async throws {
        let account = try await Fixture.accounts(pool: pool)[0]
        try await Fixture.post(try Fixture.invoice(account, 1, key: "one"), pool: pool)
        let pool = pool
        // Number 2 is drawn and held back, number 3 is written and sealed, then 2 comes.
        let (held, release) = AsyncStream<Void>.makeStream()
        let (drawn, isDrawn) = AsyncStream<Void>.makeStream()
        let late = Task {
            try await pool.with { connection in
                try connection.transaction { connection in
                    try LedgerPosting.post(try Fixture.invoice(account, 2, key: "two"), in: connection, now: Fixture.now)
                    isDrawn.finish()
                    // On the connection's own thread: waiting here holds the transaction open and nothing else.
                    while try connection.one(
                        "SELECT (SELECT count(*) FROM journal_entry WHERE key = 'three') * (SELECT count(*) FROM seal)", as: Int64.self)
                        == 0
                    { _ = try connection.query("SELECT pg_sleep(0.01)") }
                }
            }
            release.finish()
        }
        for await _ in drawn {}
        try await Fixture.post(try Fixture.invoice(account, 3, key: "three"), pool: pool)
        #expect(try await SealLedger(pool: pool)(now: Fixture.now)?.number == 1)
        for await _ in held {}
        try await late.value
        // Rolled back: its number never comes.
        _ = try? await pool.transaction { connection in
            try LedgerPosting.post(try Fixture.invoice(account, 9, key: "nine"), in: connection, now: Fixture.now)
            throw CancellationError()
        }
        try await Fixture.post(try Fixture.invoice(account, 5, key: "five"), pool: pool)
        #expect(try await SealLedger(pool: pool)(now: Fixture.now)?.number == 2)
        let result = try await VerifyLedger(pool: pool)()
        #expect(result.isIntact && result.entries == 4 && result.unsealed == 0, "\(result)")
    }
}
