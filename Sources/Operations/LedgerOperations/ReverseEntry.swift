public import Ledger
public import Postgres
public import Values

/// Takes an entry back by another one (Storno). Nothing is changed or deleted.
public struct ReverseEntry: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// - Returns: the reversing entry.
    /// - Throws: ``LedgerRefusal``.
    public func callAsFunction(
        _ entry: Identifier<JournalEntry>, reason: String, author: String, today: Day, now: Instant, document: String? = nil
    ) async throws -> Identifier<JournalEntry> {
        try await pool.transaction { connection in
            try ReverseEntry.reverse(entry, in: connection, reason: reason, author: author, today: today, now: now, document: document)
        }
    }

    /// The same inside the caller's transaction. Clearings of the entry's items are reset first, the items are cleared against those of
    /// the reversal, and money that becomes free looks for what it pays again.
    @discardableResult
    public static func reverse(
        _ id: Identifier<JournalEntry>, in connection: Connection, reason: String, author: String, today: Day, now: Instant,
        document: String? = nil
    ) throws -> Identifier<JournalEntry> {
        guard let stored = try JournalEntry.load(ids: [id], in: connection).first else { throw LedgerRefusal.unknownEntry(id) }
        let accounts = Set(stored.entry.postings.compactMap { $0.claim?.account }).sorted()
        try Clearing.lock(accounts, in: connection)
        if try connection.optional("SELECT 1 FROM journal_entry WHERE reverses = \(id.number)", as: Int64.self) != nil {
            throw LedgerRefusal.alreadyReversed(id)
        }
        guard let reversal = stored.entry.reversed(id, on: today, reason: reason, author: author, document: document) else {
            throw LedgerRefusal.isReversal(id)
        }

        let own = try OpenItem.load(entries: [id], in: connection)
        let standing = try Clearing.standing(over: own.map(\.key), in: connection)
        let resets = try standing.map { clearing in
            (
                clearing: try Clearing(
                    account: clearing.account, lines: clearing.lines.map { Clearing.Line(item: $0.item, amount: -$0.amount, rule: "reset") }
                ),
                bookingDate: today, resets: Optional(clearing.id)
            )
        }
        try Clearing.insert(resets, author: author, reason: reason, in: connection, now: now)

        let posted: LedgerPosting.Posted
        do {
            posted = try LedgerPosting.post(reversal, in: connection, now: now)
        } catch let error as DatabaseError where error.isUniqueViolation {
            throw LedgerRefusal.alreadyReversed(id)
        }
        // Line by line the opposite, so each item meets its own.
        let against = try own.map { item in
            (
                clearing: try Clearing(
                    account: item.account,
                    lines: [
                        Clearing.Line(item: item.key, amount: item.original, rule: "reversal"),
                        Clearing.Line(item: OpenItem.Key(entry: posted.id, line: item.key.line), amount: -item.original, rule: "reversal"),
                    ]),
                bookingDate: max(today, item.bookingDate), resets: Int64?.none
            )
        }
        try Clearing.insert(against, author: author, reason: nil, in: connection, now: now)
        try SettleAccounts.settle(accounts: accounts, in: connection, author: author, today: today, now: now)
        return posted.id
    }
}
