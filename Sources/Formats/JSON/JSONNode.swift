/// A value and where it stands, for reading a document member by member: each failure names the JSON Pointer of what is wrong.
///
///     let partner = try document.member("partners").elements()[0]
///     let city = try partner.member("address").member("city").string()
public struct JSONNode: Hashable, Sendable {
    /// The value.
    public let value: JSONValue
    /// JSON Pointer from the document's root; empty for the root.
    public let path: String

    /// A value at a place.
    public init(_ value: JSONValue, path: String = "") {
        self.value = value
        self.path = path
    }

    /// The root of a parsed text.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        self.init(try JSONValue(parsing: bytes))
    }

    /// An error at this place.
    public func fault(_ message: String, _ code: JSONError.Code = .mistyped) -> JSONError {
        JSONError(code, path: path, message)
    }

    private func expected(_ what: String) -> JSONError { fault("expected \(what), found \(value.kind)") }

    /// The members of the object, each with its path.
    public func object() throws(JSONError) -> JSONObject {
        guard case .object(let object) = value else { throw expected("an object") }
        return object
    }

    /// The member under the key; absent or null is an error.
    public func member(_ key: String) throws(JSONError) -> JSONNode {
        guard let node = try optional(key) else {
            throw JSONError(.missing, path: JSONPointer.member(key, of: path), "\"\(key)\" is required")
        }
        return node
    }

    /// The member under the key; nil when absent or null.
    public func optional(_ key: String) throws(JSONError) -> JSONNode? {
        guard let value = try object()[key], !value.isNull else { return nil }
        return JSONNode(value, path: JSONPointer.member(key, of: path))
    }

    /// Whether the key is present, null or not.
    public func has(_ key: String) -> Bool { value[key] != nil }

    /// The elements of the array.
    public func elements() throws(JSONError) -> [JSONNode] {
        guard case .array(let elements) = value else { throw expected("an array") }
        return elements.enumerated().map { JSONNode($0.element, path: JSONPointer.element($0.offset, of: path)) }
    }

    /// The elements of the array under the key; none when the member is absent or null.
    public func elements(_ key: String) throws(JSONError) -> [JSONNode] {
        guard let node = try optional(key) else { return [] }
        return try node.elements()
    }

    /// The text of a string.
    public func string() throws(JSONError) -> String {
        guard case .string(let text) = value else { throw expected("a string") }
        return text
    }

    /// The text of the string under the key; absent or null is an error.
    public func string(_ key: String) throws(JSONError) -> String { try member(key).string() }

    /// The text of the string under the key; nil when absent or null.
    public func optionalString(_ key: String) throws(JSONError) -> String? { try optional(key)?.string() }

    /// A whole number within Int64, written without point or exponent.
    public func integer() throws(JSONError) -> Int64 {
        guard case .number(let text) = value else { throw expected("a whole number") }
        guard let integer = Int64(text) else { throw fault("expected a whole number") }
        return integer
    }

    /// A whole number within the range.
    public func integer(in range: ClosedRange<Int>) throws(JSONError) -> Int {
        let integer = try integer()
        guard let small = Int(exactly: integer), range.contains(small) else {
            throw fault("expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return small
    }

    /// True or false.
    public func bool() throws(JSONError) -> Bool {
        guard case .bool(let value) = value else { throw expected("true or false") }
        return value
    }

    /// The string, parsed by a failable initialiser of the trade: `try node.parsed("a day") { Day($0) }`.
    public func parsed<Parsed>(_ what: String, _ parse: (String) -> Parsed?) throws(JSONError) -> Parsed {
        guard let parsed = parse(try string()) else { throw fault("expected \(what)") }
        return parsed
    }

    /// Demands that the object has no other keys: an unknown key is a mistake of spelling that must not pass in silence.
    public func allow(only keys: String...) throws(JSONError) {
        for member in try object().members where !keys.contains(member.key) {
            throw JSONError(.unknownKey, path: JSONPointer.member(member.key, of: path), "unknown key \"\(member.key.prefix(64))\"")
        }
    }
}
