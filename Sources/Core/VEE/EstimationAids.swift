public import Metering
public import Values

/// What estimation may fall back on when neither neighbours nor like days tell a gap: each part switches on its method.
public struct EstimationAids: Sendable {
    /// The shape of the consumption: divides an advance (method 5), and an annual forecast (method 8). One that depends on
    /// temperature also carries measured days over a gap (method 6).
    public var profile: (any ConsumptionProfile)?
    /// The customer's annual forecast (Jahresverbrauchsprognose), in 10^-6 of the channel's unit before its factor.
    public var annualForecast: Int64?
    /// The days 52 weeks before the target (method 7).
    public var previousYear: [Day: DaySlots] = [:]
    /// Corrects the previous year by how cold it was; nil: taken as it was.
    public var degreeDays: (any ConsumptionProfile)?

    public init(
        profile: (any ConsumptionProfile)? = nil, annualForecast: Int64? = nil, previousYear: [Day: DaySlots] = [:],
        degreeDays: (any ConsumptionProfile)? = nil
    ) {
        self.profile = profile
        self.annualForecast = annualForecast
        self.previousYear = previousYear
        self.degreeDays = degreeDays
    }

    var isEmpty: Bool { profile == nil && previousYear.isEmpty }
}

/// The aids brought to the slots of a grid, each computed once and only if asked.
struct AidedSlots {
    private let grid: SlotGrid
    private let aids: EstimationAids
    private let spans: [RegisterSpan]
    private let parameters: EstimationParameters
    private var weights: [Int: [Int64]?] = [:]
    private var spanWeights: [Int: Int128?] = [:]
    private var customerValues: [Place: KnownUse?] = [:]
    private var yearWeights: [Int: Int128?] = [:]
    private var ratios: [Range<Int>: KnownUse?] = [:]

    /// A day within a gap.
    private struct Place: Hashable {
        let day: Int
        let gap: Range<Int>
    }
    /// A use, and the weight it goes with.
    struct KnownUse {
        var use: Int128
        var weight: Int128
        /// The use of another weight, rounded half away from zero; nil beyond 128 bits.
        func of(_ other: Int64) -> Int64? {
            let (product, over) = use.multipliedReportingOverflow(by: Int128(other))
            guard !over, weight > 0 else { return nil }
            return Int64(exactly: Rounding.halfAwayFromZero.divide(product, by: weight))
        }
    }

    init(_ grid: SlotGrid, aids: EstimationAids, spans: [RegisterSpan], parameters: EstimationParameters) {
        self.grid = grid
        self.aids = aids
        self.spans = spans
        self.parameters = parameters
    }

    var isEmpty: Bool { aids.isEmpty }
    var followsTemperature: Bool { aids.profile?.dependsOnTemperature ?? false }

    /// The profile's weight of a slot.
    private mutating func weight(_ slot: Int) -> Int64? {
        let index = grid.dayIndex(of: slot)
        if weights[index] == nil {
            let made = aids.profile?.slotWeights(of: grid.day(index), resolution: grid.resolution, time: grid.time)
            weights[index] = .some(made?.count == grid.offsets[index + 1] - grid.offsets[index] ? made : nil)
        }
        return (weights[index] ?? nil).map { $0[slot - grid.offsets[index]] }
    }

    /// Method 5: (R2 − R1) m pᵢ ÷ Σ p between the two readings around the slot.
    mutating func loadProfile(_ slot: Int) -> Int64? {
        guard let index = spans.firstIndex(where: { $0.slots.contains(slot) && $0.counts(slot, of: grid) }), let own = weight(slot) else {
            return nil
        }
        if spanWeights[index] == nil {
            var sum: Int128? = 0
            for other in spans[index].slots where spans[index].counts(other, of: grid) {
                guard let known = weight(other) else { sum = nil; break }
                sum = sum.map { $0 + Int128(known) }
            }
            spanWeights[index] = .some(sum)
        }
        guard let sum = spanWeights[index] ?? nil, sum > 0 else { return nil }
        return KnownUse(use: Int128(max(0, spans[index].target)), weight: sum).of(own)
    }

