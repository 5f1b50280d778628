internal import AccessOperations
internal import LedgerOperations
internal import Ledger
internal import MeteringOperations
internal import PartnerOperations
internal import Partners
internal import Values
internal import Web

/// Everything about a customer on one page: who, what can be done; figures, contracts, bills, account; hints and what happened.
struct PartnerPage: Sendable {
    let overview: PartnerOverview
    var balances: [AccountBalance] = []
    var statements: [AccountStatement] = []
    /// By code of the metering point.
    var consumption: [String: MonthlyConsumption] = [:]
    var findings: [FindingRecord] = []
    var invoices: [InvoiceEntry] = []
    /// What other areas have to tell for the timeline.
    var story: [(day: Day, text: HTML)] = []

    /// A bill as the page lists it.
    struct InvoiceEntry: Sendable {
        let number: String
        let period: DayRange
        let due: Day
        let gross: Money
        let state: HTML
    }

    private var partner: Partner { overview.partner }

    func html(_ screen: Screen) -> HTML {
        """
        <div class="three"><div>\(who(screen))</div><div>\(figures(screen))\(contracts(screen))\(bills(screen))\(ledger(screen))</div>\
        <div>\(hints(screen))\(timeline(screen))</div></div>
        """
    }

    private func who(_ screen: Screen) -> HTML {
        let number = partner.number?.description ?? partner.key
        let address: HTML? = partner.address.map { address in
            let street = [address.street, address.house].compactMap { $0 }.joined(separator: " ")
            let city = [address.postcode, address.city].compactMap { $0 }.joined(separator: " ")
            return "\(street)<br>\(city)"
        }
        let facts = Parts.facts([
            (screen(Words.address), address),
            (screen(Words.phone), partner.phone.map { "<a href=\"tel:\($0.filter { $0.isNumber || $0 == "+" })\">\($0)</a>" }),
            (screen(Words.email), partner.email.map { "<a href=\"mailto:\(segment: $0)\">\($0)</a>" }),
            (screen(Words.born), partner.born.map { screen.day($0) }),
            (screen(Words.bank), overview.accounts.compactMap(\.iban).first.map { "<span class=\"day\">\($0.masked)</span>" }),
            (screen("USt-IdNr.", "VAT id"), partner.vatId.map { "\($0)" }),
            (screen("Leitweg-ID", "Leitweg id"), partner.leitwegId.map { "\($0)" }),
        ])
        return """
            <section class="panel who"><h1>\(partner.name.display)</h1><p class="quiet"><span class="day">\(number)</span> · \(screen(PartnerPage.word(partner.kind)))</p>\(facts)\
            \(verbs(screen))<details><summary>\(screen("Woher stammt das?", "Where does this come from?"))</summary><p class="small">\(screen("Schlüssel der Quelle", "Key of the source")): <code>\(partner.key)</code><br>\
            \(screen("zuletzt geändert", "last changed")) \(screen.format.moment(overview.updatedAt)), \(overview.updatedBy)</p></details></section>
            """
    }

    /// What one can do here, the likely thing first, at most five.
    private func verbs(_ screen: Screen) -> HTML {
        var all: [HTML] = []
        if screen.may(.postPayments), let account = overview.accounts.first {
            all.append(
                "<a class=\"button first\" href=\"/accounts/\(segment: account.number.description)#pay\">\(screen("Zahlung buchen", "Book a payment"))</a>"
            )
        }
        if screen.may(.readInvoices), let last = invoices.first {
            all.append(
                "<a class=\"button\" href=\"/invoices/\(segment: last.number)\">\(screen("Letzte Rechnung erklären", "Explain the last bill"))</a>"
            )
        }
        if screen.may(.readAccounts), let account = overview.accounts.first {
            all.append(
                "<a class=\"button\" href=\"/accounts/\(segment: account.number.description)\">\(screen("Kontoauszug", "Statement"))</a>")
        }
        if screen.may(.readInvoices), let account = overview.accounts.first {
            all.append(
                "<a class=\"button\" href=\"/accounts/\(segment: account.number.description)/billing\">\(screen("Abrechnung und Abschläge", "Billing and instalments"))</a>"
            )
        }
        if screen.may(.readMeteringPoints), let contract = overview.contracts.first {
            all.append(
                "<a class=\"button\" href=\"/metering-points/\(segment: contract.meteringPoint.text)\">\(screen("Zählerstände", "Meter readings"))</a>"
            )
        }
        return all.isEmpty ? .nothing : "<div class=\"verbs tall\">\(all)</div>"
    }

