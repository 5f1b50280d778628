internal import AccessOperations
internal import JSON
internal import Web

/// `GET /openapi.json`: OpenAPI 3.1, written from the endpoints themselves.
struct OpenAPIDocument {
    let endpoints: [Endpoint]
    let version: String

    func json(server: String) -> JSONValue {
        var paths: [(String, [JSONObject.Member])] = []
        for endpoint in endpoints {
            let path = "/api/v1" + endpoint.path
            let member = JSONObject.Member(endpoint.method.rawValue.lowercased(), operation(endpoint))
            if let index = paths.firstIndex(where: { $0.0 == path }) {
                paths[index].1.append(member)
            } else {
                paths.append((path, [member]))
            }
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Zählwerk",
                "version": .string(version),
                "description":
                    "Meter data, billing and ledger of a municipal utility. Amounts and quantities are strings with a decimal point. Times carry an offset. Days are local to Europe/Berlin; periods are half-open.",
            ],
            "servers": [["url": .string(server)]],
            "security": [["bearer": []], ["basic": []]],
            "paths": .object(
                JSONObject(paths.map { .init($0.0, .object(JSONObject($0.1))) } + OpenAPIDocument.operations)),
            "components": [
                "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer"], "basic": ["type": "http", "scheme": "basic"]],
                "schemas": .object(JSONObject(Schemas.all.map { .init($0.name, $0.schema.json) })),
            ],
        ]
    }

    /// What is not below `/api/v1`: for those who watch over the service.
    private static let operations: [JSONObject.Member] = {
        func entry(_ path: String, _ summary: String, _ media: String, _ more: JSONObject.Member...) -> JSONObject.Member {
            let answer = JSONObject.Member(
                "200", ["description": "done", "content": .object(JSONObject([.init(media, ["schema": ["type": "string"]])]))])
            return .init(
                path,
                [
                    "get": [
                        "tags": ["operations"], "summary": .string(summary), "security": [],
                        "responses": .object(JSONObject([answer] + more)),
                    ]
                ])
        }
        let problem: JSONValue = ["application/problem+json": ["schema": Schema.named("Problem").json]]
        return [
            entry("/healthz", "Whether the process lives", "text/plain"),
            entry(
                "/readyz", "Whether it can do its work: the database answers, and it is not about to stop", "text/plain",
                .init("503", ["description": "not now; Retry-After says when to ask again", "content": problem])),
            entry(
                "/metrics", "Counts and times for Prometheus; from this machine only", "text/plain",
                .init("403", ["description": "asked from another machine", "content": problem])),
            .init(
                "/openapi.json",
                [
                    "get": [
                        "tags": ["operations"], "summary": "This document", "security": [],
                        "responses": ["200": ["description": "done", "content": ["application/json": ["schema": ["type": "object"]]]]],
                    ]
                ]),
        ]
    }()

    private func operation(_ endpoint: Endpoint) -> JSONValue {
        var members: [JSONObject.Member] = [
            .init("tags", [.string(endpoint.area)]),
            .init("summary", .string(endpoint.summary)),
            .init("operationId", .string(operationId(endpoint))),
            .init("x-permission", .string(endpoint.permission.rawValue)),
        ]
        var parameters: [JSONValue] = PathPattern(endpoint.path).names.map { name in
            ["name": .string(name), "in": "path", "required": true, "schema": Schema.text.json]
        }
        parameters += endpoint.query.map { parameter in
            [
                "name": .string(parameter.name), "in": "query", "required": .bool(parameter.isRequired),
                "description": .string(parameter.about), "schema": parameter.schema.json,
            ]
        }
        if endpoint.method == .post {
            parameters.append([
                "name": "Idempotency-Key", "in": "header", "required": false, "schema": Schema.text.json,
                "description": "Seen before with the same body: the stored answer. With another body: 409.",
            ])
        }
        if !parameters.isEmpty { members.append(.init("parameters", .array(parameters))) }
        if let body = endpoint.body {
            members.append(
                .init(
                    "requestBody",
                    [
                        "required": .bool(body.isRequired),
                        "content": .object(
                            JSONObject(
                                body.mediaTypes.map {
                                    .init($0, ["schema": $0 == "application/json" ? body.schema.json : ["type": "string"]])
                                })),
                    ]))
        }
        members.append(.init("responses", .object(JSONObject(responses(endpoint)))))
        return .object(JSONObject(members))
    }

    private func responses(_ endpoint: Endpoint) -> [JSONObject.Member] {
        var responses: [JSONObject.Member] = []
        switch endpoint.answer {
        case .json(let schema):
            responses.append(.init("200", ["description": "done", "content": ["application/json": ["schema": schema.json]]]))
        case .media(let types):
            responses.append(
                .init(
                    "200", ["description": "done", "content": .object(JSONObject(types.map { .init($0, ["schema": ["type": "string"]]) }))])
            )
        case .none:
            responses.append(.init("204", ["description": "done"]))
        }
        let problem: JSONValue = ["application/problem+json": ["schema": Schema.named("Problem").json]]
        let codes = Set(
            [400, 401, 403, 503] + endpoint.problems + (PathPattern(endpoint.path).names.isEmpty ? [] : [404])
                + (endpoint.body == nil ? [] : [413, 415]) + (endpoint.method == .post ? [409] : [])
                // Who may choose a format may choose one that there is not.
                + (endpoint.query.contains { $0.name == Endpoint.format.name } ? [406] : []))
        for code in codes.sorted() {
            responses.append(.init(String(code), ["description": .string(OpenAPIDocument.meaning[code] ?? "problem"), "content": problem]))
        }
        return responses
    }

    private static let meaning = [
        400: "the request cannot be understood", 401: "sign in or send a valid key", 403: "not permitted for this role",
        404: "there is no such thing",
        406: "the format asked for does not exist here", 409: "it contradicts what is there", 413: "the body is larger than the limit",
        415: "this content type is not known here", 422: "understood but cannot be done", 503: "the database does not answer; try again",
    ]

    private func operationId(_ endpoint: Endpoint) -> String {
        let words = endpoint.path.split { !$0.isLetter }.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return endpoint.method.rawValue.lowercased() + words.joined()
    }
}
