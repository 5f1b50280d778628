internal import Metering
internal import Tariffs
internal import Values

/// Collects the lines of a case, version by version.
struct RatedLines {
    private var measured: Measured
    private let billingCase: BillingCase
    private let contractStart: Day
    private var lines: [Line] = []
    private(set) var breakdown: [BreakdownRow] = []
    private var consumed: (micro: Int64, unit: UnitCode)?
    /// Component ids in the order of their first appearance.
    private var order: [String] = []
    /// Component id to the exact and the rounded running total: rounded quantities sum to the rounded whole.
    private var running: [String: (exact: Int64, rounded: Int64)] = [:]
    /// Component id to what its steps hold already, and of which year.
    private var placed: [String: (year: Int, micro: Int64)] = [:]

    init(_ billingCase: BillingCase) {
        measured = Measured(billingCase)
        self.billingCase = billingCase
        contractStart = billingCase.contract.start
    }

    var consumption: Measure? { consumed.map { Measure(micro: $0.micro, unit: $0.unit) } }

    /// Grouped by service, then component, then days and device.
    func ordered() -> [Line] {
        let ranks = lines.map { line in (line.service, order.firstIndex(of: line.component) ?? 0, line.period.from) }
        let places = lines.indices.sorted { left, right in
            if ranks[left].0 != ranks[right].0 { return ranks[left].0 < ranks[right].0 }
            if ranks[left].1 != ranks[right].1 { return ranks[left].1 < ranks[right].1 }
            if ranks[left].2 != ranks[right].2 { return ranks[left].2 < ranks[right].2 }
            return left < right
        }
        return places.enumerated().map { lines[$0.element].at(position: $0.offset + 1) }
    }

    /// The lines of one version over the days on which it holds.
    mutating func rate(_ published: PublishedTariff, over range: DayRange) throws(BillingProblem) {
        let version = published.version
        let reference = TariffReference(key: version.key, version: version.from, hash: published.hash, title: version.title)
        for component in version.components where !order.contains(component.id) { order.append(component.id) }
        let utilisation = try utilisation(version)
        // Where a condition begins or ceases to hold, the bill goes on in another stretch.
        var changes: [Day] = []
        for component in version.components { changes += component.conditions.changes(in: range, contractStart: contractStart) }
        for stretch in changes.isEmpty ? [range] : range.split(at: changes) {
            // Most components are taxed alike: the table is asked once.
            var taxChanges: [(treatment: TaxTreatment, days: [Day])] = []
            for component in version.components {
                let holds = component.conditions.hold(
                    on: stretch.from, contractStart: contractStart, utilisation: utilisation, attributes: billingCase.contract.attributes)
                guard holds else { continue }
                let treatment = component.tax(for: billingCase.contract.attributes)
                let taxes: [Day]
                if let known = taxChanges.first(where: { $0.treatment == treatment }) {
                    taxes = known.days
                } else {
                    taxes = version.rules.vat == .split ? billingCase.prices.vat.changes(treatment, version.commodity, in: stretch) : []
                    taxChanges.append((treatment, taxes))
                }
                let cuts = taxes + version.priceChanges(component, in: stretch, billingCase.prices)
                for span in cuts.isEmpty ? [stretch] : stretch.split(at: cuts) {
                    try rate(component, version, reference, treatment, span: span, in: stretch)
                }
            }
            try contain(version, stretch)
        }
    }

