import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture
private let day = Day(2026, 1, 5)
private let morning = F.start(day)
private let later = F.now.adding(seconds: 60)
private let usual: [String?] = Array(repeating: "0.1", count: 96)

extension MeteringFixture {
    /// Imports a meter that was unknown before.
    fileprivate func learn(_ serial: String, code: String = "P-2") async throws {
        try await load(
            #"{"meteringPoints": [{"code": "\#(code)", "commodity": "electricity", "meters": [{"serial": "\#(serial)", "from": "2025-01-01", "registers": [{"obis": "1-0:1.8.0", "unit": "kWh"}, {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M", "decimals": 3}]}]}]}"#
        )
    }
    fileprivate func reports(_ id: String, _ reports: String, now: Instant = F.now) async throws -> DeliveryReceipt {
        let body = Array(#"{"messageId":"\#(id)","source":"gw","registers":[],"intervals":[],"reports":[\#(reports)]}"#.utf8)
        return try await ingest(JSONReadings.parse(body), body: body, format: "json", now: now)
    }
    fileprivate static func alarm(_ word: String, _ at: String = morning, serial: String = F.serial) -> String {
        #"{"meter":"\#(serial)","at":"\#(at)","alarm":"\#(word)"}"#
    }
    fileprivate static func factor(_ factor: String) -> String { #"{"meter":"\#(F.serial)","at":"\#(morning)","factor":"\#(factor)"}"# }
}

@Suite(.database) struct `A message that comes again` {
    @Test func `takes what was quarantined and leaves what was corrected since`() async throws {
        let fixture = try await F()
        let registers = [F.reading("5.0", at: morning), F.reading("1.0", at: morning, serial: "NEW")]
        let intervals = [F.intervals(["0.1", "0.2", nil], from: morning), F.intervals(["0.7", nil, "0.8"], from: morning, serial: "NEW")]
        #expect(try await fixture.send("m", registers: registers, intervals: intervals).counts == [3, 0, 0, 3])
        try await fixture.send("c", registers: [F.reading("6.0", at: morning)], intervals: [F.intervals(["0.9"], from: morning)])
        let known = (try await fixture.values(), try await fixture.values(F.total))
        let changes = try await fixture.rows("reading_change")
        #expect(try await fixture.send("m", registers: registers, intervals: intervals, now: later).counts == [0, 3, 0, 3])
        #expect(try await fixture.rows("reading_change") == changes)

        try await fixture.learn("NEW")
        #expect(try await fixture.send("m", registers: registers, intervals: intervals, now: later).counts == [3, 3, 0, 0])
        #expect(try await fixture.values() == known.0)
        #expect(try await fixture.values(F.total) == known.1)
        #expect(try await fixture.values(code: "P-2").map(\.micro) == [700_000, 750_000, 800_000])
        let deliveries = try await fixture.rows("delivery")
        #expect(try await fixture.send("m", registers: registers, intervals: intervals, now: later).counts == [0, 6, 0, 0])
        #expect(try await fixture.rows("delivery") == deliveries)
    }

    @Test func `learns of one meter after the other`() async throws {
        let fixture = try await F()
        let registers = ["A", F.serial, "B"].map { F.reading("1.0", at: morning, serial: $0) }
        #expect(try await fixture.send("m", registers: registers).counts == [1, 0, 0, 2])
        try await fixture.learn("B", code: "P-B")
        #expect(try await fixture.send("m", registers: registers).counts == [1, 1, 0, 1])
        try await fixture.send("c", registers: [F.reading("2.0", at: morning), F.reading("2.0", at: morning, serial: "B")])
        try await fixture.learn("A", code: "P-A")
        #expect(try await fixture.send("m", registers: registers).counts == [1, 2, 0, 0])
        #expect(try await fixture.values(F.total, code: "P-B").map(\.micro) == [2_000_000])
        #expect(try await fixture.send("m", registers: registers).counts == [0, 3, 0, 0])
    }

    @Test func `is taken again as far as it was cancelled`() async throws {
        let fixture = try await F()
        let registers = [F.reading("5.0", at: morning), F.reading("1.0", at: morning, serial: "NEW")]
        try await fixture.send("m", registers: registers)
        try await fixture.learn("NEW")
        try await fixture.send("m", registers: registers)
        let first: Int64 = try await fixture.pool.with { try $0.one("SELECT min(id) FROM delivery") }
        _ = try await CancelDelivery(pool: fixture.pool)(first, author: "Erika", reason: "wrong meter", now: later)
        #expect(try await fixture.send("m", registers: registers, now: later.adding(seconds: 1)).counts == [0, 1, 1, 0])
        #expect(try await fixture.table(F.total) == ["measured 5"])
    }

    @Test func `reopens nothing that was settled, nor asks again what time it was`() async throws {
        let fixture = try await F()
        let intervals = [F.intervals(["99", "0.1"], from: morning), F.intervals(["1"], from: morning, serial: "NOBODY")]
        try await fixture.send("m", intervals: intervals)
        let open = try await ListFindings(pool: fixture.pool)(.init(isOpen: true)).items
        #expect(!open.isEmpty)
        _ = try await ResolveFindings(pool: fixture.pool)(
            open.map(\.id), action: .settle, author: "Erika", reason: "known", now: later)
        #expect(try await fixture.send("m", intervals: intervals, now: later).findings == 0)
        #expect(try await fixture.rules().isEmpty)
    }

    @Test func `of a market format takes the point that was unknown`() async throws {
        let fixture = try await F()
        let values = Array(repeating: "0.1", count: 96).joined(separator: ",")
        let nem = """
            100,NEM12,202601010000,A,B
            200,P-2,E1,1,E1,N1,,kWh,15,
            300,20260105,\(values),A,,,20260106000000,
            200,\(F.code),E1,1,E1,N1,,kWh,15,
            300,20260105,\(values),A,,,20260106000000,
            900
            """.replacing("\n", with: "\r\n")
        let post = MarketPost(fixture: fixture)
        #expect(try await post(nem).total.counts == [96, 0, 0, 96])
        try await fixture.send("c", intervals: [F.intervals(["0.5"], from: morning)])
        let known = try await fixture.values()
        try await fixture.learn("NEW")
        #expect(try await post(nem, now: later).total.counts == [96, 96, 0, 0])
        #expect(try await fixture.values() == known)
        #expect(try await fixture.values(code: "P-2").count == 96)
    }
}

@Suite(.database) struct `What devices say again` {
    @Test func `a message of nothing but reports is quarantined while its meter is unknown`() async throws {
        let fixture = try await F()
        let said = F.alarm("tamper", serial: "NEW") + "," + F.alarm("battery")
        let receipt = try await fixture.reports("m", said)
        #expect(receipt.errors.map { "\($0.path) \($0.code.rawValue)" } == ["/reports/0/meter unknown-meter"])
        #expect(receipt.counts == [0, 0, 0, 0] && receipt.findings == 1)
        try await fixture.learn("NEW")
        let second = try await fixture.reports("m", said, now: later)
        #expect(second.errors.isEmpty && second.findings == 1)
        #expect(try await fixture.rows("device_report") == 2)
        #expect(try await fixture.reports("m", said, now: later).findings == 0)
        #expect(try await fixture.rows("device_report") == 2)
        #expect(try await fixture.rows("delivery") == 2)
    }

    @Test func `a report of an unknown meter is named beside values of another`() async throws {
        let fixture = try await F()
        let receipt = try await fixture.json(
            #""registers":[\#(F.reading("1.0", at: morning))],"reports":[\#(F.alarm("leak", serial: "NEW"))]"#)[0]
        #expect(receipt.counts == [1, 0, 0, 0])
        #expect(receipt.errors.map(\.path) == ["/reports/0/meter"])
    }

    @Test func `an empty battery hides no manipulation`() async throws {
        let fixture = try await F()
        #expect(try await fixture.reports("a", F.alarm("battery")).findings == 1)
        #expect(try await fixture.reports("b", F.alarm("battery", F.start(day.adding(days: 1)))).findings == 0)
        #expect(try await fixture.reports("c", F.alarm("tamper")).findings == 1)
        #expect(try await fixture.rules() == ["device-alarm", "device-alarm"])
        let both = F.alarm("defect", F.start(day.adding(days: 2))) + "," + F.alarm("disturbed", F.start(day.adding(days: 2)))
        #expect(try await fixture.reports("d", both).findings == 2)
        #expect(try await fixture.rules().count == 4)
    }

    @Test func `a corrected report replaces the former and keeps it as history`() async throws {
        let fixture = try await F()
        // Of the register and of the channel.
        #expect(try await fixture.reports("a", F.factor("30")).findings == 2)
        #expect(try await fixture.rules() == ["multiplier", "multiplier"])
        #expect(try await fixture.reports("b", F.factor("40")).findings == 0)
        #expect(try await ListFindings(pool: fixture.pool)(.init(isOpen: true)).items.first?.finding.explanation.contains("40") == true)
        #expect(try await fixture.reports("c", F.factor("1")).findings == 0)
        #expect(try await fixture.rules().isEmpty)
        // What is sent again is not news.
        #expect(try await fixture.reports("a", F.factor("30"), now: later).findings == 0)
        #expect(try await fixture.rules().isEmpty)
        #expect(try await fixture.rows("device_report") == 3)
    }
}
