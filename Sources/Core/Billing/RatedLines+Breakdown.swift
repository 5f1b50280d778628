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
        var known: (days: DayRange, micro: Int64)?
        /// The printed energy of some days.
        func energy(_ span: DayRange, _ measured: inout Measured) throws(BillingProblem) -> Int64 {
            if let known, known.days == span { return known.micro }
            let sum = isEnergy ? (span == stretch.range ? exact : try measured.total(unit: .kilowattHour, span, of: stretch)) : 0
            guard let micro = rules.rounded(sum) else { throw .overflow }
            known = (span, micro)
            return micro
        }
        for place in stretch.rows.indices {
            if let conditions = stretch.rows[place].conditions, !holds(conditions, on: stretch.rows[place].row.period.from, entry) {
                continue
            }
            switch stretch.rows[place].kind {
            case .fixed: breakdown.append(stretch.rows[place].row)
            case .energy(let registers):
                let span = stretch.rows[place].row.period
                let micro =
                    registers.isEmpty ? try energy(span, &measured) : try drawn(by: registers, span, stretch)
                do throws(Overflow) {
                    let amount = try stretch.rows[place].row.price.times(micro: micro, rounding: rules.rounding)
                    breakdown.append(stretch.rows[place].row.of(Measure(micro: micro, unit: .kilowattHour), amount: amount))
                } catch { throw .overflow }
            case .peak(let share):
                // What the network charges for is the highest quarter hour of the year, not of the days of a value.
                let peak = try measured.peak(plan.period, per: stretch.version.commodity == .gas ? 3_600 : 900).peak
                do throws(Overflow) {
                    let amount = try stretch.rows[place].row.price.times(micro: peak.micro, share: share, rounding: rules.rounding)
                    breakdown.append(stretch.rows[place].row.of(Measure(micro: peak.micro, unit: .kilowatt), amount: amount))
                } catch { throw .overflow }
            case .emission(let factor):
                let micro = try energy(stretch.rows[place].row.period, &measured)
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

    /// The printed energy of some registers or zones.
    private mutating func drawn(
        by registers: [MeasuredRegister], _ span: DayRange, _ stretch: BillPlan.Stretch
    ) throws(BillingProblem) -> Int64 {
        var sum: Int128 = 0
        for register in registers {
            for part in try measured.parts(register, unit: .kilowattHour, span: span, in: stretch) { sum += Int128(part.micro) }
        }
        guard let micro = stretch.version.rules.rounded(sum) else { throw .overflow }
        return micro
    }
}

extension RatingRules {
    /// 10^-6 of a unit as they are printed and charged; nil beyond Int64.
    func rounded(_ micro: Int128) -> Int64? {
        let unit = Int128(DecimalText.power(6 - quantityPlaces))
        return Int64(exactly: rounding.divide(micro, by: unit) * unit)
    }
}
