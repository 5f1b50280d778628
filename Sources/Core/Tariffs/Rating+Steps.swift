internal import Values

extension TariffVersion {
    /// The quantity over the steps, whose yearly limits count for the span's share of the year, or are filled in the order of time.
    func steps(
        _ tiers: TieredPrice, _ span: DayRange, _ basis: RatingBasis, _ component: String, _ rate: (Price) -> Price
    ) throws(RatingProblem) -> Explanation {
        let micro = basis.quantity?.micro ?? 0
        let share: Fraction =
            switch tiers.split {
            case .proportional, .shared: try rules.fixed.share(of: span, per: .year)
            case .chronological: if let limits = basis.limits { limits } else { try rules.fixed.share(of: span, per: .year) }
            case .accumulated: .one
            }
        if tiers.split == .shared, let whole = basis.beside?.micro, whole > 0 {
            return try shared(tiers, micro, of: whole, share, component, rate)
        }
        let before = tiers.isFilledInTime ? basis.before : 0
        let (total, over) = before.addingReportingOverflow(micro)
        if over { throw .overflow(component: component) }
        var parts: [Explanation.Tier] = []
        var placed = before
        for step in tiers.steps {
            let price = rate(Price(hundredMillionths: step.hundredMillionths, unit: tiers.unit))
            let limit = if let upTo = step.upTo { try self.limit(upTo, share, component) } else { Int64.max }
            if tiers.method == .volume {
                if total <= limit { return .quantity(Measure(micro: micro, unit: tiers.unit), price) }
                continue
            }
            let part = min(total, limit) - placed
            if part > 0 || (parts.isEmpty && total <= limit) { parts.append(.init(micro: part, price: price)) }
            placed += max(part, 0)
            if placed >= total { break }
        }
        return .tiers(parts)
    }

    /// A register's share of each step that all registers fill together: the parts sum to what the register counted.
    private func shared(
        _ tiers: TieredPrice, _ micro: Int64, of whole: Int64, _ share: Fraction, _ component: String, _ rate: (Price) -> Price
    ) throws(RatingProblem) -> Explanation {
        var parts: [Explanation.Tier] = []
        var placed: Int64 = 0
        for step in tiers.steps {
            let price = rate(Price(hundredMillionths: step.hundredMillionths, unit: tiers.unit))
            let limit = if let upTo = step.upTo { try self.limit(upTo, share, component) } else { Int64.max }
            let isLast = whole <= limit
            if tiers.method == .volume {
                if isLast { return .quantity(Measure(micro: micro, unit: tiers.unit), price) }
                continue
            }
            let own = isLast ? Int128(micro) : rules.rounding.divide(Int128(micro) * Int128(limit), by: Int128(whole))
            guard let reached = Int64(exactly: own) else { throw .overflow(component: component) }
            if reached > placed || isLast && parts.isEmpty { parts.append(.init(micro: reached - placed, price: price)) }
            placed = max(placed, reached)
            if isLast { break }
        }
        return .tiers(parts)
    }

    /// The price of the first package that holds the quantity; beyond the largest, that one and each unit above it.
    func package(
        _ package: PackagePrice, _ span: DayRange, _ basis: RatingBasis, _ component: String, _ rate: (Price) -> Price
    ) throws(RatingProblem) -> Explanation {
        let micro = basis.quantity?.micro ?? 0
        let share = try rules.fixed.share(of: span, per: .year)
        let excess = rate(Price(hundredMillionths: package.excess, unit: package.unit))
        var largest: (limit: Int64, price: Price)?
        for step in package.steps {
            let limit = try limit(step.upTo, share, component)
            largest = (limit, step.price)
            if micro <= limit { break }
        }
        guard let largest else { throw .noStep(component: component, size: DecimalText.format(micro, scale: 6)) }
        return .package(
            rate(largest.price), share: try self.share(span, largest.price), days: span.count ?? 0,
            excess: .init(micro: max(0, micro - largest.limit), price: excess))
    }

    private func limit(_ yearly: Int64, _ share: Fraction, _ component: String) throws(RatingProblem) -> Int64 {
        let wide = rules.rounding.divide(Int128(yearly) * Int128(share.numerator), by: Int128(share.denominator))
        guard let limit = Int64(exactly: wide) else { throw .overflow(component: component) }
        return limit
    }

