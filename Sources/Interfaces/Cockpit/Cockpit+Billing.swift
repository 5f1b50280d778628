internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import InvoiceFormats
internal import JSON
internal import PartnerOperations
internal import Partners
internal import Values
internal import Web

extension CockpitInterface {
    /// Bills, billing runs, tariffs.
    func addBilling(to site: inout Site) {
        site.get("/invoices", kind: .page, allow: .permission(.readInvoices), summary: "Bills") { try await invoices(self.screen($0)) }
        site.get("/invoices/{number}", kind: .page, allow: .permission(.readInvoices), summary: "A bill") {
            try await invoice(self.screen($0))
        }
        site.get("/invoices/{number}.json", kind: .page, allow: .permission(.readInvoices), summary: "A bill as data") { request in
            .attachment(try await GetInvoice(pool: pool).document(request["number"]), "application/json", name: "\(request["number"]).json")
        }
        site.get("/invoices/{number}.xml", kind: .page, allow: .permission(.readInvoices), summary: "A bill as XRechnung") { request in
            let stored = try await GetInvoice(pool: pool)(request["number"])
            return .attachment(XRechnung.bytes(stored.invoice), "application/xml", name: "\(stored.record.number).xml")
        }
        site.get("/invoices/{number}.pdf", kind: .page, allow: .permission(.readInvoices), summary: "A bill as a customer gets it") {
            request in
            let bytes = try await GetBillDocument(pool: pool)(
                request["number"], language: self.screen(request).paperLanguage, now: request.now)
            return .attachment(bytes, "application/pdf", name: "\(request["number"]).pdf")
        }
        site.get(
            "/invoices/{number}/slots", kind: .page, allow: .permission(.readInvoices), summary: "What a line of a bill was computed from"
        ) { request in
            let stored = try await GetInvoice(pool: pool)(request["number"])
            let line = request.query.filled("line").flatMap { Int($0) }
            guard let table = stored.invoice.draft.lines.first(where: { $0.position == line }).flatMap(SlotTable.csv) else {
                throw Problem(.notFound, "no line of this bill with values slot by slot")
            }
            return .attachment(table, "text/csv; charset=utf-8", name: "\(stored.record.number)-\(line ?? 0).csv")
        }
        site.post("/invoices/{number}/cancel", kind: .page, allow: .permission(.cancelInvoices), summary: "Take a bill back") {
            try await cancel($0)
        }
        site.get("/billing-runs", kind: .page, allow: .permission(.readBillingRuns), summary: "Billing runs") {
            try await runs(self.screen($0))
        }
        site.post("/billing-runs", kind: .page, allow: .permission(.startBillingRuns), summary: "Start a billing run") {
            try await start($0)
        }
        site.get("/billing-runs/{number}", kind: .page, allow: .permission(.readBillingRuns), summary: "A billing run") { request in
            let screen = self.screen(request)
            let run = try await GetBillingRun(pool: pool)(request["number"], now: request.now)
            let report = run.state == .running ? nil : try await ReportBillingRun(pool: pool)(run.number)
            let held = run.held > 0 ? try await GetBillingRun(pool: pool).held(run.number) : []
            return screen.page(
                "\(screen("Lauf", "Run")) \(run.number)", here: "/billing-runs", RunPage(run: run, held: held, report: report).html(screen))
        }
        site.post("/billing-runs/{number}/resume", kind: .page, allow: .permission(.startBillingRuns), summary: "Go on with a run") {
            request in
            let run = try await GetBillingRun(pool: pool)(request["number"])
            work(run.number, request)
            return .redirect("/billing-runs/\(run.number)")
        }
        addRunControl(to: &site)
        site.get("/billing-runs/{number}/events", kind: .page, allow: .permission(.readBillingRuns), summary: "Progress of a run") {
            request in
            try await progress(self.screen(request))
        }
        site.translate { error in
            guard let refusal = error as? BillingRefusal else { return nil }
            return switch refusal {
            case .unknownInvoice, .unknownRun, .unknownTariff, .unknownInstalment, .unknownContract, .noPlan: Problem(.notFound)
            default: Problem(.init(409, refusal.code, "Billing does not allow it"), refusal.explanation)
            }
        }
    }

    /// The bills of a partner, newest first.
    func invoices(of overview: PartnerOverview, _ screen: Screen) async throws -> [PartnerPage.InvoiceEntry] {
        guard screen.may(.readInvoices), !overview.accounts.isEmpty else { return [] }
        let found = try await ListInvoices(pool: pool)(.init(accounts: overview.accounts.map(\.number.description)), limit: 12)
        return found.invoices.map {
            .init(number: $0.number, period: $0.period, due: $0.dueOn, gross: $0.gross, state: InvoicePage.chip($0, screen))
        }
    }

    private func invoices(_ screen: Screen) async throws -> WebResponse {
        let query = screen.request.query
        let (found, next) = try await ListInvoices(pool: pool)(
            .init(run: query.filled("run"), accounts: query.filled("account").map { [$0] } ?? []), cursor: query.filled("cursor"), limit: 50
        )
        return screen.page(
            screen(Words.invoices), here: "/billing-runs", InvoicesPage(invoices: found, next: next, run: query.filled("run")).html(screen))
    }

