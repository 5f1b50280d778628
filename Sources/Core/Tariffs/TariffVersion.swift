public import Values

/// One version of a tariff: what it charges from its first day on until its successor begins. Immutable once published.
public struct TariffVersion: Hashable, Sendable {
    public enum Status: String, Sendable, Hashable, Codable, CaseIterable { case draft, published, withdrawn }

    public let key: TariffKey
    /// The first day; with the key it names the version.
    public let from: Day
    /// The first day of the version it follows; nil: the first of its chain.
    public let supersedes: Day?
    public let title: Label
    public let status: Status
    /// 1; a correction of a published version has the same first day and the next revision, and takes its place: bills by the one it
    /// corrects are to be looked at again.
    public let revision: Int
    /// For whom it is.
    public let appliesTo: SelectionKeys
    /// Whether the prices of the file contain the tax.
    public let prices: PriceBasis
    /// Which zone holds when; nil: the tariff knows no zones.
    public let calendar: UsageCalendar?
    public let rules: RatingRules
    public let conversion: GasConversionRule?
    public let components: [PriceComponent]
    /// What the prices contain: shown on the bill, not charged again (EnWG § 40(3)).
    public let breakdown: [BreakdownRule]
    public let examples: [TariffExample]

    public init(
        key: TariffKey, from: Day, supersedes: Day?, revision: Int = 1, title: Label, status: Status,
        appliesTo: SelectionKeys = SelectionKeys(), prices: PriceBasis = .net, calendar: UsageCalendar? = nil,
        rules: RatingRules = RatingRules(),
        conversion: GasConversionRule? = nil, components: [PriceComponent], breakdown: [BreakdownRule] = [], examples: [TariffExample] = []
    ) {
        self.key = key
        self.from = from
        self.supersedes = supersedes
        self.title = title
        self.status = status
        self.revision = revision
        self.appliesTo = appliesTo
        self.prices = prices
        self.calendar = calendar
        self.rules = rules
        self.conversion = conversion
        self.components = components
        self.breakdown = breakdown
        self.examples = examples
    }

    public var commodity: Commodity { key.commodity }
    public func component(_ id: String) -> PriceComponent? { components.first { $0.id == id } }

    /// The path of its file below `Tariffs/`: the listing of the folder is the history.
    public var path: String { "\(key)/\(from)\(revision > 1 ? ".r\(revision)" : "").yaml" }

    /// The spot prices it charges by.
    public var spotKeys: [SeriesKey] {
        components.compactMap { component in if case .dynamic(let dynamic) = component.charge { dynamic.series } else { nil } }
    }
    /// Whether a bill needs the intervals of the metering point.
    public var needsIntervals: Bool {
        components.contains { $0.charge.needsIntervals || $0.conditions.utilisationHours != nil }
            || breakdown.contains(where: \.needsIntervals)
    }
    /// The series whose values it charges, shows or converts with, in all regions.
    public var seriesKeys: [SeriesKey] {
        var keys = breakdown.map(\.series) + components.flatMap(\.charge.series)
        for set in conversion?.sets.values.sorted() ?? [] { keys += GasConversionRule.keys(of: set) }
        return keys
    }
}

/// Rules of sharing and rounding: parameters of the tariff, since lawful bills differ in them.
public struct RatingRules: Hashable, Sendable {
    public var fixed: Proration
    public var consumption: ConsumptionSplit
    public var vat: VATMethod
    /// The profile that divides where the tariff names one: `H0`, `H0-static`, `H25`, `HEF`, `GTZ`; nil: the usual one.
    public var profile: String?
    /// Decimals of a printed and charged quantity, 0…6.
    public var quantityPlaces: Int
    /// Decimals of a unit price in its printed unit (ct/kWh, €); nil: as it is written.
    public var pricePlaces: Int?
    /// Of line amounts and quantities.
    public var rounding: Rounding

    public init(
        fixed: Proration = .daysActual, consumption: ConsumptionSplit = .measured, vat: VATMethod = .split, profile: String? = nil,
        quantityPlaces: Int = 3, pricePlaces: Int? = nil,
        rounding: Rounding = .halfAwayFromZero
    ) {
        self.fixed = fixed
        self.consumption = consumption
        self.vat = vat
        self.profile = profile
        self.quantityPlaces = quantityPlaces
        self.pricePlaces = pricePlaces
        self.rounding = rounding
    }

    /// 10^-6 of a unit as they are printed and charged; nil beyond Int64.
    public func rounded(_ micro: Int128) -> Int64? {
        let unit = Int128(DecimalText.power(6 - quantityPlaces))
        return Int64(exactly: rounding.divide(micro, by: unit) * unit)
    }
}

/// Where Zustandszahl and Brennwert come from: a set of series by region, overridden by an attribute of the contract.
public struct GasConversionRule: Hashable, Sendable {
    public let region: AttributeRule
    /// Region to set of series.
    public let sets: [String: String]

    public init(region: AttributeRule, sets: [String: String]) {
        self.region = region
        self.sets = sets
    }
    /// The member of a set that has the Brennwert.
    public static let calorificName = "calorific_value"
    /// The two series every such set has.
    static func keys(of set: String) -> [SeriesKey] {
        [SeriesKey(set: set, name: "conversion_factor"), SeriesKey(set: set, name: calorificName)]
    }
    /// The series of Zustandszahl and Brennwert for a contract; nil for a region without a set.
    public func series(for attributes: [String: String]) -> (factor: SeriesKey, calorific: SeriesKey)? {
        guard let region = region.value(in: attributes)?.value, let set = sets[region] else { return nil }
        let keys = GasConversionRule.keys(of: set)
        return (keys[0], keys[1])
    }
}

/// A part of the price that is shown apart: tax, levy, network charge.
public struct BreakdownRule: Hashable, Sendable {
    public let series: SeriesKey
    /// Whose energy bears it: registers, or zones of the calendar; empty: all that was drawn. The concession fee of off-peak energy is
    /// another one (§ 2(2) No. 1 a KAV).
    public let registers: [MeasuredRegister]
    /// Whose prices contain it: by attributes and utilisation hours only, because its series says when it holds.
    public let conditions: Conditions

    public init(series: SeriesKey, registers: [MeasuredRegister] = [], conditions: Conditions = Conditions()) {
        self.series = series
        self.registers = registers
        self.conditions = conditions
    }
    /// Whether only intervals can tell its quantity.
    var needsIntervals: Bool { conditions.utilisationHours != nil || registers.contains(where: \.isZone) }
}

extension TariffVersion {
    /// Whether a bill says which burdens its prices contain (§ 40(3) EnWG): as a breakdown, or as positions that hand them on at their
    /// value.
    public var showsBurdens: Bool {
        !breakdown.isEmpty
            || components.contains { component in
                if case .passThrough = component.charge { true } else { false }
            }
    }
    /// Whether § 40(3) EnWG asks it to: electricity or gas that is supplied. Who feeds in is charged none of these burdens.
    public var owesBurdens: Bool {
        (commodity == .electricity || commodity == .gas) && components.contains { $0.service != .feedIn }
    }
}
