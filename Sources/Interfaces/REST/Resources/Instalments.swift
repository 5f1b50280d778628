internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import InvoiceFormats
internal import JSON
internal import Values
internal import Web

extension RESTInterface {
    var instalmentEndpoints: [Endpoint] {
        [
            Endpoint(
                method: .get, path: "/instalments", permission: .readInvoices, area: "billing",
                summary: "What customers pay in advance: planned, requested, paid, set off",
                query: [
                    .init("account", .text, "number or key of a contract account"), .init("contract", .text, "number or key"),
                    .init("state", .words(InstalmentRecord.State.allCases.map(\.rawValue)), "all if missing"),
                ] + Endpoint.paging, answer: .json(.page(of: .named("Instalment")))
            ) { request in
                let page = try await ListInstalments(pool: pool)(
                    account: request.query.filled("account"), contract: request.query.filled("contract"),
                    state: try request.word("state", as: InstalmentRecord.State.self), cursor: request.query.filled("cursor"),
                    limit: request.limit())
                return RESTInterface.list(page.items, next: page.next) { RESTInterface.write($0, to: &$1) }
            },
            Endpoint(
                method: .get, path: "/instalments/{number}", permission: .readInvoices, area: "billing",
                summary: "One request for an instalment", answer: .json(.named("Instalment")), problems: [404]
            ) { request in
                let item = try await GetInstalment(pool: pool)(request["number"])
                return .json { writer in RESTInterface.write(item, to: &writer) }
            },
            Endpoint(
                method: .get, path: "/instalments/{number}.xml", permission: .readInvoices, area: "billing",
                summary: "The request as an e-invoice: XRechnung 3.0, type 326, UN/CEFACT CII or UBL; kept as first made",
                query: [.init("syntax", .words(InvoiceSyntax.allCases.map(\.rawValue)), "cii (default) or ubl")],
                answer: .media(["application/xml"]), problems: [404]
            ) { request in
                let number = request["number"]
                let get = GetInstalment(pool: pool)
                let isUBL = try request.word("syntax", as: InvoiceSyntax.self) == .ubl
                let bytes = isUBL ? try await get.ubl(number, now: request.now) : try await get.xml(number, now: request.now)
                return .attachment(bytes, "application/xml", name: number + ".xml")
            },
            Endpoint(
                method: .get, path: "/instalments/{number}.pdf", permission: .readInvoices, area: "billing",
                summary: "The request for people, PDF/A-3 with the e-invoice embedded; kept as first made", query: [RESTInterface.paper],
                answer: .media(["application/pdf"]), problems: [404]
            ) { request in
                let number = request["number"]
                let language = try request.word("language", as: BillLanguage.self) ?? .de
                let bytes = try await GetInstalment(pool: pool).pdf(number, language: language, now: request.now)
                return .attachment(bytes, "application/pdf", name: number + ".pdf")
            },
            Endpoint(
                method: .get, path: "/contracts/{number}/instalment-plan", permission: .readInvoices, area: "billing",
                summary: "By what plan a contract pays in advance", answer: .json(.named("InstalmentPlan")), problems: [404]
            ) { request in
                let letter = try await GetInstalmentPlan(pool: pool)(request["number"], today: request.today)
                return .json { writer in RESTInterface.write(letter, to: &writer) }
            },
            Endpoint(
                method: .get, path: "/contracts/{number}/instalment-plan.pdf", permission: .readInvoices, area: "billing",
                summary: "The plan as a letter; it asks for nothing, so it is drawn each time", query: [RESTInterface.paper],
                answer: .media(["application/pdf"]), problems: [404]
            ) { request in
                let language = try request.word("language", as: BillLanguage.self) ?? .de
                let bytes = try await GetInstalmentPlan(pool: pool).pdf(request["number"], language: language, today: request.today)
                return .attachment(bytes, "application/pdf", name: "plan-\(request["number"]).pdf")
            },
            Endpoint(
                method: .post, path: "/instalments/request", permission: .startBillingRuns, area: "billing",
                summary:
                    "Requests what falls due before a day: number, open item, prepayments and tax in the ledger; repeated, nothing twice",
                body: .json(.object([.required("dueUntil", .day, "exclusive")])),
                answer: .json(
                    .object([
                        .required("requested", .integer), .required("gross", .decimal), .required("vat", .decimal),
                        .required("onHold", .integer, "due, and kept back by a hold"),
                    ])), problems: [422]
            ) { request in
                let body = try JSONNode(parsing: await request.body())
                try body.allow(only: "dueUntil")
                let report = try await RequestInstalments(pool: pool)(
                    dueUntil: try body.member("dueUntil").parsed(Day.expectation) { Day(entered: $0) },
                    author: request.principal?.name ?? "",
                    today: request.today, now: request.now)
                return .json { writer in
                    writer.object { writer in
                        writer.member("requested", report.requested)
                        writer.member("gross", report.gross.description)
                        writer.member("vat", report.tax.description)
                        writer.member("onHold", report.onHold)
                    }
                }
            },
            Endpoint(
                method: .post, path: "/contracts/{number}/instalment-plan", permission: .startBillingRuns, area: "billing",
                summary: "A plan by agreement or by the last bill; the plan before it ends, what was requested stays",
                body: .json(
                    .object([
                        .required("firstDue", .day),
                        .optional("yearly", .decimal, "expected gross cost of a year; that of the last bill if missing"),
                        .optional("count", .integer, "1 … 12; 11 if missing"),
                    ])),
                answer: .json(
                    .object([
                        .required("contract", .text), .required("yearly", .decimal),
                        .required(
                            "instalments",
                            .array(.object([.required("due", .day), .required("gross", .decimal), .required("vat", .decimal)]))),
                    ])), problems: [404, 422]
            ) { request in
                let body = try JSONNode(parsing: await request.body())
                try body.allow(only: "firstDue", "yearly", "count")
                let rule = InstalmentRule(
                    count: try body.optional("count")?.integer(in: 1...12) ?? 11,
                    firstDue: try body.member("firstDue").parsed(Day.expectation) { Day(entered: $0) })
                let plan = try await PlanInstalments(pool: pool)(
                    contract: request["number"], yearly: try body.optional("yearly")?.parsed("an amount such as \"1200.00\"") { Money($0) },
                    rule: rule, author: request.principal?.name ?? "", now: request.now)
                return .json { writer in
                    writer.object { writer in
                        writer.member("contract", plan.contract)
                        writer.member("yearly", plan.yearly.description)
                        writer.key("instalments")
                        writer.array { writer in
                            for instalment in plan.instalments {
                                writer.object { writer in
                                    writer.member("due", instalment.due.description)
                                    writer.member("gross", instalment.gross.description)
                                    writer.member("vat", instalment.tax.description)
                                }
                            }
                        }
                    }
                }
            },
        ]
    }

    /// The language of a paper.
    static let paper = Endpoint.Parameter("language", .words(BillLanguage.allCases.map(\.rawValue)), "de (default) or en")

    private static func write(_ letter: PlanLetter, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("contract", letter.contract.number)
            writer.member("account", letter.contract.account)
            writer.member("yearly", letter.yearly.description)
            writer.member("invoice", letter.follows?.description)
            writer.key("instalments")
            writer.array { writer in
                for entry in letter.entries {
                    writer.object { writer in
                        writer.member("due", entry.due.description)
                        writer.member("gross", entry.gross.description)
                        writer.member("vat", entry.tax.description)
                        writer.member("number", entry.requestedBy?.description)
                    }
                }
            }
        }
    }

    private static func write(_ item: InstalmentRecord, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", item.id)
            writer.member("number", item.number)
            writer.member("account", item.account)
            writer.member("contract", item.contract)
            writer.member("due", item.due.description)
            writer.member("gross", item.gross.description)
            writer.member("vat", item.tax.description)
            writer.member("state", item.state.rawValue)
            writer.member("standing", item.standing.rawValue)
            writer.member("paid", item.paid.description)
            writer.member("requestedOn", item.requestedOn?.description)
            writer.member("invoice", item.invoice)
        }
    }
}
