internal import XML

/// Makes the XML of the trade fit for the reader, which accepts neither processing instructions nor encodings other than UTF-8: messages may come in UTF-16,
/// a style sheet before the root is what browsers want (ESPI), and libmbus declares ISO 8859-1 whatever it writes.
///
/// What is taken away becomes blanks, so that every line keeps its place, and every byte of a text of UTF-8; of the others
/// ``LineStarts`` finds it again.
enum XMLPrologue {
    /// How the bytes were written that the reader gets as UTF-8.
    enum Encoding { case utf8, latin, utf16 }

    static func prepared(_ bytes: [UInt8]) -> [UInt8] { decoded(bytes).text }

    static func decoded(_ bytes: [UInt8]) -> (text: [UInt8], encoding: Encoding) {
        // Half a character stays for the reader to refuse.
        let narrow = bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) ? try? XMLEncoding.utf8(bytes) : nil
        let isWide = narrow != nil
        var text = narrow ?? bytes
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
        guard !isWide else { return (text, .utf16) }
        guard isLatin, String(validating: text, as: UTF8.self) == nil else { return (text, .utf8) }
        // ISO 8859-1 is the first 256 characters of Unicode.
        var wide: [UInt8] = []
        wide.reserveCapacity(text.count + 64)
        for byte in text {
            if byte < 0x80 { wide.append(byte) } else { wide += [0xC0 | byte >> 6, 0x80 | byte & 0x3F] }
        }
        return (wide, .latin)
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
    private let encoding: XMLPrologue.Encoding
    private var starts: [Int] = []
    /// How many characters stand before each ``step`` of the prepared text, in what they were sent in: bytes of ISO 8859-1, pairs
    /// of bytes of UTF-16. Empty for UTF-8.
    private var counts: [Int] = []
    /// By how many such characters the declaration was longer that is told no more.
    private var shift = 0
    private let sentCount: Int

    private static let step = 256

    /// From bytes as sent.
    init(_ sent: [UInt8]) {
        (bytes, encoding) = XMLPrologue.decoded(sent)
        sentCount = sent.count
    }

    /// The place of a byte of the prepared text; at the begin of the line if only that is known.
    mutating func place(_ offset: Int?, line: Int = 1) -> Place {
        if starts.isEmpty { look() }
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

    private mutating func look() {
        starts = [0]
        var count = 0
        let isSame = encoding == .utf8
        for (place, byte) in bytes.enumerated() {
            if !isSame {
                if place.isMultiple(of: LineStarts.step) { counts.append(count) }
                count += LineStarts.width(byte)
            }
            if byte == 0x0A { starts.append(place + 1) }
        }
        if encoding == .utf16 { shift = (sentCount - 2) / 2 - count }
    }

    /// What a byte of UTF-8 begins: a character, two halves of one in UTF-16, or nothing.
    private static func width(_ byte: UInt8) -> Int { byte & 0xC0 == 0x80 ? 0 : byte >= 0xF0 ? 2 : 1 }

    private func sent(_ offset: Int) -> Int {
        guard encoding != .utf8, offset > 0 else { return offset }
        let block = min(offset / LineStarts.step, counts.count - 1)
        let count = bytes[(block * LineStarts.step)..<offset].reduce(counts[block]) { $0 + LineStarts.width($1) }
        // Behind the mark of its order.
        return encoding == .latin ? count : 2 + 2 * (count + shift)
    }
}
