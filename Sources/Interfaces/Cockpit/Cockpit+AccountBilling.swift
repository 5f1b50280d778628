internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import PartnerOperations
internal import Partners
internal import Values
internal import Web

extension CockpitInterface {
    /// Billing of one account: holds, instalments, what waits.
    func addAccountBilling(to site: inout Site) {
        site.get("/accounts/{account}/billing", kind: .page, allow: .permission(.readInvoices), summary: "Billing of an account") {
            request in
            try await accountBilling(request["account"], self.screen(request))
        }
        site.post("/accounts/{account}/instalments", kind: .page, allow: .permission(.startBillingRuns), summary: "Plan instalments") {
            request in
            try await planInstalments(request)
        }
        site.post("/accounts/{account}/final-bills", kind: .page, allow: .permission(.startBillingRuns), summary: "Write a final bill") {
            request in
            try await finalBill(request)
        }
        site.post("/accounts/{account}/interim-bills", kind: .page, allow: .permission(.startBillingRuns), summary: "Write an interim bill")
        {
            request in
            try await interimBill(request)
        }
    }

    /// A bill on demand, at once: a run over one contract of the account up to a day.
    private func interimBill(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        func refuse(_ german: String, _ english: String) async throws -> WebResponse {
            try await accountBilling(request["account"], screen, errors: [("last", screen(german, english))], typed: form)
        }
        guard let contract = form.filled("contract"),
            let own = try await GetPartner(pool: pool).ofAccount(request["account"])?.contracts,
            own.contains(where: { $0.number.description == contract })
        else { throw Problem(.badRequest, "no contract of this account") }
        guard let last = form.filled("last").flatMap({ Day(entered: $0) }), last < request.today else {
            return try await refuse(
                "Der letzte abzurechnende Tag fehlt oder ist noch nicht vorbei.", "The last day to bill is missing or not over yet.")
        }
        do {
            let run = try await RunBilling(pool: pool)(
                cycle: "interim", periodEnd: last.adding(days: 1), part: .listed([contract]), author: request.principal?.name ?? "",
                today: request.today, clock: request.clock, now: request.now)
            try await look("interim-bill", contract, screen)
            guard run.contracts > 0 else { return try await refuse("Diese Tage sind schon abgerechnet.", "These days are billed already.") }
            let issued = try await ListInvoices(pool: pool)(.init(run: run.number), limit: 1).invoices.first
            return .redirect(issued.map { "/invoices/\(PercentCoding.encode($0.number))" } ?? "/billing-runs/\(run.number)")
        } catch let refusal as BillingRefusal {
            return try await accountBilling(
                request["account"], screen, errors: [("last", BillingWords.refusal(refusal, screen))], typed: form)
        }
    }

    /// The final bill of one contract, at once: a run over it alone. What came of it is the next page: the bill, or why there is none.
    private func finalBill(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let contract = try await request.form()["contract"] ?? ""
        let ended = try await EndedContracts(pool: pool)(account: request["account"], today: request.today, limit: 1_000)
        guard ended.contains(where: { $0.number == contract }) else {
            return try await accountBilling(
                request["account"], screen,
                errors: [
                    (
                        "contract",
                        screen(
                            "Dieser Vertrag wartet auf keine Schlussrechnung: Er läuft noch, oder er ist abgerechnet.",
                            "This contract waits for no final bill: it has not ended, or it is billed.")
                    )
                ])
        }
        do {
            let run = try await RunBilling(pool: pool)(
                cycle: "final", periodEnd: request.today, part: .listed([contract]), author: request.principal?.name ?? "",
                today: request.today, clock: request.clock, now: request.now)
            try await look("final-bill", contract, screen)
            let issued = try await ListInvoices(pool: pool)(.init(run: run.number), limit: 1).invoices.first
            return .redirect(issued.map { "/invoices/\(PercentCoding.encode($0.number))" } ?? "/billing-runs/\(run.number)")
        } catch let refusal as BillingRefusal {
            return try await accountBilling(
                request["account"], screen, errors: [("contract", BillingWords.refusal(refusal, screen))])
        }
    }

