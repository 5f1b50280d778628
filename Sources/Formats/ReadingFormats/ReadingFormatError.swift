public import JSON

/// Why a body cannot be read at all: the sender gets 400 and nothing is stored.
public struct ReadingFormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A stable name such as `json-syntax`, `csv-header`, `unsupported-format`.
    public let code: String
    /// JSON Pointer to what is wrong; empty for the whole body.
    public let path: String
    /// Bytes before it: of the unpacked text, where the body came compressed.
    public let offset: Int?
    /// Line and column from 1, where the body is text.
    public let line: Int?
    public let column: Int?
    /// For a person; repeats no more of the input than a name.
    public let message: String

    public init(code: String, path: String = "", offset: Int? = nil, line: Int? = nil, column: Int? = nil, message: String) {
        self.code = code
        self.path = path
        self.offset = offset
        self.line = line
        self.column = column
        self.message = message
    }

    public init(_ error: JSONError) {
        self.init(
            code: error.code.rawValue, path: error.path, offset: error.offset, line: error.line, column: error.column,
            message: error.message)
    }

    public var description: String {
        let place = [
            path.isEmpty ? nil : path, line.map { "line \($0)" }, column.map { "column \($0)" }, offset.map { "byte \($0)" },
        ].compactMap { $0 }
        return place.isEmpty ? message : "\(place.joined(separator: ", ")): \(message)"
    }
}
