internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import Values
internal import Web

/// The thresholds by which bills are checked before they are issued: what holds for whom, who set it and why, and a form to set one
/// from a day on. What held before stays as it was.
struct BillChecksPage: Sendable {
    /// Of all commodities and groups of customers.
    let entries: [ListCheckParameters.Entry]
    let day: Day
    /// The form that was refused.
    let typed: Fields
    let errors: [(field: String, text: String)]
    let isDone: Bool

    func html(_ screen: Screen) -> HTML {
        """
        <div class="head"><h1>\(screen("Prüfgrenzen der Rechnungen", "Thresholds of the bill checks"))</h1>\(BillingSection.links(screen, here: "/bill-checks"))</div>\
        \(Parts.errors(screen, errors))\(isDone ? Parts.notice(.good, "\(screen("Die Grenze ist gesetzt; Rechnungen dieser Tage werden danach geprüft.", "The threshold is set; bills of these days are checked by it."))") : .nothing)\
        \(table(screen))\(form(screen))\(past(screen))
        """
    }

    static func words(_ key: CheckBook.Key, _ screen: Screen) -> String {
        let customers =
            switch key.customers {
            case .household: screen("Haushalt", "household")
            case .commercial: screen("Gewerbe", "commercial")
            case .industrial: screen("Industrie", "industrial")
            }
        return "\(screen(Words.commodity(key.commodity))), \(customers)"
    }

    private func table(_ screen: Screen) -> HTML {
        let lines = entries.map { entry -> Listing.Line in
            let values = CheckSetting.all.map { "\(screen.format.decimal($0.value(in: entry.parameters)))" as HTML }
            return Listing.Line(["\(BillChecksPage.words(entry.key, screen))" as HTML] + values)
        }
        let columns =
            [Listing.Column(screen("Für wen", "For whom"))]
            + CheckSetting.all.map { Listing.Column(screen($0.german, $0.english), number: true) }
        let title = "\(screen("Grenzen am", "Thresholds on")) \(screen.format.day(day))"
        return Parts.panel(
            title,
            Listing(
                caption: title,
                columns: columns, lines: lines, empty: ""
            ).html())
    }

    private func form(_ screen: Screen) -> HTML {
        guard screen.may(.startBillingRuns) else { return .nothing }
        func option(_ value: String, _ word: String, _ field: String) -> HTML {
            "<option value=\"\(value)\"\(raw: typed[field] == value ? " selected" : "")>\(word)</option>"
        }
        func field(_ name: String, _ label: String, type: String = "text", hint: String? = nil, required: Bool = true) -> HTML {
            Parts.field(
                name, label, type: type, value: typed[name] ?? "", hint: hint, error: errors.first { $0.field == name }?.text,
                required: required, attributes: " autocomplete=\"off\" maxlength=\"500\"")
        }
        let keys = entries.map {
            option("\($0.key.commodity.rawValue)/\($0.key.customers.rawValue)", BillChecksPage.words($0.key, screen), "key")
        }
        let names = CheckSetting.all.map { option($0.name, screen($0.german, $0.english), "name") }
        return Parts.panel(
            screen("Eine Grenze setzen", "Set a threshold"), id: "set",
            """
            <form method="post" action="/bill-checks">\(screen.csrf)\
            <div class="field"><label for="key">\(screen("Für wen", "For whom"))</label><select id="key" name="key">\(keys)</select></div>\
            <div class="field"><label for="name">\(screen("Grenze", "Threshold"))</label><select id="name" name="name">\(names)</select></div>\
            \(field("value", screen(Words.value)))\
            \(field("from", screen("Erster Tag", "First day"), type: "date"))\
            \(field("last", screen("Letzter Tag", "Last day"), type: "date", hint: screen("leer: bis auf Weiteres", "empty: until further notice"), required: false))\
            \(field("reason", screen(Words.reason)))\
            <div class="verbs"><button class="first">\(screen(Words.save))</button></div></form>
            """)
    }

    private func past(_ screen: Screen) -> HTML {
        let lines = entries.flatMap(\.history).sorted { $0.id > $1.id }.map { record -> Listing.Line in
            let values = record.change.values.sorted { $0.key < $1.key }.map { name, value -> HTML in
                let setting = CheckSetting.named(name)
                return "<li>\(setting.map { screen($0.german, $0.english) } ?? name): \(screen.format.decimal(value))</li>"
            }
            return Listing.Line([
                "\(BillChecksPage.words(record.change.key, screen))", "<ul>\(values)</ul>",
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
