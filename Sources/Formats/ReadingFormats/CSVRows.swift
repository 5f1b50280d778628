internal import Metering

/// Rows of a CSV text (RFC 4180) as ranges of its bytes: LF or CRLF, quotes where needed, empty lines passed over.
struct CSVRows: Sendable {
    struct Field: Sendable {
        var range: Range<Int>
        /// Doubled quotes are inside: the bytes are not yet the text.
        var isEscaped = false
    }

    let bytes: [UInt8]
    let separator: UInt8
    private(set) var position: Int
    /// The line of the row that was read last, from 1.
    private(set) var line = 0
    /// Its first byte.
    private(set) var start = 0
    private var nextLine = 1

    init(_ bytes: [UInt8], separator: UInt8, from position: Int) {
        self.bytes = bytes
        self.separator = separator
        self.position = position
    }

    /// Reads a row into `fields`; false at the end.
    /// - Throws: `ReadingFormatError` where a quote never closes or stands in the middle of a field.
    mutating func next(into fields: inout [Field]) throws(ReadingFormatError) -> Bool {
        fields.removeAll(keepingCapacity: true)
        while position < bytes.count, bytes[position] == 0x0A || bytes[position] == 0x0D {
            if bytes[position] == 0x0A { nextLine += 1 }
            position += 1
        }
        guard position < bytes.count else { return false }
        line = nextLine
        start = position
        while true {
            fields.append(try field())
            guard position < bytes.count else { return true }
            let byte = bytes[position]
            position += 1
            if byte == separator {
                // A separator at the very end opens one more, empty field.
                if position == bytes.count {
                    fields.append(Field(range: position..<position))
                    return true
                }
                continue
            }
            if byte == 0x0D, position < bytes.count, bytes[position] == 0x0A { position += 1 }
            nextLine += 1
            return true
        }
    }

    private mutating func field() throws(ReadingFormatError) -> Field {
        guard position < bytes.count, bytes[position] == 0x22 else {
            let start = position
            while position < bytes.count, bytes[position] != separator, bytes[position] != 0x0A, bytes[position] != 0x0D {
                if bytes[position] == 0x22 { throw error("a quote inside a field that does not begin with one") }
                position += 1
            }
            return Field(range: start..<position)
        }
        position += 1
        var field = Field(range: position..<position)
        while position < bytes.count {
            if bytes[position] == 0x0A { nextLine += 1 }
            guard bytes[position] == 0x22 else {
                position += 1
                continue
            }
            if position + 1 < bytes.count, bytes[position + 1] == 0x22 {
                field.isEscaped = true
                position += 2
                continue
            }
            field.range = field.range.lowerBound..<position
            position += 1
            guard position == bytes.count || bytes[position] == separator || bytes[position] == 0x0A || bytes[position] == 0x0D else {
                throw error("text behind a closing quote")
            }
            return field
        }
        throw error("a quote without an end")
    }

    private func error(_ message: String) -> ReadingFormatError {
        // A quoted cell may go on for lines: the line is that of the byte, not of the row.
        let place = TextLines(bytes).place(of: min(position, bytes.count))
        return ReadingFormatError(code: "csv-syntax", offset: place.offset, line: place.line, column: place.column, message: message)
    }

    func text(_ field: Field) -> String {
        let text = String(decoding: bytes[field.range], as: UTF8.self)
        return field.isEscaped ? text.split(separator: "\"\"", omittingEmptySubsequences: false).joined(separator: "\"") : text
    }
}
