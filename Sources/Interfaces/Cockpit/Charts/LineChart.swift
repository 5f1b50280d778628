internal import Values
internal import Web

/// A load curve: a line over the slots of some days, estimated stretches hatched below it, gaps left open, rejected values as hollow dots.
///
/// The axis holds what is believed. A rejected value far above it would press the curve to the ground: it stands at the edge, with its number.
struct LineChart: Sendable {
    let title: String
    let commodity: Commodity
    let unit: UnitCode
    /// A slot each.
    let points: [ChartedValue]
    /// The days shown; the axis begins and ends with them.
    let days: DayRange
    /// What the picture is about: shaded.
    var span: (from: Instant, until: Instant)?
    /// Register readings of the same device: dashed lines with the reading's words.
    var readings: [(at: Instant, text: String)] = []

    /// On which it is drawn.
    private var canvas = Canvas.desk

    init(
        title: String, commodity: Commodity, unit: UnitCode, points: [ChartedValue], days: DayRange,
        span: (from: Instant, until: Instant)? = nil,
        readings: [(at: Instant, text: String)] = []
    ) {
        self.title = title
        self.commodity = commodity
        self.unit = unit
        self.points = points
        self.days = days
        self.span = span
        self.readings = readings
    }

    /// The picture. The values themselves stand in the table of the page.
    func html(_ format: Format, id: String) -> HTML {
        Canvas.figure(title, commodity, id: id) { canvas, id in
            var chart = self
            chart.canvas = canvas
            return chart.drawing(format, id: id)
        }
    }

    private func drawing(_ format: Format, id: String) -> HTML {
        let drawn = thinned
        // A balance or a sum goes below zero; what is rejected does not draw the ground down with it.
        let scale = Scale(holding: highest(drawn), above: drawn.usable.map(\.micro).min() ?? 0, height: canvas.plot)
        let base = canvas.base
        let zero = Scale.pixels(base * 10 - scale.tenths(0))
        let grid = Picture.grid(scale, unit: unit, left: canvas.left, width: canvas.width, base: base, format: format)
        let usable = drawn.usable
        let areas = stretches(usable.filter { $0.status == .estimated || $0.status == .substituted }, all: usable).map { stretch -> HTML in
            guard let first = stretch.first, let last = stretch.last else { return .nothing }
            let line = stretch.map { "\(x($0.at)),\(Scale.pixels(base * 10 - scale.tenths($0.micro)))" }.joined(separator: " ")
            return
                "<polygon class=\"guessed\" fill=\"url(#\(id)-h)\" points=\"\(x(first.at)),\(raw: zero) \(raw: line) \(x(last.at)),\(raw: zero)\"/>"
        }
        let lines = stretches(usable, all: usable).map { stretch -> HTML in
            let line = stretch.map { "\(x($0.at)),\(Scale.pixels(base * 10 - scale.tenths($0.micro)))" }.joined(separator: " ")
            return "<polyline class=\"line\" points=\"\(raw: line)\"/>"
        }
        let rejected = drawn.filter { $0.status == .rejected }
        let dots = rejected.map { point -> HTML in
            let height = point.micro > scale.top ? canvas.plot * 10 : scale.tenths(point.micro)
            return """
                <circle class="rejected" cx="\(x(point.at))" cy="\(raw: Scale.pixels(base * 10 - height))" r="3">\
                <title>\(format.moment(point.at)): \(format.exact(Measure(micro: point.micro, unit: unit))), \(Words.status(.rejected)(format.language))</title></circle>
                """
        }
        return """
            \(Picture.hatch(id))\(shade(base))\(grid)\(areas)\(lines)\(dots)\(numbers(rejected, scale, base, format))\(ticks(format, base))\(marks(base))
            """
    }

    /// What the axis must hold: all of it, unless something rejected is more than three times what is believed.
    private func highest(_ drawn: [ChartedValue]) -> Int64 {
        let believed = drawn.usable.map(\.micro).max() ?? 0
        let all = drawn.map(\.micro).max() ?? 0
        return believed > 0 && all / 3 > believed ? believed : all
    }

    private func isOutside(_ point: ChartedValue, _ scale: Scale) -> Bool { point.micro < scale.floor || point.micro > scale.top }

