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
        // Wider than the values, so that the round number above the largest of all is no overflow.
        let target = Int128(max(largest, 1))
        // 1, 2, 2.5 and 5 times a power of ten are the steps people read without effort.
        var decade: Int128 = 1
        var found: Int128?
        while found == nil {
            found = ([10, 20, 25, 50] as [Int128]).first { $0 * decade % 10 == 0 && $0 * decade / 10 * 4 >= target }.map {
                $0 * decade / 10
            }
            decade *= 10
        }
        let step = found ?? target
        self.step = Int64(clamping: step)
        top = Int64(clamping: step * ((target + step - 1) / step))
        self.height = height
    }

    /// Pixels above the line of zero, in tenths.
    func tenths(_ value: Int64) -> Int {
        guard value > 0 else { return 0 }
        return Int(Int128(min(value, top)) * Int128(height * 10) / Int128(top))
    }

    /// The values of the grid lines above zero.
    var lines: [Int64] { Array(stride(from: step, through: top, by: Int(step))) }

    /// Tenths of a pixel as SVG writes them.
    static func pixels(_ tenths: Int) -> String { tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))" }
}