    private mutating func rate(
        _ component: PriceComponent, _ version: TariffVersion, _ reference: TariffReference, _ treatment: TaxTreatment, span: DayRange,
        in stretch: DayRange
    ) throws(BillingProblem) {
        let taxedOn = version.rules.vat == .split ? span.from : billingCase.period.lastDay ?? span.from
        guard let tax = billingCase.prices.vat.tax(treatment, version.commodity, on: taxedOn) else {
            throw .rating(.missingTaxRate(component: component.id, taxedOn))
        }
        for group in try groups(component, version, span, stretch) {
            let found: Explanation?
            do {
                found = try version.explain(
                    component, span: span, basis: group.basis, attributes: billingCase.contract.attributes, prices: billingCase.prices,
                    tax: tax)
            } catch { throw .rating(error) }
            guard let explanation = found else { continue }
            let line: Line
            do throws(Overflow) {
                line = try Line(
                    position: 0, component: component, period: group.days ?? span, explanation: explanation, tax: tax, tariff: reference,
                    parts: group.parts, rounding: version.rules.rounding)
            } catch { throw .overflow }
            switch component.charge {
            // What adds nothing and takes nothing says nothing.
            case .minimum, .maximum, .discount: if line.amount == .zero { continue }
            default: break
            }
            lines.append(line)
        }
    }

    // MARK: what a component is rated on

    /// One line to be.
    private struct Group {
        var parts: [LinePart] = []
        /// A device that hung for a part of the span is charged for its days.
        var days: DayRange?
        var basis = RatingBasis()
    }

    private mutating func groups(
        _ component: PriceComponent, _ version: TariffVersion, _ span: DayRange, _ stretch: DayRange
    ) throws(BillingProblem) -> [Group] {
        switch component.charge {
        case .fixed, .sized, .capacity, .area, .perItem: return [Group()]
        case .minimum(_, let of), .maximum(_, let of), .discount(_, let of):
            let charged = try charged(of, in: span)
            return [Group(basis: RatingBasis(charged: charged.amount, chargedMicro: charged.micro))]
        case .bonus(let bonus):
            let times = bonus.occurrences(in: span, contractStart: contractStart)
            return [Group(basis: RatingBasis(charged: try charged(bonus.of, in: billingCase.period).amount, times: times))]
        case .demand(let demand):
            let days = demand.period == .year ? billingCase.period : month(of: span)
            let peak = try measured.peak(days)
            return [Group(parts: peak.parts, basis: RatingBasis(peak: peak.peak))]
        case .dynamic(let dynamic):
            let spot = try measured.spot(dynamic, span)
            return [Group(parts: spot.parts, basis: RatingBasis(spot: spot.cost))]
        case .indexed(let indexed):
            if case .energy = indexed.basis { break }
            return [Group()]
        case .energy, .volume, .wasteWater, .tiered, .package, .reactive, .passThrough, .feedIn: break
        }
        guard let wanted = component.charge.measured else { return [Group()] }
        let parts = try measured.parts(wanted.register, unit: wanted.unit, span: span, in: stretch, version)
        return try groups(component, version, span, stretch, parts, unit: wanted.unit)
    }

    /// One per device, one for all where the sum counts.
    private mutating func groups(
        _ component: PriceComponent, _ version: TariffVersion, _ span: DayRange, _ stretch: DayRange, _ parts: [LinePart], unit: UnitCode
    ) throws(BillingProblem) -> [Group] {
        var basis = RatingBasis()
        switch component.charge {
        case .tiered, .package, .wasteWater, .reactive:
            basis.quantity = Measure(micro: try rounded(parts, component.id, version.rules), unit: unit)
            if case .tiered(let tiers) = component.charge { try place(tiers, component, version, span, &basis) }
            if case .wasteWater = component.charge {
                let garden = try measured.parts(.deduction, unit: unit, span: span, in: stretch, version)
                basis.beside = Measure(micro: try rounded(garden, component.id + " deducted", version.rules), unit: unit)
            }
            if case .reactive = component.charge {
                let active = try measured.parts(.total, unit: .kilowattHour, span: span, in: stretch, version)
                basis.beside = Measure(micro: try rounded(active, component.id + " active", version.rules), unit: .kilowattHour)
            }
            return [Group(parts: parts, days: RatedLines.days(of: parts, in: span), basis: basis)]
        default: break
        }
        var groups: [Group] = []
        for part in parts {
            if let place = groups.firstIndex(where: { $0.parts[0].piece.serial == part.piece.serial }) {
                groups[place].parts.append(part)
            } else {
                groups.append(Group(parts: [part]))
            }
        }
        for place in groups.indices {
            let own = groups[place].parts
            groups[place].basis.quantity = Measure(micro: try rounded(own, component.id, version.rules), unit: unit)
            groups[place].days = RatedLines.days(of: own, in: span)
        }
        return groups
    }

