/// Percent encoding (RFC 3986) and the form encoding built upon it.
public enum PercentCoding {
    /// The text of an encoded path segment; nil for a broken escape, for bytes that are no UTF-8, or for a NUL.
    public static func decode(_ text: some StringProtocol, plusIsBlank: Bool = false) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.contains(where: { $0 == 0x25 || $0 == 0x2B || $0 == 0 }) else { return String(text) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            var byte = bytes[place]
            if byte == 0x25 {
                guard place + 2 < bytes.count, let high = hex(bytes[place + 1]), let low = hex(bytes[place + 2]) else { return nil }
                byte = high << 4 | low
                place += 2
            } else if byte == 0x2B, plusIsBlank {
                byte = 0x20
            }
            // PostgreSQL stores no NUL, and nothing that people write has one.
            guard byte != 0 else { return nil }
            decoded.append(byte)
            place += 1
        }
        return String(validating: decoded, as: UTF8.self)
    }

    /// The text as one path segment or query value: everything but letters, digits and `-._~` is escaped.
    public static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: encoded.append(byte)
            default: encoded += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func hex(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}

/// Names and values of a query or of a form, in their order; a name may come more than once.
public struct Fields: Sendable, Hashable {
    /// One name with its value.
    public struct Pair: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    /// All pairs in their order.
    public let pairs: [Pair]

    /// No fields.
    public init() { pairs = [] }

    /// Parses `a=1&b=2`.
    /// - Throws: `Problem` (400) for broken escapes or more than 1,000 fields.
    public init(urlEncoded text: String) throws(Problem) {
        var pairs: [Pair] = []
        for part in text.split(separator: "&", omittingEmptySubsequences: true) {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decode(halves[0], plusIsBlank: true),
                let value = PercentCoding.decode(halves.count > 1 ? halves[1] : "", plusIsBlank: true)
            else { throw Problem(.badRequest, "a query or form field is not properly encoded") }
            pairs.append(Pair(name: name, value: value))
            guard pairs.count <= 1_000 else { throw Problem(.badRequest, "more than 1000 fields") }
        }
        self.pairs = pairs
    }

    /// The first value under the name; nil when absent.
    public subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// The first value under the name, without blanks around it; nil when absent or empty.
    public func filled(_ name: String) -> String? {
        guard let value = self[name] else { return nil }
        let isBlank = { (character: Character) in character.isWhitespace }
        var trimmed = value.drop(while: isBlank)
        while let last = trimmed.last, isBlank(last) { trimmed.removeLast() }
        return trimmed.isEmpty ? nil : String(trimmed)
    }

    /// Every value under the name.
    public func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// The same fields with one replaced or, with nil, removed: links that keep a filter and change the page.
    public func with(_ name: String, _ value: String?) -> Fields {
        var changed = pairs.filter { $0.name != name }
        if let value { changed.append(Pair(name: name, value: value)) }
        return Fields(pairs: changed)
    }

    /// `a=1&b=2`.
    public var urlEncoded: String {
        pairs.map { "\(PercentCoding.encode($0.name))=\(PercentCoding.encode($0.value))" }.joined(separator: "&")
    }

    private init(pairs: [Pair]) { self.pairs = pairs }
}
