/// Days from `from` on and before `until`: half open, so that it meets its neighbour without a gap or an overlap.
/// An open end is nil. PostgreSQL calls it `daterange`.
public struct DayRange: Hashable, Sendable, Codable, CustomStringConvertible {
    public let from: Day
    public let until: Day?

    /// - Precondition: `until` is after `from`. Input goes through `init?(checked:until:)`.
    public init(from: Day, until: Day? = nil) {
        precondition(until.map { from < $0 } ?? true, "a range of days holds at least one day")
        self.from = from
        self.until = until
    }
    /// The range, or nil if it would be empty or reversed.
    public init?(checked from: Day, until: Day?) {
        guard until.map({ from < $0 }) ?? true else { return nil }
        self.from = from
        self.until = until
    }
    /// All days of a year.
    public static func year(_ year: Int) -> DayRange { DayRange(from: Day(year, 1, 1), until: Day(year + 1, 1, 1)) }
    /// All days of a month.
    public static func month(_ year: Int, _ month: Int) -> DayRange {
        let first = Day(year, month, 1)
        return DayRange(from: first, until: first.adding(months: 1))
    }

    public func contains(_ day: Day) -> Bool { from <= day && (until.map { day < $0 } ?? true) }
    public func contains(_ other: DayRange) -> Bool {
        guard from <= other.from else { return false }
        guard let until else { return true }
        return other.until.map { $0 <= until } ?? false
    }
    public func overlaps(_ other: DayRange) -> Bool {
        (until.map { other.from < $0 } ?? true) && (other.until.map { from < $0 } ?? true)
    }

    /// The common days; nil if there are none.
    public func intersection(_ other: DayRange) -> DayRange? {
        let end: Day? = if let until, let other = other.until { min(until, other) } else { until ?? other.until }
        return DayRange(checked: max(from, other.from), until: end)
    }

    /// The days from the first of both to the last of both, those between them included. An open end stays open.
    public func spanning(_ other: DayRange) -> DayRange {
        let end: Day? = if let until, let other = other.until { max(until, other) } else { nil }
        return DayRange(from: min(from, other.from), until: end)
    }

    /// The number of days; nil for an open end.
    public var count: Int? { until.map { from.days(until: $0) } }
    /// The last day that belongs to the range, as documents for people print it.
    public var lastDay: Day? { until?.adding(days: -1) }

    /// Its days in order.
    /// - Precondition: the range has an end.
    public var days: [Day] {
        guard let until else { preconditionFailure("an open range has no list of days") }
        return (from.number..<until.number).map { Day(number: $0) }
    }

    /// The parts between the cuts that fall inside.
    public func split(at cuts: [Day]) -> [DayRange] {
        // Most spans are not cut at all: bills ask for every component.
        if !cuts.contains(where: { $0 != from && contains($0) }) { return [self] }
        var parts: [DayRange] = []
        var start = from
        for cut in cuts.sorted() where start < cut && contains(cut) {
            parts.append(DayRange(from: start, until: cut))
            start = cut
        }
        parts.append(DayRange(from: start, until: until))
        return parts
    }

    public var description: String { "[\(from), \(until.map(\.description) ?? "∞"))" }
}
