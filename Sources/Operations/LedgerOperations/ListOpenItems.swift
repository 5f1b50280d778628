public import Ledger
public import Postgres
internal import Values

/// Open items, of one account or of all, as of a booking day and a recorded moment.
public struct ListOpenItems: Sendable {
    /// A page of a list.
    public struct Page: Sendable, Hashable {
        public let items: [(item: OpenItem, account: String)]
        /// Where the next page begins; nil at the end.
        public let next: OpenItem.Key?

        public static func == (left: Page, right: Page) -> Bool {
            left.next == right.next && left.items.map(\.item) == right.items.map(\.item)
                && left.items.map(\.account) == right.items.map(\.account)
        }
        public func hash(into hasher: inout Hasher) { hasher.combine(items.map(\.item)) }
    }

    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// The items of one account, oldest due first.
    /// - Throws: ``LedgerRefusal/unknownAccount(_:)``.
    public func callAsFunction(account: String, asOf: AsOf = AsOf()) async throws -> [OpenItem] {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let account = try AccountReference.find(account, in: connection)
            return try OpenItem.load(accounts: [account.id], asOf: asOf, in: connection)
        }
    }

    /// All items in the order of their entries, a page at a time.
    public func callAsFunction(asOf: AsOf = AsOf(), after cursor: OpenItem.Key? = nil, limit: Int = 1_000) async throws -> Page {
        let cursor = cursor ?? OpenItem.Key(entry: Identifier(0), line: 0)
        return try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let items = try OpenItem.load(
                """
                (p.entry_id, p.line) IN (
                    SELECT q.entry_id, q.line FROM posting q JOIN journal_entry f ON f.id = q.entry_id
                    WHERE q.account_id IS NOT NULL AND (q.entry_id, q.line) > (\(cursor.entry.number), \(cursor.line))
                        AND f.booking_date <= \(asOf.lastDay) AND f.recorded_at <= \(asOf.lastMoment)
                        AND q.amount_cents <> (
                            SELECT coalesce(sum(l.amount_cents), 0) FROM clearing_line l JOIN clearing c ON c.id = l.clearing_id
                            WHERE l.entry_id = q.entry_id AND l.posting_line = q.line
                                AND c.booking_date <= \(asOf.lastDay) AND c.recorded_at <= \(asOf.lastMoment))
                    ORDER BY q.entry_id, q.line LIMIT \(limit + 1))
                """, asOf: asOf, includingCleared: false, in: connection
            ).sorted { $0.key < $1.key }
            var numbers: [Int64: String] = [:]
            for row in try connection.query("SELECT id, number FROM account WHERE id = ANY(\(Array(Set(items.map(\.account.number)))))") {
                numbers[try row.get(0)] = try row.get(1)
            }
            let page = items.prefix(limit).map { (item: $0, account: numbers[$0.account.number] ?? "") }
            return Page(items: page, next: items.count > limit ? page.last?.item.key : nil)
        }
    }
}
