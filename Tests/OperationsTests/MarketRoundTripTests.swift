import MarketFormats
import Metering
import MeteringOperations
import Testing
import ReadingFormats
import TestKit
import Values

private typealias F = MeteringFixture

/// What a market file said of each value is said again when the stored values go out.
@Suite(.database) struct `A file that goes in and comes out` {
    /// Quarter hours from midnight of 1 January 2026, Berlin.
    private func stamp(_ slot: Int) -> String {
        EDI.digits(LocalTime.berlin.start(of: Day(2026, 1, 1)).adding(seconds: Int64(slot) * 900))
    }
    private func out(_ fixture: F, _ format: ExportReadings.Format) async throws -> [UInt8] {
        try await ExportReadings(pool: fixture.pool)(.init(meteringPoint: F.code, obis: F.channel), as: format, now: F.now)
    }
    /// The codes beside each value that is none of gaps.
    private func codes(_ bytes: [UInt8]) throws -> [[ValueCode]] {
        let delivery = try MarketFormat.read(bytes, origin: .init(messageId: "m", source: "s", receivedAt: F.now))
        return delivery.readings.flatMap { message in
            message.batch.intervals.flatMap { item in
                item.slots.filter { message.batch.statuses[$0] != ValueStatus.absent.rawValue }.map {
                    message.codes.codes(message.codes.set(at: $0)).sorted { $0.list < $1.list }
                }
            }
        }
    }

    @Test func `says the same in MSCONS, every qualifier with its method, hint and reason`() async throws {
        let said = [
            "220", "79", "67 STS+Z32++Z92'STS+Z40++Z75", "67 STS+Z32++ZJ2'STS+Z40++ZS9", "67 STS+Z32++Z88'STS+Z40++ZA0", "201", "187",
            "Z18",
            "220 STS+Z34++ZA8", "220 STS+Z34++ZA3", "220 STS+Z33++Z83", "220 STS+Z33++Z85", "Z18 STS+Z40++ZT8", "20 STS+Z40++ZA3", "20",
        ]
        let slots = said.enumerated().map { slot, text in
            let parts = text.split(separator: " ", maxSplits: 1)
            return (
                value: "\(parts[0]):0.1:KWH", from: stamp(slot), until: stamp(slot + 1), more: parts.count > 1 ? String(parts[1]) : ""
            )
        }
        let fixture = try await F()
        let file = EDI.interchange([EDI.message(1, id: "M1", slots)])
        #expect(try await MarketPost(fixture: fixture)(file).total.counts == [said.count, 0, 0, 0])
        let bytes = try await out(fixture, .mscons)
        #expect(try codes(bytes) == codes(Array(file.utf8)), "\(String(decoding: bytes, as: UTF8.self))")
    }

    @Test func `says the same in NEM12, every flag with its method and reason`() async throws {
        // Market time is UTC+10: a whole market day, from 15:00 in Berlin.
        let flags = ["A,,", "E18,,", "F14,76,", "F17,45,", "F19,8,", "S12,9,", "S15,1,", "S18,,"]
        let width = 96 / flags.count
        let file =
            "100,NEM12,202601150000,FROM,TO\n200,\(F.code),E1,E1,E1,,,KWH,15,\n300,20260102,"
            + (0..<96).map { "0.\(100 + $0)" }.joined(separator: ",") + ",V,,,20260103000000,\n"
            + flags.enumerated().map { "400,\($0 * width + 1),\(($0 + 1) * width),\($1)\n" }.joined() + "900\n"
        let fixture = try await F()
        #expect(try await MarketPost(fixture: fixture)(file).total.counts == [96, 0, 0, 0])
        let bytes = try await out(fixture, .nem12)
        let found = try codes(bytes)
        #expect(found.count == 96)
        #expect(try found == codes(Array(file.utf8)), "\(String(decoding: bytes, as: UTF8.self))")
    }

    @Test func `says the same in CIM, every quality`() async throws {
        let qualities = ["1.0.0", "3.7.0", "3.8.0", "3.10.0", "3.6.0"]
        let readings = qualities.enumerated().map { slot, quality in
            "<IntervalReadings><timeStamp>\(LocalTime.berlin.start(of: Day(2026, 1, 1)).adding(seconds: Int64(slot + 1) * 900))</timeStamp><value>0.25</value>"
                + "<ReadingQualities><ReadingQualityType ref=\"\(quality)\"/></ReadingQualities></IntervalReadings>"
        }
        let file =
            "<MeterReadings xmlns=\"http://iec.ch/TC57/2011/MeterReadings#\"><MeterReading><IntervalBlocks>\(readings.joined())"
            + "<ReadingType ref=\"0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0\"/></IntervalBlocks>"
            + "<Meter><Names><name>\(F.serial)</name></Names></Meter></MeterReading></MeterReadings>"
        let fixture = try await F()
        #expect(try await MarketPost(fixture: fixture)(file).total.counts == [5, 0, 0, 0])
        let bytes = try await out(fixture, .cim)
        #expect(try codes(bytes).map { $0.first?.code } == qualities, "\(String(decoding: bytes, as: UTF8.self))")
    }

    @Test func `says the same in ESPI, every status it has a quality for`() async throws {
        let statuses: [ValueStatus] = [.measured, .substituted, .estimated, .provisional]
        let fixture = try await F()
        try await fixture.send(
            "in",
            intervals: statuses.enumerated().map { slot, status in
                F.intervals(
                    ["0.25"], from: LocalTime.berlin.text(LocalTime.berlin.start(of: Day(2026, 1, 1)).adding(seconds: Int64(slot) * 900)),
                    status: status.word)
            })
        let bytes = try await out(fixture, .espi)
        #expect(try codes(bytes).map { $0.map(\.code) } == [[], ["7"], ["9"], ["10"]])
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(try await MarketPost(fixture: fixture)(text).total.counts == [0, 4, 0, 0])
        #expect(try await fixture.values().map(\.status) == statuses)
        #expect(try codes(try await out(fixture, .espi)) == codes(bytes))
    }

    @Test func `the answer's codes are those of the file that goes out`() async throws {
        let fixture = try await F()
        try await MarketPost(fixture: fixture)(EDI.interchange([EDI.message(1, id: "M1", EDI.first)]))
        let document = try await ReadSeries(pool: fixture.pool)(.init(meteringPoint: F.code, obis: F.channel))
        let told = try #require(document.series.first?.values.last?.codes)
        #expect(told.nem12 == "F17 76" && told.mscons == ["67", "Z92", "Z75"] && told.cim == "3.7.0")
        #expect(String(decoding: try await out(fixture, .nem12), as: UTF8.self).contains("F17,76,"))
    }

    @Test func `what a rule rejected keeps how it was made, and accepted it is a substitute again`() async throws {
        let fixture = try await F()
        let slots = [(value: "67:-5:KWH", from: stamp(0), until: stamp(1), more: "STS+Z32++Z92'STS+Z40++Z75")]
        try await MarketPost(fixture: fixture)(EDI.interchange([EDI.message(1, id: "M1", slots)]))
        let bytes = try await out(fixture, .mscons)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("QTY+20:-5:KWH'") && text.contains("STS+Z32++Z92'") && text.contains("STS+Z40++ZA1'"), "\(text)")
    }
}
