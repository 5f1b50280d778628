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
        open(name, attributes)
        body(&self)
        close(name)
    }

    private mutating func open(_ name: String, _ attributes: String) {
        bytes.append(addingCapacity: name.utf8.count + attributes.utf8.count + 3) { output in
            output.append(UInt8(ascii: "<"))
            MarkupWriter.copy(name, to: &output)
            if !attributes.isEmpty {
                output.append(UInt8(ascii: " "))
                MarkupWriter.copy(attributes, to: &output)
            }
            output.append(UInt8(ascii: ">"))
        }
    }
    private mutating func close(_ name: String) {
        bytes.append(addingCapacity: name.utf8.count + 3) { MarkupWriter.end(name, to: &$0) }
    }

    /// An element with text; left out if the text is empty, because an empty element is a fault in an e-invoice.
    mutating func element(_ name: String, _ text: String?, attribute: String? = nil, value: String = "") {
        guard let text, !text.isEmpty else { return }
        let start = bytes.count
        var isSpecial = false
        // In one piece: a document has some hundred of them, and each piece asks for room anew.
        bytes.append(addingCapacity: 2 * name.utf8.count + text.utf8.count + (attribute?.utf8.count ?? 0) + value.utf8.count + 9) {
            output in
            output.append(UInt8(ascii: "<"))
            MarkupWriter.copy(name, to: &output)
            if let attribute {
                output.append(UInt8(ascii: " "))
                MarkupWriter.copy(attribute, to: &output)
                output.append(UInt8(ascii: "="))
                output.append(UInt8(ascii: "\""))
                isSpecial = MarkupWriter.copyAndLook(value, to: &output)
                output.append(UInt8(ascii: "\""))
            }
            output.append(UInt8(ascii: ">"))
            if MarkupWriter.copyAndLook(text, to: &output) { isSpecial = true }
            MarkupWriter.end(name, to: &output)
        }
        // Nearly no text has anything to escape.
        guard isSpecial else { return }
        bytes.removeSubrange(start...)
        var attributes = ""
        if let attribute { attributes = "\(attribute)=\"\(MarkupWriter.escaped(value))\"" }
        open(name, attributes)
        bytes.append(contentsOf: MarkupWriter.escaped(text).utf8)
        close(name)
    }

    @inline(__always)
    private static func end(_ name: String, to output: inout OutputSpan<UInt8>) {
        output.append(UInt8(ascii: "<"))
        output.append(UInt8(ascii: "/"))
        copy(name, to: &output)
        output.append(UInt8(ascii: ">"))
    }
    @inline(__always)
    private static func copy(_ text: String, to output: inout OutputSpan<UInt8>) {
        let utf8 = text.utf8.span
        for place in utf8.indices { output.append(utf8[place]) }
    }
    /// - Returns: whether there is something to escape in it.
    @inline(__always)
    private static func copyAndLook(_ text: String, to output: inout OutputSpan<UInt8>) -> Bool {
        let utf8 = text.utf8.span
        var found = false
        for place in utf8.indices {
            let byte = utf8[place]
            if isSpecial(byte) { found = true }
            output.append(byte)
        }
        return found
    }

    /// 0xEF leads U+FFFE and U+FFFF (and others that are harmless).
    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "\"")
            || byte == 0xEF
    }
    /// Characters that XML 1.0 cannot hold at all become blanks.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": out += " "
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
