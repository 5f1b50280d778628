/// Writes JSON as bytes, in the caller's order, without white space. Commas and colons come by themselves.
///
///     var writer = JSONWriter()
///     writer.object { $0.member("number", "I-1"); $0.key("lines"); $0.array { … } }
public struct JSONWriter: Sendable {
    /// What is written so far.
    public private(set) var bytes: [UInt8] = []
    // Whether a comma is due before the next key or element. One for all levels: a container has just begun, and has nothing yet, or it
    // goes on behind something, which may have been a container inside.
    private var commaIsDue = false
    private var depth = 0

    /// A writer that has written nothing.
    public init(reservingCapacity capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    /// What is written so far, as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    private mutating func separate() {
        if commaIsDue { bytes.append(0x2C) }
        commaIsDue = true
    }

    /// `{`
    public mutating func beginObject() { begin(0x7B) }
    /// `}`
    public mutating func endObject() { end(0x7D) }
    /// `[`
    public mutating func beginArray() { begin(0x5B) }
    /// `]`
    public mutating func endArray() { end(0x5D) }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        commaIsDue = false
        depth += 1
    }

    private mutating func end(_ bracket: UInt8) {
        precondition(depth > 0, "a bracket closes that never opened")
        depth -= 1
        commaIsDue = true
        bytes.append(bracket)
    }

    /// An object written by the closure.
    @inlinable
    public mutating func object<Failure: Error>(_ body: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        beginObject()
        try body(&self)
        endObject()
    }

    /// An array written by the closure.
    @inlinable
    public mutating func array<Failure: Error>(_ body: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
        beginArray()
        try body(&self)
        endArray()
    }

    /// The key of the value that is written next.
    public mutating func key(_ name: String) {
        quoted(name, end: 0x3A)
        // The value behind a key takes no comma; writing it makes one due for the next key.
        commaIsDue = false
    }

    /// A string.
    public mutating func string(_ text: String) {
        quoted(text)
        commaIsDue = true
    }

    /// A number as its text, which must follow the grammar of JSON: the caller has made it, not read it.
    public mutating func number(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    /// A whole number.
    public mutating func integer(_ value: some BinaryInteger) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
    }

    /// True or false.
    public mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
    }

    /// null
    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// A value that is JSON already, such as a stored document.
    public mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// A value, members in their order.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .object(let object):
            beginObject()
            for member in object.members {
                key(member.key)
                self.value(member.value)
            }
            endObject()
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .string(let text): string(text)
        case .number(let text): number(text)
        case .bool(let flag): bool(flag)
        case .null: null()
        }
    }

    /// A member that is a string; nil is written as null.
    public mutating func member(_ name: String, _ text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }

    /// A member that is a whole number; nil is written as null.
    public mutating func member(_ name: String, _ number: (some BinaryInteger)?) {
        key(name)
        if let number { integer(number) } else { null() }
    }

    /// A member that is true or false.
    public mutating func member(_ name: String, _ flag: Bool) {
        key(name)
        bool(flag)
    }

    /// A member that is any value.
    public mutating func member(_ name: String, value: JSONValue) {
        key(name)
        self.value(value)
    }

    /// A member that is an object.
    @inlinable
    public mutating func member<Failure: Error>(
        _ name: String, object body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        key(name)
        try object(body)
    }

    /// A member that is an array.
    @inlinable
    public mutating func member<Failure: Error>(
        _ name: String, array body: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        key(name)
        try array(body)
    }

    /// A member whose value is an array with one element for each item.
    public mutating func member<Item, Failure: Error>(
        _ name: String, array items: some Sequence<Item>, _ write: (Item, inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) {
        key(name)
        beginArray()
        for item in items { try write(item, &self) }
        endArray()
    }

    /// A comma where one is due, the text in quotes, and what follows it, in one piece: a document has a thousand of them.
    private mutating func quoted(_ text: String, end: UInt8? = nil) {
        let start = bytes.count
        let comma = commaIsDue
        var needsEscape = false
        bytes.append(addingCapacity: text.utf8.count + 4) { output in
            if comma { output.append(0x2C) }
            output.append(0x22)
            let utf8 = text.utf8.span
            for place in utf8.indices {
                let byte = utf8[place]
                if byte < 0x20 || byte == 0x22 || byte == 0x5C { needsEscape = true }
                output.append(byte)
            }
            output.append(0x22)
            if let end { output.append(end) }
        }
        // Nearly no string does.
        guard needsEscape else { return }
        bytes.removeSubrange(start...)
        if comma { bytes.append(0x2C) }
        bytes.append(0x22)
        for byte in text.utf8 { escape(byte) }
        bytes.append(0x22)
        if let end { bytes.append(end) }
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5C:
            bytes.append(0x5C)
            bytes.append(byte)
        case 0x08: bytes.append(contentsOf: #"\b"#.utf8)
        case 0x0C: bytes.append(contentsOf: #"\f"#.utf8)
        case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
        case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
        case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
        case ..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: #"\u00"#.utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        default: bytes.append(byte)
        }
    }
}
