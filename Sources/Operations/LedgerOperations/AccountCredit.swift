public import Ledger
public import Postgres
public import Values

/// What stands on accounts and is owed to customers.
public enum AccountCredit {
    /// Accounts whose postings sum to a credit, each with it as a positive amount. Clearings move nothing here: they sum to zero. What
    /// waits to be paid out is no longer free.
    ///
    /// Ask after the accounts are locked, or it may be somebody else's a moment later.
    /// - Parameter less: what stands open on them and is about to be taken back.
    public static func free(
        accounts: [Identifier<CustomerAccount>], less open: [(account: Identifier<CustomerAccount>, amount: Money)] = [],
        in connection: Connection
    ) throws -> [Identifier<CustomerAccount>: Money] {
        guard !accounts.isEmpty else { return [:] }
        var found: [Identifier<CustomerAccount>: Money] = [:]
        for entry in open { found[entry.account, default: .zero] += entry.amount }
        for row in try connection.query(
            """
            SELECT p.account_id, -sum(CASE WHEN p.claim = 'refund' THEN
                    (SELECT coalesce(sum(l.amount_cents), 0) FROM clearing_line l WHERE l.entry_id = p.entry_id AND l.posting_line = p.line)
                ELSE p.amount_cents END)::bigint
            FROM posting p WHERE p.account_id = ANY(\(accounts.map(\.number))) GROUP BY p.account_id
            """)
        {
            found[Identifier(try row.get(0)), default: .zero] += try row.get(1, as: Money.self)
        }
        return found.filter { $0.value > .zero }
    }

    /// What an account's postings come to: positive: the customer owes; negative: a credit.
    public static func balance(of account: Identifier<CustomerAccount>, in connection: Connection) throws -> Money {
        try connection.one(
            "SELECT coalesce(sum(amount_cents), 0)::bigint FROM posting WHERE account_id = \(account.number)", as: Money.self)
    }

    /// What was paid of an entry's claims or set off against them, with their sign.
    public static func settled(_ entry: Identifier<JournalEntry>, in connection: Connection) throws -> Money {
        try OpenItem.load(entries: [entry], in: connection).map(\.cleared).total()
    }
}
