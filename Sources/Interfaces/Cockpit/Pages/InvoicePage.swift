internal import AccessOperations
internal import Billing
internal import BillingOperations
internal import InvoiceFormats
internal import Values
internal import Web

/// A bill as a customer reads it, from the same model as the PDF, so that the two cannot say different things: first how much, until
/// when, what period, who, and why it differs from last year; then the lines with their reasons; then what the law wants said.
struct InvoicePage: Sendable {
    let record: InvoiceRecord
    let bill: BillPage
    let error: String?
    /// The bill that was taken back to be written anew as this one.
    let replaces: String?
    /// What is to be said of corrections.
    var note: HTML = .nothing

    init(_ stored: StoredInvoice, language: Language, error: String? = nil) {
        record = stored.record
        replaces = stored.invoice.replaces?.description
        bill = BillPage(stored.invoice, language: language == .german ? .de : .en)
        self.error = error
    }

    func html(_ screen: Screen) -> HTML {
        """
        <article class="bill panel">\(letter(screen))\(answers)\(verbs(screen))\(comparison(screen))\
        \(BillBody(bill: bill, slots: record.number).html(screen))</article>\(cancelling(screen))
        """
    }

    private func letter(_ screen: Screen) -> HTML {
        let recipient = bill.recipient.enumerated().map { index, line in index == 0 ? "<strong>\(line)</strong><br>" : "\(line)<br>" as HTML
        }
        let sender = bill.sender.map { "\($0)<br>" as HTML }
        let links: HTML = """
            \(record.cancels.map { "<p>\(screen("Nimmt zurück", "Takes back")): <a href=\"/invoices/\(segment: $0)\">\($0)</a></p>" as HTML })\
            \(replaces.map { "<p>\(screen("Ersetzt", "Replaces")): <a href=\"/invoices/\(segment: $0)\">\($0)</a></p>" as HTML })\
            \(record.cancelledBy.map { "<p>\(screen("Zurückgenommen durch", "Taken back by")): <a href=\"/invoices/\(segment: $0)\">\($0)</a></p>" as HTML })
            """
        return """
            <div class="letter"><address>\(recipient)</address><address class="small">\(sender)</address></div>\
            <div class="head"><h1>\(bill.title) <span class="day">\(bill.number)</span></h1>\(InvoicePage.chip(record, screen))</div>\(links)\(note)
            """
    }

    private var answers: HTML {
        let facts = bill.facts.map { "<dt>\($0.label)</dt><dd>\($0.value)</dd>" as HTML }
        return """
            <div class="answers"><div><div class="quiet">\(bill.headline.label)</div><div class="owed">\(bill.headline.value)</div><p>\(bill.due)</p></div>\
            <dl class="facts">\(facts)</dl></div>
            """
    }

    private func verbs(_ screen: Screen) -> HTML {
        let number = record.number
        let partner: HTML =
            screen.may(.readPartners)
            ? "<a class=\"button\" href=\"/partners/\(segment: record.partner)\">\(screen(Words.partner))</a>" : .nothing
        let account: HTML =
            screen.may(.readAccounts)
            ? "<a class=\"button\" href=\"/accounts/\(segment: record.account)\">\(screen("Kontoauszug", "Statement"))</a>" : .nothing
        let billing: HTML =
            "<a class=\"button\" href=\"/accounts/\(segment: record.account)/billing\">\(screen("Abrechnung und Abschläge", "Billing and instalments"))</a>"
        return """
            <div class="verbs"><button type="button" data-print>\(screen("Drucken", "Print"))</button>\
            <a class="button" href="/invoices/\(segment: number).pdf">PDF</a>\
            <a class="button" href="/invoices/\(segment: number).xml">XRechnung</a>\(partner)\(account)\(billing)</div>
            """
    }

    private func comparison(_ screen: Screen) -> HTML {
        guard let comparison = bill.comparison, let unit = record.consumption?.unit else { return .nothing }
        let chart = BarChart(
            title: comparison.title, commodity: record.commodity, unit: unit,
            bars: comparison.bars.map { .init(label: $0.label, name: $0.label, micro: $0.micro, estimatedMicro: 0, beforeMicro: nil) })
        return "<section><h2>\(comparison.title)</h2><p>\(comparison.sentence)</p>\(chart.html(screen.format, id: "compare"))</section>"
    }

    /// The form that takes a bill back: it says what will happen and how to undo it.
    private func cancelling(_ screen: Screen) -> HTML {
        guard screen.may(.cancelInvoices), record.cancelledBy == nil, !record.isCancellation else { return .nothing }
        let wrong: HTML = error.map { "<p class=\"error\">\($0)</p>" } ?? .nothing
        return """
            <details class="bill panel noprint"\(raw: error == nil ? "" : " open")><summary>\(screen("Rechnung zurücknehmen (Storno)", "Take the bill back (cancellation)"))</summary>\
            <p>\(screen(
                "Es entsteht eine Stornorechnung mit eigener Nummer über \(screen.format.money(-record.gross)), und die Buchung wird zurückgenommen. Diese Rechnung bleibt, wie sie ist. Danach kann der Zeitraum neu abgerechnet werden.",
                "A cancellation with its own number over \(screen.format.money(-record.gross)) is written and the entry is reversed. This bill stays as it is. The period can be billed again afterwards."))</p>\
            <form method="post" action="/invoices/\(segment: record.number)/cancel">\(screen.csrf)<div class="field\(raw: error == nil ? "" : " wrong")"><label for="reason">\(screen(Words.reason))</label>\(wrong)\
            <input type="text" id="reason" name="reason" required maxlength="200"></div><div class="verbs"><button>\(screen("Stornieren", "Cancel it"))</button></div></form></details>
            """
    }

    static func chip(_ record: InvoiceRecord, _ screen: Screen) -> HTML {
        if record.isCancellation { return Parts.chip(screen("Storno", "cancellation"), .warn) }
        return switch record.state {
        case .draft: Parts.chip(screen("Entwurf", "draft"))
        case .held: Parts.chip(screen("angehalten", "held"), .warn)
        case .approved: Parts.chip(screen("freigegeben", "approved"))
        case .issued: Parts.chip(screen("ausgestellt", "issued"), .good)
        case .cancelled: Parts.chip(screen("storniert", "cancelled"), .warn)
        }
    }
}
