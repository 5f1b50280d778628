public import Ledger
public import Postgres
public import Values

/// The sums and balances of the general ledger.
public struct GetTrialBalance: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - from: the first booking day whose postings are shown as debit and credit; what was before is the opening balance.
    ///     Nil shows all.
    ///   - asOf: the last booking day and the last recorded moment that count.
    public func callAsFunction(from: Day? = nil, asOf: AsOf = AsOf()) async throws -> TrialBalance {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            try GetTrialBalance.read(from: from, asOf: asOf, in: connection)
        }
    }

    static func read(from: Day?, asOf: AsOf, in connection: Connection) throws -> TrialBalance {
        // The youngest closing that lies wholly before the period asked for, and was known by then: its sums are added up already.
        let start = from ?? Day(1, 1, 1)
        let closing: Day? = try connection.one(
            """
            SELECT max(until) FROM period_closing
            WHERE until <= \(start) AND until <= \(asOf.lastDay) AND closed_at <= \(asOf.lastMoment)
            """)
        let rows = try connection.query(
            """
            WITH part AS (
                SELECT ledger, debit_cents - credit_cents AS opening, 0::numeric AS debit, 0::numeric AS credit
                FROM period_balance WHERE until = \(closing)
                UNION ALL
                SELECT p.ledger,
                       coalesce(sum(p.amount_cents) FILTER (WHERE e.booking_date < \(start)), 0),
                       coalesce(sum(p.amount_cents) FILTER (WHERE e.booking_date >= \(start) AND p.amount_cents > 0), 0),
                       coalesce(-sum(p.amount_cents) FILTER (WHERE e.booking_date >= \(start) AND p.amount_cents < 0), 0)
                FROM posting p JOIN journal_entry e ON e.id = p.entry_id
                WHERE e.booking_date >= \(closing ?? Day(1, 1, 1)) AND e.booking_date <= \(asOf.lastDay) AND e.recorded_at <= \(asOf.lastMoment)
                GROUP BY p.ledger
            )
            SELECT ledger, sum(opening)::bigint, sum(debit)::bigint, sum(credit)::bigint FROM part GROUP BY ledger
            """)
        return TrialBalance(
            try rows.map { row in
                TrialBalance.Row(
                    ledger: GeneralLedgerNumber(try row.get(0)), opening: try row.get(1), debit: try row.get(2), credit: try row.get(3))
            })
    }
}

/// How old what is owed is.
public struct GetAging: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// - Parameter day: the last booking day that counts, and the day ages are counted to.
    public func callAsFunction(asOf day: Day, known: Instant? = nil) async throws -> Aging {
        let asOf = AsOf(day: day, known: known)
        return try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            // Summed by due day and sign in the database: memory does not grow with the number of customers.
            let rows = try connection.query(
                """
                SELECT p.due, sum(p.amount_cents - t.cleared)::bigint
                FROM posting p JOIN journal_entry e ON e.id = p.entry_id
                LEFT JOIN LATERAL (
                    SELECT coalesce(sum(l.amount_cents), 0)::bigint AS cleared
                    FROM clearing_line l JOIN clearing c ON c.id = l.clearing_id
                    WHERE l.entry_id = p.entry_id AND l.posting_line = p.line
                        AND c.booking_date <= \(asOf.lastDay) AND c.recorded_at <= \(asOf.lastMoment)
                ) t ON true
                WHERE p.account_id IS NOT NULL AND e.booking_date <= \(asOf.lastDay) AND e.recorded_at <= \(asOf.lastMoment)
                    AND p.amount_cents <> t.cleared
                GROUP BY p.due, p.amount_cents > 0
                """)
            var aging = Aging([], asOf: day)
            for row in rows { aging.add(try row.get(1), due: try row.get(0), asOf: day) }
            return aging
        }
    }
}

/// The journal in the order of booking, a page at a time.
public struct ListJournal: Sendable {
    /// Where a page ended.
    public struct Cursor: Hashable, Sendable {
        public let bookingDate: Day
        public let id: Identifier<JournalEntry>

        public init(bookingDate: Day, id: Identifier<JournalEntry>) {
            self.bookingDate = bookingDate
            self.id = id
        }
    }
    public struct Page: Hashable, Sendable {
        public let entries: [StoredEntry]
        public let next: Cursor?
    }

    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - from: first booking day.
    ///   - asOf: last booking day and last recorded moment.
    public func callAsFunction(from: Day? = nil, asOf: AsOf = AsOf(), after cursor: Cursor? = nil, limit: Int = 500) async throws -> Page {
        let start = cursor ?? Cursor(bookingDate: from ?? Day(1, 1, 1), id: Identifier(0))
        return try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let rows = try connection.query(
                """
                SELECT \(JournalEntry.columns) FROM journal_entry
                WHERE (booking_date, id) > (\(start.bookingDate), \(start.id.number))
                    AND booking_date <= \(asOf.lastDay) AND recorded_at <= \(asOf.lastMoment)
                ORDER BY booking_date, id LIMIT \(limit + 1)
                """)
            let entries = try JournalEntry.assemble(rows, in: connection)
            let page = Array(entries.prefix(limit))
            let next = entries.count > limit ? page.last.map { Cursor(bookingDate: $0.entry.bookingDate, id: $0.id) } : nil
            return Page(entries: page, next: next)
        }
    }

    /// One entry.
    /// - Throws: ``LedgerRefusal/unknownEntry(_:)``.
    public func entry(_ id: Identifier<JournalEntry>) async throws -> StoredEntry {
        try await pool.transaction(readOnly: true) { connection in
            guard let entry = try JournalEntry.load(ids: [id], in: connection).first else { throw LedgerRefusal.unknownEntry(id) }
            return entry
        }
    }
}
