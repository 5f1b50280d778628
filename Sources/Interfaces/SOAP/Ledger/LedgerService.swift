internal import AccessOperations
internal import JSON
internal import Ledger
internal import LedgerOperations
public import Postgres
internal import ReportFormats
internal import Values
public import Web

/// `/soap/ledger`: what a customer owes, and payments.
public enum LedgerService {
    public static let path = "/soap/ledger"
    public static let namespace = "urn:zaehlwerk:ledger:1"

    /// Adds it to the route table. Who may read accounts or post payments may call; each operation demands its own right.
    public static func mount(on site: inout Site, pool: Pool) {
        service(pool).mount(on: &site, allow: .anyOf([.readAccounts, .postPayments]))
    }

    static func service(_ pool: Pool) -> SOAPService<WebRequest> {
        SOAPService(
            name: "Ledger", path: path, namespace: namespace,
            documentation: "The customer's ledger. Amounts are decimals in euros; positive: the customer owes.",
            operations: [balance(pool), statement(pool), openItems(pool), pay(pool)])
    }

    private static let account = SOAPField("account", .string, .once, "Number or key of a contract account.")
    private static let asOf = SOAPField(
        "asOf", .string, .optional, "A day: what was booked up to it; a time with offset: what was known then.")

    private static func asOf(_ body: JSONNode) throws -> AsOf {
        guard let node = try body.optional("asOf") else { return AsOf() }
        let text = try node.string()
        if let day = Day(entered: text) { return AsOf(day: day) }
        return AsOf(known: try node.parsed("a day, or a time with offset") { try? Instant($0) })
    }

    private static func balance(_ pool: Pool) -> SOAPOperation<WebRequest> {
        .documents(
            "GetBalance", documentation: "The balance as of a day or a moment.", request: [account, asOf],
            response: [
                SOAPField("account", .string), SOAPField("balance", .decimal, .once, "Positive: the customer owes."),
                SOAPField("due", .decimal), SOAPField("onAccount", .decimal, .once, "Paid, and not set off yet."),
                SOAPField("asOf", .date, .optional), SOAPField("known", .dateTime, .optional),
            ]
        ) { body, request in
            try request.demand(.readAccounts)
            let balance = try await GetBalance(pool: pool)(try body.string("account"), asOf: try asOf(body), today: request.today)
            return [
                "account": .string(balance.account.number), "balance": .string(balance.balance.description),
                "due": .string(balance.due.description), "onAccount": .string(balance.onAccount.description),
                "asOf": .optional(balance.asOf.day?.description), "known": .optional(balance.asOf.known?.description),
            ]
        }
    }

    private static func statement(_ pool: Pool) -> SOAPOperation<WebRequest> {
        .documents(
            "GetStatement", documentation: "Postings with running balance.",
            request: [
                account, SOAPField("from", .date, .optional, "First booking day."), SOAPField("to", .date, .optional, "Exclusive."), asOf,
            ],
            response: [
                SOAPField("report", .string), SOAPField("account", .string), SOAPField("opening", .decimal),
                SOAPField("rows", .complex(booking), .many),
                SOAPField(
                    "sums", .complex(SOAPComplexType("StatementSums", documentation: "Movement and closing balance.", sums)), .optional),
            ]
        ) { body, request in
            try request.demand(.readAccounts)
            let asOf = try asOf(body)
            // A day as of which: its bookings belong to it, `to` is exclusive.
            let until = try body.optional("to")?.parsed(Day.expectation) { Day(entered: $0) } ?? asOf.day?.adding(days: 1)
            let (account, statement) = try await GetStatement(pool: pool)(
                try body.string("account"), from: try body.optional("from")?.parsed(Day.expectation) { Day(entered: $0) }, until: until,
                known: asOf.known)
            return try JSONValue(
                parsing: ReportTable.statement(statement).json(
                    [
                        ("account", account.number), ("opening", statement.opening.description),
                    ], list: rows))
        }
    }

