import CoreKit
import Metering
import Testing
import VEE
import Values

/// The cascade as the reference has it: what these tests compute by hand.
private func reference(
    _ window: EstimationWindow, holidays: HolidayCalendar = HolidayCalendar(state: .schleswigHolstein)
) throws -> Estimation.Result {
    try Estimation.fill(window, holidays: holidays, parameters: .plain)
}

@Suite struct `Stand-ins for missing values` {
    private let monday = Day(2026, 2, 2)

    private func window(
        _ days: [Day: DaySlots], _ target: DayRange, readings: [RegisterReading] = [],
        channel counter: Register = channel(),
        register beside: Register? = register(), open: Bool = false
    ) -> EstimationWindow {
        EstimationWindow(
            channel: counter, register: beside, days: days, readings: readings, target: target, fillsOpenEnds: open)
    }
    private func only(_ day: Day) -> DayRange { DayRange(from: day, until: day.adding(days: 1)) }
    private func methods(_ result: Estimation.Result) -> Set<EstimationMethod> {
        Set(result.estimates.flatMap(\.marks).compactMap { EstimationMethod(rawValue: $0.mark.method) })
    }
    /// A day of 96 slots with gaps at some of them.
    private func holed(_ value: Int64, _ gaps: Range<Int>...) -> DaySlots {
        slots((0..<96).map { slot in gaps.contains { $0.contains(slot) } ? nil : value })
    }

