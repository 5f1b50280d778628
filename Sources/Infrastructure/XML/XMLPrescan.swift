internal import Glibc

/// The check before the parser: time linear in the bytes, constant memory, knows comments, CDATA and quotes, so that nothing hides in
/// them. It decides what may reach libxml2; whether the text is well-formed, libxml2 decides.
public enum XMLPrescan {
    /// What was found on the way.
    public struct Summary: Hashable, Sendable {
        /// Elements.
        public var elements = 0
        /// The deepest element's depth, the root's being 1.
        public var depth = 0
    }

    /// Checks an array's bytes.
    @discardableResult
    public static func check(_ bytes: [UInt8], limits: XMLLimits = .standard) throws(XMLError) -> Summary {
        try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(XMLError) in
            try unsafe check(UnsafeRawBufferPointer(buffer), limits: limits)
        }
    }

    /// Checks these bytes, which must stay valid during the call.
    @discardableResult
    public static func check(_ bytes: UnsafeRawBufferPointer, limits: XMLLimits = .standard) throws(XMLError) -> Summary {
        var scan = unsafe XMLScan(bytes: bytes, limits: limits)
        try scan.run()
        return scan.summary
    }
}

/// The scan in progress. It borrows the bytes of `check` and lives no longer than that call.
@safe private struct XMLScan {
    private let bytes: UnsafeRawBufferPointer
    private let limits: XMLLimits
    private var place = 0
    private var depth = 0
    private var text = 0
    private var namespacesInScope = 0
    // Declarations of each open element, to take them out of scope again.
    private var declared: [UInt8] = []
    private(set) var summary = XMLPrescan.Summary()

    @unsafe init(bytes: UnsafeRawBufferPointer, limits: XMLLimits) {
        unsafe self.bytes = bytes
        self.limits = limits
        declared.reserveCapacity(limits.depth)
    }

    private var count: Int { unsafe bytes.count }

    mutating func run() throws(XMLError) {
        if count >= 2, unsafe bytes[0] ^ bytes[1] == 1, unsafe bytes[0] | 1 == 0xFF {
            throw error(.encoding, "UTF-16 is not accepted; send UTF-8", at: 0)
        }
        switch unsafe XMLCharacterCheck.firstFault(in: bytes) {
        case .encoding(let place): throw error(.encoding, "invalid UTF-8", at: place)
        case .character(let place): throw error(.character, "a control character", at: place)
        case nil: break
        }
        if starts(with: "\u{FEFF}") { place = 3 }
        if starts(with: "<?xml"), place + 5 < count, isSpace(place + 5) { try declaration() }
        while try skipText() {
            guard place + 1 < count else { throw error(.malformed, "a tag without an end", at: place) }
            switch unsafe bytes[place + 1] {
            case 0x21: try markup()
            case 0x3F: throw error(.processingInstruction, "processing instructions are not accepted", at: place)
            case 0x2F: try endTag()
            default: try startTag()
            }
        }
        guard summary.elements > 0 else { throw error(.empty, "no element", at: 0) }
        guard depth == 0 else { throw error(.malformed, "the text ends within an element", at: count) }
    }

    /// Moves to the next `<`; false at the end.
    private mutating func skipText() throws(XMLError) -> Bool {
        guard place < count, let base = unsafe bytes.baseAddress else { return false }
        let found = unsafe memchr(base + place, 0x3C, count - place)
        let next = unsafe found.map { unsafe UnsafeRawPointer($0) - base } ?? count
        try add(text: next - place)
        place = next
        return next < count
    }

    private mutating func add(text length: Int) throws(XMLError) {
        text += length
        guard text <= limits.textLength else {
            throw error(.text, "more than \(limits.textLength) bytes of text in one element", at: place)
        }
    }

    /// The XML declaration, which may say nothing but UTF-8.
    private mutating func declaration() throws(XMLError) {
        guard let end = find("?>", from: place, within: 256) else {
            throw error(.malformed, "an XML declaration without an end", at: place)
        }
        let said = unsafe String(decoding: UnsafeRawBufferPointer(rebasing: bytes[place..<end]), as: UTF8.self).lowercased()
        if let encoding = said.split(separator: "encoding", maxSplits: 1).dropFirst().first {
            let quoted = encoding.split(omittingEmptySubsequences: false) { $0 == "\"" || $0 == "'" }
            guard quoted.count >= 3, ["utf-8", "utf8", "us-ascii"].contains(quoted[1]) else {
                throw error(.encoding, "the encoding must be UTF-8", at: place)
            }
        }
        place = end + 2
    }

    private mutating func markup() throws(XMLError) {
        let start = place
        if starts(with: "<!--") {
            guard let end = find("-->", from: start + 4, within: count) else {
                throw error(.malformed, "a comment without an end", at: start)
            }
            place = end + 3
        } else if starts(with: "<![CDATA[") {
            guard let end = find("]]>", from: start + 9, within: count) else { throw error(.malformed, "CDATA without an end", at: start) }
            try add(text: end - start - 9)
            place = end + 3
        } else {
            throw error(.documentType, "document types and declarations are not accepted", at: start)
        }
    }

    private mutating func endTag() throws(XMLError) {
        let start = place
        let last = min(count, start + limits.nameLength + 64)
        place += 2
        while place < last, unsafe bytes[place] != 0x3E { place += 1 }
        guard place < last else { throw error(place < count ? .name : .malformed, "an end tag without an end", at: start) }
        place += 1
        guard depth > 0 else { throw error(.malformed, "an end tag without its start", at: start) }
        closeElement()
    }

    private mutating func closeElement() {
        depth -= 1
        namespacesInScope -= Int(declared.removeLast())
        text = 0
    }

