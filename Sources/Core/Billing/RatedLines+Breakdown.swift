internal import Tariffs
internal import Values

/// What the bill says beside its lines.
extension RatedLines {
    /// The consumption of the bill, once, whatever components charge it; and "darin enthalten": each levy on the energy of the
    /// days on which its value holds.
    mutating func contain(_ entry: Entry) throws(BillingProblem) {
        let stretch = entry.stretch
        var exact: Int128 = 0
        if let unit = stretch.consumption {
            exact = try measured.total(unit: unit, stretch.range, of: stretch)
            guard let micro = Int64(exactly: Int128(consumed?.micro ?? 0) + exact) else { throw .overflow }
            consumed = (micro, unit)
        }
        let rules = stretch.version.rules
        let isEnergy = stretch.consumption == .kilowattHour
        var known: (days: DayRange, exact: Int128)?
        /// The energy of some days, not rounded.
        func energy(_ span: DayRange, _ measured: inout Measured) throws(BillingProblem) -> Int128 {
            if let known, known.days == span { return known.exact }
            let sum = isEnergy ? (span == stretch.range ? exact : try measured.total(unit: .kilowattHour, span, of: stretch)) : 0
            known = (span, sum)
            return sum
        }
        for place in stretch.rows.indices {
            if let conditions = stretch.rows[place].conditions, !holds(conditions, on: stretch.rows[place].row.period.from, entry) {
                continue
            }
            switch stretch.rows[place].kind {
            case .fixed: breakdown.append(stretch.rows[place].row)
            case .energy(let registers):
                let span = stretch.rows[place].row.period
                let sum = registers.isEmpty ? try energy(span, &measured) : try drawn(by: registers, span, stretch)
                let micro = try printed(sum, of: stretch.rows[place].row.series, registers, rules)
                do throws(Overflow) {
                    let amount = try stretch.rows[place].row.price.times(micro: micro, rounding: rules.rounding)
                    breakdown.append(stretch.rows[place].row.of(Measure(micro: micro, unit: .kilowattHour), amount: amount))
                } catch { throw .overflow }
            case .peak(let share):
                // What the network charges for is the highest quarter hour of the year, not of the days of a value.
                let peak = try measured.peak(plan.period, per: DemandPrice.seconds(for: stretch.version.commodity)).peak
                do throws(Overflow) {
                    let amount = try stretch.rows[place].row.price.times(micro: peak.micro, share: share, rounding: rules.rounding)
                    breakdown.append(stretch.rows[place].row.of(Measure(micro: peak.micro, unit: .kilowatt), amount: amount))
                } catch { throw .overflow }
            case .emission(let factor):
                let sum = try energy(stretch.rows[place].row.period, &measured)
                let micro = try printed(sum, of: stretch.rows[place].row.series, [], rules)
                // 10^-6 kWh × 10^-6 kg/kWh, brought to tenths of a kilogram.
                let tenths = rules.rounding.divide(Int128(micro) * Int128(factor), by: 100_000_000_000)
                guard let mass = Int64(exactly: tenths * 100_000) else { throw .overflow }
                breakdown.append(
                    stretch.rows[place].row.of(
                        Measure(micro: micro, unit: .kilowattHour), amount: .zero, emission: .init(factor: factor, mass: mass)))
            }
        }
        if let problem = stretch.rowProblem { throw problem }
    }

    private func holds(_ conditions: Conditions, on day: Day, _ entry: Entry) -> Bool {
        conditions.hold(on: day, contractStart: contractStart, utilisation: entry.utilisation, attributes: attributes)
    }

    /// The energy of a row as it is printed: with the rows before it of the same levy it is the rounded sum of all.
    private mutating func printed(
        _ exact: Int128, of series: SeriesKey, _ registers: [MeasuredRegister], _ rules: RatingRules
    ) throws(BillingProblem) -> Int64 {
        if form.rawValue < BillForm.third.rawValue {
            guard let micro = rules.rounded(exact) else { throw .overflow }
            return micro
        }
        let key = Contained(series: series, registers: registers)
        let before = contained[key] ?? (0, 0)
        let sum = before.exact + exact
        guard let all = rules.rounded(sum) else { throw .overflow }
        contained[key] = (sum, all)
        return all - before.rounded
    }

    /// The energy of some registers or zones, not rounded.
    private mutating func drawn(
        by registers: [MeasuredRegister], _ span: DayRange, _ stretch: BillPlan.Stretch
    ) throws(BillingProblem) -> Int128 {
        var sum: Int128 = 0
        for register in registers {
            for part in try measured.parts(register, unit: .kilowattHour, span: span, in: stretch) { sum += Int128(part.micro) }
        }
        return sum
    }
}
