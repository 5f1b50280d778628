public import Metering
public import Values

/// Methods that need no cascade, because somebody knows: check meters, balances, documented shutdowns, held states (reference
/// 2.1, priorities 1, 2, 9, 10), and the estimated reading of a register.
extension Estimation {
    /// Method 1: the values of a reference channel in the units of another, before the other's factor; nil in slots where the
    /// reference has no usable value.
    ///
    /// - Returns: nil if the units measure different things or the other's factor is zero.
    /// - Throws: `Overflow`.
    public static func fromCheckMeter(
        _ reference: DaySlots, of register: Register, for other: Register, on day: Day
    ) throws(Overflow) -> [Int64?]? {
        let factor = other.parameters(on: day).factor
        guard register.unit.dimension == other.unit.dimension, factor.millionths > 0 else { return nil }
        var values: [Int64?] = []
        values.reserveCapacity(reference.count)
        for slot in reference.values.indices {
            guard reference.status(slot).isUsable else { values.append(nil); continue }
            let consumed = try register.parameters(on: day).factor.times(micro: reference.values[slot])
            guard let same = try register.unit.convert(micro: consumed, to: other.unit) else { return nil }
            values.append(
                try Overflow.checked(Rounding.halfAwayFromZero.divide(Int128(same) * 1_000_000, by: Int128(factor.millionths))))
        }
        return values
    }

    /// Method 2: what flowed into a fully metered node less what flowed out, slot by slot; nil where one of them has no value.
    /// Below zero the meters disagree, and nobody's consumption is negative: nil as well.
    /// - Throws: `Overflow`.
    /// - Precondition: all columns have the same length.
    public static func balance(inflows: [[Int64?]], outflows: [[Int64?]]) throws(Overflow) -> [Int64?] {
        let count = (inflows + outflows).first?.count ?? 0
        precondition((inflows + outflows).allSatisfy { $0.count == count }, "a balance is of columns of one length")
        var result: [Int64?] = []
        for slot in 0..<count {
            var sum: Int128? = 0
            for column in inflows { sum = sum.flatMap { sum in column[slot].map { sum + Int128($0) } } }
            for column in outflows { sum = sum.flatMap { sum in column[slot].map { sum - Int128($0) } } }
            guard let sum, sum >= 0 else { result.append(nil); continue }
            result.append(try Overflow.checked(sum))
        }
        return result
    }

    /// Method 9: nothing, for a shutdown or vacancy that is documented; `reason` is one of the two.
    public static func zero(day: Day, slots: Range<Int>, reason: EstimationReason) -> Estimate {
        let mark = Mark(status: .substituted, method: EstimationMethod.zero.rawValue, reason: reason.rawValue)
        return Estimate(
            day: day, firstSlot: slots.lowerBound, values: Array(repeating: 0, count: slots.count),
            marks: [MarkRun(count: slots.count, mark: mark)])
    }

    /// Method 10: the last value, held over a gap. For gas pressure and temperature, which stay; a quantity does not.
    public static func held(_ last: Int64, count: Int) -> [Int64] { Array(repeating: last, count: count) }

    /// Method 5: an advance between two readings by weights, to the last millionth; even where they all are zero.
    /// - Precondition: there is at least one weight, none is negative, and the advance is not.
    /// - Throws: `Overflow`.
    public static func divided(_ advance: Int64, by weights: [Int64]) throws(Overflow) -> [Int64] {
        try RegisterSpan.scaled(weights, to: advance)
    }

    /// Method 6: known uses and their weights carried to other weights, KW = Σ Q ÷ Σ w, rounded half away from zero.
    /// - Returns: nil if the known days weigh nothing.
    /// - Throws: `Overflow`.
    public static func temperatureScaled(_ known: [(use: Int64, weight: Int64)], weights: [Int64]) throws(Overflow) -> [Int64]? {
        let use = known.reduce(Int128(0)) { $0 + Int128($1.use) }
        let weight = known.reduce(Int128(0)) { $0 + Int128($1.weight) }
        guard weight > 0 else { return nil }
        return try scaled(weights, use: use, weight: weight)
    }

    /// Method 7: values of the previous year × degree days now ÷ then, rounded half away from zero. No degree days in both
    /// periods leave the values as they were.
    /// - Returns: nil if only the previous year had none.
    /// - Throws: `Overflow`.
    public static func previousYear(_ values: [Int64], degreeDays now: Int64, then: Int64) throws(Overflow) -> [Int64]? {
        if now == 0, then == 0 { return values }
        guard then > 0, now >= 0 else { return nil }
        return try scaled(values, use: Int128(now), weight: Int128(then))
    }

    /// Method 8: annual forecast × weight ÷ weight of the year, rounded half away from zero.
    /// - Returns: nil if the year weighs nothing.
    /// - Throws: `Overflow`.
    public static func classAverage(annualForecast: Int64, weights: [Int64], yearWeight: Int64) throws(Overflow) -> [Int64]? {
        guard yearWeight > 0 else { return nil }
        return try scaled(weights, use: Int128(annualForecast), weight: Int128(yearWeight))
    }

    private static func scaled(_ weights: [Int64], use: Int128, weight: Int128) throws(Overflow) -> [Int64] {
        var values: [Int64] = []
        for own in weights {
            let (product, over) = use.multipliedReportingOverflow(by: Int128(own))
            guard !over else { throw Overflow() }
            values.append(try Overflow.checked(Rounding.halfAwayFromZero.divide(product, by: weight)))
        }
        return values
    }

    /// An estimated register reading by the average daily use (California VEE): ADU rounded to two decimals, times days rounded to
    /// two, divided by the factor, cut to whole units, added to the last reading.
    ///
    /// - Parameters:
    ///   - last: 10^-6 of the register's unit, as shown.
    ///   - consumption: what was used over `days` days before, in 10^-6, after the factor.
    /// - Returns: what the register would show `ahead` days later, behind a rollover if it comes to that; nil if the days or the
    ///   factor are not positive.
    /// - Throws: `Overflow`.
    public static func reading(
        after last: Int64, consumption: Int64, days: Int, ahead: Int, parameters: Register.Parameters
    ) throws(Overflow) -> Int64? {
        guard days > 0, ahead >= 0, parameters.factor.millionths > 0 else { return nil }
        let rounding = Rounding.halfAwayFromZero
        let daily = rounding.divide(Int128(consumption), by: Int128(days) * 10_000) * 10_000
        let total = rounding.divide(daily * Int128(ahead), by: 10_000) * 10_000
        let shown = Rounding.towardsZero.divide(total, by: Int128(parameters.factor.millionths)) * 1_000_000
        let sum = Int128(last) + shown
        return try Overflow.checked(parameters.wrapMicro.map { sum % Int128($0) } ?? sum)
    }
}
