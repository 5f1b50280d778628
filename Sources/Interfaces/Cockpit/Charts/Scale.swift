internal import Values

/// The vertical axis of a chart: from zero, or a round number below the smallest value, to one above the largest, with some four lines.
///
/// Whole numbers throughout: a chart of the same values is the same text on every machine.
struct Scale: Sendable, Hashable {
    /// In the values' own scale, 10^-6 of the unit.
    let top: Int64
    /// What the ground stands for: zero, unless values are below it.
    let floor: Int64
    /// Distance of the grid lines.
    let step: Int64
    /// Pixels from the ground to the top.
    let height: Int

    /// A scale that holds every value.
    /// - Parameter lowest: a chart whose values are never negative need not say it; what is lower is cut at the ground.
    init(holding largest: Int64, above lowest: Int64 = 0, height: Int) {
        // Wider than the values, so that the round number above the largest of all is no overflow.
        let (highest, depth) = (Int128(max(largest, 0)), -Int128(min(lowest, 0)))
        let target = max(highest + depth, 1)
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
        floor = Int64(clamping: -step * ((depth + step - 1) / step))
        top = Int64(clamping: step * ((max(highest, depth > 0 ? 0 : 1) + step - 1) / step))
        self.height = height
    }

    /// Pixels above the ground, in tenths.
    func tenths(_ value: Int64) -> Int {
        guard value > floor else { return 0 }
        return Int((Int128(min(value, top)) - Int128(floor)) * Int128(height * 10) / (Int128(top) - Int128(floor)))
    }

    /// The values of the grid lines; the ground is one of them unless it is zero.
    var lines: [Int64] { Array(stride(from: floor < 0 ? floor : step, through: top, by: Int(step))) }

    /// Tenths of a pixel as SVG writes them.
    static func pixels(_ tenths: Int) -> String { tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))" }
}