    /// Steps that are filled in the order of time know what they hold already.
    private mutating func place(
        _ tiers: TieredPrice, _ component: PriceComponent, _ version: TariffVersion, _ span: DayRange, _ basis: inout RatingBasis
    ) throws(BillingProblem) {
        guard tiers.split != .proportional else { return }
        let year = tiers.split == .accumulated ? span.from.year : 0
        if tiers.split == .accumulated, year == billingCase.period.from.year {
            // What was used from New Year on and billed before is not in this case.
            let newYear = Day(year: year, month: 1, day: 1) ?? span.from
            if billingCase.period.from != newYear, contractStart < billingCase.period.from {
                throw .unknownBefore(component: component.id, billingCase.period.from)
            }
        }
        let before = placed[component.id].flatMap { $0.year == year ? $0.micro : nil } ?? 0
        basis.before = before
        do throws(RatingProblem) {
            basis.limits = try version.rules.fixed.share(of: billingCase.period, per: .year)
        } catch { throw .rating(error) }
        let (sum, over) = before.addingReportingOverflow(basis.quantity?.micro ?? 0)
        if over { throw .overflow }
        placed[component.id] = (year, sum)
    }

    private func month(of span: DayRange) -> DayRange {
        let first = span.from.startOfMonth
        return DayRange(from: first, until: first.adding(months: 1)).intersection(billingCase.period) ?? span
    }

    /// What components were charged in a span. A line counts where it begins: a cut of the minimum that the other component
    /// does not have would otherwise lose the line or count it on both sides.
    private func charged(_ components: [String], in span: DayRange) throws(BillingProblem) -> (amount: Money, micro: Int64) {
        var (amount, micro) = (Int128(0), Int128(0))
        for line in lines where components.contains(line.component) && span.contains(line.period.from) {
            amount += Int128(line.amount.cents)
            micro += Int128(line.explanation.quantity?.micro ?? 0)
        }
        guard let cents = Int64(exactly: amount), let quantity = Int64(exactly: micro) else { throw .overflow }
        return (Money(cents: cents), quantity)
    }

    /// Hours of the year in which the highest load would have used the energy; nil where no component asks for it.
    private mutating func utilisation(_ version: TariffVersion) throws(BillingProblem) -> Int64? {
        guard version.components.contains(where: { $0.conditions.utilisationHours != nil }) else { return nil }
        if let text = billingCase.contract.attributes["utilisationHours"] {
            guard let agreed = DecimalText.parse(text, scale: 6) else {
                throw .rating(.badAttribute(component: "utilisation", name: "utilisationHours", value: text))
            }
            return agreed
        }
        let peak = try measured.peak(billingCase.period)
        return version.utilisation(energy: peak.parts.reduce(0) { $0 + $1.micro }, peak: peak.peak.micro, over: billingCase.period)
    }

    private mutating func rounded(_ parts: [LinePart], _ component: String, _ rules: RatingRules) throws(BillingProblem) -> Int64 {
        var total = running[component] ?? (0, 0)
        for part in parts {
            let (sum, over) = total.exact.addingReportingOverflow(part.micro)
            if over { throw .overflow }
            total.exact = sum
        }
        let unit = Int128(DecimalText.power(6 - rules.quantityPlaces))
        guard let target = Int64(exactly: rules.rounding.divide(Int128(total.exact), by: unit) * unit) else { throw .overflow }
        let share = target - total.rounded
        running[component] = (total.exact, target)
        return share
    }

