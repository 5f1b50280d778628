internal import Postgres
internal import Values

/// What settles items, against the items: clearings by their lines, payments by the entries that book them. The lists are cut at a hundred:
/// more say no more.
enum SettlementCheck {
    /// A clearing sums to zero on one account. So the open items of an account sum to its balance, whatever was cleared.
    static func clearings(in connection: Connection) throws -> [LedgerVerification.Problem] {
        var found: [LedgerVerification.Problem] = []
        for row in try connection.query(
            """
            SELECT c.id, coalesce(l.lines, 0), coalesce(l.sum, 0)::bigint, a.number FROM clearing c LEFT JOIN account a ON a.id = c.account_id
            LEFT JOIN (SELECT clearing_id, count(*) AS lines, sum(amount_cents) AS sum FROM clearing_line GROUP BY 1) l ON l.clearing_id = c.id
            WHERE coalesce(l.lines, 0) < 2 OR l.sum <> 0 ORDER BY 1 LIMIT 100
            """)
        {
            let id: Int64 = try row.get(0)
            let lines: Int64 = try row.get(1)
            let account = try row.get(3, as: String?.self) ?? "an account that is gone"
            found.append(
                lines < 2
                    ? .init(
                        kind: .deleted, entry: nil, explanation: "clearing \(id) on \(account): lines of it are gone, \(lines) are left")
                    : .init(
                        kind: .balance, entry: nil,
                        explanation: "clearing \(id) on \(account) comes to \(try row.get(2, as: Money.self)) instead of zero"))
        }
        for row in try connection.query(
            """
            SELECT l.clearing_id, l.entry_id, l.posting_line, c.id IS NULL, p.entry_id IS NULL FROM clearing_line l
            LEFT JOIN clearing c ON c.id = l.clearing_id LEFT JOIN posting p ON p.entry_id = l.entry_id AND p.line = l.posting_line
            WHERE c.id IS NULL OR p.account_id IS DISTINCT FROM c.account_id ORDER BY 1, 2, 3 LIMIT 100
            """)
        {
            let item = "\(try row.get(1, as: Int64.self))/\(try row.get(2, as: Int16.self))"
            let what =
                try row.get(3, as: Bool.self)
                ? "stands without it" : row.get(4, as: Bool.self) ? "clears an item that is gone" : "clears an item of another account"
            found.append(
                .init(
                    kind: .balance, entry: nil,
                    explanation: "clearing \(try row.get(0, as: Int64.self)): the line over item \(item) \(what)"))
        }
        for row in try connection.query(
            """
            SELECT c.id, c.resets FROM clearing c WHERE c.resets IS NOT NULL AND
                (SELECT string_agg(concat_ws('/', l.entry_id, l.posting_line, -l.amount_cents), ';' ORDER BY l.entry_id, l.posting_line) FROM clearing_line l WHERE l.clearing_id = c.id)
                IS DISTINCT FROM
                (SELECT string_agg(concat_ws('/', l.entry_id, l.posting_line, l.amount_cents), ';' ORDER BY l.entry_id, l.posting_line) FROM clearing_line l WHERE l.clearing_id = c.resets)
            ORDER BY 1 LIMIT 100
            """)
        {
            let explanation =
                "clearing \(try row.get(0, as: Int64.self)) is not the opposite of clearing \(try row.get(1, as: Int64.self)), which it takes back"
            found.append(.init(kind: .balance, entry: nil, explanation: explanation))
        }
        return found
    }

    /// Every payment has its entry with the same amount, account and days, and every such entry its payment.
    static func payments(in connection: Connection) throws -> [LedgerVerification.Problem] {
        var found: [LedgerVerification.Problem] = []
        for row in try connection.query(
            """
            SELECT p.number, p.amount_cents, p.entry_id, e.id IS NULL, s.received, s.account_id IS NOT DISTINCT FROM p.account_id
            FROM payment p LEFT JOIN journal_entry e ON e.id = p.entry_id
            LEFT JOIN LATERAL (SELECT sum(t.amount_cents) FILTER (WHERE t.amount_cents > 0)::bigint AS received, max(t.account_id) AS account_id
                               FROM posting t WHERE t.entry_id = p.entry_id) s ON true
            WHERE e.id IS NULL OR e.kind <> 'payment' OR e.key <> 'payment:' || p.key OR e.document IS DISTINCT FROM p.number
                OR e.value_date <> p.value_date OR e.recorded_at <> p.recorded_at OR s.received IS DISTINCT FROM p.amount_cents
                OR s.account_id IS DISTINCT FROM p.account_id
            ORDER BY p.id LIMIT 100
            """)
        {
            let amount: Money = try row.get(1)
            let received: Money? = try row.get(4)
            let what =
                if try row.get(3, as: Bool.self) {
                    "the entry that books it is gone"
                } else if let received, received != amount {
                    "its amount is \(amount), and \(received) was booked"
                } else if try !row.get(5, as: Bool.self) {
                    "it was booked on another account"
                } else {
                    "its number, key or days are not those that were booked"
                }
            found.append(
                .init(
                    kind: .changed, entry: Identifier(try row.get(2, as: Int64.self)),
                    explanation: "payment \(try row.get(0, as: String.self)): \(what)"))
        }
        for row in try connection.query(
            """
            SELECT e.id, e.document FROM journal_entry e LEFT JOIN payment p ON p.entry_id = e.id
            WHERE e.kind = 'payment' AND e.key LIKE 'payment:%' AND p.id IS NULL ORDER BY 1 LIMIT 100
            """)
        {
            let id: Int64 = try row.get(0)
            let document = try row.get(1, as: String?.self) ?? ""
            found.append(
                .init(kind: .deleted, entry: Identifier(id), explanation: "entry \(id) books payment \(document), which is gone"))
        }
        return found
    }
}
