internal import Tariffs
public import Values

/// What the comparison with last year needs (§ 40(2) No. 8 EnWG): what was billed of it, and where that was over other days, what the same
/// days of last year used.
public struct PreviousPeriod: Hashable, Sendable {
    public var period: DayRange
    public var consumption: Measure
    public var gross: Money
    /// nil where the days billed are the same days; and on bills from before it was told.
    public var sameDays: SameDays?
    public init(period: DayRange, consumption: Measure, gross: Money, sameDays: SameDays? = nil) {
        self.period = period
        self.consumption = consumption
        self.gross = gross
        self.sameDays = sameDays
    }

    /// What the days of a bill used one year before: a month of winter is not compared with the average of a year.
    public struct SameDays: Hashable, Sendable {
        /// How it was told, the best first.
        public enum Basis: String, Sendable, Hashable, CaseIterable {
            /// From readings at both ends, or from intervals.
            case values
            /// From readings around the days, divided by the usual course of the season.
            case divided
            /// The last bill, brought to these days by the usual course of the season.
            case profile
            /// Readings or the last bill, divided day by day in equal shares: the season is not known.
            case days
        }
        public let period: DayRange
        public let consumption: Measure
        public let basis: Basis
        public init(period: DayRange, consumption: Measure, basis: Basis) {
            self.period = period
            self.consumption = consumption
            self.basis = basis
        }
    }

    /// Whether what was billed is of the same days of the year before as a bill over `period`, but for readings taken a few days apart.
    public func isOfSameDays(as period: DayRange) -> Bool { PreviousPeriod.matches(self.period, period.aYearBefore) }

    /// What the days of `period` used one year before, if this says it of just these days.
    public func sameDays(as period: DayRange) -> SameDays? {
        sameDays.flatMap { PreviousPeriod.matches($0.period, period.aYearBefore) ? $0 : nil }
    }

    static func matches(_ left: DayRange, _ right: DayRange) -> Bool {
        guard let end = left.until, let other = right.until else { return false }
        return abs(left.from.days(until: right.from)) <= 3 && abs(end.days(until: other)) <= 3
    }

    /// Of a contract in stretches: what was billed before is said of its last one, the same days are those of all.
    /// - Returns: nil where the last stretch has none.
    static func joined(_ stretches: [PreviousPeriod?], over period: DayRange) -> PreviousPeriod? {
        guard var joined = stretches.last ?? nil else { return nil }
        let parts = stretches.compactMap { $0?.sameDays }.sorted { $0.period.from < $1.period.from }
        if parts.isEmpty || stretches.count == 1 { return joined }
        joined.sameDays = parts.first { matches($0.period, period.aYearBefore) }
        guard joined.sameDays == nil, !joined.isOfSameDays(as: period), let first = parts.first, let last = parts.last else {
            return joined
        }
        let isWhole = zip(parts, parts.dropFirst()).allSatisfy {
            $0.period.until == $1.period.from && $0.consumption.unit == $1.consumption.unit
        }
        let whole = DayRange(checked: first.period.from, until: last.period.until)
        guard isWhole, let whole, matches(whole, period.aYearBefore),
            let micro = Int64(exactly: parts.reduce(Int128(0)) { $0 + Int128($1.consumption.micro) })
        else { return joined }
        // As good as the weakest of them.
        let basis = SameDays.Basis.allCases.last { basis in parts.contains { $0.basis == basis } } ?? .days
        joined.sameDays = SameDays(period: whole, consumption: Measure(micro: micro, unit: first.consumption.unit), basis: basis)
        return joined
    }
}

extension DayRange {
    /// The same days of the calendar, one year earlier.
    public var aYearBefore: DayRange {
        let first = from.adding(months: -12)
        return DayRange(checked: first, until: until?.adding(months: -12)) ?? DayRange(from: first, until: first.adding(days: 1))
    }
}
