internal import Metering
internal import Tariffs
internal import Values

/// What a component is rated on.
extension RatedLines {
    /// One line to be.
    struct Group {
        var parts: [LinePart] = []
        /// Of deduction meters.
        var deducted: [LinePart] = []
        /// 10^-6 m³ left out for other days, or on other days.
        var carried: Int64 = 0
        /// A device that hung for a part of the span is charged for its days.
        var days: DayRange?
        var basis = RatingBasis()
    }

    mutating func rate(_ planned: BillPlan.Planned, _ stretch: BillPlan.Stretch, _ span: DayRange) throws(BillingProblem) {
        switch planned.component.charge {
        case .fixed, .sized, .capacity, .area, .perItem: try rate(planned, stretch, span, Group())
        case .minimum, .maximum: break
        case .discount(_, let of):
            let charged = try charged(of, in: span)
            try rate(planned, stretch, span, Group(basis: RatingBasis(charged: charged.amount, chargedMicro: charged.micro)))
        case .bonus(let bonus):
            let times = bonus.occurrences(in: span, contractStart: contractStart)
            let charged = try charged(bonus.of, in: plan.period).amount
            try rate(planned, stretch, span, Group(basis: RatingBasis(charged: charged, times: times)))
        case .demand(let demand):
            let days = demand.period == .year ? plan.period : month(of: span)
            let peak = try measured.peak(days, per: DemandPrice.seconds(for: stretch.version.commodity))
            try rate(planned, stretch, span, Group(parts: peak.parts, basis: RatingBasis(peak: peak.peak)))
        case .dynamic(let dynamic):
            let spot = try measured.spot(dynamic, span)
            try rate(planned, stretch, span, Group(parts: spot.parts, basis: RatingBasis(spot: spot.cost)))
        case .energy, .volume, .wasteWater, .tiered, .package, .reactive, .passThrough, .feedIn, .indexed:
            guard let wanted = planned.component.charge.measured else { return try rate(planned, stretch, span, Group()) }
            let parts = try measured.parts(wanted.register, unit: wanted.unit, span: span, in: stretch)
            try rate(planned, stretch, span, parts, unit: wanted.unit)
        }
    }

    /// A line per device, one for all where the sum counts.
    private mutating func rate(
        _ planned: BillPlan.Planned, _ stretch: BillPlan.Stretch, _ span: DayRange, _ parts: [LinePart], unit: UnitCode
    ) throws(BillingProblem) {
        let rules = stretch.version.rules
        switch planned.component.charge {
        case .tiered, .package, .wasteWater, .reactive:
            var basis = RatingBasis()
            var deducted: [LinePart] = []
            var carried: Int64 = 0
            basis.quantity = Measure(micro: try rounded(parts, planned, .charged, rules), unit: unit)
            if case .tiered(let tiers) = planned.component.charge {
                try place(tiers, planned.component, rules, span, &basis)
                if tiers.split == .shared {
                    guard let all = Int64(exactly: try measured.total(unit: unit, span, of: stretch)) else { throw .overflow }
                    basis.beside = Measure(micro: all, unit: unit)
                }
            }
            if case .wasteWater = planned.component.charge {
                deducted = try measured.parts(.deduction, unit: unit, span: span, in: stretch)
                carried = try self.carried(planned, span)
                let (less, over) = try rounded(deducted, planned, .deducted, rules).addingReportingOverflow(carried)
                if over { throw .overflow }
                basis.beside = Measure(micro: less, unit: unit)
            }
            if case .reactive = planned.component.charge {
                let active = try measured.parts(.total, unit: .kilowattHour, span: span, in: stretch)
                basis.beside = Measure(micro: try rounded(active, planned, .active, rules), unit: .kilowattHour)
            }
            try rate(
                planned, stretch, span,
                Group(parts: parts, deducted: deducted, carried: carried, days: RatedLines.days(of: parts, in: span), basis: basis))
        default:
            for own in RatedLines.devices(parts) {
                let quantity = Measure(micro: try rounded(own, planned, .charged, rules), unit: unit)
                let days = RatedLines.days(of: own, in: span)
                try rate(planned, stretch, span, Group(parts: own, days: days, basis: RatingBasis(quantity: quantity)))
            }
        }
    }

