import MarketFormats
import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture

/// A message as a market partner would send it.
struct MarketPost {
    let fixture: MeteringFixture
    @discardableResult
    func callAsFunction(_ text: String, now: Instant = MeteringFixture.now) async throws -> IngestMarketMessages.Outcome {
        let origin = MarketOrigin(messageId: "file-1", source: "tests", receivedAt: now)
        return try await IngestMarketMessages(fixture.ingest)(Array(text.utf8), origin: origin, now: now)
    }
}

/// Interchanges made of whole messages.
enum EDI {
    static func message(
        _ number: Int, id: String, process: String = "13018", reference: String? = nil, point: String = F.code,
        pia: String = "1-0?:1.29.0:SRW",
        _ quantities: [(value: String, from: String, until: String, more: String)]
    ) -> String {
        var segments = ["UNH+\(number)+MSCONS:D:04B:UN:2.4c", "BGM+Z48+\(id)+9", "DTM+137:202601150000?+00:303", "RFF+Z13:\(process)"]
        if let reference { segments.append("RFF+ACW:\(reference)") }
        segments += ["NAD+MS+9900000000001::293", "NAD+MR+9900000000002::293", "UNS+D", "NAD+DP", "LOC+172+\(point)"]
        if !quantities.isEmpty { segments += ["LIN+1", "PIA+5+\(pia)"] }
        for quantity in quantities {
            segments += ["QTY+\(quantity.value)", "DTM+163:\(quantity.from)?+00:303", "DTM+164:\(quantity.until)?+00:303"]
            if !quantity.more.isEmpty { segments.append(quantity.more) }
        }
        segments.append("UNT+\(segments.joined(separator: "'").split(separator: "'").count + 1)+\(number)")
        return segments.joined(separator: "'") + "'"
    }
    static func interchange(_ messages: [String]) -> String {
        "UNA:+.? 'UNB+UNOC:3+9900000000001:500+9900000000002:500+260115:0000+REF1'" + messages.joined() + "UNZ+\(messages.count)+REF1'"
    }
    /// 00:00 and 00:15 of the first of January 2026, Berlin.
    static let first = [
        (value: "220:0.1:KWH", from: "202512312300", until: "202512312315", more: ""),
        (value: "67:0.2:KWH", from: "202512312315", until: "202512312330", more: "STS+Z32++Z92'STS+Z40++Z75"),
    ]
}

@Suite(.database) struct `Market messages` {
    @Test func `a message that names the point reaches the meter that hangs there, with method and reason`() async throws {
        let fixture = try await F()
        let outcome = try await MarketPost(fixture: fixture)(EDI.interchange([EDI.message(1, id: "M1", EDI.first)]))
        #expect(outcome.receipts.map(\.messageId) == ["M1"])
        #expect(outcome.total.counts == [2, 0, 0, 0], "\(outcome.total.errors)")
        let values = try await fixture.values()
        #expect(values.map(\.status) == [.measured, .substituted])
        #expect(values.map(\.method) == [nil, "linear-interpolation"])
        #expect(values.map(\.reason) == [nil, "gap-in-delivery"])
    }

