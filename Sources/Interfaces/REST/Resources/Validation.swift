internal import AccessOperations
internal import JSON
internal import MeteringOperations
internal import VEE
internal import Values
internal import Web

extension RESTInterface {
    var validationEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/validation-parameters", permission: .readFindings, area: "validation",
                summary: "The thresholds of the rules by commodity and class of customers, and who changed them when",
                query: [
                    .init("on", .day, "the day on which they hold; today if missing"),
                    .init("commodity", Schemas.commodity, "all if missing"),
                    .init("customerClass", .words(CustomerClass.allCases.map(\.rawValue)), "all if missing"),
                ],
                answer: .json(
                    .object([
                        .required("on", .day),
                        .required(
                            "settings",
                            .array(
                                .object([
                                    .required("name", .text), .required("rules", .text), .required("german", .text),
                                    .required("english", .text),
                                ]))), .required("items", .array(.named("ValidationParameters"))),
                    ]))
            ) { request in try await listParameters(request) },
            Endpoint(
                method: .put, path: "/validation-parameters", permission: .manageValidation, area: "validation",
                summary: "Changes thresholds from a day on, or for some days; what is not named stays, nothing that held before is lost",
                body: .json(
                    .object([
                        .required("commodity", Schemas.commodity),
                        .required("customerClass", .words(CustomerClass.allCases.map(\.rawValue))),
                        .required("from", .day), .optional("until", .nullable(.day), "exclusive; open if missing"),
                        .required("parameters", .map(.anything), "strings or whole numbers by name; null switches off"),
                        .required("reason", .text),
                    ])), answer: .json(.named("ValidationParameters")), problems: [422]
            ) { request in try await setParameters(request) },
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
            ) { request in try await completeness(request) },
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
                writer.key("totals")
                writer.array { writer in
                    for total in report.totals {
                        writer.object { writer in
                            writer.member("commodity", total.commodity.rawValue)
                            writer.member("meteringPoints", total.meteringPoints)
                            writer.member("channels", total.channels)
                            write(&writer, total.expected, total.received, total.estimated, total.missing, total.share)
                        }
                    }
                }
                writer.key("items")
                writer.array { writer in
                    for item in report.items {
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

    private func listParameters(_ request: WebRequest) async throws -> WebResponse {
        let day = try request.day("on") ?? request.today
        let entries = try await ListValidationParameters(pool: pool)(
            on: day, commodity: try request.word("commodity", as: Commodity.self),
            customer: try request.word("customerClass", as: CustomerClass.self))
        return .json { writer in
            writer.object { writer in
                writer.member("on", day.description)
                writer.key("settings")
                writer.array { writer in
                    for setting in ParameterSetting.all {
                        writer.object { writer in
                            writer.member("name", setting.name)
                            writer.member("rules", setting.reference)
                            writer.member("german", setting.german)
                            writer.member("english", setting.english)
                        }
                    }
                }
                writer.key("items")
                writer.array { writer in for entry in entries { RESTInterface.write(entry, to: &writer) } }
            }
        }
    }

    private func setParameters(_ request: WebRequest) async throws -> WebResponse {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "commodity", "customerClass", "from", "until", "parameters", "reason")
        let commodity = try body.member("commodity").parsed("electricity, gas, water or heat") { Commodity(rawValue: $0) }
        let customer = try body.member("customerClass").parsed("household, commercial or industrial") { CustomerClass(rawValue: $0) }
        let valid = try RESTInterface.validity(body)
        let values = try RESTInterface.thresholds(body)
        let key = ParameterBook.Key(commodity, customer)
        try await SetValidationParameter(pool: pool)(
            .init(key, valid: valid, values: values), author: request.principal?.name ?? "", reason: try body.string("reason"),
            now: request.now)
        let entries = try await ListValidationParameters(pool: pool)(on: valid.from, commodity: commodity, customer: customer)
        return .json { writer in for entry in entries.prefix(1) { RESTInterface.write(entry, to: &writer) } }
    }

    private static func write(_ entry: ListValidationParameters.Entry, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("commodity", entry.key.commodity.rawValue)
            writer.member("customerClass", entry.key.customer.rawValue)
            write(thresholds: ParameterSetting.all.map { ($0.name, $0.value(in: entry.parameters)) }, to: &writer)
            writer.key("history")
            writer.array { writer in
                for record in entry.history {
                    writeChange(
                        record.id, record.change.valid, record.change.values, author: record.author, reason: record.reason,
                        at: record.recordedAt, to: &writer)
                }
            }
        }
    }
}
