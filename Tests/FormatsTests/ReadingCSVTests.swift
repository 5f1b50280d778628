import Metering
import ReadingFormats
import Testing
import Values

private let origin = ReadingFormat.Origin(messageId: "hash", source: "key-1")
private func parse(_ text: String) throws(ReadingFormatError) -> ReadingBatch { try CSVReadings.parse(Array(text.utf8), origin: origin) }

@Suite struct `Readings in CSV` {
    @Test(arguments: [",", ";"], ["\n", "\r\n"])
    func `both separators and both line ends are read`(separator: String, newline: String) throws {
        let text = [
            "meter,obis,at,value,unit,status", "A,1-0:1.8.0,2026-01-01T00:00:00+01:00,4711.3,kWh,measured",
            "B,1-0:1.8.0,2026-01-01T00:00:00+01:00,1,kWh,", "",
        ]
        .joined(separator: newline).split(separator: ",", omittingEmptySubsequences: false).joined(separator: separator)
        let batch = try parse("\u{FEFF}" + text)
        #expect(batch.messageId == "hash" && batch.source == "key-1")
        #expect(batch.meters == ["A", "B"])
        #expect(batch.registers.map(\.micro) == [4_711_300_000, 1_000_000])
        #expect(batch.registers.map(\.status) == [.measured, .measured])
        #expect(batch.faults.isEmpty)
    }

    @Test func `an empty cell of an interval is a gap, and a row may end early`() throws {
        let batch = try parse(
            """
            meter,obis,start,resolution,unit,status,v1,v2,v3,v4
            A,1-0:1.29.0,2026-01-01T00:00:00+01:00,PT15M,kWh,measured,0.1,,0.3,0.4
            A,1-0:1.29.0,2026-01-01T01:00:00+01:00,PT15M,kWh,estimated,0.5,x
            """)
        #expect(batch.statuses == [1, 0, 1, 1, 2, 0])
        #expect(batch.values == [100_000, 0, 300_000, 400_000, 500_000, 0])
        #expect(batch.faults.map(\.path) == ["/intervals/1/values/1"])
        #expect(batch.sentValues == 5)
    }

    @Test func `a wide table costs what its rows say, not what its header promises`() throws {
        func table(_ columns: Int) -> String {
            let row = "A,1-0:1.29.0,2026-01-01T00:00:00+01:00,PT15M,kWh,0.1\n"
            return "meter,obis,start,resolution,unit," + (1...columns).map { "v\($0)" }.joined(separator: ",") + "\n"
                + String(repeating: row, count: 50)
        }
        let batch = try parse(table(200_000))
        #expect(batch.values.count == 50)
        #expect(batch.faults.isEmpty && batch.intervals.count == 50)
        let error = try #require(throws: ReadingFormatError.self) { try parse(table(200_001)) }
        #expect(error.code == "csv-header")
    }

    @Test func `quotes hold separators, line ends and doubled quotes`() throws {
        let batch = try parse("\"meter\",obis,at,value,unit\n\"A,\"\"1\"\"\",1-0:1.8.0,2026-01-01T00:00:00Z,\"5\",kWh\n")
        #expect(batch.meters == ["A,\"1\""])
        #expect(batch.registers.map(\.micro) == [5_000_000])
    }

    @Test(arguments: [
        ("", "csv-header"), ("a,b\n", "csv-header"), ("meter,obis,at,unit\n", "csv-header"),
        ("meter,obis,at,value,unit,comment\n", "csv-header"),
        ("meter,obis,start,resolution,unit,status\n", "csv-header"), ("meter,obis,start,resolution,unit,v1,v3\n", "csv-header"),
        ("meter,obis,at,value,unit,meter\n", "csv-header"), ("meter,obis,at,value,unit\nA,\"1-0:1.8.0\n", "csv-syntax"),
        ("meter,obis,at,value,unit\nA,1\"2\n", "csv-syntax"), ("meter,obis,at,value,unit\nA,\"1\"2\n", "csv-syntax"),
    ])
    func `a table that cannot be read is refused as a whole`(text: String, code: String) throws {
        let error = try #require(throws: ReadingFormatError.self) { try parse(text) }
        #expect(error.code == code)
    }

    @Test func `bytes that are no text are refused`() {
        #expect(throws: ReadingFormatError.self) { try CSVReadings.parse([0x6D, 0xFF, 0x2C, 0x0A], origin: origin) }
    }

    @Test(arguments: [
        ("A,1-0:1.8.0,2026-01-01T00:00:00,1,kWh", "/registers/0/at", ItemFault.Code.noOffset),
        ("A,1-0:1.8.0,gestern,1,kWh", "/registers/0/at", .badTime),
        ("A,1.8,2026-01-01T00:00:00Z,1,kWh", "/registers/0/obis", .badMember),
        (",1-0:1.8.0,2026-01-01T00:00:00Z,1,kWh", "/registers/0/meter", .missingMember),
        ("A,1-0:1.8.0,2026-01-01T00:00:00Z,,kWh", "/registers/0/value", .missingMember),
        ("A,1-0:1.8.0,2026-01-01T00:00:00Z,1", "/registers/0/unit", .missingMember),
        ("A,1-0:1.8.0,2026-01-01T00:00:00Z,1.5.5,kWh", "/registers/0/value", .badNumber),
        ("A,1-0:1.8.0,2026-01-01T00:00:00Z,1,kWh,x", "/registers/0", .badMember),
    ])
    func `what is wrong with one row is named and the rest is read`(row: String, path: String, code: ItemFault.Code) throws {
        let batch = try parse("meter,obis,at,value,unit\n\(row)\nB,1-0:1.8.0,2026-01-01T00:00:00Z,2,kWh\n")
        #expect(batch.faults.map(\.path) == [path])
        #expect(batch.faults.map(\.code) == [code])
        #expect(batch.registers.map(\.index) == [1])
        #expect(batch.sentValues == 2)
    }

    @Test(arguments: [
        (#"  {"messageId":"m"}"#, ReadingFormat.json), ("\u{FEFF}meter;obis;at\n", .csv), ("meter,obis,start\r\n", .csv),
        ("<?xml version='1.0'?>", .xml),
    ])
    func `the format is told by the content`(text: String, format: ReadingFormat) {
        #expect(ReadingFormat.recognise(Array(text.utf8)) == format)
    }

    @Test func `what is no format of ours is nil, and what is not read yet says so`() throws {
        #expect(ReadingFormat.recognise([]) == nil)
        #expect(ReadingFormat.recognise([0x50, 0x4B, 3, 4, 44]) == nil)
        let error = try #require(throws: ReadingFormatError.self) { try ReadingFormat.xml.parse([], origin: origin) }
        #expect(error.code == "unsupported-format")
    }
}
