import Metering
import Values

/// The slots of consecutive local days as one row, so that a gap over midnight or a clock change is one range.
struct SlotGrid {
    enum Kind: UInt8 {
        /// Not loaded: neither a value nor a gap.
        case unknown
        /// Stays as it is: measured, sent by others as an estimate, or edited by a person.
        case fixed
        /// Absent, rejected, or made by the cascade before.
        case hole
    }

    let resolution: Resolution
    let time: LocalTime
    let firstDay: Day
    /// Where each day begins in the row; one more at the end.
    let offsets: [Int]
    private(set) var values: [Int64]
    private(set) var kinds: [Kind]
    private(set) var marks: [Mark]
    /// By day: whether it is an hour shorter or longer.
    let changesClock: [Bool]
    /// What is stored beside what is known: earlier estimates.
    private(set) var standing: [(value: Int64, mark: Mark)]

    init(_ window: EstimationWindow, resolution: Resolution, time: LocalTime) {
        self.resolution = resolution
        self.time = time
        let targetEnd = window.target.until ?? window.target.from.adding(days: 1)
        let known = window.known ?? window.target
        let first = [window.target.from, known.from, window.days.keys.min() ?? window.target.from].min() ?? window.target.from
        let end =
            [targetEnd, known.until ?? targetEnd, (window.days.keys.max() ?? window.target.from).adding(days: 1)].max() ?? targetEnd
        firstDay = first
        var offsets = [0]
        var changes: [Bool] = []
        values = []
        kinds = []
        marks = []
        standing = []
        var usual = 1
        if case .seconds(let seconds) = resolution {
            usual = 86_400 / Int(seconds)
            let slots = Int(end.number - first.number) * usual + usual
            values.reserveCapacity(slots)
            kinds.reserveCapacity(slots)
            marks.reserveCapacity(slots)
            standing.reserveCapacity(slots)
        }
        for number in first.number..<end.number {
            let day = Day(number: number)
            let count = resolution.slots(of: day, in: time)
            let loaded = window.days[day]
            let stored = window.standing[day] ?? loaded
            let isKnown = loaded != nil || known.contains(day) || window.target.contains(day)
            for slot in 0..<count {
                if let loaded, slot < loaded.count {
                    let mark = loaded.mark(slot)
                    values.append(loaded.values[slot])
                    marks.append(mark)
                    kinds.append(SlotGrid.kind(of: mark))
                } else {
                    values.append(0)
                    marks.append(.absent)
                    kinds.append(isKnown ? .hole : .unknown)
                }
                if let stored, slot < stored.count {
                    standing.append((stored.values[slot], stored.mark(slot)))
                } else {
                    standing.append((0, .absent))
                }
            }
            offsets.append(values.count)
            changes.append(count != usual)
        }
        self.offsets = offsets
        changesClock = changes
    }

    private static func kind(of mark: Mark) -> Kind {
        switch mark.status {
        case .absent, .rejected: .hole
        case .estimated where mark.isAutomatic: .hole
        case .measured, .estimated, .substituted, .provisional: .fixed
        }
    }

    var count: Int { values.count }
    var dayCount: Int { offsets.count - 1 }
    func day(_ index: Int) -> Day { firstDay.adding(days: index) }
    /// The slots of a day; nil outside the grid.
    func range(of day: Day) -> Range<Int>? {
        let index = firstDay.days(until: day)
        guard index >= 0, index < dayCount else { return nil }
        return offsets[index]..<offsets[index + 1]
    }
    /// The day that a slot of the row belongs to, by its index.
    func dayIndex(of slot: Int) -> Int {
        var low = 0
        var high = dayCount
        while low < high {
            let middle = (low + high) / 2
            if offsets[middle + 1] <= slot { low = middle + 1 } else { high = middle }
        }
        return low
    }
    /// When a slot of the row begins; `slot` may be the count.
    func instant(_ slot: Int) -> Instant {
        if slot >= count { return resolution.start(of: 0, of: day(dayCount), in: time) }
        let index = dayIndex(of: slot)
        return resolution.start(of: slot - offsets[index], of: day(index), in: time)
    }
    /// The slot of the row that begins at the instant; the count for the end; nil off the raster or outside.
    func slot(at instant: Instant) -> Int? {
        let day = time.day(of: instant)
        if day == self.day(dayCount), instant == resolution.start(of: 0, of: day, in: time) { return count }
        guard let range = range(of: day), let slot = resolution.slot(at: instant, of: day, in: time) else { return nil }
        return range.lowerBound + slot
    }
    /// The slot of another day with the same wall clock. An hour that does not exist there (March) takes the one before it,
    /// one that exists twice (October) its first pass.
    func slot(like slot: Int, on other: Day) -> Int? {
        guard let range = range(of: other) else { return nil }
        let index = dayIndex(of: slot)
        let offset = slot - offsets[index]
        if !changesClock[index], !changesClock[firstDay.days(until: other)] {
            return range.lowerBound + offset
        }
        let clock = time.timeOfDay(instant(slot))
        let base = time.start(of: other)
        let at =
            time.instant(other, hour: clock.hour, minute: clock.minute) ?? time.instant(other, hour: clock.hour - 1, minute: clock.minute)
        guard let at, let inDay = resolution.slot(at: at.adding(seconds: Int64(clock.second)), of: other, in: time), at >= base else {
            return nil
        }
        return range.lowerBound + inDay
    }

    /// Whether a line may begin or end at a slot: measured, or as good. Somebody else's estimate is no point to draw from.
    func isValid(_ slot: Int) -> Bool {
        kinds[slot] == .fixed
            && (marks[slot].status == .measured || marks[slot].status == .substituted || marks[slot].isDecision)
    }

    /// Whether a gap is so short, and has valid values on both ends, that a line bridges it.
    func isBridged(_ gap: Range<Int>, within seconds: Int64) -> Bool {
        gap.lowerBound > 0 && gap.upperBound < count && isValid(gap.lowerBound - 1) && isValid(gap.upperBound)
            && instant(gap.lowerBound).seconds(until: instant(gap.upperBound)) <= seconds
    }

    /// The greatest runs of holes within a range of slots.
    func holes(in range: Range<Int>) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var index = range.lowerBound
        while index < range.upperBound {
            guard kinds[index] == .hole else { index += 1; continue }
            var end = index + 1
            while end < range.upperBound, kinds[end] == .hole { end += 1 }
            runs.append(index..<end)
            index = end
        }
        return runs
    }
}
