internal import Values

/// The vertical axis of a chart: from zero to a round number above the largest value, with three or four lines.
///
/// Whole numbers throughout: a chart of the same values is the same text on every machine.
struct Scale: Sendable, Hashable {
    /// In the values' own scale, 10^-6 of the unit.
    let top: Int64
    /// Distance of the grid lines.
    let step: Int64
    /// Pixels from the line of zero to the top.
    let height: Int

    /// A scale that holds every value; negative values are cut at zero.
    init(holding largest: Int64, height: Int) {
        let target = max(largest, 1)
        // 1, 2, 2.5 and 5 times a power of ten are the steps people read without effort.
        var decade: Int64 = 1
        var found: Int64?
        while found == nil, decade <= Int64.max / 100 {
            for tenths in [10, 20, 25, 50] as [Int64] where tenths * decade % 10 == 0 {
                let step = tenths * decade / 10
                if step * 4 >= target {
                    found = step
                    break
                }
            }
            decade *= 10
        }
        step = found ?? target
        let lines = (target + step - 1) / step
        top = step * max(lines, 1)
        self.height = height
    }

    /// Pixels above the line of zero, in tenths.
    func tenths(_ value: Int64) -> Int {
        guard value > 0 else { return 0 }
        return Int(Int128(min(value, top)) * Int128(height * 10) / Int128(top))
    }

    /// The values of the grid lines above zero.
    var lines: [Int64] { stride(from: step, through: top, by: Int64.Stride(step)).map { $0 } }

    /// Tenths of a pixel as SVG writes them.
    static func pixels(_ tenths: Int) -> String { tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))" }
}
