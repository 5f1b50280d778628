import Metering
import ReadingFormats
import Testing

/// Where something is wrong in our own formats, the complaint names line, column and byte. The numbers are counted by hand.
@Suite struct `Places in our own formats` {
    private static let item = #""meter":"A","obis":"1-0:1.8.0","at":"2026-01-01T00:00:00Z","unit":"kWh""#

    @Test func `a bad value of JSON is told with its first byte`() throws {
        let head = #"{"messageId":"m","source":"s",\#n"registers":["#.replacing("\\n", with: "\n")
        let text = head + "\n{\(Self.item),\"value\":\"1,5\"}]}"
        #expect(head.utf8.count == 44 && Self.item.utf8.count == 71)
        let batch = try JSONReadings.parse(Array(text.utf8))
        let fault = try #require(batch.faults.first)
        // 44, the line feed, the brace, 71 of the item, the comma and 8 of "value": — then comes the quote of the value.
        #expect(fault.place == TextPlace(offset: 126, line: 3, column: 82))
        #expect(fault.message.hasPrefix("line 3, column 82, byte 126: no plain decimal"))
        #expect(fault.path == "/registers/0/value")
    }

    @Test func `a missing member is told with the item, a bad slot with itself`() throws {
        let text =
            #"{"messageId":"m","source":"s","registers":[{"meter":"A"}],"intervals":["#
            + #"{"meter":"A","obis":"1-0:1.29.0","start":"2026-01-01T00:00:00Z","resolution":"PT15M","unit":"kWh","values":["1",  7,null]}]}"#
        let batch = try JSONReadings.parse(Array(text.utf8))
        #expect(batch.faults.map(\.path) == ["/registers/0/obis", "/intervals/0/values/1"])
        #expect(batch.faults.map { $0.place?.offset } == [43, 185])
        #expect(Array(text.utf8)[185] == UInt8(ascii: "7"))
    }

    @Test func `what ingest refuses later has its place, too`() throws {
        let text = "{\"messageId\":\"m\",\"source\":\"s\",\"registers\":[{\(Self.item),\"value\":\"1\"},\n{\(Self.item),\"value\":\"2\"}]}"
        let batch = try JSONReadings.parse(Array(text.utf8))
        let told = try #require(batch.locate?()("registers", 1, "obis"))
        // 43 bytes, the first item of 85, the comma, the line feed; then {"meter":"A","obis": with 20.
        #expect(told.place == TextPlace(offset: 150, line: 2, column: 21) && told.path == "/registers/1/obis")
        #expect(batch.locate?()("registers", 1, "").place?.offset == 130)
        #expect(batch.locate?()("registers", 7, "obis").words == "/registers/7/obis")
    }

    @Test func `a text that is no JSON is told with the byte where it ends to be some`() throws {
        let error = try #require(throws: ReadingFormatError.self) {
            try JSONReadings.parse(Array("{\"messageId\":\"m\",\n\"source\";\"s\"}".utf8))
        }
        #expect(error.offset == 26 && error.line == 2 && error.column == 9)
        #expect(error.description.contains("line 2, column 9, byte 26"))
    }

    @Test func `a bad cell of CSV is told with its first byte`() throws {
        // The header has 26 bytes and its line feed; a byte order mark stands before it.
        let text =
            "\u{FEFF}meter,obis,at,value,unit\r\n\r\nA,1-0:1.8.0,2026-01-01T00:00:00Z, 1e3 ,kWh\r\n\"B\",1-0:1.8.0,2026-01-01T00:00:00Z,1,parsec\r\n"
        let batch = try CSVReadings.parse(Array(text.utf8), origin: .init(messageId: "m", source: "s"))
        // 3 + 24 + 2 + 2 = 31; A, the code and the time with their commas are 33; one blank.
        #expect(batch.faults.map(\.place) == [TextPlace(offset: 65, line: 3, column: 35), TextPlace(offset: 112, line: 4, column: 38)])
        #expect(Array(text.utf8)[65] == UInt8(ascii: "1") && Array(text.utf8)[112...].starts(with: "parsec".utf8))
        let told = try #require(batch.locate?()("registers", 1, "meter").place)
        #expect(told == TextPlace(offset: 76, line: 4, column: 2))
    }

    @Test(arguments: [
        ("meter,obis,at,value,unit,colour\n", 25, 1), ("meter,obis,at,value\n", 19, 1), ("meter,obis,at,value,unit\nA,\"x\n\n", 31, 4),
        ("meter,obis,at,value,unit\nA,b\"c,", 28, 2),
    ])
    func `a table that cannot be read is told with its byte`(text: String, offset: Int, line: Int) throws {
        let error = try #require(throws: ReadingFormatError.self) {
            try CSVReadings.parse(Array(text.utf8), origin: .init(messageId: "m", source: "s"))
        }
        #expect(error.offset == offset && error.line == line, "\(error)")
    }
}
