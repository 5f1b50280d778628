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
        <article class="bill panel">\(letter(screen))\(answers)\(verbs(screen))\(comparison(screen))\(groups(screen))\(sums)\
        \(table(bill.meters))\(bill.breakdowns.map(table))\(law)</article>\(cancelling(screen))
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
        return """
            <div class="verbs"><button type="button" data-print>\(screen("Drucken", "Print"))</button>\
            <a class="button" href="/invoices/\(segment: number).pdf">PDF</a>\
            <a class="button" href="/invoices/\(segment: number).xml">XRechnung</a>\(partner)\(account)</div>
            """
    }

    private func comparison(_ screen: Screen) -> HTML {
        guard let comparison = bill.comparison, let unit = record.consumption?.unit else { return .nothing }
        let chart = BarChart(
            title: comparison.title, commodity: record.commodity, unit: unit,
            bars: comparison.bars.map { .init(label: $0.label, name: $0.label, micro: $0.micro, estimatedMicro: 0, beforeMicro: nil) })
        return "<section><h2>\(comparison.title)</h2><p>\(comparison.sentence)</p>\(chart.html(screen.format, id: "compare"))</section>"
    }

    private func groups(_ screen: Screen) -> HTML {
        let bodies = bill.groups.map { group -> HTML in
            let rows = group.rows.map { row -> HTML in
                let details = row.details.map { "<li>\($0)</li>" as HTML }
                let why: HTML =
                    details.isEmpty
                    ? .nothing : "<details><summary>\(screen("Herleitung", "How it was computed"))</summary><ul>\(details)</ul></details>"
                let note: HTML = row.note.isEmpty ? .nothing : " · \(row.note)"
                return """
                    <tr><td>\(row.label)<br><small>\(row.period)\(note)</small>\(why)</td><td class="number">\(row.quantity)</td>\
                    <td class="number">\(row.price)</td><td class="number">\(row.amount)</td></tr>
                    """
            }
            return """
                <tbody><tr><th colspan="4" scope="rowgroup"><h3>\(group.title)</h3>\(group.supply.map { "<small>\($0)</small>" as HTML })</th></tr>\(rows)<tr><th scope="row" colspan="3">\(screen(Words.total)) \(group.title)</th>\
                <td class="number"><strong>\(group.sum)</strong></td></tr></tbody>
                """
        }
        return """
            <section><h2>\(screen("So setzt sich der Betrag zusammen", "What the amount is made of"))</h2><div class="scroll" role="region" aria-label="\(bill.title)" tabindex="0"><table><thead><tr>\
            <th scope="col">\(screen("Position", "Item"))</th><th scope="col" class="number">\(screen(Words.quantity))</th>\
            <th scope="col" class="number">\(screen(Words.price))</th><th scope="col" class="number">\(screen(Words.net))</th></tr></thead>\(bodies)</table></div></section>
            """
    }

    private var sums: HTML {
        let last = bill.sums.count - 1
        let rows = bill.sums.enumerated().map { index, fact -> HTML in
            let value: HTML = index == last ? "<strong>\(fact.value)</strong>" : "\(fact.value)"
            return "<tr><th scope=\"row\">\(fact.label)</th><td class=\"number\">\(value)</td></tr>"
        }
        return "<section><table><tbody>\(rows)</tbody></table></section>"
    }

    private func table(_ table: BillPage.Table) -> HTML {
        let columns = table.head.enumerated().map { Listing.Column($1, number: table.numbers.contains($0)) }
        let lines = table.rows.map { Listing.Line($0.map { "\($0)" }) }
        return
            "<section><h2>\(table.title)</h2>\(Listing(caption: table.title, columns: columns, lines: lines, empty: "–").html())</section>"
    }

    private var law: HTML {
        let all = bill.statements.map { statement -> HTML in
            "<h3>\(statement.title)</h3>\(statement.paragraphs.map { "<p>\($0)</p>" as HTML })"
        }
        return "<footer class=\"law\">\(all)</footer>"
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
