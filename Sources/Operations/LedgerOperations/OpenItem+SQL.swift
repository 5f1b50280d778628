internal import Ledger
internal import Postgres
public import Values

/// What a question about the ledger is as of: what was booked up to a day, as known at a moment.
///
/// A document of today that is booked on a day of last month changes the first for that day, and never the second for a past moment.
public struct AsOf: Hashable, Sendable {
    /// The last booking day that counts; nil counts all, also days to come.
    public var day: Day?
    /// What was recorded later does not count; nil counts all.
    public var known: Instant?

    public init(day: Day? = nil, known: Instant? = nil) {
        self.day = day
        self.known = known
    }

    var lastDay: Day { day ?? Day(9999, 12, 31) }
    var lastMoment: Instant { known ?? Instant(seconds: 253_402_300_799) }
}

extension OpenItem {
    /// The items of these accounts as of a moment; cleared ones only if asked for.
    static func load(
        accounts: [Identifier<CustomerAccount>], asOf: AsOf = AsOf(), includingCleared: Bool = false, in connection: Connection
    ) throws -> [OpenItem] {
        try load("p.account_id = ANY(\(accounts.map(\.number)))", asOf: asOf, includingCleared: includingCleared, in: connection)
    }

    /// The items of these entries, cleared or not.
    static func load(entries: [Identifier<JournalEntry>], in connection: Connection) throws -> [OpenItem] {
        try load("p.entry_id = ANY(\(entries.map(\.number)))", asOf: AsOf(), includingCleared: true, in: connection)
    }

    static func load(_ condition: SQL, asOf: AsOf, includingCleared: Bool, in connection: Connection) throws -> [OpenItem] {
        let rows = try connection.query(
            """
            SELECT p.entry_id, p.line, p.account_id, p.claim, e.document, p.contract_id, e.booking_date, e.value_date, p.due, p.amount_cents, t.cleared
            FROM posting p
            JOIN journal_entry e ON e.id = p.entry_id
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(l.amount_cents), 0)::bigint AS cleared
                FROM clearing_line l JOIN clearing c ON c.id = l.clearing_id
                WHERE l.entry_id = p.entry_id AND l.posting_line = p.line
                    AND c.booking_date <= \(asOf.lastDay) AND c.recorded_at <= \(asOf.lastMoment)
            ) t
            WHERE p.account_id IS NOT NULL AND \(condition) AND e.booking_date <= \(asOf.lastDay) AND e.recorded_at <= \(asOf.lastMoment)
                AND (\(includingCleared) OR p.amount_cents <> t.cleared)
            ORDER BY p.due, p.entry_id, p.line
            """)
        return try rows.map { row in
            let contract: Int64? = try row.get(5)
            return OpenItem(
                key: Key(entry: try row.get(0), line: try row.get(1)), account: try row.get(2),
                kind: Kind(rawValue: try row.get(3)) ?? .credit,
                document: try row.get(4), contract: contract.map { Identifier($0) }, bookingDate: try row.get(6), valueDate: try row.get(7),
                due: try row.get(8), original: try row.get(9), cleared: try row.get(10))
        }
    }
}
