/// XML as bytes, escaped by default; just what an e-invoice needs.
struct MarkupWriter {
    private(set) var bytes: [UInt8] = []

    init(reservingCapacity capacity: Int) {
        bytes.reserveCapacity(capacity)
        bytes.append(contentsOf: #"<?xml version="1.0" encoding="UTF-8"?>"#.utf8)
    }

    /// An element with what `body` writes inside. Names and attributes are the program's own and are not escaped.
    mutating func element(_ name: StaticString, _ attributes: StaticString = "", _ body: (inout MarkupWriter) -> Void) {
        open(name, attributes)
        body(&self)
        close(name)
    }

    /// An element with text; left out if the text is empty, because an empty element is a fault in an e-invoice.
    mutating func element(_ name: StaticString, _ text: String?, attribute: StaticString? = nil, value: String = "") {
        guard let text, !text.isEmpty else { return }
        bytes.append(UInt8(ascii: "<"))
        append(name)
        if let attribute {
            bytes.append(UInt8(ascii: " "))
            append(attribute)
            bytes.append(contentsOf: "=\"".utf8)
            escape(value)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
        escape(text)
        close(name)
    }

    private mutating func open(_ name: StaticString, _ attributes: StaticString) {
        bytes.append(UInt8(ascii: "<"))
        append(name)
        if attributes.utf8CodeUnitCount > 0 {
            bytes.append(UInt8(ascii: " "))
            append(attributes)
        }
        bytes.append(UInt8(ascii: ">"))
    }
    private mutating func close(_ name: StaticString) {
        bytes.append(contentsOf: "</".utf8)
        append(name)
        bytes.append(UInt8(ascii: ">"))
    }
    private mutating func append(_ name: StaticString) { bytes.append(contentsOf: name.description.utf8) }

    /// Characters that XML 1.0 cannot hold at all become blanks.
    private mutating func escape(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": bytes.append(contentsOf: "&amp;".utf8)
            case "<": bytes.append(contentsOf: "&lt;".utf8)
            case ">": bytes.append(contentsOf: "&gt;".utf8)
            case "\"": bytes.append(contentsOf: "&quot;".utf8)
            case "\u{9}", "\u{A}", "\u{D}": bytes.append(UInt8(ascii: " "))
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": bytes.append(UInt8(ascii: " "))
            default: bytes.append(contentsOf: String(scalar).utf8)
            }
        }
    }
}
