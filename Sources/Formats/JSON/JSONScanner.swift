/// A pull scanner over the bytes of one JSON text. It allocates nothing, copies nothing and knows no types but those of JSON: strings and
/// numbers are handed out as ranges of the input (``JSONSlice``), to be parsed where they are needed.
///
/// The caller drives it: `openObject`, then `nextKey` until nil, and after each key exactly one value (a scalar, a container, or
/// `skipValue`). Arrays the same with `nextElement`. A scanner that threw is not to be used further.
///
/// It borrows memory, so making one is `unsafe`: the bytes must stay where they are for as long as the scanner lives. Use
/// ``withScanner(over:_:)`` where that is not measured to matter.
@safe public struct JSONScanner {
    /// The input. It outlives the scanner by the promise made at `init`.
    @usableFromInline let input: UnsafeRawBufferPointer
    /// Bytes consumed.
    public internal(set) var position: Int
    /// Containers open.
    public internal(set) var depth: Int
    // True right after a bracket opened: the next key or element comes without a comma.
    @usableFromInline var isFresh: Bool

    /// Scans these bytes, checked to be UTF-8 once and at the start, so that no string needs to be checked again. A byte order mark is
    /// skipped, as RFC 8259 permits.
    @unsafe public init(_ bytes: UnsafeRawBufferPointer) throws(JSONError) {
        unsafe input = bytes
        position = 0
        depth = 0
        isFresh = false
        if let place = unsafe UTF8Check.firstInvalid(in: bytes) { throw error(.encoding, "invalid UTF-8", at: place) }
        if unsafe bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF { position = 3 }
    }

    /// Scans an array's bytes for the length of a closure.
    public static func withScanner<Result>(
        over bytes: [UInt8], _ body: (inout JSONScanner) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) -> Result in
            var scanner = try unsafe JSONScanner(UnsafeRawBufferPointer(buffer))
            return try body(&scanner)
        }
    }

    /// All of the input, for parsers that read a ``JSONSlice`` in place.
    @unsafe public var bytes: UnsafeRawBufferPointer { unsafe input }

    /// How many bytes the input has.
    public var count: Int { unsafe input.count }

    /// What the next value is.
    public enum Kind: Sendable { case object, array, string, number, bool, null, end, invalid }

    /// Skips white space and says what comes next, without consuming it.
    public mutating func peekKind() -> Kind {
        skipWhitespace()
        guard position < count else { return .end }
        switch unsafe input[position] {
        case 0x7B: return .object
        case 0x5B: return .array
        case 0x22: return .string
        case 0x2D, 0x30...0x39: return .number
        case 0x74, 0x66: return .bool
        case 0x6E: return .null
        default: return .invalid
        }
    }

    /// Consumes white space.
    public mutating func skipWhitespace() {
        let end = unsafe input.count
        while position < end {
            let byte = unsafe input[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position &+= 1
        }
    }

    /// Consumes white space and this byte.
    public mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard consume(byte) else {
            throw error(.syntax, "expected '\(Character(UnicodeScalar(byte)))'")
        }
    }

    /// Consumes white space, and this byte if it comes next.
    public mutating func consume(_ byte: UInt8) -> Bool {
        skipWhitespace()
        guard position < count, unsafe input[position] == byte else { return false }
        position &+= 1
        return true
    }

    /// Opens an object.
    public mutating func openObject() throws(JSONError) { try open(0x7B, "an object") }

    /// Opens an array.
    public mutating func openArray() throws(JSONError) { try open(0x5B, "an array") }

    private mutating func open(_ bracket: UInt8, _ name: StaticString) throws(JSONError) {
        guard consume(bracket) else { throw error(.syntax, "expected \(name)") }
        depth += 1
        guard depth <= JSONLimits.depth else { throw error(.limit, "deeper than \(JSONLimits.depth)") }
        isFresh = true
    }

    /// The next key of the object and its colon, or nil at the object's end, which is consumed.
    public mutating func nextKey() throws(JSONError) -> JSONSlice? {
        skipWhitespace()
        if position < count, unsafe input[position] == 0x7D {
            close()
            return nil
        }
        if !isFresh {
            try expect(0x2C)
            skipWhitespace()
        }
        isFresh = false
        guard position < count, unsafe input[position] == 0x22 else { throw error(.syntax, "expected a key") }
        let key = try readString()
        try expect(0x3A)
        return key
    }

    /// Whether the array has another element, which comes next; false consumes its end.
    public mutating func nextElement() throws(JSONError) -> Bool {
        skipWhitespace()
        if position < count, unsafe input[position] == 0x5D {
            // `[1,]` never gets here: after a comma a value is demanded, and `]` is none.
            close()
            return false
        }
        if !isFresh { try expect(0x2C) }
        isFresh = false
        return true
    }

    private mutating func close() {
        position &+= 1
        depth -= 1
        isFresh = false
    }

    /// Demands that nothing but white space is left.
    public mutating func finish() throws(JSONError) {
        skipWhitespace()
        guard position == count else { throw error(.syntax, "text after the value") }
    }

    /// An error at the current position, or at `place`.
    public func error(_ code: JSONError.Code, _ message: String, at place: Int? = nil, path: String = "") -> JSONError {
        let offset = min(place ?? position, count)
        // Lines are counted only here, on the way out.
        var line = 1
        var lineStart = 0
        var index = 0
        while index < offset {
            if unsafe input[index] == 0x0A {
                line += 1
                lineStart = index + 1
            }
            index += 1
        }
        let told = offset >= count && place == nil && code == .syntax ? "\(message), found the end" : message
        return JSONError(code, offset: offset, line: line, column: offset - lineStart + 1, path: path, told)
    }
}
