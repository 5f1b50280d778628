internal import CLibXML2
internal import Glibc

/// libxml2's own initialisation, once.
enum LibXML2 {
    static let ready: Void = xmlInitParser()
}

/// One parse by libxml2. C calls it back through an unretained pointer that lives as long as `run`, which holds the object.
/// Options are NONET and nothing that would follow anything.
@safe final class LibXML2Parse {
    private var dispatch: XMLDispatch
    private var failure: (any Error)?
    private var complaint: XMLError?
    private var context: xmlParserCtxtPtr?
    // Attributes of the tag at hand; the check before allows no more than 64.
    private let attributes = UnsafeMutableBufferPointer<XMLAttributeBytes>.allocate(capacity: 64)

    // Namespaces with an ampersand, resolved, by libxml2's own address of them.
    private var namespaces: [UInt: UnsafeMutableBufferPointer<UInt8>] = unsafe [:]
    private var cdataEndedWithReturn = false

    init(_ dispatch: consuming XMLDispatch) {
        self.dispatch = dispatch
        LibXML2.ready
    }

    deinit {
        unsafe attributes.deallocate()
        unsafe namespaces.values.forEach { unsafe $0.deallocate() }
    }

    func run(_ bytes: UnsafeRawBufferPointer) throws {
        var sax = unsafe xmlSAXHandler()
        // Without the magic number libxml2 would take this for a SAX1 handler and call none of the namespace functions.
        unsafe sax.initialized = 0xDEED_BEAF
        unsafe sax.startElementNs = { user, local, _, uri, _, _, count, _, attributes in
            unsafe LibXML2Parse.from(user)?.started(local, uri, Int(count), attributes)
        }
        unsafe sax.endElementNs = { user, local, _, _ in unsafe LibXML2Parse.from(user)?.ended(local) }
        unsafe sax.characters = { user, characters, count in unsafe LibXML2Parse.from(user)?.characters(characters, Int(count)) }
        unsafe sax.ignorableWhitespace = unsafe sax.characters
        unsafe sax.cdataBlock = { user, characters, count in unsafe LibXML2Parse.from(user)?.cdata(characters, Int(count)) }
        // Only with this set does libxml2 say that there is a DTD. The check before has refused it already; this is the second guard.
        unsafe sax.internalSubset = { user, _, _, _ in
            unsafe LibXML2Parse.from(user)?.stop(XMLError(.documentType, "document types are not accepted"))
        }
        unsafe shim_capture(&sax)
        var session = unsafe shim_session()
        unsafe session.object = Unmanaged.passUnretained(self).toOpaque()
        unsafe session.on_error = { object, level, line, message in
            guard let object = unsafe object else { return }
            unsafe Unmanaged<LibXML2Parse>.fromOpaque(object).takeUnretainedValue().complained(level, line, message)
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
        guard isWell, complaint == nil, dispatch.depth == 0 else {
            throw complaint ?? XMLError(.malformed, line: unsafe Int(shim_currentLine(context)), "not well-formed")
        }
    }

    private static func from(_ user: UnsafeMutableRawPointer?) -> LibXML2Parse? {
        guard let object = unsafe user?.assumingMemoryBound(to: shim_session.self).pointee.object else { return nil }
        return unsafe Unmanaged<LibXML2Parse>.fromOpaque(object).takeUnretainedValue()
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
        _ pointers: UnsafeMutablePointer<UnsafePointer<UInt8>?>?
    ) {
        guard failure == nil else { return }
        cdataEndedWithReturn = false
        // Five pointers for each attribute: local name, prefix, URI, first and last of the value.
        let used = min(count, unsafe attributes.count)
        if let pointers = unsafe pointers {
            for index in 0..<used {
                let first = unsafe pointers[index * 5 + 3]
                let length = unsafe first.flatMap { first in unsafe pointers[index * 5 + 4].map { unsafe $0 - first } } ?? 0
                let value = unsafe UnsafeBufferPointer(start: first, count: length)
                unsafe attributes[index] = unsafe XMLAttributeBytes(
                    local: text(pointers[index * 5]), namespace: namespace(pointers[index * 5 + 2]), value: resolved(value))
            }
        }
        do {
            try unsafe dispatch.started(
                text(local), namespace(uri), UnsafeBufferPointer(rebasing: UnsafeBufferPointer(attributes)[..<used]), at: -line)
        } catch {
            stop(error)
        }
    }

    private func ended(_ local: UnsafePointer<UInt8>?) {
        guard failure == nil else { return }
        do {
            try unsafe dispatch.ended(text(local), at: -line)
        } catch {
            stop(error)
        }
    }

    private func characters(_ characters: UnsafePointer<UInt8>?, _ count: Int) {
        guard failure == nil, let characters = unsafe characters else { return }
        unsafe dispatch.append(UnsafeRawBufferPointer(start: characters, count: count))
    }

    /// CDATA, whose line ends the push parser leaves as they were sent. It may come in pieces, and a piece may end within a line end.
    private func cdata(_ characters: UnsafePointer<UInt8>?, _ count: Int) {
        guard failure == nil, let characters = unsafe characters else { return }
        let bytes = unsafe UnsafeRawBufferPointer(start: characters, count: count)
        guard unsafe cdataEndedWithReturn || bytes.contains(0x0D) else { return unsafe dispatch.append(bytes) }
        var plain: [UInt8] = []
        for index in 0..<count {
            let byte = unsafe bytes[index]
            if byte != 0x0A || !cdataEndedWithReturn { plain.append(byte == 0x0D ? 0x0A : byte) }
            cdataEndedWithReturn = byte == 0x0D
        }
        unsafe plain.withUnsafeBytes { unsafe dispatch.append($0) }
    }

    private var line: Int { unsafe max(1, context.map { unsafe Int(shim_currentLine($0)) } ?? 1) }

    private func text(_ pointer: UnsafePointer<UInt8>?) -> UnsafeBufferPointer<UInt8> {
        guard let pointer = unsafe pointer else { return unsafe UnsafeBufferPointer(start: nil, count: 0) }
        let length = unsafe strlen(UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
        return unsafe UnsafeBufferPointer(start: pointer, count: length)
    }

    /// A namespace's name. One with an ampersand is resolved into a copy that stays, because libxml2's own is shared by the whole parse.
    private func namespace(_ pointer: UnsafePointer<UInt8>?) -> UnsafeBufferPointer<UInt8> {
        let name = unsafe text(pointer)
        guard let pointer = unsafe pointer, unsafe name.contains(0x26) else { return unsafe name }
        let address = UInt(bitPattern: pointer)
        if let known = unsafe namespaces[address] { return UnsafeBufferPointer(known) }
        let resolved = unsafe String(decoding: name, as: UTF8.self).split(separator: "&#38;", omittingEmptySubsequences: false).joined(
            separator: "&")
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: resolved.utf8.count)
        _ = unsafe copy.initialize(from: resolved.utf8)
        unsafe namespaces[address] = unsafe copy
        return UnsafeBufferPointer(copy)
    }

    /// Without entity substitution, which is never switched on, libxml2 hands over an ampersand in an attribute as `&#38;`, and only as
    /// this. Such a value was built on the heap, not left in the input, so the shorter resolved one may be written over it.
    private func resolved(_ value: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard unsafe value.contains(0x26), let base = value.baseAddress else { return unsafe value }
        let target = unsafe UnsafeMutablePointer(mutating: unsafe base)
        var written = 0
        var index = 0
        while index < value.count {
            let byte = unsafe value[index]
            unsafe target[written] = byte
            written += 1
            index += byte == 0x26 ? 5 : 1
        }
        return unsafe UnsafeBufferPointer(start: base, count: written)
    }
}