    private func figures(_ screen: Screen) -> HTML {
        var all: [HTML] = []
        if !balances.isEmpty {
            let path = balances.count == 1 ? "/accounts/\(PercentCoding.encode(balances[0].account.number))" : "#ledger"
            let balance = balances.map(\.balance).total()
            let note = balance.isNegative ? screen("Guthaben", "in credit") : balance == .zero ? screen("alles bezahlt", "all paid") : nil
            all.append(Parts.figure(screen(Words.balance), screen.money(balance), note: note, path: path))
            all.append(Parts.figure(screen("Heute fällig", "Due today"), screen.money(balances.map(\.due).total()), path: path))
        }
        if let last = invoices.first {
            all.append(
                Parts.figure(
                    screen("Letzte Rechnung", "Last bill"), screen.money(last.gross), note: screen.format.period(last.period),
                    path: "/invoices/\(PercentCoding.encode(last.number))"))
        }
        for (code, known) in consumption.sorted(by: { $0.key < $1.key }).prefix(2) {
            guard let total = known.total else { continue }
            let note = total.before.flatMap { screen.format.change(from: $0, to: total.now) }
            let commodity = overview.contracts.first { $0.meteringPoint.text == code }?.commodity
            let label =
                commodity.map { "\(screen(Words.commodity($0))), \(screen("12 Monate", "12 months"))" } ?? screen("12 Monate", "12 months")
            all.append(
                Parts.figure(
                    label, "<span class=\"number\">\(screen.format.measure(Measure(micro: total.now, unit: known.unit)))</span>",
                    note: note, path: "#\(code)"))
        }
        if screen.may(.readFindings), all.count < 5 {
            all.append(Parts.figure(screen("Offene Aufgaben", "Open tasks"), "\(screen.format.count(findings.count))", path: "#hints"))
        }
        return Parts.figures(Array(all.prefix(5)))
    }

    private func contracts(_ screen: Screen) -> HTML {
        guard !overview.contracts.isEmpty else {
            return Parts.panel(screen(Words.contracts), "<p class=\"empty\">\(screen("Kein Vertrag.", "No contract."))</p>")
        }
        let today = screen.request.today
        var drawn: Set<String> = []
        // What runs stands before what has ended.
        let sorted = overview.contracts.sorted {
            ($0.valid.contains(today) ? 0 : 1, $1.valid.from) < ($1.valid.contains(today) ? 0 : 1, $0.valid.from)
        }
        let items = sorted.map { contract -> HTML in
            let runs = contract.valid.contains(today)
            let state =
                runs
                ? Parts.chip(screen("läuft", "running"), .good)
                : contract.valid.from > today ? Parts.chip(screen("beginnt noch", "to begin")) : Parts.chip(screen("beendet", "ended"))
            let code = contract.meteringPoint.text
            let chart: HTML =
                if drawn.insert(code).inserted, let known = consumption[code] {
                    known.chart(
                        "\(screen(Words.consumption)) \(screen(Words.commodity(contract.commodity))), \(contract.address.line)",
                        commodity: contract.commodity, screen.format, isCompact: true
                    )
                    .html(screen.format, id: "c\(contract.id.number)")
                } else { .nothing }
            let meters = contract.meters.map(\.serial).joined(separator: ", ")
            return """
                <div class="contract" id="\(code)"><div class="head"><h3>\(Parts.dot(contract.commodity))\(screen(Words.commodity(contract.commodity))) · \(contract.tariff)</h3>\(state)</div>\
                <p class="small"><span class="day">\(contract.number.description)</span> · <span class="day">\(screen.format.period(contract.valid))</span><br>\(contract.address.line)<br>\
                <a href="/metering-points/\(segment: code)" title="\(code)">\(screen(Words.meter)) \(meters)</a></p>\(chart)</div>
                """
        }
        return Parts.panel(screen(Words.contracts), "<div class=\"contracts\">\(items)</div>")
    }

