internal import AccessOperations
internal import BillingOperations
internal import TariffFiles
internal import Tariffs
internal import Values
internal import Web

extension CockpitInterface {
    /// Tariffs: what is published, and what is being written.
    func addTariffCare(to site: inout Site) {
        site.get("/tariffs", kind: .page, allow: .permission(.readTariffs), summary: "Tariffs") { try await tariffs(self.screen($0)) }
        site.post("/tariff-drafts", kind: .page, allow: .permission(.publishTariffs), summary: "Begin a version of a tariff") {
            try await begin($0)
        }
        site.get("/tariff-drafts/{id}", kind: .page, allow: .permission(.readTariffs), summary: "A draft") {
            try await draft(self.screen($0))
        }
        site.post("/tariff-drafts/{id}", kind: .page, allow: .permission(.publishTariffs), summary: "Save a draft") { try await save($0) }
        site.get("/tariff-drafts/{id}/simulation", kind: .page, allow: .permission(.readTariffs), summary: "What a draft would do") {
            request in
            let screen = self.screen(request)
            let review = try await ReviewTariffDraft(pool: pool)(id(request))
            do {
                let simulation = try await SimulateTariffDraft(pool: pool)(review.draft.id)
                return screen.page(
                    screen("Wirkung", "Effect"), here: "/tariffs",
                    TariffSimulationPage(draft: review.draft, simulation: simulation).html(screen))
            } catch let refusal as TariffDraftRefusal { return try await draft(screen, refusal) }
        }
        site.post("/tariff-drafts/{id}/publish", kind: .page, allow: .permission(.publishTariffs), summary: "Publish a draft") { request in
            try await close(request, "tariff.publish") { id, version, author in
                try await PublishTariffDraft(pool: pool)(id, version: version, author: author, now: request.now)
            }
        }
        site.post("/tariff-drafts/{id}/drop", kind: .page, allow: .permission(.publishTariffs), summary: "Drop a draft") { request in
            try await close(request, "tariff.drop") { id, _, author in
                try await WriteTariffDraft(pool: pool).drop(id, author: author, now: request.now)
            }
        }
        site.translate { error in
            guard let refusal = error as? TariffDraftRefusal else { return nil }
            return switch refusal {
            case .unknownDraft, .unknownTariff: Problem(.notFound)
            default: Problem(.init(409, refusal.code, "The draft does not allow it"), "")
            }
        }
    }

    private func id(_ request: WebRequest) -> Int64 { Int64(request["id"]) ?? 0 }

    private func tariffs(_ screen: Screen, error: String? = nil) async throws -> WebResponse {
        var response = screen.page(
            screen(Words.tariffs), here: "/tariffs",
            TariffsPage(entries: try await ListTariffs(pool: pool)(), drafts: try await ReviewTariffDraft(pool: pool).list(), error: error)
                .html(
                    screen))
        if error != nil { response.status = 422 }
        return response
    }

    private func begin(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        guard let key = form.filled("tariff").flatMap({ TariffKey($0) }), let day = form.filled("from").flatMap({ Day(entered: $0) }) else {
            return try await tariffs(screen, error: screen("Der erste Tag fehlt.", "The first day is missing."))
        }
        do {
            let draft = try await WriteTariffDraft(pool: pool).open(
                key, from: day, author: request.principal?.name ?? "", now: request.now)
            try await look("tariff.draft", "\(key)/\(day)", screen)
            return .redirect("/tariff-drafts/\(draft)")
        } catch TariffDraftRefusal.alreadyOpen(let other) {
            return .redirect("/tariff-drafts/\(other)")
        } catch let refusal as TariffDraftRefusal { return try await tariffs(screen, error: words(refusal, screen)) }
    }

    /// - Parameters:
    ///   - typed: what a form that was refused said, by key of its cell.
    ///   - wrong: what is wrong with it, by key.
    private func draft(
        _ screen: Screen, _ refusal: TariffDraftRefusal? = nil, typed: [String: String] = [:], wrong: [String: String] = [:]
    ) async throws -> WebResponse {
        let review = try await ReviewTariffDraft(pool: pool)(id(screen.request))
        let effect = try await ListTariffs(pool: pool).effect(of: review.draft.key, from: review.draft.from)
        var response = screen.page(
            screen("Entwurf", "Draft"), here: "/tariffs",
            TariffDraftPage(
                review: review, effect: effect,
                error: refusal.map { words($0, screen) }
                    ?? (wrong.isEmpty
                        ? nil
                        : screen(
                            "Nichts ist gespeichert: \(wrong.count == 1 ? "eine Angabe ist" : "\(wrong.count) Angaben sind") zu berichtigen.",
                            "Nothing was saved: \(wrong.count == 1 ? "one value is" : "\(wrong.count) values are") to be corrected.")),
                typed: typed, wrong: wrong
            ).html(screen))
        if refusal != nil || !wrong.isEmpty { response.status = 422 }
        return response
    }

