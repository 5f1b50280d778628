internal import Values
internal import XML

/// Reads an envelope: its version, the headers it must understand, and hands the Body's child to whoever the name is meant for.
final class EnvelopeReader: XMLHandler {
    private enum Word: Int { case envelope, header, body }
    /// Thrown to stop a reading that was for the header only.
    struct HeaderOnly: Error {}

    private(set) var version: SOAPVersion?
    private(set) var security: SecurityHeader?
    private(set) var addressing: SOAPAddressing?
    /// The dialect's own header block.
    private(set) var ownHeader: XMLElement?
    private(set) var operation: XMLName?

    private let now: Instant
    private let headerOnly: Bool
    private let own: XMLName?
    private let dispatch: (XMLName, XMLElement?) throws -> any XMLHandler
    private var depth = 0
    private var isInHeader = false
    private var hasBody = false
    // Header blocks are small; all together may have so many elements.
    private var blocks: [(builder: XMLTreeBuilder, mustUnderstand: Bool)] = []
    private static let headerElements = 200
    private static let headerBlocks = 32

    /// - Parameters:
    ///   - own: the name of the dialect's header block.
    ///   - dispatch: the handler for the Body's child of this name; throws for a name nobody knows. It gets the dialect's header block.
    init(
        now: Instant, headerOnly: Bool = false, own: XMLName? = nil,
        dispatch: @escaping (XMLName, XMLElement?) throws -> any XMLHandler
    ) {
        self.now = now
        self.headerOnly = headerOnly
        self.own = own
        self.dispatch = dispatch
    }

    private static let words = XMLVocabulary(["Envelope", "Header", "Body"])
    var vocabulary: XMLVocabulary { EnvelopeReader.words }

    func delegate(_ word: Int, _ element: borrowing XMLStart) throws -> (any XMLHandler)? {
        guard depth == 2 else { return nil }
        if isInHeader {
            guard blocks.count < EnvelopeReader.headerBlocks else { throw SOAPFault(code: "header-too-large", "too many header blocks") }
            let builder = XMLTreeBuilder(elements: EnvelopeReader.headerElements)
            let isForUs = version?.isMeantForUs(value("actor", element) ?? value("role", element)) ?? true
            let must = value("mustUnderstand", element)
            blocks.append((builder, isForUs && (must == "1" || must == "true")))
            return builder
        }
        guard operation == nil else { throw SOAPFault(code: "body-children", "the Body has more than one child") }
        let name = element.name
        operation = name
        return try dispatch(name, ownHeader)
    }

    /// An attribute of the envelope's own namespace.
    private func value(_ local: StaticString, _ element: borrowing XMLStart) -> String? {
        switch version {
        case .soap11: element.attribute(local, in: "http://schemas.xmlsoap.org/soap/envelope/")
        case .soap12: element.attribute(local, in: "http://www.w3.org/2003/05/soap-envelope")
        case nil: nil
        }
    }

    func start(_ word: Int, _ element: borrowing XMLStart) throws {
        switch depth {
        case 0:
            let name = element.name
            guard name.local == "Envelope" else { throw SOAPFault(code: "no-envelope", "expected a SOAP envelope") }
            guard let version = SOAPVersion(namespace: name.namespace) else {
                throw SOAPFault(.version, code: "version-mismatch", "the envelope is neither SOAP 1.1 nor SOAP 1.2")
            }
            self.version = version
        case 1:
            guard let version, element.name.namespace == version.namespace else {
                throw SOAPFault(code: "bad-envelope", "an element of another namespace within the envelope")
            }
            switch Word(rawValue: word) {
            case .header where !hasBody && blocks.isEmpty: isInHeader = true
            case .body where !hasBody:
                hasBody = true
                if headerOnly { throw HeaderOnly() }
            default: throw SOAPFault(code: "bad-envelope", "an envelope has one Header at most and one Body")
            }
        default: break
        }
        depth += 1
    }

    func end(_ word: Int, _ text: borrowing XMLCharacters) throws {
        depth -= 1
        guard depth == 1 else { return }
        if !text.isBlank { throw SOAPFault(code: "bad-envelope", "text within the envelope") }
        if isInHeader {
            isInHeader = false
            try understand()
        }
    }

    /// Looks at all blocks before the Body is: a header that is not understood must have no effect.
    private func understand() throws {
        for block in blocks {
            guard let element = block.builder.root else { continue }
            if element.name == XMLName("Security", in: SecurityHeader.namespace) {
                guard security == nil else { throw SOAPFault(code: "invalid-security", "more than one Security header") }
                security = try SecurityHeader(element, now: now)
            } else if SOAPAddressing.knows(element.name) {
                if addressing == nil { addressing = SOAPAddressing(namespace: element.name.namespace) }
                try addressing?.take(element)
            } else if element.name == own {
                guard ownHeader == nil else { throw SOAPFault(code: "bad-header", "more than one \(element.name.local)") }
                ownHeader = element
            } else if block.mustUnderstand {
                throw SOAPFault(.header(element.name), code: "must-understand", "the header \(element.name.local) is not understood")
            }
        }
    }

    /// Demands that there was something to do.
    func finish() throws(SOAPFault) -> XMLName {
        guard hasBody else { throw SOAPFault(code: "bad-envelope", "the envelope has no Body") }
        guard let operation else { throw SOAPFault(code: "empty-body", "the Body is empty") }
        return operation
    }
}
