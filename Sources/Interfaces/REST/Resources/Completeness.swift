internal import AccessOperations
internal import JSON
internal import MeteringOperations
internal import Values
internal import Web

extension RESTInterface {
    var completenessEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/completeness", permission: .readFindings, area: "validation",
                summary: "How much of the interval values of a period came, by commodity, and the channels that lack most",
                query: [
                    .init("from", .day, "first day", required: true),
                    .init("to", .day, "exclusive; days that are not over are not due", required: true),
                    .init("commodity", Schemas.commodity, "all if missing"),
                    .init("limit", .integer, "channels, at most 1000; 100 if missing"),
                ],
                answer: .json(
                    .object([
                        .required("from", .day), .required("to", .day, "exclusive"),
                        .required(
                            "totals",
                            .array(
                                .object(
                                    [
                                        .required("commodity", Schemas.commodity), .required("meteringPoints", .integer),
                                        .required("channels", .integer),
                                    ] + RESTInterface.shares))),
                        .required(
                            "items",
                            .array(
                                .object(
                                    [
                                        .required("meteringPoint", .text), .required("meter", .text), .required("obis", .text),
                                        .required("commodity", Schemas.commodity), .required("from", .day), .required("to", .day),
                                    ] + RESTInterface.shares)), "channels that are not complete, the worst first"),
                    ]))
            ) { request in try await completeness(request) }
        ]
    }

    private static let shares: [Schema.Member] = [
        .required("expected", .integer, "values that were due"), .required("received", .integer, "of these, delivered"),
        .required("estimated", .integer, "of these, estimated here"), .required("missing", .integer),
        .required("share", .nullable(.decimal), "received of expected"),
    ]

    private func completeness(_ request: WebRequest) async throws -> WebResponse {
        guard let from = try request.day("from"), let to = try request.day("to") else {
            throw Problem(.badRequest, "from and to are days; to is exclusive")
        }
        guard let period = DayRange(checked: from, until: to), from.days(until: to) <= 3_660 else {
            throw Problem(.badRequest, "from must lie before to, and not more than ten years")
        }
        let report = try await MeasureCompleteness(pool: pool)(
            period, commodity: try request.word("commodity", as: Commodity.self), today: request.today, limit: try request.limit())
        func write(_ writer: inout JSONWriter, _ expected: Int, _ received: Int, _ estimated: Int, _ missing: Int, _ share: Ratio?) {
            writer.member("expected", expected)
            writer.member("received", received)
            writer.member("estimated", estimated)
            writer.member("missing", missing)
            writer.member("share", share?.description)
        }
        return .json { writer in
            writer.object { writer in
                writer.member("from", report.period.from.description)
                writer.member("to", report.period.until?.description)
                writer.member("totals", array: report.totals) { total, writer in
                    writer.object { writer in
                        writer.member("commodity", total.commodity.rawValue)
                        writer.member("meteringPoints", total.meteringPoints)
                        writer.member("channels", total.channels)
                        write(&writer, total.expected, total.received, total.estimated, total.missing, total.share)
                    }
                }
                writer.member("items", array: report.items) { item, writer in
                    writer.object { writer in
                        writer.member("meteringPoint", item.meteringPoint)
                        writer.member("meter", item.meter)
                        writer.member("obis", item.obis.description)
                        writer.member("commodity", item.commodity.rawValue)
                        writer.member("from", item.days.from.description)
                        writer.member("to", item.days.until?.description)
                        write(&writer, item.expected, item.received, item.estimated, item.missing, item.share)
                    }
                }
            }
        }
    }
}
