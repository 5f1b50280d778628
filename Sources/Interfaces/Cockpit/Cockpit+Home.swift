internal import AccessOperations
internal import BillingOperations
internal import PartnerOperations
internal import Values
internal import Web

extension CockpitInterface {
    /// The start page, the search, and the list of keys.
    func addHome(to site: inout Site) {
        site.get("/", kind: .page, allow: .signedIn, summary: "Start page") { request in
            let screen = self.screen(request)
            return screen.page(screen("Start", "Start"), try await home(screen))
        }
        site.get("/search", kind: .page, allow: .permission(.readPartners), summary: "Search") { request in
            try await search(self.screen(request))
        }
        site.get("/keys", kind: .page, allow: .signedIn, summary: "Keys of the keyboard") { request in
            let screen = self.screen(request)
            return screen.page(screen("Tasten", "Keys"), slim: true, keys(screen))
        }
    }

    private func home(_ screen: Screen) async throws -> HTML {
        let box: HTML =
            screen.may(.readPartners)
            ? """
            <div class="hello"><h1>\(screen("Wen oder was suchen Sie?", "Whom or what are you looking for?"))</h1>\
            <form role="search" action="/search"><label class="hidden" for="q">\(screen(Words.search))</label>\
            <input id="q" type="search" name="q" placeholder="\(screen(Words.searchHint))" autofocus maxlength="200">\
            <button class="first">\(screen(Words.search))</button></form>\
            <p class="hint">\(screen("Auch Teile genügen: die letzten Ziffern des Zählers, die Straße, ein Name mit Tippfehler.", "Parts will do: the last digits of a meter, the street, a name with a typing error."))</p></div>
            """ : "<h1>\(screen("Start", "Start"))</h1>"
        return "\(box)\(try await billingSummary(screen))\(try await worklistSummary(screen))"
    }

    /// What of the billing waits for a person; nothing where nothing does.
    private func billingSummary(_ screen: Screen) async throws -> HTML {
        guard screen.may(.readInvoices) else { return .nothing }
        let tasks = try await BillingTasks(pool: pool)()
        let lines = [
            (tasks.held, "/held-bills", screen("Angehaltene Rechnungen", "Held bills")),
            (
                tasks.corrections, "/corrections",
                screen("Berichtigungen, die auf eine Entscheidung warten", "Corrections that wait for a decision")
            ),
        ].filter { $0.0 > 0 }.map { count, path, words in
            "<li><a href=\"\(raw: path)\">\(words): \(screen.format.count(count))</a></li>" as HTML
        }
        return lines.isEmpty ? .nothing : Parts.panel(screen("Abrechnung", "Billing"), id: "billing-tasks", "<ul>\(lines)</ul>")
    }

    private func search(_ screen: Screen) async throws -> WebResponse {
        let text = screen.request.query.filled("q") ?? ""
        var cursor: PartnerCursor?
        if let name = screen.request.query["after"], let id = screen.request.query["id"].flatMap({ Int64($0) }) {
            cursor = PartnerCursor(sortName: name, id: id)
        }
        let result = try await FindPartners(pool: pool)(text, after: cursor)
        let points =
            cursor == nil && screen.may(.readMeteringPoints)
            ? try await FindMeteringPoints(pool: pool)(text).filter { !$0.hasContract } : []
        // Enter opens the only hit: a clerk with a number in hand wants the page, not a list of one.
        if result.hits.isEmpty, let only = points.first, points.allSatisfy({ $0.code == only.code }) {
            return .redirect("/metering-points/\(PercentCoding.encode(only.code))")
        }
        if cursor == nil, !text.isEmpty, points.isEmpty, result.next == nil, let only = result.hits.first,
            result.hits.allSatisfy({ $0.partner.id == only.partner.id })
        {
            return .redirect("/partners/\(only.partner.number)")
        }
        return screen.page(screen(Words.search), SearchPage(text: text, result: result, points: points).html(screen))
    }

    private func keys(_ screen: Screen) -> HTML {
        let lines: [(String, String)] = [
            ("/", screen("in das Suchfeld", "to the search box")),
            ("j  k", screen("eine Zeile weiter, eine zurück", "next line, previous line")),
            ("Enter", screen("die Zeile öffnen", "open the line")), ("g t", screen("zu den Aufgaben", "to the tasks")),
            ("g h", screen("zur Startseite", "to the start page")), ("?", screen("diese Liste", "this list")),
        ]
        return
            "<h1>\(screen("Tasten", "Keys"))</h1><p>\(screen("Alles geht auch ohne sie, mit Tab und Enter.", "Everything works without them, with Tab and Enter."))</p>\(Parts.facts(lines.map { ($0.0, "\($0.1)" as HTML) }))"
    }
}
