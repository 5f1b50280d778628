/// A bill as one HTML file that needs nothing beside it: for mail and archives. The cockpit has its own page of the same model.
public enum BillHTML {
    /// The file; the same page gives the same bytes.
    public static func bytes(_ bill: BillPage) -> [UInt8] {
        var out = """
            <!DOCTYPE html><html lang="\(bill.language.rawValue)"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">\
            <title>\(text("\(bill.title) \(bill.number)"))</title><style>\(style)</style></head><body><main>
            """
        out += "<header><address>\(bill.recipient.map(text).joined(separator: "<br>"))</address>"
        out += "<address class=\"quiet\">\(bill.sender.map(text).joined(separator: "<br>"))</address></header>"
        out += "<h1>\(text(bill.title))</h1><section class=\"panel\"><div>\(text(bill.headline.label))</div>"
        out += "<div class=\"owed\">\(text(bill.headline.value))</div><p>\(text(bill.due))</p>\(facts(bill.payment))</section>"
        if let notice = bill.notice { out += "<section class=\"warn\">\(statement(notice))</section>" }
        out += facts(bill.facts)
        for chart in bill.comparisons { out += self.chart(chart) }
        out += "<h2>\(text(bill.captions.composition))</h2>"
        for group in bill.groups { out += self.group(group, bill.captions) }
        out += table(head: [], rows: bill.sums.map { [$0.label, $0.value] }, numbers: [1])
        for table in [bill.meters] + bill.breakdowns where !table.rows.isEmpty {
            out += "<h2>\(text(table.title))</h2>" + self.table(head: table.head, rows: table.rows, numbers: table.numbers)
        }
        out += "<footer>\(bill.statements.map(statement).joined())</footer></main></body></html>\n"
        return Array(out.utf8)
    }

    private static let style = """
        body{font:14px/1.45 ui-sans-serif,system-ui,"Noto Sans",sans-serif;color:#1b1d1f;background:#f7f7f5;margin:0}\
        main{max-width:60em;margin:0 auto;padding:24px;background:#fff}header{display:flex;justify-content:space-between}\
        address{font-style:normal}.quiet,small,footer{color:#4b5157}.panel{background:#f2f5f6;border-left:3px solid #0b5c74;padding:12px}\
        .warn{background:#fbf5e9;border-left:3px solid #8a5a00;padding:12px}.owed{font-size:28px;font-weight:700;color:#0b5c74}\
        table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #dcdcd6;padding:4px;text-align:left;vertical-align:top}\
        .n{text-align:right;font-variant-numeric:tabular-nums}dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px}dd{margin:0}\
        meter{width:50%}
        """

    private static func facts(_ facts: [BillPage.Fact]) -> String {
        facts.isEmpty ? "" : "<dl>\(facts.map { "<dt>\(text($0.label))</dt><dd>\(text($0.value))</dd>" }.joined())</dl>"
    }
    private static func statement(_ statement: BillPage.Statement) -> String {
        "<h3>\(text(statement.title))</h3>\(statement.paragraphs.map { "<p>\(text($0))</p>" }.joined())"
    }
    private static func chart(_ chart: BillPage.Comparison) -> String {
        let longest = max(chart.bars.map(\.micro).max() ?? 1, 1)
        let bars = chart.bars.map { bar in
            "<dt>\(text(bar.label))</dt><dd><meter min=\"0\" max=\"\(longest)\" value=\"\(max(bar.micro, 0))\"></meter> \(text(bar.text))</dd>"
        }
        return "<h2>\(text(chart.title))</h2><p>\(text(chart.sentence))</p><dl>\(bars.joined())</dl>"
    }
    private static func group(_ group: BillPage.Group, _ captions: BillPage.Captions) -> String {
        let rows = group.rows.map { row in
            let note = row.note.isEmpty ? "" : " · \(text(row.note))"
            let why = row.details.map { "<br><small>\(text($0))</small>" }.joined()
            return "<tr><td>\(text(row.label))<br><small>\(text(row.period))\(note)</small>\(why)</td>"
                + [row.quantity, row.price, row.amount].map { "<td class=\"n\">\(text($0))</td>" }.joined() + "</tr>"
        }
        let head = [captions.quantity, captions.price, captions.amount].map { "<th class=\"n\">\(text($0))</th>" }.joined()
        let supply = group.supply.map { "<p class=\"quiet\">\(text($0))</p>" } ?? ""
        return "<h3>\(text(group.title))</h3>\(supply)<table><tr><th>\(text(captions.item))</th>\(head)</tr>\(rows.joined())"
            + "<tr><th colspan=\"3\">\(text(captions.total)) \(text(group.title))</th><td class=\"n\"><b>\(text(group.sum))</b></td></tr></table>"
    }
    private static func table(head: [String], rows: [[String]], numbers: Set<Int>) -> String {
        func line(_ cells: [String], _ tag: String) -> String {
            let inner = cells.enumerated().map { "<\(tag)\(numbers.contains($0) ? " class=\"n\"" : "")>\(text($1))</\(tag)>" }
            return "<tr>\(inner.joined())</tr>"
        }
        return "<table>\(head.isEmpty ? "" : line(head, "th"))\(rows.map { line($0, "td") }.joined())</table>"
    }

    private static func text(_ text: String) -> String { MarkupWriter.escaped(text) }
}
