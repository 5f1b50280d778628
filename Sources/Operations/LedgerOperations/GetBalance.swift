public import Ledger
public import Postgres
public import Values

/// The balance of a contract account: positive, the customer owes.
public struct AccountBalance: Hashable, Sendable {
    public let account: AccountReference
    public let balance: Money
    /// The part of what is owed that is due on the day asked for.
    public let due: Money
    /// Credits that found nothing to pay, as a positive amount.
    public let onAccount: Money
    public let asOf: AsOf
}

/// What an account stands at, as of a booking day and a recorded moment.
public struct GetBalance: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - account: number or key.
    ///   - today: decides what is due where no day is asked for.
    /// - Throws: ``LedgerRefusal/unknownAccount(_:)``.
    public func callAsFunction(_ account: String, asOf: AsOf = AsOf(), today: Day) async throws -> AccountBalance {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let account = try AccountReference.find(account, in: connection)
            let items = try OpenItem.load(accounts: [account.id], asOf: asOf, in: connection)
            let day = asOf.day ?? today
            return AccountBalance(
                account: account, balance: items.map(\.remaining).total(),
                due: items.filter { $0.remaining > .zero && $0.due <= day }.map(\.remaining).total(),
                onAccount: -items.filter { $0.remaining < .zero }.map(\.remaining).total(), asOf: asOf)
        }
    }
}

/// What happened on an account, with a running balance.
public struct GetStatement: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - account: number or key.
    ///   - from: the first booking day shown; nil from the beginning.
    ///   - until: the first booking day not shown; nil to the end.
    ///   - known: what was recorded later does not count.
    /// - Throws: ``LedgerRefusal/unknownAccount(_:)``.
    public func callAsFunction(_ account: String, from: Day? = nil, until: Day? = nil, known: Instant? = nil) async throws
        -> (account: AccountReference, statement: AccountStatement)
    {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let account = try AccountReference.find(account, in: connection)
            let asOf = AsOf(day: until?.adding(days: -1), known: known)
            let rows = try connection.query(
                """
                SELECT p.entry_id, p.line, e.booking_date, e.value_date, e.kind, e.document, e.text, p.due, p.amount_cents
                FROM posting p JOIN journal_entry e ON e.id = p.entry_id
                WHERE p.account_id = \(account.id.number) AND e.booking_date <= \(asOf.lastDay) AND e.recorded_at <= \(asOf.lastMoment)
                ORDER BY e.booking_date, p.entry_id, p.line
                """)
            var opening = Money.zero
            var lines: [AccountStatement.Line] = []
            for row in rows {
                let day: Day = try row.get(2)
                let amount: Money = try row.get(8)
                if let from, day < from {
                    opening = opening + amount
                    continue
                }
                lines.append(
                    AccountStatement.Line(
                        item: OpenItem.Key(entry: try row.get(0), line: try row.get(1)), bookingDate: day, valueDate: try row.get(3),
                        kind: JournalEntry.Kind(rawValue: try row.get(4)) ?? .manual, document: try row.get(5), text: try row.get(6),
                        due: try row.get(7), amount: amount))
            }
            return (account, AccountStatement(opening: opening, lines: lines))
        }
    }
}