    /// Method 6: KW × weight, the customer value from the measured days around the slot, up to 28 on both sides, none further from
    /// the gap than a like day may be.
    mutating func temperatureScaled(_ slot: Int, in gap: Range<Int>) -> Int64? {
        guard followsTemperature, let own = weight(slot) else { return nil }
        let center = grid.dayIndex(of: slot)
        let place = Place(day: center, gap: gap)
        if customerValues[place] == nil {
            var known = KnownUse(use: 0, weight: 0)
            let low = max(0, grid.dayIndex(of: gap.lowerBound) - parameters.likeDayDistance)
            let high = min(grid.dayCount - 1, grid.dayIndex(of: gap.upperBound - 1) + parameters.likeDayDistance)
            for side in [stride(from: center - 1, through: low, by: -1), stride(from: center + 1, through: high, by: 1)] {
                var days = 0
                for index in side where days < parameters.temperatureDays {
                    let slots = grid.offsets[index]..<grid.offsets[index + 1]
                    guard slots.allSatisfy({ grid.kinds[$0] == .fixed && grid.marks[$0].status == .measured }) else { continue }
                    let dayWeights = slots.compactMap { weight($0) }
                    guard dayWeights.count == slots.count else { continue }
                    known.use += slots.reduce(0) { $0 + Int128(grid.values[$1]) }
                    known.weight += dayWeights.reduce(0) { $0 + Int128($1) }
                    days += 1
                }
            }
            customerValues[place] = .some(known.weight > 0 && known.use >= 0 ? known : nil)
        }
        return (customerValues[place] ?? nil)?.of(own)
    }

    /// Method 7: the slot 52 weeks earlier × degree days of the gap ÷ those of a year before.
    mutating func previousYear(_ slot: Int, gap: Range<Int>) -> Int64? {
        let index = grid.dayIndex(of: slot)
        let day = grid.day(index).adding(days: -364)
        let offset = slot - grid.offsets[index]
        guard let then = aids.previousYear[day], then.count > 0 else { return nil }
        // Clocks change on the same Sunday of both years but for a few; there the hour after stands in for the one that is missing.
        let like = min(offset, then.count - 1)
        guard then.status(like) == .measured else { return nil }
        guard let degreeDays = aids.degreeDays else { return then.values[like] }
        if ratios[gap] == nil {
            let days = grid.dayIndex(of: gap.lowerBound)...grid.dayIndex(of: gap.upperBound - 1)
            var ratio: KnownUse? = KnownUse(use: 0, weight: 0)
            for other in days {
                guard let now = degreeDays.dayWeight(grid.day(other)), let before = degreeDays.dayWeight(grid.day(other).adding(days: -364))
                else { ratio = nil; break }
                ratio?.use += Int128(now)
                ratio?.weight += Int128(before)
            }
            // Two summers without a degree day are alike.
            if let both = ratio, both.use == 0, both.weight == 0 { ratio = KnownUse(use: 1, weight: 1) }
            ratios[gap] = .some(ratio)
        }
        return (ratios[gap] ?? nil)?.of(then.values[like])
    }

    /// Method 8: annual forecast × weight ÷ weight of the year.
    mutating func classAverage(_ slot: Int) -> Int64? {
        guard let forecast = aids.annualForecast, forecast >= 0, let own = weight(slot), let profile = aids.profile else { return nil }
        let year = grid.day(grid.dayIndex(of: slot)).year
        if yearWeights[year] == nil { yearWeights[year] = .some(profile.sum(.year(year))) }
        guard let sum = yearWeights[year] ?? nil, sum > 0 else { return nil }
        return KnownUse(use: Int128(forecast), weight: sum).of(own)
    }
}
