import Metering
import VEE
import Values

/// The whole months of a home beside those before them: what rules B8, B9 and B10 compare.
struct Months: Sendable {
    private(set) var usages: [(days: DayRange, subject: PeriodUsage)] = []
    private(set) var peaks: [(days: DayRange, subject: PeakComparison)] = []
    private(set) var advances: [(days: DayRange, subject: ConsecutiveAdvances)] = []

    init(_ home: Home) {
        let time = LocalTime.berlin
        let whole = (1...12).map { DayRange.month(2016, $0) }.filter { month in month.days.allSatisfy { home.days[$0] != nil } }
        for (before, month) in zip(whole, whole.dropFirst()) where before.until == month.from {
            let (used, usedBefore) = (Self.sum(month, home), Self.sum(before, home))
            // Without temperatures a heating's month says nothing about the next.
            if home.commodity == .electricity || home.commodity == .water {
                let usage = PeriodUsage(
                    register: home.channel, current: .init(month, consumption: used), previous: .init(before, consumption: usedBefore))
                usages.append((month, usage))
            }
            let (peak, peakBefore) = (Self.peak(month, home), Self.peak(before, home))
            peaks.append(
                (
                    month,
                    PeakComparison(
                        register: home.channel, at: peak.at, peak: peak.micro, previousAt: peakBefore.at, previousPeak: peakBefore.micro)
                ))
            let advance = ConsecutiveAdvances(
                register: home.register,
                previous: .init(from: time.start(of: before.from), until: time.start(of: month.from), advance: usedBefore),
                current: .init(from: time.start(of: month.from), until: time.start(of: month.until ?? month.from), advance: used))
            advances.append((month, advance))
        }
    }

    private static func sum(_ month: DayRange, _ home: Home) -> Int64 {
        month.days.reduce(0) { $0 + (home.days[$1]?.values.reduce(0, +) ?? 0) }
    }
    private static func peak(_ month: DayRange, _ home: Home) -> (at: Instant, micro: Int64) {
        var best = (at: LocalTime.berlin.start(of: month.from), micro: Int64(-1))
        for day in month.days {
            for (slot, value) in (home.days[day]?.values ?? []).enumerated() where value > best.micro {
                best = (Resolution.hour.start(of: slot, of: day), value)
            }
        }
        return best
    }
}
