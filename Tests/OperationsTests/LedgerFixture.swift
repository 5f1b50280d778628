import Ledger
import LedgerOperations
import Postgres
import TestKit
import Values

/// Accounts to book on, and entries in few words.
enum LedgerFixture {
    static let now = Instant(seconds: 1_767_225_600)  // 2026-01-01T00:00:00Z
    static let today = Day(2026, 1, 1)
    static let revenue = GeneralLedgerNumber(8410)

    /// So many accounts of one partner: `a1`, `a2` …
    static func accounts(_ count: Int = 1, pool: Pool) async throws -> [Identifier<CustomerAccount>] {
        try await pool.transaction { connection in
            try connection.execute(
                """
                INSERT INTO partner (number, key, kind, family, search, sort_name, updated_at, updated_by)
                VALUES (\(PrintedNumber(.partner, serial: 1).description), 'p1', 'person', 'Muster', 'muster', 'muster', \(now), 'test')
                """)
            return try (1...count).map { index in
                try connection.one(
                    """
                    INSERT INTO account (number, key, partner_id, updated_at, updated_by)
                    VALUES (\(PrintedNumber(.account, serial: Int64(index)).description), \("a\(index)"), (SELECT id FROM partner), \(now), 'test') RETURNING id
                    """)
            }
        }
    }

    static func invoice(
        _ account: Identifier<CustomerAccount>, _ cents: Int64, key: String, day: Day = today, due: Day? = nil, document: String? = nil
    ) throws -> JournalEntry {
        try JournalEntry(
            .invoice, bookingDate: day, key: key, document: document ?? "R-\(key)", text: "Rechnung", author: "test",
            postings: [
                .customer(account, owes: Money(cents: cents), .invoice, due: due ?? day.adding(days: 14)),
                .credit(revenue, Money(cents: cents)),
            ])
    }

    @discardableResult
    static func post(_ entries: JournalEntry..., pool: Pool, now: Instant = now) async throws -> [LedgerPosting.Posted] {
        try await pool.transaction { connection in try LedgerPosting.post(entries: entries, in: connection, now: now) }
    }

    static func payment(_ cents: Int64, key: String, account: String = "a1", day: Day = today, reference: String = "") -> IncomingPayment {
        IncomingPayment(account: account, amount: Money(cents: cents), valueDate: day, reference: reference, key: key)
    }
}

extension Pool {
    /// Runs statements as the owner with the guards asleep: what a superuser could do.
    func tamper(_ statements: String) async throws {
        try await with { connection in
            try connection.script("SET session_replication_role = replica; \(statements); RESET session_replication_role")
        }
    }
}
