internal import JSON
public import Metering
internal import Values

/// The contract's JSON message of readings.
///
/// Parsed straight from the bytes into columns: a string is made per distinct meter, nothing per reading.
public enum JSONReadings {
    /// - Throws: `ReadingFormatError` if the text is no JSON, or a required top-level member is missing or mistyped.
    public static func parse(_ bytes: [UInt8]) throws(ReadingFormatError) -> ReadingBatch {
        do throws(JSONError) {
            return try JSONScanner.withScanner(over: bytes) { (scanner) throws(JSONError) -> ReadingBatch in
                var parser = JSONReadingParser(scanner)
                var batch = try parser.message()
                batch.tellPlaces(in: bytes)
                batch.locate = {
                    let places = JSONPlaces(bytes)
                    return { places.location(list: $0, index: $1, member: $2) }
                }
                return batch
            }
        } catch {
            throw ReadingFormatError(error)
        }
    }
}

/// One pass over one message.
struct JSONReadingParser {
    var scanner: JSONScanner
    var batch = ReadingBatch(messageId: "", source: "")

    // Messages repeat themselves: the same meter, unit and status item after item. What was parsed last is kept with the
    // place of its bytes, and comparing bytes is cheaper than parsing them.
    var meters = Memo<Int32>()
    var codes = Memo<ObisCode>()
    var units = Memo<UnitCode>()
    var statuses = Memo<ValueStatus>()
    var resolutions = Memo<Resolution>()

    init(_ scanner: JSONScanner) {
        self.scanner = scanner
        // A reading with its words takes some hundred bytes; a meter of intervals far more.
        batch.expect(meters: min(scanner.count / 128, 4_096))
    }

    mutating func message() throws(JSONError) -> ReadingBatch {
        var seen = (messageId: false, source: false, registers: false, intervals: false, reports: false)
        try scanner.openObject()
        while let key = try scanner.nextKey() {
            if scanner.matches(key, "messageId") {
                try once(&seen.messageId, "/messageId")
                batch.messageId = try name("/messageId")
            } else if scanner.matches(key, "source") {
                try once(&seen.source, "/source")
                batch.source = try name("/source")
            } else if scanner.matches(key, "registers") {
                try once(&seen.registers, "/registers")
                try list("/registers") { (parser, index) throws(JSONError) in try parser.register(index) }
            } else if scanner.matches(key, "intervals") {
                try once(&seen.intervals, "/intervals")
                try list("/intervals") { (parser, index) throws(JSONError) in try parser.interval(index) }
            } else if scanner.matches(key, "reports") {
                try once(&seen.reports, "/reports")
                try list("/reports") { (parser, index) throws(JSONError) in try parser.report(index) }
            } else {
                try scanner.skipValue()
            }
        }
        try scanner.finish()
        guard seen.messageId else { throw missing("messageId") }
        guard seen.source else { throw missing("source") }
        guard seen.registers || seen.intervals || seen.reports else {
            throw JSONError(.missing, path: "", "\"registers\", \"intervals\" or \"reports\" is required")
        }
        return batch
    }

    private func missing(_ member: String) -> JSONError { JSONError(.missing, path: "/\(member)", "\"\(member)\" is required") }

    private func once(_ seen: inout Bool, _ path: String) throws(JSONError) {
        if seen { throw scanner.error(.duplicateKey, "given twice", path: path) }
        seen = true
    }

    /// A short text without control characters: it becomes part of a key in the database.
    private mutating func name(_ path: String) throws(JSONError) -> String {
        guard scanner.peekKind() == .string else { throw scanner.error(.mistyped, "expected a string", path: path) }
        let text = scanner.text(try scanner.readString())
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw scanner.error(.mistyped, "expected 1 to 255 bytes without control characters", path: path)
        }
        return text
    }

    private mutating func list(
        _ path: String, _ item: (inout JSONReadingParser, Int) throws(JSONError) -> Void
    ) throws(JSONError) {
        switch scanner.peekKind() {
        case .array: break
        case .null:
            _ = try scanner.readNull()
            return
        default: throw scanner.error(.mistyped, "expected an array", path: path)
        }
        try scanner.openArray()
        var index = 0
        while try scanner.nextElement() {
            try item(&self, index)
            index += 1
        }
    }
}
