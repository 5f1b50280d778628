public import Values

/// A contract account: the customer's subledger account. A partner may have several.
public struct Account: Hashable, Sendable {
    /// Ours, with a check digit; nil until the first save.
    public let number: PrintedNumber?
    /// The name the delivering system knows it by, unique.
    public let key: String
    /// The partner's key or number.
    public let partner: String
    public let iban: IBAN?

    public init(number: PrintedNumber?, key: String, partner: String, iban: IBAN?) {
        self.number = number
        self.key = key
        self.partner = partner
        self.iban = iban
    }
}

/// A supply contract: an account, a metering point and a tariff over days.
///
/// When its terms change from a day on, the terms until then stay as they were: the contract has several stretches under one key and
/// number, without a gap or an overlap.
public struct Contract: Hashable, Sendable {
    public let key: String
    /// The account's key or number.
    public let account: String
    public let meteringPoint: MeteringPointCode
    /// Commodity and name: `electricity/basis`.
    public let tariff: String
    public let valid: DayRange
    /// `annual-MM`, `monthly`, or a name defined in the data.
    public let cycle: String
    public let attributes: [String: String]

    public init(
        key: String, account: String, meteringPoint: MeteringPointCode, tariff: String, valid: DayRange, cycle: String,
        attributes: [String: String]
    ) {
        self.key = key
        self.account = account
        self.meteringPoint = meteringPoint
        self.tariff = tariff
        self.valid = valid
        self.cycle = cycle
        self.attributes = attributes
    }
}
