public import Values

/// A share of a year or a month as days over days, kept as it is spoken: 184/365, not reduced.
public struct Fraction: Hashable, Sendable, CustomStringConvertible {
    public let numerator: Int64
    /// Positive.
    public let denominator: Int64

    /// - Precondition: the denominator is positive.
    public init(_ numerator: Int64, _ denominator: Int64) {
        precondition(denominator > 0, "a share is of something")
        self.numerator = numerator
        self.denominator = denominator
    }
    public static let one = Fraction(1, 1)
    public static let zero = Fraction(0, 1)

    /// Denominators are lengths of months and years, so a handful of sums stays far below Int64.
    public static func + (left: Fraction, right: Fraction) -> Fraction {
        if left.numerator == 0 { return right }
        if right.numerator == 0 { return left }
        if left.denominator == right.denominator { return Fraction(left.numerator + right.numerator, left.denominator) }
        return Fraction(left.numerator * right.denominator + right.numerator * left.denominator, left.denominator * right.denominator)
    }
    public var description: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }
}

/// How a price per year or month is shared over a span of days. A parameter of the tariff, because bills differ by it and
/// all of these are in use.
public enum Proration: String, Sendable, Hashable, Codable, CaseIterable {
    /// Days over the actual days of the year or month: 184/365, 182/366.
    case daysActual = "days_actual"
    /// Days over 365 in every year.
    case days365 = "days_365"
    /// Twelve equal months of 30 days (30/360: the 31st does not count).
    case months30 = "months_30"
    /// Calendar months; a part of a month counts its days over the month's length.
    case monthsCalendar = "months_calendar"

    /// The share of one `time` that `range` is. Additive: the shares of the parts of a range sum to its share.
    /// - Throws: `RatingProblem.openPeriod` for a range without an end: it is no share of anything.
    public func share(of range: DayRange, per time: Price.Time) throws(RatingProblem) -> Fraction {
        guard let until = range.until else { throw .openPeriod(range.from) }
        let days = Int64(range.from.days(until: until))
        switch (self, time) {
        case (_, .day): return Fraction(days, 1)
        case (.daysActual, .year):
            return sum(range, until) {
                Day(year: $0.year + 1, month: 1, day: 1) ?? until
            } length: {
                Day.isLeap($0.year) ? 366 : 365
            }
        case (.daysActual, .month), (.monthsCalendar, .month): return months(range, until)
        case (.monthsCalendar, .year):
            let months = months(range, until)
            return Fraction(months.numerator, months.denominator * 12)
        case (.days365, .year): return Fraction(days, 365)
        case (.days365, .month): return Fraction(days * 12, 365)
        case (.months30, .year): return Fraction(commercial(until) - commercial(range.from), 360)
        case (.months30, .month): return Fraction(commercial(until) - commercial(range.from), 30)
        }
    }

    private func months(_ range: DayRange, _ until: Day) -> Fraction {
        sum(range, until) {
            $0.startOfMonth.adding(months: 1)
        } length: {
            Int64(Day.length(ofMonth: $0.month, year: $0.year))
        }
    }
    /// Days since year 0 of a calendar of twelve months of 30 days.
    private func commercial(_ day: Day) -> Int64 {
        let (year, month, dayOfMonth) = day.components
        return Int64(year * 360 + (month - 1) * 30 + min(dayOfMonth, 30) - 1)
    }
    /// Days of the range over the length of the year or month each lies in.
    private func sum(_ range: DayRange, _ until: Day, next: (Day) -> Day, length: (Day) -> Int64) -> Fraction {
        // Most spans lie within one year or month.
        if until <= next(range.from) { return Fraction(Int64(range.from.days(until: until)), length(range.from)) }
        // Parts of one length are collected first, so that denominators stay small however long the range is.
        var parts: [(days: Int64, length: Int64)] = []
        var whole: Int64 = 0
        var day = range.from
        while day < until {
            let end = min(next(day), until)
            let days = Int64(day.days(until: end))
            let length = length(day)
            if let place = parts.firstIndex(where: { $0.length == length }) {
                parts[place].days += days
            } else {
                parts.append((days, length))
            }
            day = end
        }
        var shares: [Fraction] = []
        for part in parts where parts.count > 1 && part.days % part.length == 0 { whole += part.days / part.length }
        for part in parts where parts.count == 1 || part.days % part.length != 0 { shares.append(Fraction(part.days, part.length)) }
        if whole > 0 { shares.insert(Fraction(whole, 1), at: 0) }
        return shares.reduce(.zero, +)
    }
}

/// How a quantity without a reading at the date of a change is shared; printed on the bill.
public enum ConsumptionSplit: String, Sendable, Hashable, Codable, CaseIterable {
    /// Readings and intervals where there are any, else the load profile, else by days (StromGVV § 12(2)).
    case measured
    case loadProfile = "load_profile"
    case degreeDay = "degree_day"
    case dayLinear = "day_linear"
    /// Never: without a reading or intervals at the change the bill waits.
    case none = "no_split"
}

/// Whether the prices of a file contain the tax.
public enum PriceBasis: String, Sendable, Hashable, Codable, CaseIterable { case net, gross }

/// Which tax rate holds where it changes inside a period. Both were lawful in 2020, so it is a parameter.
public enum VATMethod: String, Sendable, Hashable, Codable, CaseIterable {
    /// Split at the date (Zeitscheibe).
    case split
    /// The rate at the end of the reading period holds for all of it (Stichtag).
    case periodEnd = "period_end"
}
