public import Values

/// Why a component cannot be charged. Typed and complete: a price that is missing blocks the bill, it is never a zero.
public enum RatingProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The contract lacks an attribute that the component needs.
    case missingAttribute(component: String, names: [String])
    /// The attribute is no plain decimal, or out of range.
    case badAttribute(component: String, name: String, value: String)
    case missingSeries(SeriesKey)
    case missingPrice(SeriesKey, Day)
    case missingTaxRate(component: String, Day)
    /// No size step holds the size, or the like.
    case noStep(component: String, size: String)
    /// A price formula asks for what nobody knows, or divides by nothing.
    case badFormula(component: String, String)
    /// A component that is priced by intervals, in a place where there are none.
    case missingIntervals(component: String)
    case overflow(component: String)
    /// A price per year or month over a period that has no end.
    case openPeriod(Day)

    /// For whoever writes tariffs.
    public var description: String {
        switch self {
        case .missingAttribute(let component, let names): "component \(component) needs the attribute \(names.joined(separator: " or "))"
        case .badAttribute(let component, let name, let value):
            "component \(component): the attribute \(name) is “\(value)”, which it cannot be"
        case .missingSeries(let key): "there is no series \(key)"
        case .missingPrice(let key, let day): "series \(key) has no value for \(day)"
        case .missingTaxRate(let component, let day): "component \(component) has no tax rate on \(day)"
        case .noStep(let component, let size): "component \(component) has no step for \(size)"
        case .badFormula(let component, let what): "the price formula of component \(component) cannot be computed: \(what)"
        case .missingIntervals(let component): "component \(component) is priced by intervals, and there are none"
        case .overflow(let component): "component \(component) comes to more than can be computed"
        case .openPeriod(let day): "the days from \(day) on have no end"
        }
    }

    /// A stable name for lists and interfaces.
    public var code: String {
        switch self {
        case .missingAttribute: "missing-attribute"
        case .badAttribute: "bad-attribute"
        case .missingSeries: "missing-series"
        case .missingPrice: "missing-price"
        case .missingTaxRate: "missing-tax-rate"
        case .noStep: "no-step"
        case .badFormula: "bad-formula"
        case .missingIntervals: "missing-intervals"
        case .overflow: "overflow"
        case .openPeriod: "open-period"
        }
    }
}

/// What a component is rated on: the consumption, and what others were charged.
public struct RatingBasis: Hashable, Sendable {
    /// In the unit of `Charge.measured`; needed where that is not nil.
    public var quantity: Measure?
    /// Waste water: what did not reach the sewer. Reactive energy: the active energy of the same days.
    public var beside: Measure?
    public var peak: PeakLoad?
    public var spot: SpotCost?
    /// Minimum, maximum, discount: what the components it is of were charged over the same span; bonus: over the bill.
    public var charged: Money
    /// Their quantity, 10^-6 of their unit.
    public var chargedMicro: Int64
    /// Steps in the order of time: what was placed on them before this span.
    public var before: Int64
    /// Steps in the order of time: the share of a year that their limits stand for.
    public var limits: Fraction?
    /// How often a bonus falls due.
    public var times: Int

    public init(
        quantity: Measure? = nil, beside: Measure? = nil, peak: PeakLoad? = nil, spot: SpotCost? = nil, charged: Money = .zero,
        chargedMicro: Int64 = 0, before: Int64 = 0, limits: Fraction? = nil, times: Int = 0
    ) {
        self.quantity = quantity
        self.beside = beside
        self.peak = peak
        self.spot = spot
        self.charged = charged
        self.chargedMicro = chargedMicro
        self.before = before
        self.limits = limits
        self.times = times
    }
}

extension TariffVersion {
    /// The days inside `range` on which a component's price may change within this version.
    public func priceChanges(_ component: PriceComponent, in range: DayRange, _ prices: PriceCatalog) -> [Day] {
        switch component.charge {
        case .passThrough(let key, _): return prices.series[key]?.values.changes(in: range) ?? []
        case .indexed(let indexed): return indexed.changes(in: range)
        case .demand(let demand):
            guard demand.period == .month, let until = range.until else { return [] }
            return DayRange.firsts(ofMonths: { _ in true }, after: range.from, before: until)
        case .tiered(let tiers):
            guard tiers.split == .accumulated, let until = range.until else { return [] }
            return DayRange.firsts(ofMonths: { $0 == 1 }, after: range.from, before: until)
        default: return []
        }
    }

