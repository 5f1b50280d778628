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

@Suite(.database) struct `What was known of a value` {
    @Test func `every version says who, since when and why`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["2.0", nil, "4.0"], from: text(0))])
        try await fixture.send("b", intervals: [F.intervals(["2.9"], from: text(1))], now: at(1))
        let edit = try await EditValues(pool: fixture.pool)(
            .init(
                meteringPoint: F.code, obis: F.channel, from: slot(1), until: slot(2), action: .replace, values: [2_500_000],
                author: "Erika",
                reason: "Protokoll"), now: at(2))
        let history = try await ReadHistory(pool: fixture.pool)(F.code, obis: F.channel, at: slot(1).adding(seconds: 600))
        #expect(history.map(\.micro) == [3_000_000, 2_900_000, 2_500_000])
        #expect(history.map(\.knownSince) == [F.now, at(1), at(2)])
        #expect(history.map(\.author) == ["VEE", "", "Erika"])
        #expect(history.map(\.messageId) == [nil, "b", nil])
        #expect(history.map(\.edit) == [nil, nil, edit.id] && history[2].editReason == "Protokoll")
        #expect(history.allSatisfy { $0.at == slot(1) && $0.meter == F.serial })
        try await fixture.send("r", registers: [F.reading("100", at: text(0))])
        #expect(try await ReadHistory(pool: fixture.pool)(F.code, obis: F.total, at: slot(0)).map(\.micro) == [100_000_000])
        #expect(try await ReadHistory(pool: fixture.pool)(F.code, obis: F.total, at: slot(9)).isEmpty)
        await #expect(throws: UnknownMeteringPoint.self) { _ = try await ReadHistory(pool: fixture.pool)("?", obis: F.total, at: slot(0)) }
    }

    @Test func `usage is told as it was known`() async throws {
        let fixture = try await F()
        let period = DayRange.month(2026, 1)
        try await fixture.send(
            "a", registers: [F.reading("100", at: F.start(period.from)), F.reading("131", at: F.start(Day(2026, 2, 1)))])
        try await fixture.send("b", registers: [F.reading("140", at: F.start(Day(2026, 2, 1)))], now: at(60))
        let point: Identifier<MeteringPoint> = try await fixture.pool.with {
            try $0.one("SELECT id FROM metering_point WHERE code = \(F.code)")
        }
        func used(_ asOf: Instant?) async throws -> [String] {
            let inputs = try await LoadUsage(pool: fixture.pool)([point], period: period, asOf: asOf)
            return try Usage.pieces(try #require(inputs[point]), period: period, cuts: []).pieces.map(\.quantity.number)
        }
        #expect(try await used(nil) == ["40"])
        #expect(try await used(F.now) == ["31"])
        #expect(try await used(F.now.adding(seconds: -1)).isEmpty)
    }

    @Test func `a cancelled delivery is withdrawn where it stands, and may come again`() async throws {
        let fixture = try await F()
        try await fixture.send("good", intervals: [F.intervals(["1.0", "1.1", "1.2"], from: text(0))])
        let bad = [F.intervals(["7.0", "7.1", nil, "7.3"], from: text(0))]
        try await fixture.send("bad", registers: [F.reading("100", at: text(0))], intervals: bad, now: at(1))
        try await fixture.send("later", intervals: [F.intervals(["1.5"], from: text(1))], now: at(2))
        #expect(try await fixture.table() == ["measured 7", "measured 1.5", "measured 1.2", "measured 7.3"])
        let list = ListDeliveries(pool: fixture.pool)
        let deliveries = try await list().items
        #expect(deliveries.map(\.messageId) == ["later", "bad", "good"])
        let id = deliveries[1].id
        let edit = try await CancelDelivery(pool: fixture.pool)(id, author: "Erika", reason: "falsche Zuordnung", now: at(3))
        // What stood before stands again; what nobody else said is not believed.
        #expect(try await fixture.table() == ["measured 1", "measured 1.5", "measured 1.2", "rejected 7.3"])
        #expect(try await fixture.table(F.total) == ["rejected 100"])
        #expect(try await list(id).cancelledBy == edit.id && edit.action == .cancelDelivery)
        await #expect(throws: EditRefusal.alreadyCancelled(id)) {
            _ = try await CancelDelivery(pool: fixture.pool)(id, author: "Erika", reason: "noch einmal", now: at(3))
        }
        await #expect(throws: EditRefusal.unknownDelivery(999)) {
            _ = try await CancelDelivery(pool: fixture.pool)(999, author: "Erika", reason: "?", now: at(3))
        }
        // The same bytes again are no repetition of what was cancelled.
        let again = try await fixture.send("bad", registers: [F.reading("100", at: text(0))], intervals: bad, now: at(4))
        #expect(again.duplicates == 0 && again.accepted + again.revised == 4)
        #expect(try await fixture.table() == ["measured 7", "measured 7.1", "measured 1.2", "measured 7.3"])
        #expect(try await fixture.table(asOf: at(1)) == ["measured 7", "measured 7.1", "measured 1.2", "measured 7.3"])
        #expect(try await fixture.table(asOf: F.now) == ["measured 1", "measured 1.1", "measured 1.2"])
    }

    @Test func `a cancellation is taken back`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["1.0", "1.1"], from: text(0))])
        let id = try await ListDeliveries(pool: fixture.pool)().items[0].id
        let edit = try await CancelDelivery(pool: fixture.pool)(id, author: "Erika", reason: "Irrtum", now: at(1))
        #expect(try await fixture.table() == ["rejected 1", "rejected 1.1"])
        _ = try await UndoEdit(pool: fixture.pool)(edit.id, author: "Erika", reason: "war richtig", now: at(2))
        #expect(try await fixture.table() == ["measured 1", "measured 1.1"])
        #expect(try await ListDeliveries(pool: fixture.pool)(id).cancelledBy == nil)
        let again = try await fixture.send("a", intervals: [F.intervals(["1.0", "1.1"], from: text(0))], now: at(3))
        #expect(again.counts == [0, 2, 0, 0])
        let raw = try #require(try await ListDeliveries(pool: fixture.pool).body(of: id))
        #expect(String(decoding: raw, as: UTF8.self).contains(#""messageId":"a""#))
    }
}

@Suite(.database) struct `A value that a rule rejects` {
    @Test func `keeps in its history what it was sent as, and stands so again when nothing speaks against it`() async throws {
        let fixture = try await F()
        let (first, second) = (F.start(Day(2026, 1, 5)), F.start(Day(2026, 1, 6)))
        try await fixture.send(
            "a", registers: [F.reading("100.0", at: first)], intervals: [F.intervals(["-1", "0.1"], from: first, status: "estimated")])
        try await fixture.send("b", registers: [F.reading("50.0", at: second, status: "substituted")])
        #expect(try await fixture.values(F.total).map(\.status) == [.measured, .rejected])
        func history(_ obis: ObisCode, _ at: Day) async throws -> [String] {
            try await ReadHistory(pool: fixture.pool)(F.code, obis: obis, at: LocalTime.berlin.start(of: at)).map {
                "\($0.status.word) \($0.author)"
            }
        }
        #expect(try await history(F.channel, Day(2026, 1, 5)).prefix(2) == ["estimated ", "rejected rules"])
        #expect(try await history(F.total, Day(2026, 1, 6)) == ["substituted ", "rejected rules"])
        #expect(try await fixture.send("again", registers: [F.reading("50.0", at: second, status: "substituted")]).duplicates == 1)
        try await fixture.send("c", registers: [F.reading("40.0", at: first)])
        #expect(try await fixture.values(F.total).map(\.status) == [.measured, .substituted])
    }
}
