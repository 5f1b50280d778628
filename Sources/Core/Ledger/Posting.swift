public import Values

/// The customer's side of the ledger: names what an ``Identifier`` of a contract account counts.
public enum CustomerAccount {}
/// Names what an ``Identifier`` of a contract counts.
public enum BilledContract {}

/// One line of a journal entry: an account and a signed amount.
///
/// Debit is positive, credit is negative: one number cannot be on both sides.
public struct Posting: Hashable, Sendable {
    /// What a posting on a customer's account opens: an item with a due day.
    public struct Claim: Hashable, Sendable {
        public let account: Identifier<CustomerAccount>
        public let kind: OpenItem.Kind
        /// For a credit, the day from which it may be used.
        public let due: Day
        public let contract: Identifier<BilledContract>?

        public init(account: Identifier<CustomerAccount>, kind: OpenItem.Kind, due: Day, contract: Identifier<BilledContract>? = nil) {
            self.account = account
            self.kind = kind
            self.due = due
            self.contract = contract
        }
    }

    public let ledger: GeneralLedgerNumber
    /// Cents, debit positive, never zero in an entry.
    public let amount: Money
    /// Set exactly on the control account.
    public let claim: Claim?
    /// The tax code a tax or revenue line was computed with, such as `USt19`.
    public let taxCode: String?

    public init(ledger: GeneralLedgerNumber, amount: Money, claim: Claim? = nil, taxCode: String? = nil) {
        self.ledger = ledger
        self.amount = amount
        self.claim = claim
        self.taxCode = taxCode
    }

    /// A debit of a general ledger account.
    public static func debit(_ ledger: GeneralLedgerNumber, _ amount: Money, taxCode: String? = nil) -> Posting {
        Posting(ledger: ledger, amount: amount, taxCode: taxCode)
    }
    /// A credit of a general ledger account.
    public static func credit(_ ledger: GeneralLedgerNumber, _ amount: Money, taxCode: String? = nil) -> Posting {
        Posting(ledger: ledger, amount: -amount, taxCode: taxCode)
    }
    /// A customer owes `amount` more; a negative amount is a credit to the customer.
    public static func customer(
        _ account: Identifier<CustomerAccount>, owes amount: Money, _ kind: OpenItem.Kind, due: Day,
        contract: Identifier<BilledContract>? = nil
    ) -> Posting {
        Posting(
            ledger: ChartOfAccounts.receivables, amount: amount,
            claim: Claim(account: account, kind: kind, due: due, contract: contract))
    }

    /// The same line with the amount on the other side.
    public var negated: Posting { Posting(ledger: ledger, amount: -amount, claim: claim, taxCode: taxCode) }
}
