public import Values
public import XML

/// A service: its name, its types and operations. One value is what is executed and what WSDL and XSD are written from, so that the
/// description cannot drift from the deed.
///
/// `Context` is what an operation needs to know about its caller: a request of Web, or nothing in a test.
public struct SOAPService<Context: Sendable>: Sendable {
    /// Name in the WSDL.
    public let name: String
    /// Where it answers.
    public let path: String
    /// Target namespace, with its version at the end.
    public let namespace: String
    public let documentation: String
    public let operations: [SOAPOperation<Context>]

    public init(name: String, path: String, namespace: String, documentation: String, operations: [SOAPOperation<Context>]) {
        self.name = name
        self.path = path
        self.namespace = namespace
        self.documentation = documentation
        self.operations = operations
    }
}

/// An operation: request `name`, answer `nameResponse`.
public struct SOAPOperation<Context: Sendable>: Sendable {
    /// Does what was asked and returns the answer's children as markup in the service's namespace.
    public typealias Work = @Sendable (_ context: Context, _ envelope: [UInt8]) async throws -> [UInt8]

    /// A request being read: a handler for its element, and what is to be done once it is read.
    public struct Reading {
        let handler: any XMLHandler
        let work: () throws -> Work

        /// A reading by a handler of one's own.
        public init(_ handler: any XMLHandler, work: @escaping () throws -> Work) {
            self.handler = handler
            self.work = work
        }
    }

    public let name: String
    public let documentation: String
    public let request: [SOAPField]
    public let response: [SOAPField]
    let open: @Sendable () -> Reading

    /// An operation whose request is small enough for a tree.
    ///
    /// - Parameter answer: parses the request, which throws `SOAPFault`, and does the work.
    public init(
        _ name: String, documentation: String, request: [SOAPField], response: [SOAPField],
        answer: @escaping @Sendable (_ request: XMLElement, _ context: Context) async throws -> [UInt8]
    ) {
        self.init(name, documentation: documentation, request: request, response: response) {
            let builder = XMLTreeBuilder()
            return Reading(builder) {
                guard let element = builder.root else { throw SOAPFault(code: "empty-body", "the Body is empty") }
                return { context, _ in try await answer(element, context) }
            }
        }
    }

    /// An operation that reads its request as a stream.
    public init(
        _ name: String, documentation: String, request: [SOAPField], response: [SOAPField],
        reading: @escaping @Sendable () -> Reading
    ) {
        self.name = name
        self.documentation = documentation
        self.request = request
        self.response = response
        open = reading
    }
}

/// A request that was read: what is to be done, and how to answer.
public struct SOAPCall<Context: Sendable>: Sendable {
    public let version: SOAPVersion
    public let operation: String
    let namespace: String
    let hasTimestamp: Bool
    let work: SOAPOperation<Context>.Work

    /// Does it and returns the whole envelope.
    public func answer(_ context: Context, envelope: [UInt8], now: Instant) async throws -> [UInt8] {
        let children = try await work(context, envelope)
        var writer = XMLWriter(reservingCapacity: children.count + 512)
        writer.element("env:Envelope", ["xmlns:env": version.namespace]) { writer in
            if hasTimestamp { writer.raw("<env:Header>\(SecurityHeader.answer(now: now))</env:Header>") }
            writer.element("env:Body") { writer in
                writer.raw("<\(raw: operation)Response xmlns=\"\(namespace)\" xmlns:xsi=\"\(XMLName.instanceNamespace)\">")
                writer.raw(children)
                writer.raw("</\(raw: operation)Response>")
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
        let reader = EnvelopeReader(now: now, headerOnly: true) { _ in XMLTreeBuilder(elements: 0) }
        try read(envelope, reader)
        guard let version = reader.version else { throw refusal(SOAPFault(code: "no-envelope", "expected a SOAP envelope"), reader) }
        return SOAPHeader(version: version, login: reader.security?.token?.login, password: reader.security?.token?.password)
    }

    /// Reads the whole envelope and finds the operation by the qualified name of the Body's child.
    public func call(_ envelope: [UInt8], now: Instant) throws(SOAPRefusal) -> SOAPCall<Context> {
        var found: (operation: SOAPOperation<Context>, reading: SOAPOperation<Context>.Reading)?
        let reader = EnvelopeReader(now: now) { name in
            guard name.namespace == namespace, let operation = operations.first(where: { $0.name == name.local }) else {
                throw SOAPFault(code: "unknown-operation", "there is no operation \(name.local.prefix(64)) in \(namespace)")
            }
            let reading = operation.open()
            found = (operation, reading)
            return reading.handler
        }
        try read(envelope, reader)
        do {
            _ = try reader.finish()
            guard let version = reader.version, let found else { throw SOAPFault(code: "empty-body", "the Body is empty") }
            return SOAPCall(
                version: version, operation: found.operation.name, namespace: namespace,
                hasTimestamp: reader.security?.hasTimestamp ?? false, work: try found.reading.work())
        } catch {
            throw refusal(error, reader)
        }
    }

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
