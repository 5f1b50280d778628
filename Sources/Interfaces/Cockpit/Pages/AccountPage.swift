internal import AccessOperations
internal import Digests
internal import Ledger
internal import LedgerOperations
internal import PartnerOperations
internal import Partners
internal import Values
internal import Web

/// What happened on a contract account, with the balance after each line, and the form for a payment.
struct AccountPage: Sendable {
    let account: AccountReference
    let statement: AccountStatement
    let balance: AccountBalance
    let partner: PartnerOverview?
    let from: Day?
    let until: Day?
    let errors: [(field: String, text: String)]
    let typed: Fields
    /// Holds and instalments, for who may see bills.
    var billing: AccountBilling?

    func html(_ screen: Screen) -> HTML {
        let whose: HTML =
            partner.map { partner in
                let number = partner.partner.number?.description ?? partner.partner.key
                return "<p>\(screen(Words.partner)) <a href=\"/partners/\(segment: number)\">\(partner.partner.name.display)</a></p>"
            } ?? .nothing
        let booked: HTML =
            screen.request.query["booked"].map { number in
                Parts.notice(
                    .good,
                    "<p>\(screen("Gebucht als \(number). Eine falsche Buchung nimmt die Buchhaltung durch Storno zurück.", "Booked as \(number). Accounting takes a wrong entry back by reversal."))</p>"
                )
            } ?? .nothing
        return """
            <div class="head"><h1>\(screen(Words.account)) <span class="day">\(account.number)</span></h1>\(links(screen))</div>\(whose)\(booked)\
            \(AccountPage.figures(balance, screen))\(filter(screen))\(Parts.panel(screen("Kontoauszug", "Statement"), side: Parts.export("/accounts/\(PercentCoding.encode(account.number)).csv", asOf: nil, screen), table(screen)))\(billing.map { $0.panels(screen) })\(form(screen))
            """
    }

    private func links(_ screen: Screen) -> HTML {
        guard screen.may(.readInvoices) else { return .nothing }
        return
            "<a class=\"button noprint\" href=\"/accounts/\(segment: account.number.description)/billing\">\(screen("Abrechnung und Abschläge", "Billing and instalments"))</a>"
    }

    static func figures(_ balance: AccountBalance, _ screen: Screen, link: Bool = false) -> HTML {
        let path = link ? "/accounts/\(PercentCoding.encode(balance.account.number))" : nil
        let note = balance.balance.isNegative ? screen("Guthaben des Kunden", "in the customer's favour") : nil
        var all = [
            Parts.figure(screen(Words.balance), screen.money(balance.balance), note: note, path: path),
            Parts.figure(screen("Heute fällig", "Due today"), screen.money(balance.due), path: path),
        ]
        if balance.onAccount > .zero {
            all.append(Parts.figure(screen("Ohne Zuordnung", "Unallocated"), screen.money(balance.onAccount), path: path))
        }
        return Parts.figures(all)
    }

    private func filter(_ screen: Screen) -> HTML {
        """
        <form class="filter"><div><label for="from">\(screen(Words.from))</label><input type="date" id="from" name="from" value="\(from?.description)"></div>\
        <div><label for="last">\(screen(Words.until))</label><input type="date" id="last" name="last" value="\(until?.adding(days: -1).description)"></div>\
        <button>\(screen(Words.show))</button></form>
        """
    }

    func table(_ screen: Screen) -> HTML { AccountPage.table(statement, of: account.number, screen) }

