internal import CLibXML2

/// Reads XML without a tree: check of the bytes first, then libxml2's SAX2 push parser. Options are NONET and nothing else; entities,
/// DTDs, XInclude and `schemaLocation` are never followed.
public enum XMLReader {
    /// Hands all elements to the handler, and to those it delegates to. Throws ``XMLError``, or what a handler threw, at once.
    public static func read(_ bytes: [UInt8], limits: XMLLimits = .standard, _ handler: any XMLHandler) throws {
        try unsafe bytes.withUnsafeBytes { try unsafe read($0, limits: limits, handler) }
    }

    /// Hands all elements of these bytes, which must stay valid during the call, to the handler.
    public static func read(_ bytes: UnsafeRawBufferPointer, limits: XMLLimits = .standard, _ handler: any XMLHandler) throws {
        precondition(limits.depth <= 64, "the reader keeps a bit for each level")
        try unsafe XMLPrescan.check(bytes, limits: limits)
        LibXML2.ready
        let parse = XMLParse(handler)
        try unsafe parse.run(bytes)
    }
}

/// libxml2's own initialisation, once.
enum LibXML2 {
    static let ready: Void = xmlInitParser()
}

/// One parse. C calls it back through an unretained pointer that lives as long as `run`, which holds the object.
@safe final class XMLParse {
    private struct Level {
        let handler: any XMLHandler
        var words: XMLWordTable
        let depth: Int
    }

    private var handler: any XMLHandler
    private var words: XMLWordTable
    // Handlers that delegated, and at which depth they take over again.
    private var waiting: [Level] = []
    private var handlerDepth = 0
    private var depth = 0
    // One bit for each open element: whether it has had a child.
    private var hasChildren: UInt64 = 0
    private var text = TextBuffer()
    private var failure: (any Error)?
    private var complaint: XMLError?
    private var context: xmlParserCtxtPtr?

    init(_ handler: any XMLHandler) {
        self.handler = handler
        words = XMLWordTable(handler.vocabulary)
    }

    func run(_ bytes: UnsafeRawBufferPointer) throws {
        var sax = unsafe xmlSAXHandler()
        // Without the magic number libxml2 would take this for a SAX1 handler and call none of the namespace functions.
        unsafe sax.initialized = 0xDEED_BEAF
        unsafe sax.startElementNs = { user, local, _, uri, _, _, count, _, attributes in
            unsafe XMLParse.from(user)?.started(local, uri, Int(count), attributes)
        }
        unsafe sax.endElementNs = { user, local, _, _ in unsafe XMLParse.from(user)?.ended(local) }
        unsafe sax.characters = { user, characters, count in unsafe XMLParse.from(user)?.characters(characters, Int(count)) }
        unsafe sax.ignorableWhitespace = unsafe sax.characters
        unsafe sax.cdataBlock = unsafe sax.characters
        // Only with this set does libxml2 say that there is a DTD. The check before has refused it already; this is the second guard.
        unsafe sax.internalSubset = { user, _, _, _ in
            unsafe XMLParse.from(user)?.stop(XMLError(.documentType, "document types are not accepted"))
        }
        unsafe shim_capture(&sax)
        var session = unsafe shim_session()
        unsafe session.object = Unmanaged.passUnretained(self).toOpaque()
        unsafe session.on_error = { object, level, line, message in
            guard let object = unsafe object else { return }
            unsafe Unmanaged<XMLParse>.fromOpaque(object).takeUnretainedValue().complained(level, line, message)
        }
        try withExtendedLifetime(self) {
            try unsafe withUnsafeMutablePointer(to: &session) { user in
                guard let context = unsafe xmlCreatePushParserCtxt(&sax, user, nil, 0, nil) else {
                    throw XMLError(.malformed, "the parser has no memory")
                }
                unsafe self.context = context
                defer {
                    unsafe self.context = nil
                    unsafe xmlFreeParserCtxt(context)
                }
                // IGNORE_ENC: the check has established UTF-8, whatever a declaration might still say to libxml2.
                _ = unsafe xmlCtxtUseOptions(
                    context, Int32(XML_PARSE_NONET.rawValue | XML_PARSE_IGNORE_ENC.rawValue | XML_PARSE_COMPACT.rawValue))
                try unsafe feed(bytes, to: context)
            }
        }
    }

