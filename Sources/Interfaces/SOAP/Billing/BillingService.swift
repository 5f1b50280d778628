internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import InvoiceFormats
internal import JSON
public import Postgres
internal import Values
public import Web

/// `/soap/billing`: invoice batches and their invoices. A published version never changes: what was added since stands in a version of
/// its own beside it, `/soap/billing/2`.
public enum BillingService {
    public enum Version: Int, Sendable, CaseIterable {
        case first = 1
        /// Runs over a region or a list; invoices say what they correct, whose contracts stand on them, what is to be paid in
        /// advance, whether they are a Gutschrift, and what of them is left to pay.
        case second

        public var path: String { self == .first ? "/soap/billing" : "/soap/billing/\(rawValue)" }
        public var namespace: String { "urn:zaehlwerk:billing:\(rawValue)" }
        /// Fields that came after the first version.
        func added(_ fields: SOAPField...) -> [SOAPField] { self == .first ? [] : fields }
    }

    /// Adds all versions to the route table. Who may read runs or invoices may call; each operation demands its own right.
    public static func mount(on site: inout Site, pool: Pool) {
        for version in Version.allCases {
            service(pool, version).mount(
                on: &site, allow: .anyOf([.startBillingRuns, .readBillingRuns, .readInvoices, .cancelInvoices]))
        }
    }

    static func service(_ pool: Pool, _ version: Version = .first) -> SOAPService<WebRequest> {
        SOAPService(
            name: "Billing", path: version.path, namespace: version.namespace,
            documentation: "Invoice batches and invoices. Amounts are decimals in euros; periods end before their last day named `to`.",
            operations: [start(pool, version), run(pool, version), invoice(pool, version), list(pool, version), cancel(pool)])
    }

    private static func start(_ pool: Pool, _ version: Version) -> SOAPOperation<WebRequest> {
        .documents(
            "StartBillingRun",
            documentation: "Starts an invoice batch, or finds the one that was started; running it again bills nothing twice.",
            request: [
                SOAPField("cycle", .string, .once, "annual-01 … annual-12, monthly."),
                SOAPField("periodEnd", .date, .once, "Exclusive: 2026-01-01 bills 2025."),
                SOAPField("simulate", .boolean, .optional, "The same road, rolled back."),
            ]
                + version.added(
                    SOAPField("region", .string, .optional, "Only contracts whose attribute region says so; a run of its own."),
                    SOAPField("contracts", .string, .many, "Only these: numbers or keys of contracts and accounts; a run of its own.")),
            response: runFields(version)
        ) { body, request in
            try request.demand(.startBillingRuns)
            let billing = RunBilling(pool: pool)
            let run = try await billing.start(
                cycle: try body.string("cycle"), periodEnd: try body.member("periodEnd").parsed(Day.expectation) { Day(entered: $0) },
                part: try part(body), simulate: try body.optional("simulate")?.bool() ?? false, author: request.principal?.name ?? "",
                today: request.today,
                now: request.now)
            if run.state == .running {
                // The answer does not wait for the run; who is killed in the middle is resumed by the next start.
                let (today, now, clock) = (request.today, request.now, request.clock)
                request.background.start("billing-run \(run.number)") {
                    try await billing.work(run.number, today: today, clock: clock, now: now)
                }
            }
            return document(run, held: nil)
        }
    }

    /// `region` or `contracts`, not both; neither is the whole. The first version knows neither.
    private static func part(_ body: JSONNode) throws -> BillingPart {
        let list = try body.optional("contracts")
        switch (try body.optionalString("region"), try list?.elements() ?? []) {
        case (nil, let keys) where keys.isEmpty: return .whole
        case (let region?, let keys) where keys.isEmpty: return .region(region)
        case (nil, let keys): return .listed(try keys.map { try $0.string() })
        case (_?, _): throw body.fault("a run is over a region or over a list, not both")
        }
    }

    private static func run(_ pool: Pool, _ version: Version) -> SOAPOperation<WebRequest> {
        .documents(
            "GetBillingRun", documentation: "State, counts, sums, and the contracts kept back with reasons.",
            request: [SOAPField("number", .string)], response: runFields(version)
        ) { body, request in
            try request.demand(.readBillingRuns)
            let get = GetBillingRun(pool: pool)
            let number = try body.string("number")
            let run = try await get(number)
            return document(run, held: try await get.held(number))
        }
    }

    private static func invoice(_ pool: Pool, _ version: Version) -> SOAPOperation<WebRequest> {
        .documents(
            "GetInvoice", documentation: "One invoice with its lines, as the JSON says it.", request: [SOAPField("number", .string)],
            response: invoiceFields(version)
        ) { body, request in
            try request.demand(.readInvoices)
            return document(of: try JSONValue(parsing: try await GetInvoice(pool: pool).document(try body.string("number"))), version)
        }
    }

    private static func list(_ pool: Pool, _ version: Version) -> SOAPOperation<WebRequest> {
        .documents(
            "ListInvoices", documentation: "Invoices, newest first, a page at a time.",
            request: [
                SOAPField("run", .string, .optional, "Of one billing run."),
                SOAPField("account", .string, .many, "Numbers or keys of contract accounts."),
                SOAPField("partner", .string, .optional, "Number of a partner."),
                SOAPField("state", .string, .optional, "issued or cancelled."),
                SOAPField("cursor", .string, .optional, "The next of the page before."),
                SOAPField("limit", .integer, .optional, "1 to 1000; 100 if absent."),
            ],
            response: [
                SOAPField("items", .complex(summary(version)), .many),
                SOAPField("next", .string, .optional, "Cursor of the next page; absent on the last."),
            ]
        ) { body, request in
            try request.demand(.readInvoices)
            var accounts: [String] = []
            for account in try body.optional("account")?.elements() ?? [] { accounts.append(try account.string()) }
            let filter = ListInvoices.Filter(
                run: try body.optionalString("run"), accounts: accounts, partner: try body.optionalString("partner"),
                state: try body.optional("state")?.parsed("issued or cancelled") { InvoiceState(rawValue: $0) })
            let page = try await ListInvoices(pool: pool)(
                filter, cursor: try body.optionalString("cursor"), limit: try body.optional("limit")?.integer(in: 1...1_000) ?? 100)
            return ["items": .array(page.invoices.map(document(of:))), "next": .optional(page.next)]
        }
    }

    private static func cancel(_ pool: Pool) -> SOAPOperation<WebRequest> {
        .documents(
            "CancelInvoice",
            documentation: "Storno: a document of its own with the stored amounts reversed; the invoice itself never changes.",
            request: [SOAPField("number", .string), SOAPField("reason", .string)],
            response: [SOAPField("number", .string, .once, "Of the Storno."), SOAPField("cancels", .string)]
        ) { body, request in
            try request.demand(.cancelInvoices)
            let (number, reason) = (try body.string("number"), try body.string("reason"))
            guard reason.contains(where: { !$0.isWhitespace }) else {
                throw SOAPFault(code: "unprocessable", "say why the invoice is taken back", path: "/reason")
            }
            let storno = try await CancelInvoice(pool: pool)(
                number, reason: reason, author: request.principal?.name ?? "", today: request.today, now: request.now)
            return ["number": .string(storno), "cancels": .string(number)]
        }
    }
}
