public import Partners
public import Values

/// A partner as a list shows it.
public struct PartnerSummary: Hashable, Sendable {
    public let id: Identifier<Partner>
    public let number: PrintedNumber
    public let key: String
    public let kind: Partner.Kind
    /// Family name first.
    public let name: String
    public let address: String
    public let email: String?
    public let phone: String?
}

/// A partner that a search found, and by what.
public struct PartnerHit: Hashable, Sendable {
    /// What matched, in the order in which groups are shown: the surest first.
    public enum Match: String, Sendable, Hashable, CaseIterable {
        case number, account, contract, meter, invoice, phone, email, name, similar
        case meteringPoint = "metering-point"
    }
    public let partner: PartnerSummary
    public let match: Match
    /// The text that matched: a serial number, a code, an account.
    public let via: String
}

/// Where a page of a search by name ended. What it holds is given back as it was, and means nothing elsewhere.
public struct PartnerCursor: Hashable, Sendable {
    /// The tier as one digit, then the name as sorted.
    public let sortName: String
    public let id: Int64

    public init(sortName: String, id: Int64) {
        self.sortName = sortName
        self.id = id
    }
}
