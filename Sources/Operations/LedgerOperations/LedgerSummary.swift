public import Ledger
public import Postgres
public import Values

/// The ledger on half a page: what a run prints at its end and a home page shows.
public struct LedgerSummary: Hashable, Sendable {
    public let entries: Int64
    public let postings: Int64
    public let payments: Int64
    public let paid: Money
    public let debit: Money
    public let credit: Money
    /// The balance of the control account.
    public let receivables: Money
    /// What customers owe, without credits.
    public let openDebits: Money
    /// What stands to customers' credit, positive.
    public let onAccount: Money
    public let openItems: Int64
    /// Net revenue by account.
    public let revenue: [GeneralLedgerNumber: Money]
    public let valueAddedTax: Money
    public let seals: Int64

    /// Whether the sums that must agree do.
    public var reconciles: Bool { debit == credit && receivables == openDebits - onAccount }

    /// Reads it in one snapshot.
    public static func read(pool: Pool) async throws -> LedgerSummary {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let trial = try GetTrialBalance.read(from: nil, asOf: AsOf(), in: connection)
            let items = try connection.query(
                """
                SELECT count(*), coalesce(sum(remaining_cents) FILTER (WHERE remaining_cents > 0), 0)::bigint,
                       coalesce(-sum(remaining_cents) FILTER (WHERE remaining_cents < 0), 0)::bigint FROM open_item
                """)
            let counts = try connection.query(
                """
                SELECT (SELECT count(*) FROM journal_entry), (SELECT count(*) FROM posting), (SELECT count(*) FROM payment),
                       (SELECT coalesce(sum(amount_cents), 0)::bigint FROM payment), (SELECT count(*) FROM seal)
                """)
            var revenue: [GeneralLedgerNumber: Money] = [:]
            var tax = Money.zero
            for row in trial.rows {
                switch ChartOfAccounts.account(row.ledger)?.kind {
                case .revenue: revenue[row.ledger] = -row.closing
                case .tax: tax = tax - row.closing
                default: break
                }
            }
            return LedgerSummary(
                entries: try counts[0].get(0), postings: try counts[0].get(1), payments: try counts[0].get(2), paid: try counts[0].get(3),
                debit: trial.debit, credit: trial.credit,
                receivables: trial.rows.first { $0.ledger == ChartOfAccounts.receivables }?.closing ?? .zero,
                openDebits: try items[0].get(1),
                onAccount: try items[0].get(2), openItems: try items[0].get(0), revenue: revenue, valueAddedTax: tax,
                seals: try counts[0].get(4))
        }
    }
}
