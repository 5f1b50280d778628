internal import AccessOperations
internal import JSON
internal import MeteringOperations
internal import VEE
internal import Values
internal import Web

extension RESTInterface {
    var findingEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/exceptions", permission: .readFindings, area: "validation",
                summary: "Findings of validation, newest first",
                query: [
                    .init("state", .words(["open", "resolved", "all"]), "open if missing"), .init("rule", .text, "one rule"),
                    .init("severity", .words(Finding.Severity.allCases.map(\.rawValue)), "one severity"),
                    .init("meteringPoint", .text, "one point"),
                    .init("meter", .text, "one meter"),
                    .init("as_of", .text, "as it was at a time with offset, or when a day began"),
                ] + Endpoint.paging, answer: .json(.page(of: .named("Finding")))
            ) { request in try await findings(request) },
            Endpoint(
                method: .post, path: "/exceptions/{id}/resolve", permission: .resolveFindings, area: "validation",
                summary: "Closes a finding, with a reason; with an action, its values are changed as `POST …/edits` would",
                body: .json(.object(RESTInterface.decision)), answer: .json(.named("Finding")), problems: [409, 422]
            ) { request in try await resolve(request) },
            Endpoint(
                method: .post, path: "/exceptions/resolve", permission: .resolveFindings, area: "validation",
                summary: "Works off many findings in one edit, which `POST /edits/{id}/undo` takes back",
                body: .json(.object([.required("ids", .array(.integer), "up to 1000")] + RESTInterface.decision)),
                answer: .json(
                    .object([
                        .required("edit", .named("Edit")), .required("resolved", .array(.integer)),
                        .required("skipped", .array(.integer), "closed before, by others"),
                        .required("withoutValues", .array(.integer), "closed, but there was no value to do it with"),
                    ])), problems: [404, 422]
            ) { request in try await resolveMany(request) },
        ]
    }

    private enum State: String, CaseIterable { case open, resolved, all }

    private func findings(_ request: WebRequest) async throws -> WebResponse {
        let isOpen: Bool? =
            switch try request.word("state", as: State.self) ?? .open {
            case .open: true
            case .resolved: false
            case .all: nil
            }
        let filter = ListFindings.Filter(
            isOpen: isOpen, rule: request.query.filled("rule"), severity: try request.word("severity", as: Finding.Severity.self),
            meteringPoint: request.query.filled("meteringPoint"), meter: request.query.filled("meter"),
            asOf: try request.moment("as_of"))
        let page = try await ListFindings(pool: pool)(filter, cursor: request.query.filled("cursor"), limit: request.limit())
        return RESTInterface.list(page.items, next: page.next) { RESTInterface.write($0, request.language, to: &$1) }
    }

    private static let decision: [Schema.Member] = [
        .optional("reason", .text, "why it is settled; “ohne Angabe” if missing"),
        .optional("note", .text, "the older name of `reason`"),
        .optional(
            "action", .nullable(.words(EditAction.ofValues.map(\.rawValue))), "what is done with its values; nothing if missing"),
        .optional("values", .array(.decimal), "for replace, of one finding: one per slot or reading"),
        .optional("method", .nullable(.words(Estimation.choosable.map(\.word))), "for estimate: null lets the cascade choose"),
    ]

    private func action(_ body: JSONNode) throws -> ResolveFindings.Action {
        guard let node = try body.optional("action") else { return .settle }
        switch try node.parsed("an action of \(EditAction.ofValues.map(\.rawValue).joined(separator: ", "))", { EditAction(rawValue: $0) })
        {
        case .accept: return .accept
        case .confirm: return .confirm
        case .estimate: return .estimate(try RESTInterface.method(body))
        case .replace: return .replace(try RESTInterface.amounts(body))
        case .withdraw: return .withdraw
        case .settle: return .settle
        case .undo, .cancelDelivery: throw node.fault("is nothing to do with a finding")
        }
    }

    private func note(_ body: JSONNode) throws -> String {
        let member = body.has("note") ? "note" : "reason"
        guard let text = try body.optional(member) else { return RESTInterface.unstated }
        let note = try text.string()
        guard note.contains(where: { !$0.isWhitespace }) else {
            throw Problem(.unprocessable, "say in `\(member)` why the finding is settled")
        }
        return note
    }

    /// Who closes a finding may leave its values; changing them is a right of its own.
    private func demandEdit(_ action: ResolveFindings.Action, _ request: WebRequest) throws(Problem) {
        guard action == .settle || request.principal?.may(.editReadings) == true else {
            throw Problem(.forbidden, "this key may close findings, not change values (\(Permission.editReadings.rawValue))")
        }
    }

    private func resolve(_ request: WebRequest) async throws -> WebResponse {
        guard let id = Int64(request["id"]), id > 0, id < .max else { throw Problem(.notFound, "a finding has a number") }
        let bytes = try await request.body()
        let body = try JSONNode(parsing: bytes.isEmpty ? Array("{}".utf8) : bytes)
        try body.allow(only: "reason", "note", "action", "values", "method")
        let (note, action) = (try note(body), try action(body))
        try demandEdit(action, request)
        do {
            let outcome = try await ResolveFindings(pool: pool, directory: directory)(
                [id], action: action, author: request.principal?.name ?? "", reason: note, now: request.now)
            if !outcome.skipped.isEmpty { throw FindingProblem.alreadyResolved(id) }
        } catch EditRefusal.unknownFinding { throw FindingProblem.unknown(id) }
        // The page that begins right above this one begins with this one.
        guard let record = try await ListFindings(pool: pool)(.init(isOpen: nil), cursor: String(id + 1), limit: 1).items.first else {
            throw FindingProblem.unknown(id)
        }
        return .json { writer in RESTInterface.write(record, request.language, to: &writer) }
    }

    private func resolveMany(_ request: WebRequest) async throws -> WebResponse {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "ids", "reason", "note", "action", "values", "method")
        let ids = try body.elements("ids").map { try $0.integer() }
        guard (1...1_000).contains(ids.count) else { throw Problem(.unprocessable, "`ids` names 1 to 1000 findings") }
        let (note, action) = (try note(body), try action(body))
        try demandEdit(action, request)
        let outcome = try await ResolveFindings(pool: pool, directory: directory)(
            ids, action: action, author: request.principal?.name ?? "", reason: note, now: request.now)
        return .json { writer in
            writer.object { writer in
                writer.key("edit")
                RESTInterface.write(outcome.edit, to: &writer)
                for (name, list) in [
                    ("resolved", outcome.resolved), ("skipped", outcome.skipped), ("withoutValues", outcome.withoutValues),
                ] {
                    writer.key(name)
                    writer.array { writer in for id in list { writer.integer(id) } }
                }
            }
        }
    }

    private static func write(_ record: FindingRecord, _ language: Language, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", record.id)
            writer.member("rule", record.finding.rule)
            writer.member("severity", record.finding.severity.rawValue)
            writer.member("commodity", record.commodity?.rawValue)
            writer.member("meteringPoint", record.meteringPoint)
            writer.member("meter", record.meter)
            writer.member("obis", record.obis?.description)
            writer.member("from", LocalTime.berlin.text(record.finding.from))
            writer.member("until", LocalTime.berlin.text(record.finding.until))
            writer.member("threshold", record.finding.threshold)
            writer.member("explanation", language == .english ? record.finding.english : record.finding.explanation)
            writer.member("proposal", record.proposal.rawValue)
            writer.key("inputs")
            writer.array { writer in
                for input in record.finding.inputs {
                    writer.object { writer in
                        writer.member("name", input.name)
                        writer.member("value", input.value)
                    }
                }
            }
            writer.member("source", record.source)
            writer.member("messageId", record.messageId)
            writer.member("createdAt", record.createdAt.description)
            writer.member("state", record.isOpen ? "open" : "resolved")
            writer.member("resolvedAt", record.resolvedAt?.description)
            writer.member("resolvedBy", record.resolvedBy)
            writer.member("resolution", record.resolution)
        }
    }
}