    private func feed(_ bytes: UnsafeRawBufferPointer, to context: xmlParserCtxtPtr) throws {
        var place = unsafe bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
        var status: Int32 = 0
        while place < bytes.count, status == 0, failure == nil {
            let length = min(32 << 10, bytes.count - place)
            let chunk = unsafe bytes.baseAddress.map { unsafe $0.advanced(by: place).assumingMemoryBound(to: CChar.self) }
            status = unsafe xmlParseChunk(context, chunk, Int32(length), 0)
            place += length
        }
        if status == 0, failure == nil { status = unsafe xmlParseChunk(context, nil, 0, 1) }
        if let failure { throw failure }
        // All three, because each alone has been seen to lie.
        let isWell = unsafe status == 0 && context.pointee.errNo == Int32(XML_ERR_OK.rawValue) && context.pointee.wellFormed == 1
        guard isWell, complaint == nil, depth == 0 else {
            throw complaint ?? XMLError(.malformed, line: unsafe Int(shim_currentLine(context)), "not well-formed")
        }
    }

    private static func from(_ user: UnsafeMutableRawPointer?) -> XMLParse? {
        guard let object = unsafe user?.assumingMemoryBound(to: shim_session.self).pointee.object else { return nil }
        return unsafe Unmanaged<XMLParse>.fromOpaque(object).takeUnretainedValue()
    }

    private func stop(_ error: any Error) {
        if failure == nil { failure = error }
        if let context = unsafe context { unsafe xmlStopParser(context) }
    }

    private func complained(_ level: Int32, _ line: Int32, _ message: UnsafePointer<CChar>?) {
        // The first message is the cause; what follows are echoes. Warnings (a relative namespace) are none.
        guard level >= 2, complaint == nil else { return }
        let said = unsafe message.map { unsafe String(cString: $0) } ?? "not well-formed"
        let clean = said.unicodeScalars.prefix(160).filter { $0.value >= 0x20 }
        complaint = XMLError(.malformed, line: Int(line), String(String.UnicodeScalarView(clean)))
    }

    private func started(
        _ local: UnsafePointer<UInt8>?, _ uri: UnsafePointer<UInt8>?, _ count: Int,
        _ attributes: UnsafeMutablePointer<UnsafePointer<UInt8>?>?
    ) {
        guard failure == nil, let local = unsafe local else { return }
        if !text.isEmpty {
            guard text.isBlank else { return refuseMixed() }
            text.clear()
        }
        // The parent has a child now, and this element has none yet.
        hasChildren |= 1 &<< UInt64(truncatingIfNeeded: depth &- 1)
        hasChildren &= ~(1 &<< UInt64(truncatingIfNeeded: depth))
        depth += 1
        let element = unsafe XMLStart(
            localName: local, namespaceURI: uri, attributePointers: attributes, attributeCount: count,
            line: context.map { unsafe Int(shim_currentLine($0)) } ?? 0)
        do {
            while let other = try unsafe handler.delegate(words.number(of: local), element) {
                waiting.append(Level(handler: handler, words: words, depth: handlerDepth))
                handler = other
                words = XMLWordTable(other.vocabulary)
                handlerDepth = depth
            }
            try unsafe handler.start(words.number(of: local), element)
        } catch {
            stop(error)
        }
    }

    private func ended(_ local: UnsafePointer<UInt8>?) {
        guard failure == nil, let local = unsafe local else { return }
        if hasChildren & (1 &<< UInt64(truncatingIfNeeded: depth &- 1)) != 0, !text.isEmpty {
            guard text.isBlank else { return refuseMixed() }
            text.clear()
        }
        do {
            try unsafe handler.end(words.number(of: local), XMLCharacters(buffer: text.bytes))
        } catch {
            return stop(error)
        }
        text.clear()
        while handlerDepth == depth, let level = waiting.popLast() {
            handler = level.handler
            words = level.words
            handlerDepth = level.depth
        }
        depth -= 1
    }

    private func characters(_ characters: UnsafePointer<UInt8>?, _ count: Int) {
        guard failure == nil, let characters = unsafe characters else { return }
        unsafe text.append(characters, count)
    }

    private func refuseMixed() {
        let line = unsafe context.map { unsafe Int(shim_currentLine($0)) }
        stop(XMLError(.mixed, line: line, "text beside child elements"))
    }
}
