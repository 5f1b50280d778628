internal import AccessOperations
internal import MeteringOperations
internal import VEE
internal import Values
internal import Web

extension CockpitInterface {
    /// The thresholds of the rules: which hold, who set them, and setting one.
    func addValidation(to site: inout Site) {
        site.get(
            "/validation-parameters", kind: .page, allow: .permission(.readFindings), summary: "The thresholds of the rules"
        ) { request in try await thresholds(self.screen(request)) }
        site.post(
            "/validation-parameters", kind: .page, allow: .permission(.manageValidation), summary: "Set a threshold"
        ) { request in try await setThreshold(request) }
    }

    private func thresholds(
        _ screen: Screen, typed: Fields? = nil, errors: [(field: String, text: String)] = []
    ) async throws -> WebResponse {
        let chosen = typed ?? screen.request.query
        let day = screen.request.query.filled("on").flatMap { Day($0) } ?? screen.request.today
        let page = ValidationParametersPage(
            entries: try await ListValidationParameters(pool: pool)(on: day), day: day,
            key: .init(
                chosen.filled("commodity").flatMap { Commodity(rawValue: $0) } ?? .electricity,
                chosen.filled("class").flatMap { CustomerClass(rawValue: $0) } ?? .household),
            typed: typed, errors: errors, isDone: typed == nil && screen.request.query["done"] != nil)
        var response = screen.page(screen("Grenzwerte", "Thresholds"), here: "/findings", page.html(screen))
        if !errors.isEmpty { response.status = 422 }
        return response
    }

    private func setThreshold(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        guard let commodity = form.filled("commodity").flatMap({ Commodity(rawValue: $0) }),
            let customer = form.filled("class").flatMap({ CustomerClass(rawValue: $0) })
        else { throw Problem(.badRequest, "commodity and class") }
        var errors: [(field: String, text: String)] = []
        let name = form.filled("name") ?? ""
        let value = value(form, name, screen)
        if value == nil, form["off"] == nil {
            errors.append(
                (
                    "value",
                    screen("Der Wert fehlt; zum Abschalten setzen Sie den Haken.", "The value is missing; tick the box to switch off.")
                )
            )
        }
        let from = form.filled("from").flatMap { Day($0) }
        if from == nil { errors.append(("from", screen("Der erste Tag fehlt.", "The first day is missing."))) }
        // People name the last day; a period ends before its end.
        let last = form.filled("last").map { Day($0) }
        let valid = from.flatMap { from in DayRange(checked: from, until: last??.adding(days: 1)) }
        if let from, last != nil, last??.adding(days: 1) ?? from <= from {
            errors.append(("last", screen("Der letzte Tag liegt vor dem ersten.", "The last day lies before the first.")))
        }
        if form.filled("reason") == nil { errors.append(("reason", screen("Sagen Sie mit einem Satz, warum.", "Say in a sentence why."))) }
        guard errors.isEmpty, let valid else { return try await thresholds(screen, typed: form, errors: errors) }
        do {
            try await SetValidationParameter(pool: pool)(
                .init(.init(commodity, customer), valid: valid, values: [name: form["off"] == nil ? value : nil]),
                author: request.principal?.name ?? "", reason: form.filled("reason") ?? "", now: request.now)
        } catch let refusal as SetValidationParameter.Refusal {
            return try await thresholds(screen, typed: form, errors: [ValidationParametersPage.words(refusal, screen)])
        }
        try await look("validation.set", "\(commodity.rawValue)/\(customer.rawValue)/\(name)", screen)
        return .redirect("/validation-parameters?commodity=\(commodity.rawValue)&class=\(customer.rawValue)&on=\(valid.from)&done=1")
    }

    /// The value as programs write it: a decimal without its comma; names of rules stay apart by commas.
    private func value(_ form: Fields, _ name: String, _ screen: Screen) -> String? {
        guard let typed = form.filled("value") else { return nil }
        return screen.language == .german && name != "switchedOff" ? typed.replacing(",", with: ".") : typed
    }
}
