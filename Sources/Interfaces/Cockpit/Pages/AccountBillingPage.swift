internal import AccessOperations
internal import BillingOperations
internal import PartnerOperations
internal import Partners
internal import Values
internal import Web

/// How an account is billed: what is stopped, what is paid in advance, what is kept back or to be corrected. Holds and instalments
/// stand on the account page, too; billing clerks, who do not see the ledger, have them here.
struct AccountBilling: Sendable {
    let account: String
    /// With their terms as of the last stretch.
    let contracts: [PartnerOverview.ContractEntry]
    let holds: [BillingHold]
    let instalments: [InstalmentRecord]
    var held: [HeldInvoice] = []
    var corrections: [CorrectionProposal] = []
    /// What waits for its final bill.
    var ended: [EndedContract] = []
    /// Plans that go on with an old amount after a correction.
    var outdated: [OutdatedPlan] = []
    /// Contracts that came from another account without a plan.
    var leftBehind: [PlanLeftBehind] = []
    var errors: [(field: String, text: String)] = []
    var typed = Fields()

    /// The page of its own.
    func html(_ screen: Screen, partner: Partner?) -> HTML {
        let whose: HTML =
            partner.map { partner in
                "<p>\(screen(Words.partner)) <a href=\"/partners/\(segment: partner.number?.description ?? partner.key)\">\(partner.name.display)</a></p>"
            } ?? .nothing
        let ledger: HTML =
            screen.may(.readAccounts)
            ? "<a class=\"button\" href=\"/accounts/\(segment: account)\">\(screen("Kontoauszug", "Statement"))</a>" : .nothing
        let waiting: HTML =
            held.isEmpty ? .nothing : Parts.panel(screen("Angehaltene Rechnungen", "Held bills"), HeldBillsPage.table(held, screen))
        let proposals: HTML =
            corrections.isEmpty
            ? .nothing : Parts.panel(screen("Berichtigungen", "Corrections"), CorrectionsPage.table(corrections, screen))
        return """
            <div class="head"><h1>\(screen("Abrechnung des Kontos", "Billing of the account")) <span class="day">\(account)</span></h1>\
            <div class="verbs">\(ledger)<a class="button" href="/invoices?account=\(segment: account)">\(screen(Words.invoices))</a></div></div>\(whose)\
            \(Parts.errors(screen, errors))\(EndedContractsPanel(contracts: ended).html(screen))\(waiting)\(proposals)\(OutdatedPlansPanel(plans: outdated).html(screen))\(PlansLeftBehindPanel(plans: leftBehind).html(screen))\(panels(screen))\(interim(screen))
            """
    }

    /// A bill before the period is over.
    private func interim(_ screen: Screen) -> HTML {
        guard screen.may(.startBillingRuns), !contracts.isEmpty else { return .nothing }
        let options = contracts.map { contract -> HTML in
            let isChosen = typed["contract"] == contract.number.description
            return
                "<option value=\"\(contract.number.description)\"\(raw: isChosen ? " selected" : "")>\(contract.number.description), \(screen(Words.commodity(contract.commodity)))</option>"
        }
        return Parts.panel(
            screen("Zwischenrechnung", "Interim bill"), id: "interim",
            """
            <form method="post" action="/accounts/\(segment: account)/interim-bills">\(screen.csrf)\
            <div class="field"><label for="interim-contract">\(screen(Words.contract))</label><select id="interim-contract" name="contract">\(options)</select></div>\
            \(Parts.field("last", screen("Letzter abzurechnender Tag", "Last day to bill"), type: "date", value: typed["last"] ?? "", hint: screen("Ohne Zählerstand vom Tag danach wird der Verbrauch rechnerisch abgegrenzt; die Rechnung sagt es. Die nächste beginnt, wo diese endet.", "Without a reading of the day after, the consumption is divided; the bill says so. The next one begins where this one ends."), error: error("last"), required: true))\
            <div class="verbs"><button>\(screen("Jetzt abrechnen", "Bill now"))</button></div></form>
            """)
    }

    /// Holds and instalments.
    func panels(_ screen: Screen) -> HTML {
        """
        \(Parts.panel(screen("Sperren der Abrechnung", "Billing holds"), id: "holds", "\(HoldsTable(holds: holds, account: account).html(screen))\(holding(screen))"))\
        \(Parts.panel(screen("Abschläge", "Instalments"), id: "instalments", side: letters(screen), "\(InstalmentsTable(instalments: instalments).html(screen))\(planning(screen))"))
        """
    }

