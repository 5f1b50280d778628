internal import BillingOperations
internal import Values
internal import Web

/// Contracts whose plan of instalments stayed with the account that they left, with the way to plan anew.
struct PlansLeftBehindPanel: Sendable {
    let plans: [PlanLeftBehind]

    /// Nothing where nothing waits.
    func html(_ screen: Screen) -> HTML {
        guard !plans.isEmpty else { return .nothing }
        let lines = plans.map { plan in
            Listing.Line([
                "<a class=\"day\" href=\"/accounts/\(segment: plan.account)/billing#instalments\">\(plan.contract)</a><br><small>\(plan.recipient)</small>",
                "<span class=\"day\">\(plan.from)</span>", "<span class=\"day\">\(plan.account)</span>", screen.day(plan.since),
                "\(screen.format.money(plan.each))",
            ])
        }
        let title = screen("Abschläge nach Kontowechsel", "Instalments after a change of account")
        let table = Listing(
            caption: title,
            columns: [
                .init(screen(Words.contract)), .init(screen("bisher auf Konto", "so far on account")), .init(screen("jetzt auf", "now on")),
                .init(screen("seit", "since")), .init(screen("Abschlag bisher", "instalment so far"), number: true),
            ], lines: lines, empty: "–")
        return Parts.panel(
            title, id: "left-behind",
            """
            \(table.html())<p class="small">\(screen("Ein Abschlagsplan gilt für ein Vertragskonto: Nach dem Wechsel wird auf dem alten nichts mehr angefordert, und auf dem neuen erst, wenn dort ein Plan angelegt ist.", "A plan of instalments is of one account: after the change nothing more is asked for on the old one, and on the new one only when a plan is made there."))</p>
            """)
    }
}
