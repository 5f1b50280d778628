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

    @Test(arguments: ["cim", "espi", "cim in one line"], [true, false]) func `are those of UTF-16 where it was sent`(
        name: String, isBig: Bool
    ) throws {
        let (_, source, before, value) = try #require(Self.values.first { $0.name == name })
        // Beyond what two bytes hold, and with a declaration that the reader never sees.
        let body = source.hasPrefix("<?xml") ? String(source.drop { $0 != ">" }.dropFirst()) : source
        let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><!-- \(String(repeating: "Zähler 𝄞 ", count: 90))-->" + body
        let range = try #require(text.range(of: before + value))
        let units = text[..<range.lowerBound].utf16.count + before.utf16.count
        var bytes: [UInt8] = isBig ? [0xFE, 0xFF] : [0xFF, 0xFE]
        for (place, unit) in text.utf16.enumerated() {
            let unit = place == units ? UInt16(UInt8(ascii: "x")) : unit
            bytes += isBig ? [UInt8(unit >> 8), UInt8(unit & 0xFF)] : [UInt8(unit & 0xFF), UInt8(unit >> 8)]
        }
        let format = name == "espi" ? MarketFormat.espi : .cim
        #expect(MarketFormat.recognise(bytes) == format)
        let delivery = try MarketFormat.read(bytes, origin: .init(messageId: "m", source: "s", receivedAt: Instant(seconds: 1_800_000_000)))
        #expect(delivery.readings.flatMap(\.faultPlaces).map(\.offset) == [2 + 2 * units])
    }

    @Test func `are exact behind many characters of one byte`() throws {
        let long = String(repeating: "ä", count: 3_000)
        let body = Messages.cim.hasPrefix("<?xml") ? String(Messages.cim.drop { $0 != ">" }.dropFirst()) : Messages.cim
        let text = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><!-- \(long) -->" + body
        var bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        let marker = Array("<value>0.250".utf8)
        let start = try #require(bytes.indices.first { bytes[$0...].starts(with: marker) })
        bytes[start + 7] = UInt8(ascii: "x")
        let delivery = try MarketFormat.read(bytes, origin: .init(messageId: "m", source: "s", receivedAt: Instant(seconds: 1_800_000_000)))
        #expect(delivery.readings.flatMap(\.faultPlaces).map(\.offset) == [start + 7])
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
