/// Between a parser and the handlers: who takes an element, what its text is, and that it has either children or text.
///
/// Parsers differ in where their memory lies and how they stop; what an element means is decided here, for all of them alike. It is a
/// value in the parser's hands, not an object: checking accesses at run time cost as much as parsing did.
@safe struct XMLDispatch: ~Copyable {
    private struct Level {
        let handler: any XMLHandler
        let vocabulary: XMLVocabulary
        let depth: Int
    }

    private var handler: any XMLHandler
    private var vocabulary: XMLVocabulary
    // Handlers that delegated, and at which depth they take over again.
    private var waiting: [Level] = []
    private var handlerDepth = 0
    /// Elements open.
    private(set) var depth = 0
    // One bit for each open element: whether it has had a child.
    private var hasChildren: UInt64 = 0
    private var text = XMLTextBuffer()
    /// Counts lines for who asks.
    let lines: XMLLineCounter

    init(_ handler: any XMLHandler, lines: XMLLineCounter) {
        self.handler = handler
        self.lines = lines
        vocabulary = handler.vocabulary
    }

    /// An element begins. The buffers are read during the call only.
    mutating func started(
        _ local: UnsafeBufferPointer<UInt8>, _ namespace: UnsafeBufferPointer<UInt8>, _ attributes: UnsafeBufferPointer<XMLAttributeBytes>,
        at place: Int
    ) throws {
        if !text.isEmpty {
            guard text.isBlank else { throw mixed(place) }
            text.clear()
        }
        // The parent has a child now, and this element has none yet.
        hasChildren |= 1 &<< UInt64(truncatingIfNeeded: depth &- 1)
        hasChildren &= ~(1 &<< UInt64(truncatingIfNeeded: depth))
        depth += 1
        let element = unsafe XMLStart(localName: local, namespaceName: namespace, list: attributes, place: place, lines: lines)
        var word = unsafe vocabulary.number(of: local)
        while let other = try handler.delegate(word, element) {
            waiting.append(Level(handler: handler, vocabulary: vocabulary, depth: handlerDepth))
            handler = other
            vocabulary = other.vocabulary
            handlerDepth = depth
            word = unsafe vocabulary.number(of: local)
        }
        try handler.start(word, element)
    }

    /// The element ends.
    mutating func ended(_ local: UnsafeBufferPointer<UInt8>, at place: Int) throws {
        if hasChildren & (1 &<< UInt64(truncatingIfNeeded: depth &- 1)) != 0, !text.isEmpty {
            guard text.isBlank else { throw mixed(place) }
            text.clear()
        }
        try handler.end(unsafe vocabulary.number(of: local), unsafe XMLCharacters(buffer: text.bytes, input: lines.input))
        text.clear()
        while handlerDepth == depth, let level = waiting.popLast() {
            handler = level.handler
            vocabulary = level.vocabulary
            handlerDepth = level.depth
        }
        depth -= 1
    }

    /// A piece of text that may be gone after the call.
    mutating func append(_ characters: UnsafeRawBufferPointer) { unsafe text.append(characters) }

    /// A piece of text that stays until the element ends: the only piece is handed on without a copy.
    mutating func lend(_ characters: UnsafeRawBufferPointer) { unsafe text.lend(characters) }

    private func mixed(_ place: Int) -> XMLError {
        XMLError(.mixed, line: place < 0 ? -place : lines.line(at: place), "text beside child elements")
    }
}

/// Counts lines from where it last stopped, so that asking for each element's line costs one pass in all.
@safe final class XMLLineCounter {
    let input: UnsafeRawBufferPointer
    private var counted = 0
    private var line = 1

    /// The input must stay valid for as long as lines are asked for.
    @unsafe init(_ input: UnsafeRawBufferPointer) { unsafe self.input = input }

    func line(at offset: Int) -> Int {
        if offset < counted { (counted, line) = (0, 1) }
        let end = unsafe min(offset, input.count)
        while counted < end {
            if unsafe input[counted] == 0x0A { line += 1 }
            counted += 1
        }
        return line
    }
}

/// The text of the element at hand, gathered from pieces. One allocation serves all elements; the check before the parser bounds it.
@safe struct XMLTextBuffer: ~Copyable {
    private var storage: UnsafeMutableRawBufferPointer
    private var count = 0
    private var lent: UnsafeRawBufferPointer?

    init() { unsafe storage = .allocate(byteCount: 512, alignment: 1) }

    deinit { unsafe storage.deallocate() }

    var isEmpty: Bool { unsafe count == 0 && lent == nil }

    var isBlank: Bool { unsafe bytes.allSatisfy { isSpace($0) } }

    var bytes: UnsafeRawBufferPointer {
        if let lent = unsafe lent { return unsafe lent }
        return unsafe UnsafeRawBufferPointer(rebasing: storage[0..<count])
    }

    mutating func clear() {
        count = 0
        unsafe lent = nil
    }

    mutating func lend(_ characters: UnsafeRawBufferPointer) {
        if isEmpty { unsafe lent = characters } else { unsafe append(characters) }
    }

    mutating func append(_ characters: UnsafeRawBufferPointer) {
        if let first = unsafe lent {
            unsafe lent = nil
            unsafe copy(first)
        }
        unsafe copy(characters)
    }

    private mutating func copy(_ characters: UnsafeRawBufferPointer) {
        let needed = count + characters.count
        if unsafe needed > storage.count {
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: unsafe max(needed, storage.count * 2), alignment: 1)
            unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[0..<count]))
            unsafe storage.deallocate()
            unsafe storage = larger
        }
        unsafe UnsafeMutableRawBufferPointer(rebasing: storage[count..<needed]).copyMemory(from: characters)
        count = needed
    }
}
