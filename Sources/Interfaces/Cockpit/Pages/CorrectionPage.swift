internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import InvoiceFormats
internal import Tariffs
internal import Values
internal import Web

/// One proposal: how much differs, which readings changed, both bills side by side, and the decision.
struct CorrectionPage: Sendable {
    let details: CorrectionDetails
    /// The word of the first of two people.
    var approval: CorrectionApproval?
    /// Whether one person is not enough.
    var needsTwo = false
    let readings: ReadingComparison
    /// Contracts of the bill whose instalments go on with the old amount.
    var outdated: [OutdatedPlan] = []
    var error: String?
    var typed = Fields()

    private var proposal: CorrectionProposal { details.proposal }

    func html(_ screen: Screen) -> HTML {
        let money = screen.format.money
        let number = "<a class=\"day\" href=\"/invoices/\(segment: proposal.invoice)\">\(proposal.invoice)</a>" as HTML
        let tax = "\(money(proposal.net)) + \(money(proposal.tax)) \(screen(Words.tax))"
        let side =
            proposal.gross.isNegative
            ? screen("zugunsten des Kunden", "in the customer's favour") : screen("nachzufordern", "to be charged in addition")
        let figures = Parts.figures([
            Parts.figure(screen("Berechnet, brutto", "Billed, gross"), screen.money(proposal.billed)),
            Parts.figure(screen("Richtig, brutto", "Right, gross"), screen.money(proposal.right)),
            Parts.figure(screen("Unterschied", "Difference"), screen.money(proposal.gross), note: "\(side): \(tax)"),
        ])
        return """
            <p><a href="/corrections">\(screen("Berichtigungen", "Corrections"))</a></p><div class="head"><h1>\(screen("Berichtigung", "Correction")) \(proposal.id)</h1>\(proposal.state.word.chip(screen))</div>\
            <p class="quiet">\(screen(Words.invoice)) \(number) · \(proposal.recipient) · <span class="day">\(screen.format.period(proposal.period))</span> · \(CorrectionsPage.cause(proposal.cause, screen))<br>\
            \(screen("gefunden", "found")) <span class="day">\(screen.format.moment(proposal.foundAt))</span>, \(proposal.foundBy)</p>\
            \(tooLate)\(decided(screen))\(OutdatedPlansPanel(plans: outdated).html(screen))\(figures)\(changes(screen))\(Parts.panel(screen("Beide Rechnungen nebeneinander", "Both bills side by side"), lines(screen)))\(document(screen))\(deciding(screen))
            """
    }

    /// Somebody else was quicker: the form that the error would stand in is gone.
    private var tooLate: HTML {
        guard proposal.state != .proposed, let error else { return .nothing }
        return Parts.notice(.bad, "<p>\(error)</p>")
    }

    private func decided(_ screen: Screen) -> HTML {
        guard let by = proposal.decidedBy, let at = proposal.decidedAt else { return .nothing }
        let what =
            switch proposal.method {
            case .difference: screen("Als Beleg über den Unterschied freigegeben", "Released as a document over the difference")
            case .rebill: screen("Zurückgenommen und neu abgerechnet", "Taken back and billed anew")
            case nil: screen("Verworfen; die Rechnung bleibt, wie sie ist", "Dismissed; the bill stays as it is")
            }
        let storno: HTML =
            proposal.storno.map {
                "<p>\(screen("Zurückgenommen durch", "Taken back by")): <a href=\"/invoices/\(segment: $0)\">\($0)</a></p>"
            } ?? .nothing
        let first: HTML =
            approval.map {
                "<p>\(screen("Erste Freigabe", "First release")): \($0.approvedBy), <span class=\"day\">\(screen.format.moment($0.approvedAt))</span>: \($0.reason)</p>"
            } ?? .nothing
        let document: HTML =
            proposal.document.map {
                "<p>\(screen("Ausgestellt und gebucht", "Issued and booked")): <a href=\"/invoices/\(segment: $0)\">\($0)</a>\(statement(screen))</p>"
            } ?? .nothing
        let back: HTML =
            proposal.documentCancelledBy.map {
                "<p>\(screen("Dieser Beleg ist zurückgenommen durch", "This document was taken back by")) <a href=\"/invoices/\(segment: $0)\">\($0)</a>. \(screen("Was jetzt offen ist, wird neu vorgeschlagen.", "What is open now is proposed anew."))</p>"
            } ?? .nothing
        return Parts.notice(
            proposal.document == nil ? .plain : proposal.documentCancelledBy == nil ? .good : .warn,
            "<p>\(what), \(by), <span class=\"day\">\(screen.format.moment(at))</span>: \(proposal.reason)</p>\(first)\(storno)\(document)\(back)"
        )
    }

    private func statement(_ screen: Screen) -> HTML {
        screen.may(.readAccounts)
            ? " · <a href=\"/accounts/\(segment: proposal.account)\">\(screen("Kontoauszug", "Statement"))</a>" : .nothing
    }

