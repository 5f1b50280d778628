internal import Values
internal import Web

/// How many contracts a change touches by how much: a bar for each step of money. The few that lie far out share an open step at their
/// end, so that one of them does not press all the others into a single bar.
struct Histogram: Sendable {
    /// A step of money and the contracts in it.
    struct Step: Sendable, Hashable {
        /// Half-open, in cents; nil: whatever is less.
        let from: Int64?
        /// nil: whatever is more.
        let until: Int64?
        let count: Int
    }

    let title: String
    /// What is counted, for the table behind: "Verträge".
    let counted: String
    let steps: [Step]

    /// Cuts the amounts into at most sixteen steps of 1, 2 or 5 times a power of ten; zero is always an edge.
    init(title: String, counted: String, amounts: [Money]) {
        self.title = title
        self.counted = counted
        let cents = amounts.map(\.cents).sorted()
        let usual = Histogram.usual(cents)
        guard let least = usual.first, let most = usual.last else {
            steps = []
            return
        }
        let width = Histogram.width(least: least, most: most)
        func lower(_ value: Int64) -> Int64 { value >= 0 ? value / width : -((-value + width - 1) / width) }
        let (first, last) = (lower(least), lower(most))
        var counts: [Int64: Int] = [:]
        for value in cents { counts[min(max(lower(value), first - 1), last + 1), default: 0] += 1 }
        var steps = (first...last).map { Step(from: $0 * width, until: ($0 + 1) * width, count: counts[$0] ?? 0) }
        if let below = counts[first - 1] { steps.insert(Step(from: nil, until: first * width, count: below), at: 0) }
        if let above = counts[last + 1] { steps.append(Step(from: (last + 1) * width, until: nil, count: above)) }
        self.steps = steps
    }

    /// Those that are not far out: within three times the distance of the quartiles beyond them (Tukey's outer fences). All of them where
    /// half are alike, for then everything else would be far out.
    ///
    /// - Parameter cents: sorted.
    private static func usual(_ cents: [Int64]) -> ArraySlice<Int64> {
        guard cents.count >= 4 else { return cents[...] }
        let (low, high) = (cents[cents.count / 4], cents[cents.count - 1 - cents.count / 4])
        let reach = 3 * (Int128(high) - Int128(low))
        guard reach > 0 else { return cents[...] }
        let first = cents.firstIndex { Int128($0) >= Int128(low) - reach } ?? 0
        let last = cents.lastIndex { Int128($0) <= Int128(high) + reach } ?? cents.count - 1
        return cents[first...last]
    }

    private static func width(least: Int64, most: Int64) -> Int64 {
        var decade: Int64 = 1
        while true {
            for digit in [1, 2, 5] as [Int64] {
                let width = digit * decade
                // From the edge at or below the least to the edge above the most.
                if Int128(most) - Int128(least) < Int128(width) * 12 { return width }
            }
            guard decade < Int64.max / 100 else { return decade }
            decade *= 10
        }
    }

    private static let width = 640
    private static let left = 64
    private static let top = 16
    private static let plot = 150

    /// The picture and, behind it, the same numbers as a table.
    func html(_ format: Format, id: String) -> HTML {
        guard !steps.isEmpty else { return .nothing }
        let scale = Scale(holding: Int64(steps.map(\.count).max() ?? 0) * 1_000_000, height: Histogram.plot)
        let base = Histogram.top + Histogram.plot
        let slot = (Histogram.width - Histogram.left - 8) / steps.count
        let lines = scale.lines.filter { $0 % 1_000_000 == 0 }.map { value -> HTML in
            let y = Scale.pixels(base * 10 - scale.tenths(value))
            return """
                <line class="grid" x1="\(Histogram.left)" x2="\(Histogram.width - 4)" y1="\(raw: y)" y2="\(raw: y)"/>\
                <text class="tick" x="\(Histogram.left - 6)" y="\(raw: y)" text-anchor="end" dominant-baseline="middle">\(format.count(value / 1_000_000))</text>
                """
        }
        let every = max(1, 56 / max(slot, 1))
        let columns = steps.enumerated().map { index, step -> HTML in
            let x = Histogram.left + 4 + index * slot
            let tall = scale.tenths(Int64(step.count) * 1_000_000)
            // Dearer is hatched: the two sides differ without colour.
            let isDearer = step.isDearer
            let fill: HTML = isDearer ? " fill=\"url(#\(id)-h)\"" : .nothing
            let edge: HTML =
                index.isMultiple(of: every) || step.from == nil || step.until == nil
                ? "<text class=\"tick\" x=\"\(x)\" y=\"\(base + 16)\" text-anchor=\"\(step.from == nil ? "start" : "middle")\">\(edge(step, format))</text>"
                : .nothing
            return """
                <g><title>\(words(step, format))</title><rect class="\(raw: isDearer ? "guessed" : "bar")"\(fill) x="\(x + 1)" y="\(raw: Scale.pixels(base * 10 - tall))" \
                width="\(max(slot - 2, 1))" height="\(raw: Scale.pixels(tall))"/>\(edge)</g>
                """
        }
        let rows = steps.filter { $0.count > 0 }.map {
            "<tr><th scope=\"row\">\(range($0, format))</th><td>\(format.count($0.count))</td></tr>" as HTML
        }
        return """
            <figure class="chart"><svg viewBox="0 0 \(Histogram.width) \(base + 24)" role="img" aria-labelledby="\(id)-t" class="electricity">\
            <title id="\(id)-t">\(title)</title>\(Picture.hatch(id))\(lines)<line class="axis" x1="\(Histogram.left)" x2="\(Histogram.width - 4)" y1="\(base)" y2="\(base)"/>\(columns)</svg>\
            <details class="behind"><summary>\(Words.asTable(format.language))</summary><table><caption class="hidden">\(title)</caption><tbody>\(rows)</tbody></table></details></figure>
            """
    }

    private func words(_ step: Step, _ format: Format) -> String { "\(range(step, format)): \(format.count(step.count)) \(counted)" }

    private func range(_ step: Step, _ format: Format) -> String {
        func said(_ cents: Int64) -> String { format.money(Money(cents: cents)) }
        return switch (step.from, step.until) {
        case (let from?, let until?): "\(said(from)) … \(said(until))"
        case (let from?, nil): "≥\(Format.blank)\(said(from))"
        case (nil, let until?): "<\(Format.blank)\(said(until))"
        case (nil, nil): "…"
        }
    }

    /// Under the left edge of a step; an open one says that it is.
    private func edge(_ step: Step, _ format: Format) -> String {
        guard let from = step.from else { return "<\(Format.blank)\(Histogram.euros(step.until ?? 0, format))" }
        return step.until == nil ? "≥\(Format.blank)\(Histogram.euros(from, format))" : Histogram.euros(from, format)
    }

    private static func euros(_ cents: Int64, _ format: Format) -> String {
        cents % 100 == 0 ? "\(format.count(cents / 100))\(Format.blank)€" : format.money(Money(cents: cents))
    }
}

extension Histogram.Step {
    /// Whether who is in it pays more, or the same.
    var isDearer: Bool { from.map { $0 >= 0 } ?? false }
}
