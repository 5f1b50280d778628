internal import AccessOperations
internal import JSON
internal import MasterDataFormat
internal import Metering
internal import MeteringOperations
internal import ReadingFormats
internal import Values
internal import Web

extension RESTInterface {
    private static let readingList = Schema.array(
        .object([.required("obis", .text), .required("value", .decimal, "in the register's unit, as the register shows it")]))
    private static let act: [Schema.Member] = [
        .required("day", .day, "the first day on which it holds; may lie ahead or long ago"), .required("reason", .text),
    ]
    private static let done = Schema.object([.required("events", .array(.named("DeviceEvent")), "of the metering point, newest first")])

    static let deviceEventSchema = Schema.object([
        .required("id", .integer), .required("kind", .words(DeviceEvent.Kind.allCases.map(\.rawValue))), .required("meteringPoint", .text),
        .required("meter", .text), .required("day", .day), .required("knownSince", .instant), .required("author", .text),
        .required("reason", .text), .required("details", .array(.object([.required("name", .text), .required("value", .text)]))),
    ])

    var deviceEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/metering-points/{point}/events", permission: .readMeteringPoints, area: "meters",
                summary: "What happened to the meters of a point: who, when, why", answer: .json(RESTInterface.done), problems: [404]
            ) { request in try await events(of: request["point"]) },
            Endpoint(
                method: .post, path: "/metering-points/{point}/exchange", permission: .exchangeMeters, area: "meters",
                summary: "A meter was exchanged; final readings that nobody took are estimated, with a finding",
                body: .json(
                    .object(
                        RESTInterface.act + [
                            .required("oldMeter", .text), .optional("finalReadings", RESTInterface.readingList),
                            .required("newMeter", .text),
                            .required("startReadings", RESTInterface.readingList),
                        ])), answer: .json(RESTInterface.done), problems: [404, 422]
            ) { request in try await exchange(request) },
            Endpoint(
                method: .post, path: "/metering-points/{point}/customer-reading", permission: .recordCustomerReadings, area: "meters",
                summary: "A reading that the customer read; one far from what was to be expected is taken only with `confirmed`",
                body: .json(
                    .object([
                        .optional("meter", .nullable(.text), "the one that hangs there if missing"),
                        .required("at", .instant, "a time with offset, or a day"), .required("readings", RESTInterface.readingList),
                        .optional("confirmed", .boolean, "the digits were compared again"), .optional("reason", .nullable(.text)),
                    ])), answer: .json(.named("Receipt")), problems: [404, 422]
            ) { request in try await customerReading(request) },
            Endpoint(
                method: .post, path: "/meters/{serial}/removal", permission: .exchangeMeters, area: "meters",
                summary: "A meter was taken down; `day` is the first one without it",
                body: .json(.object(RESTInterface.act + [.optional("readings", RESTInterface.readingList, "estimated where missing")])),
                answer: .none, problems: [404, 409, 422]
            ) { request in
                let body = try await RESTInterface.body(request, "readings")
                try await MeterLife(pool: pool, directory: directory).remove(
                    request["serial"], body.act, readings: RESTInterface.readings(body.node, "readings"), now: request.now)
                return .noContent
            },
            Endpoint(
                method: .post, path: "/meters/{serial}/relocation", permission: .exchangeMeters, area: "meters",
                summary: "A meter hangs at another metering point",
                body: .json(
                    .object(
                        RESTInterface.act + [
                            .required("to", .text, "code of the metering point"),
                            .optional("readings", RESTInterface.readingList, "estimated where missing"),
                        ])), answer: .none, problems: [404, 409, 422]
            ) { request in
                let body = try await RESTInterface.body(request, "readings", "to")
                try await MeterLife(pool: pool, directory: directory).relocate(
                    request["serial"], to: try body.node.string("to"), body.act,
                    readings: RESTInterface.readings(body.node, "readings"), now: request.now)
                return .noContent
            },
            Endpoint(
                method: .post, path: "/meters/{serial}/factor", permission: .exchangeMeters, area: "meters",
                summary: "Another transformer: consumption = advance × factor from a day on",
                body: .json(
                    .object(
                        RESTInterface.act + [
                            .required("factor", .decimal), .optional("obis", .nullable(.text), "all registers and channels if missing"),
                            .optional("readings", RESTInterface.readingList, "of that day; estimated where missing"),
                        ])), answer: .none, problems: [404, 409, 422]
            ) { request in
                let body = try await RESTInterface.body(request, "readings", "factor", "obis")
                try await MeterLife(pool: pool, directory: directory).changeFactor(
                    request["serial"], obis: try body.node.optional("obis")?.parsed("an OBIS code") { ObisCode($0) },
                    to: try body.node.member("factor").parsed("a positive decimal with at most six places") { Ratio($0) }, body.act,
                    readings: RESTInterface.readings(body.node, "readings"), now: request.now)
                return .noContent
            },
            Endpoint(
                method: .post, path: "/meters/{serial}/reset", permission: .exchangeMeters, area: "meters",
                summary: "A register was set to another value at the begin of a day; what it counted goes on",
                body: .json(
                    .object(
                        RESTInterface.act + [
                            .required("obis", .text), .optional("before", .nullable(.decimal), "estimated if missing"),
                            .optional("after", .nullable(.decimal), "0 if missing"),
                        ])), answer: .none, problems: [404, 409, 422]
            ) { request in
                let body = try await RESTInterface.body(request, "obis", "before", "after")
                try await MeterLife(pool: pool, directory: directory).reset(
                    request["serial"], obis: try body.node.member("obis").parsed("an OBIS code") { ObisCode($0) }, body.act,
                    before: try body.node.optional("before").map(RESTInterface.amount),
                    after: try body.node.optional("after").map(RESTInterface.amount) ?? 0, now: request.now)
                return .noContent
            },
        ]
    }

    private func events(of code: String) async throws -> WebResponse {
        let events = try await ListDeviceEvents(pool: pool)(code)
        return .json { writer in
            writer.object { writer in
                writer.key("events")
                writer.array { writer in
                    for event in events {
                        writer.object { writer in
                            writer.member("id", event.id)
                            writer.member("kind", event.kind.rawValue)
                            writer.member("meteringPoint", event.meteringPoint)
                            writer.member("meter", event.meter)
                            writer.member("day", event.day.description)
                            writer.member("knownSince", event.knownSince.description)
                            writer.member("author", event.author)
                            writer.member("reason", event.reason)
                            writer.key("details")
                            writer.array { writer in
                                for detail in event.details {
                                    writer.object { writer in
                                        writer.member("name", detail.name)
                                        writer.member("value", detail.value)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private func exchange(_ request: WebRequest) async throws -> WebResponse {
        let body = try await RESTInterface.body(request, "oldMeter", "finalReadings", "newMeter", "startReadings")
        func readings(_ key: String) throws(JSONError) -> [ExchangeMeter.Request.Reading] {
            try RESTInterface.readings(body.node, key).map { .init(obis: $0.obis, micro: $0.micro) }
        }
        var exchange = ExchangeMeter.Request(
            meteringPoint: request["point"], day: body.act.day, oldSerial: try body.node.string("oldMeter"),
            finalReadings: try readings("finalReadings"), newSerial: try body.node.string("newMeter"),
            startReadings: try readings("startReadings"))
        exchange.author = body.act.author
        exchange.reason = body.act.reason
        _ = try await ExchangeMeter(pool: pool, directory: directory)(exchange, now: request.now)
        return try await events(of: request["point"])
    }

    private func customerReading(_ request: WebRequest) async throws -> WebResponse {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "meter", "at", "readings", "confirmed", "reason")
        let receipt = try await RecordCustomerReading(pool: pool, directory: directory)(
            .init(
                meteringPoint: request["point"], meter: try body.optionalString("meter"), at: try RESTInterface.moment(body.member("at")),
                readings: try RESTInterface.readings(body, "readings"), isConfirmed: try body.optional("confirmed")?.bool() ?? false,
                author: request.principal?.name ?? "", reason: try body.optionalString("reason") ?? ""), now: request.now)
        return .json(ReceiptDocument.json(receipt))
    }

    /// The body with what every event has.
    private static func body(_ request: WebRequest, _ keys: String...) async throws -> (node: JSONNode, act: MeterLife.Act) {
        let node = try JSONNode(parsing: await request.body())
        for member in try node.object().members where !(keys + ["day", "reason"]).contains(member.key) {
            throw node.fault(
                "there is no member \(member.key.prefix(40)); known are day, reason, \(keys.joined(separator: ", "))", .unknownKey)
        }
        let act = MeterLife.Act(
            day: try node.member("day").parsed(Day.expectation) { Day(entered: $0) }, author: request.principal?.name ?? "",
            reason: try node.string("reason"))
        return (node, act)
    }

    private static func amount(_ node: JSONNode) throws(JSONError) -> Int64 {
        try node.parsed("a plain decimal with at most six places") { DecimalText.parse($0, scale: 6) }
    }

    private static func readings(_ body: JSONNode, _ key: String) throws(JSONError) -> [DeviceReading] {
        guard let list = try body.optional(key) else { return [] }
        return try list.elements().map { node throws(JSONError) in
            DeviceReading(
                obis: try node.member("obis").parsed("an OBIS code") { ObisCode($0) }, micro: try amount(node.member("value")))
        }
    }

    static func deviceProblem(_ refusal: DeviceRefusal) -> Problem {
        let status =
            switch refusal {
            case .unknownMeter, .unknownPoint, .unknownRegister: 404
            case .valuesBehind, .alreadyReset, .conflict, .notInstalled: 409
            default: 422
            }
        return Problem(Problem.Kind(status, refusal.code, "The event was not stored"), refusal.explanation)
    }

    static func exchangeProblem(_ problem: ExchangeMeter.Problem) -> Problem {
        switch problem {
        case .unknownPoint(let code): deviceProblem(.unknownPoint(code))
        case .notInstalled(let serial, let day): deviceProblem(.notInstalled(serial: serial, on: day))
        case .sameMeter(let serial): deviceProblem(.conflict(["Meter \(serial.prefix(64)) cannot be exchanged for itself."]))
        case .missingReading(let serial, let obis): deviceProblem(.missingReading(serial: serial, obis: obis))
        case .conflict(let problems): deviceProblem(.conflict(problems.map(\.message)))
        case .refused(let faults):
            Problem(Problem.Kind(422, "impossible-reading", "The event was not stored"), faults.first?.message)
        }
    }
}
