import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture
private func terms(_ list: [(String, String)]) -> [DefineVirtualSeries.Request.Term] {
    list.map { .init(meteringPoint: $0.0, obis: F.channel, factorMicro: DecimalText.parse($0.1, scale: 6) ?? 0) }
}

@Suite(.database) struct `Virtual metering points` {
    private func define(
        _ code: String, _ list: [(String, String)], from: Day = Day(2026, 1, 1), resolution: Resolution = .quarterHour,
        now: Instant = F.now
    ) async throws {
        try await DefineVirtualSeries(pool: TestDatabase.current.pool)(
            .init(
                meteringPoint: code, obis: F.channel, unit: .kilowattHour, resolution: resolution, from: from, terms: terms(list),
                author: "Netz", reason: "Messkonzept"), now: now)
    }
    /// A supply and two sub-meters.
    private func node() async throws -> F {
        let fixture = try await F(meters: ["SUPPLY", "SUB1", "SUB2"])
        try await fixture.load(
            #"{"meteringPoints": [{"code": "REST", "commodity": "electricity"}, {"code": "SUM", "commodity": "electricity"}]}"#)
        return fixture
    }

    @Test func `the balance of a node is what the sub-meters leave of the supply, less the loss`() async throws {
        let fixture = try await node()
        try await define("REST", [(F.code, "0.98"), ("POINT-1", "-1"), ("POINT-2", "-1")])
        let start = F.start(Day(2026, 1, 5))
        try await fixture.send("s", intervals: [F.intervals(["10", "10", "10", "10"], from: start, serial: "SUPPLY")])
        try await fixture.send("1", intervals: [F.intervals(["2", "2", nil, "2"], from: start, serial: "SUB1")])
        #expect(try await fixture.values(code: "REST").isEmpty)
        try await fixture.send(
            "2", intervals: [F.intervals(["3.1", "3", "3", "3"], from: start, serial: "SUB2")], now: F.now.adding(seconds: 60))
        let values = try await fixture.values(code: "REST")
        #expect(values.map { DecimalText.format($0.micro, scale: 6) } == ["4.7", "4.8", "4.8", "4.8"])
        // The status is that of the worst part.
        #expect(values.map(\.status) == [.measured, .measured, .estimated, .measured] && values[0].method == "calculated")
        #expect(try await fixture.values(code: "REST", asOf: F.now).isEmpty)
        let period = DayRange(from: Day(2026, 1, 5), until: Day(2026, 1, 6))
        let series = try await ReadVirtualPoint(pool: fixture.pool)("REST", period: period)
        #expect(series.map(\.known) == [4] && series[0].notMeasured == 1 && series[0].expected == 96 && series[0].micro == 19_100_000)
        // Page by page it says the same.
        let first = try await ReadSeries(pool: fixture.pool)(.init(meteringPoint: "REST", limit: 1))
        #expect(first.series.flatMap(\.values).count == 4 && first.next == nil)
    }

    @Test func `what a meter measures is not computed as well`() async throws {
        _ = try await node()
        await #expect(throws: DefineVirtualSeries.Refusal.measured(serial: "SUB1")) { try await define("POINT-1", [("POINT-2", "0.1")]) }
    }

    @Test func `a sum of a year has every slot of its local days and is billed like a channel`() async throws {
        let fixture = try await node()
        try await define("SUM", [("POINT-1", "1"), ("POINT-2", "1")], resolution: .hour)
        // Both changes of the clock: 92 and 100 quarter hours, 23 and 25 hours.
        for day in [Day(2026, 3, 29), Day(2025, 10, 26)] {
            let count = Resolution.quarterHour.slots(of: day)
            for serial in ["SUB1", "SUB2"] {
                try await fixture.send(
                    "\(serial)-\(day)", intervals: [F.intervals(Array(repeating: "0.25", count: count), from: F.start(day), serial: serial)]
                )
            }
        }
        try await define("SUM", [("POINT-1", "1"), ("POINT-2", "-1")], from: Day(2026, 4, 1), resolution: .hour)
        let point: Identifier<MeteringPoint> = try await fixture.pool.with {
            try $0.one("SELECT id FROM metering_point WHERE code = 'SUM'")
        }
        let period = DayRange(from: Day(2026, 3, 29), until: Day(2026, 3, 30))
        let inputs = try await LoadUsage(pool: fixture.pool)([point], period: period)
        let usage = try Usage.pieces(try #require(inputs[point]), period: period, cuts: [])
        #expect(usage.pieces.map(\.quantity.number) == ["46"] && usage.pieces[0].obis == F.total && usage.findings.isEmpty)
        let (first, last) = (LocalTime.berlin.start(of: period.from), LocalTime.berlin.start(of: Day(2026, 3, 30)))
        let series = try await ReadSeries(pool: fixture.pool)(.init(meteringPoint: "SUM", from: first, to: last))
        #expect(series.series.flatMap(\.values).count == 23 && series.series[0].resolution == .hour)
        let changed = ChangedSince.Question(point: point, period: period, since: F.now.adding(seconds: -1))
        #expect(try await ChangedSince(pool: fixture.pool)([changed], slack: 0) == [0])
    }

    @Test func `what a formula said before another one was known stays to be read`() async throws {
        let fixture = try await node()
        let (early, late) = (Day(2026, 1, 5), Day(2026, 1, 7))
        try await define("SUM", [("POINT-1", "1")])
        for day in [early, late] {
            try await fixture.send("\(day)", intervals: [F.intervals(["2"], from: F.start(day), serial: "SUB1")])
        }
        let later = F.now.adding(seconds: 60)
        try await define("SUM", [("POINT-1", "3")], from: Day(2026, 1, 6), now: later)
        func sums(_ asOf: Instant?) async throws -> [Int64] {
            try await fixture.values(code: "SUM", asOf: asOf).map { $0.micro / 1_000_000 }
        }
        #expect(try await sums(F.now) == [2, 2])
        #expect(try await sums(later) == [2, 6])
        #expect(try await sums(nil) == [2, 6])
        let query = ReadSeries.Query(meteringPoint: "SUM", limit: 1)
        let first = try await ReadSeries(pool: fixture.pool)(query)
        var rest = query
        rest.cursor = first.next
        let second = try await ReadSeries(pool: fixture.pool)(rest)
        #expect([first, second].flatMap(\.series).flatMap(\.values).map(\.micro) == [2_000_000, 6_000_000] && second.next == nil)
        let series = try await ReadVirtualPoint(pool: fixture.pool)("SUM", period: .month(2026, 1))
        #expect(series.map(\.valid) == [DayRange(from: Day(2026, 1, 1), until: Day(2026, 1, 6)), DayRange(from: Day(2026, 1, 6))])
    }

    @Test func `what would be made of itself, or of nothing, is refused`() async throws {
        _ = try await node()
        try await define("SUM", [("POINT-1", "1"), ("POINT-2", "1")])
        try await define("REST", [(F.code, "1"), ("SUM", "-1")])
        await #expect(throws: DefineVirtualSeries.Refusal.cycle("REST")) { try await define("SUM", [("REST", "1")], from: Day(2026, 2, 1)) }
        await #expect(throws: DefineVirtualSeries.Refusal.cycle("SUM")) { try await define("SUM", [("SUM", "1")], from: Day(2026, 2, 1)) }
        await #expect(throws: DefineVirtualSeries.Refusal.unknownSource("NOWHERE", F.channel)) {
            try await define("SUM", [("NOWHERE", "1")], from: Day(2026, 2, 1))
        }
        await #expect(throws: DefineVirtualSeries.Refusal.otherRaster("POINT-1", F.channel)) {
            try await define("SUM", [("POINT-1", "1")], from: Day(2026, 2, 1), resolution: .minute)
        }
        await #expect(throws: DefineVirtualSeries.Refusal.overlaps) { try await define("SUM", [("POINT-1", "1")], from: Day(2025, 2, 1)) }
    }

