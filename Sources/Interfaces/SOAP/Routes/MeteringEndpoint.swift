internal import AccessOperations
internal import MasterDataFormat
internal import Metering
public import MeteringOperations
internal import Values
public import Web
internal import XML

extension MeteringService {
    /// The use cases behind `/soap/metering`; they are those of REST.
    public struct UseCases: Sendable {
        let ingest: IngestReadings
        let read: ReadSeries
        let point: GetMeteringPoint
        let exchange: ExchangeMeter

        public init(ingest: IngestReadings, read: ReadSeries, point: GetMeteringPoint, exchange: ExchangeMeter) {
            self.ingest = ingest
            self.read = read
            self.point = point
            self.exchange = exchange
        }
    }

    /// Adds all versions to the route table. Who may submit or read may call; each operation demands its own right.
    public static func mount(on site: inout Site, _ cases: UseCases) {
        for version in Version.allCases {
            service(cases, version).mount(
                on: &site, allow: .anyOf([.submitReadings, .readReadings, .readMeteringPoints, .exchangeMeters]))
        }
    }

    /// What is executed, and what WSDL and XSD are written from.
    static func service(_ cases: UseCases, _ version: Version = .first) -> SOAPService<WebRequest> {
        SOAPService(
            name: "Metering", path: version.path, namespace: version.namespace, documentation: documentation,
            operations: [submit(cases.ingest, version), read(cases.read), point(cases.point, version), exchange(cases.exchange)])
    }

    private static func submit(_ ingest: IngestReadings, _ version: Version) -> SOAPOperation<WebRequest> {
        SOAPOperation(
            "SubmitReadings", documentation: "Takes in readings. Answers when they are durable; one bad item does not sink the message.",
            request: submitRequest(version), response: submitResponse,
            reading: {
                let readings = SubmittedReadings()
                return .init(readings) {
                    let batch = try readings.finish()
                    return { request, envelope in
                        try request.demand(.submitReadings)
                        return MeteringAnswers.receipt(try await ingest(batch, body: envelope, format: "soap", now: request.now))
                    }
                }
            })
    }

    private static func read(_ read: ReadSeries) -> SOAPOperation<WebRequest> {
        SOAPOperation(
            "GetReadings", documentation: "Values of a metering point with status, method and version, paged.", request: readRequest,
            response: readResponse
        ) { element, request in
            try request.demand(.readReadings)
            let query = try MeteringRequests.series(element)
            return try await known { MeteringAnswers.series(try await read(query)) }
        }
    }

    private static func point(_ point: GetMeteringPoint, _ version: Version) -> SOAPOperation<WebRequest> {
        SOAPOperation(
            "GetMeteringPoint", documentation: "A metering point with its meters and registers.", request: pointRequest,
            response: pointResponse(version)
        ) { element, request in
            try request.demand(.readMeteringPoints)
            let code = try element.required("meteringPoint", "")
            return try await known { MeteringAnswers.point(try await point(code), today: request.today, version) }
        }
    }

    private static func exchange(_ exchange: ExchangeMeter) -> SOAPOperation<WebRequest> {
        SOAPOperation(
            "RegisterMeterExchange",
            documentation:
                "One meter goes and another comes, with both readings, at once or not at all. The same exchange again changes nothing.",
            request: exchangeRequest, response: exchangeResponse
        ) { element, request in
            try request.demand(.exchangeMeters)
            let wanted = try MeteringRequests.exchange(element)
            return try await known { MeteringAnswers.receipt(try await exchange(wanted, now: request.now)) }
        }
    }

    /// Says in a fault what a use case could not do.
    private static func known(_ body: () async throws -> [UInt8]) async throws -> [UInt8] {
        do {
            return try await body()
        } catch let error as UnknownMeteringPoint {
            throw SOAPFault(code: "unknown-metering-point", "there is no metering point \(error.code.prefix(64))", path: "/meteringPoint")
        } catch is ReadSeries.BadCursor {
            throw SOAPFault.badCursor
        } catch let problem as ExchangeMeter.Problem {
            throw fault(of: problem)
        }
    }

    private static func fault(of problem: ExchangeMeter.Problem) -> SOAPFault {
        switch problem {
        case .unknownPoint(let code):
            SOAPFault(code: "unknown-metering-point", "there is no metering point \(code.prefix(64))", path: "/meteringPoint")
        case .notInstalled(let serial, let day):
            SOAPFault(code: "not-installed", "meter \(serial.prefix(64)) does not hang there on \(day)", path: "/oldMeter/serial")
        case .sameMeter(let serial):
            SOAPFault(code: "conflict", "\(serial.prefix(64)) cannot follow itself", path: "/newMeter/serial")
        case .missingReading(let serial, let obis):
            SOAPFault(code: "missing-element", "a reading of register \(obis) of meter \(serial.prefix(64)) is required")
        case .conflict(let problems):
            SOAPFault(code: "conflict", problems.first?.message ?? "the new meter conflicts with what is stored", path: "/newMeter")
        case .refused(let faults):
            SOAPFault(code: faults.first?.code.rawValue ?? "refused", faults.first?.message ?? "a reading was refused")
        }
    }
}
