public import Values

/// Which zone of a tariff holds in which quarter hour: seasons, weekdays, holidays, windows of the wall clock.
///
/// The clock decides, so that a window from 02:00 to 03:00 does not exist on the last Sunday in March and lasts two hours in
/// October: 92 and 100 quarter hours are as lawful as 96.
public struct UsageCalendar: Hashable, Sendable {
    /// Days of the year from one day to before another; it may reach over New Year.
    public struct Season: Hashable, Sendable {
        public let name: String
        /// Month × 100 + day.
        public let from: Int
        public let until: Int
        public init(name: String, from: Int, until: Int) {
            self.name = name
            self.from = from
            self.until = until
        }
        func contains(_ day: Int) -> Bool { from < until ? from <= day && day < until : from <= day || day < until }
    }
    /// A time of some days in which a zone holds.
    public struct Window: Hashable, Sendable {
        public let zone: String
        /// nil: in all seasons.
        public let season: String?
        /// Monday 1 … Sunday 7, holiday 8.
        public let days: [Int]
        /// Quarter hours of the wall clock, 0…96.
        public let quarters: Range<Int>
        public init(zone: String, season: String?, days: [Int], quarters: Range<Int>) {
            self.zone = zone
            self.season = season
            self.days = days
            self.quarters = quarters
        }
    }
    public static let holiday = 8

    public let seasons: [Season]
    public let windows: [Window]
    /// The zone of all other times.
    public let otherwise: String
    /// Whose holidays are days of their own; nil: there are none.
    public let holidays: HolidayCalendar?
    /// In order of their appearance, `otherwise` first.
    public let zones: [String]
    /// Zones of the 96 quarter hours, by season (the last: none of them) and day 1…8.
    private let rows: [[UInt8]]

    /// Why it is none.
    public enum Problem: Error, Hashable, Sendable {
        /// Two windows hold at the same time with different zones.
        case overlap(first: Int, second: Int)
        case unknownSeason(window: Int)
        case tooManyZones
    }

    /// - Throws: `Problem`.
    public init(seasons: [Season], windows: [Window], otherwise: String, holidays: HolidayCalendar?) throws(Problem) {
        var zones = [otherwise]
        for window in windows where !zones.contains(window.zone) { zones.append(window.zone) }
        guard zones.count <= 32 else { throw .tooManyZones }
        for (index, window) in windows.enumerated() {
            if let name = window.season, !seasons.contains(where: { $0.name == name }) { throw .unknownSeason(window: index) }
        }
        let speaksOfHolidays = windows.contains { $0.days.contains(UsageCalendar.holiday) }
        var rows: [[UInt8]] = []
        for season in 0...seasons.count {
            for day in 1...8 {
                var row = [UInt8](repeating: 0, count: 96)
                var owner = [Int](repeating: -1, count: 96)
                // Where nobody says what a holiday is, it is a Sunday.
                let wanted = day == UsageCalendar.holiday && !speaksOfHolidays ? 7 : day
                for (index, window) in windows.enumerated() where window.days.contains(wanted) {
                    if let name = window.season, season == seasons.count || seasons[season].name != name { continue }
                    let zone = zones.firstIndex(of: window.zone) ?? 0
                    for quarter in window.quarters {
                        if owner[quarter] >= 0, row[quarter] != UInt8(zone) { throw .overlap(first: owner[quarter], second: index) }
                        row[quarter] = UInt8(zone)
                        owner[quarter] = index
                    }
                }
                rows.append(row)
            }
        }
        self.seasons = seasons
        self.windows = windows
        self.otherwise = otherwise
        self.holidays = holidays
        self.zones = zones
        self.rows = rows
    }

    /// The zones of the 96 quarter hours of a day, as places in `zones`.
    func row(_ day: Day) -> [UInt8] {
        let (_, month, number) = day.components
        let date = month * 100 + number
        let season = seasons.firstIndex { $0.contains(date) } ?? seasons.count
        let kind = holidays?.isHoliday(day) ?? false ? UsageCalendar.holiday : day.weekday
        return rows[season * 8 + kind - 1]
    }

    /// The zone at an instant.
    public func zone(at instant: Instant, time: LocalTime = .berlin) -> String {
        let clock = time.timeOfDay(instant)
        return zones[Int(row(time.day(of: instant))[clock.hour * 4 + clock.minute / 15])]
    }

