internal import AccessOperations
internal import BillingOperations
internal import Tariffs
internal import Values
internal import Web

/// Bills that are kept back, across all runs, the oldest first: why, how much, and what can be done; below, what people have stopped.
struct HeldBillsPage: Sendable {
    /// What the form before did.
    struct Outcome: Sendable {
        var issued: [String] = []
        var held = 0
        var refused = 0
        /// Another run had billed the days: nothing is left to decide.
        var settled = 0
    }

    let items: [HeldInvoice]
    let next: String?
    let filter: ListHeldInvoices.Filter
    var holds: [BillingHold] = []
    /// Bills that went out with a warning, and whether there are more.
    var noticed: (items: [NoticedBill], next: String?) = ([], nil)
    var outcome: Outcome?
    var error: String?
    var typed = Fields()

    func html(_ screen: Screen) -> HTML {
        let more: HTML =
            next.map { next in
                "<p><a class=\"button\" href=\"/held-bills?\(screen.request.query.with("cursor", next).urlEncoded)\">\(screen(Words.more))</a></p>"
            } ?? .nothing
        return """
            <div class="head"><h1>\(screen("Angehaltene Rechnungen", "Held bills"))</h1>\(BillingSection.links(screen, here: "/held-bills"))</div>\
            \(error.map { Parts.notice(.bad, "\($0)") } ?? .nothing)\(outcome.map { done($0, screen) } ?? .nothing)\(form(screen))\
            \(Parts.panel(screen("Warten auf eine Entscheidung", "Waiting for a decision"), bulk(screen)))\(more)\(NoticedBillsPanel(bills: noticed.items, hasMore: noticed.next != nil).html(screen))\
            \(Parts.panel(screen("Gesperrte Verträge und Konten", "Contracts and accounts on hold"), id: "holds", HoldsTable(holds: holds).html(screen)))
            """
    }

    private func done(_ outcome: Outcome, _ screen: Screen) -> HTML {
        let bills = outcome.issued.map { "<a href=\"/invoices/\(segment: $0)\">\($0)</a>" as HTML }.joined(separator: ", ")
        var sentences: [HTML] = []
        if !outcome.issued.isEmpty { sentences.append("<p>\(screen("Ausgestellt und gebucht", "Issued and booked")): \(bills)</p>") }
        if outcome.held > 0 {
            sentences.append(
                "<p>\(screen("Weiter angehalten", "Still held")): \(screen.format.count(outcome.held)). \(screen("Es kam etwas anderes heraus als gezeigt, oder der Grund besteht noch; sehen Sie noch einmal hin.", "Something else came out than was shown, or the reason still stands; please look again."))</p>"
            )
        }
        if outcome.refused > 0 {
            sentences.append(
                "<p>\(screen("Nicht freigebbar", "Not releasable")): \(screen.format.count(outcome.refused)). \(screen("Erst beheben, was fehlt, dann neu prüfen.", "Mend what is missing first, then check again."))</p>"
            )
        }
        if outcome.settled > 0 {
            sentences.append(
                "<p>\(screen("Erledigt, weil ein anderer Lauf diese Tage abgerechnet hat", "Settled, since another run has billed these days")): \(screen.format.count(outcome.settled)).</p>"
            )
        }
        return sentences.isEmpty ? .nothing : Parts.notice(outcome.held + outcome.refused == 0 ? .good : .warn, "\(sentences)")
    }

    // MARK: filter

    private func form(_ screen: Screen) -> HTML {
        func option(_ value: String, _ word: String, _ chosen: Bool) -> HTML {
            "<option value=\"\(value)\"\(raw: chosen ? " selected" : "")>\(word)</option>"
        }
        let states: [HTML] =
            HeldInvoice.State.allCases.map { option($0.rawValue, screen($0.word.phrase), filter.state == $0) }
            + [option("all", screen(Words.all), filter.state == nil)]
        var codes: [HTML] = [option("", screen(Words.all), filter.code == nil)]
        codes += HoldReason.all.map { option($0.key, screen($0.value.title.de, $0.value.title.en), filter.code == $0.key) }
        return """
            <form class="filter" action="/held-bills"><div><label for="state">\(screen(Words.state))</label><select id="state" name="state">\(states)</select></div>\
            <div><label for="code">\(screen(Words.reason))</label><select id="code" name="code">\(codes)</select></div>\
            <div><label for="run">\(screen("Lauf", "Run"))</label><input type="text" id="run" name="run" value="\(filter.run)" maxlength="40"></div>\
            <div><label for="account">\(screen(Words.account))</label><input type="text" id="account" name="account" value="\(filter.account)" maxlength="80"></div>\
            <button>\(screen(Words.show))</button></form>
            """
    }

    // MARK: table

    private func bulk(_ screen: Screen) -> HTML {
        guard items.contains(where: { $0.state == .held }), screen.may(.releaseInvoices) else { return HeldBillsPage.table(items, screen) }
        return """
            <form method="post" action="/held-bills">\(screen.csrf)\(HeldBillsPage.table(items, screen, choosing: true))\
            \(Parts.field("reason", screen("Grund für die Freigabe der ausgewählten", "Why those selected may go"), value: typed["reason"] ?? "", hint: screen("Steht danach bei der Rechnung.", "Stands with the bill afterwards."), attributes: " maxlength=\"500\""))\
            <div class="verbs"><button class="first" name="action" value="release">\(screen("Freigeben", "Release"))</button>\
            <button name="action" value="recheck">\(screen("Neu prüfen", "Check again"))</button></div></form>\
            <p class="small">\(screen("Freigegeben wird, was hier zu sehen ist: Kommt inzwischen etwas anderes heraus, bleibt die Rechnung stehen. Neu prüfen rechnet nach einer Berichtigung noch einmal.", "What is released is what is shown here: if something else comes out by now, the bill stays. Check again computes once more after something was mended."))</p>
            """
    }

