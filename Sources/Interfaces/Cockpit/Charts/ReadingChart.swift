internal import Values
internal import Web

/// What a register showed: a line through its readings; measured ones as full diamonds, estimated ones as hollow, rejected ones as crosses.
struct ReadingChart: Sendable {
    let title: String
    let commodity: Commodity
    let unit: UnitCode
    /// In order of time.
    let readings: [ChartedValue]
    /// What the picture is about: shaded.
    var span: (from: Instant, until: Instant)?

    func html(_ format: Format, id: String) -> HTML {
        readings.isEmpty ? .nothing : Canvas.figure(title, commodity, id: id) { canvas, _ in drawing(on: canvas, format) }
    }

    private func drawing(on canvas: Canvas, _ format: Format) -> HTML {
        guard let first = readings.first, let last = readings.last else { return .nothing }
        // A register stands far above zero: the axis begins below the least reading, or the steps would be invisible.
        let least = readings.map(\.micro).min() ?? 0
        let most = readings.map(\.micro).max() ?? 0
        let room = max((most - least) / 10, 1)
        let bottom = max(0, least - room)
        let start = min(first.at, span?.from ?? first.at)
        let end = max(last.at, span?.until ?? last.at)
        func x(_ at: Instant) -> Int { canvas.x(at, from: start, until: end, room: (12, 38)) }
        func y(_ micro: Int64) -> Int {
            canvas.base - Int(Int128(micro - bottom) * Int128(canvas.plot) / Int128(max(most - bottom, 1)))
        }
        let believed = readings.usable
        let line = believed.map { "\(x($0.at)),\(y($0.micro))" }.joined(separator: " ")
        let points = readings.map { reading -> HTML in
            let (px, py) = (x(reading.at), y(reading.micro))
            let words =
                "\(format.moment(reading.at)): \(format.exact(Measure(micro: reading.micro, unit: unit))), \(Words.status(reading.status)(format.language))"
            if reading.status == .rejected {
                return "<g><title>\(words)</title><path class=\"rejected\" d=\"M\(px - 5) \(py - 5)l10 10m0 -10l-10 10\"/></g>"
            }
            let tone = reading.status == .measured ? "diamond solid" : "diamond"
            return "<g><title>\(words)</title><path class=\"\(raw: tone)\" d=\"M\(px) \(py - 6)l6 6l-6 6l-6 -6z\"/></g>"
        }
        let edges = [bottom, most].map { value -> HTML in
            """
            <line class="grid" x1="\(canvas.left)" x2="\(canvas.width - 4)" y1="\(y(value))" y2="\(y(value))"/>\
            <text class="tick scale" x="\(canvas.left - 6)" y="\(y(value))" text-anchor="end" dominant-baseline="middle">\(format.measure(Measure(micro: value, unit: unit)))</text>
            """
        }
        let shade: HTML =
            span.map {
                "<rect class=\"span\" x=\"\(x($0.from))\" y=\"\(Canvas.top)\" width=\"\(max(x($0.until) - x($0.from), 3))\" height=\"\(canvas.plot)\"/>"
            }
            ?? .nothing
        let days = readings.count <= 8 ? readings.map(\.at) : [first.at, last.at]
        var written = -200
        let ticks = days.compactMap { at -> HTML? in
            guard x(at) - written >= 84 else { return nil }
            written = x(at)
            return
                "<text class=\"tick foot\" x=\"\(x(at))\" y=\"\(canvas.base + 18)\" text-anchor=\"middle\">\(format.day(LocalTime.berlin.day(of: at)))</text>"
        }
        return """
            \(shade)\(edges)<line class="axis" x1="\(canvas.left)" x2="\(canvas.width - 4)" y1="\(canvas.base)" y2="\(canvas.base)"/>\
            <polyline class="line" points="\(raw: line)"/>\(points)\(ticks)
            """
    }
}
