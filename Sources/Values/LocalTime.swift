/// The local time of Germany: which day an instant belongs to, when a day begins and how long it is.
///
/// The transitions are computed from the rule of the law, not read from a file: values ask nobody, and a statically linked
/// Foundation has no zones (reference platform, section 6). A test compares all of them with the system's zoneinfo.
public struct LocalTime: Sendable {
    /// Europe/Berlin from 1970 to 2199.
    public static let berlin = LocalTime()

    /// Instants (seconds UTC) at which the offset changes, ascending.
    private let transitions: [Int64]
    /// The offset in seconds that holds from the transition of the same index on.
    private let offsets: [Int32]
    private static let winter: Int32 = 3_600
    private static let summer: Int32 = 7_200

    private init() {
        var transitions: [Int64] = []
        var offsets: [Int32] = []
        func lastSunday(_ year: Int, _ month: Int) -> Day {
            let last = Day(year, month, Day.length(ofMonth: month, year: year))
            return last.adding(days: -(last.weekday % 7))
        }
        // No summer time in the Federal Republic from 1950 to 1979. 1980 began on 6 April; until 1995 it ended in September,
        // since 1996 in October (Directive 2000/84/EC, Zeitgesetz). Always at 01:00 UTC.
        for year in 1980..<2200 {
            let begin = year == 1980 ? Day(1980, 4, 6) : lastSunday(year, 3)
            let end = lastSunday(year, year < 1996 ? 9 : 10)
            transitions += [Int64(begin.number) * 86_400 + 3_600, Int64(end.number) * 86_400 + 3_600]
            offsets += [LocalTime.summer, LocalTime.winter]
        }
        self.transitions = transitions
        self.offsets = offsets
    }

    /// Seconds east of UTC at this instant.
    public func offset(at instant: Instant) -> Int {
        let seconds = instant.seconds
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return Int(low == 0 ? LocalTime.winter : offsets[low - 1])
    }

    /// The local day that contains the instant.
    public func day(of instant: Instant) -> Day {
        let local = instant.seconds + Int64(offset(at: instant))
        return Day(number: Int32(clamping: local >= 0 ? local / 86_400 : (local - 86_399) / 86_400))
    }

    /// The local midnight with which the day begins. In Germany it always exists and is unique.
    public func start(of day: Day) -> Instant {
        let naive = Int64(day.number) * 86_400
        // Midnight is never within two hours of a transition (01:00 UTC), so winter time's guess finds the right offset.
        let offset = Int64(offset(at: Instant(seconds: naive - Int64(LocalTime.winter))))
        return Instant(seconds: naive - offset)
    }

    /// Seconds of the local day: 82,800, 86,400 or 90,000.
    public func length(of day: Day) -> Int { Int(start(of: day).seconds(until: start(of: day.adding(days: 1)))) }

    /// Local hour, minute and second.
    public func timeOfDay(_ instant: Instant) -> (hour: Int, minute: Int, second: Int) {
        let local = instant.seconds + Int64(offset(at: instant))
        let rest = Int(((local % 86_400) + 86_400) % 86_400)
        return (rest / 3_600, rest / 60 % 60, rest % 60)
    }

    /// The instant of a local wall-clock time; nil if it does not exist (02:30 in March). Of the two hours in October,
    /// the first unless `second` is true.
    public func instant(_ day: Day, hour: Int, minute: Int = 0, second: Bool = false) -> Instant? {
        let naive = Int64(day.number) * 86_400 + Int64(hour * 3_600 + minute * 60)
        let candidates = [LocalTime.summer, LocalTime.winter]
            .map { Instant(seconds: naive - Int64($0)) }
            .filter { Int64(offset(at: $0)) + $0.seconds == naive }
        return second ? candidates.last : candidates.first
    }

    /// The gas day from 06:00 to 06:00 to which the instant belongs, named after the day of its begin (§ 2 No. 25 GasNZV).
    public func gasDay(of instant: Instant) -> Day {
        let day = day(of: instant)
        return timeOfDay(instant).hour < 6 ? day.adding(days: -1) : day
    }
    /// 06:00 local time of the day.
    public func gasDayStart(_ day: Day) -> Instant {
        // 06:00 is hours after any transition, so it always exists once.
        self.instant(day, hour: 6) ?? start(of: day).adding(seconds: 6 * 3_600)
    }
    /// Seconds of the gas day; the one of 25 hours is named after the Saturday in October.
    public func gasDayLength(_ day: Day) -> Int { Int(gasDayStart(day).seconds(until: gasDayStart(day.adding(days: 1)))) }

    /// RFC 3339 with the offset that holds here: `2026-01-01T00:00:00+01:00`.
    public func text(_ instant: Instant) -> String { instant.text(offsetSeconds: offset(at: instant)) }
}
