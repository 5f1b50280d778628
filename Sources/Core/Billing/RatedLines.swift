internal import Metering
internal import Tariffs
internal import Values

/// Collects the lines of a case, version by version.
struct RatedLines {
    let measured: Measured
    let billingCase: BillingCase
    private var lines: [Line] = []
    private(set) var breakdown: [BreakdownRow] = []
    private var consumed: (micro: Int64, unit: UnitCode)?
    /// Component id to the order of its first appearance.
    private var order: [String: Int] = [:]
    /// Component id to the exact and the rounded running total: rounded quantities sum to the rounded whole.
    private var running: [String: (exact: Int64, rounded: Int64)] = [:]

    init(measured: Measured, billingCase: BillingCase) {
        self.measured = measured
        self.billingCase = billingCase
    }

    var consumption: Measure? { consumed.map { Measure(micro: $0.micro, unit: $0.unit) } }

    /// Grouped by service, then component, then days and device.
    func ordered() -> [Line] {
        let sorted = lines.enumerated().sorted { left, right in
            let (a, b) = (left.element, right.element)
            if a.service != b.service { return a.service < b.service }
            let (first, second) = (order[a.component] ?? 0, order[b.component] ?? 0)
            if first != second { return first < second }
            if a.period.from != b.period.from { return a.period.from < b.period.from }
            return left.offset < right.offset
        }
        return sorted.enumerated().map { $0.element.element.at(position: $0.offset + 1) }
    }

    /// The lines of one version over the days on which it holds.
    mutating func rate(_ published: PublishedTariff, over range: DayRange) throws(BillingProblem) {
        let version = published.version
        let reference = TariffReference(key: version.key, version: version.from, hash: published.hash)
        /// Quantities by series of components: energy that a levy is contained in.
        var energy: [LinePart] = []
        // Most components are taxed alike: the table is asked once.
        var taxChanges: [TaxTreatment: [Day]] = [:]
        for component in version.components {
            if order[component.id] == nil { order[component.id] = order.count }
            let taxes = taxChanges[component.tax] ?? self.taxChanges(component.tax, version, range)
            taxChanges[component.tax] = taxes
            for span in range.split(at: taxes + version.priceChanges(component, in: range, billingCase.prices)) {
                let tax = try tax(component, version, span)
                for group in try groups(component, version, span) {
                    let charged =
                        if case .minimum(_, let of) = component.charge { self.charged(of, in: span) } else { Money.zero }
                    guard let explanation = try explain(component, version, span, group, charged) else { continue }
                    let line: Line
                    do throws(Overflow) {
                        line = try Line(
                            position: 0, component: component, period: days(of: group, in: span), explanation: explanation, tax: tax,
                            tariff: reference,
                            parts: group ?? [], rounding: version.rules.rounding)
                    } catch { throw .overflow }
                    if case .minimum = component.charge, line.amount == .zero { continue }
                    lines.append(line)
                    if let group { try count(group, component, &energy) }
                }
            }
        }
        try contain(version, energy, range)
    }

    /// What components were charged in a span. A line counts where it begins: a cut of the minimum that the other component
    /// does not have would otherwise lose the line or count it on both sides.
    private func charged(_ components: [String], in span: DayRange) -> Money {
        lines.filter { components.contains($0.component) && span.contains($0.period.from) }.map(\.amount).total()
    }

    private func taxChanges(_ treatment: TaxTreatment, _ version: TariffVersion, _ range: DayRange) -> [Day] {
        version.rules.vat == .split ? billingCase.prices.vat.changes(treatment, version.commodity, in: range) : []
    }

    private func tax(_ component: PriceComponent, _ version: TariffVersion, _ span: DayRange) throws(BillingProblem) -> Tax {
        let day = version.rules.vat == .split ? span.from : billingCase.period.lastDay ?? span.from
        guard let tax = billingCase.prices.vat.tax(component.tax, version.commodity, on: day) else {
            throw .rating(.missingTaxRate(component: component.id, day))
        }
        return tax
    }

