internal import AccessOperations
internal import Ledger
internal import LedgerOperations
internal import PartnerOperations
internal import Values
internal import Web

extension CockpitInterface {
    /// Statement of an account, payments, trial balance, open items.
    func addLedger(to site: inout Site) {
        site.get("/ledger", kind: .page, allow: .permission(.readReports), summary: "Trial balance and age of debts") { request in
            try await ledger(self.screen(request))
        }
        site.get("/ledger/open-items", kind: .page, allow: .permission(.readReports), summary: "Open items") { request in
            try await openItems(self.screen(request))
        }
        site.get("/accounts/{account}", kind: .page, allow: .permission(.readAccounts), summary: "Statement of an account") { request in
            try await statement(self.screen(request), errors: [])
        }
        site.post("/accounts/{account}/payments", kind: .page, allow: .permission(.postPayments), summary: "Book a payment") { request in
            try await bookPayment(request)
        }
        site.translate { error in
            guard let refusal = error as? LedgerRefusal else { return nil }
            return switch refusal {
            case .unknownAccount, .unknownEntry: Problem(.notFound)
            default: Problem(.init(409, refusal.code, "The ledger does not allow it"))
            }
        }
    }

    private func ledger(_ screen: Screen) async throws -> WebResponse {
        let asOf = screen.request.query.filled("as_of").flatMap { Day(entered: $0) }
        let balance = try await GetTrialBalance(pool: pool)(asOf: AsOf(day: asOf))
        let aging = try await GetAging(pool: pool)(asOf: asOf ?? screen.request.today)
        return screen.page(screen(Words.ledger), here: "/ledger", LedgerPage(balance: balance, aging: aging, asOf: asOf).html(screen))
    }

    private func openItems(_ screen: Screen) async throws -> WebResponse {
        let asOf = screen.request.query.filled("as_of").flatMap { Day(entered: $0) }
        var cursor: OpenItem.Key?
        if let text = screen.request.query["after"] {
            let parts = text.split(separator: "/")
            if parts.count == 2, let entry = Int64(parts[0]), let line = Int16(parts[1]) {
                cursor = OpenItem.Key(entry: Identifier(entry), line: line)
            }
        }
        let page = try await ListOpenItems(pool: pool)(asOf: AsOf(day: asOf), after: cursor, limit: 200)
        let list = OpenItemsPage(items: page.items, next: page.next, asOf: asOf)
        return screen.page(screen("Offene Posten", "Open items"), here: "/ledger", list.html(screen))
    }

    private func statement(_ screen: Screen, errors: [(field: String, text: String)], typed: Fields = Fields()) async throws -> WebResponse
    {
        let query = screen.request.query
        let from = query.filled("from").flatMap { Day(entered: $0) }
        // People name the last day; everything else the first one after it.
        let until = query.filled("last").flatMap { Day(entered: $0) }?.adding(days: 1)
        let name = screen.request["account"]
        let (account, statement) = try await GetStatement(pool: pool)(name, from: from, until: until)
        let balance = try await GetBalance(pool: pool)(name, today: screen.request.today)
        let partner = screen.may(.readPartners) ? try await GetPartner(pool: pool).ofAccount(account.number) : nil
        try await look("account.view", account.number, screen)
        var page = AccountPage(
            account: account, statement: statement, balance: balance, partner: partner, from: from, until: until, errors: errors,
            typed: typed)
        if screen.may(.readInvoices) { page.billing = try await billing(of: account.number, partner) }
        var response = screen.page("\(screen(Words.account)) \(account.number)", page.html(screen))
        if !errors.isEmpty { response.status = 422 }
        return response
    }

    private func bookPayment(_ request: WebRequest) async throws -> WebResponse {
        let form = try await request.form()
        let screen = self.screen(request)
        var errors: [(field: String, text: String)] = []
        let amount = form.filled("amount").flatMap { AccountPage.amount($0, language: request.language) }
        if amount == nil || (amount ?? .zero) <= .zero {
            errors.append(
                (
                    "amount",
                    screen(
                        "Der Betrag fehlt oder ist keiner, zum Beispiel 123,45.", "The amount is missing or is none, for example 123.45.")
                ))
        }
        let day = form.filled("valueDate").flatMap { Day(entered: $0) }
        if day == nil { errors.append(("valueDate", screen("Der Tag der Wertstellung fehlt.", "The value date is missing."))) }
        // The key was drawn when the form was: sending it twice books once.
        guard errors.isEmpty, let amount, let day, let key = form.filled("key") else {
            return try await statement(screen, errors: errors, typed: form)
        }
        let payment = IncomingPayment(
            account: request["account"], amount: amount, valueDate: day, reference: form["reference"] ?? "", source: "cockpit",
            key: "cockpit:\(key)")
        let receipt = try await PostPayment(pool: pool)(
            payment, author: request.principal?.name ?? "", today: request.today, now: request.now)
        return .redirect("/accounts/\(PercentCoding.encode(request["account"]))?booked=\(receipt.number)")
    }

    /// Writes down who looked at whom.
    func look(_ command: String, _ object: String, _ screen: Screen) async throws {
        try await AuditLog.append(
            AuditEntry(
                who: screen.request.principal?.name ?? "", command: command, object: object, address: screen.request.remoteAddress,
                correlationId: screen.request.correlation),
            pool: pool, now: screen.request.now)
    }
}
