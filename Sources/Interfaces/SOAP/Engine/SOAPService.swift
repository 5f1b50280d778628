public import Values
public import XML

/// A service: its name, its types and operations. One value is what is executed and what WSDL and XSD are written from, so that the
/// description cannot drift from the deed.
///
/// Our own services have one namespace and schemas that are written from the fields of their operations. The dialects of others bring
/// what is theirs: schemas of several namespaces, elements of any name, a header of their own.
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
    /// Namespace of the fault's detail; the service's own unless that belongs to somebody else.
    public let faultNamespace: String
    /// What the SOAPAction of an operation begins with. It stands in the WSDL because clients want one; nobody reads it.
    public let actionPrefix: String
    /// Schemas that others named; nil: written from the operations.
    public let foreignSchemas: [SOAPSchema]?
    /// A header block of the dialect that goes with every message, both ways.
    public let messageHeader: SOAPMessageHeader?
    let replays = ReplayGuard()

    public init(
        name: String, path: String, namespace: String, documentation: String, faultNamespace: String? = nil, actionPrefix: String? = nil,
        schemas: [SOAPSchema]? = nil, messageHeader: SOAPMessageHeader? = nil, operations: [SOAPOperation<Context>]
    ) {
        self.name = name
        self.path = path
        self.namespace = namespace
        self.documentation = documentation
        self.faultNamespace = faultNamespace ?? namespace
        self.actionPrefix = actionPrefix ?? "\(namespace)#"
        foreignSchemas = schemas
        self.messageHeader = messageHeader
        self.operations = operations
    }
}

/// The header block of a dialect: attributes only, as MultiSpeak has it.
public struct SOAPMessageHeader: Sendable {
    /// The element, in the service's namespace.
    public let name: String
    /// Its attributes.
    public let fields: [SOAPField]
    /// What each answer says, before what the operation adds.
    public let answer: @Sendable (Instant) -> [(name: String, value: String)]
    /// Attributes that hold a name and its password.
    public let login: String
    public let password: String

    public init(
        name: String, fields: [SOAPField], login: String, password: String,
        answer: @escaping @Sendable (Instant) -> [(name: String, value: String)]
    ) {
        self.name = name
        self.fields = fields
        self.login = login
        self.password = password
        self.answer = answer
    }
}

/// A request whose elements are in memory.
public struct SOAPMessage: Sendable {
    /// The Body's child.
    public let element: XMLElement
    /// The dialect's header block, where one came.
    public let header: XMLElement?
    /// The whole message as it came, for the archive.
    public let envelope: [UInt8]
}

/// What an operation answers.
public struct SOAPAnswer: Sendable {
    /// The answer's children, as markup in the namespace of its element.
    public var children: [UInt8]
    /// Attributes of the dialect's header block.
    public var header: [(name: String, value: String)]

    public init(_ children: [UInt8], header: [(name: String, value: String)] = []) {
        self.children = children
        self.header = header
    }
}

/// An operation: request `name`, answer `nameResponse`, unless others named them.
public struct SOAPOperation<Context: Sendable>: Sendable {
    /// Does what was asked and returns the answer's children as markup in the service's namespace.
    public typealias Work = @Sendable (_ context: Context, _ envelope: [UInt8]) async throws -> [UInt8]
    typealias AnsweringWork = @Sendable (_ context: Context, _ envelope: [UInt8]) async throws -> SOAPAnswer

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
    /// The elements, where they are not `name` and `nameResponse` of the service's namespace.
    public private(set) var requestElement: XMLName?
    public private(set) var responseElement: XMLName?
    /// Further names under which the request is known; they do not stand in the WSDL.
    public private(set) var aliases: [XMLName] = []
    let open: @Sendable (_ header: XMLElement?) -> (handler: any XMLHandler, work: () throws -> AnsweringWork)

    /// An operation whose request is small enough for a tree.
    ///
    /// - Parameter answer: parses the request, which throws `SOAPFault`, and does the work.
    public init(
        _ name: String, documentation: String, request: [SOAPField], response: [SOAPField],
        answer: @escaping @Sendable (_ request: XMLElement, _ context: Context) async throws -> [UInt8]
    ) {
        self.init(name, documentation: documentation, request: request, response: response, elements: XMLLimits.small.elements) {
            message, context in SOAPAnswer(try await answer(message.element, context))
        }
    }

    /// An operation that reads or writes the dialect's header as well.
    ///
    /// - Parameter elements: how many the request may have at most.
    public init(
        _ name: String, documentation: String, request: [SOAPField], response: [SOAPField], elements: Int,
        exchange: @escaping @Sendable (_ message: SOAPMessage, _ context: Context) async throws -> SOAPAnswer
    ) {
        self.name = name
        self.documentation = documentation
        self.request = request
        self.response = response
        open = { header in
            let builder = XMLTreeBuilder(elements: elements)
            return (
                builder,
                {
                    guard let element = builder.root else { throw SOAPFault(code: "empty-body", "the Body is empty") }
                    return { context, envelope in
                        try await exchange(SOAPMessage(element: element, header: header, envelope: envelope), context)
                    }
                }
            )
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
        open = { _ in
            let reading = reading()
            return (
                reading.handler,
                {
                    let work = try reading.work()
                    return { context, envelope in SOAPAnswer(try await work(context, envelope)) }
                }
            )
        }
    }

    /// The same operation under the names that others gave it.
    public func named(request: XMLName, response: XMLName, aliases: [XMLName] = []) -> SOAPOperation {
        var copy = self
        copy.requestElement = request
        copy.responseElement = response
        copy.aliases = aliases
        return copy
    }

    func requestElement(in namespace: String) -> XMLName { requestElement ?? XMLName(name, in: namespace) }
    func responseElement(in namespace: String) -> XMLName { responseElement ?? XMLName(name + "Response", in: namespace) }
}
