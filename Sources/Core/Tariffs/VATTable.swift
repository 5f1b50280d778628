public import Values

/// How a component is taxed.
public enum TaxTreatment: String, Sendable, Hashable, Codable, CaseIterable {
    /// As its commodity is on the day: standard, with the table's exceptions (water; gas and heat until March 2024).
    case commodity
    case standard
    case reduced
    /// No taxable supply: waste water and rain water of a public body. Printed as such, not as 0 %.
    case outside
}

/// The tax of one line: a rate, or outside of it.
public struct Tax: Hashable, Sendable, Comparable {
    public let rate: TaxRate
    public let isOutside: Bool
    public init(rate: TaxRate) {
        self.rate = rate
        isOutside = false
    }
    private init() {
        rate = TaxRate(basisPoints: 0)
        isOutside = true
    }
    public static let outside = Tax()
    /// Higher rates first, what is outside of tax last: the order on the bill.
    public static func < (left: Tax, right: Tax) -> Bool {
        if left.isOutside != right.isOutside { return right.isOutside }
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
        case .outside: return .outside
        case .standard: kind = .standard
        case .reduced: kind = .reduced
        case .commodity: kind = overrides[commodity]?[day] ?? .standard
        }
        return rates[kind]?[day].map(Tax.init(rate:))
    }

    /// The days inside `range` on which the tax may change.
    public func changes(_ treatment: TaxTreatment, _ commodity: Commodity, in range: DayRange) -> [Day] {
        switch treatment {
        case .outside: return []
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
