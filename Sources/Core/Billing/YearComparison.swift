internal import Tariffs
public import Values

/// Consumption beside that of the year before (§ 40(2) No. 8 EnWG), per day: a bill over three months is not compared with a year.
public struct YearComparison: Hashable, Sendable {
    public let now: Measure
    public let days: Int
    public let before: Measure
    public let daysBefore: Int
    /// What the days of this bill would have used as it was before; rounded half away from zero.
    public let beforeInDays: Measure
    /// How much more (or, below zero, less) than before, per day, in whole percent; 0 where before there was nothing.
    public let percent: Int64

    /// Whether the periods differ by more than the day of a leap year.
    public var isPerDay: Bool { abs(days - daysBefore) > 1 }

    /// nil: nothing to compare with, or in another unit, or numbers beyond bounds.
    init?(_ draft: InvoiceDraft) {
        guard let previous = draft.previous, let now = draft.consumption, now.unit == previous.consumption.unit,
            let days = draft.period.count, let daysBefore = previous.period.count, days > 0, daysBefore > 0
        else { return nil }
        self.now = now
        self.days = days
        before = previous.consumption
        self.daysBefore = daysBefore
        let projected = Rounding.halfAwayFromZero.divide(Int128(previous.consumption.micro) * Int128(days), by: Int128(daysBefore))
        guard let micro = Int64(exactly: projected) else { return nil }
        beforeInDays = Measure(micro: micro, unit: now.unit)
        // More per cent: (now / days − before / daysBefore) ÷ (before / daysBefore).
        let base = Int128(previous.consumption.micro) * Int128(days)
        let more = Int128(now.micro) * Int128(daysBefore) - base
        guard base > 0 else {
            percent = 0
            return
        }
        guard let percent = Int64(exactly: Rounding.halfAwayFromZero.divide(more * 100, by: base)) else { return nil }
        self.percent = percent
    }
}

extension InvoiceDraft {
    /// The comparison with the year before; nil where there is none to draw.
    public var yearComparison: YearComparison? { YearComparison(self) }
}
