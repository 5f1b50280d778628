import JSON
import MarketFormats
import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture

@Suite(.database) struct `What goes out` {
    /// A day of quarter hours in which every status stands that a format can say.
    private func day(_ day: Day, _ statuses: [ValueStatus]) -> [String] {
        let time = LocalTime.berlin
        return (0..<Resolution.quarterHour.slots(of: day)).map { slot in
            let status = statuses[slot / 10 % statuses.count]
            return F.intervals(
                ["0.\(100 + slot)"], from: time.text(Resolution.quarterHour.start(of: slot, of: day)), status: status.word)
        }
    }

    static let statuses: [(ExportReadings.Format, [ValueStatus])] = [
        (.csv, [.measured, .estimated, .substituted, .provisional]), (.json, [.measured, .estimated, .substituted, .provisional]),
        (.nem12, [.measured, .estimated, .substituted]),
        (.mscons, [.measured, .estimated, .substituted, .provisional]),
        (.espi, [.measured, .estimated, .substituted, .provisional]), (.cim, [.measured, .estimated, .substituted]),
    ]

    @Test(arguments: statuses, [Day(2026, 1, 1), Day(2026, 3, 29), Day(2025, 10, 26)])
    func `comes in again as the same values at the same times, on days of 92, 96 and 100 quarter hours`(
        format: (ExportReadings.Format, [ValueStatus]), day: Day
    ) async throws {
        let fixture = try await F()
        try await fixture.send("in", intervals: self.day(day, format.1))
        let before = try await fixture.values()
        let slots = Resolution.quarterHour.slots(of: day)
        let query = ReadSeries.Query(meteringPoint: F.code, obis: F.channel)
        let bytes = try await ExportReadings(pool: fixture.pool)(
            query, as: format.0, sender: "9900000000001", recipient: "9900000000002", now: F.now)
        let receipt: DeliveryReceipt
        if let own = try own(format.0, bytes) {
            receipt = try await fixture.ingest(own, body: bytes, format: format.0.rawValue, now: F.now)
        } else {
            let origin = MarketOrigin(messageId: "out", source: "gw", receivedAt: F.now)
            receipt = try await IngestMarketMessages(fixture.ingest)(bytes, origin: origin, now: F.now).total
        }
        #expect(receipt.counts == [0, slots, 0, 0], "\(receipt.errors.prefix(3))")
        #expect(try await fixture.values() == before)
    }

    /// A message of one of our own formats; nil of another.
    private func own(_ format: ExportReadings.Format, _ bytes: [UInt8]) throws -> ReadingBatch? {
        switch format {
        case .csv: try CSVReadings.parse(bytes, origin: .init(messageId: "out", source: "gw"))
        case .json: try JSONReadings.parse(bytes)
        default: nil
        }
    }

    @Test(arguments: [ExportReadings.Format.csv, .json, .mscons, .cim])
    func `register readings come in again as the same`(format: ExportReadings.Format) async throws {
        let fixture = try await F()
        let readings = (0..<5).map {
            F.reading("\(100 + $0).5", at: F.start(Day(2026, 1 + $0, 1)), status: $0 == 2 ? "substituted" : "measured")
        }
        try await fixture.send("in", registers: readings)
        let query = ReadSeries.Query(meteringPoint: F.code, obis: F.total)
        let bytes = try await ExportReadings(pool: fixture.pool)(query, as: format, now: F.now)
        let receipt: DeliveryReceipt
        if let own = try own(format, bytes) {
            receipt = try await fixture.ingest(own, body: bytes, format: format.rawValue, now: F.now)
        } else {
            receipt = try await IngestMarketMessages(fixture.ingest)(
                bytes, origin: .init(messageId: "out", source: "gw", receivedAt: F.now), now: F.now
            ).total
        }
        #expect(receipt.counts == [0, 5, 0, 0], "\(receipt.errors)")
    }

