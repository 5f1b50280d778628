import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture
private let day = Day(2026, 1, 5)
private let later = F.now.adding(seconds: 60)
private func at(_ month: Int, _ day: Int) -> String { F.start(Day(2026, month, day)) }
private func micro(_ text: String) -> Int64 { DecimalText.parse(text, scale: 6) ?? .min }

extension MeteringFixture {
    fileprivate func said(_ id: String, _ reports: String..., now: Instant = F.now) async throws -> Int {
        let body = Array(
            #"{"messageId":"\#(id)","source":"gw","registers":[],"intervals":[],"reports":[\#(reports.joined(separator: ","))]}"#.utf8)
        return try await ingest(JSONReadings.parse(body), body: body, format: "json", now: now).findings
    }
    fileprivate static func factor(_ obis: String, _ factor: String, serial: String = F.serial) -> String {
        #"{"meter":"\#(serial)","obis":"\#(obis)","at":"\#(F.start(day))","factor":"\#(factor)"}"#
    }
    fileprivate func open() async throws -> [FindingRecord] { try await ListFindings(pool: pool)(.init(isOpen: true)).items }
}

@Suite(.database) struct `A report that corrects another` {
    @Test func `closes what was found of the register it names, and of no other`() async throws {
        let fixture = try await F()
        #expect(try await fixture.said("a", F.factor("1-0:1.8.0", "30"), F.factor("1-0:1.29.0", "30")) == 2)
        #expect(try await fixture.said("b", F.factor("1-0:1.8.0", "1")) == 0)
        #expect(try await fixture.open().map(\.obis) == [F.channel])
    }

    @Test func `says nothing of what its message said before`() async throws {
        let fixture = try await F()
        #expect(try await fixture.said("a", F.factor("1-0:1.8.0", "30"), F.factor("1-0:1.8.0", "1")) == 0)
        #expect(try await fixture.open().isEmpty)
        #expect(try await fixture.rows("device_report") == 2)
    }

    @Test func `of another kind closes nothing`() async throws {
        let fixture = try await F()
        try await fixture.meter(.heat, #"{"obis": "6-0:1.0.0", "unit": "kWh"}, {"obis": "6-0:2.0.0", "unit": "m3"}"#)
        func temperatures(_ flow: String) -> String {
            #"{"meter":"M","at":"\#(F.start(day))","until":"\#(F.start(day.adding(days: 1)))","flowTemperature":"\#(flow)","returnTemperature":"40"}"#
        }
        #expect(try await fixture.said("a", F.factor("6-0:1.0.0", "30", serial: "M"), temperatures("70")) == 1)
        #expect(try await fixture.said("b", temperatures("71")) == 0)
        #expect(try await fixture.rules() == ["multiplier"])
    }

    @Test func `an alarm of which the end becomes known later is no new one`() async throws {
        let fixture = try await F()
        func alarm(_ word: String, until: String? = nil) -> String {
            let end = until.map { #","until":"\#($0)""# } ?? ""
            return #"{"meter":"\#(F.serial)","at":"\#(F.start(day))","alarm":"\#(word)"\#(end)}"#
        }
        _ = try await fixture.said("a", alarm("outage"), alarm("tamper"))
        let tamper = try #require(try await fixture.open().first)
        _ = try await ResolveFindings(pool: fixture.pool)([tamper.id], action: .settle, author: "Erika", reason: "seen", now: later)
        let end = F.start(day.adding(days: 1))
        let findings = try await fixture.said("b", alarm("outage", until: end), alarm("tamper", until: end), now: later.adding(seconds: 60))
        #expect(findings == 0)
        #expect(try await fixture.open().isEmpty)
        let settled = try await ListFindings(pool: fixture.pool)(.init(isOpen: false)).items.map(\.finding.rule).sorted()
        #expect(settled == ["device-alarm", "device-event"])
        #expect(try await fixture.rows("device_report") == 4)
    }
}

@Suite(.database) struct `Readings on both sides` {
    private func act(_ day: Day) -> MeterLife.Act { .init(day: day, author: "Petersen", reason: "4711") }

    @Test func `of a reset are judged each among their own`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("4500", at: at(1, 1)), F.reading("4540", at: at(1, 20))])
        try await MeterLife(pool: fixture.pool).reset(
            F.serial, obis: F.total, act(Day(2026, 2, 1)), before: micro("4562"), now: later)
        try await fixture.send("b", registers: [F.reading("100", at: at(3, 1)), F.reading("150", at: at(4, 1))], now: later)
        #expect(try await fixture.rules().isEmpty)
        let late = later.adding(seconds: 60)
        try await fixture.send("c", registers: [F.reading("4520", at: at(1, 10)), F.reading("5", at: at(3, 15))], now: late)
        let expected = ["measured 4500", "measured 4520", "measured 4540", "measured 100", "rejected 5", "measured 150"]
        #expect(try await fixture.table(F.total) == expected)
        #expect(try await fixture.rules() == ["register-backwards"])
        // Taken back together, both are gone, and what was found with them.
        let id = try #require(try await ListDeliveries(pool: fixture.pool)().items.map(\.id).max())
        _ = try await CancelDelivery(pool: fixture.pool)(id, author: "Erika", reason: "x", now: late.adding(seconds: 60))
        #expect(try await fixture.rules().isEmpty)
    }

