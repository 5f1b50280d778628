public import Billing
public import Tariffs
public import Values

/// The plan by which a contract pays in advance, as a letter tells it: days, amounts, and how they came about.
public struct PlanLetter: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public let due: Day
        public let gross: Money
        public let tax: Money
        /// The document that has requested it.
        public let requestedBy: PrintedNumber?

        public init(due: Day, gross: Money, tax: Money, requestedBy: PrintedNumber?) {
            self.due = due
            self.gross = gross
            self.tax = tax
            self.requestedBy = requestedBy
        }
    }
    /// The contract with its terms when the first of them falls due.
    public let contract: BilledContract
    /// What people call its tariff.
    public let tariff: Label?
    public let supplier: Supplier
    public let writtenOn: Day
    /// What a year is expected to cost, gross.
    public let yearly: Money
    /// Number of the bill the plan follows; nil: agreed.
    public let follows: PrintedNumber?
    /// What amounts are rounded to.
    public let step: Money
    /// Into how many the year was divided.
    public let count: Int
    /// In order of their days; what was withdrawn is not among them.
    public let entries: [Entry]

    public init(
        contract: BilledContract, tariff: Label? = nil, supplier: Supplier, writtenOn: Day, yearly: Money, follows: PrintedNumber?,
        step: Money, count: Int? = nil, entries: [Entry]
    ) {
        self.contract = contract
        self.tariff = tariff
        self.supplier = supplier
        self.writtenOn = writtenOn
        self.yearly = yearly
        self.follows = follows
        self.step = step
        self.count = count ?? entries.count
        self.entries = entries
    }
}

/// The request for one instalment (Abschlagsanforderung): a receivable, no revenue; its tax is as it was booked.
public struct InstalmentRequest: Hashable, Sendable {
    public let number: PrintedNumber
    public let requestedOn: Day
    public let due: Day
    public let shares: [InstalmentShare]
    /// The plan it belongs to.
    public let letter: PlanLetter

    public var gross: Money { shares.map(\.gross).total() }
    public var tax: Money { shares.map(\.amount).total() }
    public var net: Money { gross - tax }
    /// The month it is paid for: that of its day.
    public var period: DayRange { DayRange(from: due.startOfMonth, until: due.startOfMonth.adding(months: 1)) }
    /// BT-83, and what the customer writes on the transfer.
    var reference: String { "\(letter.contract.account) \(number)" }

    public init(number: PrintedNumber, requestedOn: Day, due: Day, shares: [InstalmentShare], letter: PlanLetter) {
        self.number = number
        self.requestedOn = requestedOn
        self.due = due
        self.shares = shares
        self.letter = letter
    }
}
