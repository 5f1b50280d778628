import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture
private let day = Day(2026, 1, 5)
private func slot(_ number: Int) -> Instant { LocalTime.berlin.start(of: day).adding(seconds: Int64(number) * 900) }
private func text(_ number: Int) -> String { LocalTime.berlin.text(slot(number)) }
private func at(_ seconds: Int64) -> Instant { F.now.adding(seconds: seconds) }

/// What follows for a computed series when its parts change.
@Suite(.database) struct `Computed series are followed` {
    private func node() async throws -> F {
        let fixture = try await F(meters: ["SUPPLY", "SUB1", "SUB2"])
        try await fixture.load(
            #"{"meteringPoints": [{"code": "SUM", "commodity": "electricity"}, {"code": "REST", "commodity": "electricity"}]}"#)
        return fixture
    }
    private func define(
        _ code: String, _ list: [(String, String)], from: Day = Day(2026, 1, 1), resolution: Resolution = .quarterHour,
        reason: String = "Messkonzept", now: Instant = F.now
    ) async throws {
        try await DefineVirtualSeries(pool: TestDatabase.current.pool)(
            .init(
                meteringPoint: code, obis: F.channel, unit: .kilowattHour, resolution: resolution, from: from,
                terms: list.map { .init(meteringPoint: $0.0, obis: F.channel, factorMicro: DecimalText.parse($0.1, scale: 6) ?? 0) },
                author: "Netz", reason: reason), now: now)
    }
    /// Everything behind the cursor, page by page of the size, until there are so many.
    private func changes(_ count: Int, size: Int, cursor: String? = nil) async throws -> [ListChanges.Change] {
        let list = ListChanges(pool: TestDatabase.current.pool)
        var found: [ListChanges.Change] = []
        var place = cursor
        for _ in 0..<500 where found.count < count {
            let page = try await list(cursor: place, limit: size)
            found += page.items
            place = page.next
            // Others of the same server may still write.
            if !page.hasMore { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(try await list(cursor: place, limit: size).items.isEmpty)
        return found
    }

    @Test(arguments: [1, 2, 3, 100])
    func `a change of a part is a change of the series made of it, once, right behind it`(size: Int) async throws {
        let fixture = try await node()
        try await define("SUM", [("POINT-1", "1"), ("POINT-2", "1")])
        try await define("REST", [(F.code, "1"), ("SUM", "-1")], from: day)
        let start = text(0)
        // Both parts of the sum in one delivery; then one of them, the day before the rest is computed.
        try await fixture.send("a", intervals: ["SUB1", "SUB2"].map { F.intervals(["1"], from: start, serial: $0) })
        try await fixture.send(
            "b", intervals: [F.intervals(["2"], from: F.start(day.adding(days: -1)), serial: "SUB1")], now: at(1))
        let found = try await changes(9, size: size)
        let told = found.map { "\($0.kind.rawValue) \($0.meter) \($0.isDerived) \($0.days.from) \($0.days.until?.description ?? "…")" }
        #expect(
            told.prefix(7) == [
                "device SUM true 2026-01-01 …", "device REST true 2026-01-05 …", "device REST true 2026-01-05 …",
                "delivery SUB1 false 2026-01-05 2026-01-06", "delivery SUB2 false 2026-01-05 2026-01-06",
                "delivery SUM true 2026-01-05 2026-01-06", "delivery REST true 2026-01-05 2026-01-06",
            ], "\(told)")
        #expect(told.count { $0 == "delivery SUM true 2026-01-04 2026-01-05" } == 1, "\(told)")
        #expect(!told.contains { $0.contains("REST") && $0.contains("2026-01-04") })
        #expect(found.filter(\.isDerived).allSatisfy { $0.meteringPoint == $0.meter && $0.obis == F.channel.description })
    }

    @Test func `a formula that another one took the days from does not speak for them`() async throws {
        let fixture = try await node()
        try await define("SUM", [("POINT-1", "1")])
        try await define("REST", [("SUM", "1")])
        let list = ListChanges(pool: fixture.pool)
        for _ in 0..<500 where try await list(limit: 10).items.count < 2 { try await Task.sleep(for: .milliseconds(10)) }
        let cursor = try await list(limit: 10).next
        try await define("SUM", [("POINT-2", "1")], from: day.adding(days: 1), now: at(1))
        try await fixture.send(
            "a", intervals: [F.intervals(["1"], from: F.start(day.adding(days: 2)), serial: "SUB1")], now: at(2))
        try await fixture.send(
            "b", intervals: [F.intervals(["1"], from: F.start(day.adding(days: 2)), serial: "SUB2")], now: at(3))
        let told = try await changes(6, size: 2, cursor: cursor).map { "\($0.kind.rawValue) \($0.meter) \($0.days.from)" }
        #expect(
            told == [
                "device REST 2026-01-06", "device SUM 2026-01-06", "delivery SUB1 2026-01-07", "delivery SUB2 2026-01-07",
                "delivery REST 2026-01-07", "delivery SUM 2026-01-07",
            ], "\(told)")
    }

    @Test func `a journal full of meters that hang nowhere does not stop its reader`() async throws {
        let fixture = try await node()
        try await fixture.pool.with {
            try $0.execute(
                """
                INSERT INTO reading_change (known_since, kind, days, count, registers)
                SELECT now(), 'delivery', '[2026-01-01,2026-01-02)', 1, '\\x00fe7f' FROM generate_series(1, 20)
                """)
        }
        try await fixture.send("a", intervals: [F.intervals(["1"], from: text(0), serial: "SUB1")])
        #expect(try await changes(1, size: 3).map(\.meter) == ["SUB1"])
    }

    @Test func `each version of a computed value names the versions of its parts that brought it`() async throws {
        let fixture = try await node()
        try await define("SUM", [("POINT-1", "1"), ("POINT-2", "1")])
        try await define("REST", [(F.code, "1"), ("SUM", "-1")], now: at(1))
        try await fixture.send("s", intervals: [F.intervals(["10", "10"], from: text(0), serial: "SUPPLY")], now: at(2))
        try await fixture.send("1", intervals: [F.intervals(["1", "1"], from: text(0), serial: "SUB1")], now: at(3))
        try await fixture.send("2", intervals: [F.intervals(["2", "2"], from: text(0), serial: "SUB2")], now: at(4))
        try await fixture.send("x", intervals: [F.intervals(["2.5"], from: text(1), serial: "SUB2")], now: at(5))
        _ = try await EditValues(pool: fixture.pool)(
            .init(
                meteringPoint: "POINT-1", obis: F.channel, from: slot(0), until: slot(1), action: .replace, values: [1_500_000],
                author: "Erika", reason: "Protokoll"), now: at(6))
        let read = ReadHistory(pool: fixture.pool)
        let history = try await read("REST", obis: F.channel, at: slot(0).adding(seconds: 600))
        try #require(history.count == 2)
        #expect(history.map(\.micro) == [7_000_000, 6_500_000] && history.map(\.knownSince) == [at(4), at(6)])
        #expect(history.allSatisfy { $0.meter == "REST" && $0.method == "calculated" && $0.at == slot(0) })
        #expect(history[0].editReason == "Messkonzept" && history[0].author == "Netz")
        #expect(history[0].sources.map { "\($0.meter) \($0.messageId ?? "")" } == ["SUPPLY s", "SUB1 1", "SUB2 2"])
        #expect(history[1].sources.map { "\($0.meteringPoint) \($0.version) \($0.author)" } == ["POINT-1 2 Erika"])
        // The slot beside it has a history of its own.
        #expect(try await read("REST", obis: F.channel, at: slot(1)).map(\.knownSince) == [at(4), at(5)])
        #expect(try await read("REST", obis: F.channel, at: slot(2)).isEmpty)
        #expect(try await read("REST", obis: F.channel, at: slot(0), asOf: at(5)) == Array(history.prefix(1)))
        #expect(try await read("POINT-1", obis: F.channel, at: slot(0), asOf: at(5)).map(\.micro) == [1_000_000])
        // What is told since when is the same for both readers.
        for moment in 0...7 {
            for number in 0..<2 {
                let value = try await fixture.values(code: "REST", asOf: at(Int64(moment))).first { $0.at == slot(number) }
                let known = try await read("REST", obis: F.channel, at: slot(number), asOf: at(Int64(moment))).last
                #expect(value?.micro == known?.micro && value?.knownSince == known?.knownSince && value?.version == known?.version)
            }
        }
        // Another formula is another version, also where nothing was delivered.
        try await define("SUM", [("POINT-2", "2")], from: Day(2026, 1, 2), reason: "Umbau", now: at(8))
        let changed = try await read("REST", obis: F.channel, at: slot(0))
        try #require(changed.count == 3)
        #expect(changed.map(\.micro) == [7_000_000, 6_500_000, 6_000_000] && changed[2].knownSince == at(8))
        #expect(changed[2].sources.isEmpty && changed[2].editReason == "Umbau")
    }

    @Test func `a computed hour tells of its quarter hours, and a meter that moved away of its new place only`() async throws {
        let fixture = try await node()
        try await define("SUM", [("POINT-1", "1")], resolution: .hour)
        try await fixture.send("a", intervals: [F.intervals(["1", "1", "1"], from: text(4), serial: "SUB1")])
        try await fixture.send("b", intervals: [F.intervals(["2"], from: text(7), serial: "SUB1")], now: at(1))
        let history = try await ReadHistory(pool: fixture.pool)("SUM", obis: F.channel, at: slot(6))
        try #require(history.count == 1)
        #expect(history.map(\.micro) == [5_000_000] && history[0].at == slot(4) && history[0].knownSince == at(1))
        #expect(history[0].sources.map(\.at) == [slot(4), slot(5), slot(6), slot(7)])
    }
}
