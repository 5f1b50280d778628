internal import AccessOperations
internal import BillingOperations
internal import Values
internal import Web

/// Bills that would come out differently by now, the oldest first, and the button that looks for them.
struct CorrectionsPage: Sendable {
    let items: [CorrectionProposal]
    let next: String?
    let state: CorrectionProposal.State?
    let account: String?
    let search: CorrectionSearch.State
    /// Bills that were touched and cannot be computed again: the first of them, and how many.
    let unclear: [FindCorrections.Unclear]
    let unclearCount: Int64

    func html(_ screen: Screen) -> HTML {
        let more: HTML =
            next.map { next in
                "<p><a class=\"button\" href=\"/corrections?\(screen.request.query.with("cursor", next).urlEncoded)\">\(screen(Words.more))</a></p>"
            } ?? .nothing
        return """
            <div class="head"><h1>\(screen("Berichtigungen", "Corrections"))</h1>\(BillingSection.links(screen, here: "/corrections"))</div>\
            \(searched(screen))\(filter(screen))\(Parts.panel(screen("Rechnungen, die heute anders herauskämen", "Bills that would come out differently by now"), side: button(screen), CorrectionsPage.table(items, screen)))\(more)\(unclearPanel(screen))\
            <p class="small">\(screen("Ein später Zählerstand oder ein berichtigter Preis ändert keine Rechnung von selbst: Er wird hier vorgeschlagen, und eine Person entscheidet.", "A late reading or a corrected price changes no bill by itself: it is proposed here, and a person decides."))</p>
            """
    }

    private func button(_ screen: Screen) -> HTML {
        guard screen.may(.releaseInvoices) else { return .nothing }
        return
            "<form method=\"post\" action=\"/corrections/find\">\(screen.csrf)<button>\(screen("Jetzt nach überholten Rechnungen suchen", "Look for stale bills now"))</button></form>"
    }

    private func searched(_ screen: Screen) -> HTML {
        let count = { (number: Int) in screen.format.count(number) }
        switch search {
        case .never: return .nothing
        case .running(let since):
            return Parts.notice(
                .plain,
                "<p>\(screen("Die Suche läuft seit \(screen.format.moment(since)). Sie können die Seite verlassen.", "The search is running since \(screen.format.moment(since)). You may leave the page.")) <a href=\"/corrections\">\(screen("Neu laden", "Reload"))</a></p>"
            )
        case .failed:
            return Parts.notice(
                .bad,
                "<p>\(screen("Die letzte Suche ist abgebrochen. Bitte neu starten.", "The last search broke off. Please start it again."))</p>"
            )
        case .finished(let report, let at):
            return Parts.notice(
                report.unclear.isEmpty ? .good : .warn,
                """
                <p>\(screen("Suche vom \(screen.format.moment(at)): \(count(report.bills)) Rechnungen, \(count(report.touched)) berührt, \(count(report.proposed)) neue Vorschläge; zu entscheiden: \(count(report.waiting)).", "Search of \(screen.format.moment(at)): \(count(report.bills)) bills, \(count(report.touched)) touched, \(count(report.proposed)) new proposals; to be decided: \(count(report.waiting))."))</p>
                """)
        }
    }

    /// What waits for a person before anything can be proposed, whoever searched.
    private func unclearPanel(_ screen: Screen) -> HTML {
        guard unclearCount > 0 else { return .nothing }
        func list(_ title: String, _ items: [FindCorrections.Unclear]) -> HTML {
            let lines = items.map { item in
                "<li><a href=\"/invoices/\(segment: item.invoice)\">\(item.invoice)</a>: \(BillingWords.title(item.code, screen)): \(BillingWords.told(item.code, item.explanation, screen))</li>"
                    as HTML
            }
            return items.isEmpty ? .nothing : "<p>\(title):</p><ul>\(lines)</ul>"
        }
        let rest: HTML =
            unclearCount > Int64(unclear.count)
            ? "<p>\(screen("Die ersten \(unclear.count) von \(unclearCount).", "The first \(unclear.count) of \(unclearCount)."))</p>"
            : .nothing
        return Parts.panel(
            screen("Ohne Vorschlag: erst beheben", "Without a proposal: to be mended first"), id: "unclear",
            """
            \(list(screen("Zu stornieren", "To be cancelled"), unclear.filter(\.isToBeCancelled)))\
            \(list(screen("Nicht zu berechnen", "Cannot be computed"), unclear.filter { !$0.isToBeCancelled }))\(rest)
            """)
    }

    private func filter(_ screen: Screen) -> HTML {
        func option(_ value: String, _ word: String, _ chosen: Bool) -> HTML {
            "<option value=\"\(value)\"\(raw: chosen ? " selected" : "")>\(word)</option>"
        }
        let states =
            CorrectionProposal.State.allCases.map { option($0.rawValue, screen($0.word.phrase), state == $0) }
            + [option("all", screen(Words.all), state == nil)]
        return """
            <form class="filter" action="/corrections"><div><label for="state">\(screen(Words.state))</label><select id="state" name="state">\(states)</select></div>\
            <div><label for="account">\(screen(Words.account))</label><input type="text" id="account" name="account" value="\(account)" maxlength="80"></div>\
            <button>\(screen(Words.show))</button></form>
            """
    }

    static func table(_ items: [CorrectionProposal], _ screen: Screen) -> HTML {
        let lines = items.map { proposal in
            Listing.Line(
                [
                    "<span class=\"day\">\(proposal.invoice)</span>", "\(proposal.recipient)",
                    "<span class=\"day\">\(screen.format.period(proposal.period))</span>", "\(cause(proposal.cause, screen))",
                    proposal.state.word.chip(screen), "\(screen.format.money(proposal.billed))", "\(screen.format.money(proposal.right))",
                    "<strong>\(screen.format.money(proposal.gross))</strong>",
                    "<span class=\"day\">\(screen.format.moment(proposal.foundAt))</span>",
                ], path: "/corrections/\(proposal.id)")
        }
        return Listing(
            caption: screen("Berichtigungen", "Corrections"),
            columns: [
                .init(screen(Words.invoice)), .init(screen("Empfänger", "Recipient")), .init(screen(Words.period)),
                .init(screen("Anlass", "Cause")), .init(screen(Words.state)), .init(screen("berechnet", "billed"), number: true),
                .init(screen("richtig", "right"), number: true), .init(screen("Unterschied", "Difference"), number: true),
                .init(screen("gefunden", "found")),
            ], lines: lines, empty: screen("Keine Rechnung ist überholt.", "No bill is stale."), isStacked: true, isDense: true
        ).html()
    }

    static func cause(_ cause: CorrectionProposal.Cause, _ screen: Screen) -> String {
        switch cause {
        case .readings: screen("spätere Zählerstände", "later readings")
        case .tariff: screen("berichtigte Preise", "corrected prices")
        case .contract: screen("anderes Ende oder andere Bedingungen des Vertrags", "another end or other terms of the contract")
        case .both: screen("spätere Zählerstände und berichtigte Preise", "later readings and corrected prices")
        }
    }
}
