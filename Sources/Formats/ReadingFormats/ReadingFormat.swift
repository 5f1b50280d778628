public import Metering

/// What a body of readings is written in, told by its content, not by its label.
public enum ReadingFormat: String, Sendable, Hashable, CaseIterable {
    case json, csv, xml

    /// Who sends, where the format itself does not say: CSV carries neither a message number nor a source.
    public struct Origin: Hashable, Sendable {
        /// For example the content's hash: the same file again is then the same message again.
        public var messageId: String
        /// For example the name of the key or of the file's folder.
        public var source: String
        public init(messageId: String, source: String) {
            self.messageId = messageId
            self.source = source
        }
    }

    /// The format of these bytes, or nil if they are none of ours. Looks at the first bytes only.
    public static func recognise(_ bytes: [UInt8]) -> ReadingFormat? {
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard let first = bytes[start...].firstIndex(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }) else { return nil }
        let head = bytes[first...].prefix(512)
        func begins(_ word: StaticString) -> Bool {
            word.withUTF8Buffer { unsafe head.starts(with: $0) }
        }
        if begins("{") { return .json }
        if begins("<") { return .xml }
        let header = head.prefix { $0 != 0x0A && $0 != 0x0D }
        let isText = header.allSatisfy { $0 >= 0x20 || $0 == 0x09 }
        let separates = header.contains(UInt8(ascii: ",")) || header.contains(UInt8(ascii: ";"))
        return isText && separates ? .csv : nil
    }

    /// Reads a body of this format.
    ///
    /// - Parameter origin: used by formats that name neither message nor source.
    /// - Throws: `ReadingFormatError` if the body as a whole cannot be read.
    public func parse(_ bytes: [UInt8], origin: Origin) throws(ReadingFormatError) -> ReadingBatch {
        switch self {
        case .json: return try JSONReadings.parse(bytes)
        case .csv: return try CSVReadings.parse(bytes, origin: origin)
        case .xml:
            throw ReadingFormatError(code: "unsupported-format", message: "\(rawValue) is recognised, but not read by this version")
        }
    }
}
