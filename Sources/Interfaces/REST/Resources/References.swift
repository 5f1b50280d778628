internal import AccessOperations
internal import JSON
internal import MeteringOperations
internal import Values
internal import Web

extension RESTInterface {
    var referenceEndpoints: [Endpoint] {
        [
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

    private func defineCheckMeter(_ request: WebRequest) async throws -> WebResponse {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "obis", "checkMeter", "checkObis", "calibrated", "from", "until", "reason")
        let obis = try body.member("obis").parsed("an OBIS code") { ObisCode($0) }
        try await DefineCheckMeter(pool: pool)(
            .init(
                meteringPoint: request["point"], obis: obis, checkMeter: try body.string("checkMeter"),
                checkObis: try body.optional("checkObis")?.parsed("an OBIS code") { ObisCode($0) } ?? obis,
                isCalibrated: try body.optional("calibrated")?.bool() ?? true,
                from: try body.member("from").parsed("a day such as 2026-01-01") { Day($0) },
                until: try body.optional("until")?.parsed("a day such as 2026-01-01") { Day($0) },
                author: request.principal?.name ?? "", reason: try body.string("reason")), now: request.now)
        return WebResponse(status: 204)
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
                from: try body.member("from").parsed("a day such as 2026-01-01") { Day($0) },
                until: try body.optional("until")?.parsed("a day such as 2026-01-01") { Day($0) },
                author: request.principal?.name ?? "", reason: try body.string("reason")), now: request.now)
        return WebResponse(status: 204)
    }
}