    @Test func `method and reason of a market message go out as they came`() async throws {
        let fixture = try await F()
        try await MarketPost(fixture: fixture)(EDI.interchange([EDI.message(1, id: "M1", EDI.first)]))
        let query = ReadSeries.Query(meteringPoint: F.code, obis: F.channel)
        let mscons = String(decoding: try await ExportReadings(pool: fixture.pool)(query, as: .mscons, now: F.now), as: UTF8.self)
        #expect(mscons.contains("QTY+67:0.2:KWH"))
        #expect(mscons.contains("STS+Z32++Z92'") && mscons.contains("STS+Z40++Z75'"))
        let nem12 = String(decoding: try await ExportReadings(pool: fixture.pool)(query, as: .nem12, now: F.now), as: UTF8.self)
        #expect(nem12.contains("F17,76,"))
    }

    @Test func `what a format cannot say is refused with a reason`() async throws {
        let fixture = try await F()
        try await fixture.send("in", registers: [F.reading("1.0", at: F.start(Day(2026, 1, 1)))])
        await #expect(throws: ExportReadings.Refusal.self) {
            try await ExportReadings(pool: fixture.pool)(.init(meteringPoint: F.code), as: .espi, now: F.now)
        }
        await #expect(throws: UnknownMeteringPoint.self) {
            try await ExportReadings(pool: fixture.pool)(.init(meteringPoint: "NOWHERE"), as: .csv, now: F.now)
        }
    }

    @Test(arguments: 1...5)
    func `any order, any repetition and any split of the same values lead to the same values`(seed: UInt64) async throws {
        let fixture = try await F(meters: [F.serial, "SECOND"])
        var random = SeededNumbers(seed: seed)
        // Three days around the change of clocks, cut at random, some parts twice, each in a format of its own.
        let first = LocalTime.berlin.start(of: Day(2026, 3, 28))
        let total = 96 + 92 + 96
        let values = (0..<total).map { "0.\(100 + ($0 * 37) % 800)" }
        var parts: [(String, Range<Int>)] = []
        for serial in [F.serial, "SECOND"] {
            var cuts = Set((0..<8).map { _ in Int.random(in: 1..<total, using: &random) })
            cuts.formUnion([0, total])
            let sorted = cuts.sorted()
            parts += zip(sorted, sorted.dropFirst()).map { (serial, $0..<$1) }
        }
        parts += (0..<4).map { _ in parts[Int.random(in: 0..<parts.count, using: &random)] }
        // And one that overlaps others.
        parts.append((F.serial, 50..<150))
        parts.shuffle(using: &random)
        for (number, (serial, range)) in parts.enumerated() {
            let start = first.adding(seconds: Int64(range.lowerBound) * 900)
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                try await fixture.send(
                    "m\(number)", intervals: [F.intervals(Array(values[range]), from: LocalTime.berlin.text(start), serial: serial)])
            case 1:
                let header =
                    "meter,obis,start,resolution,unit,status,"
                    + range.indices.map { "v\($0 - range.lowerBound + 1)" }.joined(separator: ",")
                let text = "\(header)\n\(serial),1-0:1.29.0,\(start),PT15M,kWh,measured,\(values[range].joined(separator: ","))\n"
                _ = try await fixture.ingest(
                    CSVReadings.parse(Array(text.utf8), origin: .init(messageId: "c\(number)", source: "s")), body: Array(text.utf8),
                    format: "csv", now: F.now)
            default:
                let point = serial == F.serial ? F.code : "POINT-1"
                let stamps = range.map { slot in
                    (first.adding(seconds: Int64(slot) * 900), first.adding(seconds: Int64(slot + 1) * 900), values[slot])
                }
                let quantities = stamps.map { from, until, value in
                    (value: "220:\(value):KWH", from: EDI.digits(from), until: EDI.digits(until), more: "")
                }
                try await MarketPost(fixture: fixture)(EDI.interchange([EDI.message(1, id: "E\(number)", point: point, quantities)]))
            }
        }
        let sent: [Int64] = (0..<total).map { slot in Int64(100 + (slot * 37) % 800) * 1_000 }
        let statuses = [ValueStatus](repeating: .measured, count: total)
        for code in [F.code, "POINT-1"] {
            let found = try await fixture.values(code: code)
            #expect(found.map(\.status) == statuses)
            #expect(found.map(\.micro) == sent)
        }
    }
}

extension EDI {
    /// CCYYMMDDhhmm in UTC.
    static func digits(_ instant: Instant) -> String { String(instant.description.filter(\.isNumber).prefix(12)) }
}