    @Test func `of a relocation are judged each among their own, and the one between them once`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"{"meteringPoints": [{"code": "P-2", "commodity": "electricity", "capacity": {"value": "43", "unit": "kW"}, "meters": []}]}"#)
        try await fixture.send("a", registers: [F.reading("100", at: at(1, 1)), F.reading("200", at: at(1, 20))])
        try await MeterLife(pool: fixture.pool).relocate(
            F.serial, to: "P-2", act(Day(2026, 2, 1)), readings: [.init(obis: F.total, micro: micro("210"))], now: later)
        try await fixture.send("b", registers: [F.reading("300", at: at(3, 1)), F.reading("400", at: at(4, 1))], now: later)
        try await fixture.send(
            "c", registers: [F.reading("150", at: at(1, 10)), F.reading("5", at: at(3, 15))], now: later.adding(seconds: 60))
        #expect(try await fixture.rules() == ["register-backwards"])
        let status = try await fixture.pool.with { connection in
            try connection.query("SELECT DISTINCT ON (at) status, value_micro FROM register_reading ORDER BY at, version DESC").map {
                "\(try $0.get(0, as: Int16.self)) \(try $0.get(1, as: Int64.self) / 1_000_000)"
            }
        }
        #expect(status == ["1 100", "1 150", "1 200", "1 210", "1 300", "5 5", "1 400"])
    }

    @Test func `a reset told late closes what was found, and the channel follows`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("4500", at: at(1, 1))])
        try await fixture.send("b", registers: [F.reading("31", at: at(2, 3))])
        #expect(try await fixture.rules() == ["register-backwards"])
        let values: [String?] = Array(repeating: "0.1", count: 40) + Array(repeating: nil, count: 16) + Array(repeating: "0.1", count: 40)
        try await fixture.send(
            "c", intervals: [F.intervals(values, from: at(2, 1)), F.intervals(Array(repeating: "0.1", count: 96), from: at(2, 2))])
        try await MeterLife(pool: fixture.pool).reset(
            F.serial, obis: F.total, act(Day(2026, 2, 1)), before: micro("4562"), now: later)
        // The reset is no reading: nothing says what the channel counted since then, until somebody reads the new zero.
        #expect(try await fixture.table(F.total) == ["measured 4500", "measured 31"])
        #expect(try await !fixture.rules().contains("register-backwards"))
        try await fixture.send("d", registers: [F.reading("0", at: at(2, 1))], now: later)
        let sum = try await fixture.values().reduce(0) { $0 + $1.micro }
        #expect(sum == micro("31"))
    }
}

