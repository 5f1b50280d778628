internal import XML

/// Makes the XML of the trade fit for the reader, which accepts neither processing instructions nor encodings other than UTF-8: messages may come in UTF-16,
/// a style sheet before the root is what browsers want (ESPI), and libmbus declares ISO 8859-1 whatever it writes.
///
/// What is taken away becomes blanks, so that every byte and line keeps its place.
enum XMLPrologue {
    static func prepared(_ bytes: [UInt8]) -> [UInt8] {
        // Half a character stays for the reader to refuse.
        var text = (try? XMLEncoding.utf8(bytes)) ?? bytes
        var place = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var isLatin = false
        // Only before the root: an instruction within the data is for the reader to refuse.
        scan: while place < text.count {
            while place < text.count, text[place] <= 0x20 { place += 1 }
            if begins("<?", text, place) {
                guard let end = ByteSearch.find([0x3F, 0x3E], in: text, place..<text.count) else { break scan }
                let said = String(decoding: text[place..<min(end, place + 256)], as: UTF8.self).lowercased()
                if said.hasPrefix("<?xml "), said.contains("8859") || said.contains("1252") { isLatin = true }
                for blank in place..<(end + 2) where text[blank] != 0x0A && text[blank] != 0x0D { text[blank] = 0x20 }
                place = end + 2
            } else if begins("<!--", text, place) {
                guard let end = ByteSearch.find([0x2D, 0x2D, 0x3E], in: text, place..<text.count) else { break scan }
                place = end + 3
            } else {
                break scan
            }
        }
        guard isLatin, String(validating: text, as: UTF8.self) == nil else { return text }
        // ISO 8859-1 is the first 256 characters of Unicode.
        var wide: [UInt8] = []
        wide.reserveCapacity(text.count + 64)
        for byte in text {
            if byte < 0x80 { wide.append(byte) } else { wide += [0xC0 | byte >> 6, 0x80 | byte & 0x3F] }
        }
        return wide
    }

    private static func begins(_ word: String, _ bytes: [UInt8], _ place: Int) -> Bool { bytes[place...].starts(with: word.utf8) }

    /// Reads the prepared text; what the reader refuses becomes an error with its place.
    static func read(_ bytes: [UInt8], _ handler: any XMLHandler) throws(MarketFormatError) {
        let text = prepared(bytes)
        do {
            try XMLReader.read(text, by: .scanner, handler)
        } catch let error as MarketFormatError {
            throw error
        } catch let error as XMLError {
            var lines = LineStarts(bytes)
            let place = lines.place(error.offset, line: error.line ?? 1)
            throw MarketFormatError(
                .xml, place, "\(error.message) (\(error.code.rawValue)); send well-formed XML in UTF-8")
        } catch {
            throw MarketFormatError(.xml, Place(offset: 0), "not readable as XML")
        }
    }
}

/// Places in a text of XML: offsets in the bytes as they were sent, with their lines, found only when somebody asks.
struct LineStarts {
    private let bytes: [UInt8]
    private var starts: [Int] = []
    /// The text was ISO 8859-1 and has become longer on the way to the reader.
    private let isWider: Bool

    /// From bytes as sent.
    init(_ sent: [UInt8]) {
        bytes = XMLPrologue.prepared(sent)
        isWider = bytes.count > sent.count
    }

    /// The place of a byte of the prepared text; at the begin of the line if only that is known.
    mutating func place(_ offset: Int?, line: Int = 1) -> Place {
        if starts.isEmpty {
            starts = [0]
            for (place, byte) in bytes.enumerated() where byte == 0x0A { starts.append(place + 1) }
        }
        guard let offset, offset <= bytes.count else {
            return Place(offset: sent(starts[min(max(line, 1), starts.count) - 1]), line: line)
        }
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return Place(offset: sent(offset), line: low + 1)
    }

    /// Each character beyond ASCII was one byte and became two.
    private func sent(_ offset: Int) -> Int {
        isWider ? offset - bytes[..<offset].count { $0 & 0xC0 == 0x80 } : offset
    }
}
