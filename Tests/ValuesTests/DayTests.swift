import Testing
import Values

@Suite struct `Days and ranges` {
    @Test func `days count from 1970 and back`() {
        #expect(Day(1970, 1, 1).number == 0)
        #expect(Day(2000, 3, 1).number == 11_017)
        #expect(Day(2026, 1, 1).description == "2026-01-01")
        for number in stride(from: Int32(-719_162), to: 2_932_896, by: 997) {
            let (year, month, day) = Day(number: number).components
            #expect(Day(year: year, month: month, day: day)?.number == number)
        }
    }

    @Test(arguments: [
        "2025-02-29", "2025-13-01", "2025-00-10", "2025-04-31", "2025-1-01", "25-01-01", "2025/01/01", "", "2025-01-011", "0000-01-01",
    ])
    func `a day that does not exist is none`(text: String) { #expect(Day(text) == nil) }

    @Test func `weekdays and days of the year`() {
        #expect(Day(2026, 11, 21).weekday == 6)
        #expect(Day(1969, 12, 31).weekday == 3)
        #expect(Day(1970, 1, 1).weekday == 4)
        #expect(Day(2024, 12, 31).dayOfYear == 366)
        for offset in 0..<1_000 {
            #expect(Day(2020, 1, 1).adding(days: offset + 7).weekday == Day(2020, 1, 1).adding(days: offset).weekday)
        }
    }

    @Test func `a month later is the same day or the last one`() {
        #expect(Day(2025, 1, 31).adding(months: 1) == Day(2025, 2, 28))
        #expect(Day(2024, 1, 31).adding(months: 1) == Day(2024, 2, 29))
        #expect(Day(2025, 3, 15).adding(months: -3) == Day(2024, 12, 15))
        #expect(Day(2025, 12, 1).adding(months: 1) == Day(2026, 1, 1))
    }

    @Test func `months go on where years are no longer written`() {
        #expect(Day(1, 1, 1).adding(months: -1).adding(months: 1) == Day(1, 1, 1))
        #expect(Day(1, 1, 31).adding(months: -36).components == (-2, 1, 31))
        #expect(Day(9999, 12, 31).adding(months: 2).components == (10_000, 2, 29))
        #expect(Day(2026, 1, 1).adding(months: .max) > Day(9999, 12, 31) && Day(2026, 1, 1).adding(months: .min) < Day(1, 1, 1))
        for year in [-5, 0, 1, 1_899, 9_999, 12_345] { #expect(Day(year, 2, 28).dayOfYear == 59) }
        for year in -30...30 { #expect(!HolidayCalendar(state: .bavaria).isHoliday(Day(year, 7, 1))) }
    }

    @Test func `what people and programs name lies in the years of supply`() {
        #expect(Day(entered: "1900-01-01") != nil && Day(entered: "2199-12-31") != nil)
        for text in ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "2025-02-29", ""] { #expect(Day(entered: text) == nil) }
    }

    @Test func `half-open ranges meet without a gap`() {
        let june = DayRange.month(2026, 6)
        let july = DayRange.month(2026, 7)
        #expect(june.until == july.from)
        #expect(!june.overlaps(july))
        #expect(june.count == 30)
        #expect(june.lastDay == Day(2026, 6, 30))
        #expect(DayRange.year(2025).count == 365)
        #expect(DayRange(checked: Day(2026, 1, 1), until: Day(2026, 1, 1)) == nil)
        #expect(DayRange(from: Day(2026, 1, 1)).contains(Day(9999, 1, 1)))
    }

    @Test(arguments: 0..<100) func `cuts lose no day`(seed: Int) {
        var random = Seeded(seed)
        let range = DayRange(from: Day(2025, 1, 1), until: Day(2025, 1, 1).adding(days: Int.random(in: 1...800, using: &random)))
        let cuts = (0..<10).map { _ in Day(2025, 1, 1).adding(days: Int.random(in: -50...850, using: &random)) }
        let pieces = range.split(at: cuts)
        #expect(pieces.first?.from == range.from)
        #expect(pieces.last?.until == range.until)
        #expect(pieces.compactMap(\.count).reduce(0, +) == range.count)
        for (left, right) in zip(pieces, pieces.dropFirst()) { #expect(left.until == right.from) }
    }

    @Test(arguments: 0..<200) func `an intersection is what both contain, a span what either does`(seed: Int) {
        var random = Seeded(seed)
        func range() -> DayRange {
            let from = Day(2025, 1, 1).adding(days: Int.random(in: 0...30, using: &random))
            return DayRange(
                from: from, until: Bool.random(using: &random) ? nil : from.adding(days: Int.random(in: 1...30, using: &random)))
        }
        let (a, b) = (range(), range())
        #expect(a.spanning(b) == b.spanning(a) && a.spanning(b).from == min(a.from, b.from))
        #expect((a.spanning(b).until == nil) == (a.until == nil || b.until == nil))
        for offset in -5...70 {
            let day = Day(2025, 1, 1).adding(days: offset)
            #expect((a.intersection(b)?.contains(day) ?? false) == (a.contains(day) && b.contains(day)))
            #expect(!(a.contains(day) || b.contains(day)) || a.spanning(b).contains(day))
        }
    }

    @Test func `an empty range stops the program`() async {
        await #expect(processExitsWith: .failure) { _ = DayRange(from: Day(2025, 1, 1), until: Day(2025, 1, 1)) }
    }
}

@Suite struct `Timelines` {
    private func timeline(_ steps: [(String, String)]) throws -> Timeline<String> {
        Timeline(steps: try steps.map { (try #require(Day($0.0)), $0.1) })
    }

    @Test func `a price holds from its day until the next`() throws {
        let prices = try timeline([("2025-01-01", "a"), ("2025-07-01", "b")])
        #expect(prices[Day(2024, 12, 31)] == nil)
        #expect(prices[Day(2025, 6, 30)] == "a")
        #expect(prices[Day(2025, 7, 1)] == "b")
        #expect(prices[Day(2099, 1, 1)] == "b")
        #expect(prices.pieces(in: .year(2025)).map(\.value) == ["a", "b"])
        #expect(prices.changes(in: .year(2025)) == [Day(2025, 7, 1)])
    }

    @Test func `two values on one day are an error that names both`() {
        let first = DayRange(from: Day(2025, 1, 1), until: Day(2025, 3, 1))
        let second = DayRange(from: Day(2025, 2, 1))
        #expect(throws: Timeline<Int>.Overlap(first: first, second: second)) { try Timeline([.init(second, 2), .init(first, 1)]) }
    }

    @Test func `gaps are found at the head, inside and at the tail`() throws {
        let line = try Timeline([
            .init(DayRange(from: Day(2025, 2, 1), until: Day(2025, 3, 1)), 1),
            .init(DayRange(from: Day(2025, 4, 1), until: Day(2025, 12, 1)), 2),
        ])
        #expect(
            line.gaps(in: .year(2025)) == [
                DayRange(from: Day(2025, 1, 1), until: Day(2025, 2, 1)), .month(2025, 3), .month(2025, 12),
            ])
        #expect(Timeline(constant: 1).gaps(in: .year(2025)).isEmpty)
        #expect(Timeline<Int>().gaps(in: .year(2025)) == [.year(2025)])
    }

    @Test(arguments: 0..<100) func `zipped timelines agree with both on every day`(seed: Int) throws {
        var random = Seeded(seed)
        func line() -> Timeline<Int> {
            Timeline(
                steps: (0..<Int.random(in: 0...6, using: &random)).map { index in
                    (Day(2025, 1, 1).adding(days: Int.random(in: 0...60, using: &random)), index)
                })
        }
        let (a, b, c) = (line(), line(), line())
        let zipped = zip(a, b, c)
        for offset in -2...70 {
            let day = Day(2025, 1, 1).adding(days: offset)
            if let x = a[day], let y = b[day], let z = c[day] {
                let found = try #require(zipped[day])
                #expect(found == (x, y, z))
            } else {
                #expect(zipped[day] == nil)
            }
        }
    }
}
