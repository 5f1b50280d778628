public import Values

/// Prices of market time units, keyed by their begin in UTC: a day of 23, 24 or 25 hours has 92, 96 or 100 of them, and none is
/// told twice. Hours until September 2025, quarter hours since.
public struct SpotSeries: Hashable, Sendable {
    /// Units of one length without a gap between them.
    public struct Segment: Hashable, Sendable {
        public let start: Instant
        public let secondsPerUnit: Int32
        /// 10^-8 EUR per kWh.
        public let prices: [Int64]
        public init(start: Instant, secondsPerUnit: Int32, prices: [Int64]) {
            self.start = start
            self.secondsPerUnit = secondsPerUnit
            self.prices = prices
        }
        public var end: Instant { start.adding(seconds: Int64(prices.count) * Int64(secondsPerUnit)) }
    }
    public let key: SeriesKey
    public let label: Label
    public let source: String
    /// Ascending, disjoint.
    public let segments: [Segment]

    /// Two segments speak of the same time.
    public struct Overlap: Error, Hashable, Sendable { public let at: Instant }

    /// - Throws: `Overlap`.
    public init(key: SeriesKey, label: Label, source: String, segments: [Segment]) throws(Overlap) {
        let sorted = segments.sorted { $0.start < $1.start }
        for (earlier, later) in zip(sorted, sorted.dropFirst()) where later.start < earlier.end { throw Overlap(at: later.start) }
        self.key = key
        self.label = label
        self.source = source
        self.segments = sorted
    }

    /// The same with the segments of another file.
    /// - Throws: `Overlap`.
    public func joined(with other: SpotSeries) throws(Overlap) -> SpotSeries {
        try SpotSeries(key: key, label: label, source: source, segments: segments + other.segments)
    }

    /// The price of the market time unit in which an instant lies, 10^-8 EUR per kWh.
    public subscript(instant: Instant) -> Int64? {
        guard let segment = segment(at: instant) else { return nil }
        return segment.prices[Int(segment.start.seconds(until: instant) / Int64(segment.secondsPerUnit))]
    }

    private func segment(at instant: Instant) -> Segment? {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].start <= instant { low = middle + 1 } else { high = middle }
        }
        guard low > 0, instant < segments[low - 1].end else { return nil }
        return segments[low - 1]
    }

    /// What the energy of some days cost at the spot.
    ///
    /// - Parameters:
    ///   - series: 10^-6 kWh; a slot is as long as a market time unit, or a part of one.
    ///   - cap, floor: the most and the least that a unit's price counts with.
    /// - Throws: `IntervalProblem`: a missing price and a missing value stop the bill.
    public func cost(
        of series: Series, days: DayRange, cap: Int64? = nil, floor: Int64? = nil, time: LocalTime = .berlin
    ) throws(IntervalProblem) -> SpotCost {
        try cost(of: series, slots: try series.slots(of: days, time: time), cap: cap, floor: floor)
    }

    /// All slots of a series.
    /// - Throws: `IntervalProblem`.
    public func cost(of series: Series, cap: Int64? = nil, floor: Int64? = nil) throws(IntervalProblem) -> SpotCost {
        try cost(of: series, slots: 0..<series.count, cap: cap, floor: floor)
    }

    private func cost(of series: Series, slots: Range<Int>, cap: Int64?, floor: Int64?) throws(IntervalProblem) -> SpotCost {
        var cost = SpotCost()
        (cost.cap, cost.floor) = (cap, floor)
        cost.secondsPerSlot = Int64(series.secondsPerSlot)
        let (most, least) = (cap ?? .max, floor ?? .min)
        var slot = slots.lowerBound
        while slot < slots.upperBound {
            let at = series.instant(of: slot)
            guard let segment = segment(at: at) else { throw .noPrice(at) }
            let (wide, narrow) = (Int(segment.secondsPerUnit), Int(series.secondsPerSlot))
            guard wide % narrow == 0 else { throw .tooCoarse(at) }
            let offset = Int(segment.start.seconds(until: at))
            guard offset % narrow == 0 else { throw .tooCoarse(at) }
            let until = min(slots.upperBound, slot + Int(at.seconds(until: segment.end)) / narrow)
            try cost.add(
                series, slot..<until, segment.prices, from: offset / wide, offset: offset % wide / narrow, ratio: wide / narrow, most, least
            )
            slot = until
        }
        return cost
    }
}

