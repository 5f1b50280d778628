internal import AccessOperations
internal import BillingOperations
internal import Tariffs
internal import Values
internal import Web

/// What is published: each tariff with its versions, the days on which they hold, and their prices.
struct TariffsPage: Sendable {
    let entries: [ListTariffs.Entry]
    /// Versions that are being written.
    var drafts: [TariffDraft] = []
    var error: String?

    func html(_ screen: Screen) -> HTML {
        guard !entries.isEmpty else {
            return
                "<h1>\(screen(Words.tariffs))</h1><p class=\"empty\">\(screen("Noch kein Tarif veröffentlicht: zaehlwerk tariff publish", "No tariff published yet: zaehlwerk tariff publish"))</p>"
        }
        var keys: [TariffKey] = []
        for entry in entries where keys.last != entry.tariff.version.key { keys.append(entry.tariff.version.key) }
        let panels = keys.map { key -> HTML in
            let own = entries.filter { $0.tariff.version.key == key }
            let title = own.last.map { screen.language == .german ? $0.tariff.version.title.de : $0.tariff.version.title.en } ?? key.id
            let versions = own.reversed().map { version($0, screen) }
            return Parts.panel(
                title, side: "<span class=\"quiet\">\(Parts.dot(key.commodity))<code>\(key.description)</code></span>",
                "\(Array(versions))\(begin(key, screen))")
        }
        return "<h1>\(screen(Words.tariffs))</h1>\(error.map { Parts.notice(.bad, "\($0)") } ?? .nothing)\(writing(screen))\(panels)"
    }

    /// A form for the next version of a tariff.
    private func begin(_ key: TariffKey, _ screen: Screen) -> HTML {
        guard screen.may(.publishTariffs) else { return .nothing }
        let id = "from-\(key.commodity.rawValue)-\(key.id)"
        return """
            <form method="post" action="/tariff-drafts"><div class="filter">\(screen.csrf)<input type="hidden" name="tariff" value="\(key.description)">\
            <div><label for="\(id)">\(screen("Neue Version ab", "New version from"))</label><input type="date" id="\(id)" name="from" required></div>\
            <button>\(screen("Entwurf beginnen", "Begin a draft"))</button></div></form>
            """
    }

    private func writing(_ screen: Screen) -> HTML {
        guard !drafts.isEmpty else { return .nothing }
        let lines = drafts.map { draft in
            Listing.Line(
                [
                    "<code>\(draft.key.description)</code>", screen.day(draft.from), "\(draft.authors.joined(separator: ", "))",
                    "<span class=\"day\">\(screen.format.moment(draft.savedAt))</span>",
                ], path: "/tariff-drafts/\(draft.id)")
        }
        let title = screen("Entwürfe", "Drafts")
        return Parts.panel(
            title,
            Listing(
                caption: title,
                columns: [
                    .init(screen(Words.tariff)), .init(screen("gilt ab", "holds from")), .init(screen("geschrieben von", "written by")),
                    .init(screen("zuletzt", "last")),
                ], lines: lines, empty: "–"
            ).html())
    }

    private func version(_ entry: ListTariffs.Entry, _ screen: Screen) -> HTML {
        let style: NumberStyle = screen.language == .german ? .german : .english
        let isNow = entry.holds.contains(screen.request.today)
        let rows = entry.tariff.version.components.map { component -> Listing.Line in
            let label = screen.language == .german ? component.label.de : component.label.en
            return Listing.Line(["\(label)", "\(TariffsPage.prices(component, style).joined(separator: "; "))"])
        }
        let table = Listing(
            caption: "\(entry.tariff.version.key) \(screen.format.period(entry.holds))",
            columns: [.init(screen("Preisbestandteil", "Component")), .init(screen("Netto", "Net"))], lines: rows, empty: "–")
        return """
            <details\(raw: isNow ? " open" : "")><summary><span class="day">\(screen.format.period(entry.holds))</span> \(isNow ? Parts.chip(screen("gilt", "in force"), .good) : .nothing)</summary>\(table.html())\
            <p class="small"><code>\(String(entry.tariff.hash.prefix(16)))</code> · \(screen("veröffentlicht", "published")) \(screen.format.moment(entry.publishedAt)), \(entry.publishedBy)</p></details>
            """
    }
}
