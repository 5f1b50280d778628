/// XML as bytes, escaped by default; just what an e-invoice needs.
struct MarkupWriter {
    private(set) var bytes: [UInt8] = []

    init(reservingCapacity capacity: Int) {
        bytes.reserveCapacity(capacity)
        bytes.append(contentsOf: #"<?xml version="1.0" encoding="UTF-8"?>"#.utf8)
    }

    /// An element with what `body` writes inside. Names and attributes are the program's own and are not escaped.
    @inline(__always)
    mutating func element(_ name: String, _ attributes: String = "", _ body: (inout MarkupWriter) -> Void) {
        bytes.append(UInt8(ascii: "<"))
        bytes.append(contentsOf: name.utf8)
        if !attributes.isEmpty {
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: attributes.utf8)
        }
        bytes.append(UInt8(ascii: ">"))
        body(&self)
        close(name)
    }

    /// An element with text; left out if the text is empty, because an empty element is a fault in an e-invoice.
    mutating func element(_ name: String, _ text: String?, attribute: String? = nil, value: String = "") {
        guard let text, !text.isEmpty else { return }
        bytes.append(UInt8(ascii: "<"))
        bytes.append(contentsOf: name.utf8)
        if let attribute {
            bytes.append(UInt8(ascii: " "))
            bytes.append(contentsOf: attribute.utf8)
            bytes.append(UInt8(ascii: "="))
            bytes.append(UInt8(ascii: "\""))
            escape(value)
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: ">"))
        escape(text)
        close(name)
    }

    private mutating func close(_ name: String) {
        bytes.append(UInt8(ascii: "<"))
        bytes.append(UInt8(ascii: "/"))
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ">"))
    }

    /// Characters that XML 1.0 cannot hold at all become blanks.
    private mutating func escape(_ text: String) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        // Nearly no text has anything to escape. 0xEF leads U+FFFE and U+FFFF (and others that are harmless).
        for index in start..<bytes.count where MarkupWriter.isSpecial(bytes[index]) {
            bytes.removeSubrange(start...)
            for scalar in text.unicodeScalars { escape(scalar) }
            return
        }
    }
    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "\"")
            || byte == 0xEF
    }
    private mutating func escape(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "&": bytes.append(contentsOf: "&amp;".utf8)
        case "<": bytes.append(contentsOf: "&lt;".utf8)
        case ">": bytes.append(contentsOf: "&gt;".utf8)
        case "\"": bytes.append(contentsOf: "&quot;".utf8)
        case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": bytes.append(UInt8(ascii: " "))
        default: bytes.append(contentsOf: Unicode.UTF8.encode(scalar) ?? Unicode.UTF8.encodedReplacementCharacter)
        }
    }
}
