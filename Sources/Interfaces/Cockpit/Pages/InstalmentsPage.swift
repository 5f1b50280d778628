internal import AccessOperations
internal import BillingOperations
internal import Values
internal import Web

/// What customers pay in advance, of all accounts, and the form that requests what falls due.
struct InstalmentsPage: Sendable {
    let items: [InstalmentRecord]
    let next: String?
    let state: InstalmentRecord.Standing
    /// What a request has just done.
    var report: (requested: Int, onHold: Int)?
    var error: String?
    var typed = Fields()
    /// What goes on with an old amount.
    var outdated = OutdatedPlansPanel(plans: [])
    var leftBehind = PlansLeftBehindPanel(plans: [])

    func html(_ screen: Screen) -> HTML {
        let more: HTML =
            next.map {
                "<p><a class=\"button\" href=\"/instalments?state=\(raw: state.rawValue)&amp;cursor=\(segment: $0)\">\(screen(Words.more))</a></p>"
            } ?? .nothing
        return """
            <div class="head"><h1>\(screen("Abschläge", "Instalments"))</h1>\(BillingSection.links(screen, here: "/instalments"))</div>\(said(screen))\(outdated.html(screen))\(leftBehind.html(screen))\(requesting(screen))\(filter(screen))\
            \(Parts.panel("\(screen("Abschläge", "Instalments")): \(screen(state.word.phrase))", InstalmentsTable(instalments: items, hasAccount: true).html(screen)))\(more)
            """
    }

    private func said(_ screen: Screen) -> HTML {
        guard let report else { return .nothing }
        let held: HTML =
            report.onHold == 0
            ? .nothing
            : " \(screen("Zurückgehalten wegen einer Sperre: \(screen.format.count(report.onHold)).", "Kept back by a hold: \(screen.format.count(report.onHold))."))"
        guard report.requested > 0 || report.onHold > 0 else {
            return Parts.notice(.plain, "<p>\(screen("Bis dahin ist nichts anzufordern.", "Nothing is to be requested up to then."))</p>")
        }
        return Parts.notice(
            .good,
            "<p>\(screen("Angefordert: \(screen.format.count(report.requested)).", "Requested: \(screen.format.count(report.requested))."))\(held)</p>"
        )
    }

    private func requesting(_ screen: Screen) -> HTML {
        guard screen.may(.startBillingRuns) else { return .nothing }
        let proposed = screen.request.today.adding(days: 21)
        return Parts.panel(
            screen("Anfordern, was fällig wird", "Request what falls due"),
            """
            \(Parts.errors(screen, error.map { [("dueUntil", $0)] } ?? []))<form method="post" action="/instalments">\(screen.csrf)<div class="filter">\
            \(Parts.field("dueUntil", screen("Fällig bis einschließlich", "Due up to and with"), type: "date", value: typed["dueUntil"] ?? proposed.description, error: error, required: true))\
            <button class="first">\(screen("Anfordern", "Request"))</button></div></form>\
            <p class="small">\(screen("Jeder Abschlag bekommt eine Nummer, einen offenen Posten und ein Papier; noch einmal angefordert wird keiner.", "Each gets a number, an open item and a paper; none is requested twice."))</p>
            """)
    }

    private func filter(_ screen: Screen) -> HTML {
        let options = InstalmentRecord.Standing.allCases.map {
            "<option value=\"\($0.rawValue)\"\(raw: $0 == state ? " selected" : "")>\(screen($0.word.phrase))</option>" as HTML
        }
        return """
            <form class="filter"><div><label for="state">\(screen(Words.state))</label><select id="state" name="state">\(options)</select></div>\
            <button>\(screen(Words.show))</button></form>
            """
    }
}

/// Instalments as a table; the number leads to the paper.
struct InstalmentsTable: Sendable {
    let instalments: [InstalmentRecord]
    /// Whether each says whose it is.
    var hasAccount = false

    func html(_ screen: Screen) -> HTML {
        let lines = instalments.map { instalment -> Listing.Line in
            let paper: HTML =
                instalment.number.map { "<a class=\"day\" href=\"/instalments/\(segment: $0).pdf\">\($0)</a>" } ?? .nothing
            let bill: HTML =
                instalment.invoice.map { "<a class=\"day\" href=\"/invoices/\(segment: $0)\">\($0)</a>" } ?? .nothing
            let account: [HTML] =
                hasAccount
                ? ["<a class=\"day\" href=\"/accounts/\(segment: instalment.account)/billing#instalments\">\(instalment.account)</a>"] : []
            return Listing.Line(
                [screen.day(instalment.due)] + account + [
                    "<span class=\"day\">\(instalment.contract)</span>", paper, InstalmentsTable.chip(instalment, screen),
                    "\(screen.format.money(instalment.gross))", "\(screen.format.money(instalment.tax))",
                    "\(screen.format.money(instalment.paid))", bill,
                ])
        }
        let account: [Listing.Column] = hasAccount ? [.init(screen(Words.account))] : []
        return Listing(
            caption: screen("Abschläge", "Instalments"),
            columns: [.init(screen(Words.due))] + account + [
                .init(screen(Words.contract)), .init(screen("Beleg", "Document")), .init(screen(Words.state)),
                .init(screen(Words.gross), number: true), .init(screen("darin Steuer", "VAT in it"), number: true),
                .init(screen("bezahlt", "paid"), number: true), .init(screen("verrechnet mit", "set off by")),
            ], lines: lines,
            empty: hasAccount
                ? screen("Keine in diesem Status.", "None in this state.")
                : screen("Keine Abschläge vereinbart.", "No instalments agreed."),
            isStacked: true, isDense: true
        ).html()
    }

    static func chip(_ instalment: InstalmentRecord, _ screen: Screen) -> HTML {
        instalment.standing == .requested && instalment.due < screen.request.today
            ? Parts.chip(screen("überfällig", "overdue"), .bad) : instalment.standing.word.chip(screen)
    }
}
