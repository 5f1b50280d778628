import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import VEE
import Values

private typealias F = MeteringFixture
private let day = Day(2026, 1, 5)
private let later = F.now.adding(seconds: 60)
private func slot(_ number: Int) -> Instant { LocalTime.berlin.start(of: day).adding(seconds: Int64(number) * 900) }
private func text(_ instant: Instant) -> String { LocalTime.berlin.text(instant) }

private func request(
    _ action: EditAction, _ slots: Range<Int>, values: [Int64] = [], method: EstimationMethod? = nil, obis: ObisCode = F.channel
) -> EditValues.Request {
    EditValues.Request(
        meteringPoint: F.code, obis: obis, from: slot(slots.lowerBound), until: slot(slots.upperBound), action: action, values: values,
        method: method, author: "Erika", reason: "Kundin hat angerufen")
}

@Suite(.database) struct `Values that people change` {
    @Test func `a confirmed estimate stays when more is known, and says who confirmed it`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["2.0", nil, nil, "5.0"], from: text(slot(0)))])
        let edit = try await EditValues(pool: fixture.pool)(request(.confirm, 1..<3), now: later)
        #expect(edit.slots == 2 && edit.author == "Erika" && edit.meteringPoints == [F.code])
        let confirmed = try await fixture.values()
        #expect(confirmed.map(\.reason) == [nil, "edited-by-person", "edited-by-person", nil])
        #expect(confirmed[1].method == "linear-interpolation" && confirmed[1].status == .estimated)
        // The end of the gap is measured otherwise: the rest would follow, had nobody confirmed it.
        try await fixture.send("b", intervals: [F.intervals(["8.0"], from: text(slot(3)))], now: later.adding(seconds: 1))
        #expect(try await fixture.table() == ["measured 2", "estimated 3", "estimated 4", "measured 8"])
        // Taken back, it does.
        let undo = try await UndoEdit(pool: fixture.pool)(edit.id, author: "Jörg", reason: "falscher Zähler", now: later.adding(seconds: 2))
        #expect(undo.undoes == edit.id)
        #expect(try await fixture.table() == ["measured 2", "estimated 4", "estimated 6", "measured 8"])
        #expect(try await fixture.table(asOf: F.now) == ["measured 2", "estimated 3", "estimated 4", "measured 5"])
        await #expect(throws: EditRefusal.alreadyUndone(edit.id)) {
            _ = try await UndoEdit(pool: fixture.pool)(edit.id, author: "Jörg", reason: "noch einmal", now: later)
        }
        await #expect(throws: EditRefusal.isUndo(undo.id)) {
            _ = try await UndoEdit(pool: fixture.pool)(undo.id, author: "Jörg", reason: "doch", now: later)
        }
    }

    @Test func `an estimate that somebody confirms is no gap any more, and is one again when that is taken back`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["2.0", nil, nil, "5.0"], from: text(slot(0)))])
        let gap = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "gap")).items.first)
        let half = try await EditValues(pool: fixture.pool)(request(.confirm, 1..<2), now: later)
        #expect(half.findings.isEmpty)
        let whole = try await EditValues(pool: fixture.pool)(request(.confirm, 2..<3), now: later.adding(seconds: 1))
        #expect(whole.findings == [gap.id])
        let closed = try #require(try await ListFindings(pool: fixture.pool)(.init(isOpen: false, rule: "gap")).items.first)
        #expect(closed.resolvedBy == "Erika" && closed.resolution == "Kundin hat angerufen")
        _ = try await UndoEdit(pool: fixture.pool)(whole.id, author: "Jörg", reason: "falscher Zähler", now: later.adding(seconds: 2))
        #expect(try await ListFindings(pool: fixture.pool)(.init(rule: "gap")).items.map(\.id) == [gap.id])
    }

    @Test func `the history of a value says who took an edit back, also of the estimate that stands again`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["2.0", nil, "4.0"], from: text(slot(0)))])
        let edit = try await EditValues(pool: fixture.pool)(request(.replace, 1..<2, values: [9_000_000]), now: later)
        let undo = try await UndoEdit(pool: fixture.pool)(edit.id, author: "Jörg", reason: "falscher Zähler", now: later.adding(seconds: 2))
        let last = try #require(try await ReadHistory(pool: fixture.pool)(F.code, obis: F.channel, at: slot(1)).last)
        #expect(last.status == .estimated && last.micro == 3_000_000 && last.author == "Jörg" && last.edit == undo.id)
        #expect(last.editReason == "Rücknahme von Bearbeitung \(edit.id): falscher Zähler")
    }

    @Test func `the preview of an estimate that stands already is what stands`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["2.0", nil, "4.0"], from: text(slot(0)))])
        let preview = try await EditValues(pool: fixture.pool).preview(request(.estimate, 1..<2), now: later)
        #expect(preview.series.flatMap(\.values).map(\.micro) == [3_000_000])
        await #expect(throws: EditRefusal.nothingThere) {
            _ = try await EditValues(pool: fixture.pool).preview(request(.withdraw, 90..<91), now: later)
        }
    }

    @Test func `a rejected value is accepted as measured, together with its finding, and both come back`() async throws {
        let fixture = try await F()
        // 43 kW carry 10.75 kWh in a quarter hour; with ten percent more, 11.825.
        try await fixture.send("a", intervals: [F.intervals(["2.0", "50", "3.0"], from: text(slot(0)))])
        #expect(try await fixture.table() == ["measured 2", "estimated 2.5", "measured 3"])
        let findings = try await ListFindings(pool: fixture.pool)().items
        let resolved = try await ResolveFindings(pool: fixture.pool)(
            findings.map(\.id), action: .accept, author: "Erika", reason: "Wärmepumpe geprüft", now: later)
        #expect(resolved.resolved == findings.map(\.id).sorted() && resolved.edit.slots == 1)
        #expect(try await fixture.table() == ["measured 2", "measured 50", "measured 3"])
        #expect(try await fixture.rules().isEmpty)
        // The rules may be run again: what a person accepted is not rejected again.
        _ = try await EstimatePeriod(pool: fixture.pool)(DayRange(from: day, until: day.adding(days: 1)), now: later.adding(seconds: 1))
        #expect(try await fixture.table().prefix(3) == ["measured 2", "measured 50", "measured 3"])
        let undo = try await UndoEdit(pool: fixture.pool)(
            resolved.edit.id, author: "Erika", reason: "doch nicht", now: later.adding(seconds: 2))
        #expect(undo.findings == findings.map(\.id).sorted())
        #expect(try await fixture.table().prefix(3) == ["measured 2", "estimated 2.5", "measured 3"])
        #expect(Set(try await fixture.rules()).isSuperset(of: findings.map(\.finding.rule)))
    }

    @Test func `values a person knows are substitutes, one for each slot`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["2.0", "3.0", "4.0"], from: text(slot(0)))])
        await #expect(throws: EditRefusal.wrongCount(expected: 2, given: 1)) {
            _ = try await EditValues(pool: fixture.pool)(request(.replace, 0..<2, values: [1_000_000]), now: later)
        }
        let edit = try await EditValues(pool: fixture.pool)(request(.replace, 0..<2, values: [1_000_000, 1_500_000]), now: later)
        let values = try await fixture.values()
        #expect(values.map(\.micro) == [1_000_000, 1_500_000, 4_000_000])
        #expect(values.map(\.method) == ["manual", "manual", nil] && values[0].status == .substituted)
        // The same delivery again changes nothing; a sender's estimate does not displace the decision; a measurement does, and says so.
        let again = try await fixture.send("a2", intervals: [F.intervals(["2.0", "3.0", "4.0"], from: text(slot(0)))], now: later)
        #expect(again.counts == [0, 3, 0, 0])
        try await fixture.send(
            "e", intervals: [F.intervals(["2.5"], from: text(slot(0)), status: "estimated")], now: later.adding(seconds: 1))
        #expect(try await fixture.values().map(\.micro) == [1_000_000, 1_500_000, 4_000_000])
        try await fixture.send("m", intervals: [F.intervals(["2.2"], from: text(slot(0)))], now: later.adding(seconds: 2))
        #expect(try await fixture.table() == ["measured 2.2", "substituted 1.5", "measured 4"])
        #expect(try await fixture.rules().contains("decision-replaced"))
        // Undo leaves the measurement that came since.
        _ = try await UndoEdit(pool: fixture.pool)(edit.id, author: "Erika", reason: "Zahlendreher", now: later.adding(seconds: 3))
        #expect(try await fixture.table() == ["measured 2.2", "measured 3", "measured 4"])
    }

    @Test func `an estimate that takes the place of a measurement is told, and goes with its delivery`() async throws {
        let fixture = try await F()
        try await fixture.send(
            "m", registers: [F.reading("100", at: F.start(Day(2026, 1, 1)))],
            intervals: [F.intervals(["2.0", "3.0"], from: text(slot(0)))])
        #expect(try await !fixture.rules().contains("measurement-displaced"))
        let late = try await fixture.send(
            "e", registers: [F.reading("101", at: F.start(Day(2026, 1, 1)), status: "estimated")],
            intervals: [F.intervals(["2.5", "3.0"], from: text(slot(0)), status: "estimated")], now: later)
        #expect(late.counts[2] == 3)
        #expect(try await fixture.rules().filter { $0 == "measurement-displaced" }.count == 2)
        let delivery: Int64 = try await fixture.pool.with { try $0.one("SELECT max(id) FROM delivery") }
        _ = try await CancelDelivery(pool: fixture.pool)(delivery, author: "Erika", reason: "verspätet", now: later.adding(seconds: 1))
        #expect(try await fixture.table() == ["measured 2", "measured 3"])
        #expect(try await fixture.table(F.total) == ["measured 100"])
    }

    @Test func `what is no longer believed is estimated, by the cascade or by a named method`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["2.0", "9.0", "9.0", "5.0"], from: text(slot(0)))])
        let cascade = try await EditValues(pool: fixture.pool)(request(.estimate, 1..<3), now: later)
        #expect(try await fixture.table() == ["measured 2", "estimated 3", "estimated 4", "measured 5"])
        _ = try await UndoEdit(pool: fixture.pool)(cascade.id, author: "Erika", reason: "zurück", now: later.adding(seconds: 1))
        #expect(try await fixture.table() == ["measured 2", "measured 9", "measured 9", "measured 5"])
        _ = try await EditValues(pool: fixture.pool)(request(.estimate, 1..<3, method: .zero), now: later.adding(seconds: 2))
        #expect(try await fixture.table() == ["measured 2", "substituted 0", "substituted 0", "measured 5"])
        await #expect(throws: EditRefusal.noBasis(.previousYear)) {
            _ = try await EditValues(pool: fixture.pool)(request(.estimate, 1..<3, method: .previousYear), now: later)
        }
        await #expect(throws: EditRefusal.missingReason) {
            var silent = request(.withdraw, 0..<1)
            silent.reason = " "
            _ = try await EditValues(pool: fixture.pool)(silent, now: later)
        }
        #expect(try await ListEdits(pool: fixture.pool)(.init(meteringPoint: F.code)).items.map(\.action) == [.estimate, .undo, .estimate])
    }

    @Test func `a register reading is replaced, estimated between its neighbours, and comes back`() async throws {
        let fixture = try await F()
        for (id, month, value) in [("a", 1, "100"), ("c", 3, "218"), ("d", 4, "330"), ("b", 2, "900")] {
            try await fixture.send(id, registers: [F.reading(value, at: F.start(Day(2026, month, 1)))])
        }
        let february = LocalTime.berlin.start(of: Day(2026, 2, 1))
        func edit(_ action: EditAction, _ values: [Int64] = []) async throws -> EditRecord {
            try await EditValues(pool: fixture.pool)(
                .init(
                    meteringPoint: F.code, obis: F.total, from: february, until: february, action: action, values: values, author: "Erika",
                    reason: "Foto des Zählers"), now: later)
        }
        let estimated = try await edit(.estimate)
        // 118 kWh in 59 days, 31 of them in January.
        #expect(try await fixture.table(F.total)[1] == "estimated 162")
        _ = try await UndoEdit(pool: fixture.pool)(estimated.id, author: "Erika", reason: "zurück", now: later)
        #expect(try await fixture.values(F.total)[1].micro == 900_000_000)
        _ = try await edit(.replace, [150_500_000])
        #expect(try await fixture.table(F.total)[1] == "substituted 150.5")
        await #expect(throws: EditRefusal.self) { _ = try await edit(.replace, [1_000_000_000_000]) }
    }

    @Test func `many findings are one edit`() async throws {
        let fixture = try await F(meters: [F.serial, "OTHER"])
        for serial in [F.serial, "OTHER"] {
            try await fixture.send(serial, intervals: [F.intervals(["2.0", "50", "3.0", nil, "3.0"], from: text(slot(0)), serial: serial)])
        }
        let ids = try await ListFindings(pool: fixture.pool)().items.map(\.id)
        #expect(ids.count == 4)
        let outcome = try await ResolveFindings(pool: fixture.pool)(
            ids, action: .estimate(nil), author: "Erika", reason: "Serie", now: later)
        #expect(outcome.resolved.count == 4 && outcome.edit.findings == ids.sorted())
        #expect(try await fixture.rules().isEmpty)
        let again = try await ResolveFindings(pool: fixture.pool)(ids, action: .settle, author: "Erika", reason: "Serie", now: later)
        #expect(again.resolved.isEmpty && again.skipped.count == 4)
        await #expect(throws: EditRefusal.unknownFinding(999)) {
            _ = try await ResolveFindings(pool: fixture.pool)([999], action: .settle, author: "Erika", reason: "Serie", now: later)
        }
    }
}

