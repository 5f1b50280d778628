import MarketFormats
import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture

private struct Bytes: FileBytes {
    var rest: ArraySlice<UInt8>
    mutating func read(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}

/// What stands at the end: values, and what is open.
private struct Standing: Equatable {
    var table: [String]
    var findings: [String]
    init(_ fixture: F, _ meter: Int) async throws {
        table = try await fixture.values(code: meter == 0 ? F.code : "POINT-\(meter)").map {
            "\($0.status.word) \(DecimalText.format($0.micro, scale: 6))"
        }
        findings = try await ListFindings(pool: fixture.pool)(.init(isOpen: true, meter: "M\(meter)")).items.map {
            "\($0.finding.rule) \($0.finding.from) \($0.finding.until) \($0.finding.explanation.replacing("M\(meter)", with: "M"))"
        }.sorted()
    }
}

@Suite(.database) struct `A file that is cut into pieces` {
    private static let header = "meter,obis,start,resolution,unit,status,v1,v2,v3,v4\n"
    private static func row(_ start: Instant, _ values: [String]) -> String {
        "METER,1-0:1.29.0,\(LocalTime.berlin.text(start)),PT15M,kWh,measured,\(values.joined(separator: ","))\n"
    }

    /// Takes the file once whole and then in pieces of each size, each time for another meter.
    private func take(_ text: String, sizes: [Int]) async throws -> [Standing] {
        let fixture = try await F(meters: (0...sizes.count).map { "M\($0)" })
        var standings: [Standing] = []
        for (meter, size) in ([nil] + sizes.map(Optional.some)).enumerated() {
            let bytes = Array(text.replacing("METER", with: "M\(meter)").utf8)
            let parts = FileParts()
            var pieces = [bytes]
            if let size {
                var cut = try FilePieces(.csv, size: size) { Bytes(rest: bytes[...]) }
                pieces = []
                while let piece = try cut.next() { pieces.append(piece.bytes) }
            }
            for (number, piece) in pieces.enumerated() {
                let batch = try CSVReadings.parse(piece, origin: .init(messageId: "meter \(meter), piece \(number)", source: "import"))
                _ = try await fixture.ingest(batch, body: piece, format: "csv", parts: parts, now: F.now)
            }
            standings.append(try await Standing(fixture, meter))
        }
        return standings
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func `stands and is complained of as if it had come whole`(seed: UInt64) async throws {
        var numbers = SeededNumbers(seed: seed)
        let begin = LocalTime.berlin.start(of: Day(2026, 1, 14)).adding(seconds: 20 * 3_600)
        var rows: [String] = []
        // Eight hours across midnight, hour by hour; some hours twice or three times, now the same, now another.
        for hour in 0..<8 where hour != 5 {
            let start = begin.adding(seconds: Int64(hour) * 3_600)
            for copy in 0..<[1, 1, 2, 3].randomElement(using: &numbers)! {
                rows.append(
                    Self.row(start, (0..<4).map { "0.\(copy > 0 && Int.random(in: 0..<3, using: &numbers) > 0 ? 2 : 1)\(hour)\($0)" }))
            }
        }
        rows.shuffle(using: &numbers)
        let text = Self.header + rows.joined()
        let standings = try await take(text, sizes: [1, 200, 400])
        for cut in standings.dropFirst() { #expect(cut == standings[0]) }
    }

    @Test func `two rows that contradict each other are no correction, wherever the cut lies, and one finding per stretch`() async throws {
        let begin = LocalTime.berlin.start(of: Day(2026, 1, 15)).adding(seconds: -3_600)
        let second = begin.adding(seconds: 3_600)
        let rows = [
            Self.row(begin, ["0.1", "0.1", "0.1", "0.1"]), Self.row(second, ["0.1", "0.1", "0.1", "0.1"]),
            Self.row(begin, ["0.1", "0.1", "0.2", "0.2"]), Self.row(second, ["0.2", "0.1", "0.1", "0.1"]),
        ]
        let standings = try await take(Self.header + rows.joined(), sizes: [1, 150, 300])
        let whole = try #require(standings.first)
        #expect(whole.findings.filter { $0.hasPrefix("overlap") }.count == 1)
        #expect(whole.findings.first { $0.hasPrefix("overlap") }?.contains("3 ×") == true, "\(whole.findings)")
        for cut in standings.dropFirst() { #expect(cut == whole) }
    }

    @Test func `a later file corrects an earlier one`() async throws {
        let fixture = try await F()
        let begin = LocalTime.berlin.start(of: Day(2026, 1, 15))
        for values in [["0.1", "0.1", "0.1", "0.1"], ["0.2", "0.2", "0.2", "0.2"]] {
            let bytes = Array((Self.header + Self.row(begin, values).replacing("METER", with: F.serial)).utf8)
            let batch = try CSVReadings.parse(bytes, origin: .init(messageId: values[0], source: "import"))
            _ = try await fixture.ingest(batch, body: bytes, format: "csv", parts: FileParts(), now: F.now)
        }
        #expect(try await fixture.table().allSatisfy { $0 == "measured 0.2" })
        #expect(try await fixture.rules().isEmpty)
    }
}

@Suite(.database) struct `A stretch that nobody sent` {
    private func day(_ number: Int) -> String { F.intervals(Array(repeating: "0.1", count: 96), from: F.start(Day(2026, 1, number))) }
    private func gaps(_ fixture: F, isOpen: Bool = true) async throws -> [String] {
        try await ListFindings(pool: fixture.pool)(.init(isOpen: isOpen, rule: "gap")).items.map {
            "\(LocalTime.berlin.day(of: $0.finding.from))…\(LocalTime.berlin.day(of: $0.finding.until))"
        }.sorted()
    }

    @Test func `is one finding that shrinks as values come and closes with the last of them`() async throws {
        let fixture = try await F()
        for number in 1...8 { try await fixture.send("d\(number)", intervals: [day(number)]) }
        #expect(try await gaps(fixture).isEmpty)
        try await fixture.send("d13", intervals: [day(13)])
        #expect(try await gaps(fixture) == ["2026-01-09…2026-01-13"])
        let id = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "gap")).items.first?.id)
        try await fixture.send("d12", intervals: [day(12)])
        #expect(try await gaps(fixture) == ["2026-01-09…2026-01-12"])
        #expect(try await ListFindings(pool: fixture.pool)(.init(rule: "gap")).items.map(\.id) == [id])
        try await fixture.send("rest", intervals: [day(9), day(10), day(11)])
        #expect(try await gaps(fixture).isEmpty)
        #expect(try await ListFindings(pool: fixture.pool)(.init(isOpen: false, rule: "gap")).items.map(\.id) == [id])
    }

