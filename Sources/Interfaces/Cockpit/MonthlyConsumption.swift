internal import Metering
internal import MeteringOperations
internal import Postgres
internal import Values

/// What a metering point used month by month, with the year before beside it. The core tells it: advances cut at the firsts of months.
struct MonthlyConsumption: Sendable {
    /// One month.
    struct Month: Sendable, Hashable {
        let day: Day
        var micro: Int64?
        var estimatedMicro: Int64 = 0
        var beforeMicro: Int64?
    }

    let unit: UnitCode
    /// Twelve, the last one complete.
    private(set) var months: [Month]

    /// Sums of the months that are known in both years, for a fair comparison; nil when nothing is known.
    var total: (now: Int64, before: Int64?)? {
        let known = months.compactMap(\.micro)
        guard !known.isEmpty else { return nil }
        let pairs = months.compactMap { month in month.micro.flatMap { now in month.beforeMicro.map { (now, $0) } } }
        return (known.reduce(0, +), pairs.count == known.count ? pairs.map(\.1).reduce(0, +) : nil)
    }

    /// Only the months that lie within these days, in both years: what was used before or after a contract is somebody else's affair.
    func restricted(to ranges: [DayRange]) -> MonthlyConsumption {
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

    /// Of several points at once; points without a known month are left out.
    /// - Parameter until: the first day of the month after the last one shown.
    static func load(_ points: [Identifier<MeteringPoint>], until: Day, pool: Pool) async throws -> [Identifier<MeteringPoint>:
        MonthlyConsumption]
    {
        let from = until.adding(months: -24)
        let inputs = try await LoadUsage(pool: pool)(points, period: DayRange(from: from, until: until))
        var found: [Identifier<MeteringPoint>: MonthlyConsumption] = [:]
        for (point, input) in inputs { found[point] = MonthlyConsumption(input, from: from) }
        return found
    }

    /// The same, for the twelve months that end with the last one that was measured: a chart of guesses tells nobody anything. Looks
    /// back at most three years from the month of `today`.
    static func latest(_ points: [Identifier<MeteringPoint>], today: Day, pool: Pool) async throws -> [Identifier<MeteringPoint>:
        MonthlyConsumption]
    {
        for back in [0, 12, 24] {
            let until = today.startOfMonth.adding(months: -back)
            let found = try await load(points, until: until, pool: pool)
            guard let last = found.values.compactMap(\.measuredUntil).max() else { continue }
            return last == until ? found : try await load(points, until: last, pool: pool)
        }
        return [:]
    }

    /// - Parameter from: the first of 24 months.
    init?(_ input: UsageInput, from: Day) {
        let cuts = (1..<24).map { from.adding(months: $0) }
        guard let usage = try? Usage.pieces(input, period: DayRange(from: from, until: from.adding(months: 24)), cuts: cuts) else {
            return nil
        }
        // A total register and its tariff registers count the same energy; what is fed in is not used.
        let drawn = usage.pieces.filter { !$0.obis.isFeedIn }
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

    func chart(_ title: String, commodity: Commodity, _ format: Format, isCompact: Bool = false) -> BarChart {
        BarChart(
            title: title, commodity: commodity, unit: unit,
            bars: months.map { month in
                .init(
                    label: format.month(month.day.month), name: "\(format.month(month.day.month)) \(month.day.year)", micro: month.micro,
                    estimatedMicro: month.estimatedMicro, beforeMicro: month.beforeMicro)
            }, isCompact: isCompact)
    }
}
