internal import Tariffs
internal import Values

/// What the bill says beside its lines.
extension RatedLines {
    /// The consumption of the bill, once, whatever components charge it; and "darin enthalten": each levy on the energy of the
    /// days on which its value holds.
    mutating func contain(_ stretch: BillPlan.Stretch) throws(BillingProblem) {
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
            switch stretch.rows[place].kind {
            case .fixed: breakdown.append(stretch.rows[place].row)
            case .energy:
                let micro = try energy(stretch.rows[place].row.period, &measured)
                do throws(Overflow) {
                    let amount = try stretch.rows[place].row.price.times(micro: micro, rounding: rules.rounding)
                    breakdown.append(stretch.rows[place].row.of(micro, amount: amount))
                } catch { throw .overflow }
            case .emission(let factor):
                let micro = try energy(stretch.rows[place].row.period, &measured)
                // 10^-6 kWh × 10^-6 kg/kWh, brought to tenths of a kilogram.
                let tenths = rules.rounding.divide(Int128(micro) * Int128(factor), by: 100_000_000_000)
                guard let mass = Int64(exactly: tenths * 100_000) else { throw .overflow }
                breakdown.append(stretch.rows[place].row.of(micro, amount: .zero, emission: .init(factor: factor, mass: mass)))
            }
        }
        if let problem = stretch.rowProblem { throw problem }
    }
}

extension RatingRules {
    /// 10^-6 of a unit as they are printed and charged; nil beyond Int64.
    func rounded(_ micro: Int128) -> Int64? {
        let unit = Int128(DecimalText.power(6 - quantityPlaces))
        return Int64(exactly: rounding.divide(micro, by: unit) * unit)
    }
}
