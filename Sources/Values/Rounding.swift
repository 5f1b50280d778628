/// How a value between two representable ones is decided. Every rounding in the product names its rule.
public enum Rounding: String, Sendable, Hashable, Codable, CaseIterable {
    /// To the nearest; a half goes away from zero ("kaufmännisch", DIN 1333). The rule for money on bills.
    case halfAwayFromZero = "half_up"
    /// To the nearest; a half goes to the even neighbour (IEEE 754 default, banker's rounding).
    case halfEven = "half_even"
    /// Away from zero: sealed area is rounded up to full square metres.
    case awayFromZero = "up"
    /// Towards zero: estimated register readings are truncated (California VEE).
    case towardsZero = "down"
    /// To the smaller value, also below zero.
    case floor
    /// To the greater value, also below zero.
    case ceiling

    /// The quotient `dividend / divisor` as a whole number by this rule.
    ///
    /// - Precondition: `divisor` is not zero.
    @inlinable
    public func divide(_ dividend: Int128, by divisor: Int128) -> Int128 {
        precondition(divisor != 0, "division by zero is the programmer's mistake")
        let (quotient, remainder) = Rounding.quotient(dividend, divisor)
        guard remainder != 0 else { return quotient }
        let away: Int128 = (dividend < 0) == (divisor < 0) ? 1 : -1
        switch self {
        case .towardsZero: return quotient
        case .awayFromZero: return quotient + away
        case .floor: return away < 0 ? quotient - 1 : quotient
        case .ceiling: return away > 0 ? quotient + 1 : quotient
        case .halfAwayFromZero, .halfEven:
            let twice = remainder.magnitude * 2
            let whole = divisor.magnitude
            if twice < whole { return quotient }
            if twice > whole { return quotient + away }
            if self == .halfEven { return quotient % 2 == 0 ? quotient : quotient + away }
            return quotient + away
        }
    }
}

extension Rounding {
    /// Amounts of ordinary bills fit into 64 bits, which a processor divides at once; 128 bits take it several times as long.
    @inlinable
    static func quotient(_ dividend: Int128, _ divisor: Int128) -> (quotient: Int128, remainder: Int128) {
        // The least dividend over -1 does not fit.
        guard let narrow = Int64(exactly: dividend), let by = Int64(exactly: divisor), narrow != .min else {
            return dividend.quotientAndRemainder(dividingBy: divisor)
        }
        let (quotient, remainder) = narrow.quotientAndRemainder(dividingBy: by)
        return (Int128(quotient), Int128(remainder))
    }
}

/// A result that leaves the range of its type. Thrown where input decides the size, so that no input reaches a trap.
public struct Overflow: Error, Hashable, Sendable {
    public init() {}

    /// `value` as Int64.
    /// - Throws: `Overflow` if it does not fit.
    @inlinable
    public static func checked(_ value: Int128) throws(Overflow) -> Int64 {
        guard let narrow = Int64(exactly: value) else { throw Overflow() }
        return narrow
    }
}
