internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import Values
internal import Web

extension CockpitInterface {
    /// The thresholds of the checks before issue.
    func addBillChecks(to site: inout Site) {
        site.get("/bill-checks", kind: .page, allow: .permission(.readBillingRuns), summary: "The thresholds of the bill checks") {
            request in
            try await billChecks(self.screen(request))
        }
        site.post("/bill-checks", kind: .page, allow: .permission(.startBillingRuns), summary: "Set a threshold of the bill checks") {
            request in try await setBillCheck(request)
        }
    }

    private func billChecks(
        _ screen: Screen, typed: Fields = Fields(), errors: [(field: String, text: String)] = []
    ) async throws -> WebResponse {
        let day = screen.request.query.filled("on").flatMap { Day($0) } ?? screen.request.today
        let page = BillChecksPage(
            entries: try await ListCheckParameters(pool: pool)(on: day), day: day, typed: typed, errors: errors,
            isDone: errors.isEmpty && screen.request.query["done"] != nil)
        var response = screen.page(screen("Prüfgrenzen", "Bill checks"), here: "/billing-runs", page.html(screen))
        if !errors.isEmpty { response.status = 422 }
        return response
    }

    private func setBillCheck(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        let parts = (form["key"] ?? "").split(separator: "/").map(String.init)
        guard parts.count == 2, let commodity = Commodity(rawValue: parts[0]), let customers = CheckBook.Customers(rawValue: parts[1]),
            let setting = CheckSetting.named(form["name"] ?? "")
        else { throw Problem(.badRequest, "key and name") }
        var errors: [(field: String, text: String)] = []
        let from = form.filled("from").flatMap { Day($0) }
        if from == nil { errors.append(("from", screen("Der erste Tag fehlt.", "The first day is missing."))) }
        // People name the last day; a period ends before its end.
        let last = form.filled("last").flatMap { Day($0) }
        let valid = from.flatMap { DayRange(checked: $0, until: last?.adding(days: 1)) }
        if from != nil, valid == nil || (form.filled("last") != nil && last == nil) {
            errors.append(("last", screen("Der letzte Tag liegt vor dem ersten.", "The last day lies before the first.")))
        }
        if form.filled("reason") == nil { errors.append(("reason", screen("Sagen Sie mit einem Satz, warum.", "Say in a sentence why."))) }
        let typed = form.filled("value") ?? ""
        let value = screen.language == .german ? typed.replacing(".", with: "").replacing(",", with: ".") : typed.replacing(",", with: "")
        guard errors.isEmpty, let valid else { return try await billChecks(screen, typed: form, errors: errors) }
        do {
            try await SetCheckParameter(pool: pool)(
                .init(.init(commodity, customers), valid: valid, values: [setting.name: value]), author: request.principal?.name ?? "",
                reason: form.filled("reason") ?? "", now: request.now)
        } catch is SetCheckParameter.Refusal {
            return try await billChecks(
                screen, typed: form,
                errors: [
                    (
                        "value",
                        screen(
                            "„\(typed.prefix(64))“ ist kein Wert für: \(setting.german).",
                            "“\(typed.prefix(64))” is no value for: \(setting.english).")
                    )
                ])
        }
        try await look("bill-checks.set", "\(commodity.rawValue)/\(customers.rawValue)/\(setting.name)", screen)
        return .redirect("/bill-checks?done=1")
    }
}
