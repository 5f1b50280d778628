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
                ] + Endpoint.paging, answer: .json(.page(of: .named("Finding")))
            ) { request in try await findings(request) },
            Endpoint(
                method: .post, path: "/exceptions/{id}/resolve", permission: .resolveFindings, area: "validation",
                summary: "Closes a finding, with a reason",
                body: .json(.object([.required("note", .text, "why it is settled")])), answer: .json(.named("Finding")), problems: [409]
            ) { request in try await resolve(request) },
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
            meteringPoint: request.query.filled("meteringPoint"), meter: request.query.filled("meter"))
        let page = try await ListFindings(pool: pool)(filter, cursor: request.query.filled("cursor"), limit: request.limit())
        return .json { writer in
            writer.object { writer in
                writer.key("items")
                writer.array { writer in for record in page.items { RESTInterface.write(record, to: &writer) } }
                writer.member("next", page.next)
            }
        }
    }

    private func resolve(_ request: WebRequest) async throws -> WebResponse {
        guard let id = Int64(request["id"]) else { throw Problem(.notFound, "a finding has a number") }
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "note")
        let note = try body.string("note")
        guard note.contains(where: { !$0.isWhitespace }) else { throw Problem(.unprocessable, "say in `note` why the finding is settled") }
        let record = try await ResolveFinding(pool: pool)(id, by: request.principal?.name ?? "", note: note, now: request.now)
        return .json { writer in RESTInterface.write(record, to: &writer) }
    }

    private static func write(_ record: FindingRecord, to writer: inout JSONWriter) {
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
            writer.member("explanation", record.finding.explanation)
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