    /// Holds and instalments of an account, for the pages that show them.
    func billing(of account: String, _ overview: PartnerOverview?) async throws -> AccountBilling {
        // A contract whose terms changed has several stretches; the last one speaks for it.
        var latest: [String: PartnerOverview.ContractEntry] = [:]
        for contract in overview?.contracts ?? [] where contract.account.description == account {
            let known = latest[contract.number.description]
            if known.map({ $0.valid.from < contract.valid.from }) ?? true { latest[contract.number.description] = contract }
        }
        let holds = try await HoldBilling(pool: pool).list(limit: 10_000).filter { hold in
            hold.account == account || hold.contract.map { latest[$0] != nil } == true
        }
        let instalments = try await ListInstalments(pool: pool)(account: account, limit: 500).items.filter { $0.state != .withdrawn }
        return AccountBilling(
            account: account, contracts: latest.values.sorted { $0.number.description < $1.number.description }, holds: holds,
            instalments: instalments.sorted { ($0.due, $0.id) < ($1.due, $1.id) }.suffix(36))
    }

    func accountBilling(
        _ name: String, _ screen: Screen, errors: [(field: String, text: String)] = [], typed: Fields = Fields()
    ) async throws -> WebResponse {
        guard let overview = try await GetPartner(pool: pool).ofAccount(name),
            let account = overview.accounts.first(where: { $0.number.description == name || $0.key == name })?.number.description
        else { throw Problem(.notFound) }
        try await look("account.billing", account, screen)
        var page = try await billing(of: account, overview)
        page.held = try await ListHeldInvoices(pool: pool)(.init(account: account), limit: 50).items
        page.corrections = try await ListCorrections(pool: pool)(state: nil, account: account, limit: 50).items
        page.ended = try await EndedContracts(pool: pool)(account: account, today: screen.request.today)
        page.outdated = try await ReviewInstalmentPlans(pool: pool)(account: account, today: screen.request.today)
        page.leftBehind = try await ListPlansLeftBehind(pool: pool)(account: account, today: screen.request.today)
        page.errors = errors
        page.typed = typed
        let partner = screen.may(.readPartners) ? overview.partner : nil
        var response = screen.page(
            "\(screen("Abrechnung des Kontos", "Billing of the account")) \(account)", here: "/billing-runs",
            page.html(screen, partner: partner))
        if !errors.isEmpty { response.status = 422 }
        return response
    }

    private func planInstalments(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        let name = request["account"]
        guard let overview = try await GetPartner(pool: pool).ofAccount(name) else { throw Problem(.notFound) }
        let contract = form["contract"] ?? ""
        let isOwn = overview.contracts.contains { entry in
            entry.number.description == contract
                && overview.accounts.contains { $0.number == entry.account && ($0.number.description == name || $0.key == name) }
        }
        guard isOwn else { throw Problem(.badRequest, "no contract of this account") }
        var errors: [(field: String, text: String)] = []
        let count = form.filled("count").flatMap { Int($0) }.flatMap { (1...12).contains($0) ? $0 : nil }
        if count == nil { errors.append(("count", screen("Ein Jahr hat 1 bis 12 Abschläge.", "A year has 1 to 12 instalments."))) }
        let day = form.filled("firstDue").flatMap { Day(entered: $0) }
        if day == nil { errors.append(("firstDue", screen("Der erste Tag fehlt oder ist keiner.", "The first day is missing or none."))) }
        let typed = form.filled("yearly")
        let yearly = typed.flatMap { AccountPage.amount($0, language: request.language) }
        if typed != nil, yearly.map({ $0 <= .zero }) ?? true {
            errors.append(
                ("yearly", screen("Das ist kein Betrag, zum Beispiel 1.234,56.", "That is no amount, for example 1,234.56.")))
        }
        guard errors.isEmpty, let count, let day else { return try await accountBilling(name, screen, errors: errors, typed: form) }
        do {
            _ = try await PlanInstalments(pool: pool)(
                contract: contract, yearly: yearly, rule: InstalmentRule(count: count, firstDue: day),
                author: request.principal?.name ?? "", now: request.now)
        } catch let refusal as BillingRefusal {
            var field = "yearly"
            if case .firstInstalmentOutside = refusal { field = "firstDue" }
            return try await accountBilling(name, screen, errors: [(field, BillingWords.refusal(refusal, screen))], typed: form)
        }
        try await look("instalments.plan", contract, screen)
        return .redirect("/accounts/\(PercentCoding.encode(name))/billing#instalments")
    }
}
