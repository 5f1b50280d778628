/// Header fields in their order, names without regard to case.
public struct Headers: Sendable, ExpressibleByDictionaryLiteral {
    /// One field.
    public struct Field: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    /// All fields in their order.
    public private(set) var fields: [Field]

    /// No fields.
    public init() { fields = [] }

    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value under the name; setting replaces all of them, nil removes them.
    public subscript(_ name: String) -> String? {
        get { fields.first { Headers.same($0.name, name) }?.value }
        set {
            fields.removeAll { Headers.same($0.name, name) }
            if let newValue { fields.append(Field(name: name, value: newValue)) }
        }
    }

    /// Every value under the name.
    public func values(of name: String) -> [String] { fields.filter { Headers.same($0.name, name) }.map(\.value) }

    /// Adds a field beside those of the same name (`Set-Cookie`).
    public mutating func add(_ name: String, _ value: String) { fields.append(Field(name: name, value: value)) }

    /// The media type of `Content-Type`, lower case and without parameters; empty when there is none.
    public var mediaType: String {
        let value = self["Content-Type"] ?? ""
        return value.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
    }

    /// The value of a cookie. Of two with one name the first counts, as browsers send the more specific path first.
    public func cookie(_ name: String) -> String? {
        for line in values(of: "Cookie") {
            for pair in line.split(separator: ";") {
                let trimmed = pair.drop { $0 == " " }
                guard let equals = trimmed.firstIndex(of: "="), trimmed[..<equals] == name else { continue }
                return String(trimmed[trimmed.index(after: equals)...])
            }
        }
        return nil
    }

    // ASCII only, as field names are: no locale, no allocation.
    private static func same(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        return zip(left.utf8, right.utf8).allSatisfy { lower($0) == lower($1) }
    }
    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
