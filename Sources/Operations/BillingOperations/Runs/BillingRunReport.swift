public import Ledger
public import Values

/// What a run came to: what an inspector, a clerk and the ledger ask of it.
///
/// Of a real run it is counted over the documents that it issued, so that all sums are those of its journal entries, also where a
/// bill was taken back since. Of a simulation it is counted over its contracts, and there is neither tax by rate nor a balance.
public struct BillingRunReport: Sendable {
    /// Bills and sums under one name.
    public struct Sum: Hashable, Sendable {
        /// A commodity, or a tariff version (`electricity/basis/2025-01-01`).
        public let name: String
        /// Bills; of a simulation, papers.
        public let bills: Int64
        public let net: Money
        /// nil where tax is not known by that name: it is computed once per rate on the sum of a bill.
        public let tax: Money?
        public var gross: Money? { tax.map { net + $0 } }
    }
    public struct TaxSum: Hashable, Sendable {
        /// nil: outside of tax.
        public let rate: TaxRate?
        public let bills: Int64
        public let net: Money
        public let tax: Money
    }
    /// What was kept back for one reason.
    public struct Hold: Hashable, Sendable {
        public let code: String
        public let contracts: Int64
        /// One of its explanations.
        public let example: String
    }
    /// What was said of bills that went out all the same.
    public struct Notice: Hashable, Sendable {
        public let code: String
        public let bills: Int64
        /// One of its explanations.
        public let example: String
    }
    /// One bill.
    public struct Bill: Hashable, Sendable {
        /// `R-…`; of a simulation nil.
        public let invoice: String?
        public let contract: String
        public let account: String
        public let gross: Money
    }

    public let run: BillingRunRecord
    /// Bills that were issued, or would have been.
    public let bills: Int64
    /// Of all bills that were issued.
    public let net: Money
    public let tax: Money
    /// Of these, taken back since, and what they came to.
    public let cancelled: Int64
    public let cancelledNet: Money
    public let cancelledTax: Money
    /// By what the lines are for: of a bill over several contracts each has its own. Tax only where every bill is over one of them.
    public let commodities: [Sum]
    /// Higher rates first.
    public let taxes: [TaxSum]
    public let tariffs: [Sum]
    /// The most frequent first.
    public let holds: [Hold]
    /// What the checks said without holding the bill, the most frequent first.
    public let notices: [Notice]
    /// By gross, the largest first; at most ten.
    public let largest: [Bill]
    /// By gross, the smallest first: credits are below zero.
    public let smallest: [Bill]
    /// Of the entries that the run wrote; nil for a simulation.
    public let balance: TrialBalance?

    public var gross: Money { net + tax }
    /// What stands: issued less taken back. The sums of the run itself are these.
    public var standingNet: Money { net - cancelledNet }
    public var standingTax: Money { tax - cancelledTax }
}