    /// What was used in each zone over some days.
    ///
    /// - Parameters:
    ///   - series: it must cover the days; each slot must lie in one zone, however long it is.
    /// - Returns: 10^-6 by zone, and whether a value was not measured.
    /// - Throws: `IntervalProblem`.
    public func sums(_ series: Series, days: DayRange, time: LocalTime = .berlin) throws(IntervalProblem) -> (
        micro: [Int64], isEstimated: Bool
    ) {
        var sums = [Int64](repeating: 0, count: zones.count)
        let slots = try series.slots(of: days, time: time)
        var isEstimated = false
        let width = Int64(series.secondsPerSlot)
        let isUneven = 900 % width != 0
        var slot = slots.lowerBound
        var day = days.from
        while slot < slots.upperBound {
            let row = row(day)
            let midnight = time.start(of: day)
            let next = min(slots.upperBound, slot + Int(midnight.seconds(until: time.start(of: day.adding(days: 1))) / width))
            let isPlain = next - slot == Int(86_400 / width)
            for place in slot..<next {
                let status = series.status(place)
                guard status.isUsable else { throw .absent(series.instant(of: place)) }
                if status != .measured { isEstimated = true }
                // Seconds of the wall clock since midnight.
                let begin: Int64
                if isPlain {
                    begin = Int64(place - slot) * width
                } else {
                    let clock = time.timeOfDay(series.instant(of: place))
                    begin = Int64(clock.hour * 3_600 + clock.minute * 60)
                }
                let quarter = Int(begin / 900)
                let zone = row[quarter]
                // Ten or twenty minutes may begin in one quarter hour and end in another, as hours do.
                if isUneven {
                    let last = min(95, Int((begin + width - 1) / 900))
                    if quarter < last {
                        for other in quarter + 1...last where row[other] != zone { throw .tooCoarse(series.instant(of: place)) }
                    }
                }
                let (sum, over) = sums[Int(zone)].addingReportingOverflow(series.values[place])
                if over { throw .overflow }
                sums[Int(zone)] = sum
            }
            slot = next
            day = day.adding(days: 1)
        }
        return (sums, isEstimated)
    }
}

/// Why intervals do not say what is asked of them. Nothing takes the place of a value that is missing.
public enum IntervalProblem: Error, Hashable, Sendable {
    /// The intervals do not reach over the days.
    case notCovered(Day)
    /// No usable value in the slot that begins here.
    case absent(Instant)
    /// The slot lies in two zones, in two market time units, or in two quarter hours whose average is asked for.
    case tooCoarse(Instant)
    /// So many slots cannot be kept beside a bill.
    case tooMany(Int)
    /// No price for the market time unit that begins here.
    case noPrice(Instant)
    case overflow
}

extension Series {
    /// The slots of some local days.
    /// - Throws: `IntervalProblem` if the series does not cover them.
    func slots(of days: DayRange, time: LocalTime) throws(IntervalProblem) -> Range<Int> {
        guard let until = days.until else { throw .notCovered(days.from) }
        let width = Int64(secondsPerSlot)
        let (low, high) = (start.seconds(until: time.start(of: days.from)), start.seconds(until: time.start(of: until)))
        guard low >= 0, low % width == 0, high % width == 0, high / width <= Int64(count) else { throw .notCovered(days.from) }
        return Int(low / width)..<Int(high / width)
    }

    /// The highest average of a quarter hour over some days, in 10^-6 of the power whose energy the values count; the earliest of
    /// equals. Shorter slots are added up to quarter hours: a single minute is no load that anybody is charged for.
    /// - Parameter seconds: the time whose average counts: 900, for gas an hour.
    /// - Throws: `IntervalProblem`: `tooCoarse` where a slot does not lie in one such time.
    public func peak(over days: DayRange, per seconds: Int32 = 900, time: LocalTime = .berlin) throws(IntervalProblem) -> PeakLoad {
        let slots = try slots(of: days, time: time)
        guard secondsPerSlot > 0, seconds % secondsPerSlot == 0 else { throw .tooCoarse(instant(of: slots.lowerBound)) }
        let ratio = Int(seconds / secondsPerSlot)
        var best: (value: Int64, slot: Int)?
        var slot = slots.lowerBound
        // Midnight is the begin of an hour, so the first slot of the days begins one.
        while slot < slots.upperBound {
            var sum: Int64 = 0
            for place in slot..<min(slot + ratio, slots.upperBound) {
                guard status(place).isUsable else { throw .absent(instant(of: place)) }
                let (more, over) = sum.addingReportingOverflow(values[place])
                if over { throw .overflow }
                sum = more
            }
            if sum > best?.value ?? -1 { best = (sum, slot) }
            slot += ratio
        }
        guard let best else { return PeakLoad(micro: 0, at: nil) }
        let scaled = Rounding.halfAwayFromZero.divide(Int128(best.value) * 3_600, by: Int128(seconds))
        guard let micro = Int64(exactly: scaled) else { throw .overflow }
        return PeakLoad(micro: micro, at: instant(of: best.slot))
    }
}
