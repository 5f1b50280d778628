import Metering
import MeteringOperations
import Postgres
import TestKit
import Testing
import VEE
import Values

private typealias F = MeteringFixture
private let day = Day(2026, 1, 5)
private func noon(_ day: Day) -> Instant { LocalTime.berlin.start(of: day).adding(seconds: 12 * 3_600) }
private let usual: [String?] = Array(repeating: "0.1", count: 96)

@Suite(.database) struct `Surveying metering points` {
    /// Some days of the same quarter hours, sent at noon of the day after the last.
    private func deliver(_ fixture: F, _ days: Int, values: [String?] = usual, from first: Day = day, serial: String = F.serial)
        async throws
    {
        for offset in 0..<days {
            let sent = first.adding(days: offset)
            try await fixture.send(
                "\(serial) \(sent)", intervals: [F.intervals(values, from: F.start(sent), serial: serial)],
                now: noon(first.adding(days: days)))
        }
    }
    private func survey(_ fixture: F, _ now: Instant) async throws -> SurveyMeteringPoints.Report {
        try await SurveyMeteringPoints(pool: fixture.pool, directory: fixture.directory)(now: now)
    }

    @Test func `a channel that falls silent is found, stays one finding, and is closed by itself when values come again`() async throws {
        let fixture = try await F()
        try await deliver(fixture, 8)
        let last = day.adding(days: 8)
        #expect(try await survey(fixture, noon(last)).found.isEmpty)
        for later in 2...4 {
            let report = try await survey(fixture, noon(last.adding(days: later)))
            #expect(report.found["silence"] == 1)
            #expect(report.opened == (later == 2 ? 1 : 0))
        }
        let finding = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "silence")).items.first)
        #expect(finding.finding.from == LocalTime.berlin.start(of: last) && finding.finding.until == noon(last.adding(days: 4)))
        #expect(finding.proposal == .redeliver && finding.meteringPoint == F.code)
        try await deliver(fixture, 5, from: last)
        let report = try await survey(fixture, noon(last.adding(days: 5)))
        #expect(report.found.isEmpty && report.closed == 1)
        let closed = try #require(try await ListFindings(pool: fixture.pool)(.init(isOpen: false, rule: "silence")).items.first)
        #expect(closed.resolvedBy == "system" && closed.resolution?.isEmpty == false)
    }

    @Test func `what a person has settled is not opened again`() async throws {
        let fixture = try await F()
        try await deliver(fixture, 3)
        let now = noon(day.adding(days: 6))
        #expect(try await survey(fixture, now).opened == 1)
        let id = try #require(try await ListFindings(pool: fixture.pool)().items.first?.id)
        _ = try await ResolveFindings(pool: fixture.pool)(
            [id], action: .settle, author: "Erika", reason: "gateway is being exchanged", now: now)
        #expect(try await survey(fixture, now.adding(seconds: 3_600)).opened == 0)
        #expect(try await fixture.rules().isEmpty)
    }

    @Test func `too little of what was due is found, and completeness says how much`() async throws {
        let fixture = try await F()
        // Half of each day, and nothing to bridge: the rest is open.
        try await deliver(fixture, 7, values: Array(repeating: "0.1", count: 48))
        let today = day.adding(days: 7)
        let before = try await MeasureCompleteness(pool: fixture.pool)(DayRange(from: day, until: today), today: today)
        let total = try #require(before.totals.first)
        #expect(total.commodity == .electricity && total.channels == 1 && total.expected == 7 * 96)
        #expect(total.received == 7 * 48 && total.received + total.estimated + total.missing == total.expected)
        #expect(before.items.map(\.meter) == [F.serial])
        #expect(try await survey(fixture, noon(today)).found["silence"] == 1)
        let finding = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "silence")).items.first?.finding)
        #expect(finding.inputs.contains { $0.name == "received" && $0.value == "336" })
    }

    @Test func `a clock change is no hole in completeness`() async throws {
        let fixture = try await F()
        let march = Day(2026, 3, 29)
        try await fixture.send("m", intervals: [F.intervals(Array(repeating: "0.1", count: 92), from: F.start(march))])
        let report = try await MeasureCompleteness(pool: fixture.pool)(
            DayRange(from: march, until: march.adding(days: 1)), today: march.adding(days: 1))
        #expect(report.totals.map(\.share) == [Ratio.one] && report.items.isEmpty)
    }

    @Test func `readings that are estimated for long order a reading`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("100", at: F.start(day))])
        for month in 1...4 {
            let at = F.start(day.adding(months: month))
            try await fixture.send("e\(month)", registers: [F.reading("\(100 + month)", at: at, status: "estimated")])
        }
        let now = noon(day.adding(months: 4))
        #expect(try await survey(fixture, now).found["prolonged-estimation"] == 1)
        #expect(try await ListFindings(pool: fixture.pool)(.init(rule: "prolonged-estimation")).items.first?.proposal == .read)
        try await fixture.send("m", registers: [F.reading("110", at: F.start(day.adding(months: 4).adding(days: 1)))])
        #expect(try await survey(fixture, now.adding(seconds: 86_400)).found["prolonged-estimation"] == nil)
    }

    @Test func `a channel whose sibling delivers is missed`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "TWO", "commodity": "electricity", "meters": [{"serial": "TWO", "from": "2025-12-01", "registers": [
              {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M"}, {"obis": "1-0:2.29.0", "unit": "kWh", "resolution": "PT15M"}]}]}]}
            """#)
        try await deliver(fixture, 7, serial: "TWO")
        let report = try await survey(fixture, noon(day.adding(days: 7)))
        #expect(report.found["siblings"] == 1)
        let finding = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "siblings")).items.first)
        #expect(finding.obis == ObisCode(1, 0, 2, 29, 0))
    }

    @Test func `a value far from what is usual at its hour is found where the rule is on`() async throws {
        let fixture = try await F()
        try await deliver(fixture, 34)
        var odd = usual
        odd[10] = "3"
        try await deliver(fixture, 1, values: odd, from: day.adding(days: 34))
        let now = noon(day.adding(days: 35))
        try await SetThresholds<ValidationParameters>(pool: fixture.pool)(
            .init(.init(.electricity, .household), valid: DayRange(from: day), values: ["outlierMultiple": "6"]), author: "a", reason: "b",
            now: now)
        #expect(try await survey(fixture, now).found["outlier"] == 1)
        #expect(try await survey(fixture, now).opened == 0)
    }

    @Test func `usage where nothing should be used is found`() async throws {
        let fixture = try await F()
        try await deliver(fixture, 8)
        try await SetPointState(pool: fixture.pool)(
            F.code, .disconnected, DayRange(from: day.adding(days: 6), until: day.adding(days: 20)), author: "Erika", reason: "unpaid",
            now: F.now)
        let report = try await survey(fixture, noon(day.adding(days: 8)))
        #expect(report.found["inactive-usage"] == 2)
        try await SetPointState(pool: fixture.pool)(
            F.code, .active, DayRange(from: day.adding(days: 7)), author: "Erika", reason: "paid", now: F.now)
        let points = try await GetPointStates(pool: fixture.pool)(F.code)
        #expect(points.map(\.days) == [DayRange(from: day.adding(days: 6), until: day.adding(days: 7))])
    }

    @Test func `what is used a little each day where nothing should be adds up`() async throws {
        let fixture = try await F()
        // 0.4 kWh a day; one kWh is tolerated.
        try await deliver(fixture, 8, values: (0..<96).map { $0 < 4 ? "0.1" : "0" })
        try await SetPointState(pool: fixture.pool)(
            F.code, .disconnected, DayRange(from: day.adding(days: 1)), author: "Erika", reason: "unpaid", now: F.now)
        #expect(try await survey(fixture, noon(day.adding(days: 3))).found["inactive-usage"] == nil)
        #expect(try await survey(fixture, noon(day.adding(days: 4))).found["inactive-usage"] == 1)
        let finding = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "inactive-usage")).items.first?.finding)
        #expect(finding.from == LocalTime.berlin.start(of: day.adding(days: 1)) && finding.inputs.contains { $0.value == "1.2 kWh" })
    }

    @Test func `a point that was vacant once is missed again when it falls still`() async throws {
        let fixture = try await F()
        try await deliver(fixture, 8, values: Array(repeating: "0", count: 96))
        let now = noon(day.adding(days: 8))
        try await SetThresholds<ValidationParameters>(pool: fixture.pool)(
            .init(.init(.electricity, .household), valid: DayRange(from: day), values: ["zeroDays": "3"]), author: "a", reason: "b",
            now: now)
        let vacancy = DayRange(from: Day(2025, 12, 1), until: day.adding(days: 4))
        try await SetPointState(pool: fixture.pool)(F.code, .vacant, vacancy, author: "a", reason: "moved", now: F.now)
        #expect(try await survey(fixture, now).found["zero-consumption"] == 1)
        try await SetPointState(pool: fixture.pool)(
            F.code, .vacant, DayRange(from: day.adding(days: 6)), author: "a", reason: "moved", now: F.now)
        #expect(try await survey(fixture, now).found["zero-consumption"] == nil)
    }

    @Test func `usage is told after the factor`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"{"meteringPoints": [{"code": "T", "commodity": "electricity", "meters": [{"serial": "T1", "from": "2025-12-01", "registers": [{"obis": "1-0:1.8.0", "unit": "kWh", "digits": 6, "decimals": 1, "factor": "40"}]}]}]}"#
        )
        let moments = [Day(2026, 1, 1), Day(2026, 2, 1), Day(2026, 3, 1)]
        for (moment, value) in zip(moments, ["100", "131", "411"]) {
            try await fixture.send(value, registers: [F.reading(value, at: F.start(moment), serial: "T1")], now: noon(moment))
        }
        #expect(try await survey(fixture, noon(Day(2026, 3, 2))).found["unusual-usage"] == 1)
        let finding = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "unusual-usage")).items.first?.finding)
        #expect(finding.inputs.map(\.value).filter { $0.hasSuffix(" kWh") }.prefix(2) == ["11200 kWh", "1240 kWh"])
    }

    @Test func `water that never rests is a leak until it rests`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "WATER", "commodity": "water", "capacity": {"value": "2.5", "unit": "m3/h"}, "meters": [{"serial": "W1", "from": "2025-12-01",
              "registers": [{"obis": "8-0:1.29.0", "unit": "m3", "resolution": "PT1H", "decimals": 3}]}]}]}
            """#)
        func send(_ day: Day, _ value: String) async throws {
            let list = Array(repeating: "\"\(value)\"", count: 24).joined(separator: ",")
            try await fixture.send(
                "\(day)",
                intervals: [
                    #"{"meter":"W1","obis":"8-0:1.29.0","start":"\#(F.start(day))","resolution":"PT1H","unit":"m3","values":[\#(list)]}"#
                ],
                now: noon(day.adding(days: 1)))
        }
        for offset in 0..<5 { try await send(day.adding(days: offset), offset == 0 ? "0" : "0.004") }
        #expect(try await survey(fixture, noon(day.adding(days: 5))).found["leak"] == 1)
        try await send(day.adding(days: 5), "0")
        try await send(day.adding(days: 6), "0")
        let report = try await survey(fixture, noon(day.adding(days: 7)))
        // The week is complete now as well.
        #expect(report.found["leak"] == nil && report.closed == 2)
        #expect(try await ListFindings(pool: fixture.pool)(.init(isOpen: false, rule: "leak")).items.first?.resolvedBy == "system")
        // More than 2 m³ an hour is a burst, told with the delivery.
        try await send(day.adding(days: 7), "2.2")
        #expect(try await fixture.rules().contains("burst"))
    }

    @Test func `a burst is no misread reading, and what was used in it is no measure of the days after`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "WATER", "commodity": "water", "capacity": {"value": "2.5", "unit": "m3/h"}, "meters": [{"serial": "W1", "from": "2025-12-01",
              "registers": [{"obis": "8-0:1.0.0", "unit": "m3", "digits": 5, "decimals": 3}, {"obis": "8-0:1.29.0", "unit": "m3", "resolution": "PT1H", "decimals": 3}]}]}]}
            """#)
        var shown: Int64 = 100_000_000
        for offset in 0..<12 {
            let hour: Int64 = offset == 6 ? 2_200_000 : 20_000
            let list = Array(repeating: "\"\(DecimalText.format(hour, scale: 6))\"", count: 24).joined(separator: ",")
            let sent = day.adding(days: offset)
            shown += 24 * hour
            let reading = F.reading(
                DecimalText.format(shown, scale: 6), at: F.start(sent.adding(days: 1)), serial: "W1", obis: "8-0:1.0.0", unit: "m3")
            try await fixture.send(
                "\(sent)", registers: [reading],
                intervals: [
                    #"{"meter":"W1","obis":"8-0:1.29.0","start":"\#(F.start(sent))","resolution":"PT1H","unit":"m3","values":[\#(list)]}"#
                ], now: noon(sent.adding(days: 1)))
            guard offset >= 6 else { continue }
            let found = try await survey(fixture, noon(sent.adding(days: 1))).found
            #expect(found["misread"] == nil && found["unusual-usage"] == nil && found["advance-change"] == nil, "\(sent): \(found)")
        }
        #expect(try await fixture.rules().contains("burst"))
    }

    @Test func `a misread reading gets a suggestion, and a reading far from the others is looked at`() async throws {
        let fixture = try await F()
        for month in 0..<5 {
            let at = day.adding(months: month)
            try await fixture.send("m\(month)", registers: [F.reading("\(10_000 + month * 300)", at: F.start(at))], now: noon(at))
        }
        let at = day.adding(months: 5)
        // 11,500 read as 15,100.
        try await fixture.send("wrong", registers: [F.reading("15100", at: F.start(at))], now: noon(at))
        let report = try await survey(fixture, noon(at))
        #expect(report.found["misread"] == 1 && report.found["unusual-usage"] == 1)
        let finding = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "misread")).items.first)
        #expect(finding.proposal == .correct && finding.finding.explanation.contains("11.500"))
    }

    @Test func `one node at a time holds a duty, and the next takes over when it dies`() async throws {
        let lease = DutyLease(pool: TestDatabase.current.pool)
        let now = F.now
        #expect(try await lease.take("survey", by: "a", until: now.adding(seconds: 60), now: now))
        #expect(try await !lease.take("survey", by: "b", until: now.adding(seconds: 70), now: now.adding(seconds: 10)))
        #expect(try await lease.take("survey", by: "b", until: now.adding(seconds: 120), now: now.adding(seconds: 60)))
        try await lease.done("survey", next: now.adding(seconds: 3_600), now: now.adding(seconds: 61))
        #expect(try await !lease.take("survey", by: "a", until: now.adding(seconds: 200), now: now.adding(seconds: 130)))
    }
}
