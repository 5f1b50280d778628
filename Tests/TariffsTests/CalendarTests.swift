import Tariffs
import Testing
import Values

private func calendar(
    _ windows: [UsageCalendar.Window], seasons: [UsageCalendar.Season] = [],
    holidays: HolidayCalendar? = HolidayCalendar(state: .schleswigHolstein)
)
    throws -> UsageCalendar
{
    try UsageCalendar(seasons: seasons, windows: windows, otherwise: "low", holidays: holidays)
}
private let workdays = [1, 2, 3, 4, 5]
private func series(_ days: DayRange, seconds: Int32 = 900, value: Int64 = 1) -> Series {
    let time = LocalTime.berlin
    let count = Int(time.start(of: days.from).seconds(until: time.start(of: days.until ?? days.from)) / Int64(seconds))
    return Series(
        start: time.start(of: days.from), secondsPerSlot: seconds, values: Array(repeating: value, count: count),
        statuses: Array(repeating: 1, count: count))
}

@Suite struct `A calendar of zones` {
    @Test func `knows season, weekday, holiday and hour`() throws {
        let calendar = try calendar(
            [
                .init(zone: "peak", season: "winter", days: workdays, quarters: 68..<80),
                .init(zone: "day", season: nil, days: workdays, quarters: 24..<68),
            ],
            seasons: [.init(name: "winter", from: 1_001, until: 401)])
        func zone(_ text: String) throws -> String { calendar.zone(at: try Instant(text)) }
        #expect(try zone("2026-01-05T17:00:00+01:00") == "peak")
        #expect(try zone("2026-01-05T16:59:59+01:00") == "day")
        #expect(try zone("2026-07-06T18:00:00+02:00") == "low")
        #expect(try zone("2026-01-04T18:00:00+01:00") == "low")
        // The Reformation is a holiday in Schleswig-Holstein, All Saints is none.
        #expect(try zone("2025-10-31T12:00:00+01:00") == "low")
        #expect(try zone("2027-11-01T12:00:00+01:00") == "day")
        #expect(calendar.zones == ["low", "peak", "day"])
    }

    // The window from 02:00 to 03:00: not there in March, twice in October.
    @Test(arguments: [("2026-03-29", 0, 92), ("2026-03-30", 4, 96), ("2026-10-25", 8, 100)])
    func `follows the clock through its changes`(on: String, inside: Int64, all: Int64) throws {
        let night = try calendar([.init(zone: "night", season: nil, days: [1, 2, 3, 4, 5, 6, 7], quarters: 8..<12)])
        let days = DayRange(from: day(on), until: day(on).adding(days: 1))
        let sums = try night.sums(series(days), days: days)
        #expect(sums.micro == [all - inside, inside])
    }
    @Test func `takes hours where a zone begins on the hour, and refuses them elsewhere`() throws {
        let days = range("2026-01-05", "2026-01-06")
        let hourly = try calendar([.init(zone: "day", season: nil, days: workdays, quarters: 24..<68)])
        #expect(try hourly.sums(series(days, seconds: 3_600), days: days).micro == [13, 11])
        let half = try calendar([.init(zone: "day", season: nil, days: workdays, quarters: 26..<68)])
        #expect(throws: IntervalProblem.self) { try half.sums(series(days, seconds: 3_600), days: days) }
    }
    @Test(arguments: [600, 1_200] as [Int32]) func `refuses ten and twenty minutes that lie in two zones`(seconds: Int32) throws {
        let days = range("2026-01-05", "2026-01-06")
        let hourly = try calendar([.init(zone: "day", season: nil, days: workdays, quarters: 24..<68)])
        #expect(try hourly.sums(series(days, seconds: seconds), days: days).micro.reduce(0, +) == 86_400 / Int64(seconds))
        let quarterPast = try calendar([.init(zone: "day", season: nil, days: workdays, quarters: 25..<68)])
        #expect(throws: IntervalProblem.self) { try quarterPast.sums(series(days, seconds: seconds), days: days) }
    }
    @Test func `puts each value of a year into one zone`() throws {
        let year = DayRange.year(2026)
        let calendar = try calendar(
            [
                .init(zone: "day", season: nil, days: workdays, quarters: 24..<88),
                .init(zone: "we", season: nil, days: [6, 7], quarters: 0..<96),
            ])
        let sums = try calendar.sums(series(year, value: 7), days: year)
        #expect(sums.micro.reduce(0, +) == 35_040 * 7)
        #expect(!sums.isEstimated)
    }
    @Test func `refuses windows that overlap`() {
        #expect(throws: UsageCalendar.Problem.overlap(first: 0, second: 1)) {
            try calendar([
                .init(zone: "a", season: nil, days: [1], quarters: 0..<10), .init(zone: "b", season: nil, days: [1], quarters: 9..<20),
            ])
        }
    }
    @Test func `does not make up a value that is missing`() throws {
        let days = range("2026-01-05", "2026-01-06")
        var broken = series(days)
        broken.statuses[17] = 0
        let calendar = try calendar([.init(zone: "day", season: nil, days: workdays, quarters: 24..<68)])
        #expect(throws: IntervalProblem.absent(broken.instant(of: 17))) { try calendar.sums(broken, days: days) }
        #expect(throws: IntervalProblem.notCovered(day("2026-01-06"))) {
            try calendar.sums(series(days), days: range("2026-01-06", "2026-01-07"))
        }
    }
}