@Suite(.database) struct `Taking back what was taken back` {
    private let later = F.now.adding(seconds: 3_600)
    private func send(_ fixture: F, _ id: String, _ values: [String?], at seconds: Int64 = 0) async throws {
        try await fixture.send(id, intervals: [F.intervals(values, from: text(slot(0)))], now: F.now.adding(seconds: seconds))
    }
    private func replace(_ fixture: F, _ slots: Range<Int>, _ micro: Int64, at seconds: Int64) async throws -> Int64 {
        try await EditValues(pool: fixture.pool)(
            request(.replace, slots, values: Array(repeating: micro, count: slots.count)), now: later.adding(seconds: seconds)
        ).id
    }
    private func undo(_ fixture: F, _ id: Int64, at seconds: Int64) async throws {
        _ = try await UndoEdit(pool: fixture.pool)(id, author: "Erika", reason: "zurück", now: later.adding(seconds: seconds))
    }

    @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
    func `edits over each other are undone in any order, and leave what was measured`(order: [Int]) async throws {
        let fixture = try await F()
        try await send(fixture, "a", ["2.0", "3.0", nil, "5.0"])
        let before = try await fixture.table()
        let edits = [
            try await replace(fixture, 0..<3, 7_000_000, at: 1), try await replace(fixture, 1..<4, 8_000_000, at: 2),
            try await replace(fixture, 0..<4, 9_000_000, at: 3),
        ]
        for (step, index) in order.enumerated() {
            try await undo(fixture, edits[index], at: 10 + Int64(step))
            // The last of those that still stand is what is seen.
            let last = Set(edits.indices).subtracting(order.prefix(step + 1)).max()
            if last == 2 { #expect(Set(try await fixture.table()) == ["substituted 9"]) }
            if last == 0 { #expect(try await fixture.table() == Array(repeating: "substituted 7", count: 3) + ["measured 5"]) }
        }
        #expect(try await fixture.table() == before)
    }

    @Test func `under a cancelled delivery lies the decision that it had replaced, and over a cancelled one the decision stays`()
        async throws
    {
        let fixture = try await F()
        try await send(fixture, "a", ["2.0", "3.0"])
        _ = try await replace(fixture, 0..<1, 7_000_000, at: 1)
        try await send(fixture, "b", ["2.5", "3.5"], at: 7_200)
        #expect(try await fixture.table() == ["measured 2.5", "measured 3.5"])
        let second = try #require(try await ListDeliveries(pool: fixture.pool)().items.first { $0.messageId == "b" })
        let first = try #require(try await ListDeliveries(pool: fixture.pool)().items.first { $0.messageId == "a" })
        let cancelled = try await CancelDelivery(pool: fixture.pool)(
            second.id, author: "Erika", reason: "falsch", now: later.adding(seconds: 9_000))
        #expect(try await fixture.table() == ["substituted 7", "measured 3"])
        _ = try await CancelDelivery(pool: fixture.pool)(first.id, author: "Erika", reason: "falsch", now: later.adding(seconds: 9_001))
        #expect(try await fixture.table() == ["substituted 7", "rejected 3"])
        try await undo(fixture, cancelled.id, at: 9_002)
        #expect(try await fixture.table() == ["measured 2.5", "measured 3.5"])
    }

    @Test func `a reading that a person added is gone when it is undone`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("100", at: F.start(day))])
        let at = LocalTime.berlin.start(of: day.adding(days: 1))
        let edit = try await EditValues(pool: fixture.pool)(
            .init(
                meteringPoint: F.code, obis: F.total, from: at, until: at, action: .replace, values: [110_000_000], author: "Erika",
                reason: "Foto"),
            now: later)
        #expect(try await fixture.table(F.total) == ["measured 100", "substituted 110"])
        try await undo(fixture, edit.id, at: 1)
        #expect(try await fixture.table(F.total) == ["measured 100"])
    }
}
