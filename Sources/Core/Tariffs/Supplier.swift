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