    /// The parts of each line that a component makes of a span: one per device, one for all where steps count the sum; one
    /// without parts where nothing is measured.
    private func groups(_ component: PriceComponent, _ version: TariffVersion, _ span: DayRange) throws(BillingProblem) -> [[LinePart]?] {
        guard let wanted = component.charge.measured else { return [nil] }
        let parts = try measured.parts(wanted.register, unit: wanted.unit, span: span, conversion: version.conversion)
        if case .tiered = component.charge { return [parts] }
        var groups: [(serial: String, parts: [LinePart])] = []
        for part in parts {
            if let place = groups.firstIndex(where: { $0.serial == part.piece.serial }) {
                groups[place].parts.append(part)
            } else {
                groups.append((part.piece.serial, [part]))
            }
        }
        return groups.map(\.parts)
    }

    private mutating func explain(
        _ component: PriceComponent, _ version: TariffVersion, _ span: DayRange, _ group: [LinePart]?, _ charged: Money
    ) throws(BillingProblem) -> Explanation? {
        var quantity: Measure?
        if let group, let wanted = component.charge.measured {
            quantity = Measure(micro: try rounded(group, component.id, version.rules), unit: wanted.unit)
        }
        do {
            return try version.explain(
                component, span: span, quantity: quantity, attributes: billingCase.contract.attributes, prices: billingCase.prices,
                charged: charged)
        } catch { throw .rating(error) }
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

    /// A device that hung for a part of the span is charged for its days.
    private func days(of group: [LinePart]?, in span: DayRange) -> DayRange {
        guard let group, let first = group.map(\.piece.range.from).min(), let last = group.compactMap(\.piece.range.until).max() else {
            return span
        }
        return DayRange(checked: first, until: last) ?? span
    }

    /// Adds to the consumption of the bill: once, although a levy that is passed through charges the same kWh again.
    private mutating func count(_ group: [LinePart], _ component: PriceComponent, _ energy: inout [LinePart]) throws(BillingProblem) {
        guard component.service == BilledService(billingCase.contract.tariff.commodity), let wanted = component.charge.measured else {
            return
        }
        if case .passThrough = component.charge { return }
        var micro = consumed?.micro ?? 0
        for part in group {
            let (sum, over) = micro.addingReportingOverflow(part.micro)
            if over { throw .overflow }
            micro = sum
        }
        consumed = (micro, wanted.unit)
        if wanted.unit == .kilowattHour { energy += group }
    }

    /// "Darin enthalten": each levy on the energy of the days on which its value holds.
    private mutating func contain(_ version: TariffVersion, _ energy: [LinePart], _ range: DayRange) throws(BillingProblem) {
        for rule in version.breakdown {
            guard let series = billingCase.prices.series[rule.series] else { throw .rating(.missingSeries(rule.series)) }
            for entry in series.values.pieces(in: range) {
                do throws(Overflow) {
                    breakdown.append(try row(series, entry.value, entry.range, energy, version.rules))
                } catch { throw .overflow }
            }
        }
    }

    private func row(
        _ series: PriceSeries, _ value: PriceSeries.Value, _ span: DayRange, _ energy: [LinePart], _ rules: RatingRules
    ) throws(Overflow) -> BreakdownRow {
        if series.unit == .eurosPerYear {
            // Millionths of a euro, prices count 10^-8.
            let (scaled, over) = value.millionths.multipliedReportingOverflow(by: 100)
            if over { throw Overflow() }
            let price = Price(hundredMillionths: scaled, time: .year)
            let amount = try price.times(micro: 1_000_000, share: rules.fixed.share(of: span, per: .year), rounding: rules.rounding)
            return BreakdownRow(series: series.key, label: series.label, period: span, quantity: nil, price: price, amount: amount)
        }
        var sum: Int128 = 0
        for part in energy where span.contains(part.piece.range) { sum += Int128(part.micro) }
        let unit = Int128(DecimalText.power(6 - rules.quantityPlaces))
        let micro = try Overflow.checked(rules.rounding.divide(sum, by: unit) * unit)
        let price = Price(hundredMillionths: value.millionths, unit: .kilowattHour)
        return BreakdownRow(
            series: series.key, label: series.label, period: span, quantity: Measure(micro: micro, unit: .kilowattHour), price: price,
            amount: try price.times(micro: micro, rounding: rules.rounding))
    }
}
