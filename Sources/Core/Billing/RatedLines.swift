internal import Metering
internal import Tariffs
internal import Values

/// Collects the lines of a case, version by version.
struct RatedLines {
    var measured: Measured
    let plan: BillPlan
    /// Of the contract on the days that are being rated.
    private(set) var attributes: [String: String]
    private var isReseller: Bool
    let contractStart: Day
    let form: BillForm
    private(set) var lines: [Line] = []
    /// Of each line, the place of its component in the plan's order.
    private var places: [Int] = []
    private(set) var entries: [Entry] = []
    var breakdown: [BreakdownRow] = []
    var consumed: (micro: Int64, unit: UnitCode)?
    /// What the rows of a levy have said so far: 10^-6 kWh as counted, and as printed.
    var contained: [Contained: (exact: Int128, rounded: Int64)] = [:]
    struct Contained: Hashable {
        let series: SeriesKey
        let registers: [MeasuredRegister]
    }
    /// By the component's place: rounded quantities sum to the rounded whole.
    var running: [Running]
    /// Component id to what its steps hold already, and of which year.
    var placed: [String: (year: Int, micro: Int64)] = [:]
    /// Where a price asks for it: that of the version that holds last.
    var utilisation: Utilisation?
    /// By the component's place: what slices of waste water leave out for each other; see `carried(_:_:)`.
    var leftOut: [Int: [DayRange: Int64]] = [:]

    /// Takes parts of the case: all of it would be copied.
    init(
        _ plan: BillPlan, usage: [UsagePiece], intervals: [IntervalUsage], attributes: [String: String], contractStart: Day, form: BillForm
    ) {
        measured = Measured(usage, intervals, attributes, plan.prices, form, terms: plan.terms)
        self.plan = plan
        self.form = form
        self.attributes = attributes
        isReseller = PriceComponent.isReseller(attributes)
        self.contractStart = contractStart
        running = Array(repeating: Running(), count: plan.order.count)
        lines.reserveCapacity(2 * plan.order.count)
        places.reserveCapacity(2 * plan.order.count)
        breakdown.reserveCapacity(plan.rowCount)
    }

    /// From here on, what was agreed on the days of a stretch holds.
    mutating func enter(_ stretch: BillPlan.Stretch) {
        guard let own = stretch.attributes else { return }
        attributes = own
        isReseller = PriceComponent.isReseller(own)
        measured.attributes = own
    }

    /// The exact and the rounded running totals of a component: of what it charges, and of what that is reduced by.
    struct Running {
        typealias Total = (exact: Int64, rounded: Int64)
        enum Kind { case charged, deducted, active }
        private var charged: Total = (0, 0)
        private var deducted: Total = (0, 0)
        private var active: Total = (0, 0)

        subscript(kind: Kind) -> Total {
            get {
                switch kind {
                case .charged: charged
                case .deducted: deducted
                case .active: active
                }
            }
            set {
                switch kind {
                case .charged: charged = newValue
                case .deducted: deducted = newValue
                case .active: active = newValue
                }
            }
        }
    }

    var consumption: Measure? { consumed.map { Measure(micro: $0.micro, unit: $0.unit) } }

    /// Grouped by service, then component, then days and device.
    mutating func ordered() -> [Line] {
        var ranks: [Rank] = []
        ranks.reserveCapacity(lines.count)
        for index in lines.indices {
            ranks.append(Rank(service: lines[index].service, place: places[index], from: lines[index].period.from, index: index))
        }
        ranks.sort()
        var ordered: [Line] = []
        ordered.reserveCapacity(lines.count)
        for rank in ranks {
            ordered.append(lines[rank.index])
            ordered[ordered.count - 1].position = ordered.count
        }
        return ordered
    }

    /// Where a line stands, apart from the line: that is larger, and counted by reference in many places.
    private struct Rank: Comparable {
        let service: BilledService
        let place: Int
        let from: Day
        let index: Int

