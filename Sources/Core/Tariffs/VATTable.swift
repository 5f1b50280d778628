public import Values

/// How a component is taxed.
public enum TaxTreatment: String, Sendable, Hashable, Codable, CaseIterable {
    /// As its commodity is on the day: standard, with the table's exceptions (water; gas and heat until March 2024).
    case commodity
    case standard
    case reduced
    /// No taxable supply: waste water and rain water of a public body. Printed as such, not as 0 %.
    case outside
    /// The one who supplies is a small business (§ 19 UStG): what a household's roof feeds in.
    case smallBusiness = "small_business"
    /// The recipient owes the tax (§ 13b(2) No. 5 b UStG): electricity and gas sold to somebody who sells them on.
    case reverseCharge = "reverse_charge"

    /// Why no tax is shown; nil: it is.
    public var exemption: Tax.Exemption? {
        switch self {
        case .commodity, .standard, .reduced: nil
        case .outside: .sovereign
        case .smallBusiness: .smallBusiness
        case .reverseCharge: .reverseCharge
        }
    }
}

/// The tax of one line: a rate, or the reason why there is none.
public struct Tax: Hashable, Sendable, Comparable {
    /// Why no tax is shown. Each has its own words on the bill and in the e-invoice.
    public enum Exemption: String, Sendable, Hashable, CaseIterable {
        case sovereign
        case smallBusiness = "small_business"
        case reverseCharge = "reverse_charge"
    }
    public let rate: TaxRate
    public let exemption: Exemption?
    /// Whether no tax is shown.
    public var isOutside: Bool { exemption != nil }
    public init(rate: TaxRate) {
        self.rate = rate
        exemption = nil
    }
    public init(_ exemption: Exemption) {
        rate = TaxRate(basisPoints: 0)
        self.exemption = exemption
    }
    /// Of a public body.
    public static let outside = Tax(.sovereign)
    /// Higher rates first, what is outside of tax last: the order on the bill.
    public static func < (left: Tax, right: Tax) -> Bool {
        if left.isOutside != right.isOutside { return right.isOutside }
        if left.exemption != right.exemption { return (left.exemption?.rawValue ?? "") < (right.exemption?.rawValue ?? "") }
        return left.rate > right.rate
    }
}

/// Tax rates by date, with exceptions by commodity.
public struct VATTable: Hashable, Sendable {
    public enum Class: String, Sendable, Hashable, CaseIterable { case standard, reduced }

    public let rates: [Class: Timeline<TaxRate>]
    /// Commodities that are not taxed by the standard rate, and when.
    public let overrides: [Commodity: Timeline<Class>]

    public init(rates: [Class: Timeline<TaxRate>] = [:], overrides: [Commodity: Timeline<Class>] = [:]) {
        self.rates = rates
        self.overrides = overrides
    }

    /// The tax of a day; nil where the table has no rate.
    public func tax(_ treatment: TaxTreatment, _ commodity: Commodity, on day: Day) -> Tax? {
        let kind: Class
        switch treatment {
        case .outside, .smallBusiness, .reverseCharge: return treatment.exemption.map(Tax.init)
        case .standard: kind = .standard
        case .reduced: kind = .reduced
        case .commodity: kind = overrides[commodity]?[day] ?? .standard
        }
        return rates[kind]?[day].map(Tax.init(rate:))
    }

    /// The days inside `range` on which the tax may change.
    public func changes(_ treatment: TaxTreatment, _ commodity: Commodity, in range: DayRange) -> [Day] {
        switch treatment {
        case .outside, .smallBusiness, .reverseCharge: return []
        case .standard: return rates[.standard]?.changes(in: range) ?? []
        case .reduced: return rates[.reduced]?.changes(in: range) ?? []
        case .commodity:
            let days = (overrides[commodity]?.changes(in: range) ?? []) + Class.allCases.flatMap { rates[$0]?.changes(in: range) ?? [] }
            if days.isEmpty { return [] }
            // A change of the other class's rate is none of ours.
            return Set(days).filter { tax(treatment, commodity, on: $0) != tax(treatment, commodity, on: $0.adding(days: -1)) }.sorted()
        }
    }
}
