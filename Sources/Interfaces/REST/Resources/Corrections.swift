internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import JSON
internal import Tariffs
internal import Values
internal import Web

extension RESTInterface {
    var correctionEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/corrections", permission: .readInvoices, area: "billing",
                summary: "Bills that would come out differently by now: proposals, the oldest first",
                query: [
                    .init("state", .words(CorrectionProposal.State.allCases.map(\.rawValue)), "proposed if missing"),
                    .init("account", .text, "number or key of a contract account"), .init("invoice", .text, "number of the bill"),
                ] + Endpoint.paging, answer: .json(.page(of: .named("Correction")))
            ) { request in
                let page = try await ListCorrections(pool: pool)(
                    state: try request.word("state", as: CorrectionProposal.State.self) ?? .proposed,
                    account: request.query.filled("account"),
                    invoice: request.query.filled("invoice"), cursor: request.query.filled("cursor"), limit: request.limit())
                let approvals = try await ReleaseCorrection(pool: pool).approvals(of: page.items.map(\.id))
                return RESTInterface.list(page.items, next: page.next) { item, writer in
                    writer.object { RESTInterface.members(of: item, approvals[item.id], to: &$0) }
                }
            },
            Endpoint(
                method: .get, path: "/corrections/{id}", permission: .readInvoices, area: "billing",
                summary: "One proposal with old lines, new lines and the difference", answer: .json(.named("Correction")), problems: [404]
            ) { request in
                let details = try await ListCorrections(pool: pool).details(try request.identifier())
                let approval = try await ReleaseCorrection(pool: pool).approvals(of: [details.proposal.id])[details.proposal.id]
                return .json { writer in
                    writer.object { writer in
                        RESTInterface.members(of: details.proposal, approval, to: &writer)
                        for (name, lines) in [
                            ("billedLines", details.billed), ("rightLines", details.right), ("difference", details.difference.lines),
                        ] {
                            writer.key(name)
                            writer.array { writer in for line in lines { RESTInterface.write(line, to: &writer) } }
                        }
                    }
                }
            },
            Endpoint(
                method: .post, path: "/corrections/find", permission: .releaseInvoices, area: "billing",
                summary: "Looks for bills whose readings or prices have changed since; proposes, issues nothing, and finds nothing twice",
                body: .json(.object([.optional("invoices", .array(.text), "numbers of bills; all that stand if missing")])),
                answer: .json(
                    .object([
                        .required("bills", .integer), .required("touched", .integer), .required("proposed", .integer),
                        .required("waiting", .integer, "proposals about these bills, new or not"),
                        .required(
                            "unclear",
                            .array(.object([.required("invoice", .text), .required("code", .text), .required("explanation", .text)]))),
                    ]))
            ) { request in
                let body = try JSONNode(parsing: await request.body())
                try body.allow(only: "invoices")
                let numbers = try body.optional("invoices")?.elements().map { try $0.string() } ?? []
                let report = try await FindCorrections(pool: pool)(
                    invoices: numbers, author: request.principal?.name ?? "", now: request.now)
                return .json { writer in
                    writer.object { writer in
                        writer.member("bills", report.bills)
                        writer.member("touched", report.touched)
                        writer.member("proposed", report.proposed)
                        writer.member("waiting", report.waiting)
                        writer.key("unclear")
                        writer.array { writer in
                            for unclear in report.unclear {
                                writer.object { writer in
                                    writer.member("invoice", unclear.invoice)
                                    writer.member("code", unclear.code)
                                    writer.member("explanation", unclear.explanation)
                                }
                            }
                        }
                    }
                }
            },
            Endpoint(
                method: .post, path: "/corrections/{id}/release", permission: .releaseInvoices, area: "billing",
                summary:
                    "Issues the correction and books it: a document over the difference, or Storno and a new bill. Above \(ReleaseCorrection.limit) EUR, or where the checks would hold the right bill, two people: the first release is kept (`approvedBy`, state still proposed), another person's issues it. A key is the person who made it. What came to be known since it was proposed is looked at first: code outdated-correction",
                body: .json(
                    .object([
                        .required("reason", .text),
                        .optional("method", .words(CorrectionProposal.Method.allCases.map(\.rawValue)), "difference if missing"),
                    ])), answer: .json(.named("Correction")), problems: [404, 409, 422]
            ) { request in
                let body = try JSONNode(parsing: await request.body())
                try body.allow(only: "reason", "method")
                let method: CorrectionProposal.Method =
                    try body.optional("method")?.parsed("difference or rebill") { CorrectionProposal.Method(rawValue: $0) } ?? .difference
                let release = ReleaseCorrection(pool: pool)
                let proposal = try await release(
                    try request.identifier(), method: method, reason: try body.string("reason"), author: request.principal?.name ?? "",
                    person: request.principal?.person, today: request.today, now: request.now)
                let approval = try await release.approvals(of: [proposal.id])[proposal.id]
                return .json { writer in writer.object { RESTInterface.members(of: proposal, approval, to: &$0) } }
            },
            Endpoint(
                method: .post, path: "/corrections/{id}/dismiss", permission: .releaseInvoices, area: "billing",
                summary: "Leaves the bill as it is; the same difference is not proposed again",
                body: .json(.object([.required("reason", .text)])), answer: .json(.named("Correction")), problems: [404, 409, 422]
            ) { request in
                let proposal = try await DecideCorrection(pool: pool).dismiss(
                    try request.identifier(), reason: try await request.reason(), author: request.principal?.name ?? "", now: request.now)
                return .json { writer in writer.object { RESTInterface.members(of: proposal, nil, to: &$0) } }
            },
        ]
    }

    private static func members(of proposal: CorrectionProposal, _ approval: CorrectionApproval?, to writer: inout JSONWriter) {
        writer.member("id", proposal.id)
        writer.member("invoice", proposal.invoice)
        writer.member("account", proposal.account)
        writer.member("contract", proposal.contract)
        writer.member("recipient", proposal.recipient)
        writer.member("from", proposal.period.from.description)
        writer.member("to", proposal.period.until?.description)
        writer.member("state", proposal.state.rawValue)
        writer.member("cause", proposal.cause.rawValue)
        writer.member("billed", proposal.billed.description)
        writer.member("right", proposal.right.description)
        writer.member("net", proposal.net.description)
        writer.member("vat", proposal.tax.description)
        writer.member("gross", proposal.gross.description)
        writer.member("foundAt", proposal.foundAt.description)
        writer.member("foundBy", proposal.foundBy)
        writer.member("checks", array: proposal.checks) { reason, writer in
            writer.object { RESTInterface.reason(reason.code, reason.text, &$0) }
        }
        writer.member("approvedBy", approval?.approvedBy)
        writer.member("approvedAt", approval?.approvedAt.description)
        writer.member("decidedBy", proposal.decidedBy)
        writer.member("decidedAt", proposal.decidedAt?.description)
        writer.member("reason", proposal.reason)
        writer.member("method", proposal.method?.rawValue)
        writer.member("document", proposal.document)
        writer.member("documentCancelledBy", proposal.documentCancelledBy)
        writer.member("cancellation", proposal.storno)
    }

    private static func write(_ line: Line, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("position", line.position)
            writer.member("component", line.component)
            writer.member("label", line.label.de)
            writer.member("service", line.service.rawValue)
            writer.member("from", line.period.from.description)
            writer.member("to", line.period.until?.description)
            writer.member("formula", line.formula(.plainEnglish))
            writer.member("takenBack", line.isReversal)
            writer.member("amount", line.amount.description)
        }
    }
}
