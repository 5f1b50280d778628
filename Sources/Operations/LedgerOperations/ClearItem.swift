public import Ledger
public import Postgres
public import Values

/// Clears one item against an entry that was written for exactly that, such as the withdrawal of an instalment.
public enum ClearItem {
    /// What is open of the items of an entry, cleared or not.
    public static func items(of entries: [Identifier<JournalEntry>], in connection: Connection) throws -> [OpenItem] {
        try OpenItem.load(entries: entries, in: connection)
    }

    /// Posts entries whose credit takes the rest of an item, and clears the two, whatever else is open on the account.
    /// - Parameter withdrawals: the item, and an entry with a credit of its remaining amount on the same account.
    /// - Throws: ``LedgerRefusal``.
    public static func withdraw(
        _ withdrawals: [(item: OpenItem, by: JournalEntry)], in connection: Connection, author: String, today: Day, now: Instant
    ) throws {
        guard !withdrawals.isEmpty else { return }
        let posted = try LedgerPosting.post(entries: withdrawals.map(\.by), in: connection, now: now)
        var clearings: [(clearing: Clearing, bookingDate: Day, resets: Int64?)] = []
        for (withdrawal, entry) in zip(withdrawals, posted) where !entry.existed {
            guard let line = withdrawal.by.postings.firstIndex(where: { $0.claim?.account == withdrawal.item.account }) else { continue }
            let rest = withdrawal.item.remaining
            clearings.append(
                (
                    try Clearing(
                        account: withdrawal.item.account,
                        lines: [
                            Clearing.Line(item: withdrawal.item.key, amount: rest, rule: "withdrawn"),
                            Clearing.Line(item: OpenItem.Key(entry: entry.id, line: Int16(line + 1)), amount: -rest, rule: "withdrawn"),
                        ]), max(today, withdrawal.item.bookingDate), nil
                ))
        }
        try Clearing.insert(clearings, author: author, reason: nil, in: connection, now: now)
    }
}
