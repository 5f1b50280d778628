internal import AccessOperations
internal import BillingOperations
internal import Ledger
internal import Values
internal import Web

/// What a run came to, on its page: sums, reasons of holds, the extremes, its own trial balance.
struct RunReportPanels: Sendable {
    let report: BillingRunReport

    func html(_ screen: Screen) -> HTML {
        guard report.bills > 0 || !report.holds.isEmpty else { return .nothing }
        let path = "/billing-runs/\(PercentCoding.encode(report.run.number))"
        let files: HTML = "<span class=\"noprint\"><a href=\"\(path).csv\">CSV</a> <a href=\"\(path).xlsx\">Excel</a></span>"
        return """
            \(Parts.panel(screen("Bericht", "Report"), id: "report", side: files, sums(screen)))\(holds(screen))\(notices(screen))\
            \(bills(screen("Größte Rechnungen", "Largest bills"), report.largest, screen))\
            \(bills(screen("Kleinste Rechnungen", "Smallest bills"), report.smallest, screen))\(ledger(screen))
            """
    }

    private func sums(_ screen: Screen) -> HTML {
        let money = screen.format.money
        func line(_ kind: String, _ name: String, _ bills: Int64, _ net: Money, _ tax: Money?) -> Listing.Line {
            Listing.Line([
                "\(kind)", "\(name)", "\(screen.format.count(bills))", "\(money(net))", "\(tax.map(money) ?? "–")",
                "\(tax.map { money(net + $0) } ?? "–")",
            ])
        }
        let commodity = screen("Sparte", "Commodity")
        var lines = report.commodities.map { sum in
            line(commodity, Commodity(rawValue: sum.name).map { screen(Words.commodity($0)) } ?? sum.name, sum.bills, sum.net, sum.tax)
        }
        lines += report.taxes.map { sum in
            let rate = sum.rate.map { "\(screen.format.decimal($0.percent))\(Format.blank)%" }
            return line(screen("Steuersatz", "Tax rate"), rate ?? screen("ohne", "none"), sum.bills, sum.net, sum.tax)
        }
        lines += report.tariffs.map { line(screen("Tarif", "Tariff"), $0.name, $0.bills, $0.net, $0.tax) }
        let listing = Listing(
            caption: screen("Bericht", "Report"),
            columns: [
                .init(screen("Gliederung", "By")), .init(screen("Bezeichnung", "Name")), .init(screen(Words.invoices), number: true),
                .init(screen(Words.net), number: true), .init(screen("Steuer", "Tax"), number: true),
                .init(screen(Words.gross), number: true),
            ], lines: lines,
            foot: [
                "\(screen(Words.total))", .nothing, "\(screen.format.count(report.bills))", "\(money(report.net))", "\(money(report.tax))",
                "\(money(report.gross))",
            ], empty: screen("Keine Rechnung.", "No bill.")
        ).html()
        guard report.cancelled > 0 else { return listing }
        let sentence = screen(
            "Der Bericht zählt, was der Lauf ausgestellt hat. Davon zurückgenommen: \(screen.format.count(report.cancelled)) über \(money(report.cancelledNet + report.cancelledTax)) brutto; es gelten \(screen.format.count(report.bills - report.cancelled)) über \(money(report.standingNet + report.standingTax)).",
            "The report counts what the run has issued. Taken back since: \(screen.format.count(report.cancelled)) over \(money(report.cancelledNet + report.cancelledTax)) gross; \(screen.format.count(report.bills - report.cancelled)) over \(money(report.standingNet + report.standingTax)) stand."
        )
        return "\(listing)\(Parts.notice(.warn, "\(sentence)"))"
    }

    private func holds(_ screen: Screen) -> HTML {
        guard !report.holds.isEmpty else { return .nothing }
        let title = screen("Angehalten nach Grund", "Held back by reason")
        let lines = report.holds.map {
            Listing.Line([
                "\(BillingWords.title($0.code, screen))", BillingWords.told($0.code, $0.example, screen),
                "\(screen.format.count($0.contracts))",
            ])
        }
        return Parts.panel(
            title,
            Listing(
                caption: title,
                columns: [
                    .init(screen(Words.reason)), .init(screen("Beispiel", "Example")), .init(screen("Verträge", "Contracts"), number: true),
                ], lines: lines, empty: "–"
            ).html())
    }

    private func notices(_ screen: Screen) -> HTML {
        guard !report.notices.isEmpty else { return .nothing }
        let title = screen("Ausgestellt mit Hinweis", "Issued with a notice")
        let lines = report.notices.map { notice in
            Listing.Line([
                "\(BillingWords.title(notice.code, screen))", "<span lang=\"de\">\(notice.example)</span>",
                "\(screen.format.count(notice.bills))",
            ])
        }
        return Parts.panel(
            title,
            Listing(
                caption: title,
                columns: [
                    .init(screen("Hinweis", "Notice")), .init(screen("Beispiel", "Example")), .init(screen(Words.invoices), number: true),
                ], lines: lines, empty: "–"
            ).html())
    }

    private func bills(_ title: String, _ bills: [BillingRunReport.Bill], _ screen: Screen) -> HTML {
        guard !bills.isEmpty else { return .nothing }
        let lines = bills.map { bill in
            Listing.Line(
                ["\(bill.invoice ?? "–")", "\(bill.contract)", "\(bill.account)", "\(screen.format.money(bill.gross))"],
                path: screen.may(.readInvoices) ? bill.invoice.map { "/invoices/\(PercentCoding.encode($0))" } : nil)
        }
        return Parts.panel(
            title,
            Listing(
                caption: title,
                columns: [
                    .init(screen(Words.invoice)), .init(screen(Words.contract)), .init(screen(Words.account)),
                    .init(screen(Words.gross), number: true),
                ], lines: lines, empty: "–"
            ).html())
    }

    private func ledger(_ screen: Screen) -> HTML {
        guard let balance = report.balance, !balance.rows.isEmpty else { return .nothing }
        let money = screen.format.money
        let title = screen("Summen und Salden des Laufs", "Trial balance of the run")
        let lines = balance.rows.map { row -> Listing.Line in
            let name = ChartOfAccounts.account(row.ledger).map { screen.language == .german ? $0.name : $0.englishName } ?? ""
            return Listing.Line(["\(row.ledger.description)", "\(name)", "\(money(row.debit))", "\(money(row.credit))"])
        }
        let health: HTML =
            balance.balances
            ? Parts.chip(screen("ausgeglichen", "balanced"), .good) : Parts.chip(screen("nicht ausgeglichen!", "not balanced!"), .bad)
        return Parts.panel(
            title, side: health,
            Listing(
                caption: title,
                columns: [
                    .init(screen("Konto", "Account")), .init(screen("Bezeichnung", "Name")), .init(screen("Soll", "Debit"), number: true),
                    .init(screen("Haben", "Credit"), number: true),
                ], lines: lines,
                foot: ["\(screen(Words.total))", .nothing, "\(money(balance.debit))", "\(money(balance.credit))"], empty: "–"
            ).html())
    }
}
