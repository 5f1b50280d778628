public import Values
internal import XML

/// A request that was read: what is to be done, and how to answer.
public struct SOAPCall<Context: Sendable>: Sendable {
    public let version: SOAPVersion
    public let operation: String
    let element: XMLName
    let hasTimestamp: Bool
    let addressing: SOAPAddressing?
    let action: String
    let header: SOAPMessageHeader?
    let headerNamespace: String
    let work: SOAPOperation<Context>.AnsweringWork

    /// Does it and returns the whole envelope.
    public func answer(_ context: Context, envelope: [UInt8], now: Instant) async throws -> [UInt8] {
        let answer = try await work(context, envelope)
        var blocks: XMLText = ""
        if hasTimestamp { blocks += SecurityHeader.answer(now: now) }
        if let addressing { blocks += addressing.answer(action: action) }
        if let header { blocks += header.markup(now, answer.header, headerNamespace) }
        var writer = XMLWriter(reservingCapacity: answer.children.count + 512)
        writer.element("env:Envelope", ["xmlns:env": version.namespace]) { writer in
            if !blocks.text.isEmpty { writer.raw("<env:Header>\(blocks)</env:Header>") }
            writer.element("env:Body") { writer in
                writer.raw("<\(raw: element.local) xmlns=\"\(element.namespace)\" xmlns:xsi=\"\(XMLName.instanceNamespace)\">")
                writer.raw(answer.children)
                writer.raw("</\(raw: element.local)>")
            }
        }
        return writer.bytes
    }
}

/// What an envelope's header says, read before anything else of it is believed.
public struct SOAPHeader: Sendable {
    public let version: SOAPVersion
    /// Who the sender says to be.
    public let login: String?
    public let password: String?
    /// Makes the message one that is accepted once only.
    public let nonce: String?
}

/// An error of reading an envelope, with the version in which to say so.
public struct SOAPRefusal: Error, Sendable {
    /// Nil if the envelope was never seen.
    public let version: SOAPVersion?
    public let fault: SOAPFault
}

extension SOAPService {
    /// Reads the header only. A sender who must sign in by it gets nothing of the Body parsed before.
    public func header(of envelope: [UInt8], now: Instant) throws(SOAPRefusal) -> SOAPHeader {
        let reader = EnvelopeReader(now: now, headerOnly: true, own: ownHeader) { _, _ in XMLTreeBuilder(elements: 0) }
        try read(envelope, reader)
        guard let version = reader.version else { throw refusal(SOAPFault(code: "no-envelope", "expected a SOAP envelope"), reader) }
        if let token = reader.security?.token {
            return SOAPHeader(version: version, login: token.login, password: token.password, nonce: token.nonce)
        }
        let login = messageHeader.flatMap { reader.ownHeader?.attribute($0.login) }
        return SOAPHeader(
            version: version, login: login.flatMap { $0.isEmpty ? nil : $0 },
            password: messageHeader.flatMap { reader.ownHeader?.attribute($0.password) }, nonce: nil)
    }

    /// Reads the whole envelope and finds the operation by the qualified name of the Body's child.
    public func call(_ envelope: [UInt8], now: Instant) throws(SOAPRefusal) -> SOAPCall<Context> {
        var found: (operation: SOAPOperation<Context>, work: () throws -> SOAPOperation<Context>.AnsweringWork)?
        let reader = EnvelopeReader(now: now, own: ownHeader) { name, header in
            guard let operation = operations.first(where: { $0.requestElement(in: namespace) == name || $0.aliases.contains(name) }) else {
                throw SOAPFault(code: "unknown-operation", "there is no operation \(name.local.prefix(64)) in \(namespace)")
            }
            let reading = operation.open(header)
            found = (operation, reading.work)
            return reading.handler
        }
        try read(envelope, reader)
        do {
            _ = try reader.finish()
            guard let version = reader.version, let found else { throw SOAPFault(code: "empty-body", "the Body is empty") }
            return SOAPCall(
                version: version, operation: found.operation.name, element: found.operation.responseElement(in: namespace),
                hasTimestamp: reader.security?.hasTimestamp ?? false, addressing: reader.addressing,
                action: actionPrefix + found.operation.name + "Response",
                header: messageHeader, headerNamespace: namespace, work: try found.work())
        } catch {
            throw refusal(error, reader)
        }
    }

    private var ownHeader: XMLName? { messageHeader.map { XMLName($0.name, in: namespace) } }

    private func read(_ envelope: [UInt8], _ reader: EnvelopeReader) throws(SOAPRefusal) {
        do {
            try XMLReader.read(envelope, by: .scanner, reader)
        } catch is EnvelopeReader.HeaderOnly {
            return
        } catch {
            throw refusal(error, reader)
        }
    }

    private func refusal(_ error: any Error, _ reader: EnvelopeReader) -> SOAPRefusal {
        switch error {
        case let fault as SOAPFault: SOAPRefusal(version: reader.version, fault: fault)
        case let error as XMLError: SOAPRefusal(version: reader.version, fault: SOAPFault(error))
        default: SOAPRefusal(version: reader.version, fault: SOAPFault(.server, code: "internal-error", "something went wrong here"))
        }
    }
}

extension SOAPMessageHeader {
    /// The block of an answer. What the operation says takes the place of what every answer says.
    fileprivate func markup(_ now: Instant, _ more: [(name: String, value: String)], _ namespace: String) -> XMLText {
        let said = answer(now).filter { usual in !more.contains { $0.name == usual.name } } + more
        let attributes: [XMLText] = said.map { " \(raw: $0.name)=\"\($0.value)\"" }
        return "<\(raw: name) xmlns=\"\(namespace)\"\(attributes)/>"
    }
}
