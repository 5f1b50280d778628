internal import InvoiceFormats
internal import PDF
internal import Values

/// The first sheet: who, what period, how much, until when, and why it is not what it was last year.
extension BillSheet {
    func letter() {
        head()
        address()
        information()
        y = BillSheet.millimetres(103)
        page.tagged(.title) {
            y += page.text(bill.title, TextStyle(size: 16, isBold: true), x: left, y: y, width: width)
        }
        y += 8
        summary()
        notice()
        comparisons()
        sums()
    }

    private func head() {
        page.box(x: 0, y: 0, width: page.width, height: 5, fill: Ink.accent)
        page.tagged(.paragraph) {
            page.text(
                bill.sender.first ?? "", TextStyle(size: 15, isBold: true, colour: Ink.accent), x: left, y: BillSheet.millimetres(16),
                width: width)
        }
    }

    /// The window: 20 mm from the left, 45 mm from the top, 85 mm × 45 mm; the address begins 62.7 mm from the top.
    private func address() {
        let x = BillSheet.millimetres(25)
        let windowWidth = BillSheet.millimetres(78)
        // In one line, a little smaller if need be: a second line would creep into the window's upper rim.
        let line = bill.sender.joined(separator: " · ")
        let natural = page.lay(line, tiny).width
        let sender = page.lay(line, TextStyle(size: min(tiny.size, tiny.size * windowWidth / natural * 0.99), colour: tiny.colour))
        let base = BillSheet.millimetres(60.5)
        page.draw(sender, x: x, y: base - sender.height - 1)
        page.line(x: x, y: base, toX: x + windowWidth, toY: base, width: 0.3, Ink.line)
        page.tagged(.paragraph) {
            page.text(
                bill.recipient.filter { !$0.isEmpty }.joined(separator: "\n"), TextStyle(size: 10.5), x: x, y: BillSheet.millimetres(62.7),
                width: windowWidth)
        }
    }

    /// The block to the right of the window.
    private func information() {
        let x = BillSheet.millimetres(112)
        let valueX = BillSheet.millimetres(143)
        var y = BillSheet.millimetres(48)
        for fact in bill.facts where !fact.value.isEmpty {
            page.tagged(.paragraph) {
                page.text(fact.label, label, x: x, y: y + 0.5, width: valueX - x - 4)
                // A metering point's name stays in one line.
                let natural = page.lay(fact.value, TextStyle(size: 8)).width
                let size = fact.value.contains(" ") ? 8 : min(8, max(5.8, 8 * (right - valueX) / natural * 0.99))
                y += page.text(fact.value, TextStyle(size: size), x: valueX, y: y, width: right - valueX) + 1.5
            }
        }
    }

    /// The answer, larger than all else.
    private func summary() {
        let padding = 12.0
        let half = width * 0.42
        let number = page.lay(bill.headline.value, TextStyle(size: 25, isBold: true, colour: Ink.accent))
        let caption = page.lay(bill.headline.label, TextStyle(size: 9, colour: Ink.second))
        let words = page.lay(
            bill.due, TextStyle(size: 8.2, colour: Ink.second, leading: 0.08),
            width: bill.payment.isEmpty ? width - half - 2 * padding : width - 2 * padding)
        let facts = bill.payment.map { (page.lay($0.label, label), page.lay($0.value, TextStyle(size: 9, isBold: true))) }
        let factsHeight = facts.reduce(0) { $0 + $1.1.height + 2 }
        let upper = max(caption.height + number.height, factsHeight, bill.payment.isEmpty ? words.height : 0)
        let height = padding * 2 + upper + (bill.payment.isEmpty ? 0 : words.height + 7)
        page.box(x: left, y: y, width: width, height: height, fill: Ink.panel)
        page.box(x: left, y: y, width: 3, height: height, fill: Ink.accent)
        page.tagged(.paragraph) {
            page.draw(caption, x: left + padding, y: y + padding)
            page.draw(number, x: left + padding, y: y + padding + caption.height)
        }
        if bill.payment.isEmpty {
            page.tagged(.paragraph) { page.draw(words, x: left + half + padding, y: y + padding + 3) }
        } else {
            var line = y + padding
            for fact in facts {
                page.tagged(.paragraph) {
                    page.draw(fact.0, x: left + half, y: line + 1.5)
                    page.draw(fact.1, x: left + half + 82, y: line)
                }
                line += fact.1.height + 2
            }
            page.tagged(.paragraph) { page.draw(words, x: left + padding, y: y + padding + upper + 7) }
        }
        y += height
    }

    /// What must not be overlooked: estimates.
    private func notice() {
        guard let notice = bill.notice else { return }
        y += 8
        let padding = 8.0
        let head = page.lay(notice.title, TextStyle(size: 9, isBold: true, colour: Ink.warn), width: width - 2 * padding)
        let text = page.lay(notice.paragraphs.joined(separator: "\n"), small, width: width - 2 * padding)
        let height = head.height + text.height + 2 * padding + 1
        page.box(x: left, y: y, width: width, height: height, fill: Ink.warnPanel)
        page.box(x: left, y: y, width: 3, height: height, fill: Ink.warn)
        page.tagged(.paragraph) {
            page.draw(head, x: left + padding, y: y + padding)
            page.draw(text, x: left + padding, y: y + padding + head.height + 1)
        }
        y += height
    }

    /// Net, tax by rate, gross, what was paid, what is left.
    private func sums() {
        guard !bill.sums.isEmpty else { return }
        let rows = bill.sums.enumerated().map { index, fact in
            SheetRow(cells: [fact.label, fact.value], isBold: index == bill.sums.count - 1)
        }
        let columns = [SheetColumn(share: 0.72), SheetColumn(share: 0.28, alignment: .trailing)]
        // A sum that begins on one sheet and ends on the next is read wrong: it stands in one piece wherever a sheet can hold it.
        title(bill.captions.total, keepingWith: min(height(of: rows, columns), sheetHeight - 60))
        table(columns: columns, head: nil, rows: rows)
    }
}
