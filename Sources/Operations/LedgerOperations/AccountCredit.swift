public import Ledger
public import Postgres
public import Values

/// What stands on accounts and is owed to customers.
public enum AccountCredit {
    /// Accounts whose postings sum to a credit, each with it as a positive amount. Clearings move nothing here: they sum to zero.
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
            SELECT account_id, -sum(amount_cents)::bigint FROM posting WHERE account_id = ANY(\(accounts.map(\.number)))
            GROUP BY account_id
            """)
        {
            found[Identifier(try row.get(0)), default: .zero] += try row.get(1, as: Money.self)
        }
        return found.filter { $0.value > .zero }
    }
}