    // MARK: what changed

    private func changes(_ screen: Screen) -> HTML {
        guard proposal.cause != .tariff || !readings.changes.isEmpty else { return .nothing }
        func said(_ said: ReadingComparison.Said?) -> HTML {
            guard let said else { return "–" }
            let how: HTML =
                said.end.map { "<br><small>\(BillPage.how($0, said.basis, language: screen.paperLanguage))</small>" } ?? .nothing
            return "\(screen.format.exact(said.measure))\(how)"
        }
        let lines = readings.changes.map { change in
            Listing.Line([
                "<span class=\"day\">\(change.serial)</span>", "<span class=\"day\">\(change.obis.description)</span>",
                change.at.map { "<span class=\"day\">\(screen.format.moment($0))</span>" }
                    ?? "\(screen(Words.quantity)) <span class=\"day\">\(screen.format.period(change.range))</span>",
                said(change.billed), said(change.right),
            ])
        }
        var points: [HTML] = []
        var seen: Set<String> = []
        for supply in details.difference.supplies where screen.may(.readMeteringPoints) {
            guard seen.insert(supply.contract.meteringPoint).inserted else { continue }
            points.append(
                "<a href=\"/metering-points/\(segment: supply.contract.meteringPoint)\">\(supply.contract.meteringPoint)</a> ")
        }
        return Parts.panel(
            screen("Welche Zählerstände sich geändert haben", "Which readings have changed"), side: points.joined(),
            Listing(
                caption: screen("Geänderte Zählerstände", "Readings that changed"),
                columns: [
                    .init(screen(Words.meter)), .init("OBIS"), .init(screen("Wann", "When")),
                    .init(screen("berechnet mit", "billed with"), number: true), .init(screen("jetzt bekannt", "known now"), number: true),
                ], lines: lines,
                empty: screen(
                    "An den Enden des Zeitraums dieselben Stände; neu ist ein Stand oder eine Abgrenzung dazwischen.",
                    "The same readings at the ends of the period; a reading or a division in between is new."), isStacked: true
            ).html())
    }

    // MARK: lines

    private func lines(_ screen: Screen) -> HTML {
        let pairs = LineComparison(billed: details.billed, right: details.right).pairs
        let lines = pairs.map { pair -> Listing.Line in
            let named = pair.right ?? pair.billed
            let mark: HTML = pair.isSame ? .nothing : " \(Parts.chip(screen("geändert", "changed"), .warn))"
            return Listing.Line([
                "\(named.map { screen($0.label.de, $0.label.en) })\(mark)", side(pair.billed, screen),
                "\((pair.billed?.amount).map { screen.format.money($0) } ?? "–")", side(pair.right, screen),
                "\((pair.right?.amount).map { screen.format.money($0) } ?? "–")",
            ])
        }
        return Listing(
            caption: screen("Positionen beider Rechnungen", "Items of both bills"),
            columns: [
                .init(screen("Position", "Item")), .init(screen("wie berechnet", "as billed")),
                .init(screen("berechnet", "billed"), number: true),
                .init(screen("wie richtig", "as it is right")), .init(screen("richtig", "right"), number: true),
            ], lines: lines, foot: [],
            empty: screen("Keine Positionen.", "No items."), isStacked: true
        ).html()
    }

    private func side(_ line: Line?, _ screen: Screen) -> HTML {
        guard let line else { return "–" }
        return "<span class=\"day\">\(screen.format.period(line.period))</span><br><small>\(formula(line, screen))</small>"
    }

    private func formula(_ line: Line, _ screen: Screen) -> String {
        line.formula(screen.language == .german ? .german : .english)
    }

    /// What the document over the difference would say, for who wants to read it before.
    private func document(_ screen: Screen) -> HTML {
        let lines = details.difference.lines.map { line in
            let sign = line.isReversal ? screen("zurückgenommen", "taken back") : screen("neu", "new")
            return Listing.Line([
                "\(line.position)", "\(screen(line.label.de, line.label.en)) (\(sign))",
                "<span class=\"day\">\(screen.format.period(line.period))</span>", "<small>\(formula(line, screen))</small>",
                "\(screen.format.money(line.amount))",
            ])
        }
        let title = screen("Der Beleg über den Unterschied", "The document over the difference")
        return """
            <details class="panel"><summary>\(title)</summary>\
            \(Listing(caption: title, columns: [.init(screen(Words.number)), .init(screen("Position", "Item")), .init(screen(Words.period)), .init(screen("Herleitung", "How it was computed")), .init(screen(Words.net), number: true)], lines: lines, foot: [.nothing, .nothing, .nothing, "\(screen(Words.gross))", "\(screen.format.money(proposal.gross))"], empty: "–").html())</details>
            """
    }

