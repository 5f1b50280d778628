internal import Tariffs
internal import Values

/// What looks at the whole bill: bonus, minimum, maximum.
extension RatedLines {
    /// What looks at the whole bill (bonus, minimum, maximum, and what is off them) once everything else of all versions is rated.
    mutating func finish() throws(BillingProblem) {
        for place in plan.late {
            var bounds: [Bound] = []
            for entry in entries {
                enter(entry.stretch)
                for planned in entry.stretch.components where planned.isLate && planned.place == place {
                    for span in spans(planned, entry) {
                        switch planned.component.charge {
                        case .minimum, .maximum: bounds.append(Bound(planned: planned, stretch: entry.stretch, span: span))
                        default: try rate(planned, entry.stretch, span)
                        }
                    }
                }
            }
            try judge(&bounds)
        }
    }

    /// A minimum or maximum over days of one price and one tax.
    private struct Bound {
        let planned: BillPlan.Planned
        let stretch: BillPlan.Stretch
        let span: DayRange
        /// What it was charged for, and what is missing to the bound (negative: what goes beyond).
        var charged = Money.zero
        var gap: Int64 = 0
    }

    /// A minimum is of the bill, not of a slice of it: what was charged beyond it before a price or tax changed counts after the change
    /// as well. The lines keep the tax of their days, and the same sum with numbers: what counts from another slice is in "charged".
    private mutating func judge(_ bounds: inout [Bound]) throws(BillingProblem) {
        for place in bounds.indices {
            let bound = bounds[place]
            enter(bound.stretch)
            let charged = try charged(bound.planned.component.charge.components, in: bound.span).amount
            let basis = RatingBasis(charged: charged)
            let tax = try tax(bound.planned, bound.stretch, bound.span)
            do {
                let found = try explanation(bound.planned, bound.stretch, bound.span, basis, tax)
                bounds[place].gap = try found?.distance(bound.stretch.version.rules.rounding)?.cents ?? 0
            } catch let problem as BillingProblem { throw problem } catch { throw .overflow }
            bounds[place].charged = charged
        }
        guard let first = bounds.first else { return }
        // For a minimum slices with more than it give to those with less; for a maximum those with room give to those without.
        let isMinimum = if case .minimum = first.planned.component.charge { true } else { false }
        func gives(_ gap: Int64) -> Bool { isMinimum ? gap < 0 : gap > 0 }
        for giver in bounds.indices where gives(bounds[giver].gap) {
            for taker in bounds.indices where bounds[taker].gap != 0 && !gives(bounds[taker].gap) {
                let share = min(bounds[giver].gap.magnitude, bounds[taker].gap.magnitude)
                if share == 0 { break }
                guard let part = Int64(exactly: share) else { throw .overflow }
                let moved = isMinimum ? part : -part
                bounds[giver].gap += moved
                bounds[taker].gap -= moved
                let (cents, over) = bounds[taker].charged.cents.addingReportingOverflow(moved)
                if over { throw .overflow }
                bounds[taker].charged = Money(cents: cents)
            }
        }
        for bound in bounds {
            enter(bound.stretch)
            try rate(bound.planned, bound.stretch, bound.span, Group(basis: RatingBasis(charged: bound.charged)))
        }
    }
}
