public import Metering
public import Tariffs
public import Values

/// All that one bill is computed from, and nothing else: the same case gives the same bill on any day, on any machine.
public struct BillingCase: Hashable, Sendable {
    public var contract: BilledContract
    public var supplier: Supplier
    /// With an end.
    public var period: DayRange { didSet { made.plan = nil } }
    public var kind: BillKind
    /// Cut at least at `Bill.cuts`. Order does not matter.
    public var usage: [UsagePiece]
    /// What was drawn in each slot, where a price needs to know; empty where none does.
    public var intervals: [IntervalUsage]
    /// What was found while the usage was told; a `failure` holds the bill.
    public var findings: [Finding]
    /// The versions of the contract's tariff.
    public var tariffs: Timeline<PublishedTariff> { didSet { made.plan = nil } }
    public var prices: PriceCatalog { didSet { made.plan = nil } }
    /// Paid in advance for this period.
    public var instalments: [Instalment]
    /// The same days a year ago, if they were billed.
    public var previous: PreviousPeriod?
    /// How the contract goes on to pay in advance; nil: not at all.
    public var instalmentRule: InstalmentRule?
    /// What was agreed from which day on, in order, where that changed inside the period; empty: what the contract says, on all days.
    public var terms: [AgreedTerms] = [] { didSet { made.plan = nil } }
    /// How the bill is put together.
    public var form: BillForm = .current
    /// Whether it is the customer who supplies and is written a Gutschrift: so where the tariff pays for feed-in and for nothing else.
    /// What was issued before there were any keeps its form.
    public var isSelfBilled: Bool
    private var made = Made()
    /// Of these tariffs, prices and days, if somebody made it before.
    var plan: BillPlan? { made.plan }

    /// A plan says nothing that the case does not say: with one and without, a case is the same.
    private struct Made: Hashable, Sendable {
        var plan: BillPlan?
        static func == (left: Made, right: Made) -> Bool { true }
        func hash(into hasher: inout Hasher) {}
    }

    /// The most slots of one device that a bill can be computed from, and its stored inputs be read with: a leap year of minutes.
    public static let maximumSlots = 527_040

    /// - Precondition: the period has an end.
    public init(
        contract: BilledContract, supplier: Supplier, period: DayRange, kind: BillKind, usage: [UsagePiece],
        intervals: [IntervalUsage] = [], findings: [Finding] = [], tariffs: Timeline<PublishedTariff>, prices: PriceCatalog,
        instalments: [Instalment] = [], previous: PreviousPeriod? = nil, instalmentRule: InstalmentRule? = nil
    ) {
        precondition(period.until != nil, "a bill is of a period with an end")
        self.contract = contract
        self.supplier = supplier
        self.period = period
        self.kind = kind
        self.usage = usage
        self.intervals = intervals
        self.findings = findings
        self.tariffs = tariffs
        self.prices = prices
        self.instalments = instalments
        self.previous = previous
        self.instalmentRule = instalmentRule
        isSelfBilled = BillingCase.paysForFeedIn(tariffs, period)
    }

    private static func paysForFeedIn(_ tariffs: Timeline<PublishedTariff>, _ period: DayRange) -> Bool {
        let pieces = tariffs.pieces(in: period)
        return !pieces.isEmpty && pieces.allSatisfy { $0.value.version.components.allSatisfy { $0.service == .feedIn } }
    }

    /// One of many cases that share a plan, which says tariffs, prices and period.
    public init(
        contract: BilledContract, supplier: Supplier, plan: BillPlan, kind: BillKind, usage: [UsagePiece],
        intervals: [IntervalUsage] = [], findings: [Finding] = [], instalments: [Instalment] = [], previous: PreviousPeriod? = nil,
        instalmentRule: InstalmentRule? = nil
    ) {
        self.init(
            contract: contract, supplier: supplier, period: plan.period, kind: kind, usage: usage, intervals: intervals,
            findings: findings, tariffs: plan.tariffs, prices: plan.prices, instalments: instalments, previous: previous,
            instalmentRule: instalmentRule)
        if !plan.terms.isEmpty { terms = plan.terms }
        made.plan = plan
    }
}

/// The contract as it stands on a bill.
public struct BilledContract: Hashable, Sendable {
    public var number: String
    public var key: String
    public var account: String
    public var tariff: TariffKey
    /// Days of the contract's terms.
    public var valid: DayRange
    /// The first day of the first terms that a contract of this number had; nil: not told, as on bills from before it was.
    public var began: Day?
    public var meteringPoint: String
    /// Where it is supplied: street and house, postcode and city.
    public var place: [String]
    /// Of the contract; and `capacity.kW` or `capacity.m3/h` of the point.
    public var attributes: [String: String]
    public var recipient: Recipient

    /// The first day of the contract, whose terms may have changed since: months of a bonus or a price guarantee count from it. An
    /// attribute says it where the contract is older than these books.
    public var start: Day { TariffExample.start(in: attributes) ?? began ?? valid.from }

    /// Of the customer who feeds in.
    public var taxNumber: String? { attributes["taxNumber"].flatMap { $0.isEmpty ? nil : $0 } }

    /// Serial numbers of the meters behind the main one whose water does not reach the sewer: the attribute `deductionMeter` names them,
    /// wherever they hang.
    public var deductionMeters: [Substring] { BilledContract.deductionMeters(attributes) }
    public static func deductionMeters(_ attributes: [String: String]) -> [Substring] {
        attributes["deductionMeter"]?.split { $0 == "," || $0 == " " } ?? []
    }

    public init(
        number: String, key: String, account: String, tariff: TariffKey, valid: DayRange, began: Day? = nil, meteringPoint: String,
        place: [String], attributes: [String: String], recipient: Recipient
    ) {
        self.number = number
        self.key = key
        self.account = account
        self.tariff = tariff
        self.valid = valid
        self.began = began
        self.meteringPoint = meteringPoint
        self.place = place
        self.attributes = attributes
        self.recipient = recipient
    }
}

/// Who gets the bill, as known on the day of issue.
public struct Recipient: Hashable, Sendable {
    public var partner: String
    public var name: String
    public var street: String
    public var postcode: String
    public var city: String
    public var email: String?
    /// BT-49 of an e-invoice, if the partner named one.
    public var electronicAddress: String?
    public var vatId: String?
    public var leitwegId: String?

    public init(
        partner: String, name: String, street: String, postcode: String, city: String, email: String? = nil,
        electronicAddress: String? = nil,
        vatId: String? = nil, leitwegId: String? = nil
    ) {
        self.partner = partner
        self.name = name
        self.street = street
        self.postcode = postcode
        self.city = city
        self.email = email
        self.electronicAddress = electronicAddress
        self.vatId = vatId
        self.leitwegId = leitwegId
    }
}

/// An advance payment with its tax as it was booked: never computed again from a sum (§ 14(5) UStG; reference example B).
public struct Instalment: Hashable, Sendable {
    public var paidOn: Day
    public var gross: Money
    public var tax: Money
    /// Of its request (`AB-…`); nil on bills from before it was kept.
    public var number: String?
    /// Number of the contract it was paid for; nil until a bill sets it off.
    public internal(set) var contract: String?
    public init(paidOn: Day, gross: Money, tax: Money, number: String? = nil) {
        self.paidOn = paidOn
        self.gross = gross
        self.tax = tax
        self.number = number
    }
    /// On the paper that takes its bill back.
    var reversed: Instalment {
        var instalment = self
        instalment.gross = -gross
        instalment.tax = -tax
        return instalment
    }
    func paid(for contract: String) -> Instalment {
        var instalment = self
        instalment.contract = contract
        return instalment
    }
}