    @Test func `across an exchange each slot belongs to the meter that hangs when it begins`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "\#(F.code)", "commodity": "electricity", "state": "SH", "meters": [
             {"serial": "\#(F.serial)", "from": "2025-01-01", "until": "2026-01-15", "registers": []},
             {"serial": "NEW-1", "from": "2026-01-15", "registers": [{"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M", "decimals": 3}]}]}]}
            """#)
        let slots = [
            (value: "220:0.1:KWH", from: "202601142245", until: "202601142300", more: ""),
            (value: "220:0.2:KWH", from: "202601142300", until: "202601142315", more: ""),
        ]
        let outcome = try await MarketPost(fixture: fixture)(EDI.interchange([EDI.message(1, id: "M1", slots)]))
        #expect(outcome.total.counts == [2, 0, 0, 0], "\(outcome.total.errors)")
        let document = try await ReadSeries(pool: fixture.pool)(.init(meteringPoint: F.code, obis: F.channel))
        #expect(Set(document.series.map(\.meter)) == [F.serial, "NEW-1"])
        #expect(document.series.first { $0.meter == "NEW-1" }?.values.map(\.micro) == [200_000])
    }

    @Test func `what belongs to nobody is quarantined with its segment and its mend, the rest is taken`() async throws {
        let fixture = try await F()
        let outcome = try await MarketPost(fixture: fixture)(
            EDI.interchange([
                EDI.message(1, id: "M1", point: "NOWHERE", EDI.first), EDI.message(2, id: "M2", pia: "1-0?:2.29.0:SRW", EDI.first),
                EDI.message(3, id: "M3", EDI.first),
            ]))
        #expect(outcome.total.counts == [2, 0, 0, 4])
        #expect(outcome.total.errors.map(\.code) == [.unknownPoint, .unknownRegister])
        #expect(outcome.total.errors.allSatisfy { $0.path.hasPrefix("/segments/") && $0.message.contains("import it") })
        // The archive keeps of each message its own part, which can be read again by itself.
        #expect(try await fixture.rows("delivery") == 3)
    }

    @Test func `a series without an OBIS code is of the only channel of its raster, or of nobody`() async throws {
        let fixture = try await F()
        let file = EDI.interchange([EDI.message(1, id: "M1", process: "13022", pia: "AUA:Z08", Array(EDI.first.prefix(1)))])
        #expect(try await MarketPost(fixture: fixture)(file).total.counts == [1, 0, 0, 0])
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "TWO", "commodity": "electricity", "meters": [{"serial": "T", "from": "2025-01-01", "registers": [
             {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M"}, {"obis": "1-0:2.29.0", "unit": "kWh", "resolution": "PT15M"}]}]}]}
            """#)
        let two = try await MarketPost(fixture: fixture)(
            EDI.interchange([EDI.message(1, id: "M2", process: "13022", point: "TWO", pia: "AUA:Z08", Array(EDI.first.prefix(1)))]))
        #expect(two.total.counts == [0, 0, 0, 1])
        #expect(two.total.errors.map(\.code) == [.noObis])
    }

    @Test func `a Storno withdraws what its message said, as a version, and leaves what was corrected since`() async throws {
        let fixture = try await F()
        let post = MarketPost(fixture: fixture)
        try await post(EDI.interchange([EDI.message(1, id: "M1", EDI.first)]))
        let corrected = [(value: "220:0.9:KWH", from: "202512312315", until: "202512312330", more: "")]
        try await post(EDI.interchange([EDI.message(1, id: "M2", corrected)]))
        let storno = EDI.interchange([EDI.message(1, id: "S1", process: "13006", reference: "M1", [])])
        let outcome = try await post(storno, now: F.now.adding(seconds: 60))
        #expect(outcome.total.counts == [0, 0, 1, 0], "\(outcome.total.errors)")
        let values = try await fixture.values()
        #expect(values.map(\.status) == [.rejected, .measured])
        #expect(values.first?.reason == "withdrawn-by-sender")
        #expect(try await fixture.values(asOf: F.now).map(\.status) == [.measured, .measured])
        // Again, and redelivered: nothing comes back, nothing goes twice.
        #expect(try await post(storno).total.counts == [0, 1, 0, 0])
        try await post(EDI.interchange([EDI.message(1, id: "M1", EDI.first)]))
        #expect(try await fixture.values().map(\.status) == [.rejected, .measured])
    }

    @Test func `a Storno of a correction brings back what was corrected, and when both are withdrawn nothing is left`() async throws {
        for order in [["M2", "M1"], ["M1", "M2"]] {
            let serial = "S-\(order[0])"
            let fixture = try await F(meters: [serial])
            let post = MarketPost(fixture: fixture)
            let point = "\(F.code)'RFF+MG:\(serial)"
            func standing() async throws -> [String] {
                try await ReadSeries(pool: fixture.pool)(.init(meteringPoint: F.code, obis: F.channel)).series.filter { $0.meter == serial }
                    .flatMap(\.values).map {
                        "\($0.status.word) \(DecimalText.format($0.micro, scale: 6)) \($0.method ?? "-") \($0.reason ?? "-")"
                    }
            }
            func id(_ name: String) -> String { "\(name)-\(serial)" }
            try await post(EDI.interchange([EDI.message(1, id: id("M1"), point: point, EDI.first)]))
            let corrected = [(value: "220:0.9:KWH", from: "202512312315", until: "202512312330", more: "")]
            try await post(EDI.interchange([EDI.message(1, id: id("M2"), point: point, corrected)]))
            func withdraw(_ name: String) async throws {
                let storno = EDI.message(1, id: id("S\(name)"), process: "13006", reference: id(name), point: point, [])
                let total = try await post(EDI.interchange([storno]), now: F.now.adding(seconds: 60)).total
                #expect(total.revised > 0 && total.rejected == 0, "\(total.errors)")
            }
            try await withdraw(order[0])
            if order[0] == "M2" {
                #expect(try await standing() == ["measured 0.1 - -", "substituted 0.2 linear-interpolation gap-in-delivery"])
            } else {
                #expect(try await standing().last == "measured 0.9 - -")
            }
            try await withdraw(order[1])
            #expect(try await standing().allSatisfy { $0.hasPrefix("rejected") })
        }
    }

    @Test func `a Storno that comes before its message waits for it`() async throws {
        let fixture = try await F()
        let post = MarketPost(fixture: fixture)
        let early = try await post(EDI.interchange([EDI.message(1, id: "S1", process: "13006", reference: "M1", [])]))
        #expect(early.total.errors.map(\.code) == [.nothingToWithdraw])
        try await post(EDI.interchange([EDI.message(1, id: "M1", EDI.first)]))
        #expect(try await fixture.values().allSatisfy { $0.status != .measured && $0.status != .substituted })
        // Another message of the same values holds: only the one that was named is withdrawn.
        try await post(EDI.interchange([EDI.message(1, id: "M2", EDI.first)]))
        #expect(try await fixture.values().contains { $0.status == .measured })
    }

    @Test func `a Storno of an unknown message is kept, and sent again when it has found it changes nothing`() async throws {
        let fixture = try await F()
        let post = MarketPost(fixture: fixture)
        let storno = EDI.interchange([EDI.message(1, id: "S1", process: "13006", reference: "M1", [])])
        let early = try await post(storno)
        #expect(early.total.counts == [0, 0, 0, 1])
        #expect(early.total.errors.map(\.code) == [.nothingToWithdraw])
        try await post(EDI.interchange([EDI.message(1, id: "M1", EDI.first)]))
        #expect(try await post(storno).total.revised == 0)
    }

    @Test func `a CIM deletion withdraws the values it names`() async throws {
        let fixture = try await F()
        let post = MarketPost(fixture: fixture)
        func cim(_ verb: String, _ id: String, _ ends: [String]) -> String {
            let readings = ends.map { "<IntervalReadings><timeStamp>\($0)</timeStamp><value>100</value></IntervalReadings>" }.joined()
            return """
                <EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>\(verb)</Verb><Noun>MeterReadings</Noun><Source>HES</Source>
                <MessageID>\(id)</MessageID></Header><Payload><MeterReadings xmlns="http://iec.ch/TC57/2011/MeterReadings#"><MeterReading>
                <IntervalBlocks>\(readings)<ReadingType ref="0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"/></IntervalBlocks>
                <Meter><Names><name>\(F.serial)</name></Names></Meter></MeterReading></MeterReadings></Payload></EventMessage>
                """
        }
        let ends = ["2025-12-31T23:15:00Z", "2025-12-31T23:30:00Z", "2025-12-31T23:45:00Z"]
        #expect(try await post(cim("created", "C1", ends)).total.counts == [3, 0, 0, 0])
        #expect(try await post(cim("deleted", "C2", [ends[1]])).total.counts == [0, 0, 1, 0])
        #expect(try await fixture.values().map(\.status) != [.measured, .measured, .measured])
        #expect(try await fixture.values(asOf: F.now).filter { $0.status == .measured }.count == 2)
    }

    @Test func `one message of several that cannot be taken costs only itself`() async throws {
        let fixture = try await F()
        let other = "UNH+2+INVOIC:D:04B:UN:2.4c'UNT+2+2'"
        let outcome = try await MarketPost(fixture: fixture)(EDI.interchange([EDI.message(1, id: "M1", EDI.first), other]))
        #expect(outcome.total.counts == [2, 0, 0, 1])
        #expect(outcome.total.errors.map(\.code) == [.unreadableMessage])
        await #expect(throws: MarketFormatError.self) {
            try await MarketPost(fixture: fixture)(EDI.interchange(["UNH+1+INVOIC:D:04B:UN:2.4c'UNT+2+1'"]))
        }
    }
}
