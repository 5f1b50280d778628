internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import MeteringOperations
internal import VEE
internal import Values
internal import Web

extension CockpitInterface {
    /// The thresholds of the rules and of the checks before issue: which hold, who set them, and setting one.
    func addThresholds(to site: inout Site) {
        add(
            ThresholdSection<ValidationParameters>(
                path: "/validation-parameters", here: "/findings", read: .readFindings, change: .manageValidation,
                command: "validation.set", summary: ("The thresholds of the rules", "Set a threshold"),
                title: Phrase("Grenzwerte", "Thresholds"),
                head: { screen in
                    """
                    <p><a href="/findings">\(screen(Words.worklist))</a></p><h1>\(screen("Grenzwerte der Regeln", "Thresholds of the rules"))</h1>
                    """
                },
                noun: Phrase("Grenzwert", "Threshold"), setOne: Phrase("Einen Grenzwert setzen", "Set a threshold"),
                done: Phrase(
                    "Der Grenzwert ist gesetzt; was ab jetzt kommt, wird danach beurteilt.",
                    "The threshold is set; what comes from now on is judged by it."),
                reference: Phrase("Regel", "Rule"), shownReference: { name, _ in name }, mayBeOff: true,
                shownNames: { names, screen in
                    let rules = (names ?? "").split(separator: ",").map { name -> HTML in
                        let rule = RuleCatalog.rule(named: String(name))
                        return "<li>\(rule.map { screen($0.german, $0.english) } ?? String(name))</li>"
                    }
                    return rules.isEmpty ? "\(screen(Words.none))" : "<ul>\(rules)</ul>"
                }), to: &site)
        add(
            ThresholdSection<CheckParameters>(
                path: "/bill-checks", here: "/billing-runs", read: .readBillingRuns, change: .manageBillChecks, command: "bill-checks.set",
                summary: ("The thresholds of the bill checks", "Set a threshold of the bill checks"),
                title: Phrase("Prüfgrenzen", "Bill checks"),
                head: { screen in
                    """
                    <div class="head"><h1>\(screen("Prüfgrenzen der Rechnungen", "Thresholds of the bill checks"))</h1>\(BillingSection.links(screen, here: "/bill-checks"))</div>
                    """
                },
                noun: Phrase("Grenze", "Threshold"), setOne: Phrase("Eine Grenze setzen", "Set a threshold"),
                done: Phrase(
                    "Die Grenze ist gesetzt; Rechnungen dieser Tage werden danach geprüft.",
                    "The threshold is set; bills of these days are checked by it."),
                reference: Phrase("Prüfung", "Check"), shownReference: { BillingWords.title($0, $1) }, mayBeOff: false,
                shownNames: { name, _ in "\(name)" }), to: &site)
    }

    private func add<Kind>(_ section: ThresholdSection<Kind>, to site: inout Site) {
        site.get(section.path, kind: .page, allow: .permission(section.read), summary: section.summary.page) { request in
            try await show(section, screen(request))
        }
        site.post(section.path, kind: .page, allow: .permission(section.change), summary: section.summary.form) { request in
            try await set(section, request)
        }
    }

    private func show<Kind>(
        _ section: ThresholdSection<Kind>, _ screen: Screen, typed: Fields? = nil, errors: [(field: String, text: String)] = []
    ) async throws -> WebResponse {
        let chosen = typed ?? screen.request.query
        let day = screen.request.query.filled("on").flatMap { Day(entered: $0) } ?? screen.request.today
        let page = ThresholdsPage<Kind>(
            section: section, entries: try await ListThresholds(pool: pool)(on: day), day: day,
            key: .init(
                chosen.filled("commodity").flatMap { Commodity(rawValue: $0) } ?? .electricity,
                chosen.filled("class").flatMap { CustomerClass(rawValue: $0) } ?? .household),
            typed: typed, errors: errors, isDone: typed == nil && screen.request.query["done"] != nil)
        var response = screen.page(screen(section.title), here: section.here, page.html(screen))
        if !errors.isEmpty { response.status = 422 }
        return response
    }

