internal import AccessOperations
internal import MeteringOperations
internal import VEE
internal import Values
internal import Web

/// The thresholds by which readings are judged, for one commodity and class on a day: their values, who set them and why, and a
/// form to set one from a day on. What held before stays as it was.
struct ValidationParametersPage: Sendable {
    /// Of all commodities and classes.
    let entries: [ListValidationParameters.Entry]
    let day: Day
    let key: ParameterBook.Key
    /// The form that was refused.
    let typed: Fields?
    let errors: [(field: String, text: String)]
    let isDone: Bool

    private var entry: ListValidationParameters.Entry? { entries.first { $0.key == key } }

    func html(_ screen: Screen) -> HTML {
        """
        <p><a href="/findings">\(screen(Words.worklist))</a></p><h1>\(screen("Grenzwerte der Regeln", "Thresholds of the rules"))</h1>\
        \(Parts.errors(screen, errors))\(isDone ? Parts.notice(.good, "\(screen("Der Grenzwert ist gesetzt; was ab jetzt kommt, wird danach beurteilt.", "The threshold is set; what comes from now on is judged by it."))") : .nothing)\
        \(choice(screen))\(table(screen))\(form(screen))\(past(screen))
        """
    }

    // MARK: what holds

    private func choice(_ screen: Screen) -> HTML {
        """
        <form class="filter" action="/validation-parameters"><div><label for="of-commodity">\(screen("Sparte", "Commodity"))</label>\(commodities("of-commodity", screen))</div>\
        <div><label for="of-class">\(screen("Kundengruppe", "Class"))</label>\(classes("of-class", screen))</div>\
        <div><label for="on">\(screen("am", "on"))</label><input type="date" id="on" name="on" value="\(day.description)"></div><button>\(screen(Words.show))</button></form>
        """
    }

    private func commodities(_ id: String, _ screen: Screen) -> HTML {
        let options = Commodity.allCases.map {
            ValidationParametersPage.option($0.rawValue, screen(Words.commodity($0)), $0 == key.commodity)
        }
        return "<select id=\"\(id)\" name=\"commodity\">\(options)</select>"
    }

    private func classes(_ id: String, _ screen: Screen) -> HTML {
        let options = CustomerClass.allCases.map {
            ValidationParametersPage.option($0.rawValue, screen(ValidationParametersPage.word($0)), $0 == key.customer)
        }
        return "<select id=\"\(id)\" name=\"class\">\(options)</select>"
    }

    private static func option(_ value: String, _ word: String, _ isChosen: Bool) -> HTML {
        "<option value=\"\(value)\"\(raw: isChosen ? " selected" : "")>\(word)</option>"
    }

    private func table(_ screen: Screen) -> HTML {
        let title =
            "\(screen(Words.commodity(key.commodity))), \(screen(ValidationParametersPage.word(key.customer))), \(screen.format.day(day))"
        guard let entry else { return .nothing }
        let lines = ParameterSetting.all.map { setting -> Listing.Line in
            // The latest change that names it and holds on the day.
            let source = entry.history.first { $0.change.values[setting.name] != nil && $0.change.valid.contains(day) }
            return Listing.Line([
                "<span id=\"set-\(setting.name)\">\(screen(setting.german, setting.english))</span><br><code>\(setting.name)</code>",
                "\(setting.reference)", shown(setting.value(in: entry.parameters), setting, screen),
                source.map { "<span class=\"day\">\(screen.format.period($0.change.valid))</span>" }
                    ?? Parts.chip(screen("Vorgabe", "default")),
                "\(source?.author)", "\(source?.reason)",
            ])
        }
        return Parts.panel(
            title,
            Listing(
                caption: title,
                columns: [
                    .init(screen("Grenzwert", "Threshold")), .init(screen("Regel", "Rule")), .init(screen(Words.value), number: true),
                    .init(screen(Words.validity)), .init(screen("von", "by")), .init(screen(Words.reason)),
                ], lines: lines, empty: ""
            ).html())
    }

    private func shown(_ value: String?, _ setting: ParameterSetting, _ screen: Screen) -> HTML {
        guard let value else {
            return setting.name == "switchedOff" ? "\(screen(Words.none))" : Parts.chip(screen("aus", "off"))
        }
        guard setting.name == "switchedOff" else { return "\(screen.format.decimal(value))" }
        let rules = value.split(separator: ",").map { name -> HTML in
            let rule = RuleCatalog.rule(named: String(name))
            return "<li>\(rule.map { screen($0.german, $0.english) } ?? String(name))</li>"
        }
        return "<ul>\(rules)</ul>"
    }

    // MARK: setting one

