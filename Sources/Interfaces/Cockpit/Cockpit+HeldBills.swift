internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import LedgerOperations
internal import Values
internal import Web

extension CockpitInterface {
    /// The worklist of held bills, and holds on contracts and accounts.
    func addHeldBills(to site: inout Site) {
        site.get("/held-bills", kind: .page, allow: .permission(.readInvoices), summary: "Bills that are kept back") { request in
            try await heldBills(self.screen(request))
        }
        site.get("/held-bills/{id}", kind: .page, allow: .permission(.readInvoices), summary: "A held bill as it would go out") { request in
            let screen = self.screen(request)
            guard let id = Int64(request["id"]) else { throw Problem(.notFound) }
            let (held, bill): (HeldInvoice, Invoice?)
            do { (held, bill) = try await PreviewHeldInvoice(pool: pool)(id, today: request.today) } catch BillingRefusal.unknownHeldInvoice
            {
                throw Problem(.notFound)
            }
            let page = HeldBillPage(held, bill, language: screen.paperLanguage)
            return screen.page(screen("Angehaltene Rechnung", "Held bill"), here: "/billing-runs", page.html(screen))
        }
        site.post("/held-bills", kind: .page, allow: .permission(.releaseInvoices), summary: "Release or check held bills") { request in
            try await decideHeldBills(request)
        }
        site.post("/billing-holds", kind: .page, allow: .permission(.holdInvoices), summary: "Stop a contract or account, or let it go") {
            request in
            try await hold(request)
        }
    }

    private func heldBills(_ screen: Screen, error: String? = nil, typed: Fields = Fields()) async throws -> WebResponse {
        let query = screen.request.query
        let state: HeldInvoice.State? = query["state"] == "all" ? nil : query["state"].flatMap { HeldInvoice.State(rawValue: $0) } ?? .held
        let filter = ListHeldInvoices.Filter(
            state: state, run: query.filled("run"), account: query.filled("account"), code: query.filled("code"))
        let (items, next) = try await ListHeldInvoices(pool: pool)(filter, cursor: query.filled("cursor"), limit: 50)
        var page = HeldBillsPage(items: items, next: next, filter: filter, error: error, typed: typed)
        if query.filled("cursor") == nil {
            page.noticed = try await ListBillNotices(pool: pool)(
                run: filter.run, account: filter.account, code: filter.code, limit: 50)
        }
        page.holds = try await HoldBilling(pool: pool).list(limit: 200)
        if query["done"] != nil {
            page.outcome = .init(
                issued: (query.filled("issued") ?? "").split(separator: ",").prefix(50).map(String.init),
                held: query["held"].flatMap { Int($0) } ?? 0, refused: query["refused"].flatMap { Int($0) } ?? 0,
                settled: query["settled"].flatMap { Int($0) } ?? 0)
        }
        var response = screen.page(screen("Angehaltene Rechnungen", "Held bills"), here: "/billing-runs", page.html(screen))
        if error != nil { response.status = 422 }
        return response
    }

    /// One after the other, each in a transaction of its own: one that cannot go does not stop the others.
    private func decideHeldBills(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        let ids = form.all("id").compactMap { Int64($0) }
        guard !ids.isEmpty else {
            return try await heldBills(
                screen, error: screen("Wählen Sie mindestens eine Rechnung aus.", "Select at least one bill."), typed: form)
        }
        let isRelease = form["action"] != "recheck"
        let reason = form.filled("reason")
        if isRelease, reason == nil { return try await heldBills(screen, error: BillingWords.refusal(.noReason, screen), typed: form) }
        let author = request.principal?.name ?? ""
        var outcome = HeldBillsPage.Outcome()
        for id in ids {
            do {
                let held =
                    isRelease
                    ? try await ReleaseHeldInvoice(pool: pool)(
                        id, reason: reason ?? "", author: author, today: request.today, now: request.now)
                    : try await ReleaseHeldInvoice(pool: pool).recheck(id, author: author, today: request.today, now: request.now)
                if let number = held.invoice {
                    outcome.issued.append(number)
                } else if held.state == .held {
                    outcome.held += 1
                } else if held.state == .withdrawn {
                    outcome.settled += 1
                }
                try await look(isRelease ? "held-invoice.release" : "held-invoice.recheck", held.invoice ?? "\(id)", screen)
            } catch is BillingRefusal { outcome.refused += 1 }
        }
        let issued = PercentCoding.encode(outcome.issued.prefix(50).joined(separator: ","))
        return .redirect("/held-bills?done=1&issued=\(issued)&settled=\(outcome.settled)&held=\(outcome.held)&refused=\(outcome.refused)")
    }

    /// `subject` is `account:` or `contract:` and a number; `account`, where given, is the page to go back to.
    private func hold(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        let halves = (form["subject"] ?? "").split(separator: ":", maxSplits: 1).map(String.init)
        guard halves.count == 2, ["account", "contract"].contains(halves[0]) else { throw Problem(.badRequest, "no subject of a hold") }
        let subject: HoldBilling.Subject = halves[0] == "account" ? .account(halves[1]) : .contract(halves[1])
        let isLift = form["action"] == "lift"
        let (reason, author) = (form.filled("reason") ?? "", request.principal?.name ?? "")
        do {
            let holds = HoldBilling(pool: pool)
            if isLift {
                _ = try await holds.lift(subject, reason: reason, author: author, now: request.now)
            } else {
                _ = try await holds.hold(subject, reason: reason, author: author, now: request.now)
            }
        } catch let refusal as BillingRefusal {
            let text = BillingWords.refusal(refusal, screen)
            guard let account = form.filled("account") else { return try await heldBills(screen, error: text) }
            return try await accountBilling(account, screen, errors: [("reason", text)], typed: form)
        }
        try await look(isLift ? "billing-hold.lift" : "billing-hold.set", halves[1], screen)
        guard let account = form.filled("account") else { return .redirect("/held-bills#holds") }
        return .redirect("/accounts/\(PercentCoding.encode(account))/billing#holds")
    }
}
