public import Values

/// One thing a tariff charges for: a name, the service it belongs to, its tax, and how it is charged.
public struct PriceComponent: Hashable, Sendable {
    /// Unique within the tariff; the same id in two versions is the same component.
    public let id: String
    public let label: Label
    public let service: BilledService
    public let tax: TaxTreatment
    public let charge: Charge

    public init(id: String, label: Label, service: BilledService, tax: TaxTreatment, charge: Charge) {
        self.id = id
        self.label = label
        self.service = service
        self.tax = tax
        self.charge = charge
    }
}

/// How a component is charged. A closed set: a new kind makes the compiler list every place to visit.
public enum Charge: Hashable, Sendable {
    /// A base price per time.
    case fixed(Price)
    /// A base price per time by size: the first step whose limit holds the size (meter size Q3).
    case sized(SizedPrice)
    /// Per kWh of a register.
    case energy(MeasuredRegister, UnitPrice<KilowattHour>)
    /// Per m³.
    case volume(UnitPrice<CubicMetre>)
    /// Graduated: each part of the quantity at the price of its step; yearly limits are shared over the span.
    case tiered(TieredPrice)
    /// Per kW of connected load and time.
    case capacity(CapacityPrice)
    /// Per m² and time: sealed area times its runoff coefficient.
    case area(AreaPrice)
    /// Per piece and time, as often as an attribute says.
    case perItem(Price, attribute: AttributeRule)
    /// A dated series handed on at its value: levies, CO₂.
    case passThrough(SeriesKey, MeasuredRegister)
    /// At least this much for the named components together.
    case minimum(Price, of: [String])

    /// What is measured for it; nil: nothing.
    public var measured: (register: MeasuredRegister, unit: UnitCode)? {
        switch self {
        case .energy(let register, _), .passThrough(_, let register): (register, .kilowattHour)
        case .volume: (.total, .cubicMetre)
        case .tiered(let tiers): (tiers.register, tiers.unit)
        case .fixed, .sized, .capacity, .area, .perItem, .minimum: nil
        }
    }
}

/// Which counters of a meter a component looks at.
public enum MeasuredRegister: String, Sendable, Hashable, Codable, CaseIterable {
    /// The total register; where a meter has none, HT and NT together.
    case total = "ET"
    case high = "HT"
    case low = "NT"
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

/// A base price that grows with a size.
public struct SizedPrice: Hashable, Sendable {
    public struct Step: Hashable, Sendable {
        /// 10^-6 of the size's unit, inclusive; nil: all above.
        public let upTo: Int64?
        public let price: Price
        public init(upTo: Int64?, price: Price) {
            self.upTo = upTo
            self.price = price
        }
    }
    public let size: AttributeRule
    /// Ascending; the last has no limit.
    public let steps: [Step]
    public init(size: AttributeRule, steps: [Step]) {
        self.size = size
        self.steps = steps
    }
}

/// A graduated price (BO4E ZONEN), limits per year.
public struct TieredPrice: Hashable, Sendable {
    public struct Step: Hashable, Sendable {
        /// 10^-6 of the unit per year, inclusive; nil: all above.
        public let upTo: Int64?
        /// 10^-8 EUR per unit.
        public let hundredMillionths: Int64
        public init(upTo: Int64?, hundredMillionths: Int64) {
            self.upTo = upTo
            self.hundredMillionths = hundredMillionths
        }
    }
    public let register: MeasuredRegister
    /// kWh or m³.
    public let unit: UnitCode
    /// Ascending; the last has no limit.
    public let steps: [Step]
    public init(register: MeasuredRegister, unit: UnitCode, steps: [Step]) {
        self.register = register
        self.unit = unit
        self.steps = steps
    }
}

/// A price per kW and time for the connected load.
public struct CapacityPrice: Hashable, Sendable {
    public let price: UnitPrice<Kilowatt>
    public let time: Price.Time
    public let load: AttributeRule
    public init(price: UnitPrice<Kilowatt>, time: Price.Time, load: AttributeRule) {
        self.price = price
        self.time = time
        self.load = load
    }
}

/// A price per m² and time. Without an area the component does not apply: not every customer has sealed ground.
public struct AreaPrice: Hashable, Sendable {
    public let price: UnitPrice<SquareMetre>
    public let time: Price.Time
    public let area: AttributeRule
    public let coefficient: AttributeRule
    /// Area × coefficient is brought to whole m² by this rule; towns round up.
    public let rounding: Rounding
    public init(price: UnitPrice<SquareMetre>, time: Price.Time, area: AttributeRule, coefficient: AttributeRule, rounding: Rounding) {
        self.price = price
        self.time = time
        self.area = area
        self.coefficient = coefficient
        self.rounding = rounding
    }
}