    /// Device by device, in the order of their first part.
    private static func devices(_ parts: [LinePart]) -> [[LinePart]] {
        guard let first = parts.first else { return [] }
        // Most points have one device.
        if parts.count == 1 || parts.allSatisfy({ $0.piece.serial == first.piece.serial }) { return [parts] }
        var devices: [[LinePart]] = []
        for part in parts {
            if let place = devices.firstIndex(where: { $0[0].piece.serial == part.piece.serial }) {
                devices[place].append(part)
            } else {
                devices.append([part])
            }
        }
        return devices
    }

    /// Steps that are filled in the order of time know what they hold already.
    private mutating func place(
        _ tiers: TieredPrice, _ component: PriceComponent, _ rules: RatingRules, _ span: DayRange, _ basis: inout RatingBasis
    ) throws(BillingProblem) {
        guard tiers.isFilledInTime else { return }
        let year = tiers.split == .accumulated ? span.from.year : 0
        if tiers.split == .accumulated, year == plan.period.from.year {
            // What was used from New Year on and billed before is not in this case.
            let newYear = Day(year: year, month: 1, day: 1) ?? span.from
            if plan.period.from != newYear, contractStart < plan.period.from {
                throw .unknownBefore(component: component.id, plan.period.from)
            }
        }
        let before = placed[component.id].flatMap { $0.year == year ? $0.micro : nil } ?? 0
        basis.before = before
        do throws(RatingProblem) {
            basis.limits = try rules.fixed.share(of: plan.period, per: .year)
        } catch { throw .rating(error) }
        let (sum, over) = before.addingReportingOverflow(basis.quantity?.micro ?? 0)
        if over { throw .overflow }
        placed[component.id] = (year, sum)
    }

    private func month(of span: DayRange) -> DayRange {
        let first = span.from.startOfMonth
        return DayRange(from: first, until: first.adding(months: 1)).intersection(plan.period) ?? span
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
    mutating func utilisation(_ stretch: BillPlan.Stretch) throws(BillingProblem) -> Int64? {
        guard stretch.needsUtilisation else { return nil }
        if let text = attributes["utilisationHours"] {
            guard let agreed = DecimalText.parse(text, scale: 6) else {
                throw .rating(.badAttribute(component: "utilisation", name: "utilisationHours", value: text))
            }
            utilisation = Utilisation(hours: agreed, basis: nil)
            return agreed
        }
        let peak = try measured.peak(plan.period, per: DemandPrice.seconds(for: stretch.version.commodity)).peak
        // All of the energy: also what the device drew that hung before the one with the highest load.
        let energy = try measured.drawnEnergy(plan.period)
        let hours = stretch.version.utilisation(energy: energy, peak: peak.micro, over: plan.period)
        utilisation = Utilisation(hours: hours, basis: .init(energy: energy, peak: peak.micro, period: plan.period))
        return hours
    }

    mutating func rounded(
        _ parts: [LinePart], _ planned: BillPlan.Planned, _ kind: Running.Kind, _ rules: RatingRules
    ) throws(BillingProblem) -> Int64 {
        var exact = running[planned.place][kind].exact
        for part in parts {
            let (sum, over) = exact.addingReportingOverflow(part.micro)
            if over { throw .overflow }
            exact = sum
        }
        guard let target = rules.rounded(Int128(exact)) else { throw .overflow }
        let share = target - running[planned.place][kind].rounded
        running[planned.place][kind] = (exact, target)
        return share
    }

    private static func days(of parts: [LinePart], in span: DayRange) -> DayRange {
        guard var from = parts.first?.piece.range.from else { return span }
        var last: Day?
        for part in parts {
            from = min(from, part.piece.range.from)
            if let until = part.piece.range.until { last = max(last ?? until, until) }
        }
        guard let last else { return span }
        return DayRange(checked: from, until: last) ?? span
    }
}
