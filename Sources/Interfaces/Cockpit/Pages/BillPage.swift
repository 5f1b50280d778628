internal import Billing
internal import Metering
internal import Tariffs
internal import Values
internal import Web

/// A bill as a customer reads it: in twenty seconds who, what period, how much, until when, and why it differs from last year; then
/// the lines with their reasons; then what the law wants said. The printed page is the same page.
struct BillPage: Sendable {
    let invoice: Invoice
    /// A word beside the number: issued, held, cancelled.
    let state: HTML
    /// What may be done with it here; empty for who may only read.
    let verbs: HTML

    private var draft: InvoiceDraft { invoice.draft }
    private var contract: BilledContract { draft.contract }

    func html(_ screen: Screen) -> HTML {
        """
        <article class="bill panel">\(letterhead(screen))\(title(screen))\(answers(screen))\(verbs)\(comparison(screen))\
        \(lines(screen))\(sums(screen))\(readings(screen))\(contained(screen))\(law(screen))</article>
        """
    }

    private func letterhead(_ screen: Screen) -> HTML {
        let to = contract.recipient
        let from = draft.supplier
        return """
            <div class="letter"><address><strong>\(to.name)</strong><br>\(to.street)<br>\(to.postcode) \(to.city)</address>\
            <address class="small">\(from.name)<br>\(from.street)<br>\(from.postcode) \(from.city)<br>\(from.phone)<br>\(from.email)</address></div>
            """
    }

    private func title(_ screen: Screen) -> HTML {
        let kind = switch (invoice.cancels, screen.language) {
        case (.some, .german): "Stornorechnung"
        case (.some, .english): "Cancellation"
        case (nil, .german): "Rechnung"
        case (nil, .english): "Bill"
        }
        let takesBack: HTML = invoice.cancels.map { number in
            "<p>\(screen("nimmt zurück:", "takes back:")) <a href=\"/invoices/\(segment: number.description)\">\(number.description)</a></p>"
        } ?? .nothing
        return """
            <div class="head"><h1>\(kind) \(screen(Words.commodity(draft.commodity))) <span class="day">\(invoice.number.description)</span></h1>\(state)</div>\(takesBack)\
            <p class="quiet">\(screen("vom", "of")) <span class="day">\(screen.format.day(invoice.issuedOn))</span> · \
            \(screen(Words.account)) <a href="/accounts/\(segment: contract.account)">\(contract.account)</a> · \(screen(Words.contract)) \(contract.number)</p>
            """
    }

    /// The five answers.
    private func answers(_ screen: Screen) -> HTML {
        let due = draft.due
        let isCredit = due.isNegative
        let word = isCredit ? screen("Ihr Guthaben", "Your credit") : screen("Zu zahlen", "To pay")
        let until: HTML = isCredit || due == .zero
            ? .nothing : "<div>\(screen("bis zum", "by")) <strong class=\"day\">\(screen.format.day(invoice.dueOn))</strong></div>"
        return """
            <div class="answers"><div><div class="quiet">\(word)</div><div class="owed">\(screen.format.money(due.magnitude))</div>\(until)</div>\
            <dl class="facts"><dt>\(screen(Words.period))</dt><dd class="day">\(screen.format.period(draft.period))</dd>\
            <dt>\(screen("Lieferstelle", "Supplied at"))</dt><dd>\(contract.place.joined(separator: ", "))<br><small>\(contract.meteringPoint)</small></dd>\
            <dt>\(screen(Words.consumption))</dt><dd>\(draft.consumption.map { screen.format.measure($0) } ?? "–")</dd>\
            <dt>\(screen("Kosten", "Cost"))</dt><dd>\(screen.format.money(draft.totals.gross))</dd>\
            \(paid(screen))</dl></div>
            """
    }

    private func paid(_ screen: Screen) -> HTML {
        guard !draft.instalments.isEmpty else { return .nothing }
        return "<dt>\(screen("Abschläge bezahlt", "Instalments paid"))</dt><dd>\(screen.format.money(draft.instalments.map(\.gross).total()))</dd>"
    }