    private func invoice(_ screen: Screen, error: String? = nil) async throws -> WebResponse {
        let stored = try await GetInvoice(pool: pool)(screen.request["number"])
        try await look("invoice.view", stored.record.number, screen)
        var page = InvoicePage(stored, language: screen.language, error: error)
        page.note = try await correctionNote(stored.record, screen)
        var response = screen.page("\(page.bill.title) \(stored.record.number)", page.html(screen))
        if error != nil { response.status = 422 }
        return response
    }

    private func cancel(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        guard let reason = try await request.form().filled("reason") else {
            return try await invoice(screen, error: screen("Ein Storno braucht einen Grund.", "A cancellation needs a reason."))
        }
        let number: String
        do {
            number = try await CancelInvoice(pool: pool)(
                request["number"], reason: reason, author: request.principal?.name ?? "", today: request.today, now: request.now)
        } catch let refusal as BillingRefusal {
            if case .unknownInvoice = refusal { throw refusal }
            return try await invoice(screen, error: BillingWords.refusal(refusal, screen))
        }
        try await look("invoice.cancel", request["number"], screen)
        return .redirect("/invoices/\(PercentCoding.encode(number))")
    }

    private func runs(_ screen: Screen, errors: [(field: String, text: String)] = [], typed: Fields = Fields()) async throws -> WebResponse
    {
        let (runs, next) = try await ListBillingRuns(pool: pool)(cursor: screen.request.query.filled("cursor"))
        var response = screen.page(
            screen("Abrechnungsläufe", "Billing runs"), here: "/billing-runs",
            RunsPage(
                runs: runs, next: next, ended: try await EndedContracts(pool: pool)(today: screen.request.today, limit: 25),
                errors: errors, typed: typed
            ).html(screen))
        if !errors.isEmpty { response.status = 422 }
        return response
    }

    private func start(_ request: WebRequest) async throws -> WebResponse {
        let form = try await request.form()
        let screen = self.screen(request)
        guard let last = form.filled("lastDay").flatMap({ Day(entered: $0) }) else {
            return try await runs(screen, errors: [("lastDay", screen("Der letzte Tag fehlt.", "The last day is missing."))], typed: form)
        }
        guard let part = Self.part(form) else {
            let text = screen("Bitte eine Region oder eine Liste, nicht beides.", "A region or a list, please, not both.")
            return try await runs(screen, errors: [("listed", text)], typed: form)
        }
        do {
            // People name the last day; everything else names the first day after it.
            let run = try await RunBilling(pool: pool).start(
                cycle: form["cycle"] ?? "", periodEnd: last.adding(days: 1),
                part: part, simulate: form["simulate"] != nil,
                author: request.principal?.name ?? "",
                today: request.today, now: request.now)
            work(run.number, request)
            return .redirect("/billing-runs/\(run.number)")
        } catch let refusal as BillingRefusal {
            let text =
                switch refusal {
                case .periodDoesNotEnd:
                    screen("An diesem Tag endet kein Zeitraum dieses Turnus.", "No period of this cycle ends on this day.")
                case .periodNotOver:
                    screen("Der Zeitraum ist noch nicht vorbei. Probeweise geht es.", "The period is not over yet. A trial is possible.")
                case .noSupplier:
                    screen(
                        "Es ist kein Lieferant veröffentlicht (Tariffs/_series/supplier.yaml).",
                        "No supplier is published (Tariffs/_series/supplier.yaml).")
                case .unknownRegion:
                    screen("Diese Region hat kein Vertrag.", "No contract has this region.")
                case .unknownListed(let words):
                    screen(
                        "Diese Nummern oder Schlüssel hat kein Vertrag und kein Konto: \(words.prefix(10).joined(separator: ", ")).",
                        refusal.explanation)
                case .runPaused(let number):
                    screen(
                        "Der Lauf \(number) pausiert. Bitte dort fortsetzen oder beenden.",
                        "Run \(number) is paused. Continue or stop it there.")
                default: refusal.explanation
                }
            let field =
                switch refusal {
                case .unknownRegion: "region"
                case .unknownListed: "listed"
                default: "lastDay"
                }
            return try await runs(screen, errors: [(field, text)], typed: form)
        }
    }

    /// Numbers and keys in lines or between commas, as they are pasted; nil where a region is named as well.
    private static func part(_ form: Fields) -> BillingPart? {
        let listed = (form["listed"] ?? "").split { $0.isWhitespace || $0 == "," || $0 == ";" }.map(String.init)
        if listed.isEmpty { return form.filled("region").map { .region($0) } ?? .whole }
        return form.filled("region") == nil ? .listed(listed) : nil
    }

    func work(_ number: String, _ request: WebRequest) {
        let billing = RunBilling(pool: pool)
        let (today, now, clock) = (request.today, request.now, request.clock)
        request.background.start("billing-run \(number)") { try await billing.work(number, today: today, clock: clock, now: now) }
    }

    /// Told twice a second until the run is finished, at most an hour: then the browser asks again by itself.
    private func progress(_ screen: Screen) async throws -> WebResponse {
        let (number, clock) = (screen.request["number"], screen.request.clock)
        _ = try await GetBillingRun(pool: pool)(number)
        return .events { events in
            for _ in 0..<7_200 {
                let run = try await GetBillingRun(pool: pool)(number, now: clock())
                let now: JSONValue = [
                    "done": .integer(run.done), "total": .integer(run.contracts), "text": .string(RunPage.words(run, screen)),
                ]
                try await events.send("progress", data: now.text)
                if run.isOver {
                    try await events.send("done", data: "{}")
                    return
                }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }
}
