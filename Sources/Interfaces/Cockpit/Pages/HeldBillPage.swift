internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import InvoiceFormats
internal import Values
internal import Web

/// A bill that is kept back, as it would go out, with the reasons above it: nobody releases what he has not seen.
struct HeldBillPage: Sendable {
    let held: HeldInvoice
    /// nil where it did not come to a bill.
    let bill: BillPage?
    private let facts: [BillPage.Fact]

    init(_ held: HeldInvoice, _ invoice: Invoice?, language: BillLanguage) {
        self.held = held
        bill = invoice.map { BillPage($0, language: language) }
        facts = invoice.map { BillPage.factsOfDraft($0, language: language) } ?? []
    }

    func html(_ screen: Screen) -> HTML {
        let reasons = held.reasons.map { "<li>\(BillingWords.cell($0, screen))</li>" as HTML }
        let title = bill?.title ?? screen("Angehaltene Rechnung", "Held bill")
        return """
            <p><a href="/held-bills">\(screen("Angehaltene Rechnungen", "Held bills"))</a></p>\
            <article class="bill panel"><div class="head"><h1>\(title) <span class="day">\(screen("Vorschau", "preview"))</span></h1>\(held.state.word.chip(screen))</div>\
            <p><strong>\(held.recipient)</strong>, <span class="day">\(held.contract)</span>, <span class="day">\(screen.format.period(held.period))</span></p>\
            <h2>\(screen("Warum sie angehalten ist", "Why it is held"))</h2><ul>\(reasons)</ul>\(sheet(screen))</article>\(deciding(screen))
            """
    }

    private func sheet(_ screen: Screen) -> HTML {
        guard let bill else {
            return
                "<p>\(screen("Es kam zu keiner Rechnung; erst ist zu beheben, was fehlt.", "It came to no bill; what is missing is to be mended first."))</p>"
        }
        let facts = self.facts.map { "<dt>\($0.label)</dt><dd>\($0.value)</dd>" as HTML }
        return """
            <div class="answers"><div><div class="quiet">\(bill.headline.label)</div><div class="owed">\(bill.headline.value)</div></div>\
            <dl class="facts">\(facts)</dl></div>\(BillBody(bill: bill).html(screen))
            """
    }

    private func deciding(_ screen: Screen) -> HTML {
        guard held.state == .held, screen.may(.releaseInvoices) else { return .nothing }
        let release: HTML =
            held.isReleasable
            ? """
            \(Parts.field("reason", screen("Grund für die Freigabe", "Why it may go"), value: "", hint: screen("Steht danach bei der Rechnung.", "Stands with the bill afterwards."), attributes: " maxlength=\"500\""))\
            <div class="verbs"><button class="first" name="action" value="release">\(screen("Freigeben", "Release"))</button>\
            <button name="action" value="recheck">\(screen("Neu prüfen", "Check again"))</button></div>
            """ : "<div class=\"verbs\"><button name=\"action\" value=\"recheck\">\(screen("Neu prüfen", "Check again"))</button></div>"
        return """
            <form class="bill panel noprint" method="post" action="/held-bills">\(screen.csrf)<input type="hidden" name="id" value="\(held.id)">\(release)</form>
            """
    }
}