    /// Why it differs from last year, in words and as two bars.
    private func comparison(_ screen: Screen) -> HTML {
        guard let before = draft.previous, let now = draft.consumption, before.consumption.unit == now.unit else { return .nothing }
        let words = screen.format.change(from: before.consumption.micro, to: now.micro) ?? ""
        let chart = BarChart(
            title: screen("Verbrauch im Vergleich", "Consumption compared"), commodity: draft.commodity, unit: now.unit,
            bars: [
                .init(label: "\(before.period.from.year)", name: screen.format.period(before.period), micro: before.consumption.micro, estimatedMicro: 0, beforeMicro: nil),
                .init(label: "\(draft.period.from.year)", name: screen.format.period(draft.period), micro: now.micro, estimatedMicro: 0, beforeMicro: nil),
            ])
        return """
            <section><h2>\(screen("Gegenüber dem Vorjahr", "Against the year before"))</h2><p>\(screen(Words.consumption)) \(words). \
            \(screen("Kosten damals", "Cost then")): \(screen.format.money(before.gross)).</p>\(chart.html(screen.format, id: "compare"))</section>
            """
    }

    private func lines(_ screen: Screen) -> HTML {
        let services = BilledService.allCases.filter { service in draft.lines.contains { $0.service == service } }
        let bodies = services.map { service -> HTML in
            let own = draft.lines.filter { $0.service == service }
            let rows = own.map { line(screen, $0) }
            return """
                <tbody><tr><th colspan="4" scope="rowgroup"><h3>\(screen(BillPage.service(service)))</h3></th></tr>\(rows)\
                <tr><th scope="row" colspan="3">\(screen(Words.total)) \(screen(BillPage.service(service)))</th><td class="number"><strong>\(screen.format.money(own.map(\.amount).total()))</strong></td></tr></tbody>
                """
        }
        return """
            <section><h2>\(screen("So setzt sich der Betrag zusammen", "What the amount is made of"))</h2><div class="scroll"><table>\
            <thead><tr><th scope="col">\(screen("Position", "Item"))</th><th scope="col" class="number">\(screen(Words.quantity))</th>\
            <th scope="col" class="number">\(screen(Words.price))</th><th scope="col" class="number">\(screen(Words.net))</th></tr></thead>\(bodies)</table></div></section>
            """
    }

    private func line(_ screen: Screen, _ line: Line) -> HTML {
        let style: NumberStyle = screen.language == .german ? .german : .english
        let label = screen.language == .german ? line.label.de : line.label.en
        let price = line.explanation.price.map { "\(style.apply($0.number))\(Format.blank)\($0.unitText)" } ?? ""
        let quantity = line.explanation.quantity.map { screen.format.measure($0) } ?? ""
        var why: [HTML] = [
            "<li>\(line.explanation.formula(style)) = \(screen.format.money(line.amount))</li>",
            "<li>\(screen(Words.tariff)) \(line.tariff.key.description), \(screen("Preisstand", "prices of")) \(screen.format.day(line.tariff.version)), <code>\(String(line.tariff.hash.prefix(12)))</code></li>",
        ]
        for part in line.parts {
            let gas: HTML = part.conversion.map { conversion in
                ", \(screen("Zustandszahl", "conversion factor")) \(style.apply(conversion.factor.description)), \(screen("Brennwert", "calorific value")) \(style.apply(conversion.calorific.description)) kWh/m³"
            } ?? .nothing
            why.append("""
                <li>\(screen(Words.meter)) \(part.piece.serial), \(screen.format.period(part.piece.range)): \(screen.format.exact(part.piece.quantity)) \
                (\(screen(BillPage.division(part.piece.division))))\(gas)</li>
                """)
        }
        return """
            <tr><td>\(label)<br><small class="day">\(screen.format.period(line.period))</small>\
            <details><summary>\(screen("Herleitung", "How it was computed"))</summary><ul>\(why)</ul></details></td>\
            <td class="number">\(quantity)</td><td class="number">\(price)</td><td class="number">\(screen.format.money(line.amount))</td></tr>
            """
    }