    private func error(_ field: String) -> String? { errors.first { $0.field == field }?.text }

    // MARK: holds

    private func holding(_ screen: Screen) -> HTML {
        guard screen.may(.holdInvoices) else { return .nothing }
        let chosen = typed["subject"]
        func option(_ value: String, _ word: String) -> HTML {
            "<option value=\"\(value)\"\(raw: value == chosen ? " selected" : "")>\(word)</option>"
        }
        let options =
            [option("account:\(account)", screen("das ganze Konto", "the whole account"))]
            + contracts.map {
                option("contract:\($0.number.description)", "\($0.number.description), \(screen(Words.commodity($0.commodity)))")
            }
        return """
            <details\(raw: error("reason") == nil ? "" : " open")><summary>\(screen("Abrechnung sperren", "Stop the billing"))</summary>\
            <form method="post" action="/billing-holds">\(screen.csrf)<input type="hidden" name="account" value="\(account)">\
            <div class="field"><label for="subject">\(screen("Was", "What"))</label><select id="subject" name="subject">\(options)</select></div>\
            \(Parts.field("reason", screen(Words.reason), value: typed["reason"] ?? "", hint: screen("Nichts davon wird ausgestellt oder angefordert, bis jemand die Sperre aufhebt.", "Nothing of it is issued or requested until somebody lifts the hold."), error: error("reason"), required: true, attributes: " maxlength=\"500\""))\
            <div class="verbs"><button name="action" value="hold">\(screen("Sperren", "Stop"))</button></div></form></details>
            """
    }

    // MARK: instalments

    /// The plan of each contract that has one, as a letter.
    private func letters(_ screen: Screen) -> HTML {
        let planned = Set(instalments.filter { $0.state == .planned || $0.invoice == nil }.map(\.contract))
        let links = planned.sorted().map {
            "<a class=\"noprint\" href=\"/contracts/\(segment: $0)/instalment-plan.pdf\">\(screen("Plan als Brief", "Plan as a letter")) \($0)</a> "
                as HTML
        }
        return "\(links)"
    }

    private func planning(_ screen: Screen) -> HTML {
        guard screen.may(.startBillingRuns), !contracts.isEmpty else { return .nothing }
        let fields = ["yearly", "count", "firstDue"]
        let isOpen = errors.contains { fields.contains($0.field) }
        let options = contracts.map {
            "<option value=\"\($0.number.description)\"\(raw: $0.number.description == typed["contract"] ? " selected" : "")>\($0.number.description), \(screen(Words.commodity($0.commodity)))</option>"
                as HTML
        }
        return """
            <details\(raw: isOpen ? " open" : "")><summary>\(screen("Abschlagsplan ändern", "Change the plan"))</summary>\
            <form method="post" action="/accounts/\(segment: account)/instalments">\(screen.csrf)\
            <div class="field"><label for="contract">\(screen(Words.contract))</label><select id="contract" name="contract">\(options)</select></div>\
            \(Parts.field("yearly", screen("Erwartete Kosten eines Jahres, brutto", "Expected gross cost of a year"), value: typed["yearly"] ?? "", hint: screen("Leer: nach der letzten Rechnung.", "Empty: by the last bill."), error: error("yearly"), attributes: " inputmode=\"decimal\" autocomplete=\"off\""))\
            \(Parts.field("count", screen("Abschläge im Jahr", "Instalments of a year"), type: "number", value: typed["count"] ?? "11", error: error("count"), required: true, attributes: " min=\"1\" max=\"12\""))\
            \(Parts.field("firstDue", screen("Erster fällig am", "First one due on"), type: "date", value: typed["firstDue"] ?? proposedDay(screen).description, hint: screen("Die weiteren folgen monatlich.", "The others follow monthly."), error: error("firstDue"), required: true))\
            <p class="small">\(screen("Der bisherige Plan endet; was schon angefordert ist, bleibt. Beträge werden auf volle Euro gerundet.", "The plan so far ends; what was requested stays. Amounts are rounded to whole euros."))</p>\
            <div class="verbs"><button class="first">\(screen("Plan ändern", "Change the plan"))</button></div></form></details>
            """
    }

    /// The first of a month that leaves the customer two weeks.
    private func proposedDay(_ screen: Screen) -> Day {
        let soonest = screen.request.today.adding(days: 14)
        return Day(soonest.year, soonest.month, 1).adding(months: 1)
    }
}