        static func < (left: Rank, right: Rank) -> Bool {
            if left.service != right.service { return left.service < right.service }
            if left.place != right.place { return left.place < right.place }
            return left.from == right.from ? left.index < right.index : left.from < right.from
        }
    }

    /// One version over the days on which it holds.
    struct Entry {
        let stretch: BillPlan.Stretch
        /// 10^-6 hours; nil where no component asks for it.
        let utilisation: Int64?
    }

    /// The lines of one version over the days on which it holds; what is computed from the whole bill follows in `finish`.
    mutating func rate(_ stretch: BillPlan.Stretch) throws(BillingProblem) {
        enter(stretch)
        let entry = Entry(stretch: stretch, utilisation: try utilisation(stretch))
        entries.append(entry)
        for planned in stretch.components where !planned.isLate {
            for span in spans(planned, entry) { try rate(planned, stretch, span) }
        }
        try contain(entry)
    }

    /// The spans of a component in which it applies, and in which neither its price nor its tax changes.
    func spans(_ planned: BillPlan.Planned, _ entry: Entry) -> [DayRange] {
        let stretch = entry.stretch
        let taxes = stretch.taxes(treatment(planned)).days
        // Most components of most bills.
        if taxes.isEmpty, planned.priceChanges.isEmpty, !stretch.hasConditions { return stretch.whole }
        let cuts =
            taxes + planned.priceChanges
            + stretch.version.conditionChanges(planned.component, in: stretch.range, contractStart: contractStart)
        let all = cuts.isEmpty ? stretch.whole : stretch.range.split(at: cuts)
        let conditions = planned.component.conditions
        if conditions.isEmpty { return all }
        return all.filter { span in
            conditions.hold(on: span.from, contractStart: contractStart, utilisation: entry.utilisation, attributes: attributes)
        }
    }

    private func treatment(_ planned: BillPlan.Planned) -> TaxTreatment {
        planned.component.tax(for: attributes, isReseller: isReseller)
    }

    func tax(_ planned: BillPlan.Planned, _ stretch: BillPlan.Stretch, _ span: DayRange) throws(BillingProblem) -> Tax {
        let treatment = treatment(planned)
        let taxes = stretch.taxes(treatment)
        let tax = taxes.days.isEmpty ? taxes.tax : plan.prices.vat.tax(treatment, stretch.version.commodity, on: span.from)
        guard let tax else {
            let taxedOn = stretch.version.rules.vat == .split ? span.from : plan.period.lastDay ?? span.from
            throw .rating(.missingTaxRate(component: planned.component.id, taxedOn))
        }
        return tax
    }

    mutating func rate(
        _ planned: BillPlan.Planned, _ stretch: BillPlan.Stretch, _ span: DayRange, _ group: Group
    ) throws(BillingProblem) {
        let tax = try tax(planned, stretch, span)
        guard let explanation = try explanation(planned, stretch, span, group.basis, tax) else { return }
        var areas: [SealedArea] = []
        if case .area(let area) = planned.component.charge {
            do { areas = try stretch.version.areas(area, planned.component.id, attributes) } catch { throw .rating(error) }
        }
        let line: Line
        do throws(Overflow) {
            line = try Line(
                component: planned.component, period: group.days ?? span, explanation: explanation, tax: tax, tariff: stretch.reference,
                parts: group.parts, deducted: group.deducted, carried: group.carried, areas: areas, priced: planned.priced,
                rounding: stretch.version.rules.rounding)
        } catch { throw .overflow }
        switch planned.component.charge {
        // What adds nothing and takes nothing says nothing.
        case .minimum, .maximum, .discount: if line.amount == .zero { return }
        default: break
        }
        lines.append(line)
        places.append(planned.place)
    }

    func explanation(
        _ planned: BillPlan.Planned, _ stretch: BillPlan.Stretch, _ span: DayRange, _ basis: RatingBasis, _ tax: Tax
    ) throws(BillingProblem) -> Explanation? {
        do {
            return try stretch.version.explain(
                planned.component, span: span, basis: basis, attributes: attributes, prices: plan.prices, tax: tax)
        } catch { throw .rating(error) }
    }
}
