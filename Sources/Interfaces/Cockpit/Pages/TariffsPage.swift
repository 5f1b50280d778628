internal import BillingOperations
internal import Tariffs
internal import Values
internal import Web

/// What is published: each tariff with its versions, the days on which they hold, and their prices.
struct TariffsPage: Sendable {
    let entries: [ListTariffs.Entry]

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
                title, side: "<span class=\"quiet\">\(Parts.dot(key.commodity))<code>\(key.description)</code></span>", "\(Array(versions))"
            )
        }
        return "<h1>\(screen(Words.tariffs))</h1>\(panels)"
    }

    private func version(_ entry: ListTariffs.Entry, _ screen: Screen) -> HTML {
        let style: NumberStyle = screen.language == .german ? .german : .english
        let isNow = entry.holds.contains(screen.request.today)
        let rows = entry.tariff.version.components.map { component -> Listing.Line in
            let label = screen.language == .german ? component.label.de : component.label.en
            return Listing.Line(["\(label)", "\(TariffsPage.prices(component, style).joined(separator: "; "))"])
        }
        let table = Listing(
            caption: screen.format.period(entry.holds),
            columns: [.init(screen("Preisbestandteil", "Component")), .init(screen("Netto", "Net"))], lines: rows, empty: "–")
        return """
            <details\(raw: isNow ? " open" : "")><summary><span class="day">\(screen.format.period(entry.holds))</span> \(isNow ? Parts.chip(screen("gilt", "in force"), .good) : .nothing)</summary>\(table.html())\
            <p class="small"><code>\(String(entry.tariff.hash.prefix(16)))</code> · \(screen("veröffentlicht", "published")) \(screen.format.moment(entry.publishedAt)), \(entry.publishedBy)</p></details>
            """
    }
}
