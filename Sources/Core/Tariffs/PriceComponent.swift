/// One thing a tariff charges for: a name, the service it belongs to, its tax, and how it is charged.
public struct PriceComponent: Hashable, Sendable {
    /// Unique within the tariff; the same id in two versions is the same component.
    public let id: String
    public let label: Label
    public let service: BilledService
    public let tax: TaxTreatment
    /// An attribute of the contract that may name another treatment: whether the one who feeds in is a small business.
    public let taxAttribute: String?
    /// When it applies; without a condition: always.
    public let conditions: Conditions
    public let charge: Charge

    public init(
        id: String, label: Label, service: BilledService, tax: TaxTreatment, taxAttribute: String? = nil,
        conditions: Conditions = Conditions(), charge: Charge
    ) {
        self.id = id
        self.label = label
        self.service = service
        self.tax = tax
        self.taxAttribute = taxAttribute
        self.conditions = conditions
        self.charge = charge
    }

    /// The attribute of a contract that says `yes` where the customer sells on what is supplied (§ 3g(1) UStG).
    public static let resellerAttribute = "reseller"

    public static func isReseller(_ attributes: [String: String]) -> Bool { attributes[resellerAttribute] == "yes" }

    /// The treatment for a contract.
    public func tax(for attributes: [String: String]) -> TaxTreatment {
        tax(for: attributes, isReseller: PriceComponent.isReseller(attributes))
    }
    /// The same, where it was asked before whether the contract resells: a bill asks for every component.
    public func tax(for attributes: [String: String], isReseller: Bool) -> TaxTreatment {
        var treatment = tax
        if let taxAttribute, let word = attributes[taxAttribute], let own = TaxTreatment(rawValue: word) { treatment = own }
        switch service {
        // A roof is no public body: who adds no tax to what it feeds in is a small business.
        case .feedIn where treatment == .outside: return .smallBusiness
        // § 13b(2) No. 5 b UStG; of heat only who comes from abroad does not owe the tax.
        case .electricity, .gas:
            return isReseller && treatment.exemption == nil ? .reverseCharge : treatment
        default: return treatment
        }
    }
}

/// Where an attribute's value comes from: the first of `names` that the contract has, else the default.
public struct AttributeRule: Hashable, Sendable {
    public let names: [String]
    public let fallback: String?
    public init(names: [String], fallback: String?) {
        self.names = names
        self.fallback = fallback
    }
    /// The value and the name under which it was found.
    public func value(in attributes: [String: String]) -> (name: String, value: String)? {
        for name in names { if let value = attributes[name] { return (name, value) } }
        guard let fallback, let name = names.first else { return nil }
        return (name, fallback)
    }
}
