internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import InvoiceFormats
internal import JSON
internal import Values
internal import Web

enum InvoiceSyntax: String, CaseIterable { case cii, ubl }

extension RESTInterface {
    var invoiceEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/invoices", permission: .readInvoices, area: "billing", summary: "Invoices, newest first",
                query: [
                    .init("run", .text, "of one billing run"), .init("account", .text, "number or key of a contract account"),
                    .init("partner", .text, "number of a partner"),
                    .init(
                        "state", .words(RESTInterface.listedStates.map(\.rawValue) + [RESTInterface.stale]),
                        "issued, cancelled, or stale: issued, and would come out differently by now"),
                ] + Endpoint.paging, answer: .json(.page(of: .named("InvoiceSummary")))
            ) { request in try await invoices(request) },
            Endpoint(
                method: .get, path: "/invoices/{number}", permission: .readInvoices, area: "billing", summary: "One invoice with its lines",
                answer: .json(.named("Invoice"))
            ) { request in
                let stored = try await GetInvoice(pool: pool)(request["number"])
                return .json(
                    InvoiceJSON.presented(
                        stored.document, of: stored.invoice, state: stored.record.state, cancelledBy: stored.record.cancelledBy))
            },
            Endpoint(
                method: .get, path: "/invoices/{number}.xml", permission: .readInvoices, area: "billing",
                summary: "XRechnung 3.0, UN/CEFACT CII, from the same value as the JSON; UBL 2.1 if asked",
                query: [.init("syntax", .words(InvoiceSyntax.allCases.map(\.rawValue)), "cii (default) or ubl")],
                answer: .media(["application/xml"])
            ) { request in
                let syntax = try request.word("syntax", as: InvoiceSyntax.self) ?? .cii
                let stored = try await GetInvoice(pool: pool)(request["number"])
                let bytes = syntax == .ubl ? UBLInvoice.bytes(stored.invoice) : XRechnung.bytes(stored.invoice)
                return .attachment(bytes, "application/xml", name: stored.record.number + ".xml")
            },
            Endpoint(
                method: .get, path: "/invoices/{number}.pdf", permission: .readInvoices, area: "billing",
                summary: "PDF/A-3 for people, with the e-invoice embedded (ZUGFeRD); kept as first made",
                query: [RESTInterface.paper],
                answer: .media(["application/pdf"])
            ) { request in
                let language = try request.word("language", as: BillLanguage.self) ?? .de
                let number = request["number"]
                let bytes = try await GetBillDocument(pool: pool)(number, language: language, now: request.now)
                return .attachment(bytes, "application/pdf", name: number + ".pdf")
            },
            Endpoint(
                method: .get, path: "/invoices/{number}/explanation", permission: .readInvoices, area: "billing",
                summary: "Every line back to readings, tariff version and formula", answer: .json(.named("Explanation"))
            ) { request in .json(ExplanationJSON.bytes(try await GetInvoice(pool: pool)(request["number"]).invoice)) },
            Endpoint(
                method: .get, path: "/invoices/{number}/slots", permission: .readInvoices, area: "billing",
                summary: "The slots of one line with their prices, to compute it again: `eur` is exact, before the markup",
                query: [.init("line", .integer, "its position")], answer: .media(["text/csv"])
            ) { request in
                let stored = try await GetInvoice(pool: pool)(request["number"])
                guard let position = try request.integer("line", in: 1...100_000) else {
                    throw Problem(.badRequest, "say in `line` which position of the invoice")
                }
                guard let line = stored.invoice.draft.lines.first(where: { $0.position == position }) else {
                    throw Problem(.notFound, "the invoice has no line \(position)")
                }
                guard let table = SlotTable.csv(line) else {
                    throw Problem(.notFound, "line \(position) has no prices by slot; /explanation says what it was computed from")
                }
                return .attachment(table, "text/csv; charset=utf-8", name: "\(stored.record.number)-\(position).csv")
            },
            Endpoint(
                method: .post, path: "/invoices/{number}/cancel", permission: .cancelInvoices, area: "billing",
                summary: "Storno: a document of its own with the stored amounts reversed; the invoice itself never changes",
                body: .json(
                    .object([.optional("reason", .text, "why it is taken back; “ohne Angabe” without a body")]), required: false),
                answer: .json(.object([.required("number", .text, "of the Storno"), .required("cancels", .text)]))
            ) { request in
                let reason = try RESTInterface.reason(await request.body())
                let storno = try await CancelInvoice(pool: pool)(
                    request["number"], reason: reason, author: request.principal?.name ?? "", today: request.today, now: request.now)
                return .json(["number": .string(storno), "cancels": .string(request["number"])])
            },
        ]
    }

    /// What a bill with a number can be; what waits for one is among the held invoices.
    static let listedStates: [InvoiceState] = [.issued, .cancelled]
    static let stale = "stale"

    /// - Throws: `Problem` (400). States before a bill has its number are understood, and no bill here has them.
    private static func state(_ text: String?) throws(Problem) -> InvoiceState? {
        guard let text else { return nil }
        guard let state = InvoiceState(rawValue: text) else {
            let words = (listedStates.map(\.rawValue) + [stale]).joined(separator: ", ")
            throw Problem(.badRequest, "state must be one of \(words), not “\(text.prefix(40))”")
        }
        return state
    }

    private func invoices(_ request: WebRequest) async throws -> WebResponse {
        let isStale = request.query.filled("state") == RESTInterface.stale
        let filter = ListInvoices.Filter(
            run: request.query.filled("run"), accounts: request.query.all("account"), partner: request.query.filled("partner"),
            state: isStale ? .issued : try RESTInterface.state(request.query.filled("state")), isStale: isStale)
        let page = try await ListInvoices(pool: pool)(filter, cursor: request.query.filled("cursor"), limit: request.limit())
        return RESTInterface.list(page.invoices, next: page.next) { RESTInterface.write($0, to: &$1) }
    }

    private static func write(_ invoice: InvoiceRecord, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("number", invoice.number)
            writer.member("kind", invoice.kind.rawValue)
            writer.member("state", invoice.state.rawValue)
            writer.member("cancellation", invoice.isCancellation)
            writer.member("cancels", invoice.cancels)
            writer.member("cancelledBy", invoice.cancelledBy)
            writer.member("corrects", invoice.corrects)
            writer.member("run", invoice.run)
            writer.member("account", invoice.account)
            writer.member("contract", invoice.contract)
            writer.member("partner", invoice.partner)
            writer.member("recipient", invoice.recipient)
            writer.member("meteringPoint", invoice.meteringPoint)
            writer.member("commodity", invoice.commodity.rawValue)
            writer.member("from", invoice.period.from.description)
            writer.member("to", invoice.period.until?.description)
            writer.member("issued", invoice.issuedOn.description)
            writer.member("due", invoice.dueOn.description)
            writer.member("net", invoice.net.description)
            writer.member("vat", invoice.tax.description)
            writer.member("gross", invoice.gross.description)
            writer.member("amountDue", invoice.payable.description)
        }
    }
}

extension RESTInterface {
    /// What stands in the books where nobody said why.
    static let unstated = "ohne Angabe"

    /// The `reason` of a body that holds nothing else; without a body nobody said why.
    /// - Throws: `Problem` (422) for a blank one, `JSONError`.
    static func reason(_ bytes: [UInt8]) throws -> String {
        guard !bytes.isEmpty else { return unstated }
        let body = try JSONNode(parsing: bytes)
        try body.allow(only: "reason")
        guard let reason = try body.optionalString("reason") else { return unstated }
        guard reason.contains(where: { !$0.isWhitespace }) else {
            throw Problem(.unprocessable, "say in `reason` why the invoice is taken back")
        }
        return reason
    }
}
