internal import AccessOperations
internal import BillingOperations
internal import InvoiceFormats
internal import JSON
internal import Tariffs
internal import Values
internal import Web

extension RESTInterface {
    var heldInvoiceEndpoints: [Endpoint] {
        let reason = Endpoint.Body.json(.object([.required("reason", .text)]))
        return [
            Endpoint(
                method: .get, path: "/held-invoices", permission: .readInvoices, area: "billing",
                summary: "Bills that are kept back, of all runs, the oldest first, with what was found",
                query: [
                    .init("state", .words(HeldInvoice.State.allCases.map(\.rawValue)), "held if missing"),
                    .init("run", .text, "of one billing run"), .init("account", .text, "number or key of a contract account"),
                    .init("code", .text, "word of a reason, such as unusual-consumption"),
                ] + Endpoint.paging, answer: .json(.page(of: .named("HeldInvoice")))
            ) { request in
                let page = try await ListHeldInvoices(pool: pool)(
                    .init(
                        state: try request.word("state", as: HeldInvoice.State.self) ?? .held, run: request.query.filled("run"),
                        account: request.query.filled("account"), code: request.query.filled("code")),
                    cursor: request.query.filled("cursor"), limit: request.limit())
                return RESTInterface.list(page.items, next: page.next) { RESTInterface.write($0, to: &$1) }
            },
            Endpoint(
                method: .get, path: "/held-invoices/{id}", permission: .readInvoices, area: "billing",
                summary: "One of them with the bill that would go out, line by line", answer: .json(.named("HeldInvoicePreview"))
            ) { request in
                let (held, bill) = try await PreviewHeldInvoice(pool: pool)(try request.identifier(), today: request.today)
                return .json { writer in
                    writer.object { writer in
                        writer.member("held", object: { RESTInterface.members(held, &$0) })
                        writer.key("bill")
                        if let bill { InvoiceJSON.writeDraft(bill, to: &writer) } else { writer.null() }
                    }
                }
            },
            Endpoint(
                method: .post, path: "/held-invoices/{id}/release", permission: .releaseInvoices, area: "billing",
                summary:
                    "Lets a held bill go as it was shown; if it would be another bill by now, it stays held with its new reasons. Look at `state` and `invoice`",
                body: reason, answer: .json(.named("HeldInvoice")), problems: [409, 422]
            ) { request in
                let held = try await ReleaseHeldInvoice(pool: pool)(
                    try request.identifier(), reason: try await request.reason(), author: request.principal?.name ?? "",
                    today: request.today, now: request.now)
                return .json { writer in RESTInterface.write(held, to: &writer) }
            },
            Endpoint(
                method: .post, path: "/held-invoices/{id}/recheck", permission: .releaseInvoices, area: "billing",
                summary: "Computes it again after something was mended: issued, or held with what is still wrong",
                answer: .json(.named("HeldInvoice")), problems: [409]
            ) { request in
                let held = try await ReleaseHeldInvoice(pool: pool).recheck(
                    try request.identifier(), author: request.principal?.name ?? "", today: request.today, now: request.now)
                return .json { writer in RESTInterface.write(held, to: &writer) }
            },
            Endpoint(
                method: .get, path: "/bill-notices", permission: .readInvoices, area: "billing",
                summary:
                    "Bills that stand and went out although a check said something of them (late, on estimates), the newest first",
                query: [
                    .init("run", .text, "of one billing run"), .init("account", .text, "number or key of a contract account"),
                    .init("code", .text, "word of a notice, such as deadline-missed"),
                ] + Endpoint.paging, answer: .json(.page(of: .named("NoticedBill")))
            ) { request in
                let page = try await ListBillNotices(pool: pool)(
                    run: request.query.filled("run"), account: request.query.filled("account"), code: request.query.filled("code"),
                    cursor: request.query.filled("cursor"), limit: request.limit())
                return RESTInterface.list(page.items, next: page.next) { RESTInterface.write($0, to: &$1) }
            },
            Endpoint(
                method: .get, path: "/billing-holds", permission: .readInvoices, area: "billing",
                summary: "Contracts and accounts that a person has stopped",
                query: [.init("all", .boolean, "also what was lifted")], answer: .json(.page(of: .named("BillingHold")))
            ) { request in
                let holds = try await HoldBilling(pool: pool).list(all: request.query.filled("all") == "true")
                return RESTInterface.list(holds) { RESTInterface.write($0, to: &$1) }
            },
            stand("/contracts/{number}/hold", "Stops a contract: nothing of it is issued until the hold is lifted") {
                try await $0.hold(.contract($1), reason: $2, author: $3, now: $4)
            },
            stand("/accounts/{number}/hold", "Stops all contracts of an account") {
                try await $0.hold(.account($1), reason: $2, author: $3, now: $4)
            },
            stand("/contracts/{number}/hold/lift", "Lifts the hold of a contract") {
                try await $0.lift(.contract($1), reason: $2, author: $3, now: $4)
            },
            stand("/accounts/{number}/hold/lift", "Lifts the hold of an account") {
                try await $0.lift(.account($1), reason: $2, author: $3, now: $4)
            },
        ]
    }

