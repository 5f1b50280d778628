import AccessOperations
import MasterDataFormat
import MeteringOperations
import PartnerOperations
import ReadingFormats
import TestKit
import Testing
import Values
@testable import Cockpit
@testable import Web

@Suite(.database) struct `A metering point in the cockpit` {
    @Test func `shows its values as they were known at a moment`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let clerk = try await world.person(.billing)
        let now = await clerk.open("/metering-points/P-1").text
        #expect(now.contains("7.210,5") && now.contains("name=\"as_of\"") && !now.contains("wie sie bekannt waren"))
        let before = await clerk.open("/metering-points/P-1?as_of=2026-03-01T12:00")
        #expect(before.status == 200 && before.text.contains("wie sie bekannt waren") && !before.text.contains("7.210,5"))
        #expect(before.text.contains("value=\"2026-03-01T12:00:00\"") && before.text.contains("Heutiger Stand"))
        let after = await clerk.open("/metering-points/P-1?as_of=2026-03-30T22:00:01", language: "en").text
        #expect(after.contains("7,210.5") && after.contains("What is known now"))
        let wrong = await clerk.open("/metering-points/P-1?as_of=gestern")
        #expect(wrong.status == 422 && wrong.text.contains("„gestern“ ist kein Zeitpunkt") && wrong.text.contains("7.210,5"))
        // The hour that the change of clocks skips.
        #expect(await clerk.open("/metering-points/P-1?as_of=2026-03-29T02:30").status == 422)
    }

    @Test func `every reading leads to its history`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let clerk = try await world.person(.billing)
        let path = "/metering-points/P-1/history?obis=1-0%3A1.8.0&amp;at=2026-01-31T23%3A00%3A00Z"
        #expect(await clerk.open("/metering-points/P-1").text.contains(path))
        let page = await clerk.open(path.replacing("&amp;", with: "&"))
        #expect(
            page.status == 200 && page.text.contains("1ESY1160000000") && page.text.contains("7.000") && page.text.contains("verworfen"))
        #expect(page.text.contains("&amp;as_of=2026-03-30T20%3A00%3A00Z") && page.text.contains("value=\"2026-02-01T00:00:00\""))
        let typed = await clerk.open("/metering-points/P-1/history?obis=1-0:1.8.0&at=2026-01-01T00:00", language: "en").text
        #expect(typed.contains("7,210.5") && typed.contains("History of a value"))
        let never = await clerk.open("/metering-points/P-1/history?obis=1-0:1.8.0&at=2020-01-01T00:00").text
        #expect(never.contains("Davon war nie etwas bekannt."))
        let wrong = await clerk.open("/metering-points/P-1/history?obis=Strom&at=gestern")
        #expect(wrong.status == 422 && wrong.text.contains("Wählen Sie ein Zählwerk.") && wrong.text.contains("Der Zeitpunkt fehlt"))
        #expect(await clerk.open("/metering-points/P-404/history?obis=1-0:1.8.0&at=2026-01-01T00:00").status == 404)
        #expect(try await world.person(.finance).open("/metering-points/P-1/history").status == 403)
    }

    @Test func `says what a computed series is made of, and how completely a channel delivers`() async throws {
        let world = try await CockpitWorld()
        let json = #"""
            {"meteringPoints": [{"code": "CH", "commodity": "electricity", "meters": [{"serial": "CH-1", "from": "2026-03-27", "registers": [
              {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT1H"}]}]}, {"code": "SUM", "commodity": "electricity"}]}
            """#
        _ = try await ImportMasterData(pool: world.pool)(MasterDataDocument(json: Array(json.utf8)), author: "test", now: CockpitWorld.now)
        let values = Array(repeating: "\"0.5\"", count: 24).joined(separator: ",")
        let body = Array(
            #"{"messageId":"c","source":"gw","intervals":[{"meter":"CH-1","obis":"1-0:1.29.0","start":"2026-03-27T00:00:00+01:00","resolution":"PT1H","unit":"kWh","values":[\#(values)],"status":"measured"}]}"#
                .utf8)
        _ = try await IngestReadings(pool: world.pool, directory: MeterDirectory())(
            JSONReadings.parse(body), body: body, format: "json", now: CockpitWorld.now)
        try await DefineVirtualSeries(pool: world.pool)(
            .init(
                meteringPoint: "SUM", obis: #require(ObisCode("1-0:1.29.0")), unit: .kilowattHour, resolution: .hour, from: Day(2026, 1, 1),
                terms: [.init(meteringPoint: "CH", obis: #require(ObisCode("1-0:1.29.0")), factorMicro: -980_000)], author: "Netz",
                reason: "Messkonzept"), now: CockpitWorld.now)
        let months = try await MeasureCompleteness(pool: world.pool).months(of: "CH", today: Day(2026, 3, 30))
        // Three days were over, one of them with a change of the clock; one came.
        #expect(months.count == 1 && months[0].first == Day(2026, 3, 1) && months[0].expected == 71)
        #expect(months[0].received == 24 && months[0].received + months[0].estimated + months[0].missing == 71)
        let clerk = try await world.person(.billing)
        let channel = await clerk.open("/metering-points/CH?from=2026-03-27&last=2026-03-27").text
        #expect(channel.contains("Vollständigkeit") && channel.contains("33,8\u{A0}%") && channel.contains("/metering-points/CH/history?"))
        let sum = await clerk.open("/metering-points/SUM?from=2026-03-27&last=2026-03-27").text
        #expect(
            sum.contains("Berechnete Reihen") && sum.contains("− 0,98 × <a href=\"/metering-points/CH\">CH</a>") && sum.contains("24 / 24"))
        #expect(sum.contains("<svg") && !sum.contains("/metering-points/SUM/history?") && !sum.contains("Vollständigkeit"))
    }

    @Test func `shows what people did to its values, and leads to all of it`() async throws {
        let world = try await CockpitWorld()
        try await world.fill()
        let clerk = try await world.person(.billing)
        #expect(await clerk.open("/metering-points/P-1").text.contains("/edits?point=") == false)
        let finding = try #require(
            try await ListFindings(pool: world.pool)(.init(meteringPoint: "P-1")).items.first { $0.obis != nil })
        #expect(
            await clerk.send("/findings/\(finding.id)", ["action": "accept", "note": "Foto vom Zähler liegt vor"]).status == 303)
        let page = await clerk.open("/metering-points/P-1").text
        #expect(page.contains("/edits?point=P-1") && page.contains("Foto vom Zähler liegt vor"))
        let edits = await clerk.open("/edits?point=P-1").text
        #expect(edits.contains("Foto vom Zähler liegt vor") && edits.contains("alle Bearbeitungen"))
        #expect(await clerk.open("/edits?point=P-2").text.contains("Foto vom Zähler liegt vor") == false)
    }

    @Test(
        arguments: [
            ("7.801,5", "7801500000", nil), ("0.985", "985000", "985000"), ("12.345", "12345000000", "12345000"),
            ("7801.5", "7801500000", "7801500000"), ("1.23,4", nil, nil), ("viel", nil, nil), ("1 000", "1000000000", "1000000000"),
        ] as [(String, String?, String?)])
    func `numbers are typed as people write them`(text: String, german: String?, english: String?) {
        #expect(TypedNumber.micro(text, .german).map(String.init) == german)
        #expect(TypedNumber.micro(text, .english).map(String.init) == english)
    }
}
