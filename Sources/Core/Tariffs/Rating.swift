public import Values

/// Why a component cannot be charged. Typed and complete: a price that is missing blocks the bill, it is never a zero.
public enum RatingProblem: Error, Hashable, Sendable {
    /// The contract lacks an attribute that the component needs.
    case missingAttribute(component: String, names: [String])
    /// The attribute is no plain decimal, or out of range.
    case badAttribute(component: String, name: String, value: String)
    case missingSeries(SeriesKey)
    case missingPrice(SeriesKey, Day)
    case missingTaxRate(component: String, Day)
    /// No size step holds the size, or the like.
    case noStep(component: String, size: String)
    case overflow(component: String)

    /// A stable name for lists and interfaces.
    public var code: String {
        switch self {
        case .missingAttribute: "missing-attribute"
        case .badAttribute: "bad-attribute"
        case .missingSeries: "missing-series"
        case .missingPrice: "missing-price"
        case .missingTaxRate: "missing-tax-rate"
        case .noStep: "no-step"
        case .overflow: "overflow"
        }
    }
}

extension TariffVersion {
    /// The days inside `range` on which a component's price may change within this version.
    public func priceChanges(_ component: PriceComponent, in range: DayRange, _ prices: PriceCatalog) -> [Day] {
        guard case .passThrough(let key, _) = component.charge else { return [] }
        return prices.series[key]?.values.changes(in: range) ?? []
    }

    /// What one component costs over a span in which nothing changes; nil if it does not apply to this contract.
    ///
    /// - Parameters:
    ///   - quantity: the measured quantity in the unit of `component.charge.measured`; needed where that is not nil.
    ///   - attributes: of the contract, and of its metering point (`capacity.kW`, `capacity.m3/h`).
    ///   - charged: for a minimum: what the components it is `of` were charged over the same span.
    /// - Throws: `RatingProblem`.
    public func explain(
        _ component: PriceComponent, span: DayRange, quantity: Measure?, attributes: [String: String], prices: PriceCatalog,
        charged: Money = .zero
    ) throws(RatingProblem) -> Explanation? {
        let days = span.count ?? 0
        switch component.charge {
        case .fixed(let price):
            return .time(nil, price, share: share(span, price), days: days)
        case .sized(let sized):
            guard let size = try number(sized.size, component) else {
                throw .missingAttribute(component: component.id, names: sized.size.names)
            }
            guard let step = sized.steps.first(where: { $0.upTo.map { size.micro <= $0 } ?? true }) else {
                throw .noStep(component: component.id, size: size.text)
            }
            return .time(nil, step.price, share: share(span, step.price), days: days)
        case .energy(_, let price):
            return .quantity(quantity ?? Measure(micro: 0, unit: .kilowattHour), Price(price))
        case .volume(let price):
            return .quantity(quantity ?? Measure(micro: 0, unit: .cubicMetre), Price(price))
        case .tiered(let tiers):
            return try .tiers(parts(of: quantity?.micro ?? 0, tiers, span, component))
        case .capacity(let capacity):
            guard let load = try number(capacity.load, component) else {
                throw .missingAttribute(component: component.id, names: capacity.load.names)
            }
            let price = Price(capacity.price, time: capacity.time)
            return .time(Measure(micro: load.micro, unit: .kilowatt), price, share: share(span, price), days: days)
        case .area(let area):
            guard let sealed = try number(area.area, component) else { return nil }
            let coefficient = try number(area.coefficient, component)?.micro ?? 1_000_000
            let effective = area.rounding.divide(Int128(sealed.micro) * Int128(coefficient), by: 1_000_000_000_000) * 1_000_000
            guard let micro = Int64(exactly: effective) else { throw .overflow(component: component.id) }
            let price = Price(area.price, time: area.time)
            return .time(Measure(micro: micro, unit: .squareMetre), price, share: share(span, price), days: days)
        case .perItem(let price, let rule):
            guard let count = try number(rule, component) else { return nil }
            let each = Price(hundredMillionths: price.hundredMillionths, unit: .piece, time: price.time)
            return .time(Measure(micro: count.micro, unit: .piece), each, share: share(span, price), days: days)
        case .passThrough(let key, _):
            guard let series = prices.series[key] else { throw .missingSeries(key) }
            guard let price = series.price(on: span.from) else { throw .missingPrice(key, span.from) }
            return .quantity(quantity ?? Measure(micro: 0, unit: .kilowattHour), Price(price))
        case .minimum(let price, _):
            return .minimum(price, share: share(span, price), days: days, charged: charged)
        }

        func number(_ rule: AttributeRule, _ component: PriceComponent) throws(RatingProblem) -> (micro: Int64, text: String)? {
            guard let found = rule.value(in: attributes) else { return nil }
            guard let micro = DecimalText.parse(found.value, scale: 6), micro >= 0 else {
                throw .badAttribute(component: component.id, name: found.name, value: found.value)
            }
            return (micro, found.value)
        }
    }

    private func share(_ span: DayRange, _ price: Price) -> Fraction {
        price.time.map { rules.fixed.share(of: span, per: $0) } ?? .one
    }

    /// The quantity over the steps, whose yearly limits count for the span's share of the year.
    private func parts(of micro: Int64, _ tiers: TieredPrice, _ span: DayRange, _ component: PriceComponent) throws(RatingProblem)
        -> [Explanation.Tier]
    {
        let share = rules.fixed.share(of: span, per: .year)
        var parts: [Explanation.Tier] = []
        var placed: Int64 = 0
        for step in tiers.steps {
            let price = Price(hundredMillionths: step.hundredMillionths, unit: tiers.unit)
            guard let upTo = step.upTo else {
                if micro > placed || parts.isEmpty { parts.append(.init(micro: micro - placed, price: price)) }
                placed = micro
                break
            }
            let wide = rules.rounding.divide(Int128(upTo) * Int128(share.numerator), by: Int128(share.denominator))
            guard let limit = Int64(exactly: wide) else { throw .overflow(component: component.id) }
            let part = min(micro, limit) - placed
            if part > 0 || (parts.isEmpty && micro <= limit) { parts.append(.init(micro: part, price: price)) }
            placed += max(part, 0)
            if placed >= micro { break }
        }
        return parts
    }
}