    // MARK: the decision

    private func deciding(_ screen: Screen) -> HTML {
        guard proposal.state == .proposed, screen.may(.releaseInvoices) else { return .nothing }
        func option(_ method: CorrectionProposal.Method, _ word: String) -> HTML {
            "<option value=\"\(method.rawValue)\"\(raw: typed["method"] == method.rawValue ? " selected" : "")>\(word)</option>"
        }
        return Parts.panel(
            screen("Entscheiden", "Decide"), id: "decide",
            """
            \(Parts.errors(screen, error.map { [("reason", $0)] } ?? []))\(checks(screen))\(twoPeople(screen))<form method="post" action="/corrections/\(proposal.id)">\(screen.csrf)\
            \(Parts.field("reason", screen(Words.reason), value: typed["reason"] ?? "", hint: screen("Steht danach beim Beleg.", "Stands with the document afterwards."), error: error, required: true, attributes: " maxlength=\"500\""))\
            <div class="field"><label for="method">\(screen("Wie", "How"))</label><select id="method" name="method">\
            \(option(.difference, screen("Beleg über den Unterschied; die Rechnung bleibt", "document over the difference; the bill stays")))\
            \(option(.rebill, screen("Storno und neue Rechnung", "cancellation and a new bill")))</select></div>\
            <div class="verbs">\(releasing(screen))\
            <button name="action" value="dismiss">\(screen("Verwerfen", "Dismiss"))</button></div></form>\
            <p class="small">\(screen("Freigeben stellt sofort aus und bucht. Verwerfen lässt die Rechnung, wie sie ist; derselbe Unterschied wird nicht noch einmal vorgeschlagen.", "Releasing issues and books at once. Dismissing leaves the bill as it is; the same difference is not proposed again."))</p>
            """)
    }

    /// For what the right bill would be held.
    private func checks(_ screen: Screen) -> HTML {
        guard !proposal.checks.isEmpty else { return .nothing }
        let reasons = proposal.checks.map { "<p>\(BillingWords.cell($0, screen))</p>" as HTML }.joined()
        let title = screen(
            "Die richtige Rechnung wäre angehalten worden; bitte genau ansehen:",
            "The right bill would have been held; please look closely:")
        return Parts.notice(.warn, "<p><strong>\(title)</strong></p>\(reasons)")
    }

    /// Above an amount, or where the checks say no, two people release: who was first, and what is missing.
    private func twoPeople(_ screen: Screen) -> HTML {
        guard needsTwo else { return .nothing }
        let limit = screen.format.money(ReleaseCorrection.limit)
        guard let approval else {
            return Parts.notice(
                .plain,
                proposal.checks.isEmpty
                    ? "<p>\(screen("Über \(limit) geben zwei Personen frei. Ihre Freigabe ist die erste; ausgestellt wird mit der zweiten.", "Above \(limit) two people release. Yours is the first; it is issued with the second."))</p>"
                    : "<p>\(screen("Was die Prüfung anhält, geben zwei Personen frei. Ihre Freigabe ist die erste; ausgestellt wird mit der zweiten.", "What the checks hold is released by two people. Yours is the first; it is issued with the second."))</p>"
            )
        }
        let how = Self.way(approval.method, screen)
        return Parts.notice(
            .warn,
            "<p><strong>\(approval.approvedBy)</strong> \(screen("hat als erste Person freigegeben", "was the first to release")), <span class=\"day\">\(screen.format.moment(approval.approvedAt))</span> (\(how)): \(approval.reason)</p><p>\(isFirst(screen) ? screen("Jetzt muss eine andere Person freigeben; Sie können nur noch den Weg ändern oder verwerfen.", "Now another person has to release it; you can only change the way, or dismiss.") : screen("Geben Sie auf demselben Weg frei, wird ausgestellt und gebucht.", "If you release it in the same way, it is issued and booked."))</p>"
        )
    }

    /// Whether who looks is the first of two: a key is the person who made it.
    private func isFirst(_ screen: Screen) -> Bool { approval.map { $0.person == screen.request.principal?.person } ?? false }

    private func releasing(_ screen: Screen) -> HTML {
        let word =
            !needsTwo
            ? screen("Freigeben und buchen", "Release and book")
            : approval == nil
                ? screen("Als erste Person freigeben", "Release as the first")
                : isFirst(screen)
                    ? screen("Auf anderem Weg freigeben", "Release in the other way")
                    : screen("Als zweite freigeben und buchen", "Release as the second and book")
        return "<button class=\"first\" name=\"action\" value=\"release\">\(word)</button>"
    }

    private static func way(_ method: CorrectionProposal.Method, _ screen: Screen) -> String {
        switch method {
        case .difference: screen("Beleg über den Unterschied", "a document over the difference")
        case .rebill: screen("Storno und neue Rechnung", "cancellation and a new bill")
        }
    }
}
