/// Our own parser: XML 1.0 (fifth edition) with namespaces 1.0, UTF-8, no document type, nothing in memory but open elements.
///
/// It reads what ``XMLPrescan`` has passed and relies on its limits; what is well-formed it decides itself, place by place, as libxml2
/// does. Names, values and text are handed on in place; only what holds a reference or a line end to be normalised is copied.
@safe struct XMLScanner: ~Copyable {
    /// An element that is open: its name as written, and how many namespaces it declared.
    private struct Open {
        var name: Range<Int>
        var local: Range<Int>
        var namespaces: Int
    }

    // Valid as long as `run`, by the promise of `read`.
    let bytes: UnsafeRawBufferPointer
    let count: Int
    var dispatch: XMLDispatch
    var place = 0
    private var open: [Open] = []
    private var hasRoot = false

    // The tag at hand.
    var attributes: [Attribute] = []
    let list = UnsafeMutableBufferPointer<XMLAttributeBytes>.allocate(capacity: 64)
    var arena = XMLArena()
    var namespaces = XMLNamespaces()
    // What a byte may be in a name: 1 the beginning, 2 only within, 3 beyond ASCII, 0 nothing.
    let classes: UnsafeMutablePointer<UInt8> = .allocate(capacity: 256)

    /// An attribute as written. It becomes bytes once all declarations of its tag are known.
    struct Attribute {
        var name: Range<Int>
        var prefix: Range<Int>
        var local: Range<Int>
        var value: Range<Int>
        var isPlain: Bool
    }

    init(_ bytes: UnsafeRawBufferPointer, _ dispatch: consuming XMLDispatch) {
        unsafe self.bytes = bytes
        count = bytes.count
        self.dispatch = dispatch
        open.reserveCapacity(64)
        attributes.reserveCapacity(64)
        for byte in 0..<256 {
            let character = UInt8(byte)
            unsafe classes[byte] =
                switch character {
                case 0x41...0x5A, 0x61...0x7A, 0x5F: 1
                case 0x30...0x39, 0x2D, 0x2E: 2
                case 0x80...: 3
                default: 0
                }
        }
    }

    deinit {
        unsafe list.deallocate()
        unsafe classes.deallocate()
    }

    mutating func run() throws {
        if count >= 3, unsafe bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF { place = 3 }
        try declaration()
        while try text() {
            guard place + 1 < count else { throw malformed("a tag without an end") }
            switch unsafe bytes[place + 1] {
            case 0x21: try markup()
            case 0x2F: try endTag()
            default: try startTag()
            }
        }
        guard hasRoot, open.isEmpty else { throw malformed("the text ends within an element") }
    }

    /// Text up to the next `<`; false at the end.
    private mutating func text() throws -> Bool {
        let start = place
        var isPlain = true
        while place < count {
            let byte = unsafe bytes[place]
            if byte == 0x3C { break }
            if byte == 0x26 || byte == 0x0D || byte == 0x5D { isPlain = false }
            place &+= 1
        }
        if place > start {
            if open.isEmpty {
                guard isBlank(start..<place) else { throw malformed("text outside of the element", at: start) }
            } else if isPlain {
                unsafe dispatch.lend(slice(start..<place))
            } else {
                try references(start..<place)
            }
        }
        return place < count
    }

    /// Text with references, line ends or brackets, handed on in pieces.
    private mutating func references(_ range: Range<Int>) throws {
        var start = range.lowerBound
        var index = start
        while index < range.upperBound {
            switch unsafe bytes[index] {
            case 0x26:
                unsafe dispatch.append(slice(start..<index))
                let scalar = try reference(&index, before: range.upperBound)
                var encoded = scalar
                unsafe withUnsafeBytes(of: &encoded.bytes) { unsafe dispatch.append(UnsafeRawBufferPointer(rebasing: $0[..<scalar.count])) }
                start = index
            case 0x0D:
                unsafe dispatch.append(slice(start..<index))
                lineFeed()
                index += 1
                if index < range.upperBound, unsafe bytes[index] == 0x0A { index += 1 }
                start = index
            case 0x5D:
                if index + 2 < range.upperBound, unsafe bytes[index + 1] == 0x5D && bytes[index + 2] == 0x3E {
                    throw malformed("']]>' in text", at: index)
                }
                index += 1
            default: index += 1
            }
        }
        unsafe dispatch.append(slice(start..<index))
    }

