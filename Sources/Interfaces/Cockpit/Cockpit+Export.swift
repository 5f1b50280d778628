internal import AccessOperations
internal import Ledger
internal import LedgerOperations
internal import Values
internal import Web

extension CockpitInterface {
    /// What stands on the ledger's pages, as files.
    func addExports(to site: inout Site) {
        site.get("/ledger.csv", kind: .page, allow: .permission(.readReports), summary: "Trial balance as a file") { request in
            let day = request.query.filled("as_of").flatMap { Day(entered: $0) }
            let balance = try await GetTrialBalance(pool: pool)(asOf: AsOf(day: day))
            let screen = self.screen(request)
            var csv = CSVText(
                [
                    screen("Konto", "Account"), screen("Bezeichnung", "Name"), screen("Anfang", "Opening"), screen("Soll", "Debit"),
                    screen("Haben", "Credit"), screen(Words.balance),
                ], language: request.language)
            for row in balance.rows {
                let name = ChartOfAccounts.account(row.ledger).map { request.language == .german ? $0.name : $0.englishName } ?? ""
                csv.add(
                    [row.ledger.description, name] + [row.opening, row.debit, row.credit, row.closing].map { csv.amount($0) })
            }
            return csv.response(name: "trial-balance-\(day ?? request.today).csv")
        }
        site.get("/ledger/open-items.csv", kind: .page, allow: .permission(.readReports), summary: "Open items as a file") { request in
            try await openItemsFile(self.screen(request))
        }
        site.get("/accounts/{account}.csv", kind: .page, allow: .permission(.readAccounts), summary: "Statement as a file") { request in
            let screen = self.screen(request)
            let (account, statement) = try await GetStatement(pool: pool)(request["account"])
            try await look("account.export", account.number, screen)
            var csv = CSVText(
                [
                    screen("Buchung", "Booked"), screen("Vorgang", "Event"), screen("Beleg", "Document"), screen(Words.text),
                    screen(Words.due), screen(Words.amount), screen(Words.balance),
                ], language: request.language)
            for line in statement.lines {
                csv.add([
                    line.bookingDate.description, screen(LedgerPage.word(line.kind)), line.document ?? "", line.text,
                    line.due.description, csv.amount(line.amount), csv.amount(line.balance),
                ])
            }
            return csv.response(name: "\(account.number).csv")
        }
    }

    private func openItemsFile(_ screen: Screen) async throws -> WebResponse {
        let day = screen.request.query.filled("as_of").flatMap { Day(entered: $0) }
        var csv = CSVText(
            [
                screen(Words.account), screen("Art", "Kind"), screen("Beleg", "Document"), screen(Words.due),
                screen("ursprünglich", "original"), screen("offen", "open"),
            ], language: screen.language)
        var cursor: OpenItem.Key?
        repeat {
            let page = try await ListOpenItems(pool: pool)(asOf: AsOf(day: day), after: cursor, limit: 1_000)
            for (item, account) in page.items {
                csv.add([
                    account, screen(LedgerPage.word(item.kind)), item.document ?? "", item.due.description, csv.amount(item.original),
                    csv.amount(item.remaining),
                ])
            }
            cursor = page.next
        } while cursor != nil
        return csv.response(name: "open-items-\(day ?? screen.request.today).csv")
    }
}