    private func bills(_ screen: Screen) -> HTML {
        guard screen.may(.readInvoices) else { return .nothing }
        let lines = invoices.prefix(12).map { invoice in
            Listing.Line(
                [
                    "\(invoice.number)", "<span class=\"day\">\(screen.format.period(invoice.period))</span>", screen.day(invoice.due),
                    invoice.state, "\(screen.format.money(invoice.gross))",
                ],
                path: "/invoices/\(PercentCoding.encode(invoice.number))")
        }
        return Parts.panel(
            screen(Words.invoices),
            Listing(
                caption: screen(Words.invoices),
                columns: [
                    .init(screen(Words.number)), .init(screen(Words.period)), .init(screen(Words.due)), .init(screen(Words.state)),
                    .init(screen(Words.amount), number: true),
                ], lines: Array(lines), empty: screen("Noch keine Rechnung.", "No bill yet.")
            ).html())
    }

    private func ledger(_ screen: Screen) -> HTML {
        let panels = zip(balances, statements).map { balance, statement -> HTML in
            let path: HTML = "<a href=\"/accounts/\(segment: balance.account.number)\">\(screen("Ganzer Auszug", "Whole statement"))</a>"
            return Parts.panel(
                "\(screen(Words.account)) \(balance.account.number)", side: path,
                AccountPage.table(statement, of: balance.account.number, screen, last: 10))
        }
        return "<div id=\"ledger\">\(panels)</div>"
    }

    private func hints(_ screen: Screen) -> HTML {
        guard screen.may(.readFindings) else { return .nothing }
        let items = findings.map { record -> HTML in
            """
            <li>\(WorklistPage.chip(record.finding.severity, screen)) <a href="/findings/\(record.id)">\(FindingWords.explanation(record.finding, screen))</a><br>\
            <small class="day">\(screen.format.moment(record.finding.from))</small></li>
            """
        }
        let content: HTML =
            items.isEmpty
            ? "<p class=\"empty\">\(screen("Nichts Auffälliges.", "Nothing unusual."))</p>" : "<ul class=\"timeline\">\(items)</ul>"
        return Parts.panel(screen("Hinweise", "Hints"), id: "hints", content)
    }

    private func timeline(_ screen: Screen) -> HTML {
        var events = story
        for statement in statements {
            for line in statement.lines.suffix(8) {
                events.append((line.bookingDate, "\(screen(LedgerPage.word(line.kind))) \(screen.format.money(line.amount))"))
            }
        }
        for contract in overview.contracts {
            events.append(
                (contract.valid.from, "\(screen("Vertragsbeginn", "Contract begins")) \(screen(Words.commodity(contract.commodity)))"))
            if let last = contract.valid.lastDay {
                events.append((last, "\(screen("Vertragsende", "Contract ends")) \(screen(Words.commodity(contract.commodity)))"))
            }
        }
        let items = events.sorted { $0.day > $1.day }.prefix(10).map {
            "<li><small>\(screen.day($0.day))</small><br>\($0.text)</li>" as HTML
        }
        guard !items.isEmpty else { return .nothing }
        return Parts.panel(screen("Was geschah", "What happened"), "<ol class=\"timeline\">\(Array(items))</ol>")
    }

    static func word(_ kind: Partner.Kind) -> Phrase {
        switch kind {
        case .person: Phrase("Person", "Person")
        case .company: Phrase("Firma", "Company")
        case .publicBody: Phrase("Behörde", "Public body")
        }
    }
}
