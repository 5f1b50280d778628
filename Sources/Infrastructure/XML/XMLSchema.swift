internal import CLibXML2
internal import Synchronization

/// A schema (XSD 1.0) that is part of the program. Its imports come from a dictionary; nothing is read from a disk or a network, and what a
/// message says in `xsi:schemaLocation` is not followed.
///
/// libxml2's compiled schema is read-only while validating, so that one may serve many threads.
@safe public final class XMLSchema: @unchecked Sendable {
    private let schema: xmlSchemaPtr

    /// Compiles the schema `main`, which may import or include `others` by the location it writes.
    public init(_ main: [UInt8], others: [String: [UInt8]] = [:]) throws(XMLError) {
        LibXML2.ready
        unsafe schema = try SchemaLoading.compile(main, others)
    }

    deinit { unsafe xmlSchemaFree(schema) }

    /// Demands that the text is well-formed, within the limits, and valid. The error names the line.
    public func validate(_ bytes: [UInt8], limits: XMLLimits = .standard) throws {
        // First as any input: what is not well-formed never reaches the validator.
        try XMLReader.read(bytes, limits: limits, Ignorer())
        guard let context = unsafe xmlSchemaNewValidCtxt(schema) else { throw XMLError(.schema, "the validator has no memory") }
        defer { unsafe xmlSchemaFreeValidCtxt(context) }
        let errors = SchemaErrors()
        let status: Int32 = unsafe errors.capture { session in
            unsafe shim_captureValidation(context, session)
            return unsafe bytes.withUnsafeBytes { raw in
                let text = unsafe raw.baseAddress?.assumingMemoryBound(to: CChar.self)
                guard let input = unsafe xmlParserInputBufferCreateMem(text, Int32(raw.count), XML_CHAR_ENCODING_UTF8) else { return -1 }
                // Takes the input over and frees it.
                return unsafe xmlSchemaValidateStream(context, input, XML_CHAR_ENCODING_UTF8, nil, nil)
            }
        }
        guard status == 0 else {
            throw XMLError(.invalid, line: errors.line, errors.first ?? "not valid")
        }
    }
}

private final class Ignorer: XMLHandler {
    var vocabulary: XMLVocabulary { .none }
    func start(_ word: Int, _ element: borrowing XMLStart) {}
    func end(_ word: Int, _ text: borrowing XMLCharacters) {}
}

/// Keeps the first error of a schema or of its validation.
private final class SchemaErrors {
    private(set) var first: String?
    private(set) var line: Int?

    func capture<Result>(_ body: (UnsafeMutablePointer<shim_session>) -> Result) -> Result {
        var session = unsafe shim_session()
        // Unretained: `self` lives through this call, and the pointer does not outlive it.
        unsafe session.object = Unmanaged.passUnretained(self).toOpaque()
        unsafe session.on_error = { object, level, line, message in
            guard let object = unsafe object, level >= 2 else { return }
            let errors = unsafe Unmanaged<SchemaErrors>.fromOpaque(object).takeUnretainedValue()
            guard errors.first == nil else { return }
            let said = unsafe message.map { unsafe String(cString: $0) } ?? "not valid"
            errors.first = String(String.UnicodeScalarView(said.unicodeScalars.prefix(300).filter { $0.value >= 0x20 }))
            errors.line = line > 0 ? Int(line) : nil
        }
        return withExtendedLifetime(self) { unsafe withUnsafeMutablePointer(to: &session) { unsafe body($0) } }
    }
}

/// Compiling with imports needs libxml2's loader of external entities, which is one for the whole process: ours knows the dictionary of the
/// compilation at hand and refuses all else, for everybody and from then on.
private enum SchemaLoading {
    private static let documents = Mutex<[String: [UInt8]]>([:])
    private static let turn = Mutex<Void>(())
    private static let installed: Void = unsafe xmlSetExternalEntityLoader { url, _, context in
        guard let url = unsafe url else { return nil }
        let location = unsafe String(cString: url)
        guard var text = SchemaLoading.documents.withLock({ $0[location] }) else { return nil }
        text.append(0)
        // Makes a copy of its own; NUL ends it.
        return unsafe xmlNewStringInputStream(context, text)
    }

    static func compile(_ main: [UInt8], _ others: [String: [UInt8]]) throws(XMLError) -> xmlSchemaPtr {
        _ = installed
        let errors = SchemaErrors()
        // Written once within the lock and read after it, on this thread only.
        nonisolated(unsafe) var compiled: xmlSchemaPtr?
        turn.withLock { _ in
            documents.withLock { $0 = others }
            defer { documents.withLock { $0 = [:] } }
            unsafe compiled = main.withUnsafeBytes { raw -> xmlSchemaPtr? in
                let text = unsafe raw.baseAddress?.assumingMemoryBound(to: CChar.self)
                guard let context = unsafe xmlSchemaNewMemParserCtxt(text, Int32(raw.count)) else { return nil }
                defer { unsafe xmlSchemaFreeParserCtxt(context) }
                return unsafe errors.capture { session in
                    unsafe shim_captureSchema(context, session)
                    unsafe shim_captureThread(session)
                    defer { shim_captureThread(nil) }
                    return unsafe xmlSchemaParse(context)
                }
            }
        }
        guard let schema = unsafe compiled else { throw XMLError(.schema, line: errors.line, errors.first ?? "not a schema") }
        return unsafe schema
    }
}
