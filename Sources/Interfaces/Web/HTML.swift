/// HTML in which the literal is trusted and an interpolation is data: `"<td>\(name)</td>"` escapes the name.
///
/// Injection has no short spelling: who wants a string verbatim writes `\(raw: …)`, which a reader sees and a search finds.
/// Attributes are always quoted; then what is escaped here cannot leave them.
public struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The markup.
    public private(set) var text: String

    /// Markup that is trusted.
    public init(raw text: String) { self.text = text }

    public init(stringLiteral value: String) { text = value }
    public init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Nothing.
    public static let nothing: HTML = ""

    public var description: String { text }
    /// Whether there is nothing.
    public var isEmpty: Bool { text.isEmpty }
    /// The UTF-8 of the markup.
    public var bytes: [UInt8] { Array(text.utf8) }

    public static func + (left: HTML, right: HTML) -> HTML { HTML(raw: left.text + right.text) }
    public static func += (left: inout HTML, right: HTML) { left.text += right.text }

    /// Text made harmless in content and in quoted attributes.
    public static func escape(_ text: some StringProtocol) -> String {
        var escaped: [UInt8] = []
        let utf8 = text.utf8
        escaped.reserveCapacity(utf8.count)
        for byte in utf8 {
            switch byte {
            case 0x26: escaped.append(contentsOf: "&amp;".utf8)
            case 0x3C: escaped.append(contentsOf: "&lt;".utf8)
            case 0x3E: escaped.append(contentsOf: "&gt;".utf8)
            case 0x22: escaped.append(contentsOf: "&quot;".utf8)
            case 0x27: escaped.append(contentsOf: "&#39;".utf8)
            // Control characters are no part of HTML; a terminal or a log that sees the page later is spared them.
            case 0x00...0x08, 0x0B, 0x0C, 0x0E...0x1F, 0x7F: escaped.append(contentsOf: "\u{FFFD}".utf8)
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    /// Collects literals as they are and interpolations escaped.
    public struct StringInterpolation: StringInterpolationProtocol {
        var text: String

        public init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }
        public mutating func appendLiteral(_ literal: String) { text += literal }

        /// Text, escaped.
        public mutating func appendInterpolation(_ value: some StringProtocol) { text += HTML.escape(value) }
        /// Text, escaped; nothing for nil.
        public mutating func appendInterpolation(_ value: String?) { if let value { text += HTML.escape(value) } }
        /// A whole number.
        public mutating func appendInterpolation(_ value: some BinaryInteger) { text += String(value) }
        /// Markup as it is.
        public mutating func appendInterpolation(_ value: HTML) { text += value.text }
        /// Markup as it is; nothing for nil.
        public mutating func appendInterpolation(_ value: HTML?) { if let value { text += value.text } }
        /// Markup after markup.
        public mutating func appendInterpolation(_ values: [HTML]) { for value in values { text += value.text } }
        /// A string taken verbatim: only for what the program itself has made.
        public mutating func appendInterpolation(raw value: String) { text += value }
        /// A path segment or query value, percent-encoded.
        public mutating func appendInterpolation(segment value: String) { text += PercentCoding.encode(value) }
    }
}

extension Sequence<HTML> {
    /// One after the other.
    public func joined(separator: HTML = .nothing) -> HTML {
        HTML(raw: map(\.text).joined(separator: separator.text))
    }
}
