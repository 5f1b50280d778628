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

@Suite(.database) struct `Estimating with what else is known` {
    private let gasPoint = #"""
        {"meteringPoints": [{"code": "GAS", "commodity": "gas", "state": "SH", "address": {"postcode": "24534"}, "capacity": {"value": "6", "unit": "m3/h"},
          "meters": [{"serial": "G1", "from": "2025-01-01", "registers": [
            {"obis": "7-0:3.0.0", "unit": "m3", "digits": 5, "decimals": 3}, {"obis": "7-0:3.21.0", "unit": "m3", "resolution": "PT1H", "decimals": 3}]}]}]}
        """#
    private func item(_ at: String, _ values: String) -> String {
        #"{"meter":"G1","obis":"7-0:3.21.0","start":"\#(at)","resolution":"PT1H","unit":"m3","values":[\#(values)]}"#
    }
    private func temperatures(
        _ fixture: F, from: Day, days: Int, _ mean: (Int) -> Int32, station: String = "Neumünster", now: Instant = F.now
    ) async throws
        -> ImportTemperatures.Outcome
    {
        try await ImportTemperatures(pool: fixture.pool)(
            (0..<days).map { .init(station: station, day: from.adding(days: $0), mean: Temperature(tenThousandths: mean($0) * 10_000)) },
            regions: [try #require(.init(postcodePrefix: "24", station: "Neumünster"))], source: "test", author: "a", now: now)
    }

    @Test func `temperatures are versions, and the same again changes nothing`() async throws {
        let fixture = try await F()
        let first = try await temperatures(fixture, from: day, days: 10) { _ in 3 }
        #expect([first.added, first.changed, first.unchanged, first.regions] == [10, 0, 0, 1])
        let again = try await temperatures(fixture, from: day, days: 10) { $0 == 4 ? 5 : 3 }
        #expect(again.added == 0 && again.changed == 1 && again.unchanged == 9)
        #expect(try await fixture.rows("temperature") == 11)
    }

    @Test func `gas over a long gap follows the cold`() async throws {
        let fixture = try await F()
        try await fixture.load(gasPoint)
        _ = try await temperatures(fixture, from: day.adding(days: -10), days: 80) { (10..<30).contains($0 - 10) ? -10 : 5 }
        // Ten warm days, twenty cold ones without values, ten warm days.
        let warm = Array(repeating: "\"0.1\"", count: 24).joined(separator: ",")
        for offset in Array(0..<10) + Array(30..<40) {
            try await fixture.send("\(offset)", intervals: [item(F.start(day.adding(days: offset)), warm)])
        }
        let values = try await fixture.values(ObisCode(7, 0, 3, 21, 0), code: "GAS")
        let estimates = values.filter { $0.status == .estimated }
        #expect(estimates.count == 20 * 24 && estimates.allSatisfy { $0.method == "temperature-scaled" })
        // In the depth of the cold it is well above the warm days' 0.1 m³.
        let cold = estimates.filter { $0.at >= LocalTime.berlin.start(of: day.adding(days: 20)) }
        #expect(cold.allSatisfy { $0.micro > 150_000 })
        let codes = try #require(estimates.first?.codes)
        #expect(codes == .init(mscons: ["67", "ZQ8", "Z75"], nem12: "S18 76", cim: "3.8.0"))
        #expect(values.first?.codes == nil)
    }

    @Test func `a gap between readings with no history is divided by the customer's profile`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"{"meteringPoints": [{"code": "\#(F.code)", "commodity": "electricity", "profile": "G0", "customerClass": "commercial", "annualForecast": "5000", "meters": []}]}"#
        )
        try await fixture.send("r", registers: [F.reading("100", at: F.start(day)), F.reading("110", at: F.start(day.adding(days: 1)))])
        _ = try await fixture.send("v", intervals: [F.intervals(["0.05"], from: F.start(day))])
        _ = try await EstimatePeriod(pool: fixture.pool)(DayRange(from: day, until: day.adding(days: 1)), now: F.now)
        let values = try await fixture.values()
        #expect(values.reduce(0) { $0 + $1.micro } == 10_000_000)
        #expect(values.dropFirst().allSatisfy { $0.method == "load-profile" })
        let night = values[8].micro
        let noon = values[44].micro
        #expect(noon > 2 * night)
    }

    @Test func `a forecast is told as billed, its channel counts before the transformer`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"{"meteringPoints": [{"code": "T", "commodity": "electricity", "profile": "G0", "customerClass": "commercial", "annualForecast": "3650", "meters": [{"serial": "T1", "from": "2025-12-01", "registers": [{"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT15M", "factor": "10"}]}]}]}"#
        )
        try await fixture.send("v", intervals: [F.intervals(["0.01"], from: F.start(day), serial: "T1")])
        _ = try await EstimatePeriod(pool: fixture.pool)(DayRange(from: day, until: day.adding(days: 1)), now: F.now)
        let estimates = try await fixture.values(code: "T").filter { $0.method == "class-average" }
        #expect(estimates.count > 80)
        // About 10 kWh a day, of which the channel counts a tenth.
        #expect((500_000..<2_000_000).contains(estimates.reduce(0) { $0 + $1.micro }))
    }

    @Test func `a vacant home without a register is honestly zero`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "V", "commodity": "electricity", "meters": [{"serial": "V1", "from": "2025-12-01", "registers": [
              {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT1H"}]}]}]}
            """#)
        try await fixture.send(
            "a", intervals: [F.intervals(Array(repeating: "0.1", count: 24), from: F.start(day), serial: "V1", resolution: "PT1H")])
        try await SetPointState(pool: fixture.pool)(
            "V", .vacant, DayRange(from: day.adding(days: 1), until: day.adding(days: 3)), author: "a", reason: "moved out", now: F.now)
        _ = try await EstimatePeriod(pool: fixture.pool)(DayRange(from: day, until: day.adding(days: 3)), now: F.now)
        let zeros = try await fixture.values(code: "V").filter { $0.method == "zero" }
        #expect(zeros.count == 48 && zeros.allSatisfy { $0.micro == 0 && $0.reason == "vacancy" && $0.status == .substituted })
        #expect(zeros.first?.codes?.mscons == ["67", "Z84", "Z84"] || zeros.first?.codes?.mscons == ["67", "Z84"])
    }

    @Test func `a measured value that replaces an estimate says what it changed, and nobody has to do anything`() async throws {
        let fixture = try await F()
        func slot(_ number: Int) -> String { LocalTime.berlin.text(LocalTime.berlin.start(of: day).adding(seconds: Int64(number) * 900)) }
        try await fixture.send("a", intervals: [F.intervals(["2.0", nil, nil, "5.0"], from: slot(0))])
        try await fixture.send("b", intervals: [F.intervals(["3.0", "4.5"], from: slot(1))])
        let event = try #require(try await ListFindings(pool: fixture.pool)(.init(isOpen: false, rule: "estimate-replaced")).items.first)
        #expect(event.finding.severity == .event && event.resolvedBy == "system" && event.messageId == "b")
        // The first of the two had been estimated right.
        #expect(event.finding.inputs.contains { $0.name == "values" && $0.value == "1" })
        #expect(event.finding.explanation.contains("4,5") && event.finding.explanation.contains("4 kWh"))
        #expect(try await fixture.rules().isEmpty)
    }

    @Test func `estimating a period waits for deliveries of the same meters, and both see each other`() async throws {
        let fixture = try await F()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    let at = LocalTime.berlin.text(LocalTime.berlin.start(of: day).adding(seconds: Int64(number) * 3_600))
                    try await fixture.send("\(number)", intervals: [F.intervals(["0.5", "0.5"], from: at)])
                }
                if number % 3 == 0 {
                    group.addTask {
                        _ = try await EstimatePeriod(pool: fixture.pool, directory: fixture.directory)(
                            DayRange(from: day, until: day.adding(days: 1)), now: F.now)
                    }
                }
            }
            try await group.waitForAll()
        }
        let values = try await fixture.values().filter { $0.at < LocalTime.berlin.start(of: day).adding(seconds: 11 * 3_600 + 1_800) }
        #expect(values.count == 46 && values.filter { $0.status == .measured }.count == 24)
    }
}

@Suite(.database) struct `The sender's clock` {
    @Test func `one that is off is said once, with by how much`() async throws {
        let fixture = try await F()
        for (number, seconds) in [0, 120, 600, 700].enumerated() {
            let body = Array(
                #"{"messageId":"\#(number)","source":"gw","registers":[\#(F.reading("10\(number)", at: F.start(day.adding(days: number))))]}"#
                    .utf8)
            var batch = try JSONReadings.parse(body)
            batch.deviceTime = F.now.adding(seconds: Int64(seconds))
            let receipt = try await fixture.ingest(batch, body: body, format: "json", now: F.now)
            #expect(receipt.findings == (seconds == 600 ? 1 : 0))
        }
        #expect(try await fixture.rules() == ["clock"])
    }
}
