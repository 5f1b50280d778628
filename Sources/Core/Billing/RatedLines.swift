internal import Metering
internal import Tariffs
internal import Values

/// Collects the lines of a case, version by version.
struct RatedLines {
    var measured: Measured
    let billingCase: BillingCase
    private let contractStart: Day
    var lines: [Line] = []
    var entries: [Entry] = []
    var breakdown: [BreakdownRow] = []
    var consumed: (micro: Int64, unit: UnitCode)?
    /// Component ids in the order of their first appearance.
    var order: [String] = []
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

    /// One version over the days on which it holds.
    struct Entry {
        /// Components that are rated when everything else is.
        var late: Set<String> = []
        let version: TariffVersion
        let reference: TariffReference
        let range: DayRange
        /// 10^-6 hours; nil where no component asks for it.
        let utilisation: Int64?
    }

    /// The lines of one version over the days on which it holds; what is computed from the whole bill follows in `finish`.
    mutating func rate(_ published: PublishedTariff, over range: DayRange) throws(BillingProblem) {
        let version = published.version
        var entry = Entry(
            version: version,
            reference: TariffReference(key: version.key, version: version.from, hash: published.hash, title: version.title),
            range: range,
            utilisation: try utilisation(version))
        // Most components are taxed alike: the table is asked once.
        var taxChanges: [(treatment: TaxTreatment, days: [Day])] = []
        for component in version.components {
            if !order.contains(component.id) { order.append(component.id) }
            if component.charge.isOfWholeBill || component.charge.components.contains(where: entry.late.contains) {
                entry.late.insert(component.id)
                continue
            }
            for span in spans(component, entry, &taxChanges) { try rate(component, entry, span) }
        }
        entries.append(entry)
        try contain(version, range)
    }

    /// The spans of a component in which it applies, and in which neither its price nor its tax changes.
    func spans(
        _ component: PriceComponent, _ entry: Entry, _ taxChanges: inout [(treatment: TaxTreatment, days: [Day])]
    ) -> [DayRange] {
        let version = entry.version
        let treatment = component.tax(for: billingCase.contract.attributes)
        let taxes: [Day]
        if let known = taxChanges.first(where: { $0.treatment == treatment }) {
            taxes = known.days
        } else {
            taxes = version.rules.vat == .split ? billingCase.prices.vat.changes(treatment, version.commodity, in: entry.range) : []
            taxChanges.append((treatment, taxes))
        }
        let cuts =
            taxes + version.priceChanges(component, in: entry.range, billingCase.prices)
            + version.conditionChanges(component, in: entry.range, contractStart: contractStart)
        let all = cuts.isEmpty ? [entry.range] : entry.range.split(at: cuts)
        if component.conditions.isEmpty { return all }
        return all.filter { span in
            component.conditions.hold(
                on: span.from, contractStart: contractStart, utilisation: entry.utilisation, attributes: billingCase.contract.attributes)
        }
    }

    func tax(_ component: PriceComponent, _ entry: Entry, _ span: DayRange) throws(BillingProblem) -> Tax {
        let version = entry.version
        let taxedOn = version.rules.vat == .split ? span.from : billingCase.period.lastDay ?? span.from
        let treatment = component.tax(for: billingCase.contract.attributes)
        guard let tax = billingCase.prices.vat.tax(treatment, version.commodity, on: taxedOn) else {
            throw .rating(.missingTaxRate(component: component.id, taxedOn))
        }
        return tax
    }

    mutating func rate(_ component: PriceComponent, _ entry: Entry, _ span: DayRange) throws(BillingProblem) {
        for group in try groups(component, entry.version, span, entry.range) { try rate(component, entry, span, group) }
    }

    mutating func rate(_ component: PriceComponent, _ entry: Entry, _ span: DayRange, _ group: Group) throws(BillingProblem) {
        let tax = try tax(component, entry, span)
        guard let explanation = try explanation(component, entry, span, group.basis, tax) else { return }
        let line: Line
        do throws(Overflow) {
            line = try Line(
                position: 0, component: component, period: group.days ?? span, explanation: explanation, tax: tax, tariff: entry.reference,
                parts: group.parts, rounding: entry.version.rules.rounding)
        } catch { throw .overflow }
        switch component.charge {
        // What adds nothing and takes nothing says nothing.
        case .minimum, .maximum, .discount: if line.amount == .zero { return }
        default: break
        }
        lines.append(line)
    }

    func explanation(
        _ component: PriceComponent, _ entry: Entry, _ span: DayRange, _ basis: RatingBasis, _ tax: Tax
    ) throws(BillingProblem) -> Explanation? {
        do {
            return try entry.version.explain(
                component, span: span, basis: basis, attributes: billingCase.contract.attributes, prices: billingCase.prices, tax: tax)
        } catch { throw .rating(error) }
    }

    // MARK: what a component is rated on

    /// One line to be.
    struct Group {
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
        case .minimum, .maximum: return []
        case .discount(_, let of):
            let charged = try charged(of, in: span)
            return [Group(basis: RatingBasis(charged: charged.amount, chargedMicro: charged.micro))]
        case .bonus(let bonus):
            let times = bonus.occurrences(in: span, contractStart: contractStart)
            return [Group(basis: RatingBasis(charged: try charged(bonus.of, in: billingCase.period).amount, times: times))]
        case .demand(let demand):
            let days = demand.period == .year ? billingCase.period : month(of: span)
            // The law measures the load of gas by the hour.
            let peak = try measured.peak(days, per: version.commodity == .gas ? 3_600 : 900)
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
    func charged(_ components: [String], in span: DayRange) throws(BillingProblem) -> (amount: Money, micro: Int64) {
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
        let peak = try measured.peak(billingCase.period, per: version.commodity == .gas ? 3_600 : 900).peak
        // All of the energy: also what the device drew that hung before the one with the highest load.
        let energy = try measured.drawnEnergy(billingCase.period)
        return version.utilisation(energy: energy, peak: peak.micro, over: billingCase.period)
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
}
