internal import AccessOperations
internal import JSON
internal import Ledger
internal import LedgerOperations
internal import ReportFormats
internal import Values
internal import Web

extension RESTInterface {
    var accountEndpoints: [Endpoint] {
        let asOf = Endpoint.Parameter("as_of", .text, "a day: what was booked up to it; a time with offset: what was known then")
        return [
            Endpoint(
                method: .get, path: "/accounts/{account}", permission: .readAccounts, area: "ledger",
                summary: "A contract account: balance, what is due, what is on account",
                query: [asOf], answer: .json(RESTInterface.balanceSchema)
            ) { request in try await balance(request) },
            Endpoint(
                method: .get, path: "/accounts/{account}/balance", permission: .readAccounts, area: "ledger",
                summary: "The balance as of a day or a moment",
                query: [asOf], answer: .json(RESTInterface.balanceSchema)
            ) { request in try await balance(request) },
            Endpoint(
                method: .get, path: "/accounts/{account}/statement", permission: .readAccounts, area: "ledger",
                summary: "Postings with running balance",
                query: [
                    .init("from", .day, "first booking day"), .init("to", .day, "exclusive"),
                    .init("as_of", .text, "a time: what was known then"), Endpoint.format,
                ], answer: .json(RESTInterface.reportSchema(.named("Booking")))
            ) { request in
                let asOf = try request.asOf()
                // A day as of which: its bookings belong to it, `to` is exclusive.
                let until = try request.day("to") ?? asOf.day?.adding(days: 1)
                let (account, statement) = try await GetStatement(pool: pool)(
                    request["account"], from: request.day("from"), until: until, known: asOf.known)
                return try RESTInterface.report(
                    .statement(statement), request, [("account", account.number), ("opening", statement.opening.description)])
            },
            Endpoint(
                method: .get, path: "/accounts/{account}/open-items", permission: .readAccounts, area: "ledger",
                summary: "What is not cleared",
                query: [asOf, Endpoint.format], answer: .json(RESTInterface.reportSchema(.named("OpenItem")))
            ) { request in
                let items = try await ListOpenItems(pool: pool)(account: request["account"], asOf: request.asOf())
                return try RESTInterface.report(
                    .openItems(items.map { ($0, request["account"]) }), request, [("account", request["account"])])
            },
            Endpoint(
                method: .post, path: "/payments", permission: .postPayments, area: "ledger",
                summary: "A payment: booked and set off by § 366 BGB",
                body: .json(.named("Payment")), answer: .json(RESTInterface.receiptSchema), problems: [404, 422]
            ) { request in try await pay(request) },
        ]
    }

    static let balanceSchema = Schema.object([
        .required("account", .text), .required("balance", .decimal, "positive: the customer owes"), .required("due", .decimal),
        .required("onAccount", .decimal),
        .required("asOf", .nullable(.day)), .optional("known", .instant),
    ])
    private static let receiptSchema = Schema.object([
        .required("number", .text), .required("account", .text), .required("entry", .text), .required("amount", .decimal),
        .required("valueDate", .day),
        .required("onAccount", .decimal, "what no item took"),
        .required("existed", .boolean, "true: this payment was known, nothing was booked"),
        .required(
            "shares",
            .array(
                .object([
                    .required("item", .text), .required("document", .nullable(.text)), .required("amount", .decimal),
                    .required("rule", .text),
                ]))),
    ])
    static func reportSchema(_ row: Schema) -> Schema {
        .object([
            .required("report", .text), .optional("asOf", .nullable(.day)), .optional("known", .nullable(.instant)),
            .optional("account", .text), .optional("opening", .decimal),
            .optional("balances", .nullable(.words(["true", "false"])), "whether debit and credit do"),
            .optional("number", .text, "of a billing run"), .optional("state", .text),
            .required("items", .array(row)),
            .required("next", .nullable(.text), "give it as `cursor` for the next page; null at the end"),
            .optional("sums", .map(.anything), "by the names of the rows"),
        ])
    }

    /// The report in the format the query asks for.
    static func report(_ table: ReportTable, _ request: WebRequest, _ parameters: [(String, String?)] = []) throws -> WebResponse {
        switch request.query.filled("format") ?? "json" {
        case "json": return .json(table.json(parameters))
        case "csv": return .attachment(table.csv, "text/csv; charset=utf-8", name: table.name + ".csv")
        case "xlsx":
            let type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            return .attachment(try table.xlsx(), type, name: table.name + ".xlsx")
        case let other: throw Problem(.notAcceptable, "format is json, csv or xlsx, not “\(other.prefix(20))”")
        }
    }

    private func balance(_ request: WebRequest) async throws -> WebResponse {
        let balance = try await GetBalance(pool: pool)(request["account"], asOf: request.asOf(), today: request.today)
        return .json { writer in
            writer.object { writer in
                writer.member("account", balance.account.number)
                writer.member("balance", balance.balance.description)
                writer.member("due", balance.due.description)
                writer.member("onAccount", balance.onAccount.description)
                writer.member("asOf", balance.asOf.day?.description)
                if let known = balance.asOf.known { writer.member("known", known.description) }
            }
        }
    }

    private func pay(_ request: WebRequest) async throws -> WebResponse {
        let body = try JSONNode(parsing: await request.body())
        try body.allow(only: "account", "amount", "valueDate", "reference", "idempotencyKey")
        // A header's key is the caller's own: two banks may both count from 1. The member is the payment's, whoever sends it.
        let own = request.idempotencyKey.map { "\(request.principal?.name ?? "")/\($0)" }
        // Who names none says that each call is a payment of its own.
        let key =
            try body.optionalString("idempotencyKey") ?? own
            ?? "once/\(UInt64.random(in: .min ... .max))-\(UInt64.random(in: .min ... .max))"
        let payment = IncomingPayment(
            account: try body.string("account"), amount: try body.member("amount").parsed("an amount in euros") { Money($0) },
            valueDate: try body.member("valueDate").parsed(Day.expectation) { Day(entered: $0) },
            reference: try body.optionalString("reference") ?? "",
            key: key)
        let receipt = try await PostPayment(pool: pool)(
            payment, author: request.principal?.name ?? "", today: request.today, now: request.now)
        return .json { writer in
            writer.object { writer in
                writer.member("number", receipt.number.description)
                writer.member("account", receipt.account.number)
                writer.member("entry", StoredEntry.number(of: receipt.entry))
                writer.member("amount", receipt.amount.description)
                writer.member("valueDate", receipt.valueDate.description)
                writer.member("onAccount", receipt.onAccount.description)
                writer.member("existed", receipt.existed)
                writer.key("shares")
                writer.array { writer in
                    for share in receipt.shares {
                        writer.object { writer in
                            writer.member("item", share.item.description)
                            writer.member("document", share.document)
                            writer.member("amount", share.amount.description)
                            writer.member("rule", "\(share.rule)")
                        }
                    }
                }
            }
        }
    }
}
