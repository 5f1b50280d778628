import Values

/// The line between the values before and after a gap, whose say fades with the distance to them.
struct GapEdge {
    private let gap: Range<Int>
    private let before: Int128
    private let after: Int128
    private let slotSeconds: Int64
    private let halfSeconds: Int64

    /// - Returns: nil if one of the ends is no valid value, or the line has no say.
    init?(_ gap: Range<Int>, grid: SlotGrid, halfSeconds: Int64) {
        guard halfSeconds > 0, case .seconds(let width) = grid.resolution, gap.lowerBound > 0, gap.upperBound < grid.count,
            grid.isValid(gap.lowerBound - 1), grid.isValid(gap.upperBound)
        else { return nil }
        self.gap = gap
        self.halfSeconds = halfSeconds
        before = Int128(grid.values[gap.lowerBound - 1])
        after = Int128(grid.values[gap.upperBound])
        slotSeconds = Int64(width)
    }

    /// The weight of the line in 10^-6, halved with each half-life of the distance to the nearer end; between, a straight line.
    private func weight(_ slot: Int) -> Int128 {
        let distance = Int64(min(slot - gap.lowerBound + 1, gap.upperBound - slot)) * slotSeconds
        let (halves, rest) = distance.quotientAndRemainder(dividingBy: halfSeconds)
        guard halves < 20 else { return 0 }
        let whole = Int64(1_000_000) >> halves
        return Int128(whole) - Int128(whole) * Int128(rest) / Int128(2 * halfSeconds)
    }

    /// The usual value of a slot, drawn to the line.
    func blended(_ usual: Int64, at slot: Int) -> Int64 {
        let weight = weight(slot)
        guard weight > 0 else { return usual }
        let line =
            before + Rounding.halfAwayFromZero.divide((after - before) * Int128(slot - gap.lowerBound + 1), by: Int128(gap.count + 1))
        // Between two Int64 lies an Int64.
        return Int64(clamping: Rounding.halfAwayFromZero.divide(line * weight + Int128(usual) * (1_000_000 - weight), by: 1_000_000))
    }
}