    static func table(_ items: [HeldInvoice], _ screen: Screen, choosing: Bool = false) -> HTML {
        let lines = items.map { held -> Listing.Line in
            let who: HTML =
                screen.may(.readPartners) ? "<a href=\"/partners/\(segment: held.partner)\">\(held.recipient)</a>" : "\(held.recipient)"
            let place: HTML =
                screen.may(.readMeteringPoints)
                ? "<a class=\"day\" href=\"/metering-points/\(segment: held.meteringPoint)\">\(held.meteringPoint)</a>"
                : "<span class=\"day\">\(held.meteringPoint)</span>"
            let reasons = held.reasons.map { "<li>\(BillingWords.cell($0, screen))</li>" as HTML }
            let bill: HTML = held.invoice.map { " <a class=\"day\" href=\"/invoices/\(segment: $0)\">\($0)</a>" } ?? .nothing
            let released: HTML =
                held.releaseReason.map { "<br><small>\(held.releasedBy): \($0)</small>" } ?? .nothing
            var cells: [HTML] = [
                who,
                "<span class=\"day\">\(held.contract)</span><br><small>\(place)<br><a href=\"/accounts/\(segment: held.account)/billing\">\(held.account)</a></small>",
                "<span class=\"day\">\(screen.format.period(held.period))</span>", "<ul>\(reasons)</ul>\(released)",
                "\(held.state.word.chip(screen))\(bill)",
                held.gross.map { "<a href=\"/held-bills/\(held.id)\">\(screen.format.money($0))</a>" } ?? .nothing,
                "\(held.due.map { screen.format.money($0) })",
                "<span class=\"day\">\(screen.format.moment(held.heldAt))</span><br><small>\(run(held.run, screen))</small>",
            ]
            if choosing {
                let label = "\(screen("auswählen", "select")): \(held.recipient), \(held.contract)"
                cells.append(
                    held.state == .held ? "<input type=\"checkbox\" name=\"id\" value=\"\(held.id)\" aria-label=\"\(label)\">" : .nothing)
            }
            return Listing.Line(cells)
        }
        var columns: [Listing.Column] = [
            .init(screen("Empfänger", "Recipient")), .init(screen("Vertrag, Messstelle, Konto", "Contract, point, account")),
            .init(screen(Words.period)), .init(screen("Warum", "Why")), .init(screen(Words.state)),
            .init(screen(Words.gross), number: true),
            .init(screen("Zu zahlen", "To pay"), number: true), .init(screen("seit", "since")),
        ]
        if choosing { columns.append(.init(screen("Auswahl", "Select"))) }
        return Listing(
            caption: screen("Angehaltene Rechnungen", "Held bills"), columns: columns, lines: lines,
            empty: screen("Nichts ist angehalten.", "Nothing is held."), isStacked: true
        ).html()
    }

    private static func run(_ number: String, _ screen: Screen) -> HTML {
        screen.may(.readBillingRuns) ? "<a href=\"/billing-runs/\(segment: number)\">\(number)</a>" : "\(number)"
    }
}

/// What people have stopped; who may, lifts a hold right here.
struct HoldsTable: Sendable {
    let holds: [BillingHold]
    /// The account on whose page it stands; nil for the list of all.
    var account: String?

    func html(_ screen: Screen) -> HTML {
        let maySay = screen.may(.holdInvoices)
        let lines = holds.map { hold -> Listing.Line in
            let what: HTML =
                if let number = hold.account {
                    "\(screen(Words.account)) <a class=\"day\" href=\"/accounts/\(segment: number)/billing\">\(number)</a>"
                } else {
                    "\(screen(Words.contract)) <span class=\"day\">\(hold.contract)</span>"
                }
            var cells: [HTML] = [
                what, "\(hold.reason)", "\(hold.heldBy)", "<span class=\"day\">\(screen.format.moment(hold.heldAt))</span>",
            ]
            if maySay { cells.append(lifting(hold, screen)) }
            return Listing.Line(cells)
        }
        var columns: [Listing.Column] = [
            .init(screen("Was", "What")), .init(screen(Words.reason)), .init(screen("von", "by")), .init(screen("seit", "since")),
        ]
        if maySay { columns.append(.init(screen("Aufheben", "Lift"))) }
        return Listing(
            caption: screen("Sperren", "Holds"), columns: columns, lines: lines,
            empty: screen("Nichts ist gesperrt.", "Nothing is on hold.")
        ).html()
    }

    private func lifting(_ hold: BillingHold, _ screen: Screen) -> HTML {
        let subject = hold.account.map { "account:\($0)" } ?? "contract:\(hold.contract ?? "")"
        let back: HTML = account.map { "<input type=\"hidden\" name=\"account\" value=\"\($0)\">" } ?? .nothing
        return """
            <form method="post" action="/billing-holds">\(screen.csrf)\(back)<input type="hidden" name="subject" value="\(subject)">\
            <label class="hidden" for="lift-\(hold.id)">\(screen("Warum die Sperre von", "Why the hold of")) \(hold.account ?? hold.contract) \(screen("aufgehoben wird", "is lifted"))</label>\
            <input type="text" id="lift-\(hold.id)" name="reason" required maxlength="500" placeholder="\(screen(Words.reason))">\
            <button name="action" value="lift">\(screen("Aufheben", "Lift"))</button></form>
            """
    }
}
