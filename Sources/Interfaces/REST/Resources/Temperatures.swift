internal import AccessOperations
internal import JSON
internal import MeteringOperations
internal import VEE
internal import Values
internal import Web

extension RESTInterface {
    var temperatureEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .put, path: "/temperatures", permission: .importMasterData, area: "validation",
                summary: "Daily mean temperatures by station, and which station speaks for which postcodes; the same again changes nothing",
                body: .json(
                    .object([
                        .required("source", .text, "who measured"),
                        .optional(
                            "items",
                            .array(.object([.required("station", .text), .required("day", .day), .required("celsius", .decimal)]))),
                        .optional(
                            "regions",
                            .array(
                                .object([.required("postcode", .text, "its first digits; empty: all others"), .required("station", .text)]))
                        ),
                    ])),
                answer: .json(
                    .object([
                        .required("added", .integer), .required("changed", .integer), .required("unchanged", .integer),
                        .required("regions", .integer),
                    ]))
            ) { request in try await putTemperatures(request) },
            Endpoint(
                method: .get, path: "/metering-points/{point}/states", permission: .readMeteringPoints, area: "validation",
                summary: "When nobody was to use anything at a point", answer: .json(.object([.required("items", .array(Self.pointState))]))
            ) { request in try await pointStates(request) },
            Endpoint(
                method: .put, path: "/metering-points/{point}/states", permission: .manageValidation, area: "validation",
                summary: "Says that a point is disconnected, inactive or vacant for some days, or active again",
                body: .json(
                    .object([
                        .required("state", .words(SetPointState.State.allCases.map(\.rawValue))), .required("from", .day),
                        .optional("until", .nullable(.day), "exclusive; open if missing"), .required("reason", .text),
                    ])), answer: .json(.object([.required("items", .array(Self.pointState))]))
            ) { request in try await setPointState(request) },
        ]
    }

    private static let pointState = Schema.object([
        .required("state", .words(InactiveUsage.State.disconnectedStates)), .required("from", .day),
        .required("until", .nullable(.day), "exclusive"),
    ])

    private func putTemperatures(_ request: WebRequest) async throws -> WebResponse {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "source", "items", "regions")
        let items = try body.elements("items").map { node throws(JSONError) in
            try node.allow(only: "station", "day", "celsius")
            return ImportTemperatures.Item(
                station: try node.member("station").parsed("a station of 1 to 64 bytes") {
                    ImportTemperatures.Region.isStation($0) ? $0 : nil
                },
                day: try node.member("day").parsed(Day.expectation) { Day(entered: $0) },
                mean: try node.member("celsius").parsed("a plain decimal of degrees Celsius with at most four places") { Temperature($0) })
        }
        let regions = try body.elements("regions").map { node throws(JSONError) in
            try node.allow(only: "postcode", "station")
            let station = try node.string("station")
            return try node.member("postcode").parsed("the first digits of a postcode, beside a station of 1 to 64 bytes") {
                ImportTemperatures.Region(postcodePrefix: $0, station: station)
            }
        }
        let outcome = try await ImportTemperatures(pool: pool)(
            items, regions: regions, source: try body.string("source"), author: request.principal?.name ?? "", now: request.now)
        return .json { writer in
            writer.object { writer in
                writer.member("added", outcome.added)
                writer.member("changed", outcome.changed)
                writer.member("unchanged", outcome.unchanged)
                writer.member("regions", outcome.regions)
            }
        }
    }

    private func pointStates(_ request: WebRequest) async throws -> WebResponse {
        let entries = try await GetPointStates(pool: pool)(request["point"])
        return RESTInterface.all(entries) { entry, writer in
            writer.object { writer in
                writer.member("state", entry.state.rawValue)
                writer.member("from", entry.days.from.description)
                writer.member("until", entry.days.until?.description)
            }
        }
    }

    private func setPointState(_ request: WebRequest) async throws -> WebResponse {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "state", "from", "until", "reason")
        let state = try body.member("state").parsed("active, disconnected, inactive or vacant") { SetPointState.State(rawValue: $0) }
        try await SetPointState(pool: pool)(
            request["point"], state, RESTInterface.validity(body), author: request.principal?.name ?? "", reason: try body.string("reason"),
            now: request.now)
        return try await pointStates(request)
    }
}

extension InactiveUsage.State {
    fileprivate static let disconnectedStates = SetPointState.State.allCases.filter { $0 != .active }.map(\.rawValue)
}
