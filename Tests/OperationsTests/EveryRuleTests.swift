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
private let usual: [String?] = Array(repeating: "0.1", count: 96)
private func noon(_ day: Day) -> Instant { LocalTime.berlin.start(of: day).adding(seconds: 12 * 3_600) }
private func text(_ instant: Instant) -> String { LocalTime.berlin.text(instant) }

/// A rule with a situation in which it has to speak: what is sent, as it is sent.
struct RuleSituation: Sendable, CustomTestStringConvertible {
    let reference: String
    let rule: String
    /// Brings the situation about; what the answers refused, if anything.
    let happens: @Sendable (MeteringFixture) async throws -> [DeliveryReceipt]
    /// The raster of the fixture's channel.
    var resolution = "PT15M"
    var testDescription: String { "\(reference) \(rule)" }

    init(
        _ reference: String, _ rule: String, resolution: String = "PT15M",
        _ happens: @escaping @Sendable (MeteringFixture) async throws -> [DeliveryReceipt]
    ) {
        self.reference = reference
        self.rule = rule
        self.resolution = resolution
        self.happens = happens
    }
}

extension MeteringFixture {
    /// The rules that have spoken, whatever became of it, those of refused values among them.
    fileprivate func spoken(_ receipts: [DeliveryReceipt]) async throws -> Set<String> {
        var spoken = Set(try await ListFindings(pool: pool)(.init(isOpen: nil)).items.map(\.finding.rule))
        for error in receipts.flatMap(\.errors) {
            switch error.code {
            case .unknownMeter, .unknownRegister, .wrongUnit, .notInstalled: spoken.insert("identity")
            case .badResolution, .offRaster: spoken.insert("interval-length")
            case .future: spoken.insert("far-future")
            case .tooManyDigits, .negativeReading: spoken.insert("digits")
            default: break
            }
        }
        return spoken
    }
    fileprivate func set(_ values: [String: String], _ commodity: Commodity = .electricity) async throws {
        try await SetThresholds<ValidationParameters>(pool: pool)(
            .init(.init(commodity, .household), valid: DayRange(from: Day(2025, 1, 1)), values: values), author: "a", reason: "b",
            now: MeteringFixture.now)
    }
    /// Equal days of quarter hours, each sent at noon of the next.
    fileprivate func days(_ count: Int, _ values: [String?] = usual, from first: Day = day) async throws {
        for offset in 0..<count {
            let sent = first.adding(days: offset)
            try await send("d\(sent)", intervals: [F.intervals(values, from: F.start(sent))], now: noon(sent.adding(days: 1)))
        }
    }
    func survey(_ now: Instant) async throws {
        _ = try await SurveyMeteringPoints(pool: pool, directory: directory)(now: now)
    }
    fileprivate func market(_ text: String) async throws -> [DeliveryReceipt] {
        try await MarketPost(fixture: self)(text).receipts
    }
    /// A point with one meter whose serial is `M`.
    func meter(_ commodity: Commodity, _ registers: String, capacity: String = "") async throws {
        try await load(
            #"{"meteringPoints": [{"code": "X", "commodity": "\#(commodity.rawValue)"\#(capacity), "meters": [{"serial": "M", "from": "2025-01-01", "registers": [\#(registers)]}]}]}"#
        )
    }
    func json(_ body: String, now: Instant = MeteringFixture.now) async throws -> [DeliveryReceipt] {
        let bytes = Array(#"{"messageId":"j","source":"gw",\#(body)}"#.utf8)
        return [try await ingest(JSONReadings.parse(bytes), body: bytes, format: "json", now: now)]
    }
}

private let situations: [RuleSituation] = [
    .init("A1", "identity") { [try await $0.send("m", registers: [F.reading("1.0", at: F.start(day), serial: "NOBODY")])] },
    .init("A2", "message-id-reused") { fixture in
        try await fixture.send("m", registers: [F.reading("1.0", at: F.start(day))])
        return [try await fixture.send("m", registers: [F.reading("2.0", at: F.start(day.adding(days: 1)))])]
    },
    .init("A3", "interval-length") { [try await $0.send("m", intervals: [F.intervals(["1"], from: F.start(day), resolution: "PT1H")])] },
    .init("A4", "clock") { fixture in
        let body = Array(#"{"messageId":"m","source":"gw","registers":[\#(F.reading("1.0", at: F.start(day)))]}"#.utf8)
        var batch = try JSONReadings.parse(body)
        batch.deviceTime = F.now.adding(seconds: 600)
        return [try await fixture.ingest(batch, body: body, format: "json", now: F.now)]
    },
    .init("A5", "future") { [try await $0.send("m", registers: [F.reading("1.0", at: text(F.now.adding(seconds: 7_200)))])] },
    .init("A5", "far-future") { [try await $0.send("m", registers: [F.reading("1.0", at: text(F.now.adding(seconds: 200_000)))])] },
    .init("A6", "gap") { [try await $0.send("m", intervals: [F.intervals(["0.1", nil, "0.1"], from: F.start(day))])] },
    .init("A7", "overlap") {
        [try await $0.send("m", intervals: [F.intervals(["0.1"], from: F.start(day)), F.intervals(["0.2"], from: F.start(day))])]
    },
    .init("A8", "collapsed-hour") {
        [try await $0.send("m", intervals: [F.intervals(usual, from: F.start(Day(2025, 10, 26)))])]
    },
    .init("B1", "negative") { [try await $0.send("m", intervals: [F.intervals(["-1"], from: F.start(day))])] },
    .init("B2", "zero-consumption") { fixture in
        try await fixture.set(["zeroDays": "3"])
        try await fixture.days(6, Array(repeating: "0", count: 96))
        try await fixture.survey(noon(day.adding(days: 6)))
        return []
    },
    .init("B3", "inactive-usage") { fixture in
        try await fixture.days(4)
        try await SetPointState(pool: fixture.pool)(
            F.code, .disconnected, DayRange(from: day, until: day.adding(days: 20)), author: "a", reason: "unpaid", now: F.now)
        try await fixture.survey(noon(day.adding(days: 4)))
        return []
    },
    .init("B4", "spike") { fixture in
        try await fixture.set(["spikePercent": "180"])
        try await fixture.days(1, (0..<96).map { $0 == 40 ? "2" : "0.1" })
        return []
    },
    .init("B5", "step") { fixture in
        try await fixture.set(["stepPercent": "200"])
        try await fixture.days(1, (0..<96).map { $0 < 40 ? "0.1" : "2" })
        return []
    },
    .init("B6", "physical-ceiling") { [try await $0.send("m", intervals: [F.intervals(["900"], from: F.start(day))])] },
    .init("B6", "advance-ceiling") { fixture in
        [
            try await fixture.send(
                "m",
                registers: [F.reading("1.0", at: F.start(day)), F.reading("90000.0", at: F.start(day.adding(days: 1)))])
        ]
    },
    .init("B7", "outlier") { fixture in
        try await fixture.set(["outlierMultiple": "6"])
        try await fixture.days(34)
        try await fixture.days(1, (0..<96).map { $0 == 10 ? "3" : "0.1" }, from: day.adding(days: 34))
        try await fixture.survey(noon(day.adding(days: 35)))
        return []
    },
    .init("B8", "unusual-usage") { fixture in
        for month in 0..<5 {
            let at = day.adding(months: month)
            try await fixture.send("m\(month)", registers: [F.reading("\(10_000 + month * 300).0", at: F.start(at))], now: noon(at))
        }
        let at = day.adding(months: 5)
        try await fixture.send("much", registers: [F.reading("15100.0", at: F.start(at))], now: noon(at))
        try await fixture.survey(noon(at))
        return []
    },
    .init("B9", "historical-peak", resolution: "P1D") { fixture in
        let list: [String?] = (0..<59).map { $0 == 40 ? "9" : "1" }
        let receipt = try await fixture.send(
            "m", intervals: [F.intervals(list, from: F.start(Day(2026, 1, 1)), resolution: "P1D")], now: noon(Day(2026, 3, 1)))
        try await fixture.survey(noon(Day(2026, 3, 1)))
        return [receipt]
    },
    .init("B10", "advance-change") { fixture in
        for (month, value) in [10_000, 10_300, 10_600, 10_620].enumerated() {
            let at = day.adding(months: month)
            try await fixture.send("m\(month)", registers: [F.reading("\(value).0", at: F.start(at))], now: noon(at))
        }
        try await fixture.survey(noon(day.adding(months: 3)))
        return []
    },
    .init("C1", "register-against-intervals") { fixture in
        try await fixture.days(1)
        return [
            try await fixture.send(
                "r", registers: [F.reading("100.0", at: F.start(day)), F.reading("120.0", at: F.start(day.adding(days: 1)))])
        ]
    },
    .init("C2", "tariff-registers") { fixture in
        try await fixture.meter(
            .electricity,
            ["1.8.0", "1.8.1", "1.8.2"].map { #"{"obis": "1-0:\#($0)", "unit": "kWh", "decimals": 1}"# }.joined(separator: ","))
        for (offset, values) in [["100.0", "60.0", "40.0"], ["200.0", "100.0", "60.0"]].enumerated() {
            try await fixture.send(
                "m\(offset)",
                registers: zip(["1-0:1.8.0", "1-0:1.8.1", "1-0:1.8.2"], values).map {
                    F.reading($1, at: F.start(day.adding(days: offset)), serial: "M", obis: $0)
                })
        }
        return []
    },
    .init("C3", "rollover") { fixture in
        [
            try await fixture.send(
                "m", registers: [F.reading("999990.0", at: F.start(day)), F.reading("5.0", at: F.start(day.adding(days: 1)))])
        ]
    },
    .init("C3", "register-backwards") { fixture in
        [
            try await fixture.send(
                "m", registers: [F.reading("5000.0", at: F.start(day)), F.reading("4000.0", at: F.start(day.adding(days: 1)))])
        ]
    },
    .init("C4", "digits") { [try await $0.send("m", registers: [F.reading("1000000.0", at: F.start(day))])] },
    .init("C5", "exchange") { fixture in
        try await fixture.send("a", registers: [F.reading("4500.0", at: F.start(day))])
        return [
            try await ExchangeMeter(pool: fixture.pool, directory: fixture.directory)(
                .init(
                    meteringPoint: F.code, day: day.adding(days: 9), oldSerial: F.serial,
                    finalReadings: [.init(obis: F.total, micro: 4_620_000_000)], newSerial: "NEW",
                    startReadings: [.init(obis: F.total, micro: 0)]), now: F.now)
        ]
    },
    .init("C6", "multiplier") { fixture in
        let item = F.reading("1.0", at: F.start(day)).dropLast() + #","factor":"40"}"#
        return try await fixture.json(#""registers":[\#(item)]"#)
    },
    .init("C7", "misread") { fixture in
        for month in 0..<5 {
            let at = day.adding(months: month)
            try await fixture.send("m\(month)", registers: [F.reading("\(10_000 + month * 300).0", at: F.start(at))], now: noon(at))
        }
        let at = day.adding(months: 5)
        try await fixture.send("wrong", registers: [F.reading("15100.0", at: F.start(at))], now: noon(at))
        try await fixture.survey(noon(at))
        return []
    },
    .init("C8", "reading-below-estimate") { fixture in
        try await fixture.send("a", registers: [F.reading("100.0", at: F.start(day))])
        try await fixture.send("e", registers: [F.reading("200.0", at: F.start(day.adding(days: 30)), status: "estimated")])
        return [try await fixture.send("b", registers: [F.reading("150.0", at: F.start(day.adding(days: 60)))])]
    },
    .init("D1", "siblings") { fixture in
        try await fixture.meter(
            .electricity,
            ["1.29.0", "2.29.0"].map { #"{"obis": "1-0:\#($0)", "unit": "kWh", "resolution": "PT15M"}"# }.joined(separator: ","))
        for offset in 0..<7 {
            try await fixture.send(
                "m\(offset)", intervals: [F.intervals(usual, from: F.start(day.adding(days: offset)), serial: "M")],
                now: noon(day.adding(days: 7)))
        }
        try await fixture.survey(noon(day.adding(days: 7)))
        return []
    },
    .init("D2", "prolonged-estimation") { fixture in
        for month in 0...4 {
            let status = month == 0 ? "measured" : "estimated"
            try await fixture.send(
                "m\(month)", registers: [F.reading("\(100 + month).0", at: F.start(day.adding(months: month)), status: status)])
        }
        try await fixture.survey(noon(day.adding(months: 4)))
        return []
    },
    .init("D3", "silence") { fixture in
        try await fixture.days(3)
        try await fixture.survey(noon(day.adding(days: 8)))
        return []
    },
    .init("E1", "leak") { fixture in
        try await fixture.meter(.water, #"{"obis": "8-0:1.0.0", "unit": "m3"}"#)
        return try await fixture.market(
            #"{"media":"cold water","meter":"multical21","id":"M","total_m3":6.4,"timestamp":"2026-01-05T10:00:00Z","current_status":"LEAK"}"#
        )
    },
    .init("E2", "burst") { fixture in
        try await fixture.meter(.water, #"{"obis": "8-0:1.0.0", "unit": "m3"}"#)
        return try await fixture.market(
            #"{"media":"cold water","meter":"multical21","id":"M","total_m3":6.4,"timestamp":"2026-01-05T10:00:00Z","time_bursting":"1-8 hours","time_dry":""}"#
        )
    },
    .init("E2", "backflow") { fixture in
        try await fixture.meter(.water, #"{"obis": "8-0:1.29.0", "unit": "m3", "resolution": "PT1H"}"#)
        return try await fixture.json(
            #""intervals":[{"meter":"M","obis":"8-0:1.29.0","start":"\#(F.start(day))","resolution":"PT1H","unit":"m3","values":["-0.2"]}]"#
        )
    },
    .init("E2", "device-alarm") { fixture in
        [try await fixture.json(#""reports":[{"meter":"\#(F.serial)","at":"\#(F.start(day))","alarm":"tamper"}]"#)[0]]
    },
    .init("E2", "device-event") { fixture in
        try await fixture.market(
            EDI.interchange([
                EDI.message(1, id: "M1", [(EDI.first[1].value, EDI.first[1].from, EDI.first[1].until, "STS+Z32++Z92'STS+Z40++Z76")])
            ]))
    },
    .init("E3", "heat-balance") { fixture in
        try await fixture.meter(
            .heat, #"{"obis": "6-0:1.0.0", "unit": "kWh", "decimals": 3}, {"obis": "6-0:2.0.0", "unit": "m3", "decimals": 3}"#)
        // 10 m³ between 70 and 40 °C are 348.9 kWh, not 300.
        return try await fixture.json(
            #""registers":["#
                + [("1.0.0", "0", day), ("1.0.0", "300", day.adding(days: 1)), ("2.0.0", "0", day), ("2.0.0", "10", day.adding(days: 1))]
                .map {
                    F.reading($0.1, at: F.start($0.2), serial: "M", obis: "6-0:\($0.0)", unit: $0.0 == "1.0.0" ? "kWh" : "m3")
                }.joined(separator: ",")
                + #"],"reports":[{"meter":"M","at":"\#(F.start(day))","until":"\#(F.start(day.adding(days: 1)))","flowTemperature":"70","returnTemperature":"40"}]"#
        )
    },
    .init("E4", "gas-synchrony") { fixture in
        try await fixture.meter(
            .gas, #"{"obis": "7-0:3.0.0", "unit": "m3", "decimals": 3}, {"obis": "7-0:13.2.0", "unit": "m3", "decimals": 3}"#)
        return try await fixture.json(
            #""registers":["#
                + [("3.0.0", "0", day), ("3.0.0", "100", day.adding(days: 1)), ("13.2.0", "0", day), ("13.2.0", "99", day.adding(days: 1))]
                .map { F.reading($0.1, at: F.start($0.2), serial: "M", obis: "7-0:\($0.0)", unit: "m3") }.joined(separator: ",")
                + #"],"reports":[{"meter":"M","at":"\#(F.start(day))","until":"\#(F.start(day.adding(days: 1)))","conversion":"0.96"}]"#)
    },
]

@Suite(.database) struct `Every rule` {
    @Test(arguments: situations) func `fires from what is really sent`(situation: RuleSituation) async throws {
        let fixture = try await MeteringFixture(resolution: situation.resolution)
        let receipts = try await situation.happens(fixture)
        let spoken = try await fixture.spoken(receipts)
        #expect(spoken.contains(situation.rule), "\(spoken.sorted()) \(receipts.flatMap(\.errors))")
        #expect(RuleCatalog.rule(named: situation.rule)?.reference == situation.reference)
    }

    @Test func `of the reference is among them`() {
        #expect(Set(RuleCatalog.all.map(\.reference)).subtracting(situations.map(\.reference)).isEmpty)
    }
}
