import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture

@Suite(.database) struct `Through ingest, reading and usage` {
    /// Days around both changes of the clock and around new year, with holes, and readings at midnights: whatever is estimated,
    /// the slots add up to what the register counted, and the days have no gap and no overlap.
    @Test(arguments: [Day(2026, 3, 27), Day(2025, 10, 24), Day(2025, 12, 30)])
    func `slots add up to the register's advance, on days of 92, 96 and 100 alike`(_ first: Day) async throws {
        var numbers = SeededNumbers(seed: UInt64(first.number))
        let fixture = try await F()
        var counter: Int64 = 1_000_000_000
        var readings = [F.reading(DecimalText.format(counter, scale: 6), at: F.start(first))]
        var items: [String] = []
        for offset in 0..<5 {
            let day = first.adding(days: offset)
            let values = (0..<Resolution.quarterHour.slots(of: day)).map { _ in Int64.random(in: 0...900, using: &numbers) * 1_000 }
            counter += values.reduce(0, +)
            // The register shows tenths.
            let shown = counter / 100_000 * 100_000
            readings.append(F.reading(DecimalText.format(shown, scale: 6), at: F.start(day.adding(days: 1))))
            let sent = values.map { Int.random(in: 0..<8, using: &numbers) == 0 ? nil : DecimalText.format($0, scale: 6) }
            items.append(F.intervals(sent, from: F.start(day)))
        }
        for (number, item) in (items + readings).shuffled(using: &numbers).enumerated() {
            let isSeries = item.contains("resolution")
            try await fixture.send("m\(number)", registers: isSeries ? [] : [item], intervals: isSeries ? [item] : [])
        }
        let values = try await fixture.values()
        // No gap, no overlap: each slot of the local days once, a quarter of an hour apart.
        let last = first.adding(days: 5)
        let length = LocalTime.berlin.start(of: first).seconds(until: LocalTime.berlin.start(of: last))
        #expect(Int64(values.count) * 900 == length)
        #expect(values.map(\.at) == (0..<values.count).map { LocalTime.berlin.start(of: first).adding(seconds: Int64($0) * 900) })
        let shown = try await fixture.values(F.total)
        let advance = shown[shown.count - 1].micro - shown[0].micro
        let sum = values.map(\.micro).reduce(0, +)
        // Both readings are rounded to one least digit.
        #expect(abs(sum - advance) <= 200_000, "\(sum) and \(advance)")
        let point: Identifier<MeteringPoint> = try await fixture.pool.with {
            try $0.one("SELECT id FROM metering_point WHERE code = \(F.code)")
        }
        let period = DayRange(from: first, until: last)
        let cuts = [first.adding(days: 2), first.adding(days: 3)]
        let inputs = try await LoadUsage(pool: fixture.pool)([point], period: period)
        let usage = try Usage.pieces(try #require(inputs[point]), period: period, cuts: cuts)
        #expect(usage.pieces.map(\.quantity.micro).reduce(0, +) == advance)
        #expect(usage.pieces.map(\.range.from) == [first] + cuts && usage.findings.isEmpty)
    }

    @Test func `the local days of a year cover it, in every raster`() throws {
        for year in 2024...2027 {
            for resolution in [Resolution.quarterHour, .halfHour, .hour, .day] {
                var next = LocalTime.berlin.start(of: Day(year, 1, 1))
                for day in DayRange.year(year).days {
                    for slot in 0..<resolution.slots(of: day) {
                        #expect(resolution.start(of: slot, of: day) == next)
                        #expect(resolution.slot(at: next, of: day) == slot)
                        next =
                            resolution == .day
                            ? LocalTime.berlin.start(of: day.adding(days: 1)) : next.adding(seconds: Int64(resolution.storedSeconds))
                    }
                }
                #expect(next == LocalTime.berlin.start(of: Day(year + 1, 1, 1)))
            }
        }
    }
}
