internal import AccessOperations
internal import Web

extension Screen {
    /// A whole page: the slim bar, and the content. `slim` is for forms and texts.
    func page(_ title: String, slim: Bool = false, here: String = "", _ content: HTML) -> WebResponse {
        .html(
            document(
                title,
                content: "\(bar(here: here))<main id=\"content\"\(raw: slim ? " class=\"slim\"" : "")>\(content)</main>"))
    }

    /// A page for somebody who has not signed in.
    func outside(_ title: String, status: Int = 200, _ content: HTML) -> WebResponse {
        .html(
            document(title, content: "<main id=\"content\" class=\"slim\">\(content)</main><footer>\(preferences)</footer>"), status: status
        )
    }

    private func document(_ title: String, content: HTML) -> HTML {
        let theme: HTML =
            switch request.headers.cookie("theme") {
            case "dark": " data-theme=\"dark\""
            case "light": " data-theme=\"light\""
            default: .nothing
            }
        return """
            <!DOCTYPE html><html lang="\(language.rawValue)"\(theme)><head><meta charset="utf-8">\
            <meta name="viewport" content="width=device-width,initial-scale=1"><title>\(title) · Zählwerk</title>\
            <link rel="stylesheet" href="\(raw: Assets.stylePath)"><link rel="icon" href="\(raw: Assets.iconPath)" type="image/svg+xml">\
            <script src="\(raw: Assets.scriptPath)" defer></script></head>\
            <body><a class="skip" href="#content">\(self(Words.skip))</a>\(content)</body></html>
            """
    }

    private func bar(here: String) -> HTML {
        let query = request.path == "/search" ? request.query["q"] : nil
        let links: [(String, Phrase, Permission)] = [
            ("/findings", Words.worklist, .readFindings), ("/billing-runs", Words.runs, .readBillingRuns),
            ("/ledger", Words.ledger, .readReports),
            ("/tariffs", Words.tariffs, .readTariffs), ("/users", Words.people, .manageUsers),
        ]
        let items = links.filter { may($0.2) }.map { path, word, _ -> HTML in
            let count: HTML =
                path == "/findings"
                ? tasks.map { "<span class=\"count\">\($0 > OpenTasks.most ? "\(OpenTasks.most)+" : format.count($0))</span>" } ?? .nothing
                : .nothing
            return "<li><a href=\"\(raw: path)\"\(raw: path == here ? " aria-current=\"page\"" : "")>\(self(word))\(count)</a></li>"
        }
        // The start page has the box in its middle.
        let search: HTML =
            may(.readPartners) && request.path != "/"
            ? """
            <form class="search" role="search" action="/search"><label class="hidden" for="q">\(self(Words.search))</label>\
            <input id="q" type="search" name="q" value="\(query)" placeholder="\(self(Words.searchHint))" autocomplete="off" maxlength="200"></form>
            """ : .nothing
        return """
            <header class="top"><a class="name" href="/">Zählwerk</a>\(search)<nav aria-label="\(self("Bereiche", "Areas"))"><ul>\(items)</ul></nav>\
            <div class="tools">\(preferences)<form method="post" action="/sign-out">\(csrf)<button class="plain" title="\(self(Words.signOut))">\
            \(request.principal?.displayName) · \(self(Words.signOut))</button></form></div></header>
            """
    }

    /// Language and light: two buttons, no script.
    private var preferences: HTML {
        let back = request.method == .get ? request.path + (request.query.pairs.isEmpty ? "" : "?\(request.query.urlEncoded)") : "/"
        let other: Language = language == .german ? .english : .german
        let theme = request.headers.cookie("theme") == "dark" ? "light" : "dark"
        return """
            <form method="post" action="/preferences">\(csrf)<input type="hidden" name="back" value="\(back)">\
            <button class="plain" name="lang" value="\(other.rawValue)" lang="\(other.rawValue)">\(self(Words.otherLanguage))</button>\
            <button class="plain" name="theme" value="\(theme)">\(self(Words.appearance))</button></form>
            """
    }
}
