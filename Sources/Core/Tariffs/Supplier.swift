public import Values

/// Who supplies and sends the bill (§ 14(4) UStG, § 40(2) No. 1 EnWG). Dated data like a price: a bill keeps the one it was sent by.
public struct Supplier: Hashable, Sendable {
    public var name: String
    public var street: String
    public var postcode: String
    public var city: String
    /// ISO 3166-1.
    public var country: String
    public var vatId: String
    public var taxNumber: String?
    public var registerCourt: String
    public var registerNumber: String
    public var phone: String
    public var email: String
    public var website: String
    public var iban: String
    public var bic: String?
    public var contact: String
    /// What bills of a commodity say by law beside prices and readings, as long as a contract says nothing else.
    public var statements: [Commodity: Statements] = [:]

    public struct Statements: Hashable, Sendable {
        /// Who meters (§ 40(2) No. 6 EnWG).
        public var meteringOperator: String?
        /// BDEW code of the network operator, 13 digits.
        public var networkOperatorCode: String?
        /// Of contracts outside basic supply by the supplier's general terms: `P1M`.
        public var notice: NoticePeriod?
        /// Shares of the energy carriers and what they emit (§ 42 EnWG; § 5 FFVAV), in words.
        public var energyMix: Label?
        public init() {}
    }

    public init(
        name: String, street: String, postcode: String, city: String, country: String, vatId: String, taxNumber: String?,
        registerCourt: String,
        registerNumber: String, phone: String, email: String, website: String, iban: String, bic: String?, contact: String
    ) {
        self.name = name
        self.street = street
        self.postcode = postcode
        self.city = city
        self.country = country
        self.vatId = vatId
        self.taxNumber = taxNumber
        self.registerCourt = registerCourt
        self.registerNumber = registerNumber
        self.phone = phone
        self.email = email
        self.website = website
        self.iban = iban
        self.bic = bic
        self.contact = contact
    }
}

/// So many days, weeks or months: `P14D`, `P4W`, `P1M`.
public struct NoticePeriod: Hashable, Sendable {
    public enum Unit: Character, Sendable { case days = "D", weeks = "W", months = "M" }
    public let count: Int
    public let unit: Unit

    /// nil for anything else.
    public init?(_ text: String) {
        guard text.first == "P", let unit = text.last.flatMap(Unit.init), let count = Int(text.dropFirst().dropLast()),
            (1...366).contains(count)
        else { return nil }
        self.count = count
        self.unit = unit
    }
    public func after(_ day: Day) -> Day {
        switch unit {
        case .days: day.adding(days: count)
        case .weeks: day.adding(days: count * 7)
        case .months: day.adding(months: count)
        }
    }
}
