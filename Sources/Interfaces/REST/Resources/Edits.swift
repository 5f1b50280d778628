internal import AccessOperations
internal import JSON
internal import Metering
internal import MeteringOperations
internal import ReadingFormats
internal import VEE
internal import Values
internal import Web

extension RESTInterface {
    /// What people and fitters do to values and meters.
    var meteringEndpoints: [Endpoint] { editEndpoints + deviceEndpoints + deliveryEndpoints + virtualEndpoints + referenceEndpoints }

    var editEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .post, path: "/metering-points/{point}/edits", permission: .editReadings, area: "readings",
                summary: "Changes values as a new version with author and reason: accept what was rejected, confirm or make an estimate, "
                    + "replace, withdraw",
                body: .json(
                    .object([
                        .required("obis", .text), .optional("meter", .nullable(.text), "needed where several hung in that time"),
                        .required("from", .instant, "a time with offset, or a day"),
                        .required("until", .instant, "exclusive; for one register reading the same moment"),
                        .required("action", .words(EditAction.ofValues.map(\.rawValue))),
                        .optional("values", .array(.decimal), "for replace: one per slot or reading, in the register's unit"),
                        .optional(
                            "method", .nullable(.words(Estimation.choosable.map(\.word))), "for estimate: null lets the cascade choose"),
                        .required("reason", .text),
                    ])), answer: .json(.named("Edit")), problems: [404, 422]
            ) { request in
                let record = try await EditValues(pool: pool, directory: directory)(try await edit(request), now: request.now)
                return .json { RESTInterface.write(record, to: &$0) }
            },
            Endpoint(
                method: .post, path: "/metering-points/{point}/edits/preview", permission: .editReadings, area: "readings",
                summary: "What an edit would make of the values; nothing is stored. The body is that of the edit", body: .json(.anything),
                answer: .json(.named("ReadingSeries")), problems: [404, 422]
            ) { request in
                .json(try await EditValues(pool: pool, directory: directory).preview(try await edit(request), now: request.now).json)
            },
            Endpoint(
                method: .get, path: "/edits", permission: .readReadings, area: "readings",
                summary: "What people did to values, newest first",
                query: [
                    .init("meteringPoint", .text, "one point"), .init("author", .text, "one person"),
                    .init("action", .words(EditAction.allCases.map(\.rawValue)), "one action"),
                ] + Endpoint.paging, answer: .json(.page(of: .named("Edit")))
            ) { request in try await edits(request) },
            Endpoint(
                method: .get, path: "/edits/{id}", permission: .readReadings, area: "readings", summary: "One edit",
                answer: .json(.named("Edit")), problems: [404]
            ) { request in
                let record = try await ListEdits(pool: pool)(try RESTInterface.number(request["id"], "an edit"))
                return .json { RESTInterface.write(record, to: &$0) }
            },
            Endpoint(
                method: .post, path: "/edits/{id}/undo", permission: .editReadings, area: "readings",
                summary: "Takes an edit back: what held before holds again, its findings are open again; what came since stays",
                body: .json(.object([.required("reason", .text)])), answer: .json(.named("Edit")), problems: [404, 409]
            ) { request in
                let body = try JSONNode(parsing: await request.body())
                try body.allow(only: "reason")
                let record = try await UndoEdit(pool: pool, directory: directory)(
                    try RESTInterface.number(request["id"], "an edit"), author: request.principal?.name ?? "",
                    reason: try body.string("reason"), now: request.now)
                return .json { RESTInterface.write(record, to: &$0) }
            },
            Endpoint(
                method: .get, path: "/changes", permission: .readReadings, area: "readings",
                summary: "What changed, for systems that keep a copy: every change once; `next` is always there and says where to go on, "
                    + "now or later",
                query: [
                    .init("cursor", .text, "`next` of the page before; everything if missing"),
                    .init("limit", .integer, "changes per page, at most 10000; 1000 if missing"),
                ],
                answer: .json(
                    .object([
                        .required(
                            "items",
                            .array(
                                .object([
                                    .required("meteringPoint", .text),
                                    .required("meter", .text, "the serial; of a computed series the code of its point"),
                                    .required("obis", .text), .required("from", .day),
                                    .optional("until", .nullable(.day), "exclusive; null: from then on"),
                                    .required("knownSince", .instant),
                                    .required(
                                        "kind", .words(ListChanges.Change.Kind.allCases.map(\.rawValue)),
                                        "device: a device, a factor, a reset or a formula means something else"),
                                    .required("derived", .boolean, "a computed series: a part of it changed, or its formula"),
                                ]))), .required("next", .text), .required("more", .boolean),
                    ]))
            ) { request in try await changes(request) },
        ]
    }

    static let editSchema = Schema.object([
        .required("id", .integer), .required("action", .words(EditAction.allCases.map(\.rawValue))), .required("author", .text),
        .required("reason", .text), .required("at", .instant), .optional("undoes", .nullable(.integer)),
        .optional("undoneBy", .nullable(.integer)), .required("values", .integer, "how many it wrote"),
        .required("meteringPoints", .array(.text)), .required("findings", .array(.integer), "that it closed, or opened again"),
    ])

    private func edit(_ request: WebRequest) async throws -> EditValues.Request {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "obis", "meter", "from", "until", "action", "values", "method", "reason")
        let action = try body.member("action").parsed("an action of \(EditAction.ofValues.map(\.rawValue).joined(separator: ", "))") {
            word in
            EditAction(rawValue: word).flatMap { EditAction.ofValues.contains($0) ? $0 : nil }
        }
        return EditValues.Request(
            meteringPoint: request["point"], obis: try body.member("obis").parsed("an OBIS code") { ObisCode($0) },
            meter: try body.optionalString("meter"), from: try RESTInterface.moment(body.member("from")),
            until: try RESTInterface.moment(body.member("until")), action: action, values: try RESTInterface.amounts(body),
            method: try RESTInterface.method(body), author: request.principal?.name ?? "", reason: try body.string("reason"))
    }

    private func edits(_ request: WebRequest) async throws -> WebResponse {
        let filter = ListEdits.Filter(
            meteringPoint: request.query.filled("meteringPoint"), author: request.query.filled("author"),
            action: try request.word("action", as: EditAction.self))
        let page = try await ListEdits(pool: pool)(filter, cursor: request.query.filled("cursor"), limit: request.limit())
        return RESTInterface.list(page.items, next: page.next) { RESTInterface.write($0, to: &$1) }
    }

    private func changes(_ request: WebRequest) async throws -> WebResponse {
        let page = try await ListChanges(pool: pool)(
            cursor: request.query.filled("cursor"), limit: try request.limit(1_000, most: 10_000))
        return .json { writer in
            writer.object { writer in
                writer.member("items", array: page.items) { change, writer in
                    writer.object { writer in
                        writer.member("meteringPoint", change.meteringPoint)
                        writer.member("meter", change.meter)
                        writer.member("obis", change.obis)
                        writer.member("from", change.days.from.description)
                        writer.member("until", change.days.until?.description)
                        writer.member("knownSince", change.knownSince.description)
                        writer.member("kind", change.kind.rawValue)
                        writer.member("derived", change.isDerived)
                    }
                }
                writer.member("next", page.next)
                writer.member("more", page.hasMore)
            }
        }
    }

    static func write(_ record: EditRecord, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", record.id)
            writer.member("action", record.action.rawValue)
            writer.member("author", record.author)
            writer.member("reason", record.reason)
            writer.member("at", record.at.description)
            writer.member("undoes", record.undoes)
            writer.member("undoneBy", record.undoneBy)
            writer.member("values", record.slots)
            writer.key("meteringPoints")
            writer.array { writer in for code in record.meteringPoints { writer.string(code) } }
            writer.key("findings")
            writer.array { writer in for id in record.findings { writer.integer(id) } }
        }
    }

    static func number(_ text: String, _ what: String) throws(Problem) -> Int64 {
        guard let number = Int64(text) else { throw Problem(.notFound, "\(what) has a number") }
        return number
    }

    /// A moment, or a day meaning its local midnight.
    static func moment(_ node: JSONNode) throws(JSONError) -> Instant {
        try node.parsed("a time with offset, or a day") { text in
            Day(entered: text).map { LocalTime.berlin.start(of: $0) } ?? (try? Instant(text))
        }
    }

    /// The decimals of `values`, in 10^-6.
    static func amounts(_ body: JSONNode) throws(JSONError) -> [Int64] {
        guard let list = try body.optional("values") else { return [] }
        return try list.elements().map { node throws(JSONError) in
            try node.parsed("a plain decimal with at most six places") { DecimalText.parse($0, scale: 6) }
        }
    }

    static func method(_ body: JSONNode) throws(JSONError) -> EstimationMethod? {
        try body.optional("method")?.parsed("a method") { EstimationMethod(word: $0) }
    }
}
