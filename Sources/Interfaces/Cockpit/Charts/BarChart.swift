internal import Values
internal import Web

/// Consumption by month: a bar for each, the year before as an outline, estimated parts hatched.
struct BarChart: Sendable {
    /// One month.
    struct Bar: Sendable, Hashable {
        /// Below the bar.
        let label: String
        /// For the hint and the table: "Januar 2026".
        let name: String
        /// 10^-6 of the unit; nil when nothing is known.
        let micro: Int64?
        /// The part of it that was estimated.
        let estimatedMicro: Int64
        /// The same month of the year before.
        let beforeMicro: Int64?
    }

    let title: String
    let commodity: Commodity
    let unit: UnitCode
    let bars: [Bar]
    /// Half as wide, for several side by side; months by their first letter.
    var isCompact = false

    private var width: Int { isCompact ? 340 : 640 }
    private var left: Int { isCompact ? 70 : 84 }
    private var plot: Int { isCompact ? 84 : 150 }
    private var height: Int { BarChart.top + plot + 24 }
    private static let top = 12

    /// The picture and, behind it, the same numbers as a table for screen readers and for copying.
    func html(_ format: Format, id: String) -> HTML {
        let scale = Scale(holding: bars.map { max($0.micro ?? 0, $0.beforeMicro ?? 0) }.max() ?? 0, height: plot)
        let base = BarChart.top + plot
        let slot = bars.isEmpty ? 1 : (width - left - 8) / bars.count
        let grid = Picture.grid(scale, unit: unit, left: left, width: width, base: base, format: format)
        let columns = bars.enumerated().map { index, bar in
            column(bar, x: left + 4 + index * slot, slot: slot, base: base, scale: scale, format: format, id: id)
        }
        return """
            <figure class="chart"><svg viewBox="0 0 \(width) \(height)" role="img" aria-labelledby="\(id)-t" class="\(commodity.rawValue)\(raw: isCompact ? "" : " half")">
            <title id="\(id)-t">\(title)</title>\(Picture.hatch(id))\(grid)\(columns)</svg>\(table(format))</figure>
            """
    }

    private func column(_ bar: Bar, x: Int, slot: Int, base: Int, scale: Scale, format: Format, id: String) -> HTML {
        let thick = max(slot * 6 / 10, 2)
        let inset = (slot - thick) / 2
        var parts: [HTML] = []
        if let before = bar.beforeMicro {
            let tall = scale.tenths(before)
            parts.append(
                """
                <rect class="before" x="\(x + inset - 3)" y="\(raw: Scale.pixels(base * 10 - tall))" width="\(thick + 6)" height="\(raw: Scale.pixels(tall))"/>
                """)
        }
        if let micro = bar.micro {
            let tall = scale.tenths(micro)
            let guessed = min(scale.tenths(bar.estimatedMicro), tall)
            parts.append(
                """
                <rect class="bar" x="\(x + inset)" y="\(raw: Scale.pixels(base * 10 - tall + guessed))" width="\(thick)" height="\(raw: Scale.pixels(tall - guessed))"/>
                """)
            if guessed > 0 {
                parts.append(
                    """
                    <rect class="guessed" fill="url(#\(id)-h)" x="\(x + inset)" y="\(raw: Scale.pixels(base * 10 - tall))" width="\(thick)" height="\(raw: Scale.pixels(guessed))"/>
                    """)
            }
        }
        return """
            <g><title>\(hint(bar, format))</title>\(parts)<text class="tick foot" x="\(x + slot / 2)" y="\(base + 16)" text-anchor="middle">\(isCompact ? String(bar.label.prefix(1)) : bar.label)</text></g>
            """
    }

    private func hint(_ bar: Bar, _ format: Format) -> String {
        let value = bar.micro.map { format.measure(Measure(micro: $0, unit: unit)) } ?? "–"
        var text = "\(bar.name): \(value)"
        if bar.estimatedMicro > 0 {
            text += " (\(Words.ofWhichEstimated(format.language)) \(format.measure(Measure(micro: bar.estimatedMicro, unit: unit))))"
        }
        if let before = bar.beforeMicro {
            text += "; \(Words.yearBefore(format.language)) \(format.measure(Measure(micro: before, unit: unit)))"
        }
        return text
    }

    private func table(_ format: Format) -> HTML {
        let language = format.language
        let rows = bars.map { bar -> HTML in
            """
            <tr><th scope="row">\(bar.name)</th><td>\(bar.micro.map { format.measure(Measure(micro: $0, unit: unit)) } ?? "–")</td>\
            <td>\(bar.estimatedMicro > 0 ? format.measure(Measure(micro: bar.estimatedMicro, unit: unit)) : "–")</td>\
            <td>\(bar.beforeMicro.map { format.measure(Measure(micro: $0, unit: unit)) } ?? "–")</td></tr>
            """
        }
        return """
            <details class="behind"><summary>\(Words.asTable(language))</summary><table><caption class="hidden">\(title)</caption><thead><tr>\
            <th scope="col">\(Words.month(language))</th><th scope="col">\(Words.consumption(language))</th>\
            <th scope="col">\(Words.ofWhichEstimated(language))</th><th scope="col">\(Words.yearBefore(language))</th></tr></thead>\
            <tbody>\(rows)</tbody></table></details>
            """
    }
}

/// What charts share.
enum Picture {
    /// The pattern for what was estimated: readable in grey and without colour.
    static func hatch(_ id: String) -> HTML {
        """
        <defs><pattern id="\(id)-h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
        <rect class="hatch-ground" width="6" height="6"/><rect class="hatch-line" width="2.5" height="6"/></pattern></defs>
        """
    }

    /// Lines and numbers of the vertical axis; the unit stands once, at the top.
    static func grid(_ scale: Scale, unit: UnitCode, left: Int, width: Int, base: Int, format: Format) -> HTML {
        let lines = scale.lines.map { value -> HTML in
            let y = Scale.pixels(base * 10 - scale.tenths(value))
            let isTop = value == scale.top
            let number = isTop ? format.measure(Measure(micro: value, unit: unit)) : format.number(Measure(micro: value, unit: unit))
            return """
                <line class="grid" x1="\(left)" x2="\(width - 4)" y1="\(raw: y)" y2="\(raw: y)"/>\
                <text class="tick scale" x="\(left - 6)" y="\(raw: y)" text-anchor="end" dominant-baseline="middle">\(number)</text>
                """
        }
        let zero = Scale.pixels(base * 10 - scale.tenths(0))
        return "\(lines)<line class=\"axis\" x1=\"\(left)\" x2=\"\(width - 4)\" y1=\"\(raw: zero)\" y2=\"\(raw: zero)\"/>"
    }
}

extension Format {
    /// The number without its unit; `exact` keeps all digits.
    func number(_ measure: Measure, exact: Bool = false) -> String {
        let text = exact ? self.exact(measure) : self.measure(measure)
        let unit = "\(Format.blank)\(Format.unit(measure.unit))"
        return text.hasSuffix(unit) ? String(text.dropLast(unit.count)) : text
    }
}