    @Test func `two missing between 2 and 5 are 3 and 4`() throws {
        var day = (0..<96).map { Optional(micro($0 <= 40 ? "2" : "5")) }
        day[41] = nil
        day[42] = nil
        let result = try reference(window([monday: slots(day)], only(monday)))
        #expect(
            result.estimates == [
                Estimate(
                    day: monday, firstSlot: 41, values: [micro("3"), micro("4")],
                    marks: [MarkRun(count: 2, mark: Mark(status: .estimated, method: 1, reason: 1))])
            ])
        #expect(result.findings.isEmpty)
    }
    @Test(arguments: [(8, EstimationMethod.linear), (9, .likeDay)]) func `two hours are bridged, more looks at like days`(
        length: Int, method: EstimationMethod
    ) throws {
        let days = [monday: holed(100, 40..<40 + length), monday.adding(days: -7): fullDay(monday, 300)]
        let result = try reference(window(days, only(monday)))
        #expect(methods(result) == [method])
        #expect(result.estimates[0].values == Array(repeating: method == .linear ? 100 : 300, count: length))
    }
    @Test func `a gap over midnight is one gap, and two versions`() throws {
        let days = [monday: holed(100, 93..<96), monday.adding(days: 1): holed(700, 0..<2)]
        let result = try reference(window(days, DayRange(from: monday, until: monday.adding(days: 2))))
        #expect(result.estimates.map(\.day) == [monday, monday.adding(days: 1)])
        #expect(result.estimates.flatMap(\.values) == [200, 300, 400, 500, 600])
    }
    @Test func `like days are the three nearest of the weekday`() throws {
        var days = [monday: holed(0, 20..<60)]
        for (weeks, value) in [(1, 300), (2, 600), (3, 900), (4, 90_000)] {
            days[monday.adding(days: -7 * weeks)] = fullDay(monday, Int64(value))
        }
        for offset in 1...6 { days[monday.adding(days: -offset)] = fullDay(monday, 77) }
        let result = try reference(window(days, only(monday)))
        #expect(Set(result.estimates.flatMap(\.values)) == [600])
        #expect(methods(result) == [.likeDay])
    }
    @Test func `a day with a gap, a doubt or an estimate teaches nothing`() throws {
        var days = [monday: holed(0, 20..<60)]
        days[monday.adding(days: -7)] = holed(500, 3..<4)
        days[monday.adding(days: -14)] = slots(Array(repeating: 500, count: 96), Mark(status: .estimated, method: 4))
        days[monday.adding(days: -21)] = fullDay(monday, 200)
        #expect(Set(try reference(window(days, only(monday))).estimates.flatMap(\.values)) == [200])
    }
    @Test func `a holiday is like a Sunday`() throws {
        let easterMonday = Day(2026, 4, 6)
        var days = [easterMonday: holed(0, 20..<60)]
        days[Day(2026, 3, 30)] = fullDay(monday, 1_000)  // a Monday
        days[Day(2026, 3, 22)] = fullDay(monday, 400)  // a Sunday
        #expect(Set(try reference(window(days, only(easterMonday))).estimates.flatMap(\.values)) == [400])
    }
    @Test func `Tuesday may learn from Wednesday, Monday from the week before and only then from others`() throws {
        let tuesday = monday.adding(days: 1)
        let fromWednesday = try reference(
            window([tuesday: holed(0, 20..<60), tuesday.adding(days: 1): fullDay(monday, 40)], only(tuesday)))
        #expect(Set(fromWednesday.estimates.flatMap(\.values)) == [40] && methods(fromWednesday) == [.likeDay])
        let week = try reference(
            window(
                [monday: holed(0, 20..<60), monday.adding(days: -7): holed(50, 0..<1), monday.adding(days: 1): fullDay(monday, 40)],
                only(monday)))
        #expect(Set(week.estimates.flatMap(\.values)) == [50] && methods(week) == [.previousWeek])
        let wider = try reference(window([monday: holed(0, 20..<60), monday.adding(days: 1): fullDay(monday, 40)], only(monday)))
        #expect(Set(wider.estimates.flatMap(\.values)) == [40] && methods(wider) == [.likeDay])
    }
    @Test func `without any basis the gap stays and is reported`() throws {
        let result = try reference(window([monday: holed(0, 20..<60)], only(monday)))
        #expect(result.estimates.isEmpty)
        #expect(result.findings.map(\.rule) == ["gap-without-basis"] && result.findings.map(\.severity) == [.failure])
        #expect(result.findings[0].from == midnight(monday).adding(seconds: 20 * 900))
    }

    @Test func `estimates are scaled to the register`() throws {
        // Reference, 2.2: dR = 118.4, V = 100, estimates 3, 5, 7, 5: factor 0.92.
        let hourly = channel(.hour)
        var values = Array(repeating: Int64?.some(micro("5")), count: 24)
        var earlier = values
        for (slot, estimate) in [(10, "3"), (11, "5"), (12, "7"), (13, "5")] { values[slot] = nil; earlier[slot] = micro(estimate) }
        let days = [monday: slots(values), monday.adding(days: -7): slots(earlier)]
        let ends = [reading(monday, "1000"), reading(monday.adding(days: 1), "1118.4")]
        let result = try reference(window(days, only(monday), readings: ends, channel: hourly))
        #expect(decimals(result.estimates.flatMap(\.values)) == ["2.76", "4.6", "6.44", "4.6"])
        #expect(result.findings.isEmpty)
    }
    @Test func `without any estimate the register's rest is shared evenly`() throws {
        let ends = [reading(monday, "0"), reading(monday.adding(days: 1), "10")]
        let result = try reference(window([monday: holed(0, 20..<60)], only(monday), readings: ends))
        #expect(Set(result.estimates.flatMap(\.values)) == [micro("0.25")] && methods(result) == [.flat])
    }
    @Test func `a day that never came is made of the register alone`() throws {
        let ends = [reading(monday, "0"), reading(monday.adding(days: 1), "9.6")]
        let result = try reference(window([:], only(monday), readings: ends))
        #expect(result.estimates.flatMap(\.values) == Array(repeating: micro("0.1"), count: 96))
    }
    @Test func `values that exceed the register are reported and not scaled away`() throws {
        let days = [monday: holed(micro("1"), 40..<44)]
        let result = try reference(
            window(days, only(monday), readings: [reading(monday, "0"), reading(monday.adding(days: 1), "50")]))
        #expect(result.findings.map(\.rule) == ["register-against-intervals"])
        #expect(Set(result.estimates.flatMap(\.values)) == [micro("1")])
    }
    @Test func `within the tolerance of the register the gap is zero, never less`() throws {
        let days = [monday: holed(micro("1"), 40..<44)]
        let result = try reference(
            window(days, only(monday), readings: [reading(monday, "0"), reading(monday.adding(days: 1), "91.9")]))
        #expect(result.findings.isEmpty)
        #expect(Set(result.estimates.flatMap(\.values)) == [0])
    }
    @Test func `a complete day is checked against the register`() throws {
        let complete = [monday: fullDay(monday, micro("1"))]
        #expect(
            try reference(window(complete, only(monday), readings: [reading(monday, "0"), reading(monday.adding(days: 1), "96")]))
                .findings.isEmpty)
        let off = try reference(
            window(complete, only(monday), readings: [reading(monday, "0"), reading(monday.adding(days: 1), "90")]))
        #expect(off.findings.map(\.rule) == ["register-against-intervals"] && off.estimates.isEmpty)
    }
    @Test func `factor and unit of both sides are in the scale`() throws {
        let ends = [reading(monday, "0"), reading(monday.adding(days: 1), "0.9")]
        let result = try reference(
            window(
                [monday: holed(micro("500"), 40..<44)], only(monday), readings: ends, channel: channel(unit: .wattHour),
                register: register(factor: "40")))
        // 36 kWh less 92 × 0.5 kWh is −10, beyond 2 × 40 × 0.1: reported. 48 kWh leave 2 for the four slots.
        #expect(result.findings.map(\.rule) == ["register-against-intervals"])
        let more = try reference(
            window(
                [monday: holed(micro("500"), 40..<44)], only(monday),
                readings: [reading(monday, "0"), reading(monday.adding(days: 1), "1.2")],
                channel: channel(unit: .wattHour), register: register(factor: "40")))
        #expect(more.estimates.flatMap(\.values) == Array(repeating: micro("500"), count: 4))
    }
    @Test func `a late gap of a span takes the other estimates of the span along`() throws {
        let friday = monday.adding(days: 4)
        var days = Dictionary(
            uniqueKeysWithValues: DayRange(from: monday, until: monday.adding(days: 7)).days.map { ($0, fullDay($0, micro("0.1"))) })
        days[monday] = holed(micro("0.1"), 40..<44)
        days[friday] = holed(micro("0.1"), 50..<54)
        let ends = [reading(monday, "0"), reading(monday.adding(days: 7), "70")]
        let both = try reference(window(days, only(friday), readings: ends))
        #expect(both.estimates.map(\.day) == [monday, friday])
        // 70 − 664 × 0.1 = 3.6 over eight slots.
        #expect(Set(both.estimates.flatMap(\.values)) == [micro("0.45")])
    }
    @Test func `readings off the raster and estimated ones scale nothing`() throws {
        let days = [monday: holed(100, 40..<44)]
        let off = [RegisterReading(at: midnight(monday).adding(seconds: 60), micro: 0), reading(monday.adding(days: 1), "50")]
        #expect(Set(try reference(window(days, only(monday), readings: off)).estimates.flatMap(\.values)) == [100])
        let guessed = [reading(monday, "0", .estimated), reading(monday.adding(days: 1), "50")]
        #expect(Set(try reference(window(days, only(monday), readings: guessed)).estimates.flatMap(\.values)) == [100])
    }

    @Test func `an open end waits, unless somebody asks for the period`() throws {
        let days = [monday: holed(100, 90..<96), monday.adding(days: -7): fullDay(monday, 300)]
        #expect(try reference(window(days, only(monday))).estimates.isEmpty)
        #expect(try reference(window(days, only(monday), open: true)).estimates.map(\.values) == [Array(repeating: 300, count: 6)])
    }
    @Test func `a reading behind the last value closes the gap`() throws {
        let days = [monday: holed(micro("0.1"), 90..<96)]
        let result = try reference(
            window(days, only(monday), readings: [reading(monday, "0"), reading(monday.adding(days: 1), "15")]))
        #expect(Set(result.estimates.flatMap(\.values)) == [micro("1")])
    }
    @Test func `a rejected slot is estimated and remembers why`() throws {
        var day = fullDay(monday, 100)
        day.lay(
            Overlay(
                version: 2, knownSince: Instant(seconds: 0), firstSlot: 10, values: [9_999_999],
                marks: [MarkRun(count: 1, mark: Mark(status: .rejected))]))
        let result = try reference(window([monday: day], only(monday)))
        #expect(
            result.estimates == [
                Estimate(
                    day: monday, firstSlot: 10, values: [100],
                    marks: [MarkRun(count: 1, mark: Mark(status: .estimated, method: 1, reason: 2))])
            ])
    }
    @Test func `a person's value and a sender's estimate stay`() throws {
        var day = fullDay(monday, 100)
        day.lay(
            Overlay(
                version: 2, knownSince: Instant(seconds: 0), firstSlot: 10, values: [7, 8],
                marks: [
                    MarkRun(count: 1, mark: Mark(status: .estimated, method: EstimationMethod.manual.rawValue)),
                    MarkRun(count: 1, mark: Mark(status: .estimated)),
                ]))
        #expect(try reference(window([monday: day], only(monday))).estimates.isEmpty)
    }
    @Test func `when the register arrives the estimate is made anew, and only once`() throws {
        let before = [monday: holed(micro("0.1"), 40..<44)]
        let linear = try reference(window(before, only(monday)))
        let stored = applied(linear, to: before)
        #expect(try reference(window(stored, only(monday))).estimates.isEmpty)
        let ends = [reading(monday, "0"), reading(monday.adding(days: 1), "10")]
        let scaled = try reference(window(stored, only(monday), readings: ends))
        #expect(decimals(scaled.estimates.flatMap(\.values)) == ["0.2", "0.2", "0.2", "0.2"])
        #expect(try reference(window(applied(scaled, to: stored), only(monday), readings: ends)).estimates.isEmpty)
    }

    @Test(arguments: [Day(2026, 3, 29), Day(2026, 10, 25)]) func `a clock change day is estimated by the wall clock`(change: Day) throws {
        // The like Sunday holds its own slot number; the estimate must hold the number of the same wall-clock time.
        let sunday = change.adding(days: -7)
        let resolution = Resolution.quarterHour
        let days = [
            change: DaySlots(empty: resolution.slots(of: change)), sunday: slots((0..<96).map { Int64($0) }),
            change.adding(days: -1): fullDay(change.adding(days: -1), 5), change.adding(days: 1): fullDay(change.adding(days: 1), 5),
        ]
        let result = try reference(window(days, only(change)))
        let values = result.estimates.flatMap(\.values)
        #expect(values.count == resolution.slots(of: change))
        for (slot, value) in values.enumerated() {
            let clock = LocalTime.berlin.timeOfDay(resolution.start(of: slot, of: change))
            #expect(value == Int64(clock.hour * 4 + clock.minute / 15))
        }
    }
    @Test(arguments: [Day(2026, 3, 29), Day(2026, 7, 5), Day(2026, 10, 25)]) func `the day after a clock change can learn from it`(
        like: Day
    ) throws {
        let day = like.adding(days: 7)
        let days = [day: slots((0..<96).map { (20..<60).contains($0) ? nil : 1 }), like: fullDay(like, 9)]
        #expect(try reference(window(days, only(day))).estimates.flatMap(\.values) == Array(repeating: 9, count: 40))
    }
    @Test func `daily channels are estimated from the same weekday`() throws {
        let daily = channel(.day)
        var days = [monday: slots([nil]), monday.adding(days: -1): slots([1]), monday.adding(days: 1): slots([1])]
        days[monday.adding(days: -7)] = slots([30])
        days[monday.adding(days: -14)] = slots([50])
        #expect(try reference(window(days, only(monday), channel: daily)).estimates.flatMap(\.values) == [40])
    }
    @Test func `values beyond 128 bits of product throw instead of trapping`() {
        let days = [monday: slots((0..<96).map { $0 == 40 || $0 == 42 ? Int64.max : $0 == 41 ? nil : 0 })]
        #expect(throws: Overflow.self) {
            try reference(
                window(
                    days, only(monday), readings: [reading(monday, "0"), reading(monday.adding(days: 1), "1")],
                    register: register(digits: nil)))
        }
    }

    @Test(arguments: 0..<120) func `between two registers the slots add up exactly, whatever is missing`(seed: Int) throws {
        var random = Seeded(seed)
        let first = Day(2026, 3, 2).adding(days: Int.random(in: 0...40, using: &random))
        let length = Int.random(in: 1...12, using: &random)
        let target = DayRange(from: first, until: first.adding(days: length))
        let factor = ["1", "40", "0.5"].randomElement(using: &random) ?? "1"
        var days: [Day: DaySlots] = [:]
        var whole: Int128 = 0
        for offset in -21..<length {
            let day = first.adding(days: offset)
            var values: [Int64?] = (0..<Resolution.quarterHour.slots(of: day)).map { _ in Int64.random(in: 0...800, using: &random) * 1_000
            }
            if offset >= 0 {
                whole += values.reduce(0) { $0 + Int128($1 ?? 0) }
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    let gap = Int.random(in: 0..<values.count, using: &random)
                    for slot in gap..<min(values.count, gap + Int.random(in: 1...40, using: &random)) { values[slot] = nil }
                }
                if Int.random(in: 0..<8, using: &random) == 0 { continue }  // the whole day never came
            }
            days[day] = slots(values)
        }
        let counter = register(digits: nil, decimals: 6, factor: factor)
        let counted = Int64(Rounding.ceiling.divide(whole * 1_000_000, by: Int128(counter.parameters(on: first).factor.millionths)))
        let ends = [
            RegisterReading(at: midnight(first), micro: 5), RegisterReading(at: midnight(first.adding(days: length)), micro: 5 + counted),
        ]
        let given = window(days, target, readings: ends, register: counter)
        let result = try reference(given)
        let filled = applied(result, to: days)
        var sum: Int64 = 0
        for day in target.days {
            let total = try #require(filled[day]).sum()
            #expect(total.isComplete)
            sum += total.micro
        }
        let isComplete = try target.days.allSatisfy { try days[$0]?.sum().isComplete ?? false }
        let advance = try counter.parameters(on: first).factor.times(micro: counted)
        #expect(isComplete ? result.estimates.isEmpty && Int128(sum) == whole : sum == advance)
        #expect(result.estimates.allSatisfy { $0.values.allSatisfy { $0 >= 0 } })
        // The same knowledge gives the same values: nothing more to write.
        #expect(try reference(window(filled, target, readings: ends, register: counter)).estimates.isEmpty)
    }
}