    /// What one component costs over a span in which nothing changes; nil if it does not apply to this contract.
    ///
    /// - Parameters:
    ///   - basis: quantities and what others were charged.
    ///   - attributes: of the contract, and of its metering point (`capacity.kW`, `capacity.m3/h`).
    ///   - tax: needed where prices contain it.
    /// - Throws: `RatingProblem`.
    public func explain(
        _ component: PriceComponent, span: DayRange, basis: RatingBasis, attributes: [String: String], prices: PriceCatalog, tax: Tax? = nil
    ) throws(RatingProblem) -> Explanation? {
        let days = span.count ?? 0
        let id = component.id
        func measured(_ unit: UnitCode) -> Measure { basis.quantity ?? Measure(micro: 0, unit: unit) }
        func rate(_ price: Price) -> Price { adjusted(price, tax) }
        switch component.charge {
        case .fixed(let price):
            return .time(nil, rate(price), share: try share(span, price), days: days)
        case .sized(let sized):
            guard let size = try number(sized.size, id, attributes) else {
                throw .missingAttribute(component: id, names: sized.size.names)
            }
            guard let step = sized.steps.first(where: { $0.upTo.map { size.micro <= $0 } ?? true }) else {
                throw .noStep(component: id, size: size.text)
            }
            return .time(nil, rate(step.price), share: try share(span, step.price), days: days)
        case .energy(_, let price): return .quantity(measured(.kilowattHour), rate(Price(price)))
        case .volume(let price): return .quantity(measured(.cubicMetre), rate(Price(price)))
        case .wasteWater(let price):
            guard let less = basis.beside, less.micro != 0 else { return .quantity(measured(.cubicMetre), rate(Price(price))) }
            return .reduced(measured(.cubicMetre), by: less, rate(Price(price)))
        case .tiered(let tiers): return try steps(tiers, span, basis, id, rate)
        case .package(let package): return try self.package(package, span, basis, id, rate)
        case .capacity(let capacity):
            guard let load = try number(capacity.load, id, attributes) else {
                throw .missingAttribute(component: id, names: capacity.load.names)
            }
            let price = rate(Price(capacity.price, time: capacity.time))
            return .time(Measure(micro: load.micro, unit: .kilowatt), price, share: try share(span, price), days: days)
        case .area(let area): return try sealed(area, span, id, attributes, rate)
        case .perItem(let price, let rule):
            guard let count = try number(rule, id, attributes) else { return nil }
            let each = rate(Price(hundredMillionths: price.hundredMillionths, unit: .piece, time: price.time))
            return .time(Measure(micro: count.micro, unit: .piece), each, share: try share(span, price), days: days)
        case .demand(let demand):
            guard let peak = basis.peak else { throw .missingIntervals(component: id) }
            let price = rate(demand.perTime)
            return .peak(peak, price, share: try share(span, price), days: days)
        case .reactive(let reactive):
            let (free, over) = (Int128(basis.beside?.micro ?? 0)).multipliedReportingOverflow(by: Int128(reactive.freeShare.millionths))
            guard !over, let micro = Int64(exactly: rules.rounding.divide(free, by: 1_000_000)) else { throw .overflow(component: id) }
            let price = rate(Price(hundredMillionths: reactive.hundredMillionths, unit: .kilovarHour))
            return .reduced(measured(.kilovarHour), by: Measure(micro: micro, unit: .kilovarHour), price)
        case .indexed(let indexed): return try self.indexed(indexed, span, basis, component, attributes, prices, rate)
        case .dynamic(let dynamic):
            guard let spot = basis.spot else { throw .missingIntervals(component: id) }
            return .spot(spot, markup: rate(Price(hundredMillionths: dynamic.markup, unit: .kilowattHour)).hundredMillionths)
        case .passThrough(let key, _):
            guard let series = prices.series[key] else { throw .missingSeries(key) }
            guard let price = series.price(on: span.from) else { throw .missingPrice(key, span.from) }
            // What the state levies is told net, whatever the tariff's own prices contain.
            return .quantity(measured(.kilowattHour), Price(price))
        case .feedIn(let price):
            let paid = rate(Price(price))
            return .quantity(measured(.kilowattHour), Price(hundredMillionths: 0 &- paid.hundredMillionths, unit: .kilowattHour))
        case .minimum(let price, _): return .minimum(rate(price), share: try share(span, price), days: days, charged: basis.charged)
        case .maximum(let price, _): return .maximum(rate(price), share: try share(span, price), days: days, charged: basis.charged)
        case .discount(let discount, _): return try off(discount, span, basis, id, rate)
        case .bonus(let bonus):
            guard basis.times > 0 else { return nil }
            if let percent = bonus.percent { return .percent(Ratio(millionths: -percent.millionths), of: basis.charged) }
            let (scaled, over) = (bonus.amount?.cents ?? 0).multipliedReportingOverflow(by: 1_000_000)
            if over { throw .overflow(component: id) }
            let once = rate(Price(hundredMillionths: scaled))
            let cents = rules.rounding.divide(Int128(once.hundredMillionths), by: 1_000_000)
            return .amount(Money(cents: -(Int64(clamping: cents))), times: basis.times)
        }
    }

    /// A price of the file as it is charged: without tax, in the places of the tariff.
    private func adjusted(_ price: Price, _ tax: Tax?) -> Price {
        if prices == .net, rules.pricePlaces == nil { return price }
        var price = price
        if prices == .gross, let tax, !tax.isOutside { price = price.net(of: tax.rate) }
        return rules.pricePlaces.map { price.rounded(to: $0, rules.rounding) } ?? price
    }

    /// An attribute as a number that is not negative.
    func number(_ rule: AttributeRule, _ component: String, _ attributes: [String: String]) throws(RatingProblem) -> (
        micro: Int64, text: String
    )? {
        guard let found = rule.value(in: attributes) else { return nil }
        guard let micro = DecimalText.parse(found.value, scale: 6), micro >= 0 else {
            throw .badAttribute(component: component, name: found.name, value: found.value)
        }
        return (micro, found.value)
    }

    func share(_ span: DayRange, _ price: Price) throws(RatingProblem) -> Fraction {
        guard let time = price.time else { return .one }
        return try rules.fixed.share(of: span, per: time)
    }
}

extension DayRange {
    /// The first days of months strictly between two days.
    static func firsts(ofMonths isWanted: (Int) -> Bool, after from: Day, before until: Day) -> [Day] {
        var days: [Day] = []
        var month = from.startOfMonth.adding(months: 1)
        while month < until {
            if isWanted(month.month) { days.append(month) }
            month = month.adding(months: 1)
        }
        return days
    }
}
