public import Values

/// The stable name of a tariff: commodity and id, as in `electricity/basis`. Never used again for another tariff.
public struct TariffKey: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public let commodity: Commodity
    /// Lower-case letters, digits and `-`.
    public let id: String

    /// nil unless the id is made of lower-case letters, digits and `-`, 1–64 of them: it stands in paths and addresses.
    public init?(commodity: Commodity, id: String) {
        guard (1...64).contains(id.utf8.count), id.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }) else {
            return nil
        }
        self.commodity = commodity
        self.id = id
    }
    /// Parses `electricity/basis`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let commodity = Commodity(rawValue: String(parts[0])) else { return nil }
        self.init(commodity: commodity, id: String(parts[1]))
    }

    public var description: String { "\(commodity.rawValue)/\(id)" }
    public static func < (left: TariffKey, right: TariffKey) -> Bool { left.description < right.description }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let key = TariffKey(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is no tariff"))
        }
        self = key
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A text for people in both languages of the product.
public struct Label: Hashable, Sendable, Codable {
    public let de: String
    public let en: String
    public init(de: String, en: String) {
        self.de = de
        self.en = en
    }
}

/// What a component is paid for. Waste water and rain water are billed services of water, with another tax.
public enum BilledService: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    case electricity, gas, water, wastewater, rainwater, heat
    /// What the customer supplies: paid to him, a cost and no revenue.
    case feedIn = "feed_in"

    /// The service that is the supply itself.
    public init(_ commodity: Commodity) {
        self =
            switch commodity {
            case .electricity: .electricity
            case .gas: .gas
            case .water: .water
            case .heat: .heat
            }
    }
    public static func < (left: BilledService, right: BilledService) -> Bool {
        left.rank < right.rank
    }
    /// The order on the bill.
    private var rank: Int {
        switch self {
        case .electricity: 0
        case .gas: 1
        case .water: 2
        case .wastewater: 3
        case .rainwater: 4
        case .heat: 5
        case .feedIn: 6
        }
    }
}