    /// The numbers of what lies outside of the axis; of neighbours that would stand over each other, the one furthest out.
    private func numbers(_ rejected: [ChartedValue], _ scale: Scale, _ base: Int, _ format: Format) -> [HTML] {
        var groups: [[ChartedValue]] = []
        for point in rejected where isOutside(point, scale) {
            if let last = groups.last?.last, x(point.at) - x(last.at) < 110 {
                groups[groups.count - 1].append(point)
            } else {
                groups.append([point])
            }
        }
        return groups.compactMap { group in
            guard let worst = group.max(by: { $0.micro.magnitude < $1.micro.magnitude }) else { return nil }
            let isRight = x(worst.at) > canvas.width - 160
            let text = "\(worst.micro < 0 ? "↓" : "↑") \(format.exact(Measure(micro: worst.micro, unit: unit)))"
            return """
                <text class="tick out" x="\(x(worst.at) + (isRight ? -8 : 8))" y="\(worst.micro < 0 ? base - 6 : Canvas.top + 4)"\(raw: isRight ? " text-anchor=\"end\"" : "")>\(text)</text>
                """
        }
    }

    /// At least three pixels wide: a problem of a minute is seen as well.
    private func shade(_ base: Int) -> HTML {
        guard let span else { return .nothing }
        let left = x(span.from)
        return
            "<rect class=\"span\" x=\"\(left)\" y=\"\(Canvas.top)\" width=\"\(max(x(span.until) - left, 3))\" height=\"\(base - Canvas.top)\"/>"
    }

    private func marks(_ base: Int) -> [HTML] {
        readings.map { reading in
            """
            <g><title>\(reading.text)</title><line class="reading" x1="\(x(reading.at))" x2="\(x(reading.at))" y1="\(Canvas.top)" y2="\(base)"/>\
            <path class="diamond" d="M\(x(reading.at)) \(Canvas.top - 5)l5 5l-5 5l-5 -5z"/></g>
            """
        }
    }

    private var start: Instant { LocalTime.berlin.start(of: days.from) }
    private var end: Instant { LocalTime.berlin.start(of: days.until ?? days.from.adding(days: 1)) }

    private func x(_ at: Instant) -> Int { canvas.x(at, from: start, until: end, room: (0, 8)) }

    /// At most two points for each pixel: of those that fall together, the lowest and the highest stay, so that no peak is lost.
    private var thinned: [ChartedValue] {
        guard points.count > 2 * (canvas.width - canvas.left) else { return points }
        var kept: [ChartedValue] = []
        var group: [ChartedValue] = []
        func flush() {
            guard let low = group.min(by: { $0.micro < $1.micro }), let high = group.max(by: { $0.micro < $1.micro }) else { return }
            kept += low.at == high.at ? [low] : [low, high].sorted { $0.at < $1.at }
            group = []
        }
        for point in points {
            if let first = group.first, x(first.at) != x(point.at) || first.status != point.status { flush() }
            group.append(point)
        }
        flush()
        return kept
    }

    /// Runs of points without a gap. A gap is more than the usual distance, by half.
    private func stretches(_ chosen: [ChartedValue], all: [ChartedValue]) -> [[ChartedValue]] {
        let usual = zip(all, all.dropFirst()).map { $0.at.seconds(until: $1.at) }.min() ?? 0
        var runs: [[ChartedValue]] = []
        for point in chosen {
            if let last = runs.last?.last, last.at.seconds(until: point.at) * 2 <= max(usual, pixelSeconds) * 3 {
                runs[runs.count - 1].append(point)
            } else {
                runs.append([point])
            }
        }
        return runs
    }

    private var pixelSeconds: Int64 {
        points.count > 2 * (canvas.width - canvas.left) ? start.seconds(until: end) / Int64(canvas.width - canvas.left) * 2 : 0
    }

    private func ticks(_ format: Format, _ base: Int) -> [HTML] {
        let all = days.days
        if all.count <= 2 {
            let hours = all.count == 1 ? [0, 6, 12, 18] : canvas.hours
            return all.flatMap { day in
                hours.compactMap { hour in
                    LocalTime.berlin.instant(day, hour: hour).map { tick($0, hour == 0 ? format.day(day) : "\(hour):00", base) }
                }
            }
        }
        let every = max(1, (all.count + canvas.days - 1) / canvas.days)
        return stride(from: 0, to: all.count, by: every).map { tick(LocalTime.berlin.start(of: all[$0]), format.day(all[$0]), base) }
    }

    private func tick(_ at: Instant, _ text: String, _ base: Int) -> HTML {
        // What would reach beyond the edge ends there.
        let isLast = x(at) + 72 > canvas.width
        return
            "<line class=\"axis\" x1=\"\(x(at))\" x2=\"\(x(at))\" y1=\"\(base)\" y2=\"\(base + 4)\"/><text class=\"tick foot\" x=\"\(isLast ? canvas.width - 2 : x(at) + 2)\" y=\"\(base + 18)\"\(raw: isLast ? " text-anchor=\"end\"" : "")>\(text)</text>"
    }
}