    private func save(_ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        let author = request.principal?.name ?? ""
        let version = form["version"].flatMap { Int32($0) } ?? 0
        let write = WriteTariffDraft(pool: pool)
        do {
            if let text = form.filled("text") {
                // A browser sends its own line ends.
                let lines = text.replacing("\r\n", with: "\n")
                try await write.save(id(request), version: version, text: Array(lines.utf8), author: author, now: request.now)
            } else {
                let sheet = try await ReviewTariffDraft(pool: pool)(id(request)).sheet
                var values: [String: String] = [:]
                var kept: [String: String] = [:]
                var wrong: [String: String] = [:]
                for cell in sheet?.cells ?? [] {
                    guard let typed = form["cell.\(cell.key)"] else { continue }
                    kept[cell.key] = typed
                    let value = price(typed, screen.language)
                    guard value != cell.value else { continue }
                    values[cell.key] = value
                    if Day(cell.value) != nil {
                        if Day(value) == nil {
                            wrong[cell.key] = screen("Bitte ein Tag wie 2027-01-01.", "Please a day such as 2027-01-01.")
                        }
                    } else if DecimalText.parse(value, scale: 8) == nil {
                        wrong[cell.key] = screen(
                            "Das ist keine Zahl. Bitte mit Komma schreiben, zum Beispiel 29,95.",
                            "This is no number. Please write it with a point, such as 29.95.")
                    }
                }
                guard wrong.isEmpty else { return try await self.draft(screen, typed: kept, wrong: wrong) }
                try await write.save(
                    id(request), version: version, values: values, recompute: form["recompute"] != nil, author: author, now: request.now)
            }
            try await look("tariff.save", "\(id(request))", screen)
            return .redirect("/tariff-drafts/\(id(request))")
        } catch let refusal as TariffDraftRefusal { return try await draft(screen, refusal) }
    }

    /// What a cell of the sheet means. A lone point in a German number may be one for thousands or one that was meant as a comma; a
    /// price thousandfold is no small mistake, so such a text is refused, not guessed.
    private func price(_ typed: String, _ language: Language) -> String {
        if Day(typed) != nil { return typed }
        if language == .german, typed.contains("."), !typed.contains(",") { return typed.replacing(".", with: "?") }
        return TypedNumber.plain(typed, language) ?? typed
    }

    private func close(
        _ request: WebRequest, _ action: String, _ body: (Int64, Int32, String) async throws -> Void
    ) async throws -> WebResponse {
        let screen = self.screen(request)
        let version = try await request.form()["version"].flatMap { Int32($0) } ?? 0
        do {
            try await body(id(request), version, request.principal?.name ?? "")
            try await look(action, "\(id(request))", screen)
            return .redirect("/tariff-drafts/\(id(request))")
        } catch let refusal as TariffDraftRefusal { return try await draft(screen, refusal) }
    }

    private func words(_ refusal: TariffDraftRefusal, _ screen: Screen) -> String {
        switch refusal {
        case .unknownTariff(let key): screen("Der Tarif \(key) ist nicht veröffentlicht.", "The tariff \(key) is not published.")
        case .unknownDraft: screen("Diesen Entwurf gibt es nicht.", "There is no such draft.")
        case .notAfter(let day):
            screen(
                "Die letzte Version gilt seit \(screen.format.day(day)); eine neue beginnt danach.",
                "The last version holds since \(screen.format.day(day)); a new one begins after it.")
        case .alreadyOpen: screen("An dieser Version wird schon geschrieben.", "This version is being written already.")
        case .closed(let state):
            state == .published
                ? screen("Der Entwurf ist veröffentlicht.", "The draft is published.")
                : screen("Der Entwurf ist verworfen.", "The draft was dropped.")
        case .overtaken(let person):
            screen(
                "\(person) hat inzwischen gespeichert. Hier steht der neue Stand; bitte tragen Sie Ihre Änderung noch einmal ein.",
                "\(person) has saved in the meantime. This is the new state; please enter your change once more.")
        case .unreadable(let error):
            TariffFaultWords.sentence(error, screen)
        case .sameperson:
            screen(
                "Eine zweite Person muss veröffentlichen; Sie haben daran geschrieben.",
                "A second person has to publish; you wrote a part of it.")
        case .faulty(let errors): errors.map { TariffFaultWords.sentence($0, screen) }.joined(separator: " ")
        }
    }
}