@Suite struct `Spot prices` {
    private let quarter = try? SpotSeries(
        key: SeriesKey(set: "s", name: "x"), label: Label(de: "x", en: "x"), source: "test",
        segments: [
            .init(
                start: LocalTime.berlin.start(of: Day(2025, 9, 30)), secondsPerUnit: 3_600, prices: (0..<24).map { Int64($0) * 1_000_000 }),
            .init(
                start: LocalTime.berlin.start(of: Day(2025, 10, 1)), secondsPerUnit: 900,
                prices: (0..<96).map { Int64($0) * 500_000 - 3_000_000 }),
        ])

    @Test func `price quarter hours by the hour before October 2025, and by themselves since`() throws {
        let spot = try #require(quarter)
        let old = try spot.cost(of: series(range("2025-09-30", "2025-10-01"), value: 1_000_000), days: range("2025-09-30", "2025-10-01"))
        #expect(old.exact == Int128(4 * 276) * 1_000_000 * 1_000_000)
        let both = range("2025-09-30", "2025-10-02")
        let cost = try spot.cost(of: series(both, value: 1_000_000), days: both)
        #expect(cost.slots == 192)
        #expect(cost.lowest == -3_000_000)
        // Hours of a meter under prices of a quarter hour cannot be priced.
        #expect(throws: IntervalProblem.self) { try spot.cost(of: series(both, seconds: 3_600), days: both) }
    }
    @Test func `have a cap and a floor for each unit`() throws {
        let spot = try #require(quarter)
        let days = range("2025-10-01", "2025-10-02")
        let usage = series(days, value: 1_000_000)
        var expected: Int128 = 0
        for unit in 0..<96 {
            let price: Int64 = Int64(unit) * 500_000 - 3_000_000
            expected += Int128(min(20_000_000, max(0, price))) * 1_000_000
        }
        let cost = try spot.cost(of: usage, days: days, cap: 20_000_000, floor: 0)
        #expect(cost.exact == expected)
        // What was posted is told as it was, and how often the bounds counted instead: above 20 ct from the 47th, below 0 up to the 6th.
        #expect((cost.lowest, cost.highest) == (-3_000_000, 44_500_000))
        #expect((cost.capped, cost.floored) == (49, 6))
        let notes = Explanation.spot(cost, markup: 1_000_000).notes(.german)
        #expect(notes[0] == "96 Viertelstunden zu Preisen der Börse von −3,00 ct/kWh bis 44,50 ct/kWh")
        #expect(notes[1].hasPrefix("49 davon lagen über der Obergrenze und zählen mit 20,00 ct/kWh"))
        #expect(notes[2].hasPrefix("6 davon lagen unter der Untergrenze und zählen mit 0,00 ct/kWh"))
        #expect(try spot.cost(of: usage, days: days).capped == 0)
    }
    @Test func `that are missing stop the bill`() throws {
        let spot = try #require(quarter)
        let days = range("2025-10-01", "2025-10-03")
        #expect(throws: IntervalProblem.noPrice(LocalTime.berlin.start(of: Day(2025, 10, 2)))) {
            try spot.cost(of: series(days), days: days)
        }
    }
    @Test func `of two files do not speak of the same unit`() throws {
        let spot = try #require(quarter)
        #expect(throws: SpotSeries.Overlap.self) { try spot.joined(with: spot) }
    }
}
