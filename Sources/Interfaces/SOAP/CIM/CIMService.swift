internal import AccessOperations
internal import Digests
internal import MarketFormats
public import MeteringOperations
public import Postgres
internal import Values
public import Web
internal import XML

/// `/soap/cim`: messages of IEC 61968-100 with the noun MeterReadings.
///
/// What is wrong with a message's content is said in the Reply, as the standard has it; faults are for envelopes, sign-in and rights. Each
/// message is answered on its own connection: a ReplyAddress is never called, because it would let a stranger make us knock at doors of
/// our own network.
public enum CIMService {
    public static let path = "/soap/cim"
    /// Of the WSDL and of faults; the messages are in namespaces of IEC.
    public static let namespace = "urn:zaehlwerk:cim:1"
    static let messageNamespace = "http://iec.ch/TC57/2011/schema/message"
    static let wrapperNamespace = "http://iec.ch/TC57/2011/MeterReadingsMessage"
    static let payloadNamespace = "http://iec.ch/TC57/2011/MeterReadings#"
    static let requestNamespace = "http://iec.ch/TC57/2011/GetMeterReadings#"

    /// The use cases behind it.
    public struct UseCases: Sendable {
        let ingest: IngestMarketMessages
        let read: ReadSeries
        let meters: ListMeters

        public init(ingest: IngestMarketMessages, pool: Pool) {
            self.ingest = ingest
            read = ReadSeries(pool: pool)
            meters = ListMeters(pool: pool)
        }
    }

    /// Adds it to the route table. Who may submit or read may call; each verb demands its own right.
    public static func mount(on site: inout Site, _ cases: UseCases) {
        service(cases).mount(on: &site, allow: .anyOf([.submitReadings, .readReadings]))
    }

    static func service(_ cases: UseCases) -> SOAPService<WebRequest> {
        SOAPService(
            name: "MeterReadings", path: path, namespace: namespace,
            documentation: """
                IEC 61968-100 messages, noun MeterReadings: events and requests that bring readings or take them back, and GetMeterReadings. \
                The time stamp of an interval reading is its end. The reply comes on the same connection; a ReplyAddress is not called.
                """,
            actionPrefix: "http://iec.ch/TC57/2011/MeterReadings/", schemas: CIMSchemas.all,
            operations: CIMVerb.allCases.map { operation($0, cases) })
    }

    private static func operation(_ verb: CIMVerb, _ cases: UseCases) -> SOAPOperation<WebRequest> {
        let operation = SOAPOperation<WebRequest>(
            verb.element, documentation: verb.documentation, request: [], response: [],
            reading: {
                let message = CIMMessage()
                return .init(message) {
                    let read = message.read()
                    return { request, envelope in try await answer(read, envelope, request, cases) }
                }
            })
        var aliases: [XMLName] = []
        switch verb {
        // The generic messages say in their header what they want.
        case .created: aliases = [XMLName("EventMessage", in: messageNamespace), XMLName("RequestMessage", in: messageNamespace)]
        case .get: aliases = [XMLName("GetMeterReadings", in: "http://iec.ch/TC57/2011/GetMeterReadingsMessage")]
        default: break
        }
        return operation.named(
            request: XMLName(verb.element, in: wrapperNamespace), response: XMLName("ResponseMessage", in: messageNamespace),
            aliases: aliases)
    }

    private static func answer(_ message: CIMMessage.Read, _ envelope: [UInt8], _ request: WebRequest, _ cases: UseCases) async throws
        -> [UInt8]
    {
        var reply = CIMReply(to: message, at: request.now, id: request.correlation)
        let verb: CIMVerb
        do {
            verb = try message.verb()
        } catch {
            reply.fail(error)
            return reply.bytes
        }
        if verb == .get {
            try request.demand(.readReadings)
            try await CIMQuery(message).answer(&reply, cases)
        } else {
            try request.demand(.submitReadings)
            let origin = MarketOrigin(
                messageId: message.messageID.isEmpty ? SHA256.hash(envelope).hex : message.messageID,
                source: request.principal?.name ?? "", receivedAt: request.now)
            do {
                let outcome = try await cases.ingest(envelope, as: .cim, origin: origin, now: request.now)
                reply.take(outcome.total)
            } catch let error as MarketFormatError {
                reply.fail(CIMError(error))
            }
        }
        return reply.bytes
    }
}

/// What may be done with MeterReadings: commands, and events that say that it was done elsewhere. To us both say the same.
enum CIMVerb: String, CaseIterable {
    case created, changed, canceled, deleted, create, change, cancel, delete, get

    /// The operation and its element: `CreatedMeterReadings`.
    var element: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() + "MeterReadings" }

    var documentation: String {
        switch self {
        case .created, .create: "Readings: taken in, validated and durable before the reply."
        case .changed, .change: "Corrected readings: new versions; what was known before stays readable."
        case .canceled, .cancel, .deleted, .delete: "Takes back the message of the CorrelationID, or the readings of the meters named."
        case .get: "Readings of meters or usage points, by time, reading type and quality."
        }
    }

    /// The verb of a header, in either spelling.
    init?(header text: String) { self.init(rawValue: text.lowercased() == "cancelled" ? "canceled" : text.lowercased()) }
}