    @Test func `goes on as one finding while it grows`() async throws {
        let fixture = try await F()
        for number in 1...8 { try await fixture.send("d\(number)", intervals: [day(number)]) }
        let (values, none) = (Array(repeating: String?.some("0.1"), count: 48), Array(repeating: String?.none, count: 48))
        try await fixture.send("evening", intervals: [F.intervals(values + none, from: F.start(Day(2026, 1, 9)))])
        let first = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "gap")).items.first)
        try await fixture.send("morning", intervals: [F.intervals(none + values, from: F.start(Day(2026, 1, 10)))])
        let open = try await ListFindings(pool: fixture.pool)(.init(rule: "gap")).items
        #expect(open.map(\.id) == [first.id] && open.first?.finding.from == first.finding.from)
        #expect(open.first?.finding.until == LocalTime.berlin.start(of: Day(2026, 1, 10)).adding(seconds: 43_200))
    }

    @Test func `and what was declared within it are one finding`() async throws {
        let fixture = try await F()
        for number in 1...8 { try await fixture.send("d\(number)", intervals: [day(number)]) }
        try await fixture.send("empty", intervals: [F.intervals(Array(repeating: nil, count: 96), from: F.start(Day(2026, 1, 10)))])
        try await fixture.send("d12", intervals: [day(12)])
        #expect(try await gaps(fixture) == ["2026-01-09…2026-01-12"])
    }
}

@Suite(.database) struct `A message that names a metering point and a meter` {
    private static func file(_ point: String, _ serial: String) -> String {
        EDI.interchange([EDI.message(1, id: "M1", point: "\(point)'RFF+MG:\(serial)", EDI.first)])
    }
    private static func cim(_ point: String, _ serial: String) -> String {
        """
        <EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Header><Verb>created</Verb><Noun>MeterReadings</Noun><Source>HES</Source>
        <MessageID>C1</MessageID></Header><Payload><MeterReadings xmlns="http://iec.ch/TC57/2011/MeterReadings#"><MeterReading>
        <IntervalBlocks><IntervalReadings><timeStamp>2025-12-31T23:15:00Z</timeStamp><value>100</value></IntervalReadings>
        <IntervalReadings><timeStamp>2025-12-31T23:30:00Z</timeStamp><value>100</value></IntervalReadings>
        <ReadingType ref="0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"/></IntervalBlocks>
        <Meter><Names><name>\(serial)</name></Names></Meter><UsagePoint><mRID>\(point)</mRID></UsagePoint>
        </MeterReading></MeterReadings></Payload></EventMessage>
        """
    }

    @Test func `is quarantined where the meter hangs at another point, and says so of both`() async throws {
        let fixture = try await F(meters: [F.serial, "OTHER"])
        for text in [Self.file("POINT-1", F.serial), Self.cim("POINT-1", F.serial)] {
            let total = try await MarketPost(fixture: fixture)(text).total
            #expect(total.counts == [0, 0, 0, 2])
            #expect(total.errors.map(\.code) == [.wrongPoint])
            let words = try #require(total.errors.first?.message)
            #expect(words.contains("POINT-1") && words.contains(F.serial) && words.contains(F.code), "\(words)")
        }
        #expect(try await fixture.values().isEmpty)
    }

    @Test func `is taken where they belong together, and where only the meter is known here`() async throws {
        let fixture = try await F(meters: [F.serial, "OTHER"])
        for point in [F.code, "51238696781"] {
            #expect(try await MarketPost(fixture: fixture)(Self.file(point, F.serial)).total.counts[3] == 0)
            #expect(try await MarketPost(fixture: fixture)(Self.cim(point, F.serial)).total.counts[3] == 0)
        }
    }

    @Test func `that moved since is taken for the time at which it hung there, and again once the relocation is known`() async throws {
        let fixture = try await F(meters: [F.serial, "OTHER"])
        try await fixture.load(
            #"""
            {"meteringPoints": [
             {"code": "\#(F.code)", "commodity": "electricity", "state": "SH", "meters": [{"serial": "\#(F.serial)", "from": "2025-01-01", "until": "2026-01-01"}]},
             {"code": "POINT-1", "commodity": "electricity", "state": "SH", "meters": [{"serial": "\#(F.serial)", "from": "2026-01-01"}]}]}
            """#)
        #expect(try await MarketPost(fixture: fixture)(Self.file(F.code, F.serial)).total.errors.map(\.code) == [.wrongPoint])
        #expect(try await MarketPost(fixture: fixture)(Self.file("POINT-1", F.serial)).total.counts == [2, 0, 0, 0])
    }
}
