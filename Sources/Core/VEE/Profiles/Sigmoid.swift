internal import Values

/// The daily gas demand of a customer by temperature: h(T) = A ÷ (1 + (B ÷ (T − 40))^C) + D + max(mH·T + bH, mW·T + bW).
///
/// Without its linear part it is the older sigmoid (TU München). Binary floating point is allowed here: h is a shape, not a
/// quantity, and it leaves as a whole number of 10^-9. The power is computed by the four basic operations only, which IEEE 754
/// defines to the last bit, and not by the system's mathematics library, whose last digits differ between machines.
public struct Sigmoid: Hashable, Sendable, Codable {
    public let a: Double, b: Double, c: Double, d: Double
    /// The heating line and the hot water line.
    public let heatingSlope: Double, heatingOffset: Double, waterSlope: Double, waterOffset: Double

    public init(
        _ a: Double, _ b: Double, _ c: Double, _ d: Double, _ heatingSlope: Double = 0, _ heatingOffset: Double = 0,
        _ waterSlope: Double = 0, _ waterOffset: Double = 0
    ) {
        self.a = a
        self.b = b
        self.c = c
        self.d = d
        self.heatingSlope = heatingSlope
        self.heatingOffset = heatingOffset
        self.waterSlope = waterSlope
        self.waterOffset = waterOffset
    }

    /// h(T) in 10^-9, rounded to the nearest, not negative. From 40 °C on only the constant and the lines remain.
    public func demand(at temperature: Temperature) -> Int64 {
        let degrees = Double(temperature.tenThousandths) / 10_000
        let curve = degrees < 40 ? a / (1 + Sigmoid.power(b / (degrees - 40), c)) : 0
        let line = max(heatingSlope * degrees + heatingOffset, waterSlope * degrees + waterOffset)
        let scaled = max(0, min((curve + d + line) * 1_000_000_000, 1e15))
        // Cut after half a step: `rounded()` is a call into the mathematics library that the core does without.
        return scaled.isFinite ? Int64(scaled + 0.5) : 0
    }

    /// base^exponent for a positive base, accurate to about 10^-15; 0 for any other base.
    static func power(_ base: Double, _ exponent: Double) -> Double {
        guard base > 0, base.isFinite else { return 0 }
        return exponential(exponent * logarithm(base))
    }

    /// ln x = 2 artanh((m − 1) ÷ (m + 1)) + e ln 2, m the significand brought to √½…√2, where the series needs few terms.
    private static func logarithm(_ x: Double) -> Double {
        var (significand, exponent) = (x.significand, Double(x.exponent))
        if significand > 1.414_213_562_373_095_1 {
            significand /= 2
            exponent += 1
        }
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        var sum = 0.0
        for term in stride(from: 27, through: 1, by: -2) { sum = sum * square + 1 / Double(term) }
        return 2 * ratio * sum + exponent * 0.693_147_180_559_945_3
    }

    /// e^x = 2^k e^r with |r| ≤ ½ ln 2, where the Taylor series needs few terms.
    private static func exponential(_ x: Double) -> Double {
        let turns = x / 0.693_147_180_559_945_3
        guard abs(turns) < 1_000 else { return turns > 0 ? .greatestFiniteMagnitude : 0 }
        let whole = Double(Int64(turns + (turns < 0 ? -0.5 : 0.5)))
        let rest = x - whole * 0.693_147_180_559_945_3
        var sum = 1.0
        for term in stride(from: 18, through: 1, by: -1) { sum = 1 + rest / Double(term) * sum }
        return Double(sign: .plus, exponent: Int(whole), significand: sum)
    }
}
