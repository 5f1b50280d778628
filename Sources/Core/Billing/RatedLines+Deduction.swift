internal import Tariffs
internal import Values

/// What deduction meters count beyond the main meter on some days of a bill.
extension RatedLines {
    /// What is left out of a slice of waste water beside what was deducted on its own days, 10^-6 m³; below zero: what other slices leave
    /// out for it.
    ///
    /// Main meter and garden meter are read on different days, so a slice between two price changes may get more of the one than of the
    /// other. Over the bill the garden's water came through the main meter: what one slice cannot leave out, others do, in order of days.
    /// What no slice can is left where it is, and holds the bill.
    mutating func carried(_ planned: BillPlan.Planned, _ span: DayRange) throws(BillingProblem) -> Int64 {
        guard form != .first, measured.deducts || plan.stretches.first?.attributes != nil else { return 0 }
        if let known = leftOut[planned.place] { return known[span] ?? 0 }
        let found = RatedLines.evened(try slices(planned.place))
        leftOut[planned.place] = found
        return found[span] ?? 0
    }

    /// The slices of a component, each with what is left of it after what was deducted on its days.
    private func slices(_ place: Int) throws(BillingProblem) -> [(span: DayRange, rest: Int64)] {
        var rehearsal = self
        rehearsal.running[place] = Running()
        var slices: [(span: DayRange, rest: Int64)] = []
        for stretch in plan.stretches {
            rehearsal.enter(stretch)
            for planned in stretch.components where planned.place == place {
                guard case .wasteWater = planned.component.charge else { continue }
                let rules = stretch.version.rules
                let entry = Entry(stretch: stretch, utilisation: try rehearsal.utilisation(stretch))
                for span in rehearsal.spans(planned, entry) {
                    let parts = try rehearsal.measured.parts(.total, unit: .cubicMetre, span: span, in: stretch)
                    let less = try rehearsal.measured.parts(.deduction, unit: .cubicMetre, span: span, in: stretch)
                    let quantity = try rehearsal.rounded(parts, planned, .charged, rules)
                    let (rest, over) = quantity.subtractingReportingOverflow(try rehearsal.rounded(less, planned, .deducted, rules))
                    if over { throw .overflow }
                    slices.append((span, rest))
                }
            }
        }
        return slices
    }

    private static func evened(_ slices: [(span: DayRange, rest: Int64)]) -> [DayRange: Int64] {
        var rests = slices.map(\.rest)
        var carried: [DayRange: Int64] = [:]
        for giver in rests.indices where rests[giver] < 0 {
            for taker in rests.indices where rests[taker] > 0 {
                let share = Int64(min(rests[giver].magnitude, rests[taker].magnitude))
                if share == 0 { break }
                rests[giver] += share
                rests[taker] -= share
                carried[slices[giver].span, default: 0] -= share
                carried[slices[taker].span, default: 0] += share
            }
        }
        return carried
    }
}