    private func form(_ screen: Screen) -> HTML {
        guard screen.may(.manageValidation) else { return .nothing }
        let name = typed?["name"] ?? ""
        let options = ParameterSetting.all.map { setting in
            ValidationParametersPage.option(
                setting.name, "\(setting.reference) · \(screen(setting.german, setting.english))", setting.name == name)
        }
        func field(_ name: String, _ label: String, type: String = "text", hint: String? = nil, required: Bool = false) -> HTML {
            Parts.field(
                name, label, type: type, value: typed?[name] ?? "", hint: hint, error: errors.first { $0.field == name }?.text,
                required: required, attributes: " autocomplete=\"off\" maxlength=\"2000\"")
        }
        return Parts.panel(
            screen("Einen Grenzwert setzen", "Set a threshold"), id: "set",
            """
            <form method="post" action="/validation-parameters">\(screen.csrf)\
            <div class="field"><label for="set-commodity">\(screen("Sparte", "Commodity"))</label>\(commodities("set-commodity", screen))</div>\
            <div class="field"><label for="set-class">\(screen("Kundengruppe", "Class"))</label>\(classes("set-class", screen))</div>\
            <div class="field"><label for="name">\(screen("Grenzwert", "Threshold"))</label><select id="name" name="name">\(options)</select></div>\
            \(field("value", screen(Words.value)))\
            <p><label><input type="checkbox" name="off" value="1"\(raw: typed?["off"] == nil ? "" : " checked")> \(screen("abschalten", "switch off"))</label></p>\
            \(field("from", screen("Erster Tag", "First day"), type: "date", required: true))\
            \(field("last", screen("Letzter Tag", "Last day"), type: "date", hint: screen("leer: bis auf Weiteres", "empty: until further notice")))\
            \(field("reason", screen(Words.reason), required: true))\
            <div class="verbs"><button class="first">\(screen(Words.save))</button></div></form>
            """)
    }

    // MARK: what was set

    /// All that was ever set, for all commodities and classes, the latest first.
    private func past(_ screen: Screen) -> HTML {
        let lines = entries.flatMap(\.history).sorted { $0.id > $1.id }.map { record -> Listing.Line in
            let values = record.change.values.sorted { $0.key < $1.key }.map { name, value -> HTML in
                let setting = ParameterSetting.named(name)
                let text = value.map { name == "switchedOff" ? $0 : screen.format.decimal($0) } ?? screen("aus", "off")
                return "<li>\(setting.map { screen($0.german, $0.english) } ?? name): \(text)</li>"
            }
            return Listing.Line([
                "\(screen(Words.commodity(record.change.key.commodity))), \(screen(ValidationParametersPage.word(record.change.key.customer)))",
                "<ul>\(values)</ul>", "<span class=\"day\">\(screen.format.period(record.change.valid))</span>", "\(record.author)",
                "\(record.reason)", "<span class=\"day\">\(screen.format.moment(record.recordedAt))</span>",
            ])
        }
        let title = screen("Änderungen", "Changes")
        return Parts.panel(
            title, id: "changes",
            Listing(
                caption: title,
                columns: [
                    .init(screen("Für wen", "For whom")), .init(screen("Was", "What")), .init(screen(Words.validity)),
                    .init(screen("von", "by")), .init(screen(Words.reason)), .init(screen("Wann", "When")),
                ], lines: lines,
                empty: screen("Es gelten überall die Vorgaben.", "The defaults hold everywhere.")
            ).html())
    }

    // MARK: words

    static func word(_ customer: CustomerClass) -> Phrase {
        switch customer {
        case .household: Phrase(customer.german, "Household")
        case .commercial: Phrase(customer.german, "Commercial")
        case .industrial: Phrase(customer.german, "Industrial")
        }
    }

    /// The field and what is wrong with it.
    static func words(_ refusal: SetValidationParameter.Refusal, _ screen: Screen) -> (field: String, text: String) {
        func meaning(_ name: String) -> String { ParameterSetting.named(name).map { screen($0.german, $0.english) } ?? name }
        return switch refusal {
        case .unknown(let name):
            ("name", screen("Den Grenzwert „\(name.prefix(64))“ gibt es nicht.", "There is no threshold “\(name.prefix(64))”."))
        case .badValue(let name, let value?):
            (
                "value",
                screen(
                    "„\(value.prefix(64))“ ist kein Wert für: \(meaning(name)).", "“\(value.prefix(64))” is no value for: \(meaning(name))."
                )
            )
        case .badValue(let name, nil):
            (
                "value",
                screen(
                    "Das lässt sich nicht abschalten: \(meaning(name)). Schalten Sie die Regel selbst ab.",
                    "This cannot be switched off: \(meaning(name)). Switch off the rule itself.")
            )
        case .nothingToChange: ("name", screen("Wählen Sie einen Grenzwert.", "Choose a threshold."))
        case .noReason: ("reason", screen("Sagen Sie mit einem Satz, warum.", "Say in a sentence why."))
        }
    }
}
