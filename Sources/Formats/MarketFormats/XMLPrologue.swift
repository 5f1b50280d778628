internal import XML

/// Makes the XML of the trade fit for the reader, which accepts neither processing instructions nor encodings other than UTF-8:
/// a style sheet before the root is what browsers want (ESPI), and libmbus declares ISO 8859-1 whatever it writes.
///
/// What is taken away becomes blanks, so that every byte and line keeps its place.
enum XMLPrologue {
    static func prepared(_ bytes: [UInt8]) -> [UInt8] {
        var text = bytes
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
            try XMLReader.read(text, handler)
        } catch let error as MarketFormatError {
            throw error
        } catch let error as XMLError {
            let line = error.line ?? error.offset.map { offset in 1 + text[..<min(offset, text.count)].count { $0 == 0x0A } }
            let offset = error.offset ?? line.map { LineStarts(text).offset(of: $0) } ?? 0
            throw MarketFormatError(
                .xml, Place(offset: offset, line: line), "\(error.message) (\(error.code.rawValue)); send well-formed XML in UTF-8")
        } catch {
            throw MarketFormatError(.xml, Place(offset: 0), "not readable as XML")
        }
    }
}

/// Where the lines of a text begin, found only when somebody asks.
struct LineStarts {
    private let bytes: [UInt8]
    private var starts: [Int] = []
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The offset of a line from 1.
    func offset(of line: Int) -> Int {
        var current = 1
        for (place, byte) in bytes.enumerated() {
            if current >= line { return place }
            if byte == 0x0A { current += 1 }
        }
        return bytes.count
    }
    /// The same, keeping what was found for the next question.
    mutating func place(_ line: Int) -> Place {
        if starts.isEmpty {
            starts = [0]
            for (place, byte) in bytes.enumerated() where byte == 0x0A { starts.append(place + 1) }
        }
        return Place(offset: starts[min(max(line, 1), starts.count) - 1], line: line)
    }
}
