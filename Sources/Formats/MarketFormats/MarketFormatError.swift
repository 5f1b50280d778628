/// Where in a message something stands. The offset is exact to the byte, as the message was sent: of a value the first of its bytes.
public struct Place: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Bytes before it.
    public var offset: Int
    /// Line from 1, in formats of lines.
    public var line: Int?
    /// Segment from 1, counted over the whole interchange and without UNA (EDIFACT).
    public var segment: Int?
    /// Field of the record, or element of the segment, from 1.
    public var field: Int?

    public init(offset: Int, line: Int? = nil, segment: Int? = nil, field: Int? = nil) {
        self.offset = offset
        self.line = line
        self.segment = segment
        self.field = field
    }

    public var description: String {
        var words: [String] = []
        if let line { words.append("line \(line)") }
        if let segment { words.append("segment \(segment)") }
        if let field { words.append("field \(field)") }
        words.append("byte \(offset)")
        return words.joined(separator: ", ")
    }

    /// As a pointer into the message: `/lines/3/fields/5`, `/segments/17`, `/bytes/204`.
    public var path: String {
        var path = ""
        if let line { path += "/lines/\(line)" }
        if let segment { path += "/segments/\(segment)" }
        if let field { path += "/fields/\(field)" }
        return path.isEmpty ? "/bytes/\(offset)" : path
    }
}

/// Why a file, or one message of it, cannot be taken at all: nothing of it is stored.
public struct MarketFormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Stable names for programs.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case empty = "market-empty"
        case unknownFormat = "market-unknown-format"
        case tooLarge = "market-too-large"
        /// No 100 record at the begin, or one that says neither NEM12 nor NEM13.
        case nemHeader = "nem-header"
        /// The 900 record is missing (cut off) or not the last one.
        case nemEnd = "nem-end"
        /// A header and an end, and nothing between them.
        case nemNoData = "nem-no-data"
        case edifactSyntax = "edifact-syntax"
        /// UNZ or UNT is missing or counts otherwise: something was lost on the way.
        case edifactIncomplete = "edifact-incomplete"
        /// EDIFACT, but not MSCONS.
        case edifactOtherMessage = "edifact-other-message"
        /// A Storno that does not say what it withdraws.
        case withdrawalWithoutReference = "withdrawal-without-reference"
        case messageHeader = "message-header"
        case xml = "market-xml"
        case json = "market-json"
        case cimVerb = "cim-verb"
        case noData = "market-no-data"
        /// The meter itself answered with an error.
        case deviceError = "mbus-device-error"
        /// Bytes of a frame; only decoded telegrams are read.
        case undecoded = "mbus-undecoded"
        /// The format has no words for what is to be written.
        case cannotWrite = "market-cannot-write"
    }
    public let code: Code
    public let place: Place
    /// For a person: what is wrong and how to mend it. Repeats no more of the input than a name.
    public let message: String

    public init(_ code: Code, _ place: Place, _ message: String) {
        self.code = code
        self.place = place
        self.message = message
    }

    public var description: String { "\(place): \(message) (\(code.rawValue))" }
}
