internal import AccessOperations
internal import JSON
internal import Metering
internal import MeteringOperations
internal import Values
internal import Web

extension RESTInterface {
    static let deliverySchema = Schema.object([
        .required("id", .integer), .required("source", .text), .required("messageId", .text), .required("receivedAt", .instant),
        .required("format", .text), .required("bytes", .integer), .required("accepted", .integer), .required("duplicates", .integer),
        .required("revised", .integer), .required("rejected", .integer), .required("findings", .integer),
        .required("repetitions", .integer, "how often the same message came again"),
        .optional("cancelledBy", .nullable(.integer), "the edit that cancelled it"),
        .optional(
            "quarantine",
            .array(
                .object([
                    .required("index", .integer), .required("path", .text), .required("code", .text), .required("message", .text),
                    .required("values", .integer),
                ])), "items that were refused, and how many values each stands for"),
    ])

    var deliveryEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/deliveries", permission: .readReadings, area: "readings",
                summary: "Messages as received, newest first",
                query: [
                    .init("source", .text, "one sender"), .init("messageId", .text, "one number"),
                    .init("rejected", .boolean, "true: only those of which something was refused"),
                ] + Endpoint.paging, answer: .json(.page(of: .named("Delivery")))
            ) { request in
                let filter = ListDeliveries.Filter(
                    source: request.query.filled("source"), messageId: request.query.filled("messageId"),
                    hasRejected: request.query.filled("rejected") == "true")
                let page = try await ListDeliveries(pool: pool)(filter, cursor: request.query.filled("cursor"), limit: request.limit())
                return RESTInterface.list(page.items, next: page.next) { RESTInterface.write($0, isWhole: false, to: &$1) }
            },
            Endpoint(
                method: .get, path: "/deliveries/{id}", permission: .readReadings, area: "readings",
                summary: "A message: counts, what was refused and why", answer: .json(.named("Delivery")), problems: [404]
            ) { request in
                let record = try await ListDeliveries(pool: pool)(try RESTInterface.number(request["id"], "a delivery"))
                return .json { RESTInterface.write(record, isWhole: true, to: &$0) }
            },
            Endpoint(
                method: .get, path: "/deliveries/{id}/raw", permission: .readReadings, area: "readings",
                summary: "The bytes as received; 404 once retention has emptied them", answer: .media(["application/octet-stream"]),
                problems: [404]
            ) { request in
                let body = try await ListDeliveries(pool: pool).body(of: try RESTInterface.number(request["id"], "a delivery"))
                guard let body else { throw Problem(.notFound, "the body of this delivery is no longer kept") }
                return WebResponse(
                    headers: ["Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff"], body: .bytes(body))
            },
            Endpoint(
                method: .post, path: "/deliveries/{id}/cancel", permission: .editReadings, area: "readings",
                summary: "Cancels a message: what of it still stands is withdrawn; the same message may come again",
                body: .json(.object([.required("reason", .text)])), answer: .json(.named("Edit")), problems: [404, 409]
            ) { request in
                let body = try JSONNode(parsing: await request.body())
                try body.allow(only: "reason")
                let record = try await CancelDelivery(pool: pool, directory: directory)(
                    try RESTInterface.number(request["id"], "a delivery"), author: request.principal?.name ?? "",
                    reason: try body.string("reason"), now: request.now)
                return .json { RESTInterface.write(record, to: &$0) }
            },
            Endpoint(
                method: .get, path: "/metering-points/{point}/readings/history", permission: .readReadings, area: "readings",
                summary: "Everything that was ever known about one value, oldest first",
                query: [
                    .init("obis", .text, "the register or channel", required: true),
                    .init("at", .instant, "a moment within the slot, or that of the reading", required: true),
                    .init("as_of", .instant, "only what was known at that moment"),
                ],
                answer: .json(
                    .object([
                        .required(
                            "versions",
                            .array(
                                .object(
                                    RESTInterface.version + [
                                        .optional("author", .nullable(.text), RESTInterface.whose),
                                        .optional("delivery", .nullable(.integer)), .optional("source", .nullable(.text)),
                                        .optional("messageId", .nullable(.text)), .optional("edit", .nullable(.integer)),
                                        .optional("editReason", .nullable(.text)),
                                        .optional(
                                            "sources",
                                            .array(
                                                .object(
                                                    [
                                                        .required("meteringPoint", .text), .required("obis", .text),
                                                        .required("unit", Schemas.unit),
                                                    ]
                                                        + RESTInterface.version
                                                        + [
                                                            .optional("author", .nullable(.text)),
                                                            .optional("delivery", .nullable(.integer)),
                                                            .optional("edit", .nullable(.integer)),
                                                        ])),
                                            "of a computed value: the versions of its parts that came with this one, in their own units; "
                                                + "each is told once"),
                                    ])))
                    ])), problems: [404]
            ) { request in try await history(request) },
        ]
    }

    private static let version: [Schema.Member] = [
        .required("meter", .text, "the serial; of a computed value the code of its point"), .required("at", .instant),
        .required("version", .integer), .required("knownSince", .instant), .required("value", .decimal),
        .required("status", Schemas.status),
        .optional("method", .nullable(.text)), .optional("reason", .nullable(.text)),
    ]
    private static let whose =
        "a person, VEE, rules; null for what was delivered; of what stands again, who took the edit back; of a computed value, who "
        + "defined the formula that came with it"

    private func history(_ request: WebRequest) async throws -> WebResponse {
        guard let obis = request.query.filled("obis").flatMap({ ObisCode($0) }) else {
            throw Problem(.badRequest, "obis must be a code such as 1-0:1.8.0")
        }
        guard let at = try request.moment("at") else { throw Problem(.badRequest, "at must be a time with offset, or a day") }
        let versions = try await ReadHistory(pool: pool)(request["point"], obis: obis, at: at, asOf: try request.knownAt())
        return .json { writer in
            writer.object { writer in
                writer.key("versions")
                writer.array { writer in
                    for version in versions {
                        writer.object { writer in
                            RESTInterface.write(version, to: &writer)
                            writer.member("source", version.source)
                            writer.member("messageId", version.messageId)
                            writer.member("editReason", version.editReason)
                            guard !version.sources.isEmpty else { return }
                            writer.member(
                                "sources",
                                array: { writer in
                                    for source in version.sources {
                                        writer.object { writer in
                                            writer.member("meteringPoint", source.meteringPoint)
                                            writer.member("obis", source.obis.description)
                                            writer.member("unit", source.unit.rawValue)
                                            RESTInterface.write(source, to: &writer)
                                        }
                                    }
                                })
                        }
                    }
                }
            }
        }
    }

    private static func write(_ version: ReadHistory.Version, to writer: inout JSONWriter) {
        writer.member("meter", version.meter)
        writer.member("at", LocalTime.berlin.text(version.at))
        writer.member("version", version.version)
        writer.member("knownSince", version.knownSince.description)
        writer.member("value", DecimalText.format(version.micro, scale: 6))
        writer.member("status", version.status.word)
        writer.member("method", version.method)
        writer.member("reason", version.reason)
        writer.member("author", version.author.isEmpty ? nil : version.author)
        writer.member("delivery", version.delivery)
        writer.member("edit", version.edit)
    }

    private static func write(_ record: DeliveryRecord, isWhole: Bool, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", record.id)
            writer.member("source", record.source)
            writer.member("messageId", record.messageId)
            writer.member("receivedAt", record.receivedAt.description)
            writer.member("format", record.format)
            writer.member("bytes", record.length)
            writer.member("accepted", record.accepted)
            writer.member("duplicates", record.duplicates)
            writer.member("revised", record.revised)
            writer.member("rejected", record.rejected)
            writer.member("findings", record.findings)
            writer.member("repetitions", record.repetitions)
            writer.member("cancelledBy", record.cancelledBy)
            if isWhole {
                writer.key("quarantine")
                writer.raw(Array((record.quarantine ?? "[]").utf8))
            }
        }
    }
}
