public import Ledger
public import Postgres
public import Values

/// A clearing as stored.
struct StoredClearing {
    let id: Int64
    let account: Identifier<CustomerAccount>
    let lines: [Clearing.Line]
}

extension Clearing {
    /// Locks accounts until the transaction ends, always in ascending order: bills, plans, requests, payments and clearings wait for each
    /// other, and never crosswise.
    public static func lock(_ accounts: some Collection<Identifier<CustomerAccount>>, in connection: Connection) throws {
        guard !accounts.isEmpty else { return }
        _ = try connection.query("SELECT 1 FROM account WHERE id = ANY(\(accounts.map(\.number))) ORDER BY id FOR NO KEY UPDATE")
    }

    /// Writes clearings in two statements, whatever their number.
    /// - Parameter bookingDate: of each; not before the items it clears were booked.
    static func insert(
        _ clearings: [(clearing: Clearing, bookingDate: Day, resets: Int64?)], author: String, reason: String?, in connection: Connection,
        now: Instant
    ) throws {
        guard !clearings.isEmpty else { return }
        let ids = try connection.query("SELECT nextval('clearing_id') FROM generate_series(1, \(clearings.count))").map {
            try $0.get(0) as Int64
        }
        try connection.execute(
            """
            INSERT INTO clearing (id, account_id, booking_date, recorded_at, resets, author, reason)
            SELECT id, account_id, booking_date, \(now), resets, \(author), \(reason)
            FROM unnest(\(ids), \(clearings.map(\.clearing.account.number)), \(clearings.map(\.bookingDate)), \(clearings.map(\.resets)))
                AS c (id, account_id, booking_date, resets)
            """)
        let lines = zip(ids, clearings).flatMap { id, written in written.clearing.lines.map { (id: id, line: $0) } }
        try LedgerRefusal.translating {
            _ = try connection.execute(
                """
                INSERT INTO clearing_line (clearing_id, entry_id, posting_line, amount_cents, rule)
                SELECT * FROM unnest(\(lines.map(\.id)), \(lines.map(\.line.item.entry.number)), \(lines.map(\.line.item.line)),
                                     \(lines.map(\.line.amount)), \(lines.map(\.line.rule)))
                """)
        }
    }

    /// The clearings that still stand and hold one of these items.
    static func standing(over items: [OpenItem.Key], in connection: Connection) throws -> [StoredClearing] {
        let rows = try connection.query(
            """
            SELECT c.id, c.account_id, l.entry_id, l.posting_line, l.amount_cents, l.rule
            FROM clearing c JOIN clearing_line l ON l.clearing_id = c.id
            WHERE c.resets IS NULL AND NOT EXISTS (SELECT FROM clearing r WHERE r.resets = c.id)
                AND c.id IN (SELECT x.clearing_id FROM clearing_line x
                             JOIN unnest(\(items.map(\.entry.number)), \(items.map(\.line))) AS i (entry_id, line)
                               ON x.entry_id = i.entry_id AND x.posting_line = i.line)
            ORDER BY c.id, l.entry_id, l.posting_line
            """)
        var clearings: [StoredClearing] = []
        var current: (id: Int64, account: Identifier<CustomerAccount>, lines: [Line])?
        for row in rows {
            let id: Int64 = try row.get(0)
            let line = Line(item: OpenItem.Key(entry: try row.get(2), line: try row.get(3)), amount: try row.get(4), rule: try row.get(5))
            if let open = current, open.id != id { clearings.append(StoredClearing(id: open.id, account: open.account, lines: open.lines)) }
            if current?.id == id { current?.lines.append(line) } else { current = (id, try row.get(1), [line]) }
        }
        if let open = current { clearings.append(StoredClearing(id: open.id, account: open.account, lines: open.lines)) }
        return clearings
    }
}
