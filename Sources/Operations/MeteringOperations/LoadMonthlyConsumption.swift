public import Metering
public import Postgres
public import Values

/// What a metering point used month by month, with the year before beside it: advances cut at the firsts of months.
public struct MonthlyConsumption: Hashable, Sendable {
    /// One month.
    public struct Month: Sendable, Hashable {
        /// Its first day.
        public let day: Day
        /// 10^-6 of the unit; nil if nothing is known.
        public var micro: Int64?
        /// The part of it that is more than a reading away from being known.
        public var estimatedMicro: Int64 = 0
        /// Of the same month a year before.
        public var beforeMicro: Int64?
    }

    public let unit: UnitCode
    /// Twelve, the last one complete.
    public private(set) var months: [Month]

    /// Sums of the months that are known in both years, for a fair comparison; nil when nothing is known.
    public var total: (now: Int64, before: Int64?)? {
        let known = months.compactMap(\.micro)
        guard !known.isEmpty else { return nil }
        let pairs = months.compactMap { month in month.micro.flatMap { now in month.beforeMicro.map { (now, $0) } } }
        return (known.reduce(0, +), pairs.count == known.count ? pairs.map(\.1).reduce(0, +) : nil)
    }

    /// Only the months that lie within these days, in both years: what was used before or after a contract is somebody else's affair.
    public func restricted(to ranges: [DayRange]) -> MonthlyConsumption {
        func isInside(_ first: Day) -> Bool { ranges.contains { $0.contains(DayRange(from: first, until: first.adding(months: 1))) } }
        var copy = self
        copy.months = months.map { month in
            var month = month
            if !isInside(month.day) {
                month.micro = nil
                month.estimatedMicro = 0
            }
            if !isInside(month.day.adding(months: -12)) { month.beforeMicro = nil }
            return month
        }
        return copy
    }

    /// The first day after the last month that is more than a guess; nil where all is.
    var measuredUntil: Day? {
        months.last { month in month.micro.map { $0 > month.estimatedMicro } ?? false }?.day.adding(months: 1)
    }

    /// - Parameter from: the first of 24 months.
    /// - Returns: nil if nothing is known of the last twelve.
    init?(_ input: UsageInput, from: Day) {
        let cuts = (1..<24).map { from.adding(months: $0) }
        guard let usage = try? Usage.pieces(input, period: DayRange(from: from, until: from.adding(months: 24)), cuts: cuts) else {
            return nil
        }
        // A total register and its tariff registers count the same energy; what is fed in is not used.
        let drawn = usage.pieces.filter { !$0.isFeedIn }
        let totals = drawn.filter { $0.tariffRegister == .total }
        let counted = totals.isEmpty ? drawn : totals
        guard let unit = counted.first?.quantity.unit else { return nil }
        var sums = [(micro: Int64?, estimated: Int64)](repeating: (nil, 0), count: 24)
        for piece in counted where piece.quantity.unit == unit {
            let place = (piece.range.from.year - from.year) * 12 + piece.range.from.month - from.month
            guard sums.indices.contains(place) else { continue }
            sums[place].micro = (sums[place].micro ?? 0) + piece.quantity.micro
            if piece.division == .estimated { sums[place].estimated += piece.quantity.micro }
        }
        guard sums[12...].contains(where: { $0.micro != nil }) else { return nil }
        self.unit = unit
        months = (0..<12).map { index in
            Month(
                day: from.adding(months: 12 + index), micro: sums[12 + index].micro, estimatedMicro: sums[12 + index].estimated,
                beforeMicro: sums[index].micro)
        }
    }
}

/// Tells the consumption of metering points month by month.
public struct LoadMonthlyConsumption: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// The twelve months that end with the last one that was measured: a chart of guesses tells nobody anything. Looks back at most
    /// three years from the month of `today`.
    /// - Returns: points without a known month are left out.
    public func callAsFunction(_ points: [Identifier<MeteringPoint>], today: Day) async throws -> [Identifier<MeteringPoint>:
        MonthlyConsumption]
    {
        for back in [0, 12, 24] {
            let until = today.startOfMonth.adding(months: -back)
            let found = try await load(points, until: until)
            guard let last = found.values.compactMap(\.measuredUntil).max() else { continue }
            return last == until ? found : try await load(points, until: last)
        }
        return [:]
    }

    /// - Parameter until: the first day of the month after the last one shown.
    private func load(_ points: [Identifier<MeteringPoint>], until: Day) async throws -> [Identifier<MeteringPoint>: MonthlyConsumption] {
        let from = until.adding(months: -24)
        let inputs = try await LoadUsage(pool: pool)(points, period: DayRange(from: from, until: until))
        var found: [Identifier<MeteringPoint>: MonthlyConsumption] = [:]
        for (point, input) in inputs { found[point] = MonthlyConsumption(input, from: from) }
        return found
    }
}
