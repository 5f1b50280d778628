public import Values

/// A business partner: the person or firm we supply and bill.
public struct Partner: Hashable, Sendable {
    /// What a partner is before the law; it decides terms of payment and default interest (§ 13 BGB).
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case person, company
        case publicBody = "public-body"
    }

    /// Ours, with a check digit; nil until the first save.
    public let number: PrintedNumber?
    /// The name the delivering system knows it by, unique.
    public let key: String
    public let kind: Kind
    public let name: PartnerName
    public let address: PostalAddress?
    public let born: Day?
    public let email: String?
    public let phone: String?
    /// Where invoices go in a network (BT-49).
    public let electronicAddress: String?
    public let vatId: String?
    /// The route of an invoice to a public body (BT-10).
    public let leitwegId: String?

    public init(
        number: PrintedNumber?, key: String, kind: Kind, name: PartnerName, address: PostalAddress? = nil, born: Day? = nil,
        email: String? = nil,
        phone: String? = nil, electronicAddress: String? = nil, vatId: String? = nil, leitwegId: String? = nil
    ) {
        self.number = number
        self.key = key
        self.kind = kind
        self.name = name
        self.address = address
        self.born = born
        self.email = email
        self.phone = phone
        self.electronicAddress = electronicAddress
        self.vatId = vatId
        self.leitwegId = leitwegId
    }

    /// Everything of the partner that a search box may find, folded; see ``SearchText``.
    public var searchText: String {
        SearchText.folded(
            [name.given, name.family, name.company, address?.street, address?.house, address?.postcode, address?.city, email]
                .compactMap { $0 }.joined(separator: " "))
    }
}

/// The name of a person or firm.
public struct PartnerName: Hashable, Sendable {
    public let given: String?
    public let family: String?
    public let company: String?

    public init(given: String? = nil, family: String? = nil, company: String? = nil) {
        self.given = given?.nonempty
        self.family = family?.nonempty
        self.company = company?.nonempty
    }

    /// As on a letter: the firm, else given and family name.
    public var display: String {
        if let company { return company }
        return [given, family].compactMap { $0 }.joined(separator: " ")
    }
    /// As in a list: family name first.
    public var listed: String {
        if let company { return company }
        return [family, given].compactMap { $0 }.joined(separator: ", ")
    }
    public var isEmpty: Bool { given == nil && family == nil && company == nil }
}

/// A postal address in Germany; any part may be unknown.
public struct PostalAddress: Hashable, Sendable {
    public let street: String?
    public let house: String?
    public let postcode: String?
    public let city: String?

    public init(street: String? = nil, house: String? = nil, postcode: String? = nil, city: String? = nil) {
        self.street = street?.nonempty
        self.house = house?.nonempty
        self.postcode = postcode?.nonempty
        self.city = city?.nonempty
    }

    /// `Hauptstraße 1, 24534 Neumünster`.
    public var line: String {
        let parts = [[street, house], [postcode, city]].map { $0.compactMap { $0 }.joined(separator: " ") }
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }
    public var isEmpty: Bool { street == nil && house == nil && postcode == nil && city == nil }
}

extension String {
    fileprivate var nonempty: String? { allSatisfy(\.isWhitespace) ? nil : self }
}
