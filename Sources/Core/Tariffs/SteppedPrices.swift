public import Values

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

/// A price by steps of the quantity, limits per year.
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
    /// Which part of the quantity a step prices (BO4E Tarifkalkulationsmethode).
    public enum Method: String, Hashable, Sendable, CaseIterable {
        /// Each part at the price of its step (ZONEN).
        case graduated
        /// The whole quantity at the price of the step it reaches (STAFFELN).
        case volume
    }
    /// How the yearly limits meet a span that is not a year. Both are lawful and give different bills.
    public enum Split: String, Hashable, Sendable, CaseIterable {
        /// Each span has its share of the limits by days.
        case proportional
        /// The same limits for all registers together: they meet what was used in all, and each register has its share of each step.
        /// With other prices by the hour nobody pays the first step twice.
        case shared
        /// The steps are filled in the order of time, over the limits' share of the billed period.
        case chronological
        /// The steps are filled in the order of time, over whole limits from each 1 January on.
        case accumulated
    }
    public let register: MeasuredRegister
    /// kWh or m³.
    public let unit: UnitCode
    public let method: Method
    public let split: Split
    /// Whether steps know what they hold already: they are filled in the order of time.
    public var isFilledInTime: Bool { split == .chronological || split == .accumulated }
    /// Ascending; the last has no limit.
    public let steps: [Step]
    public init(
        register: MeasuredRegister, unit: UnitCode, method: Method = .graduated, split: Split = .proportional, steps: [Step]
    ) {
        self.register = register
        self.unit = unit
        self.method = method
        self.split = split
        self.steps = steps
    }
}

/// One price per time for up to so much a year (BO4E PAKETPREIS); what lies above costs extra per unit.
public struct PackagePrice: Hashable, Sendable {
    public struct Step: Hashable, Sendable {
        /// 10^-6 of the unit per year, inclusive.
        public let upTo: Int64
        public let price: Price
        public init(upTo: Int64, price: Price) {
            self.upTo = upTo
            self.price = price
        }
    }
    public let register: MeasuredRegister
    public let unit: UnitCode
    /// Ascending, at least one.
    public let steps: [Step]
    /// 10^-8 EUR per unit above the last step.
    public let excess: Int64

    public init(register: MeasuredRegister, unit: UnitCode, steps: [Step], excess: Int64) {
        self.register = register
        self.unit = unit
        self.steps = steps
        self.excess = excess
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
    /// Ground that counts in part: gravel with 50 %, a green roof with 25 %.
    public struct Part: Hashable, Sendable {
        public let area: AttributeRule
        public let factor: Ratio
        public init(area: AttributeRule, factor: Ratio) {
            self.area = area
            self.factor = factor
        }
    }
    public let price: UnitPrice<SquareMetre>
    public let time: Price.Time
    public let area: AttributeRule
    public let coefficient: AttributeRule
    /// Further areas, each with its factor.
    public let parts: [Part]
    /// Area × coefficient is brought to whole m² by this rule; towns round up.
    public let rounding: Rounding
    public init(
        price: UnitPrice<SquareMetre>, time: Price.Time, area: AttributeRule, coefficient: AttributeRule, parts: [Part] = [],
        rounding: Rounding
    ) {
        self.price = price
        self.time = time
        self.area = area
        self.coefficient = coefficient
        self.parts = parts
        self.rounding = rounding
    }
}
