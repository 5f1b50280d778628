internal import InvoiceFormats
internal import PDF
internal import Values

struct SheetColumn {
    /// Of the width of the sheet.
    var share: Double
    var alignment = TextAlignment.leading
}

/// A row of a table: cells, and below the first of them what explains them.
struct SheetRow {
    var cells: [String]
    var notes: [(text: String, style: TextStyle)] = []
    var isBold = false
}

/// Tables with hairlines; their head stands again on each sheet they reach.
extension BillSheet {
    func positions() {
        let captions = bill.captions
        let columns = [
            SheetColumn(share: 0.43), SheetColumn(share: 0.21, alignment: .trailing), SheetColumn(share: 0.19, alignment: .trailing),
            SheetColumn(share: 0.17, alignment: .trailing),
        ]
        for (index, group) in bill.groups.enumerated() {
            title(index == 0 ? "\(captions.composition): \(group.title)" : group.title, keepingWith: group.supply == nil ? 80 : 96)
            if let supply = group.supply {
                page.tagged(.paragraph) { y += page.text(supply, small, x: left, y: y, width: width) }
                y += 4
            }
            // Gas: two prices on the same cubic metres. How they became kWh is said once.
            var converted: Set<[String]> = []
            var rows = group.rows.map { row in
                let conversions =
                    row.conversions.isEmpty || converted.insert(row.conversions).inserted ? row.conversions : [row.asBefore]
                return SheetRow(
                    cells: [row.label, row.quantity, row.price, row.amount],
                    notes: [(row.note.isEmpty ? row.period : "\(row.period) · \(row.note)", small), (row.formula, tiny)]
                        + conversions.map { ($0, tiny) })
            }
            rows.append(SheetRow(cells: ["\(captions.total) \(group.title)", "", "", group.sum], isBold: true))
            table(columns: columns, head: [captions.item, captions.quantity, captions.price, captions.amount], rows: rows)
        }
    }

    func table(_ table: BillPage.Table) {
        guard !table.rows.isEmpty else { return }
        title(table.title, keepingWith: 60)
        // Columns take what their longest cell wants, in proportion; what would not fit in a line is set a little smaller, because a
        // number or a meter's name broken in two is read wrong.
        let style = TextStyle(size: 7.5)
        var wanted = [Double](repeating: 20, count: table.head.count)
        for row in [table.head] + table.rows {
            for (column, cell) in row.enumerated() where column < wanted.count {
                wanted[column] = max(wanted[column], page.lay(cell, style).width)
            }
        }
        let total = wanted.reduce(0, +)
        let room = width - 8 * Double(wanted.count)
        let size = min(style.size, max(5.8, style.size * room / total * 0.99))
        let gap = 8 * total / room
        let whole = total + gap * Double(wanted.count)
        let columns = wanted.enumerated().map { index, wish in
            SheetColumn(share: (wish + gap) / whole, alignment: table.numbers.contains(index) ? .trailing : .leading)
        }
        self.table(columns: columns, head: table.head, rows: table.rows.map { SheetRow(cells: $0) }, size: size)
    }

    private struct LaidRow {
        let cells: [PageComposer.Block]
        let notes: [PageComposer.Block]
        let height: Double
    }

    private func lay(_ row: SheetRow, _ style: TextStyle, _ columns: [SheetColumn]) -> LaidRow {
        let laid = row.cells.enumerated().map { page.lay($1, style, width: columns[$0].share * width - 6, columns[$0].alignment) }
        // Notes may run below the numbers, but not below the amount.
        let noteWidth = width - (columns.last?.share ?? 0) * width - 6
        let below = row.notes.map { page.lay($0.text, $0.style, width: noteWidth) }
        return LaidRow(cells: laid, notes: below, height: (laid.map(\.height).max() ?? 0) + below.reduce(0) { $0 + $1.height } + 5.5)
    }

    /// How high rows are that stand under each other.
    func height(of rows: [SheetRow], _ columns: [SheetColumn], size: Double = 9) -> Double {
        rows.reduce(0) { $0 + lay($1, TextStyle(size: size, isBold: $1.isBold), columns).height }
    }

    func table(columns: [SheetColumn], head: [String]?, rows: [SheetRow], size: Double = 9) {
        let widths = columns.map { $0.share * width }
        let headRow = head.map { lay(SheetRow(cells: $0), TextStyle(size: min(size, 7.5), colour: Ink.third), columns) }
        let laid = rows.map { lay($0, TextStyle(size: size, isBold: $0.isBold), columns) }
        var next = 0
        while next < laid.count {
            need((headRow?.height ?? 0) + laid[next].height)
            page.tagged(.table) {
                if let headRow { draw(headRow, widths, tag: .headCell, rule: Ink.third) }
                repeat {
                    draw(laid[next], widths, tag: .cell, rule: Ink.line)
                    next += 1
                    // The sum stays with the row before it.
                } while next < laid.count && y + laid[next].height + (next + 2 == laid.count ? laid[next + 1].height : 0) <= bottom
            }
            if next < laid.count { newSheet() }
        }
    }

    private func draw(_ row: LaidRow, _ widths: [Double], tag: PageTag, rule: Colour) {
        page.tagged(.row) {
            var x = left
            for (column, cell) in row.cells.enumerated() {
                page.tagged(tag) {
                    page.draw(cell, x: column == row.cells.count - 1 ? x + 6 : x, y: y + 2)
                    if column == 0 {
                        var below = y + 2 + (row.cells.map(\.height).max() ?? 0)
                        for note in row.notes {
                            page.draw(note, x: x, y: below)
                            below += note.height
                        }
                    }
                }
                x += widths[column]
            }
        }
        y += row.height
        page.line(x: left, y: y - 0.8, toX: right, toY: y - 0.8, width: 0.4, rule)
    }

    /// What the law wants said: quiet, in two columns.
    func statements() {
        let gap = 20.0
        let column = (width - gap) / 2
        let head = TextStyle(size: 7.5, isBold: true, colour: Ink.second)
        let text = TextStyle(size: 7, colour: Ink.second, leading: 0.08)
        let blocks = bill.statements.map { statement in
            (
                title: page.lay(statement.title, head, width: column),
                text: page.lay(statement.paragraphs.joined(separator: "\n"), text, width: column)
            )
        }
        let heights = blocks.map { $0.title.height + $0.text.height + 8 }
        need(min(heights.reduce(0, +) / 2 + 44, 160))
        y += 16
        page.line(x: left, y: y, toX: right, toY: y, Ink.line)
        y += 8
        var next = 0
        while next < blocks.count {
            // The first column takes half of what is left, or what fits.
            var ends = [y, y]
            let rest = heights[next...].reduce(0, +)
            let half = min(rest / 2, bottom - y)
            let first = next
            for side in 0...1 {
                // One that is longer than a sheet stands on it alone, cut off rather than never printed.
                while next < blocks.count, next == first || ends[side] + heights[next] <= bottom,
                    side == 1 || next == first || ends[0] - y + heights[next] / 2 <= half
                {
                    let block = blocks[next]
                    let x = left + Double(side) * (column + gap)
                    page.tagged(.paragraph) {
                        page.draw(block.title, x: x, y: ends[side])
                        page.draw(block.text, x: x, y: ends[side] + block.title.height + 1)
                    }
                    ends[side] += heights[next]
                    next += 1
                }
            }
            y = max(ends[0], ends[1])
            if next < blocks.count { newSheet() }
        }
    }
}
