public import Values

/// The sums and balances of the general ledger over a period (Summen- und Saldenliste).
public struct TrialBalance: Hashable, Sendable {
    /// One account.
    public struct Row: Hashable, Sendable {
        public let ledger: GeneralLedgerNumber
        /// Debit positive.
        public let opening: Money
        public let debit: Money
        /// Positive.
        public let credit: Money
        /// Debit positive.
        public var closing: Money { opening + debit - credit }

        public init(ledger: GeneralLedgerNumber, opening: Money, debit: Money, credit: Money) {
            self.ledger = ledger
            self.opening = opening
            self.debit = debit
            self.credit = credit
        }
    }

    /// Ascending by account.
    public let rows: [Row]

    public init(_ rows: [Row]) { self.rows = rows.sorted { $0.ledger < $1.ledger } }

    public var debit: Money { rows.lazy.map(\.debit).total() }
    public var credit: Money { rows.lazy.map(\.credit).total() }
    /// Whether debits equal credits and the balances sum to zero. Anything else is a broken ledger.
    public var balances: Bool { debit == credit && rows.lazy.map(\.closing).total() == .zero }
}
