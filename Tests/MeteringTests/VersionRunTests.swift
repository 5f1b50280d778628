import CoreKit
import Metering
import Testing
import Values

private func overlay(
    _ version: Int32, _ first: Int, _ count: Int, _ mark: Mark = .measured
) -> Overlay {
    Overlay(
        version: version, knownSince: Instant(seconds: 0), firstSlot: first, values: Array(repeating: 1_000, count: count),
        marks: [MarkRun(count: count, mark: mark)])
}
private let likeDay = Mark(status: .estimated, method: 2, reason: 1)

@Suite struct `What the slots of a day say of themselves` {
    @Test func `is one run where a day came once, and more where it was corrected and estimated`() {
        #expect(DayBlock.fold([overlay(1, 0, 96)], slots: 96).versionRuns == [VersionRun(count: 96, version: 1, mark: .measured)])
        let day = DayBlock.fold([overlay(1, 0, 90), overlay(2, 90, 4, likeDay), overlay(3, 10, 2)], slots: 96)
        #expect(
            day.versionRuns == [
                VersionRun(count: 10, version: 1, mark: .measured), VersionRun(count: 2, version: 3, mark: .measured),
                VersionRun(count: 78, version: 1, mark: .measured), VersionRun(count: 4, version: 2, mark: likeDay), .absent(2),
            ])
    }
    @Test func `grows together over midnight where it is the same`() {
        var runs: [VersionRun] = []
        for overlays in [[overlay(1, 0, 96)], [overlay(1, 0, 96)], [overlay(1, 0, 96), overlay(2, 0, 1)]] {
            DayBlock.fold(overlays, slots: 96).extend(&runs)
        }
        #expect(runs.map(\.count) == [192, 1, 95] && runs.map(\.version) == [1, 2, 1])
        // A short form: few bytes for three days, and for thirty years no more.
        #expect(DayBlock.pack(versions: runs).count <= 18)
    }
    @Test(arguments: 0..<200) func `comes back from its bytes, and of any part of it what its slots say one by one`(seed: Int) throws {
        var random = Seeded(seed)
        var runs: [VersionRun] = []
        for _ in 0..<Int.random(in: 0...20, using: &random) {
            let mark = [Mark.measured, likeDay, .absent, Mark(status: .substituted, method: 255, reason: 255)].randomElement(using: &random)
            let version = Int32.random(in: 0...([1, 3, .max].randomElement(using: &random) ?? 1), using: &random)
            runs.extend(by: VersionRun(count: Int.random(in: 0...300, using: &random), version: version, mark: mark ?? .measured))
        }
        let bytes = DayBlock.pack(versions: runs)
        #expect(try DayBlock.unpackVersions(bytes) == runs)
        func each(_ runs: [VersionRun]) -> [VersionRun] {
            runs.flatMap { run in (0..<run.count).map { _ in VersionRun(count: 1, version: run.version, mark: run.mark) } }
        }
        let all = each(runs)
        #expect(all.count == runs.slotCount)
        let low = Int.random(in: 0...all.count, using: &random)
        let high = Int.random(in: low...all.count, using: &random)
        #expect(each(runs.slots(low..<high)) == Array(all[low..<high]))
        #expect(each(runs.slots(low..<high + 50)) == Array(all[low..<min(all.count, high + 50)]))
    }
    @Test(arguments: 0..<400) func `that was damaged throws and never traps`(seed: Int) {
        var random = Seeded(seed)
        let whole = DayBlock.pack(versions: [
            VersionRun(count: 96, version: 1, mark: .measured), VersionRun(count: 5, version: .max, mark: likeDay),
        ])
        var bytes =
            seed % 2 == 0 ? whole : (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        if seed % 2 == 0 { bytes.removeLast(Int.random(in: 1...4, using: &random)) }
        let runs = try? DayBlock.unpackVersions(bytes)
        if seed % 2 == 0 { #expect(runs == nil) } else { #expect(runs?.slotCount ?? 0 <= DayBlock.maximumSlots) }
        #expect(throws: DayBlock.Corrupt.trailing) { try DayBlock.unpackVersions(whole, limit: 100) }
    }
}

@Suite struct `Slots that a quantity is the sum of` {
    private let days = DayRange(from: Day(2025, 3, 29), until: Day(2025, 4, 1))
    private func usage(_ runs: [VersionRun]) -> IntervalUsage {
        let count = 96 + 92 + 96
        return IntervalUsage(
            serial: "M", obis: ObisCode(1, 0, 1, 8, 0), days: days,
            series: Series(
                start: midnight(days.from), secondsPerSlot: 900, values: Array(repeating: 1_000, count: count),
                statuses: Array(repeating: 1, count: count)), runs: runs)
    }

    @Test func `keep what they say when they are cut in the middle of a run, the day of 23 hours included`() throws {
        let whole = usage([VersionRun(count: 100, version: 1, mark: .measured), VersionRun(count: 184, version: 2, mark: likeDay)])
        let sunday = try #require(whole.cut(to: DayRange(from: Day(2025, 3, 30), until: Day(2025, 3, 31))))
        #expect(sunday.series.count == 92)
        #expect(sunday.runs == [VersionRun(count: 4, version: 1, mark: .measured), VersionRun(count: 88, version: 2, mark: likeDay)])
        #expect(whole.cut(to: DayRange.year(2025)) == whole)
        // Bills from before knew nothing of it, and their parts know nothing either.
        #expect(usage([]).cut(to: DayRange(from: Day(2025, 3, 30), until: Day(2025, 3, 31)))?.runs == [])
    }
    @Test func `say from when to when, by the clock`() throws {
        let whole = usage([VersionRun(count: 100, version: 1, mark: .measured), VersionRun(count: 184, version: 2, mark: likeDay)])
        let told = SlotRuns(start: whole.series.start, resolution: .quarterHour, runs: whole.runs)
        #expect(told.count == 284 && told.end == midnight(Day(2025, 4, 1)))
        #expect(told.spans.map { LocalTime.berlin.text($0.until) } == ["2025-03-30T01:00:00+01:00", "2025-04-01T00:00:00+02:00"])
        #expect(told.statuses == [.measured: 100, .estimated: 184])
        #expect(told.sums.map(\.count) == [184, 100])
        let daily = SlotRuns(start: midnight(days.from), resolution: .day, runs: [VersionRun(count: 3, version: 1, mark: .measured)])
        #expect(daily.end == midnight(Day(2025, 4, 1)))
    }
    @Test func `name the quarter hour of a moment, and nothing where nothing was kept`() {
        let runs = [VersionRun(count: 5, version: 1, mark: .measured), VersionRun(count: 279, version: 2, mark: likeDay)]
        let at = midnight(days.from).adding(seconds: 4 * 900)
        #expect(usage(runs).told(from: at, seconds: 900)?.runs == [VersionRun(count: 1, version: 1, mark: .measured)])
        #expect(usage(runs).told(from: at, seconds: 3_600)?.runs.map(\.count) == [1, 3])
        #expect(usage([]).told(from: at, seconds: 900) == nil)
        #expect(usage(runs).told(from: midnight(Day(2025, 4, 1)), seconds: 900) == nil)
        #expect(usage(runs).told(from: midnight(days.from).adding(seconds: -1), seconds: 900) == nil)
    }
    @Test func `count the same whatever their versions are`() {
        let one = usage([VersionRun(count: 284, version: 1, mark: .measured)])
        let other = usage([VersionRun(count: 284, version: 7, mark: .measured)])
        #expect(one != other && one.counts(as: other) && one.counts(as: usage([])))
        var more = one
        more.series.values[3] += 1
        #expect(!one.counts(as: more))
    }
}

@Suite struct `A figure that nobody read` {
    private func pieces(_ readings: [RegisterReading], cuts: [Day] = [], channel: Register? = nil, daily: [Day: DaySum] = [:]) throws
        -> [UsagePiece]
    {
        let counter = register()
        let usage = MeterUsage(
            installation: counter.installations.entries[0].range, register: counter, readings: readings, channel: channel, daily: daily)
        return try Usage.pieces(UsageInput(meters: [usage]), period: .year(2025), cuts: cuts).pieces
    }
    private func read(_ day: Day, _ value: String, _ version: Int32, _ mark: Mark = .measured) -> RegisterReading {
        RegisterReading(
            at: midnight(day), micro: micro(value), status: mark.status, method: mark.method, reason: mark.reason, version: version)
    }

    @Test func `names the readings on both sides, with version and method, in whatever order they came`() throws {
        let readings = [
            read(Day(2025, 1, 1), "100", 1), read(Day(2025, 3, 12), "900", 3), read(Day(2025, 11, 1), "3000", 2, likeDay),
            read(Day(2026, 1, 1), "3650", 1),
        ]
        var random = Seeded(7)
        for _ in 0..<5 {
            let told = try pieces(readings.shuffled(using: &random), cuts: [Day(2025, 7, 1)])
            #expect(told.map(\.beginBasis) == [nil, ReadingBasis(readings[1], readings[2])])
            #expect(told[0].endBasis?.readings == [readings[1], readings[2]] && told[1].endBasis == nil)
        }
    }
    @Test func `names those it was carried on from, where there is none on one side`() throws {
        let readings = [read(Day(2025, 1, 1), "0", 1), read(Day(2025, 2, 1), "310", 1), read(Day(2025, 12, 1), "3340", 4)]
        #expect(try pieces(readings)[0].endBasis == ReadingBasis(readings[0], readings[2]))
        let channel = register(id: 2, obis: "1-0:1.29.0", resolution: .quarterHour)
        let daily = Dictionary(
            uniqueKeysWithValues: DayRange.year(2025).days.map { ($0, DaySum(micro: micro("1"), usable: 96, expected: 96)) })
        let carried = try pieces([readings[0]], channel: channel, daily: daily)
        #expect(carried[0].endBasis == ReadingBasis(readings[0]) && carried[0].end?.origin == .intervals)
        #expect(carried[0].slots == nil, "a register tells it")
    }
    @Test func `or the versions of the days it is the sum of, and the day that is missing`() throws {
        let channel = register(obis: "1-0:1.29.0", resolution: .quarterHour)
        var daily: [Day: DaySum] = [:]
        for day in DayRange.month(2025, 3).days where day != Day(2025, 3, 5) {
            let slots = Resolution.quarterHour.slots(of: day)
            let overlays = [overlay(1, 0, slots)] + (day == Day(2025, 3, 30) ? [overlay(2, 3, 4, likeDay)] : [])
            let fold = DayBlock.fold(overlays, slots: slots)
            var sum = try fold.sum()
            sum.runs = fold.versionRuns
            daily[day] = sum
        }
        let usage = MeterUsage(installation: DayRange(from: Day(2020, 1, 1)), register: channel, readings: [], daily: daily)
        func told() throws -> UsagePiece {
            try #require(try Usage.pieces(UsageInput(meters: [usage]), period: .month(2025, 3), cuts: []).pieces.first)
        }
        let slots = try #require(try told().slots)
        #expect(slots.start == midnight(Day(2025, 3, 1)) && slots.end == midnight(Day(2025, 4, 1)))
        #expect(slots.runs.map(\.count) == [384, 96, 24 * 96 + 3, 4, 92 - 7 + 96])
        #expect(slots.runs.map(\.version) == [1, 0, 1, 2, 1])
        #expect(slots.statuses == [.absent: 96, .measured: 2_972 - 100, .estimated: 4])
    }
}