    /// Each area with its factor, as the contract's attributes name them; none where it names none.
    /// - Throws: `RatingProblem` where an attribute is no number.
    public func areas(
        _ area: AreaPrice, _ component: String, _ attributes: [String: String]
    ) throws(RatingProblem) -> [SealedArea] {
        var areas: [SealedArea] = []
        if let sealed = try number(area.area, component, attributes) {
            let coefficient = try number(area.coefficient, component, attributes)?.micro ?? 1_000_000
            areas.append(SealedArea(micro: sealed.micro, factor: Ratio(millionths: coefficient)))
        }
        for part in area.parts {
            guard let sealed = try number(part.area, component, attributes) else { continue }
            areas.append(SealedArea(micro: sealed.micro, factor: part.factor))
        }
        return areas
    }

    /// Area × coefficient and the further areas × their factors, brought to whole m² once.
    func sealed(
        _ area: AreaPrice, _ span: DayRange, _ component: String, _ attributes: [String: String], _ rate: (Price) -> Price
    ) throws(RatingProblem) -> Explanation? {
        let areas = try areas(area, component, attributes)
        guard !areas.isEmpty else { return nil }
        let sum = areas.reduce(Int128(0)) { $0 + Int128($1.micro) * Int128($1.factor.millionths) }
        let effective = area.rounding.divide(sum, by: 1_000_000_000_000) * 1_000_000
        guard let micro = Int64(exactly: effective) else { throw .overflow(component: component) }
        let price = rate(Price(area.price, time: area.time))
        return .time(Measure(micro: micro, unit: .squareMetre), price, share: try share(span, price), days: span.count ?? 0)
    }

    func indexed(
        _ indexed: IndexedPrice, _ span: DayRange, _ basis: RatingBasis, _ component: PriceComponent, _ attributes: [String: String],
        _ prices: PriceCatalog, _ rate: (Price) -> Price
    ) throws(RatingProblem) -> Explanation {
        let indexation = try indexed.indexation(on: span.from, component: component.id, prices: prices, since: from)
        let price = rate(indexation.price)
        switch indexed.basis {
        case .energy: return .indexed(indexation, .quantity(basis.quantity ?? Measure(micro: 0, unit: .kilowattHour), price))
        case .time: return .indexed(indexation, .time(nil, price, share: try share(span, price), days: span.count ?? 0))
        case .load(let rule, _):
            guard let load = try number(rule, component.id, attributes) else {
                throw .missingAttribute(component: component.id, names: rule.names)
            }
            let quantity = Measure(micro: load.micro, unit: .kilowatt)
            return .indexed(indexation, .time(quantity, price, share: try share(span, price), days: span.count ?? 0))
        }
    }

    /// A discount as a line that takes away.
    func off(
        _ discount: Discount, _ span: DayRange, _ basis: RatingBasis, _ component: String, _ rate: (Price) -> Price
    ) throws(RatingProblem) -> Explanation {
        func less(_ price: Price) -> Price { Price(hundredMillionths: 0 &- price.hundredMillionths, unit: price.unit, time: price.time) }
        switch discount {
        case .percent(let ratio): return .percent(Ratio(millionths: -ratio.millionths), of: basis.charged)
        case .amount(let price):
            let price = less(rate(price))
            return .time(nil, price, share: try share(span, price), days: span.count ?? 0)
        case .price(let value, let unit):
            return .quantity(Measure(micro: basis.chargedMicro, unit: unit), less(rate(Price(hundredMillionths: value, unit: unit))))
        case .quantity(let yearly, let unit):
            let free = min(try limit(yearly, rules.fixed.share(of: span, per: .year), component), basis.chargedMicro)
            guard basis.chargedMicro > 0 else { return .percent(Ratio(millionths: 0), of: basis.charged) }
            // The mean price of the quantity, to eight places of a euro: the components may have steps.
            let mean = rules.rounding.divide(Int128(basis.charged.cents) * 1_000_000_000_000, by: Int128(basis.chargedMicro))
            guard let value = Int64(exactly: mean) else { throw .overflow(component: component) }
            return .quantity(Measure(micro: free, unit: unit), Price(hundredMillionths: 0 &- value, unit: unit))
        }
    }
}