    private static func days(of parts: [LinePart], in span: DayRange) -> DayRange {
        guard let first = parts.map(\.piece.range.from).min(), let last = parts.compactMap(\.piece.range.until).max() else { return span }
        return DayRange(checked: first, until: last) ?? span
    }

    // MARK: what the bill says beside its lines

    /// The consumption of the bill, once, whatever components charge it; and "darin enthalten": each levy on the energy of the
    /// days on which its value holds.
    private mutating func contain(_ version: TariffVersion, _ stretch: DayRange) throws(BillingProblem) {
        let supplied = BilledService(version.commodity)
        let isMeasured = version.components.contains { component in
            if case .passThrough = component.charge { return false }
            return component.service == supplied && component.charge.measured != nil
        }
        var energy: [LinePart] = []
        if isMeasured {
            let unit: UnitCode = version.commodity == .water ? .cubicMetre : .kilowattHour
            let parts = try measured.total(unit: unit, stretch, version)
            var micro = consumed?.micro ?? 0
            for part in parts {
                let (sum, over) = micro.addingReportingOverflow(part.micro)
                if over { throw .overflow }
                micro = sum
            }
            consumed = (micro, unit)
            if unit == .kilowattHour { energy = parts }
        }
        for rule in version.breakdown {
            guard let series = billingCase.prices.series[rule.series] else { throw .rating(.missingSeries(rule.series)) }
            for entry in series.values.pieces(in: stretch) {
                breakdown.append(try row(series, entry.value, entry.range, energy, version.rules))
            }
        }
    }

    private func row(
        _ series: PriceSeries, _ value: PriceSeries.Value, _ span: DayRange, _ energy: [LinePart], _ rules: RatingRules
    ) throws(BillingProblem) -> BreakdownRow {
        let share: Fraction
        do throws(RatingProblem) {
            share = series.unit == .eurosPerYear ? try rules.fixed.share(of: span, per: .year) : .one
        } catch { throw .rating(error) }
        do throws(Overflow) { return try row(series, value, span, share, energy, rules) } catch { throw .overflow }
    }

    private func row(
        _ series: PriceSeries, _ value: PriceSeries.Value, _ span: DayRange, _ share: Fraction, _ energy: [LinePart], _ rules: RatingRules
    ) throws(Overflow) -> BreakdownRow {
        if series.unit == .eurosPerYear {
            // Millionths of a euro, prices count 10^-8.
            let (scaled, over) = value.millionths.multipliedReportingOverflow(by: 100)
            if over { throw Overflow() }
            let price = Price(hundredMillionths: scaled, time: .year)
            let amount = try price.times(micro: 1_000_000, share: share, rounding: rules.rounding)
            return BreakdownRow(series: series.key, label: series.label, period: span, quantity: nil, price: price, amount: amount)
        }
        var sum: Int128 = 0
        for part in energy where span.contains(part.piece.range) { sum += Int128(part.micro) }
        let unit = Int128(DecimalText.power(6 - rules.quantityPlaces))
        let micro = try Overflow.checked(rules.rounding.divide(sum, by: unit) * unit)
        if series.unit == .kilogramsPerKilowattHour {
            // 10^-6 kWh × 10^-6 kg/kWh, brought to tenths of a kilogram.
            let tenths = rules.rounding.divide(Int128(micro) * Int128(value.millionths), by: 100_000_000_000)
            return BreakdownRow(
                series: series.key, label: series.label, period: span, quantity: Measure(micro: micro, unit: .kilowattHour),
                price: Price(hundredMillionths: 0), amount: .zero,
                emission: .init(factor: value.millionths, mass: try Overflow.checked(tenths * 100_000)))
        }
        let price = Price(hundredMillionths: value.millionths, unit: .kilowattHour)
        return BreakdownRow(
            series: series.key, label: series.label, period: span, quantity: Measure(micro: micro, unit: .kilowattHour), price: price,
            amount: try price.times(micro: micro, rounding: rules.rounding))
    }
}
