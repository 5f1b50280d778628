internal import AccessOperations
internal import MeteringOperations
internal import Values
internal import Web

/// What the page of some dated thresholds has of its own; everything else is the same for the rules and for the bill checks.
struct ThresholdSection<Kind: StoredThresholds>: Sendable {
    let path: String
    /// The entry of the bar under which it stands.
    let here: String
    let read: Permission
    let change: Permission
    /// In the audit trail.
    let command: String
    let summary: (page: String, form: String)
    let title: Phrase
    let head: @Sendable (Screen) -> HTML
    /// One of them, with its article where it is to be set.
    let noun: Phrase
    let setOne: Phrase
    let done: Phrase
    /// What goes by a threshold: over the column, and the cell.
    let reference: Phrase
    let shownReference: @Sendable (String, Screen) -> String
    let mayBeOff: Bool
    /// A value that is no number, nil: none.
    let shownNames: @Sendable (String?, Screen) -> HTML
}

/// The thresholds for one commodity and class on a day: their values, who set them and why, and a form to set one from a day on. What
/// held before stays as it was.
struct ThresholdsPage<Kind: StoredThresholds>: Sendable {
    let section: ThresholdSection<Kind>
    /// Of all commodities and classes.
    let entries: [ListThresholds<Kind>.Entry]
    let day: Day
    let key: ThresholdKey
    /// The form that was refused.
    let typed: Fields?
    let errors: [(field: String, text: String)]
    let isDone: Bool

    private var entry: ListThresholds<Kind>.Entry? { entries.first { $0.key == key } }

    func html(_ screen: Screen) -> HTML {
        """
        \(section.head(screen))\(Parts.errors(screen, errors))\(isDone ? Parts.notice(.good, "\(screen(section.done))") : .nothing)\
        \(choice(screen))\(table(screen))\(form(screen))\(past(screen))
        """
    }

    // MARK: what holds

    private func choice(_ screen: Screen) -> HTML {
        """
        <form class="filter" action="\(raw: section.path)"><div><label for="of-commodity">\(screen("Sparte", "Commodity"))</label>\(commodities("of-commodity", screen))</div>\
        <div><label for="of-class">\(screen("Kundengruppe", "Class"))</label>\(classes("of-class", screen))</div>\
        <div><label for="on">\(screen("am", "on"))</label><input type="date" id="on" name="on" value="\(day.description)"></div><button>\(screen(Words.show))</button></form>
        """
    }

    private func commodities(_ id: String, _ screen: Screen) -> HTML {
        let options = Commodity.allCases.map { option($0.rawValue, screen(Words.commodity($0)), $0 == key.commodity) }
        return "<select id=\"\(id)\" name=\"commodity\">\(options)</select>"
    }

    private func classes(_ id: String, _ screen: Screen) -> HTML {
        let options = CustomerClass.allCases.map { option($0.rawValue, screen(Words.customerClass($0)), $0 == key.customer) }
        return "<select id=\"\(id)\" name=\"class\">\(options)</select>"
    }

    private func option(_ value: String, _ word: String, _ isChosen: Bool) -> HTML {
        "<option value=\"\(value)\"\(raw: isChosen ? " selected" : "")>\(word)</option>"
    }

    private func whose(_ key: ThresholdKey, _ screen: Screen) -> String {
        "\(screen(Words.commodity(key.commodity))), \(screen(Words.customerClass(key.customer)))"
    }

    private func table(_ screen: Screen) -> HTML {
        guard let entry else { return .nothing }
        let title = "\(whose(key, screen)), \(screen.format.day(day))"
        let lines = Kind.settings.map { setting -> Listing.Line in
            // The latest change that names it and holds on the day.
            let source = entry.history.first { $0.change.values[setting.name] != nil && $0.change.valid.contains(day) }
            return Listing.Line([
                "<span id=\"set-\(setting.name)\">\(screen(setting.german, setting.english))</span><br><code>\(setting.name)</code>",
                "\(section.shownReference(setting.reference, screen))", shown(setting.value(in: entry.parameters), setting, screen),
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
                    .init(screen(section.noun)), .init(screen(section.reference)), .init(screen(Words.value), number: true),
                    .init(screen(Words.validity)), .init(screen("von", "by")), .init(screen(Words.reason)),
                ], lines: lines, empty: ""
            ).html())
    }

    private func shown(_ value: String?, _ setting: ThresholdSetting<Kind>, _ screen: Screen) -> HTML {
        guard setting.isNumeric else { return section.shownNames(value, screen) }
        return value.map { "\(screen.format.decimal($0))" } ?? Parts.chip(screen("aus", "off"))
    }

    // MARK: setting one

    private func form(_ screen: Screen) -> HTML {
        guard screen.may(section.change) else { return .nothing }
        let options = Kind.settings.map { setting in
            option(
                setting.name, "\(section.shownReference(setting.reference, screen)) · \(screen(setting.german, setting.english))",
                setting.name == typed?["name"])
        }
        func field(_ name: String, _ label: String, type: String = "text", hint: String? = nil, required: Bool = false) -> HTML {
            Parts.field(
                name, label, type: type, value: typed?[name] ?? "", hint: hint, error: errors.first { $0.field == name }?.text,
                required: required, attributes: " autocomplete=\"off\" maxlength=\"2000\"")
        }
        let off: HTML =
            section.mayBeOff
            ? "<p><label><input type=\"checkbox\" name=\"off\" value=\"1\"\(raw: typed?["off"] == nil ? "" : " checked")> \(screen("abschalten", "switch off"))</label></p>"
            : .nothing
        return Parts.panel(
            screen(section.setOne), id: "set",
            """
            <form method="post" action="\(raw: section.path)">\(screen.csrf)\
            <div class="field"><label for="set-commodity">\(screen("Sparte", "Commodity"))</label>\(commodities("set-commodity", screen))</div>\
            <div class="field"><label for="set-class">\(screen("Kundengruppe", "Class"))</label>\(classes("set-class", screen))</div>\
            <div class="field"><label for="name">\(screen(section.noun))</label><select id="name" name="name">\(options)</select></div>\
            \(field("value", screen(Words.value), required: !section.mayBeOff))\(off)\
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
                let setting = Kind.setting(named: name)
                let text = value.map { setting?.isNumeric == false ? $0 : screen.format.decimal($0) } ?? screen("aus", "off")
                return "<li>\(setting.map { screen($0.german, $0.english) } ?? name): \(text)</li>"
            }
            return Listing.Line([
                "\(whose(record.change.key, screen))", "<ul>\(values)</ul>",
                "<span class=\"day\">\(screen.format.period(record.change.valid))</span>", "\(record.author)", "\(record.reason)",
                "<span class=\"day\">\(screen.format.moment(record.recordedAt))</span>",
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
                ], lines: lines, empty: screen("Es gelten überall die Vorgaben.", "The defaults hold everywhere.")
            ).html())
    }
}
