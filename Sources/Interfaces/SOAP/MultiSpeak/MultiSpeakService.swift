internal import AccessOperations
public import MeteringOperations
internal import PartnerOperations
public import Postgres
internal import Values
public import Web
internal import XML

/// `/soap/multispeak`: a second dialect on the same engine, with the method names of MultiSpeak 4.1 between metering and customer systems.
///
/// The specification belongs to its members: names are theirs, the schema is ours and holds what we read and write. What would have us
/// call another server (publishing to a responseURL) is answered with an errorObject: we connect to no address from a message.
public enum MultiSpeakService {
    public static let path = "/soap/multispeak"
    public static let namespace = "http://www.multispeak.org/Version_4.1_Release"
    static let version = "4.1.6"

    /// The use cases behind it.
    public struct UseCases: Sendable {
        let ingest: IngestReadings
        let read: ReadSeries
        let meters: ListMeters
        let point: GetMeteringPoint
        let cycle: ListCycleMeters

        public init(ingest: IngestReadings, pool: Pool) {
            self.ingest = ingest
            read = ReadSeries(pool: pool)
            meters = ListMeters(pool: pool)
            point = GetMeteringPoint(pool: pool)
            cycle = ListCycleMeters(pool: pool)
        }
    }

    /// Adds it to the route table. Who may submit or read may call; each method demands its own right.
    public static func mount(on site: inout Site, _ cases: UseCases) {
        service(cases).mount(on: &site, allow: .anyOf([.submitReadings, .readReadings, .readMeteringPoints]))
    }

    static func service(_ cases: UseCases) -> SOAPService<WebRequest> {
        SOAPService(
            name: "MultiSpeak", path: path, namespace: namespace,
            documentation: """
                Method names of MultiSpeak 4.1. Sign in by UserID and Pwd of the MultiSpeakMsgHeader (over TLS or loopback), HTTP Basic, \
                Bearer or a UsernameToken. Pages: the next begins after lastReceived; the header says ObjectsRemaining and LastSent.
                """,
            faultNamespace: "urn:zaehlwerk:multispeak:1", actionPrefix: namespace + "/", messageHeader: header,
            operations: methods(cases))
    }

    private static func methods(_ cases: UseCases) -> [SOAPOperation<WebRequest>] {
        let others = meterMethods(cases) + readingMethods(cases) + inboundMethods(cases) + noticeMethods(cases)
        let names = (["PingURL", "GetMethods", "GetDomainNames", "GetDomainMembers"] + registration.map(\.name) + others.map(\.name))
            .sorted()
        return [
            method("PingURL", "Says that the service is there and the credentials are good.", [], .errors) { _, _ in .init("") },
            method("GetMethods", "The methods served here.", [], .strings) { _, _ in .init(strings(names)) },
            method("GetDomainNames", "The lists of words used here.", [], .strings) { _, _ in .init(strings(domains.map(\.name))) },
            method(
                "GetDomainMembers", "The words of a list.", [SOAPField("domainName", .string)],
                .list(of: "domainMember", .complex(domainMember))
            ) { call, _ in
                let name = try call.required("domainName", "")
                guard let domain = domains.first(where: { $0.name == name }) else {
                    throw SOAPFault(code: "not-found", "there is no domain \(name.prefix(40))", path: "/domainName")
                }
                let members: [XMLText] = domain.members.map {
                    "<domainMember objectID=\"\($0)\"><description>\($0)</description></domainMember>"
                }
                return .init("\(members)")
            },
        ] + registration + others
    }

    private static let domains: [(name: String, members: [String])] = [
        ("serviceType", ["Electric", "Gas", "Water", "Heat"]),
        ("units", ["kWh", "kvarh", "m3"]),
        ("readingStatusCode", ["measured", "estimated", "substituted", "provisional", "rejected"]),
    ]

    /// Nobody is called back here: who registers learns so, and asks instead.
    private static let registration: [SOAPOperation<WebRequest>] = [
        method("RequestRegistrationID", "A name for a registration.", [], .string) { _, request in
            .init("\(request.principal?.name ?? "")")
        },
        method(
            "RegisterForService", "Is refused: this server calls nobody back; ask for readings instead.",
            [SOAPField("registrationDetails", .complex(registrationInfo), .optional)], .errors
        ) { _, request in
            .init(error("", "this server calls nobody back: ask for readings instead", noun: "registrationInfo", request))
        },
        method("UnregisterForService", "Nothing is registered.", [SOAPField("registrationID", .string)], .errors) { _, _ in .init("") },
        method(
            "GetRegistrationInfoByID", "Nothing is registered.", [SOAPField("registrationID", .string)], .complex(registrationInfo)
        ) { _, _ in .init("") },
        method("GetPublishMethods", "None: this server calls nobody back.", [], .strings) { _, _ in .init("") },
    ]

    // MARK: Parts

    /// What a method answers: the children of its Result, and what the header adds.
    struct Result {
        var markup: XMLText
        var header: [(name: String, value: String)]
        init(_ markup: XMLText, header: [(name: String, value: String)] = []) {
            self.markup = markup
            self.header = header
        }
    }

    /// A method: `NameResponse` holds a `NameResult`.
    static func method(
        _ name: String, _ documentation: String, _ request: [SOAPField], _ result: SOAPType,
        work: @escaping @Sendable (_ call: XMLElement, _ request: WebRequest) async throws -> Result
    ) -> SOAPOperation<WebRequest> {
        exchange(name, documentation, request, result) { message, request in try await work(message.element, request) }
    }

    /// A method that reads the header, or keeps the message.
    static func exchange(
        _ name: String, _ documentation: String, _ request: [SOAPField], _ result: SOAPType,
        work: @escaping @Sendable (_ message: SOAPMessage, _ request: WebRequest) async throws -> Result
    ) -> SOAPOperation<WebRequest> {
        SOAPOperation(
            name, documentation: documentation, request: request, response: [SOAPField(name + "Result", result, .optional)],
            elements: 200_000
        ) { message, request in
            let result = try await work(message, request)
            let markup: XMLText = "<\(raw: name)Result>\(result.markup)</\(raw: name)Result>"
            return SOAPAnswer(markup.bytes, header: result.header)
        }
    }

    static func strings(_ words: [String]) -> XMLText { "\(words.map { word -> XMLText in "<string>\(word)</string>" })" }

    static func error(_ object: String, _ text: String, noun: String, _ request: WebRequest) -> XMLText {
        """
        <errorObject objectID="\(object)" errorString="\(text)" nounType="\(noun)" eventTime="\(request.now.description)"/>
        """
    }

    private static let header = SOAPMessageHeader(
        name: "MultiSpeakMsgHeader",
        fields: [
            "Version", "UserID", "Pwd", "AppName", "AppVersion", "Company", "CSUnits", "CoordinateSystem", "Datum", "SessionID",
            "PreviousSessionID", "ObjectsRemaining", "LastSent", "RegistrationID", "AuditID", "MessageID", "TimeStamp", "BuildString",
        ].map { SOAPField($0, .string, .attribute) },
        login: "UserID", password: "Pwd",
        answer: { now in
            [("Version", version), ("AppName", "Zaehlwerk"), ("ObjectsRemaining", "0"), ("TimeStamp", now.description)]
        })
}
