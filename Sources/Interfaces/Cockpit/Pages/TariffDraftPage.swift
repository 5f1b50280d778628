internal import AccessOperations
internal import BillingOperations
internal import TariffFiles
internal import Tariffs
internal import Values
internal import Web

/// A draft of a tariff version: its numbers to edit, what differs, what is wrong, whom it touches, and who may publish it.
struct TariffDraftPage: Sendable {
    let review: TariffDraftReview
    let effect: ListTariffs.Effect
    /// What the last form was told.
    let error: String?
    /// What a form that was refused said, by key of its cell, and what is wrong with it.
    var typed: [String: String] = [:]
    var wrong: [String: String] = [:]

    private var draft: TariffDraft { review.draft }

    func html(_ screen: Screen) -> HTML {
        let isOpen = draft.state == .open && screen.may(.publishTariffs)
        return """
            <p><a href="/tariffs">\(screen(Words.tariffs))</a></p>\
            <div class="head"><h1>\(screen("Entwurf", "Draft")) <code>\(draft.key.description)</code> \(screen("ab", "from")) \(screen.day(draft.from))</h1>\(chip(screen))</div>\
            <p class="quiet">\(screen("geschrieben von", "written by")) \(draft.authors.joined(separator: ", ")) · \(screen("zuletzt", "last")) \(screen.format.moment(draft.savedAt))\(closed(screen))</p>\
            \(error.map { Parts.notice(.bad, "\($0)") } ?? .nothing)\(faults(screen))\(leaps(screen))\(touches(screen))\
            \(isOpen ? form(screen) : .nothing)\(difference(screen))\(isOpen ? closing(screen) : .nothing)
            """
    }

    /// The second person, or who gave it up.
    private func closed(_ screen: Screen) -> HTML {
        guard let person = draft.closedBy else { return .nothing }
        let word = draft.state == .published ? screen("veröffentlicht von", "published by") : screen("verworfen von", "dropped by")
        return " · \(word) \(person)"
    }

    private func chip(_ screen: Screen) -> HTML {
        switch draft.state {
        case .open: Parts.chip(screen("in Arbeit", "being written"), .warn)
        case .published: Parts.chip(screen("veröffentlicht", "published"), .good)
        case .dropped: Parts.chip(screen("verworfen", "dropped"))
        }
    }

    private func faults(_ screen: Screen) -> HTML {
        guard draft.state == .open else { return .nothing }
        guard !review.faults.isEmpty else {
            // What was refused is not in the draft: that the draft is right would be read as if it were.
            if error != nil || !wrong.isEmpty { return .nothing }
            return Parts.notice(
                .good, "\(screen("Ohne Fehler; alle Beispiele kommen heraus.", "Without fault; all examples come out."))")
        }
        let lines = review.faults.map {
            "<li><code>\($0.key)</code> \(TariffFaultWords.message($0, screen)). \(TariffFaultWords.mend($0, screen))</li>" as HTML
        }
        return
            "<div class=\"notice bad\" role=\"alert\"><p><strong>\(screen("So kann er nicht veröffentlicht werden", "It cannot be published like this"))</strong></p><ul>\(lines)</ul></div>"
    }

    private func leaps(_ screen: Screen) -> HTML {
        guard draft.state == .open, !review.leaps.isEmpty else { return .nothing }
        let lines = review.leaps.map { leap -> HTML in
            let before: HTML = leap.before.map { " (\(screen("bisher", "before")) \(shown($0, screen)))" } ?? .nothing
            return "<li>\(label(leap.owner, screen)): <strong>\(shown(leap.now, screen))</strong>\(before)</li>"
        }
        return Parts.notice(
            .warn,
            "<p>\(screen("Diese Preise sind unter null, null, oder mindestens das Fünffache oder ein Fünftel von bisher. Bitte prüfen, ob das gemeint ist:", "These prices are below zero, nothing, or at least five times or a fifth of those before. Please check that this is meant:"))</p><ul>\(lines)</ul>"
        )
    }

    private func touches(_ screen: Screen) -> HTML {
        Parts.panel(
            screen("Wen er berührt", "Whom it touches"),
            side:
                "<a class=\"button\" href=\"/tariff-drafts/\(draft.id)/simulation\">\(screen("An echten Verträgen rechnen", "Compute on real contracts"))</a>",
            """
            <p>\(screen.format.count(effect.contracts)) \(screen("Verträge ab dem ersten Tag", "contracts from its first day on"))\(effect.invoices.isEmpty ? "." : " · \(screen.format.count(effect.invoices.count)) \(screen("Rechnungen über Tage danach", "bills of days after it"))." as HTML)</p>
            """)
    }

