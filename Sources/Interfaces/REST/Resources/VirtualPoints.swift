internal import AccessOperations
internal import JSON
internal import Metering
internal import MeteringOperations
internal import Values
internal import Web

extension RESTInterface {
    private static let terms = Schema.array(
        .object([
            .required("meteringPoint", .text), .required("obis", .text),
            .required("factor", .decimal, "signed: 1 adds, -1 takes away, 0.98 adds less 2 % loss"),
        ]))

    var virtualEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .post, path: "/metering-points/{point}/formulas", permission: .importMasterData, area: "meters",
                summary: "A series of this point is computed from those of others, from a day on; cycles are refused",
                body: .json(
                    .object([
                        .required("obis", .text), .required("unit", Schemas.unit), .required("resolution", .text, "PT15M, PT1H, P1D"),
                        .required("from", .day), .optional("until", .nullable(.day), "exclusive"), .required("terms", RESTInterface.terms),
                        .required("reason", .text),
                    ])), answer: .none, problems: [404, 409, 422]
            ) { request in try await define(request) },
            Endpoint(
                method: .get, path: "/metering-points/{point}/formulas", permission: .readReadings, area: "meters",
                summary: "The computed series of a point, with sum and coverage of a period",
                query: [
                    .init("from", .day, "first day", required: true), .init("to", .day, "exclusive", required: true),
                    .init("as_of", .instant, "what was known at that moment"),
                ],
                answer: .json(
                    .object([
                        .required(
                            "series",
                            .array(
                                .object([
                                    .required("obis", .text), .required("unit", Schemas.unit), .required("resolution", .text),
                                    .required("from", .day), .optional("until", .nullable(.day)), .required("terms", RESTInterface.terms),
                                    .required("sum", .decimal, "of the known slots"),
                                    .required("known", .integer, "slots of which all parts are known"),
                                    .required("notMeasured", .integer, "of those, with a part that was not measured"),
                                    .required("expected", .integer, "slots of the period"),
                                ])))
                    ])), problems: [404]
            ) { request in try await formulas(request) },
        ]
    }

    private func define(_ request: WebRequest) async throws -> WebResponse {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "obis", "unit", "resolution", "from", "until", "terms", "reason")
        let terms = try body.elements("terms").map { node throws(JSONError) in
            try node.allow(only: "meteringPoint", "obis", "factor")
            return DefineVirtualSeries.Request.Term(
                meteringPoint: try node.string("meteringPoint"), obis: try node.member("obis").parsed("an OBIS code") { ObisCode($0) },
                factorMicro: try node.member("factor").parsed("a plain decimal with at most six places") { DecimalText.parse($0, scale: 6) }
            )
        }
        try await DefineVirtualSeries(pool: pool)(
            .init(
                meteringPoint: request["point"], obis: try body.member("obis").parsed("an OBIS code") { ObisCode($0) },
                unit: try body.member("unit").parsed("a unit") { UnitCode(rawValue: $0) },
                resolution: try body.member("resolution").parsed("a resolution such as PT15M") { Resolution($0) },
                from: try body.member("from").parsed(Day.expectation) { Day(entered: $0) },
                until: try body.optional("until")?.parsed(Day.expectation) { Day(entered: $0) }, terms: terms,
                author: request.principal?.name ?? "", reason: try body.string("reason")), now: request.now)
        return .noContent
    }

    private func formulas(_ request: WebRequest) async throws -> WebResponse {
        guard let from = try request.day("from"), let to = try request.day("to"), let period = DayRange(checked: from, until: to),
            from.days(until: to) <= 1_100
        else { throw Problem(.badRequest, "from and to name days, at most three years apart") }
        let series = try await ReadVirtualPoint(pool: pool)(request["point"], period: period, asOf: try request.knownAt())
        return .json { writer in
            writer.object { writer in
                writer.key("series")
                writer.array { writer in
                    for one in series {
                        writer.object { writer in
                            writer.member("obis", one.obis.description)
                            writer.member("unit", one.unit.rawValue)
                            writer.member("resolution", one.resolution.description)
                            writer.member("from", one.valid.from.description)
                            writer.member("until", one.valid.until?.description)
                            writer.key("terms")
                            writer.array { writer in
                                for term in one.terms {
                                    writer.object { writer in
                                        writer.member("meteringPoint", term.meteringPoint)
                                        writer.member("obis", term.obis.description)
                                        writer.member("factor", DecimalText.format(term.factorMicro, scale: 6))
                                    }
                                }
                            }
                            writer.member("sum", DecimalText.format(one.micro, scale: 6))
                            writer.member("known", one.known)
                            writer.member("notMeasured", one.notMeasured)
                            writer.member("expected", one.expected)
                        }
                    }
                }
            }
        }
    }
}
