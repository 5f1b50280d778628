internal import Ledger
internal import Values
internal import Web

/// Trial balance and age of debts, as of a day.
struct LedgerPage: Sendable {
    let balance: TrialBalance
    let aging: Aging
    let asOf: Day?

    func html(_ screen: Screen) -> HTML {
        let money = screen.format.money
        let rows = balance.rows.map { row -> Listing.Line in
            let name = ChartOfAccounts.account(row.ledger).map { screen.language == .german ? $0.name : $0.englishName } ?? ""
            return Listing.Line([
                "\(row.ledger.description)", "\(name)", "\(money(row.opening))", "\(money(row.debit))", "\(money(row.credit))",
                "\(money(row.closing))",
            ])
        }
        let closing = balance.rows.map(\.closing).total()
        let table = Listing(
            caption: screen("Summen- und Saldenliste", "Trial balance"),
            columns: [
                .init(screen("Konto", "Account")), .init(screen("Bezeichnung", "Name")), .init(screen("Anfang", "Opening"), number: true),
                .init(screen("Soll", "Debit"), number: true), .init(screen("Haben", "Credit"), number: true),
                .init(screen(Words.balance), number: true),
            ],
            lines: rows,
            foot: [
                "\(screen(Words.total))", .nothing, .nothing, "\(money(balance.debit))", "\(money(balance.credit))", "\(money(closing))",
            ],
            empty: screen("Es ist noch nichts gebucht.", "Nothing has been booked yet."))
        let health: HTML =
            balance.balances
            ? Parts.chip(screen("ausgeglichen", "balanced"), .good) : Parts.chip(screen("nicht ausgeglichen!", "not balanced!"), .bad)
        return """
            <div class="head"><h1>\(screen(Words.ledger))</h1>\(health)</div>\(filter(screen))\
            \(Parts.panel(screen("Alter der Forderungen", "Age of debts"), side: "<a href=\"/ledger/open-items\">\(screen("Offene Posten", "Open items"))</a>", ages(screen)))\
            \(Parts.panel(screen("Summen und Salden", "Trial balance"), side: Parts.export("/ledger.csv", asOf: asOf, screen), table.html()))
            """
    }

    private func filter(_ screen: Screen) -> HTML {
        """
        <form class="filter"><div><label for="as_of">\(screen(Words.asOf))</label><input type="date" id="as_of" name="as_of" value="\(asOf?.description)"></div>\
        <button>\(screen(Words.show))</button></form>
        """
    }

    private func ages(_ screen: Screen) -> HTML {
        let figures = Aging.Bucket.allCases.map { bucket in
            Parts.figure(screen(LedgerPage.word(bucket)), screen.money(aging.debts[bucket] ?? .zero))
        }
        return Parts.figures(
            figures + [
                Parts.figure(screen("Guthaben", "Credits"), screen.money(aging.credits)),
                Parts.figure(screen(Words.total), screen.money(aging.total)),
            ])
    }

    static func word(_ bucket: Aging.Bucket) -> Phrase {
        switch bucket {
        case .notDue: Phrase("noch nicht fällig", "not yet due")
        case .upTo30: Phrase("1–30 Tage", "1–30 days")
        case .upTo60: Phrase("31–60 Tage", "31–60 days")
        case .upTo90: Phrase("61–90 Tage", "61–90 days")
        case .beyond90: Phrase("über 90 Tage", "over 90 days")
        }
    }

    static func word(_ kind: JournalEntry.Kind) -> Phrase {
        switch kind {
        case .invoice: Words.invoice
        case .payment: Phrase("Zahlung", "Payment")
        case .reversal: Phrase("Storno", "Reversal")
        case .refund: Phrase("Erstattung", "Refund")
        case .instalment: Phrase("Abschlag", "Instalment")
        case .fee: Phrase("Gebühr", "Fee")
        case .interest: Phrase("Zinsen", "Interest")
        case .manual: Phrase("Buchung", "Entry")
        case .returnedDebit: Phrase("Rücklastschrift", "Returned debit")
        case .writeOff: Phrase("Ausbuchung", "Write-off")
        }
    }

    static func word(_ kind: OpenItem.Kind) -> Phrase {
        switch kind {
        case .invoice: Words.invoice
        case .instalment: Phrase("Abschlag", "Instalment")
        case .fee: Phrase("Gebühr", "Fee")
        case .interest: Phrase("Zinsen", "Interest")
        case .payment: Phrase("Zahlung", "Payment")
        case .credit: Phrase("Gutschrift", "Credit")
        case .refund: Phrase("Erstattung", "Refund")
        case .returnCharge: Phrase("Rücklastgebühr", "Return charge")
        }
    }
}

/// All that is open, with what is late marked.
struct OpenItemsPage: Sendable {
    let items: [(item: OpenItem, account: String)]
    let next: OpenItem.Key?
    let asOf: Day?

    func html(_ screen: Screen) -> HTML {
        let today = asOf ?? screen.request.today
        let lines = items.map { entry -> Listing.Line in
            let item = entry.item
            // Money owed is not red until it is late.
            let isLate = item.due < today && item.remaining > .zero
            // A credit that waits to be paid out: the day is ours to keep.
            let isToBePaidOut = item.kind == .refund && item.remaining < .zero
            let state: HTML =
                isToBePaidOut
                ? Parts.chip(screen("auszuzahlen", "to be paid out"), item.due < today ? .bad : .warn)
                : isLate ? Parts.chip(screen("überfällig", "overdue"), .bad) : Parts.chip(screen("offen", "open"))
            return Listing.Line(
                [
                    "<span class=\"day\">\(entry.account)</span>", "\(screen(LedgerPage.word(item.kind)))",
                    "<span class=\"day\">\(item.document)</span>", screen.day(item.due), state, "\(screen.format.money(item.remaining))",
                ],
                path: "/accounts/\(PercentCoding.encode(entry.account))")
        }
        let table = Listing(
            caption: screen("Offene Posten", "Open items"),
            columns: [
                .init(screen(Words.account)), .init(screen("Art", "Kind")), .init(screen("Beleg", "Document")), .init(screen(Words.due)),
                .init(screen(Words.state)), .init(screen("offen", "open"), number: true),
            ], lines: lines, empty: screen("Es ist nichts offen.", "Nothing is open."))
        let more: HTML =
            next.map {
                "<p><a class=\"button\" href=\"/ledger/open-items?after=\(segment: $0.description)\(asOf.map { "&amp;as_of=\($0.description)" as HTML })\">\(screen(Words.more))</a></p>"
            } ?? .nothing
        return
            "<h1>\(screen("Offene Posten", "Open items"))</h1>\(Parts.panel(screen.format.day(today), side: Parts.export("/ledger/open-items.csv", asOf: asOf, screen), table.html()))\(more)"
    }
}
