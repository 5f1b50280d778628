import Metering
import Values

/// Which days of the window are like which, and what they say about a slot.
struct LikeDays {
    private let grid: SlotGrid
    private let parameters: EstimationParameters
    /// Days on which every slot was measured, by load weekday: days with an outage, an estimate or a doubt teach nothing.
    private var valid: [Int: [Day]] = [:]
    private let holidays: HolidayCalendar

    /// Western Australia Metering Code, Appendix 3: which weekdays stand in for which.
    static let preference: [Int: [Int]] = [1: [1], 2: [2, 3, 4], 3: [3, 2, 4], 4: [4, 3, 2], 5: [5], 6: [6], 7: [7]]
    /// Where not one of those is valid: any workday for a workday, the other half of the weekend for its half.
    private static let wider: [Int: [Int]] = [
        1: [2, 3, 4, 5], 2: [1, 5], 3: [1, 5], 4: [1, 5], 5: [4, 3, 2, 1], 6: [7], 7: [6],
    ]

    init(_ grid: SlotGrid, parameters: EstimationParameters, holidays: HolidayCalendar) {
        self.grid = grid
        self.parameters = parameters
        self.holidays = holidays
        for index in 0..<grid.dayCount {
            let slots = grid.offsets[index]..<grid.offsets[index + 1]
            guard slots.allSatisfy({ grid.kinds[$0] == .fixed && grid.marks[$0].status == .measured }) else { continue }
            valid[holidays.loadWeekday(grid.day(index)), default: []].append(grid.day(index))
        }
    }

    /// The days whose mean stands in for `day`, best first; empty if there is none.
    func references(for day: Day) -> [Day] { nearest(to: day, among: LikeDays.preference) }
    /// The same, less choosy.
    func widerReferences(for day: Day) -> [Day] { nearest(to: day, among: LikeDays.wider) }

    private func nearest(to day: Day, among table: [Int: [Int]]) -> [Day] {
        var chosen: [Day] = []
        for weekday in table[holidays.loadWeekday(day)] ?? [] {
            let candidates = (valid[weekday] ?? [])
                .filter { $0 != day && abs($0.days(until: day)) <= parameters.likeDayDistance }
                .sorted { (abs($0.days(until: day)), $0) < (abs($1.days(until: day)), $1) }
            chosen += candidates.prefix(parameters.likeDays - chosen.count)
            if chosen.count >= parameters.likeDays { break }
        }
        return chosen
    }

    /// The mean of a slot over reference days; nil if there are none.
    func mean(of slot: Int, over days: [Day]) -> Int64? {
        var sum: Int128 = 0
        var count: Int128 = 0
        for day in days {
            guard let like = grid.slot(like: slot, on: day) else { continue }
            sum += Int128(grid.values[like])
            count += 1
        }
        guard count > 0 else { return nil }
        return Int64(clamping: Rounding.halfAwayFromZero.divide(sum, by: count))
    }

    /// The nearest valid days before and after, workdays for a workday and its own kind for a weekend, not further than a fortnight:
    /// they know what is going on just now.
    func neighbours(of day: Day) -> [Day] {
        guard parameters.neighbourDays > 0 else { return [] }
        let kind = holidays.loadWeekday(day)
        let near = valid.filter { kind <= 5 ? $0.key <= 5 : $0.key == kind }.values.joined().filter {
            $0 != day && abs($0.days(until: day)) <= 14
        }
        let before = near.filter { $0 < day }.sorted(by: >).prefix(parameters.neighbourDays)
        let after = near.filter { $0 > day }.sorted(by: <).prefix(parameters.neighbourDays)
        return Array(before) + Array(after)
    }

    /// What is usual: half the mean of like days, half that of the neighbours, where there are any; nil without like days.
    func usual(of slot: Int, over references: [Day], beside neighbours: [Day]) -> Int64? {
        guard let like = mean(of: slot, over: references) else { return nil }
        guard let near = mean(of: slot, over: neighbours) else { return like }
        return Int64(clamping: Rounding.halfAwayFromZero.divide(Int128(like) + Int128(near), by: 2))
    }

    /// The same slot a week earlier, if it was measured.
    func previousWeek(of slot: Int) -> Int64? {
        let day = grid.day(grid.dayIndex(of: slot)).adding(days: -7)
        guard let like = grid.slot(like: slot, on: day), grid.kinds[like] == .fixed, grid.marks[like].status == .measured else {
            return nil
        }
        return grid.values[like]
    }
}