    /// What version 1 has called the lines of a report since it was published.
    private static let rows = "rows"
    private static let sums = [SOAPField("amount", .decimal), SOAPField("balance", .decimal)]
    private static let booking = SOAPComplexType(
        "Booking", documentation: "A posting on the account.",
        [
            SOAPField("entry", .string), SOAPField("bookingDate", .date), SOAPField("valueDate", .date), SOAPField("kind", .string),
            SOAPField("document", .string, .optional), SOAPField("text", .string), SOAPField("due", .date, .optional),
        ] + sums)

    private static func openItems(_ pool: Pool) -> SOAPOperation<WebRequest> {
        .documents(
            "GetOpenItems", documentation: "What is not cleared.", request: [account, asOf],
            response: [
                SOAPField("report", .string), SOAPField("account", .string), SOAPField("rows", .complex(openItem), .many),
                SOAPField(
                    "sums",
                    .complex(
                        SOAPComplexType(
                            "OpenItemSums", documentation: "Of all rows.",
                            [SOAPField("original", .decimal), SOAPField("open", .decimal)])), .optional),
            ]
        ) { body, request in
            try request.demand(.readAccounts)
            let account = try body.string("account")
            let items = try await ListOpenItems(pool: pool)(account: account, asOf: try asOf(body))
            return try JSONValue(parsing: ReportTable.openItems(items.map { ($0, account) }).json([("account", account)], list: rows))
        }
    }

    private static let openItem = SOAPComplexType(
        "OpenItem", documentation: "A debt or a credit with what is left of it.",
        [
            SOAPField("account", .string), SOAPField("entry", .string), SOAPField("document", .string, .optional),
            SOAPField("kind", .string), SOAPField("bookingDate", .date), SOAPField("due", .date, .optional),
            SOAPField("original", .decimal), SOAPField("open", .decimal),
        ])

    private static func pay(_ pool: Pool) -> SOAPOperation<WebRequest> {
        .documents(
            "PostPayment", documentation: "A payment: booked and set off by § 366 BGB. The same key again books nothing.",
            request: [
                account, SOAPField("amount", .decimal), SOAPField("valueDate", .date), SOAPField("reference", .string, .optional),
                SOAPField("idempotencyKey", .string, .once, "The payment's own, whoever sends it."),
            ],
            response: [
                SOAPField("number", .string), SOAPField("account", .string), SOAPField("entry", .string), SOAPField("amount", .decimal),
                SOAPField("valueDate", .date), SOAPField("onAccount", .decimal, .once, "What no item took."),
                SOAPField("existed", .boolean, .once, "true: this payment was known, nothing was booked."),
                SOAPField(
                    "shares",
                    .complex(
                        SOAPComplexType(
                            "PaymentShare", documentation: "What an item took, and by which rule.",
                            [
                                SOAPField("item", .string), SOAPField("document", .string, .optional), SOAPField("amount", .decimal),
                                SOAPField("rule", .string),
                            ])), .many),
            ]
        ) { body, request in
            try request.demand(.postPayments)
            let payment = IncomingPayment(
                account: try body.string("account"), amount: try body.member("amount").parsed("an amount in euros") { Money($0) },
                valueDate: try body.member("valueDate").parsed(Day.expectation) { Day(entered: $0) },
                reference: try body.optionalString("reference") ?? "", key: try body.string("idempotencyKey"))
            let receipt = try await PostPayment(pool: pool)(
                payment, author: request.principal?.name ?? "", today: request.today, now: request.now)
            return document(receipt)
        }
    }

    private static func document(_ receipt: PaymentReceipt) -> JSONValue {
        [
            "number": .string(receipt.number.description), "account": .string(receipt.account.number),
            "entry": .string(StoredEntry.number(of: receipt.entry)), "amount": .string(receipt.amount.description),
            "valueDate": .string(receipt.valueDate.description), "onAccount": .string(receipt.onAccount.description),
            "existed": .bool(receipt.existed),
            "shares": .array(
                receipt.shares.map { share in
                    [
                        "item": .string(share.item.description), "document": .optional(share.document),
                        "amount": .string(share.amount.description), "rule": .string("\(share.rule)"),
                    ]
                }),
        ]
    }
}
