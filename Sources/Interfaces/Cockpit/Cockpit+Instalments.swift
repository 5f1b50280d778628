internal import AccessOperations
internal import BillingOperations
internal import Values
internal import Web

extension CockpitInterface {
    /// What customers pay in advance: the list, the request of what falls due, and the papers.
    func addInstalments(to site: inout Site) {
        site.get("/instalments", kind: .page, allow: .permission(.readInvoices), summary: "Instalments") {
            try await instalments(self.screen($0))
        }
        site.post("/instalments", kind: .page, allow: .permission(.startBillingRuns), summary: "Request what falls due") {
            try await requestInstalments($0)
        }
        site.post("/instalments/plans", kind: .page, allow: .permission(.startBillingRuns), summary: "Decide on a plan after a correction")
        {
            try await decidePlan($0)
        }
        site.get("/instalments/{number}.pdf", kind: .page, allow: .permission(.readInvoices), summary: "A request for an instalment") {
            request in
            let (number, screen) = (request["number"], self.screen(request))
            try await look("instalment.paper", number, screen)
            let bytes = try await GetInstalment(pool: pool).pdf(number, language: screen.paperLanguage, now: request.now)
            return .attachment(bytes, "application/pdf", name: "\(number).pdf")
        }
        site.get("/contracts/{contract}/instalment-plan.pdf", kind: .page, allow: .permission(.readInvoices), summary: "A plan as a letter")
        {
            request in
            let (contract, screen) = (request["contract"], self.screen(request))
            try await look("instalment-plan.paper", contract, screen)
            let bytes = try await GetInstalmentPlan(pool: pool).pdf(contract, language: screen.paperLanguage, today: request.today)
            return .attachment(bytes, "application/pdf", name: "plan-\(contract).pdf")
        }
    }

    private func instalments(
        _ screen: Screen, error: String? = nil, planError: String? = nil, typed: Fields = Fields()
    ) async throws -> WebResponse {
        let query = screen.request.query
        let state = query.filled("state").flatMap { InstalmentRecord.Standing(rawValue: $0) } ?? .requested
        let (items, next) = try await ListInstalments(pool: pool)(standing: state, cursor: query.filled("cursor"))
        var page = InstalmentsPage(items: items, next: next, state: state, error: error, typed: typed)
        page.outdated = OutdatedPlansPanel(
            plans: try await ReviewInstalmentPlans(pool: pool)(today: screen.request.today), error: planError, typed: typed)
        page.leftBehind = PlansLeftBehindPanel(plans: try await ListPlansLeftBehind(pool: pool)(today: screen.request.today))
        if let requested = query.filled("requested").flatMap({ Int($0) }), let held = query.filled("onHold").flatMap({ Int($0) }) {
            page.report = (requested, held)
        }
        var response = screen.page(screen("Abschläge", "Instalments"), here: "/billing-runs", page.html(screen))
        if error != nil || planError != nil { response.status = 422 }
        return response
    }

    /// After a correction: plan anew by the bill as it stands, or leave the plan with a reason.
    private func decidePlan(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        let (contract, author) = (form["contract"] ?? "", request.principal?.name ?? "")
        guard let isKept = ["adopt": false, "keep": true][form["action"] ?? ""] else {
            throw Problem(.badRequest, "`action` is adopt or keep")
        }
        let review = ReviewInstalmentPlans(pool: pool)
        do {
            if isKept {
                try await review.keep(
                    contract, reason: form.filled("reason") ?? "", author: author, today: request.today, now: request.now)
            } else {
                _ = try await review.adopt(contract, author: author, today: request.today, now: request.now)
            }
        } catch let refusal as BillingRefusal {
            return try await instalments(screen, planError: BillingWords.refusal(refusal, screen), typed: form)
        }
        try await look(isKept ? "instalments.keep" : "instalments.plan", contract, screen)
        return .redirect("/instalments")
    }

    private func requestInstalments(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        // People name the last day; a customer is not asked for more than two months ahead.
        guard let last = form.filled("dueUntil").flatMap({ Day(entered: $0) }), last <= request.today.adding(days: 62) else {
            return try await instalments(
                screen,
                error: screen(
                    "Der Tag fehlt oder liegt mehr als zwei Monate voraus.", "The day is missing or more than two months ahead."),
                typed: form)
        }
        let report = try await RequestInstalments(pool: pool)(
            dueUntil: last.adding(days: 1), author: request.principal?.name ?? "", today: request.today, now: request.now)
        try await look("instalments.request", last.description, screen)
        return .redirect("/instalments?requested=\(report.requested)&onHold=\(report.onHold)")
    }
}