    private mutating func lineFeed() {
        var feed: UInt8 = 0x0A
        unsafe withUnsafeBytes(of: &feed) { unsafe dispatch.append($0) }
    }

    /// A comment or CDATA; the check has let through nothing else.
    private mutating func markup() throws {
        if matches("<!--", at: place) {
            var index = place + 4
            while index + 2 < count {
                if unsafe bytes[index] == 0x2D && bytes[index + 1] == 0x2D {
                    guard unsafe bytes[index + 2] == 0x3E else { throw malformed("'--' within a comment", at: index) }
                    place = index + 3
                    return
                }
                index += 1
            }
            throw malformed("a comment without an end")
        }
        guard matches("<![CDATA[", at: place), !open.isEmpty else { throw malformed("CDATA outside of the element") }
        let start = place + 9
        var index = start
        var piece = start
        while index + 2 < count {
            let byte = unsafe bytes[index]
            if byte == 0x5D, unsafe bytes[index + 1] == 0x5D && bytes[index + 2] == 0x3E {
                unsafe dispatch.append(slice(piece..<index))
                place = index + 3
                return
            }
            if byte == 0x0D {
                unsafe dispatch.append(slice(piece..<index))
                lineFeed()
                index += 1
                if unsafe bytes[index] == 0x0A { index += 1 }
                piece = index
            } else {
                index += 1
            }
        }
        throw malformed("CDATA without an end")
    }

    private mutating func endTag() throws {
        let start = place
        guard let element = open.last else { throw malformed("an end tag without its start") }
        let end = start + 2 + element.name.count
        guard end < count, same(start + 2..<end, element.name) else { throw malformed("an end tag of another element") }
        place = end
        skipSpace()
        guard place < count, unsafe bytes[place] == 0x3E else { throw malformed("an end tag of another element", at: start) }
        place += 1
        try close(element, at: start)
    }

    private mutating func close(_ element: Open, at start: Int) throws {
        try unsafe dispatch.ended(name(element.local), at: start)
        namespaces.close(element.namespaces)
        open.removeLast()
    }

    private mutating func startTag() throws {
        let start = place
        guard !open.isEmpty || !hasRoot else { throw malformed("a second element outside of the first") }
        hasRoot = true
        place += 1
        let (element, prefix, local) = try qualifiedName()
        if !attributes.isEmpty {
            attributes.removeAll(keepingCapacity: true)
            arena.clear()
        }
        namespaces.beginTag()
        var declared = 0
        var isEmpty = false
        while true {
            let hadSpace = place < count && isSpace(unsafe bytes[place])
            skipSpace()
            guard place < count else { throw malformed("a tag without an end", at: start) }
            let byte = unsafe bytes[place]
            if byte == 0x3E { break }
            if byte == 0x2F {
                isEmpty = true
                place += 1
                guard place < count, unsafe bytes[place] == 0x3E else { throw malformed("'/' within a tag") }
                break
            }
            guard hadSpace else { throw malformed("no white space before an attribute") }
            if try attribute() { declared += 1 }
        }
        place += 1
        let resolved = try unsafe resolveAttributes()
        let opened = Open(name: element, local: local, namespaces: declared)
        open.append(opened)
        try unsafe dispatch.started(name(local), namespace(of: prefix, forElement: true), resolved, at: start)
        if isEmpty { try close(opened, at: start) }
    }
}
