import MarketFormats
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
private func noon(_ day: Day) -> Instant { LocalTime.berlin.start(of: day).adding(seconds: 12 * 3_600) }
private func text(_ instant: Instant) -> String { LocalTime.berlin.text(instant) }

@Suite(.database) struct `What devices say` {
    private func water(_ fixture: MeteringFixture, _ hour: Int, _ status: String) async throws -> DeliveryReceipt {
        let at = noon(day).adding(seconds: Int64(hour) * 3_600)
        let body =
            #"{"media":"cold water","meter":"multical21","id":"M","total_m3":\#(100 + hour),"timestamp":"\#(text(at))","current_status":"\#(status)"}"#
        return try await IngestMarketMessages(fixture.ingest)(
            Array(body.utf8), origin: MarketOrigin(messageId: "hour \(hour)", source: "tests", receivedAt: at), now: at.adding(seconds: 60)
        ).total
    }

    @Test func `a leak that a meter repeats is one task, and the survey closes it when it says nothing any more`() async throws {
        let fixture = try await F()
        try await fixture.meter(.water, #"{"obis": "8-0:1.0.0", "unit": "m3"}"#)
        #expect(try await water(fixture, 0, "OK").findings == 0)
        #expect(try await water(fixture, 1, "LEAK").findings == 1)
        #expect(try await water(fixture, 2, "LEAK").findings == 0)
        #expect(try await water(fixture, 2, "LEAK").duplicates == 1)
        try await fixture.survey(noon(day.adding(days: 1)))
        #expect(try await fixture.rules().filter { $0 == "leak" }.count == 1)
        #expect(try await fixture.rows("device_report") == 2)
        try await fixture.survey(noon(day.adding(days: 4)))
        #expect(try await ListFindings(pool: fixture.pool)(.init(isOpen: true, rule: "leak")).items.isEmpty)
    }

    @Test func `a telegram without a time that is sent again is no second reading, one of an hour later is`() async throws {
        let fixture = try await F()
        try await fixture.meter(.water, #"{"obis": "8-0:1.0.0", "unit": "m3"}"#)
        let body = Array(#"{"media":"cold water","meter":"multical21","id":"M","total_m3":100}"#.utf8)
        for (id, seconds, counts) in [
            ("a", 0, [1, 0, 0, 0]), ("b", 30, [0, 1, 0, 0]), ("c", 90, [0, 1, 0, 0]), ("d", 3_600, [1, 0, 0, 0]),
        ] {
            let at = noon(day).adding(seconds: Int64(seconds))
            let origin = MarketOrigin(messageId: id, source: "tests", receivedAt: at)
            let total = try await IngestMarketMessages(fixture.ingest)(body, origin: origin, now: at).total
            #expect(total.counts == counts, "\(id)")
        }
        #expect(try await fixture.rows("register_reading") == 2)
    }

    @Test func `what a person has settled is quiet for two weeks`() async throws {
        let fixture = try await F()
        try await fixture.meter(.water, #"{"obis": "8-0:1.0.0", "unit": "m3"}"#)
        _ = try await water(fixture, 1, "BURST")
        let finding = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "burst")).items.first)
        #expect(finding.proposal == .call && finding.finding.from == noon(day).adding(seconds: 3_600))
        _ = try await ResolveFindings(pool: fixture.pool)(
            [finding.id], action: .settle, author: "Erika", reason: "called", now: noon(day.adding(days: 1)))
        #expect(try await water(fixture, 30, "BURST").findings == 0)
        #expect(try await water(fixture, 400, "BURST").findings == 1)
    }

    @Test func `reasons and qualities of market messages tell of the meter`() async throws {
        let fixture = try await F()
        let values = Array(repeating: "0.1", count: 96).joined(separator: ",")
        let nem = """
            100,NEM12,202601010000,A,B
            200,\(F.code),E1,1,E1,N1,\(F.serial),kWh,15,
            300,20260105,\(values),S14,61,,20260106000000,
            900
            """
        let outcome = try await MarketPost(fixture: fixture)(nem.replacing("\n", with: "\r\n"))
        #expect(outcome.total.errors.isEmpty)
        #expect(try await fixture.rules() == ["device-alarm"])
        let cim = """
            <ResponseMessage><Header><Verb>created</Verb><Noun>MeterReadings</Noun></Header><Payload><MeterReadings><MeterReading>
            <EndDeviceEvents><createdDateTime>2026-01-07T00:00:00Z</createdDateTime><EndDeviceEventType ref="3.36.114.24"/></EndDeviceEvents>
            <Meter><Names><name>\(F.serial)</name></Names></Meter></MeterReading></MeterReadings></Payload></ResponseMessage>
            """
        #expect(try await MarketPost(fixture: fixture)(cim).total.errors.isEmpty)
        let settled = try await ListFindings(pool: fixture.pool)(.init(isOpen: false, rule: "device-event")).items
        #expect(settled.map(\.resolvedBy) == ["system"])
    }

    @Test(arguments: [(32_500, ["device-alarm"]), (25_000, ["device-alarm", "heat-balance"])])
    func `a heat meter's moment is judged with what its display leaves open`(watts: Int, rules: [String]) async throws {
        let records = [
            ("Energy", "Wh", "35000000"), ("Power", "W", "\(watts)"), ("Volume flow", "m^3/h", "1.0"), ("Flow temperature", "°C", "70.0"),
            ("Return temperature", "°C", "40.0"),
        ].map {
            "<DataRecord><Function>Instantaneous value</Function><StorageNumber>0</StorageNumber><Unit>\($0.1)</Unit><Quantity>\($0.0)</Quantity><Value>\($0.2)</Value></DataRecord>"
        }.joined()
        let telegram =
            "<MBusData><SlaveInformation><Id>M</Id><Medium>Heat: Outlet</Medium><Status>04</Status></SlaveInformation>\(records)</MBusData>"
        // 1 m³/h × 1.163 × 30 K = 34.89 kW; a degree more or less is 1.2 kW, 5 % are 1.7.
        let fixture = try await F()
        try await fixture.meter(.heat, #"{"obis": "6-0:1.0.0", "unit": "kWh"}"#)
        _ = try await MarketPost(fixture: fixture)(telegram)
        #expect(try await fixture.rules() == rules)
    }

    @Test func `a report that says nothing is named and counts nowhere`() async throws {
        let fixture = try await F()
        let receipt = try await fixture.json(
            #""registers":[\#(F.reading("1.0", at: F.start(day)))],"reports":[{"meter":"\#(F.serial)","at":"\#(F.start(day))","alarm":"purple"},{"meter":"X","at":"2026-01-01"}]"#
        )[0]
        #expect(receipt.counts == [1, 0, 0, 0])
        #expect(receipt.errors.map(\.path) == ["/reports/0/alarm", "/reports/1/at"])
    }

    @Test func `a table has columns for factor and alarm`() async throws {
        let fixture = try await F()
        let csv = "meter,obis,at,value,unit,status,factor,alarm\n\(F.serial),1-0:1.8.0,\(F.start(day)),1.0,kWh,measured,30,low_battery\n"
        let batch = try CSVReadings.parse(Array(csv.utf8), origin: .init(messageId: "c", source: "s"))
        let receipt = try await fixture.ingest(batch, body: Array(csv.utf8), format: "csv", now: F.now)
        #expect(receipt.findings == 2 && receipt.accepted == 1)
        #expect(try await fixture.rules() == ["device-alarm", "multiplier"])
    }
}
