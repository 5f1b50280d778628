public import Values

/// How a component is charged. A closed set: a new kind makes the compiler list every place to visit.
public enum Charge: Hashable, Sendable {
    /// A base price per time.
    case fixed(Price)
    /// A base price per time by size: the first step whose limit holds the size (meter size Q3).
    case sized(SizedPrice)
    /// Per kWh of a register, or of a zone of the calendar.
    case energy(MeasuredRegister, UnitPrice<KilowattHour>)
    /// Per m³.
    case volume(UnitPrice<CubicMetre>)
    /// Per m³ that reaches the sewer: what deduction meters counted is left out.
    case wasteWater(UnitPrice<CubicMetre>)
    /// By steps of the quantity: each part at the price of its step, or all of it at the price of the step that is reached.
    case tiered(TieredPrice)
    /// One price per time for up to so much a year.
    case package(PackagePrice)
    /// Per kW of connected load and time.
    case capacity(CapacityPrice)
    /// Per m² and time: sealed area times its runoff coefficient.
    case area(AreaPrice)
    /// Per piece and time, as often as an attribute says.
    case perItem(Price, attribute: AttributeRule)
    /// Per kW of the highest average of a quarter hour in the month or the year.
    case demand(DemandPrice)
    /// Per kvarh beyond a free share of the active energy.
    case reactive(ReactivePrice)
    /// A price that follows indices by a formula of the contract.
    case indexed(IndexedPrice)
    /// Spot price of each market time unit, and a markup.
    case dynamic(DynamicPrice)
    /// A dated series handed on at its value: levies, CO₂.
    case passThrough(SeriesKey, MeasuredRegister)
    /// Paid to the customer for each kWh fed in.
    case feedIn(UnitPrice<KilowattHour>)
    /// At least this much for the named components together.
    case minimum(Price, of: [String])
    /// At most this much for the named components together.
    case maximum(Price, of: [String])
    /// Something off the named components.
    case discount(Discount, of: [String])
    /// Paid once, or again and again, after so many months of the contract.
    case bonus(Bonus)

    /// What is measured for it; nil: nothing.
    public var measured: (register: MeasuredRegister, unit: UnitCode)? {
        switch self {
        case .energy(let register, _), .passThrough(_, let register): (register, .kilowattHour)
        case .volume, .wasteWater: (.total, .cubicMetre)
        case .tiered(let tiers): (tiers.register, tiers.unit)
        case .package(let package): (package.register, package.unit)
        case .demand: (.demand, .kilowatt)
        case .reactive: (.reactive, .kilovarHour)
        case .indexed(let indexed): indexed.basis.register.map { ($0, .kilowattHour) }
        case .dynamic: (.total, .kilowattHour)
        case .feedIn: (.feedIn, .kilowattHour)
        case .fixed, .sized, .capacity, .area, .perItem, .minimum, .maximum, .discount, .bonus: nil
        }
    }

    /// The components it is computed from, which must stand before it.
    public var components: [String] {
        switch self {
        case .minimum(_, let of), .maximum(_, let of), .discount(_, let of): of
        case .bonus(let bonus): bonus.of
        default: []
        }
    }

    /// Whether it can be told only when everything else on the bill is known, whatever version of the tariff charged it.
    public var isOfWholeBill: Bool {
        switch self {
        case .minimum, .maximum, .bonus: true
        default: false
        }
    }

    /// Whether only intervals can tell its quantity.
    public var needsIntervals: Bool {
        switch self {
        case .dynamic, .demand: true
        default: measured?.register.isZone ?? false
        }
    }

    /// The series it is priced by.
    public var series: [SeriesKey] {
        switch self {
        case .passThrough(let key, _): [key]
        case .indexed(let indexed): indexed.indices.flatMap { [$0.series] + $0.links.map(\.series) }
        default: []
        }
    }
}