/// The sum of quantities at spot prices: kept exactly, rounded where it becomes an amount.
public struct SpotCost: Hashable, Sendable {
    /// 10^-14 EUR.
    public private(set) var exact: Int128 = 0
    /// 10^-6 kWh.
    public private(set) var micro: Int64 = 0
    public private(set) var slots = 0
    /// How long each of them is; nil where they differ.
    public fileprivate(set) var secondsPerSlot: Int64?
    /// Prices as the exchange posted them, 10^-8 EUR per kWh.
    public private(set) var lowest: Int64 = .max
    public private(set) var highest: Int64 = .min
    /// The most and the least that a price counts with, before any markup; nil: as posted.
    public fileprivate(set) var cap: Int64?
    public fileprivate(set) var floor: Int64?
    /// Slots whose price was above the cap, or below the floor.
    public private(set) var capped = 0
    public private(set) var floored = 0
    /// Whether a quantity was not measured.
    public private(set) var isEstimated = false

    public init() {}

    /// Both together.
    /// - Throws: `Overflow`.
    public func adding(_ other: SpotCost) throws(Overflow) -> SpotCost {
        var sum = self
        let (exact, over) = self.exact.addingReportingOverflow(other.exact)
        let (micro, wide) = self.micro.addingReportingOverflow(other.micro)
        if over || wide { throw Overflow() }
        (sum.exact, sum.micro, sum.slots) = (exact, micro, slots + other.slots)
        if slots == 0 { sum.secondsPerSlot = other.secondsPerSlot }
        if slots > 0, other.slots > 0, secondsPerSlot != other.secondsPerSlot { sum.secondsPerSlot = nil }
        sum.lowest = min(lowest, other.lowest)
        sum.highest = max(highest, other.highest)
        (sum.cap, sum.floor) = (cap ?? other.cap, floor ?? other.floor)
        (sum.capped, sum.floored) = (capped + other.capped, floored + other.floored)
        sum.isEstimated = isEstimated || other.isEstimated
        return sum
    }

    /// The inner loop of a dynamic bill: 35,040 products a year.
    mutating func add(
        _ series: Series, _ slots: Range<Int>, _ prices: [Int64], from first: Int, offset: Int, ratio: Int, _ most: Int64, _ least: Int64
    ) throws(IntervalProblem) {
        if !series.isMeasured(slots) {
            for slot in slots where !series.status(slot).isUsable { throw .absent(series.instant(of: slot)) }
            isEstimated = true
        }
        let values = series.values.span.extracting(slots)
        var (low, high) = (lowest, highest)
        var (above, below) = (0, 0)
        // 10^-6 × 10^-8: products of 64 by 64 bits, which always fit 128, summed there. A price beyond a million euros per kWh is refused when it is read, so
        // 2^64 slots would fit.
        var sum: Int128 = 0
        var quantity: Int128 = 0
        if ratio == 1 {
            // Two columns of one length: no index is checked in the loop.
            let costs = prices.span.extracting(first..<first + values.count)
            for slot in values.indices {
                let posted = costs[slot]
                let price = min(most, max(least, posted))
                low = min(low, posted)
                high = max(high, posted)
                above &+= posted > most ? 1 : 0
                below &+= posted < least ? 1 : 0
                sum += Int128(values[slot]) &* Int128(price)
                quantity += Int128(values[slot])
            }
        } else {
            let costs = prices.span
            var (unit, inner) = (first, offset)
            for slot in values.indices {
                let posted = costs[unit]
                let price = min(most, max(least, posted))
                low = min(low, posted)
                high = max(high, posted)
                above &+= posted > most ? 1 : 0
                below &+= posted < least ? 1 : 0
                sum += Int128(values[slot]) &* Int128(price)
                quantity += Int128(values[slot])
                inner += 1
                if inner == ratio { (unit, inner) = (unit + 1, 0) }
            }
        }
        let (total, over) = exact.addingReportingOverflow(sum)
        guard !over, let all = Int64(exactly: Int128(micro) + quantity) else { throw .overflow }
        exact = total
        micro = all
        self.slots += slots.count
        (lowest, highest) = (low, high)
        (capped, floored) = (capped + above, floored + below)
    }
}