    /// A hold set or lifted: use case, number, reason, author and moment.
    private func stand(
        _ path: String, _ summary: String,
        _ act: @escaping @Sendable (HoldBilling, String, String, String, Instant) async throws -> BillingHold
    ) -> Endpoint {
        Endpoint(
            method: .post, path: path, permission: .holdInvoices, area: "billing", summary: summary,
            body: .json(.object([.required("reason", .text)])), answer: .json(.named("BillingHold")), problems: [404, 409, 422]
        ) { request in
            let hold = try await act(
                HoldBilling(pool: pool), request["number"], try await request.reason(), request.principal?.name ?? "", request.now)
            return .json { writer in RESTInterface.write(hold, to: &writer) }
        }
    }

    private static func write(_ held: HeldInvoice, to writer: inout JSONWriter) { writer.object { members(held, &$0) } }

    private static func members(_ held: HeldInvoice, _ writer: inout JSONWriter) {
        writer.member("id", held.id)
        writer.member("run", held.run)
        writer.member("contract", held.contract)
        writer.member("account", held.account)
        writer.member("partner", held.partner)
        writer.member("recipient", held.recipient)
        writer.member("from", held.period.from.description)
        writer.member("to", held.period.until?.description)
        writer.member("state", held.state.rawValue)
        writer.member("reasons", array: held.reasons) { reason, writer in
            writer.object { RESTInterface.reason(reason.code, reason.text, &$0) }
        }
        writer.member("releasable", held.isReleasable)
        writer.member("gross", held.gross?.description)
        writer.member("amountDue", held.due?.description)
        writer.member("heldAt", held.heldAt.description)
        writer.member("releasedBy", held.releasedBy)
        writer.member("releaseReason", held.releaseReason)
        writer.member("invoice", held.invoice)
    }

    /// A reason: its word, what it means and what mends it in both languages, and the sentence about this bill (German).
    static func reason(_ code: String, _ sentence: String, _ writer: inout JSONWriter) {
        func label(_ name: String, _ label: Label?, _ writer: inout JSONWriter) {
            guard let label else { return writer.member(name, String?.none) }
            writer.member(
                name,
                object: {
                    $0.member("de", label.de)
                    $0.member("en", label.en)
                })
        }
        let known = HoldReason.of(code)
        writer.member("code", code)
        label("title", known?.title, &writer)
        label("mend", known?.mend, &writer)
        writer.member("explanation", sentence)
    }

    private static func write(_ bill: NoticedBill, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("invoice", bill.invoice)
            writer.member("run", bill.run)
            writer.member("contract", bill.contract)
            writer.member("account", bill.account)
            writer.member("recipient", bill.recipient)
            writer.member("issuedOn", bill.issuedOn.description)
            writer.member("gross", bill.gross.description)
            writer.member("notices", array: bill.notices) { notice, writer in
                writer.object { RESTInterface.reason(notice.code, notice.text, &$0) }
            }
        }
    }

    private static func write(_ hold: BillingHold, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", hold.id)
            writer.member("contract", hold.contract)
            writer.member("account", hold.account)
            writer.member("reason", hold.reason)
            writer.member("heldBy", hold.heldBy)
            writer.member("heldAt", hold.heldAt.description)
            writer.member("liftedBy", hold.liftedBy)
            writer.member("liftedAt", hold.liftedAt?.description)
            writer.member("liftReason", hold.liftReason)
        }
    }
}

extension WebRequest {
    /// `{id}` of the path.
    func identifier(_ name: String = "id") throws(Problem) -> Int64 {
        guard let id = Int64(self[name]) else { throw Problem(.notFound, "“\(self[name].prefix(40))” is no identifier") }
        return id
    }

    /// The member `reason` of the body, said with at least a letter.
    func reason() async throws -> String {
        let body = try JSONNode(parsing: await self.body())
        try body.allow(only: "reason")
        let reason = try body.string("reason")
        guard reason.contains(where: { !$0.isWhitespace }) else { throw Problem(.unprocessable, "say in `reason` why") }
        return reason
    }
}
