internal import InvoiceFormats
internal import PDF
internal import Values

/// Charts drawn as bars with their numbers beside them: they can be read in grey, and without a legend.
extension BillSheet {
    func comparisons() {
        let charts = bill.comparisons
        guard !charts.isEmpty else { return }
        let gap = 22.0
        let chartWidth = charts.count == 1 ? width * 0.62 : (width - gap) / 2
        // Two beside each other; a collective bill has further rows.
        for start in stride(from: 0, to: charts.count, by: 2) {
            let row = charts[start..<min(start + 2, charts.count)]
            let height = row.map { self.height($0, width: chartWidth) }.max() ?? 0
            if start == 0 { title(bill.captions.comparisons, keepingWith: height) } else { need(height) }
            for (index, chart) in row.enumerated() { draw(chart, x: left + Double(index) * (chartWidth + gap), width: chartWidth) }
            y += height
        }
    }

    private static let barHeight = 11.0
    private static let barGap = 5.0

    private func height(_ chart: BillPage.Comparison, width: Double) -> Double {
        page.lay(chart.title, strong, width: width).height + page.lay(chart.sentence, small, width: width).height + 7
            + Double(chart.bars.count) * (BillSheet.barHeight + BillSheet.barGap)
    }

    /// The colour that stands for what is supplied, on screen and on paper.
    private var colour: Colour {
        switch bill.commodity {
        case .electricity: Colour(0xB07A00)
        case .gas: Colour(0x5B6BBF)
        case .water: Colour(0x1D7FA8)
        case .heat: Colour(0xB5482F)
        }
    }

    private func draw(_ chart: BillPage.Comparison, x: Double, width: Double) {
        var y = y
        page.tagged(.figure) {
            y += page.text(chart.title, strong, x: x, y: y, width: width)
            y += page.text(chart.sentence, small, x: x, y: y, width: width) + 5
            let labels = chart.bars.enumerated().map { page.lay($1.label, style(own: $0 == chart.own)) }
            let values = chart.bars.enumerated().map { page.lay($1.text, style(own: $0 == chart.own)) }
            let labelWidth = (labels.map(\.width).max() ?? 0) + 6
            let valueWidth = (values.map(\.width).max() ?? 0) + 6
            let room = max(20, width - labelWidth - valueWidth)
            let longest = max(chart.bars.map { $0.micro }.max() ?? 1, 1)
            for (index, bar) in chart.bars.enumerated() {
                let isOwn = index == chart.own
                // A length on paper, not a quantity: the only place where a quantity becomes binary.
                let length = max(1, room * Double(max(bar.micro, 0)) / Double(longest))
                page.draw(labels[index], x: x, y: y + (BillSheet.barHeight - labels[index].height) / 2)
                if isOwn && bill.notice != nil {
                    page.hatch(x: x + labelWidth, y: y, width: length, height: BillSheet.barHeight, colour)
                    page.box(x: x + labelWidth, y: y, width: length, height: BillSheet.barHeight, stroke: colour)
                } else {
                    page.box(x: x + labelWidth, y: y, width: length, height: BillSheet.barHeight, fill: isOwn ? colour : Ink.bar)
                }
                page.draw(values[index], x: x + labelWidth + length + 5, y: y + (BillSheet.barHeight - values[index].height) / 2)
                y += BillSheet.barHeight + BillSheet.barGap
            }
            // The axis at zero.
            let axis = x + labelWidth
            let barsHeight = Double(chart.bars.count) * (BillSheet.barHeight + BillSheet.barGap)
            page.line(x: axis, y: y - barsHeight - 2, toX: axis, toY: y - 2, width: 0.6, Ink.third)
        }
    }

    private func style(own: Bool) -> TextStyle { TextStyle(size: 7.5, isBold: own, colour: own ? Ink.plain : Ink.second) }
}
