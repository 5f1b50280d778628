import Foundation
import Testing
import Values

@Suite struct `Local time of Germany` {
    let berlin = LocalTime.berlin

    @Test func `a day in March has 92 quarter hours, one in October 100`() {
        #expect(Resolution.quarterHour.slots(of: Day(2026, 3, 29)) == 92)
        #expect(Resolution.quarterHour.slots(of: Day(2026, 10, 25)) == 100)
        #expect(Resolution.quarterHour.slots(of: Day(2026, 3, 28)) == 96)
        #expect(Resolution.hour.slots(of: Day(2025, 3, 30)) == 23)
        #expect(Resolution.hour.slots(of: Day(2025, 10, 26)) == 25)
        #expect(Resolution.minute.slots(of: Day(2025, 6, 1)) == 1_440)
        #expect(Resolution.day.slots(of: Day(2025, 3, 30)) == 1)
    }

    @Test func `the offset agrees with the system's zone at every transition since 1970`() throws {
        let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
        var instant = Date(timeIntervalSince1970: 0)
        var transitions = 0
        while let next = zone.nextDaylightSavingTimeTransition(after: instant), next < Date(timeIntervalSince1970: 2_145_916_800) {
            let seconds = Int64(next.timeIntervalSince1970)
            for probe in [seconds - 1, seconds, seconds + 1] {
                #expect(berlin.offset(at: Instant(seconds: probe)) == zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(probe))))
            }
            instant = next
            transitions += 1
        }
        #expect(transitions == 116)
    }

    @Test func `a year's local days cover it without gap or overlap`() {
        for day in DayRange(from: Day(1979, 1, 1), until: Day(2060, 1, 1)).days {
            let start = berlin.start(of: day)
            #expect(berlin.day(of: start) == day)
            #expect(berlin.day(of: Instant(microseconds: start.microseconds - 1)) == day.adding(days: -1))
            let time = berlin.timeOfDay(start)
            #expect(time == (0, 0, 0))
        }
    }

    @Test func `the hour that does not exist is none, the one that comes twice is two`() throws {
        #expect(berlin.instant(Day(2026, 3, 29), hour: 2, minute: 30) == nil)
        let first = try #require(berlin.instant(Day(2026, 10, 25), hour: 2, minute: 30))
        let second = try #require(berlin.instant(Day(2026, 10, 25), hour: 2, minute: 30, second: true))
        #expect(first.seconds(until: second) == 3_600)
        #expect(berlin.text(first) == "2026-10-25T02:30:00+02:00")
        #expect(berlin.text(second) == "2026-10-25T02:30:00+01:00")
    }

    @Test func `the gas day runs from six to six and the long one is a Saturday's`() throws {
        let saturday = Day(2026, 10, 24)
        #expect(berlin.gasDayLength(saturday) == 25 * 3_600)
        #expect(saturday.weekday == 6)
        #expect(berlin.gasDayLength(Day(2026, 3, 28)) == 23 * 3_600)
        let early = try #require(berlin.instant(Day(2026, 1, 1), hour: 5, minute: 59))
        #expect(berlin.gasDay(of: early) == Day(2025, 12, 31))
        #expect(berlin.gasDay(of: early.adding(seconds: 60)) == Day(2026, 1, 1))
    }

    @Test(arguments: 0..<100) func `a slot's begin is found again`(seed: Int) {
        var random = Seeded(seed)
        let days = [Day(2026, 3, 29), Day(2026, 10, 25), Day(2024, 2, 29), Day(2025, 12, 31), Day(2025, 6, 15)]
        let day = days[Int.random(in: days.indices, using: &random)]
        for resolution in [Resolution.minute, .quarterHour, .halfHour, .hour, .day] {
            let slot = Int.random(in: 0..<resolution.slots(of: day), using: &random)
            let begin = resolution.start(of: slot, of: day)
            #expect(resolution.slot(at: begin, of: day) == slot)
            #expect(resolution.slot(at: Instant(microseconds: begin.microseconds + 1), of: day) == nil)
        }
    }

    @Test func `plus one, plus two and Z name the same instant`() throws {
        let expected = try Instant("2026-07-01T10:00:00Z")
        #expect(try Instant("2026-07-01T12:00:00+02:00") == expected)
        #expect(try Instant("2026-07-01T11:00:00.000+01:00") == expected)
        #expect(try Instant("2026-07-01T11:00+01:00") == expected)
        #expect(try Instant("2026-07-01T05:30:00-04:30") == expected)
    }

    @Test(arguments: ["2026-01-01T00:00:00", "2026-01-01T00:00", "2026-01-01T00:00:00.123"])
    func `a time without offset is told apart`(text: String) { #expect(throws: Instant.Problem.noOffset) { try Instant(text) } }

    @Test(arguments: [
        "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01", "", "2026-01-01T00:00:00+1:00",
        "2026-01-01T00:00:60Z", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00.Z", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00+25:00",
    ])
    func `what is no instant is refused`(text: String) { #expect(throws: Instant.Problem.malformed) { try Instant(text) } }

    @Test(arguments: 0..<200) func `an instant comes back from its text`(seed: Int) throws {
        var random = Seeded(seed)
        let instant = Instant(microseconds: Int64.random(in: -60_000_000_000_000_000...200_000_000_000_000_000, using: &random))
        #expect(try Instant(instant.description) == instant)
        #expect(try Instant(instant.text(offsetSeconds: 7_200)) == instant)
        #expect(try Instant(berlin.text(instant)) == instant)
    }
}
