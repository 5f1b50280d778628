import MarketFormats
import Metering
import Testing
import Values

/// Where a value is wrong, the complaint names the first of its bytes, in every format.
@Suite struct `Places of faults` {
    /// A message, the text before the value, and the value.
    private static let values: [(name: String, text: String, before: String, value: String)] = [
        ("nem12", Messages.nem12, "6.5,", "7.5"),
        ("nem13", Messages.nem13, ",E,", "006342.8"),
        ("mscons", Messages.loadProfile(), "QTY+220:", "3.125"),
        ("mscons comma", Messages.loadProfile(mark: ","), "QTY+220:", "3,125"),
        ("cim", Messages.cim, "<value>", "0.250"),
        ("cim register", Messages.cim, "<value>", "4250.465"),
        ("espi", Messages.espi, "<value>", "323"),
        ("mbus", Messages.mbus, "<Value>", "56108"),
        ("wmbus", Messages.wmbus, "\"total_m3\":\"", "12.25"),
        ("wmbus list", "[" + Messages.wmbus.split(separator: "\n").joined(separator: ",\n") + "]", "\"total_m3\":\"", "12.25"),
        // Umlauts of ISO 8859-1 before it: each is one byte as sent.
        ("cim in one line", Messages.cim.split(separator: "\n").joined(), "<value>", "0.5"),
    ]

    @Test(arguments: values.indices) func `are exact to the byte`(index: Int) throws {
        let (name, text, before, value) = Self.values[index]
        let range = try #require(text.range(of: before + value))
        let offset = text.utf8.distance(from: text.startIndex, to: range.lowerBound) + before.utf8.count
        var bytes = Array(text.utf8)
        bytes[offset] = UInt8(ascii: "x")
        let delivery = try MarketFormat.read(bytes, origin: .init(messageId: "m", source: "s", receivedAt: Instant(seconds: 1_800_000_000)))
        let places = delivery.readings.flatMap(\.faultPlaces)
        #expect(places.contains { $0.offset == offset }, "\(name): \(places.map(\.description)), not \(offset)")
        let line = 1 + bytes[..<offset].count { $0 == 0x0A }
        #expect(places.filter { $0.offset == offset }.allSatisfy { $0.line == nil || $0.line == line })
    }

    @Test func `count bytes as they were sent, also where a character was one byte`() throws {
        let telegram = Messages.mbus.replacing("<Manufacturer>KAM", with: "<Manufacturer>K\u{00E4}\u{00F6}M")
        var bytes = telegram.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        let marker = Array("<Value>56108".utf8)
        let start = try #require(bytes.indices.first { bytes[$0...].starts(with: marker) })
        bytes[start + 7] = UInt8(ascii: "x")
        let message = try MBus.parse(xml: bytes, origin: .init(messageId: "m", source: "s", receivedAt: Instant(seconds: 1_800_000_000)))
        #expect(message.faultPlaces.map(\.offset) == [start + 7])
    }
}

extension String {
    fileprivate func range(of part: String) -> Range<String.Index>? { firstRange(of: part) }
}