    /// A start tag. Outside of quotes each `=` belongs to one attribute, whatever else is wrong with the tag.
    private mutating func startTag() throws(XMLError) {
        let start = place
        let last = min(count, start + limits.tagLength)
        var attributes = 0
        var namespaces = 0
        place += 1
        var nameStart = place
        try endName(from: nameStart, last: last)
        scan: while true {
            guard place < last else { throw unendedTag(start) }
            let byte = unsafe bytes[place]
            switch byte {
            case 0x20, 0x0A, 0x0D, 0x09: place &+= 1
            case 0x3E: break scan
            case 0x2F:
                guard place + 1 < count, unsafe bytes[place + 1] == 0x3E else { throw error(.malformed, "'/' within a tag", at: place) }
                break scan
            case 0x3C: throw error(.malformed, "'<' within a tag", at: place)
            case 0x22, 0x27: throw error(.malformed, "a value without a name", at: place)
            default:
                nameStart = place
                try endName(from: nameStart, last: last)
                attributes += 1
                guard attributes <= limits.attributes else {
                    throw error(.attributes, "more than \(limits.attributes) attributes on one tag", at: nameStart)
                }
                if isNamespaceDeclaration(nameStart) {
                    namespaces += 1
                    guard namespaces <= limits.namespacesPerTag else {
                        throw error(.namespaces, "more than \(limits.namespacesPerTag) namespaces on one tag", at: nameStart)
                    }
                }
                try value(last: last, tag: start)
            }
        }
        try openElement(at: start, namespaces: namespaces)
    }

    /// `= "value"` behind an attribute's name.
    private mutating func value(last: Int, tag: Int) throws(XMLError) {
        skipSpace(last)
        guard place < last, unsafe bytes[place] == 0x3D else {
            throw error(.malformed, "an attribute without a value", at: min(place, count))
        }
        place += 1
        skipSpace(last)
        guard place < last else { throw unendedTag(tag) }
        let quote = unsafe bytes[place]
        guard quote == 0x22 || quote == 0x27 else { throw error(.malformed, "an attribute without quotes", at: place) }
        place += 1
        while place < last, unsafe bytes[place] != quote {
            if unsafe bytes[place] == 0x3C { throw error(.malformed, "'<' within an attribute", at: place) }
            place &+= 1
        }
        guard place < last else { throw unendedTag(tag) }
        place += 1
    }

    private mutating func openElement(at start: Int, namespaces: Int) throws(XMLError) {
        summary.elements += 1
        guard summary.elements <= limits.elements else { throw error(.elements, "more than \(limits.elements) elements", at: start) }
        guard depth < limits.depth else { throw error(.depth, "deeper than \(limits.depth) elements", at: start) }
        namespacesInScope += namespaces
        guard namespacesInScope <= limits.namespacesInScope else {
            throw error(.namespaces, "more than \(limits.namespacesInScope) namespaces in scope", at: start)
        }
        depth += 1
        summary.depth = max(summary.depth, depth)
        declared.append(UInt8(clamping: namespaces))
        text = 0
        if unsafe bytes[place] == 0x2F {
            place += 2
            closeElement()
        } else {
            place += 1
        }
    }

    private mutating func endName(from start: Int, last: Int) throws(XMLError) {
        while place < last {
            switch unsafe bytes[place] {
            case 0x20, 0x0A, 0x0D, 0x09, 0x3D, 0x2F, 0x3E, 0x3C, 0x22, 0x27:
                guard place > start else { throw error(.malformed, "a tag without a name", at: start) }
                return
            default: break
            }
            place &+= 1
            guard place &- start <= limits.nameLength else {
                throw error(.name, "a name of more than \(limits.nameLength) bytes", at: start)
            }
        }
    }

    private func unendedTag(_ start: Int) -> XMLError {
        count - start > limits.tagLength
            ? error(.tag, "a tag of more than \(limits.tagLength) bytes", at: start)
            : error(.malformed, "a tag without an end", at: start)
    }

    private func isNamespaceDeclaration(_ start: Int) -> Bool {
        let length = place - start
        guard length >= 5, unsafe bytes[start] == 0x78, matches("xmlns", at: start) else { return false }
        return unsafe length == 5 || bytes[start + 5] == 0x3A
    }

    private mutating func skipSpace(_ last: Int) {
        while place < last, isSpace(place) { place &+= 1 }
    }

    private func isSpace(_ place: Int) -> Bool {
        switch unsafe bytes[place] {
        case 0x20, 0x0A, 0x0D, 0x09: true
        default: false
        }
    }

    private func starts(with word: StaticString) -> Bool { matches(word, at: place) }

    private func matches(_ word: StaticString, at start: Int) -> Bool {
        guard start + word.utf8CodeUnitCount <= count else { return false }
        for index in 0..<word.utf8CodeUnitCount where unsafe bytes[start + index] != word.utf8Start[index] { return false }
        return true
    }

    private func find(_ word: StaticString, from start: Int, within length: Int) -> Int? {
        var index = start
        let last = min(count, start + length) - word.utf8CodeUnitCount
        let first = unsafe word.utf8Start[0]
        while index <= last {
            if unsafe bytes[index] == first, matches(word, at: index) { return index }
            index &+= 1
        }
        return nil
    }

    private func error(_ code: XMLError.Code, _ message: String, at offset: Int) -> XMLError {
        // Lines are counted only here, on the way out.
        var line = 1
        for index in 0..<min(offset, count) where unsafe bytes[index] == 0x0A { line += 1 }
        return XMLError(code, offset: offset, line: line, message)
    }
}
