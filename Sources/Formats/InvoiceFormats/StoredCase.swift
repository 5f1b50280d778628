public import Billing
internal import JSON
public import Metering
public import Tariffs
public import Values

/// The inputs of a bill as they are stored beside it: enough to compute the same bill again, byte for byte.
///
/// Tariffs and series are named by the hash of their files, which are kept for ever; everything else stands in it.
public struct StoredCase: Hashable, Sendable {
    public var contract: BilledContract
    public var period: DayRange
    public var kind: BillKind
    public var usage: [UsagePiece]
    public var intervals: [IntervalUsage]
    /// Hashes of the tariff versions, in order of their first days.
    public var tariffs: [String]
    /// Series file to hash.
    public var priceHashes: [String: String]
    public var instalments: [Instalment]
    public var previous: PreviousPeriod?
    public var instalmentRule: InstalmentRule?
    /// See `BillingCase/terms`.
    public var terms: [AgreedTerms] = []
    /// Of what was stored without it: the first.
    public var form = BillForm.first
    /// Whether a Gutschrift was written; see `BillingCase/isSelfBilled`.
    public var isSelfBilled: Bool

    public init(_ billingCase: BillingCase) {
        contract = billingCase.contract
        period = billingCase.period
        kind = billingCase.kind
        usage = billingCase.usage
        intervals = billingCase.intervals
        let sources = billingCase.sources
        tariffs = sources.tariffs
        priceHashes = sources.prices
        instalments = billingCase.instalments
        previous = billingCase.previous
        instalmentRule = billingCase.instalmentRule
        isSelfBilled = billingCase.isSelfBilled
        terms = billingCase.terms
        form = billingCase.form
    }
    init(
        contract: BilledContract, period: DayRange, kind: BillKind, usage: [UsagePiece], intervals: [IntervalUsage], tariffs: [String],
        priceHashes: [String: String], instalments: [Instalment], previous: PreviousPeriod?, instalmentRule: InstalmentRule?,
        isSelfBilled: Bool
    ) {
        self.isSelfBilled = isSelfBilled
        self.instalmentRule = instalmentRule
        self.contract = contract
        self.period = period
        self.kind = kind
        self.usage = usage
        self.intervals = intervals
        self.tariffs = tariffs
        self.priceHashes = priceHashes
        self.instalments = instalments
        self.previous = previous
    }

    /// The case again.
    ///
    /// - Parameters:
    ///   - versions: the versions named in `tariffs`, in the same order.
    ///   - prices, supplier: from the files named in `priceHashes`.
    public func billingCase(versions: [PublishedTariff], prices: PriceCatalog, supplier: Supplier) -> BillingCase {
        var billingCase = BillingCase(
            contract: contract, supplier: supplier, period: period, kind: kind, usage: usage, intervals: intervals,
            tariffs: Timeline(steps: versions.map { ($0.version.from, $0) }), prices: prices, instalments: instalments, previous: previous,
            instalmentRule: instalmentRule)
        billingCase.isSelfBilled = isSelfBilled
        billingCase.terms = terms
        billingCase.form = form
        return billingCase
    }
}