@Suite(.database) struct `A burst that people look at` {
    private func water() async throws -> F {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "P-W", "commodity": "water", "capacity": {"value": "4", "unit": "m3/h"}, "meters": [{"serial": "W", "from": "2025-01-01", "registers": [
                {"obis": "8-0:1.29.0", "unit": "m3", "resolution": "PT15M", "decimals": 3}]}]}]}
            """#)
        // From 23:00 to 01:00.
        let values: [String?] = Array(repeating: "0.1", count: 92) + Array(repeating: "0.9", count: 8) + Array(repeating: "0.1", count: 92)
        let item = F.intervals(values, from: F.start(day), serial: "W", unit: "m3").replacing("1-0:1.29.0", with: "8-0:1.29.0")
        try await fixture.send("w", intervals: [item])
        return fixture
    }
    private let begin = LocalTime.berlin.start(of: day).adding(seconds: 23 * 3_600)
    private func bursts(_ fixture: F) async throws -> [String] {
        try await fixture.open().filter { $0.finding.rule == "burst" }.map {
            "\(begin.seconds(until: $0.finding.from) / 60) \(begin.seconds(until: $0.finding.until) / 60)"
        }
    }
    private func edit(_ action: EditAction, _ minutes: Range<Int64>) -> EditValues.Request {
        .init(
            meteringPoint: "P-W", obis: ObisCode(8, 0, 1, 29, 0), from: begin.adding(seconds: minutes.lowerBound * 60),
            until: begin.adding(seconds: minutes.upperBound * 60), action: action, author: "Erika", reason: "Spülung")
    }

    @Test func `is over when its values are withdrawn, and is back when that is undone`() async throws {
        let fixture = try await water()
        #expect(try await bursts(fixture) == ["0 120"])
        let edit = try await EditValues(pool: fixture.pool)(edit(.withdraw, 0..<120), now: later)
        #expect(try await bursts(fixture).isEmpty)
        _ = try await UndoEdit(pool: fixture.pool)(edit.id, author: "Erika", reason: "x", now: later.adding(seconds: 60))
        #expect(try await bursts(fixture) == ["0 120"])
        let delivery = try #require(try await ListDeliveries(pool: fixture.pool)().items.first)
        _ = try await CancelDelivery(pool: fixture.pool)(delivery.id, author: "Erika", reason: "x", now: later.adding(seconds: 120))
        #expect(try await bursts(fixture).isEmpty)
    }

    @Test func `is as long as what is left of it`() async throws {
        let fixture = try await water()
        _ = try await EditValues(pool: fixture.pool)(edit(.withdraw, 0..<60), now: later)
        #expect(try await bursts(fixture) == ["60 120"])
    }

    @Test func `stays settled when the same edit settles it`() async throws {
        let fixture = try await water()
        let id = try #require(try await fixture.open().first { $0.finding.rule == "burst" }?.id)
        _ = try await ResolveFindings(pool: fixture.pool)([id], action: .accept, author: "Erika", reason: "was one", now: later)
        #expect(try await bursts(fixture).isEmpty)
    }

    @Test func `is one also after the period was validated again`() async throws {
        let fixture = try await water()
        let report = try await EstimatePeriod(pool: fixture.pool)(DayRange(from: day, until: day.adding(days: 2)), now: later)
        #expect(report.findings == 0)
        #expect(try await bursts(fixture) == ["0 120"])
        // Nor is one left out that nobody found before.
        try await fixture.pool.with { _ = try $0.execute("DELETE FROM finding") }
        _ = try await EstimatePeriod(pool: fixture.pool)(DayRange(from: day, until: day.adding(days: 1)), now: later)
        #expect(try await bursts(fixture) == ["0 120"])
    }
}

@Suite(.database) struct `What a person settles meanwhile` {
    @Test func `stays theirs`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("100", at: at(1, 1)), F.reading("90", at: at(1, 2))])
        let id = try #require(try await fixture.open().first?.id)
        let pool = fixture.pool
        let (held, hold) = AsyncStream.makeStream(of: Void.self)
        async let person: Void = pool.transaction { connection in
            _ = try connection.one("SELECT id FROM finding WHERE id = \(id) FOR UPDATE", as: Int64.self)
            hold.yield()
            var isWaiting = false
            for _ in 0..<400 where !isWaiting {
                _ = try connection.query("SELECT pg_sleep(0.02)")
                isWaiting = try connection.one(
                    """
                    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                        AND wait_event_type = 'Lock')
                    """)
            }
            #expect(isWaiting)
            try connection.execute(
                "UPDATE finding SET state = 'resolved', resolved_at = \(later), resolved_by = 'Erika', resolution = 'seen' WHERE id = \(id)"
            )
        }
        for await _ in held { break }
        // It corrects the reading and finds that the finding is over, and waits for the person.
        try await fixture.send("b", registers: [F.reading("110", at: at(1, 2))], now: later)
        try await person
        let finding = try #require(try await ListFindings(pool: pool)(.init(isOpen: false)).items.first)
        #expect(finding.resolvedBy == "Erika" && finding.resolution == "seen")
    }
}

@Suite(.database) struct `Usage beside rejected readings` {
    @Test func `knows the good ones behind them`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("1000", at: at(1, 1))])
        for number in 2...9 { try await fixture.send("b\(number)", registers: [F.reading("\(510 - number)", at: at(1, number))]) }
        try await fixture.send("c", registers: [F.reading("1310", at: at(2, 1))])
        let point: Identifier<MeteringPoint> = try await fixture.pool.with { try $0.one("SELECT id FROM metering_point LIMIT 1") }
        let period = DayRange(from: Day(2026, 1, 11), until: Day(2026, 1, 21))
        let input = try #require(try await LoadUsage(pool: fixture.pool)([point], period: period)[point])
        let usage = try Usage.pieces(input, period: period, cuts: [])
        #expect(usage.pieces.map(\.quantity.number) == ["100"] && usage.findings.isEmpty)
    }
}
