internal import Tariffs
public import Values

/// Consumption beside that of the year before (§ 40(2) No. 8 EnWG): of the same days where they are told, else of the bill of the year
/// before, per day where that was over a time of another length.
public struct YearComparison: Hashable, Sendable {
    public let now: Measure
    public let days: Int
    /// Of `periodBefore`.
    public let before: Measure
    public let periodBefore: DayRange
    public let daysBefore: Int
    /// What the days of this bill would have used as it was before; rounded half away from zero.
    public let beforeInDays: Measure
    /// How much more (or, below zero, less) than before, in whole percent, per day where ``isPerDay``; 0 where before there was nothing.
    public let percent: Int64
    /// How the same days of the year before were told; nil: it is the bill of the year before that is compared.
    public let basis: PreviousPeriod.SameDays.Basis?

    /// Whether the periods differ by more than the day of a leap year, and were not brought to the same days.
    public var isPerDay: Bool { basis == nil && abs(days - daysBefore) > 1 }

    /// nil: nothing to compare with, or in another unit, or numbers beyond bounds.
    init?(_ draft: InvoiceDraft) {
        guard let previous = draft.previous, let now = draft.consumption, let days = draft.period.count, days > 0 else { return nil }
        let same = previous.sameDays(as: draft.period).flatMap { $0.consumption.unit == now.unit ? $0 : nil }
        before = same?.consumption ?? previous.consumption
        periodBefore = same?.period ?? previous.period
        basis = same?.basis
        guard now.unit == before.unit, let daysBefore = periodBefore.count, daysBefore > 0 else { return nil }
        self.now = now
        self.days = days
        self.daysBefore = daysBefore
        // The same days are compared as they are: a leap day is one of them.
        let (ours, theirs) = same == nil ? (days, daysBefore) : (1, 1)
        let projected = Rounding.halfAwayFromZero.divide(Int128(before.micro) * Int128(ours), by: Int128(theirs))
        guard let micro = Int64(exactly: projected) else { return nil }
        beforeInDays = Measure(micro: micro, unit: now.unit)
        // More per cent: (now / days − before / daysBefore) ÷ (before / daysBefore).
        let base = Int128(before.micro) * Int128(ours)
        let more = Int128(now.micro) * Int128(theirs) - base
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
