/// Sharing a whole number so that the shares always add up.
public enum Shares {
    /// Shares of `total` in proportion to `weights`.
    ///
    /// The running total is rounded (half away from zero), not the share, so there is no remainder to place anywhere.
    /// If all weights are zero the whole falls into the first share.
    /// - Precondition: there is at least one weight, and none is negative.
    public static func of(_ total: Int64, by weights: [Int64]) -> [Int64] {
        precondition(!weights.isEmpty && weights.allSatisfy { $0 >= 0 }, "weights are at least one and not negative")
        let sum = weights.reduce(Int128(0)) { $0 + Int128($1) }
        guard sum > 0 else { return [total] + Array(repeating: 0, count: weights.count - 1) }
        var seen: Int128 = 0
        var spent: Int64 = 0
        return weights.map { weight in
            seen += Int128(weight)
            let target = Int64(Rounding.halfAwayFromZero.divide(Int128(total) * seen, by: sum))
            defer { spent = target }
            return target - spent
        }
    }
}
