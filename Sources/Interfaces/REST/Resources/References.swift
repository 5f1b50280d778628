internal import AccessOperations
internal import JSON
internal import MeteringOperations
internal import Values
internal import Web

extension RESTInterface {
    var referenceEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/metering-points/{point}/check-meters", permission: .readMeteringPoints, area: "meters",
                summary: "The channels of other meters that check channels of this point, the latest first",
                answer: .json(.page(of: checkMeter))
            ) { request in
                let items = try await ListReferences(pool: pool).checkMeters(of: request["point"])
                return RESTInterface.list(items) { RESTInterface.write($0, to: &$1) }
            },
            Endpoint(
                method: .get, path: "/nodes", permission: .readMeteringPoints, area: "meters",
                summary: "Nodes that are fully metered: who flows in and out, with the balance of some days if asked for",
                query: [
                    .init("meteringPoint", .text, "only nodes it belongs to"),
                    .init("from", .day, "first day of the balance; without it none is told"),
                    .init("to", .day, "exclusive; at most 92 days"),
                ] + Endpoint.paging, answer: .json(.page(of: node))
            ) { request in try await nodes(request) },
            Endpoint(
                method: .post, path: "/metering-points/{point}/check-meters", permission: .importMasterData, area: "meters",
                summary:
                    "From a day on a channel of another meter checks a channel of this point: what is missing is taken from it (method 1)",
                body: .json(
                    .object([
                        .required("obis", .text, "the channel that is checked"), .required("checkMeter", .text, "serial"),
                        .optional("checkObis", .text, "as obis if missing"),
                        .optional("calibrated", .boolean, "Z88, else Z89; true if missing"),
                        .required("from", .day), .optional("until", .nullable(.day), "exclusive"), .required("reason", .text),
                    ])), answer: .none, problems: [404, 422]
            ) { request in try await defineCheckMeter(request) },
            Endpoint(
                method: .post, path: "/nodes", permission: .importMasterData, area: "meters",
                summary: "From a day on a node is fully metered: a missing value of one member is what the others leave (method 2)",
                body: .json(
                    .object([
                        .required("name", .text), .required("from", .day), .optional("until", .nullable(.day), "exclusive"),
                        .required("reason", .text),
                        .required(
                            "members",
                            .array(
                                .object([
                                    .required("meteringPoint", .text), .required("obis", .text),
                                    .required("direction", .words(["in", "out"]), "into the node, or out of it"),
                                ]))),
                    ])), answer: .none, problems: [404, 422]
            ) { request in try await defineNode(request) },
        ]
    }

    private static let record: [Schema.Member] = [
        .required("from", .day), .required("until", .nullable(.day), "exclusive"), .required("author", .text), .required("reason", .text),
        .required("knownSince", .instant),
    ]
    private var checkMeter: Schema {
        .object(
            [
                .required("meteringPoint", .text), .required("obis", .text, "the channel that is checked"),
                .required("checkMeter", .text, "serial"), .required("checkObis", .text), .required("calibrated", .boolean, "Z88, else Z89"),
            ] + RESTInterface.record)
    }
    private var node: Schema {
        .object(
            [
                .required("name", .text),
                .required(
                    "members",
                    .array(
                        .object([
                            .required("meteringPoint", .text), .required("obis", .text), .required("direction", .words(["in", "out"])),
                        ]))),
                .optional(
                    "balance",
                    .array(
                        .object([
                            .required("day", .day), .required("unit", Schemas.unit), .required("in", .nullable(.decimal)),
                            .required("out", .nullable(.decimal)), .required("difference", .nullable(.decimal), "in less out"),
                            .required("complete", .boolean, "every slot of every member is known"),
                        ])), "of the days asked for on which it is a node"),
            ] + RESTInterface.record)
    }

    private func nodes(_ request: WebRequest) async throws -> WebResponse {
        let references = ListReferences(pool: pool)
        var days: DayRange?
        if let from = try request.day("from") {
            guard let to = try request.day("to"), let range = DayRange(checked: from, until: to), (1...92).contains(from.days(until: to))
            else {
                throw Problem(.badRequest, "to is a day behind from, at most 92 days later")
            }
            days = range
        }
        let page = try await references.nodes(
            of: request.query.filled("meteringPoint"), cursor: request.query.filled("cursor"), limit: try request.limit())
        var balances: [Int64: [NodeRecord.Balance]] = [:]
        if let days { for node in page.items { balances[node.id] = try await references.balance(of: node, over: days) } }
        return RESTInterface.list(page.items, next: page.next) { RESTInterface.write($0, balances[$0.id], to: &$1) }
    }

    private static func write(_ check: CheckMeterRecord, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("meteringPoint", check.meteringPoint)
            writer.member("obis", check.obis.description)
            writer.member("checkMeter", check.checkMeter)
            writer.member("checkObis", check.checkObis.description)
            writer.member("calibrated", check.isCalibrated)
            write(check.valid, check.author, check.reason, check.knownSince, to: &writer)
        }
    }

    private static func write(_ node: NodeRecord, _ balance: [NodeRecord.Balance]?, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", node.name)
            write(node.valid, node.author, node.reason, node.knownSince, to: &writer)
            writer.key("members")
            writer.array { writer in
                for member in node.members {
                    writer.object { writer in
                        writer.member("meteringPoint", member.meteringPoint)
                        writer.member("obis", member.obis.description)
                        writer.member("direction", member.isInflow ? "in" : "out")
                    }
                }
            }
            guard let balance else { return }
            writer.key("balance")
            writer.array { writer in
                for day in balance {
                    func text(_ micro: Int64?) -> String? { micro.map { DecimalText.format($0, scale: 6) } }
                    writer.object { writer in
                        writer.member("day", day.day.description)
                        writer.member("unit", day.unit.rawValue)
                        writer.member("in", text(day.inflow))
                        writer.member("out", text(day.outflow))
                        writer.member("difference", text(day.difference))
                        writer.member("complete", day.isComplete)
                    }
                }
            }
        }
    }

    private static func write(
        _ valid: DayRange, _ author: String, _ reason: String, _ knownSince: Instant, to writer: inout JSONWriter
    ) {
        writer.member("from", valid.from.description)
        writer.member("until", valid.until?.description)
        writer.member("author", author)
        writer.member("reason", reason)
        writer.member("knownSince", knownSince.description)
    }

    private func defineCheckMeter(_ request: WebRequest) async throws -> WebResponse {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "obis", "checkMeter", "checkObis", "calibrated", "from", "until", "reason")
        let obis = try body.member("obis").parsed("an OBIS code") { ObisCode($0) }
        try await DefineCheckMeter(pool: pool)(
            .init(
                meteringPoint: request["point"], obis: obis, checkMeter: try body.string("checkMeter"),
                checkObis: try body.optional("checkObis")?.parsed("an OBIS code") { ObisCode($0) } ?? obis,
                isCalibrated: try body.optional("calibrated")?.bool() ?? true,
                from: try body.member("from").parsed(Day.expectation) { Day(entered: $0) },
                until: try body.optional("until")?.parsed(Day.expectation) { Day(entered: $0) },
                author: request.principal?.name ?? "", reason: try body.string("reason")), now: request.now)
        return .noContent
    }

    private func defineNode(_ request: WebRequest) async throws -> WebResponse {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "name", "from", "until", "reason", "members")
        let members = try body.elements("members").map { node throws(JSONError) in
            try node.allow(only: "meteringPoint", "obis", "direction")
            return DefineNode.Request.Member(
                meteringPoint: try node.string("meteringPoint"), obis: try node.member("obis").parsed("an OBIS code") { ObisCode($0) },
                isInflow: try node.member("direction").parsed("in or out") { $0 == "in" ? true : $0 == "out" ? false : nil })
        }
        try await DefineNode(pool: pool)(
            .init(
                name: try body.string("name"), members: members,
                from: try body.member("from").parsed(Day.expectation) { Day(entered: $0) },
                until: try body.optional("until")?.parsed(Day.expectation) { Day(entered: $0) },
                author: request.principal?.name ?? "", reason: try body.string("reason")), now: request.now)
        return .noContent
    }
}