    @Test func `what flows in and what flows out are kept apart`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "PROSUMER", "commodity": "electricity", "meters": [{"serial": "TWO-WAY", "from": "2025-01-01", "registers": [
                {"obis": "1-0:1.8.0", "unit": "kWh", "digits": 6, "decimals": 1}, {"obis": "1-0:2.8.0", "unit": "kWh", "digits": 6, "decimals": 1},
                {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M"}, {"obis": "1-0:2.29.0", "unit": "kWh", "resolution": "PT15M"}]}]}]}
            """#)
        for (id, day, use, feed) in [("a", Day(2026, 1, 1), "100", "5000"), ("b", Day(2026, 2, 1), "350", "5020")] {
            try await fixture.send(
                id,
                registers: [
                    F.reading(use, at: F.start(day), serial: "TWO-WAY"),
                    F.reading(feed, at: F.start(day), serial: "TWO-WAY", obis: "1-0:2.8.0"),
                ])
        }
        let point: Identifier<MeteringPoint> = try await fixture.pool.with {
            try $0.one("SELECT id FROM metering_point WHERE code = 'PROSUMER'")
        }
        let period = DayRange.month(2026, 1)
        let inputs = try await LoadUsage(pool: fixture.pool)([point], period: period)
        let input = try #require(inputs[point])
        #expect(input.meters.map { $0.channel?.obis.description }.sorted { ($0 ?? "") < ($1 ?? "") } == ["1-0:1.29.0", "1-0:2.29.0"])
        let pieces = try Usage.pieces(input, period: period, cuts: []).pieces
        #expect(
            pieces.filter(\.isFeedIn).map(\.quantity.number) == ["20"] && pieces.filter { !$0.isFeedIn }.map(\.quantity.number) == ["250"])
    }
}