    private func sums(_ screen: Screen) -> HTML {
        let taxes = draft.totals.groups.map { group -> HTML in
            let word = group.tax.isOutside
                ? screen("nicht steuerbar", "outside of VAT") : "\(screen(Words.tax)) \(screen.format.decimal(DecimalText.format(Int64(group.tax.rate.basisPoints), scale: 2)))\(Format.blank)%"
            return "<tr><th scope=\"row\">\(word) <small>(\(screen("auf", "on")) \(screen.format.money(group.net)))</small></th><td class=\"number\">\(screen.format.money(group.amount))</td></tr>"
        }
        let instalments = draft.instalments.map { instalment -> HTML in
            """
            <tr><th scope="row">\(screen("Abschlag", "Instalment")) \(screen.format.day(instalment.paidOn)) <small>(\(screen("darin", "including")) \
            \(screen(Words.tax)) \(screen.format.money(instalment.tax)))</small></th><td class="number">\(screen.format.money(-instalment.gross))</td></tr>
            """
        }
        return """
            <section><h2>\(screen(Words.total))</h2><table><tbody><tr><th scope="row">\(screen(Words.net))</th><td class="number">\(screen.format.money(draft.totals.net))</td></tr>\(taxes)\
            <tr><th scope="row"><strong>\(screen(Words.gross))</strong></th><td class="number"><strong>\(screen.format.money(draft.totals.gross))</strong></td></tr>\(instalments)</tbody>\
            <tfoot><tr><th scope="row">\(draft.due.isNegative ? screen("Guthaben", "Credit") : screen("Zu zahlen", "To pay"))</th><td class="number">\(screen.format.money(draft.due.magnitude))</td></tr></tfoot></table></section>
            """
    }

    private func readings(_ screen: Screen) -> HTML {
        let rows = draft.meters.map { row in
            Listing.Line([
                "\(row.serial)<br><small>\(row.obis.description)</small>", end(screen, row.begin), end(screen, row.end),
                "\(screen.format.exact(row.quantity))\(row.factor == .one ? .nothing : " <small>(× \(row.factor.description))</small>" as HTML)",
                "\(screen(BillPage.division(row.division)))",
            ])
        }
        let table = Listing(
            caption: screen("Zählerstände", "Meter readings"),
            columns: [
                .init(screen(Words.meter)), .init(screen("Anfang", "Begin"), number: true), .init(screen("Ende", "End"), number: true),
                .init(screen(Words.consumption), number: true), .init(screen("Ermittelt", "Determined")),
            ], lines: rows, empty: screen("Auf dieser Rechnung steht kein Zähler.", "There is no meter on this bill."))
        return "<section><h2>\(screen("Zählerstände", "Meter readings"))</h2>\(table.html())</section>"
    }

    private func end(_ screen: Screen, _ reading: ReadingRef?) -> HTML {
        guard let reading else { return "–" }
        let word: HTML = reading.status == .measured ? .nothing : "<br><small>\(screen(Words.status(reading.status)))</small>"
        return "\(screen.format.number(Measure(micro: reading.micro, unit: reading.unit), exact: true))<br><small class=\"day\">\(screen.format.day(LocalTime.berlin.day(of: reading.at)))</small>\(word)"
    }

    private func contained(_ screen: Screen) -> HTML {
        guard !draft.breakdown.isEmpty else { return .nothing }
        let style: NumberStyle = screen.language == .german ? .german : .english
        let rows = draft.breakdown.map { row in
            Listing.Line([
                "\(screen.language == .german ? row.label.de : row.label.en) <small class=\"day\">\(screen.format.period(row.period))</small>",
                "\(style.apply(row.price.number))\(Format.blank)\(row.price.unitText)", "\(screen.format.money(row.amount))",
            ])
        }
        let table = Listing(
            caption: screen("Darin enthalten", "Included in the prices"),
            columns: [.init(screen("Steuer, Umlage, Entgelt", "Tax, levy, charge")), .init(screen(Words.price), number: true), .init(screen(Words.amount), number: true)],
            lines: rows, empty: "")
        return "<section><h2>\(screen("In den Preisen enthalten", "Included in the prices"))</h2><p class=\"small\">\(screen("Wird nicht zusätzlich berechnet (§ 40 Abs. 3 EnWG).", "Not charged in addition (§ 40(3) EnWG)."))</p>\(table.html())</section>"
    }
}
