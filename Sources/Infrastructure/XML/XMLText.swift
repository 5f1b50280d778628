/// Well-formed XML under construction. A literal is trusted, an interpolation is data and comes out escaped: injection has no short
/// spelling.
///
///     let line: XMLText = "<name>\(customer.name)</name>"          // escaped
///     let body: XMLText = "<lines>\(lines)</lines>"                 // XMLText within XMLText is markup
public struct XMLText: Hashable, Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The markup.
    public private(set) var text: String

    /// Markup that is known to be well-formed.
    public init(raw text: String) { self.text = text }

    public init(stringLiteral value: String) { text = value }

    public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// The UTF-8 of the markup.
    public var bytes: [UInt8] { Array(text.utf8) }

    public var description: String { text }

    public static func + (left: XMLText, right: XMLText) -> XMLText { XMLText(raw: left.text + right.text) }

    public static func += (left: inout XMLText, right: XMLText) { left.text += right.text }

    /// Data as text or attribute value: markup is escaped, and a character that XML cannot hold becomes U+FFFD. Line feeds stay, so an
    /// attribute loses them to its reader's normalisation.
    public static func escaped(_ data: String) -> String {
        var output: [UInt8] = []
        XMLEscape.append(data, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    public struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        public init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity + interpolationCount * 16) }

        public mutating func appendLiteral(_ literal: String) { text += literal }

        /// Data, escaped.
        public mutating func appendInterpolation(_ data: String) { text += XMLText.escaped(data) }

        /// Data, escaped.
        public mutating func appendInterpolation(_ data: Substring) { text += XMLText.escaped(String(data)) }

        /// A whole number.
        public mutating func appendInterpolation(_ number: some BinaryInteger) { text += String(number) }

        /// Markup.
        public mutating func appendInterpolation(_ markup: XMLText) { text += markup.text }

        /// Markup, one piece after the other.
        public mutating func appendInterpolation(_ pieces: some Sequence<XMLText>) { for piece in pieces { text += piece.text } }

        /// Markup that is known to be well-formed.
        public mutating func appendInterpolation(raw text: String) { self.text += text }
    }
}

/// Escaping, in one place for ``XMLText`` and ``XMLWriter``.
enum XMLEscape {
    static func append(_ data: String, to output: inout [UInt8]) {
        let utf8 = data.utf8
        // Plain text goes over in one piece. 0xEF may begin U+FFFE, which is no character.
        if utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x26 && $0 != 0x3C && $0 != 0x3E && $0 != 0x22 && $0 != 0x27 && $0 != 0xEF }) {
            output.append(contentsOf: utf8)
            return
        }
        for scalar in data.unicodeScalars {
            switch scalar.value {
            case 0x26: output.append(contentsOf: "&amp;".utf8)
            case 0x3C: output.append(contentsOf: "&lt;".utf8)
            case 0x3E: output.append(contentsOf: "&gt;".utf8)
            case 0x22: output.append(contentsOf: "&quot;".utf8)
            case 0x27: output.append(contentsOf: "&#39;".utf8)
            // A bare carriage return would become a line feed on the way.
            case 0x0D: output.append(contentsOf: "&#13;".utf8)
            case 0x09, 0x0A: output.append(UInt8(scalar.value))
            case ..<0x20, 0xFFFE, 0xFFFF: output.append(contentsOf: "\u{FFFD}".utf8)
            default: output.append(contentsOf: String(scalar).utf8)
            }
        }
    }
}
