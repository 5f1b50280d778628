internal import InvoiceFormats
internal import Web

/// What a bill is made of: lines with their derivation, sums, meters, breakdowns, and what the law wants said. The same for a bill that was
/// issued and for one that is held.
struct BillBody: Sendable {
    let bill: BillPage
    /// Where the slots of its lines can be had; nil of a bill that has no number yet.
    var slots: String?

    func html(_ screen: Screen) -> HTML {
        "\(groups(screen))\(sums)\(table(bill.meters))\(bill.breakdowns.map(table))\(law)"
    }

    private func groups(_ screen: Screen) -> HTML {
        let bodies = bill.groups.map { group -> HTML in
            let rows = group.rows.map { row -> HTML in
                let details = row.details.map { "<li>\($0)</li>" as HTML }
                let table: HTML =
                    row.hasSlots
                    ? slots.map {
                        "<li><a href=\"/invoices/\(segment: $0)/slots?line=\(row.position)\" download>\(screen("Werte und Preise je Zeitabschnitt (CSV)", "Values and prices slot by slot (CSV)"))</a></li>"
                    } ?? .nothing : .nothing
                let why: HTML =
                    details.isEmpty
                    ? .nothing
                    : "<details><summary>\(screen("Herleitung", "How it was computed"))</summary><ul>\(details)\(table)</ul></details>"
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
            <section><h2>\(screen("So setzt sich der Betrag zusammen", "What the amount is made of"))</h2><div class="scroll" role="region" aria-label="\(bill.title)" tabindex="0"><table class="items"><thead><tr>\
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
}