    private func set<Kind>(_ section: ThresholdSection<Kind>, _ request: WebRequest) async throws -> WebResponse {
        let screen = self.screen(request)
        let form = try await request.form()
        guard let commodity = form.filled("commodity").flatMap({ Commodity(rawValue: $0) }),
            let customer = form.filled("class").flatMap({ CustomerClass(rawValue: $0) })
        else { throw Problem(.badRequest, "commodity and class") }
        var errors: [(field: String, text: String)] = []
        let name = form.filled("name") ?? ""
        let isOff = section.mayBeOff && form["off"] != nil
        let typed = form.filled("value")
        if typed == nil, !isOff {
            let mend = section.mayBeOff ? screen("; zum Abschalten setzen Sie den Haken", "; tick the box to switch off") : ""
            errors.append(("value", screen("Der Wert fehlt\(mend).", "The value is missing\(mend).")))
        }
        let from = form.filled("from").flatMap { Day(entered: $0) }
        if from == nil { errors.append(("from", screen("Der erste Tag fehlt.", "The first day is missing."))) }
        // People name the last day; a period ends before its end.
        let last = form.filled("last").map { Day(entered: $0) }
        let valid = from.flatMap { from in DayRange(checked: from, until: last??.adding(days: 1)) }
        if let from, last != nil, last??.adding(days: 1) ?? from <= from {
            errors.append(("last", screen("Der letzte Tag liegt vor dem ersten.", "The last day lies before the first.")))
        }
        if form.filled("reason") == nil { errors.append(("reason", screen("Sagen Sie mit einem Satz, warum.", "Say in a sentence why."))) }
        guard errors.isEmpty, let valid else { return try await show(section, screen, typed: form, errors: errors) }
        let isNumeric = Kind.setting(named: name)?.isNumeric == true
        // Of a text that is more than a number only the comma of German hands changes.
        func plain(_ text: String) -> String {
            TypedNumber.plain(text, screen.language) ?? (screen.language == .german ? text.replacing(",", with: ".") : text)
        }
        let value = isOff ? nil : typed.map { isNumeric ? plain($0) : $0 }
        do {
            try await SetThresholds<Kind>(pool: pool)(
                ThresholdChange(ThresholdKey(commodity, customer), valid: valid, values: [name: value]),
                author: request.principal?.name ?? "", reason: form.filled("reason") ?? "", now: request.now)
        } catch let refusal as ThresholdRefusal {
            let meaning = Kind.setting(named: name).map { screen($0.german, $0.english) } ?? name
            return try await show(section, screen, typed: form, errors: [words(refusal.fault, typed: typed, meaning, screen)])
        }
        try await look(section.command, "\(commodity.rawValue)/\(customer.rawValue)/\(name)", screen)
        return .redirect("\(section.path)?commodity=\(commodity.rawValue)&class=\(customer.rawValue)&on=\(valid.from)&done=1")
    }

    /// The field and what is wrong with it.
    private func words(
        _ fault: ThresholdRefusal.Fault, typed: String?, _ meaning: String, _ screen: Screen
    ) -> (field: String, text: String) {
        switch fault {
        case .unknown(let name):
            return ("name", screen("Den Grenzwert „\(name.prefix(64))“ gibt es nicht.", "There is no threshold “\(name.prefix(64))”."))
        case .badValue(_, _?):
            let text = (typed ?? "").prefix(64)
            return ("value", screen("„\(text)“ ist kein Wert für: \(meaning).", "“\(text)” is no value for: \(meaning)."))
        case .badValue(_, nil):
            let german = "Das lässt sich nicht abschalten: \(meaning). Schalten Sie die Regel selbst ab."
            return ("value", screen(german, "This cannot be switched off: \(meaning). Switch off the rule itself."))
        case .nothingToChange: return ("name", screen("Wählen Sie einen Grenzwert.", "Choose a threshold."))
        case .noReason: return ("reason", screen("Sagen Sie mit einem Satz, warum.", "Say in a sentence why."))
        }
    }
}
