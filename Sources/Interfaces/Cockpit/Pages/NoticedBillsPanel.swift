internal import AccessOperations
internal import BillingOperations
internal import Values
internal import Web

/// Bills that went out although a check said something of them: nothing waits here, but somebody ought to know.
struct NoticedBillsPanel: Sendable {
    let bills: [NoticedBill]
    let hasMore: Bool

    func html(_ screen: Screen) -> HTML {
        guard !bills.isEmpty else { return .nothing }
        let title = screen("Ausgestellt mit Hinweis", "Issued with a notice")
        let lines = bills.map { bill in
            let notices = bill.notices.map { "<li>\(BillingWords.cell($0, screen, isNotice: true))</li>" as HTML }
            return Listing.Line(
                [
                    "<span class=\"day\">\(bill.invoice)</span>", "\(bill.recipient)<br><small>\(bill.account)</small>",
                    "<ul>\(notices)</ul>", "<span class=\"day\">\(screen.format.day(bill.issuedOn))</span>",
                    "\(screen.format.money(bill.gross))", "<span class=\"day\">\(bill.run)</span>",
                ], path: screen.may(.readInvoices) ? "/invoices/\(PercentCoding.encode(bill.invoice))" : nil)
        }
        let more: HTML =
            hasMore
            ? "<p class=\"small\">\(screen("Gezeigt sind die neuesten; alle eines Laufs zeigt der Filter.", "These are the newest; the filter shows all of a run."))</p>"
            : .nothing
        return Parts.panel(
            title, id: "notices",
            "\(Listing(caption: title, columns: [.init(screen(Words.invoice)), .init(screen("Empfänger", "Recipient")), .init(screen("Hinweis", "Notice")), .init(screen("vom", "of")), .init(screen(Words.gross), number: true), .init(screen("Lauf", "Run"))], lines: lines, empty: "–", isStacked: true).html())\(more)"
        )
    }
}
