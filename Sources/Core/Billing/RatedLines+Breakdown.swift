internal import Metering
internal import Tariffs
internal import Values

/// What the bill says beside its lines.
extension RatedLines {
    /// The consumption of the bill, once, whatever components charge it; and "darin enthalten": each levy on the energy of the
    /// days on which its value holds.
    mutating func contain(_ version: TariffVersion, _ stretch: DayRange) throws(BillingProblem) {
        let supplied = BilledService(version.commodity)
        let isMeasured = version.components.contains { component in
            if case .passThrough = component.charge { return false }
            return component.service == supplied && component.charge.measured != nil
        }
        if isMeasured {
            let unit: UnitCode = version.commodity == .water ? .cubicMetre : .kilowattHour
            let parts = try measured.total(unit: unit, stretch, of: stretch, version)
            var micro = consumed?.micro ?? 0
            for part in parts {
                let (sum, over) = micro.addingReportingOverflow(part.micro)
                if over { throw .overflow }
                micro = sum
            }
            consumed = (micro, unit)
        }
        let isEnergy = isMeasured && version.commodity != .water
        for rule in version.breakdown {
            guard let series = billingCase.prices.series[rule.series] else { throw .rating(.missingSeries(rule.series)) }
            for entry in series.values.pieces(in: stretch) {
                let energy = isEnergy ? try measured.total(unit: .kilowattHour, entry.range, of: stretch, version) : []
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
        for part in energy { sum += Int128(part.micro) }
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
