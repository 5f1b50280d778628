internal import AccessOperations
internal import BillingOperations
internal import Values
internal import Web

/// Plans of instalments that go on with an amount which is right no longer, each with what would be right, and the decision.
struct OutdatedPlansPanel: Sendable {
    let plans: [OutdatedPlan]
    var error: String?
    var typed = Fields()

    func html(_ screen: Screen) -> HTML {
        guard !plans.isEmpty else { return .nothing }
        let lines = plans.map { plan in
            let mark =
                plan.isTooMuch
                ? Parts.chip(screen("zu hoch", "too much"), .warn) : Parts.chip(screen("zu niedrig", "too little"), .plain)
            let right = plan.rightEach.map { screen.format.money($0) } ?? screen("keiner", "none")
            return Listing.Line([
                "<a class=\"day\" href=\"/accounts/\(segment: plan.account)/billing#instalments\">\(plan.contract)</a><br><small>\(plan.recipient)</small>",
                "<a class=\"day\" href=\"/invoices/\(segment: plan.changedBy)\">\(plan.changedBy)</a>",
                "\(screen.format.money(plan.each))<br><small>\(screen("im Jahr", "a year")) \(screen.format.money(plan.yearly))</small>",
                "\(right) \(mark)<br><small>\(screen("im Jahr", "a year")) \(screen.format.money(plan.rightYearly))</small>",
                screen.day(plan.nextDue), deciding(plan, screen),
            ])
        }
        let table = Listing(
            caption: screen("Abschlagspläne nach Berichtigungen", "Plans after corrections"),
            columns: [
                .init(screen(Words.contract)), .init(screen("geändert durch", "changed by")),
                .init(screen("Abschlag bisher", "instalment so far"), number: true),
                .init(screen("nach der Rechnung richtig", "right by the bill"), number: true), .init(screen("nächster", "next")),
                .init(screen("Entscheiden", "Decide")),
            ], lines: lines, empty: "–"
        ).html()
        return Parts.panel(
            screen("Abschläge nach Berichtigungen", "Instalments after corrections"), id: "outdated",
            """
            \(Parts.errors(screen, error.map { [("reason", $0)] } ?? []))\(table)\
            <p class="small">\(screen("Abschläge richten sich nach dem zuletzt abgerechneten Zeitraum (§ 13 Abs. 1 StromGVV). Zu hohe sind vor dem nächsten Abschlag zu senken, zuviel Bezahltes wird spätestens mit dem nächsten verrechnet (§ 13 Abs. 3); höhere kann man verlangen. Neu planen beendet den alten Plan; was angefordert ist, bleibt.", "Instalments are in proportion to the last billed period (§ 13(1) StromGVV). What is too much is lowered before the next one, and what was overpaid is set off with it at the latest (§ 13(3)); more may be asked for. Planning anew ends the old plan; what was requested stays."))</p>
            """)
    }

    private func deciding(_ plan: OutdatedPlan, _ screen: Screen) -> HTML {
        guard screen.may(.startBillingRuns) else { return .nothing }
        let field = "reason-\(plan.contract)"
        let value = typed["contract"] == plan.contract ? typed["reason"] ?? "" : ""
        return """
            <form method="post" action="/instalments/plans">\(screen.csrf)<input type="hidden" name="contract" value="\(plan.contract)">\
            <div class="verbs"><button class="first" name="action" value="adopt">\(screen("Neu planen", "Plan anew"))</button></div></form>\
            <form method="post" action="/instalments/plans">\(screen.csrf)<input type="hidden" name="contract" value="\(plan.contract)">\
            <label for="\(field)">\(screen("oder warum er bleibt", "or why it stays"))</label>\
            <input id="\(field)" name="reason" value="\(value)" maxlength="500"><button name="action" value="keep">\(screen("Belassen", "Leave it"))</button></form>
            """
    }
}
