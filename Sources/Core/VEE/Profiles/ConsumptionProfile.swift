public import Values

/// How a consumption is spread over time where nobody measured it: a standard load profile, a gas sigmoid, degree days.
///
/// Weights are proportions, never quantities: they divide an advance between two readings, an annual forecast, or a gap.
public protocol ConsumptionProfile: Sendable {
    /// As documents name it: `H0`, `HEF (Variante 34)`, `Gradtagszahlen`.
    var label: String { get }
    /// Whether its weights come from measured temperatures.
    var dependsOnTemperature: Bool { get }
    /// The weight of a local day, not negative; nil if it is not known, such as without a temperature.
    func dayWeight(_ day: Day) -> Int64?
    /// The weights of the slots of a local day (92, 96 or 100 quarter hours); nil if they are not known.
    func slotWeights(of day: Day, resolution: Resolution, time: LocalTime) -> [Int64]?
}

extension ConsumptionProfile {
    public var dependsOnTemperature: Bool { false }

    /// The weights of the days of a period, as `UsageInput.profile` takes them; a day without a weight is left out, so that
    /// what depends on it is divided in equal days and says so.
    /// - Precondition: the period has an end.
    public func dayWeights(period: DayRange) -> [Day: Int64] {
        var weights: [Day: Int64] = [:]
        for day in period.days { weights[day] = dayWeight(day) }
        return weights
    }

    /// Even over the day: heat and gas have no published shape within it.
    public func slotWeights(of day: Day, resolution: Resolution, time: LocalTime) -> [Int64]? {
        guard let weight = dayWeight(day) else { return nil }
        let count = resolution.slots(of: day, in: time)
        guard count > 0 else { return nil }
        return Shares.of(weight, by: Array(repeating: 1, count: count))
    }

    /// The share of `part` in `whole`; nil if a day of either has no weight or the whole weighs nothing.
    ///
    /// Rounded half away from zero to 10^-6. A test of what a bill will say when a price changes inside a period.
    /// - Precondition: both periods have an end.
    public func share(of part: DayRange, in whole: DayRange) -> Ratio? {
        guard let some = sum(part), let all = sum(whole), all > 0 else { return nil }
        return Ratio(millionths: Int64(clamping: Rounding.halfAwayFromZero.divide(some * 1_000_000, by: all)))
    }

    /// The sum of the weights of a period; nil if a day has none.
    func sum(_ period: DayRange) -> Int128? {
        var total: Int128 = 0
        for day in period.days {
            guard let weight = dayWeight(day) else { return nil }
            total += Int128(weight)
        }
        return total
    }
}