    private func form(_ screen: Screen) -> HTML {
        guard let sheet = review.sheet else { return text(screen, open: true) }
        let groups = ["components", "examples"].map { group -> HTML in
            let lines = sheet.cells.filter { $0.group == group }.map { cell -> Listing.Line in
                let fault: HTML = wrong[cell.key].map { "<p class=\"error\" id=\"wrong-\(cell.key)\">\($0)</p>" } ?? .nothing
                let marks: HTML = wrong[cell.key] == nil ? .nothing : " aria-invalid=\"true\" aria-describedby=\"wrong-\(cell.key)\""
                let owner = group == "components" ? label(cell.owner, screen) : "\(screen("Beispiel", "Example")) \(cell.owner)"
                return Listing.Line([
                    "\(owner)", name(cell.name, screen),
                    """
                    <input name="cell.\(cell.key)" value="\(typed[cell.key] ?? shown(cell.value, screen))"\(marks) aria-label="\(owner) \(cell.name)" autocomplete="off" size="12"> <span class="quiet">\(unit(cell, screen))</span>\(fault)
                    """,
                ])
            }
            let title = group == "components" ? screen("Preise", "Prices") : screen("Beispiele", "Examples")
            return """
                <h3>\(title)</h3>\(Listing(caption: title, columns: [.init(screen("Bestandteil", "Component")), .init(screen("Angabe", "Item")), .init(screen(Words.value))], lines: lines, empty: "–").html())
                """
        }
        return Parts.panel(
            screen("Zahlen", "Numbers"),
            """
            <form method="post" action="/tariff-drafts/\(draft.id)">\(screen.csrf)<input type="hidden" name="version" value="\(Int(draft.version))">\(groups)\
            <p><label><input type="checkbox" name="recompute" value="1"> \(screen("Summen der Beispiele neu rechnen lassen (die zweite Person prüft sie von Hand)", "have the sums of the examples computed (the second person checks them by hand)"))</label></p>\
            <div class="verbs"><button class="first">\(screen(Words.save))</button></div></form>\(text(screen, open: false))
            """)
    }

    private func text(_ screen: Screen, open: Bool) -> HTML {
        """
        <details\(raw: open ? " open" : "")><summary>\(screen("Die ganze Datei", "The whole file"))</summary>\
        <form method="post" action="/tariff-drafts/\(draft.id)">\(screen.csrf)<input type="hidden" name="version" value="\(Int(draft.version))">\
        <label for="text">\(screen("Text der Tarifdatei", "Text of the tariff file"))</label>\
        <textarea id="text" name="text" rows="24" class="code" spellcheck="false">\n\(String(decoding: review.text, as: UTF8.self))</textarea>\
        <div class="verbs"><button>\(screen("Text speichern", "Save the text"))</button></div></form></details>
        """
    }

    private func difference(_ screen: Screen) -> HTML {
        let lines = review.difference.compactMap { line -> HTML? in
            switch line {
            case .stays: nil
            case .goes(let text): "<li><del><code>\(text)</code></del></li>"
            case .comes(let text): "<li><ins><code>\(text)</code></ins></li>"
            }
        }
        return Parts.panel(
            screen("Unterschied zur Version davor", "Difference to the version before"),
            lines.isEmpty ? "<p class=\"empty\">\(screen("Kein Unterschied.", "No difference."))</p>" : "<ul>\(lines)</ul>")
    }

    private func closing(_ screen: Screen) -> HTML {
        let mine = draft.authors.contains(screen.request.principal?.name ?? "")
        let publish: HTML =
            mine
            ? "<p>\(screen("Sie haben daran geschrieben: veröffentlichen muss eine zweite Person.", "You wrote a part of it: a second person has to publish it."))</p>"
            : """
            <form method="post" action="/tariff-drafts/\(draft.id)/publish">\(screen.csrf)<input type="hidden" name="version" value="\(Int(draft.version))">\
            <p>\(screen("Mit der Veröffentlichung bestätigen Sie Preise und Beispiele. Danach ändert sich die Datei nie mehr.", "By publishing you confirm prices and examples. After that the file never changes."))</p>\
            <button class="first"\(raw: review.faults.isEmpty ? "" : " disabled")>\(screen("Veröffentlichen", "Publish"))</button></form>
            """
        return Parts.panel(
            screen("Veröffentlichen", "Publish"),
            """
            \(publish)<form method="post" action="/tariff-drafts/\(draft.id)/drop">\(screen.csrf)<button class="plain">\(screen("Entwurf verwerfen", "Drop the draft"))</button></form>
            """)
    }

    private func label(_ id: String, _ screen: Screen) -> String {
        guard let component = review.tariff?.component(id) else { return id }
        return screen.language == .german ? component.label.de : component.label.en
    }

    /// What the value is, in words where there are some; else as the file calls it.
    private func name(_ name: String, _ screen: Screen) -> HTML {
        switch name {
        case "price": return "\(screen(Words.price))"
        case "period.from": return "\(screen("von", "from"))"
        case "period.to": return "\(screen("bis (ohne diesen Tag)", "to (without this day)"))"
        case "expect.net": return "\(screen(Words.net))"
        case "expect.gross": return "\(screen(Words.gross))"
        default: break
        }
        if name.hasPrefix("expect.vat") { return "\(screen(Words.tax)) \(name.dropFirst("expect.vat".count)) %" }
        if name.hasPrefix("expect.") { return "\(screen(Words.amount)) \(label(String(name.dropFirst("expect.".count)), screen))" }
        if name.hasPrefix("quantities.") { return "\(screen(Words.quantity)) \(name.dropFirst("quantities.".count))" }
        return "<code>\(name)</code>"
    }

    private func unit(_ cell: TariffSheet.Cell, _ screen: Screen) -> String {
        if cell.name.hasPrefix("expect.") { return "€" }
        switch cell.unit {
        case "€/year": return screen("€/Jahr", "€/year")
        case "€/month": return screen("€/Monat", "€/month")
        case "€/day": return screen("€/Tag", "€/day")
        default: return cell.name.hasPrefix("period") || cell.name.hasPrefix("quantities") ? "" : cell.unit ?? ""
        }
    }

    /// A decimal in this language's spelling; days stay as they are.
    private func shown(_ value: String, _ screen: Screen) -> String {
        screen.language == .german && Day(value) == nil ? value.replacing(".", with: ",") : value
    }
}