    /// Several may stand on one page, so each is named by its account.
    static func table(_ statement: AccountStatement, of account: String, _ screen: Screen, last: Int? = nil) -> HTML {
        let money = screen.format.money
        let shown = last.map { Array(statement.lines.suffix($0)) } ?? statement.lines
        let lines = shown.map { line -> Listing.Line in
            let isInvoice = line.kind == .invoice || line.kind == .reversal
            let document: HTML =
                if isInvoice, screen.may(.readInvoices), let number = line.document {
                    "<a class=\"day\" href=\"/invoices/\(segment: number)\">\(number)</a>"
                } else { "<span class=\"day\">\(line.document)</span>" }
            return Listing.Line([
                screen.day(line.bookingDate), "\(screen(LedgerPage.word(line.kind)))", document, "\(line.text)", screen.day(line.due),
                "\(money(line.amount))", "\(money(line.balance))",
            ])
        }
        return Listing(
            caption: "\(screen("Kontoauszug", "Statement")) \(account)",
            columns: [
                .init(screen("Buchung", "Booked")), .init(screen("Vorgang", "Event")), .init(screen("Beleg", "Document")),
                .init(screen(Words.text)),
                .init(screen(Words.due)), .init(screen(Words.amount), number: true), .init(screen(Words.balance), number: true),
            ],
            lines: lines,
            foot: lines.isEmpty
                ? [] : [.nothing, .nothing, .nothing, .nothing, .nothing, "\(screen(Words.balance))", "\(money(statement.closing))"],
            empty: screen("Auf diesem Konto ist noch nichts gebucht.", "Nothing has been booked on this account yet.")
        ).html()
    }

    private func form(_ screen: Screen) -> HTML {
        guard screen.may(.postPayments) else { return .nothing }
        func error(_ field: String) -> String? { errors.first { $0.field == field }?.text }
        return Parts.panel(
            screen("Zahlung buchen", "Book a payment"), id: "pay",
            """
            \(Parts.errors(screen, errors))<form method="post" action="/accounts/\(segment: account.number)/payments">\(screen.csrf)\
            <input type="hidden" name="key" value="\(typed["key"] ?? SecureRandom.token(bytes: 16))">\
            \(Parts.field("amount", screen(Words.amount), value: typed["amount"] ?? "", hint: screen("in Euro, zum Beispiel 123,45", "in euros, for example 123.45"), error: error("amount"), required: true, attributes: " inputmode=\"decimal\" autocomplete=\"off\""))\
            \(Parts.field("valueDate", screen("Wertstellung", "Value date"), type: "date", value: typed["valueDate"] ?? screen.request.today.description, error: error("valueDate"), required: true))\
            \(Parts.field("reference", screen("Verwendungszweck", "Remittance"), value: typed["reference"] ?? "", hint: screen("Die Rechnungsnummer darin ordnet die Zahlung zu.", "A bill number in it allocates the payment."), attributes: " maxlength=\"200\""))\
            <div class="verbs"><button class="first">\(screen("Zahlung buchen", "Book the payment"))</button></div></form>
            """)
    }

    /// What people type: `1.234,56` in German, `1,234.56` in English, and `1234.56` in both.
    static func amount(_ text: String, language: Language) -> Money? {
        let trimmed = text.filter { !$0.isWhitespace && $0 != "€" }
        if let plain = Money(trimmed), !(language == .german && AccountPage.looksGrouped(trimmed)) { return plain }
        let (point, grouping): (Character, Character) = language == .german ? (",", ".") : (".", ",")
        let halves = trimmed.split(separator: point, omittingEmptySubsequences: false)
        guard halves.count <= 2, let whole = halves.first else { return nil }
        let groups = whole.split(separator: grouping, omittingEmptySubsequences: false)
        // Grouped means in threes: 1.23,4 is a slip, not a number.
        guard groups.count == 1 || (groups.dropFirst().allSatisfy { $0.count == 3 } && (1...3).contains(groups[0].count)) else {
            return nil
        }
        return Money(groups.joined() + (halves.count == 2 ? "." + halves[1] : ""))
    }

    /// `1.234` is one thousand and some to a German reader, not one and a bit.
    private static func looksGrouped(_ text: String) -> Bool {
        let groups = text.split(separator: ".", omittingEmptySubsequences: false)
        return groups.count > 1 && groups.dropFirst().allSatisfy { $0.count == 3 }
    }
}
