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

    private static let width = 960
    private static let left = 96
    private static let top = 14
    private static let plot = 170
    private static let base = top + plot

    func html(_ format: Format, id: String) -> HTML {
        guard let first = readings.first, let last = readings.last else { return .nothing }
        // A register stands far above zero: the axis begins below the least reading, or the steps would be invisible.
        let least = readings.map(\.micro).min() ?? 0
        let most = readings.map(\.micro).max() ?? 0
        let room = max((most - least) / 10, 1)
        let bottom = max(0, least - room)
        let start = min(first.at, span?.from ?? first.at)
        let end = max(last.at, span?.until ?? last.at)
        let length = max(start.seconds(until: end), 1)
        func x(_ at: Instant) -> Int {
            Self.left + 10 + Int(min(max(start.seconds(until: at), 0), length) * Int64(Self.width - Self.left - 40) / length)
        }
        func y(_ micro: Int64) -> Int {
            Self.base - Int(Int128(micro - bottom) * Int128(Self.plot) / Int128(max(most - bottom, 1)))
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
            <line class="grid" x1="\(Self.left)" x2="\(Self.width - 4)" y1="\(y(value))" y2="\(y(value))"/>\
            <text class="tick scale" x="\(Self.left - 6)" y="\(y(value))" text-anchor="end" dominant-baseline="middle">\(format.measure(Measure(micro: value, unit: unit)))</text>
            """
        }
        let shade: HTML =
            span.map {
                "<rect class=\"span\" x=\"\(x($0.from))\" y=\"\(Self.top)\" width=\"\(max(x($0.until) - x($0.from), 3))\" height=\"\(Self.plot)\"/>"
            }
            ?? .nothing
        let days = readings.count <= 8 ? readings.map(\.at) : [first.at, last.at]
        var written = -200
        var place = 0
        let ticks = days.compactMap { at -> HTML? in
            guard x(at) - written >= 84 else { return nil }
            written = x(at)
            defer { place += 1 }
            let isSpare = !place.isMultiple(of: 2)
            return
                "<text class=\"tick foot\(raw: isSpare ? " spare" : "")\" x=\"\(x(at))\" y=\"\(Self.base + 18)\" text-anchor=\"middle\">\(format.day(LocalTime.berlin.day(of: at)))</text>"
        }
        return """
            <figure class="chart"><svg viewBox="0 0 \(Self.width) \(Self.base + 26)" role="img" aria-labelledby="\(id)-t" class="\(commodity.rawValue) wide">\
            <title id="\(id)-t">\(title)</title>\(shade)\(edges)<line class="axis" x1="\(Self.left)" x2="\(Self.width - 4)" y1="\(Self.base)" y2="\(Self.base)"/>\
            <polyline class="line" points="\(raw: line)"/>\(points)\(ticks)</svg></figure>
            """
    }
}
