/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of fault, stable for programs that read answers.
    public enum Code: String, Hashable, Sendable {
        /// Not JSON.
        case syntax = "json-syntax"
        /// Not valid UTF-8.
        case encoding = "json-encoding"
        /// The same key twice in one object.
        case duplicateKey = "json-duplicate-key"
        /// Deeper, longer or more than the limits allow.
        case limit = "json-limit"
        /// A required member is absent or null.
        case missing = "json-missing"
        /// A member of another type than expected, or a value out of its range.
        case mistyped = "json-mistyped"
        /// A member nobody knows.
        case unknownKey = "json-unknown-key"
    }

    /// The kind of fault.
    public var code: Code
    /// Bytes before the fault; nil when the fault lies in a value whose text is gone.
    public var offset: Int?
    /// Line of the fault from 1, and column in bytes from 1.
    public var line: Int?
    public var column: Int?
    /// JSON Pointer (RFC 6901) to the faulty value; empty for the whole document.
    public var path: String
    /// For people. Never repeats the input beyond a key.
    public var message: String

    /// A fault in a text.
    public init(_ code: Code, offset: Int, line: Int, column: Int, path: String = "", _ message: String) {
        self.code = code
        self.offset = offset
        self.line = line
        self.column = column
        self.path = path
        self.message = message
    }

    /// A fault in a value that was read.
    public init(_ code: Code, path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    public var description: String {
        var place = path.isEmpty ? "" : "\(path): "
        if let line, let column { place = "line \(line), column \(column): " + place }
        return "\(place)\(message)"
    }
}

/// Pointers into a document by RFC 6901.
public enum JSONPointer {
    /// The path of a member of the object at `path`.
    public static func member(_ key: String, of path: String) -> String {
        guard key.utf8.contains(where: { $0 == 0x7E || $0 == 0x2F }) else { return "\(path)/\(key)" }
        var escaped = ""
        for character in key.unicodeScalars {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return "\(path)/\(escaped)"
    }

    /// The path of an element of the array at `path`.
    public static func element(_ index: Int, of path: String) -> String { "\(path)/\(index)" }
}
