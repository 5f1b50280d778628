public import Values

/// How an amount came about: the parts are kept and the amount is derived, so the question "why?" has one answer.
public enum Explanation: Hashable, Sendable {
    public struct Tier: Hashable, Sendable {
        /// 10^-6 of the unit.
        public let micro: Int64
        public let price: Price
        public init(micro: Int64, price: Price) {
            self.micro = micro
            self.price = price
        }
    }
    /// Quantity × price.
    case quantity(Measure, Price)
    /// (Quantity − what is left out of it) × price: waste water without the garden's, reactive energy beyond the free share.
    case reduced(Measure, by: Measure, Price)
    /// Price × share of a year or month, and × quantity where the price is per kW, m² or piece.
    case time(Measure?, Price, share: Fraction, days: Int)
    /// Highest load × price × share.
    case peak(PeakLoad, Price, share: Fraction, days: Int)
    /// Each part at the price of its step.
    case tiers([Tier])
    /// Package price × share, and what lies above the package at a price of its own.
    case package(Price, share: Fraction, days: Int, excess: Tier)
    /// Each market time unit at its spot price, and all of it at the markup (10^-8 EUR per kWh).
    case spot(SpotCost, markup: Int64)
    /// A quantity or a time at a price that follows indices.
    indirect case indexed(Indexation, Explanation)
    /// What is missing to the minimum: minimum × share − what was charged, at least nothing.
    case minimum(Price, share: Fraction, days: Int, charged: Money)
    /// What goes beyond the maximum: maximum × share − what was charged, at most nothing.
    case maximum(Price, share: Fraction, days: Int, charged: Money)
    /// A share of what other components came to; negative where it is off.
    case percent(Ratio, of: Money)
    /// A sum that was promised, so many times.
    case amount(Money, times: Int)

    /// The amount, rounded to the cent once.
    /// - Throws: `Overflow`.
    public func amount(_ rounding: Rounding) throws(Overflow) -> Money {
        switch self {
        case .quantity(let quantity, let price):
            return try price.times(micro: quantity.micro, rounding: rounding)
        case .reduced(_, _, let price):
            return try price.times(micro: quantity?.micro ?? 0, rounding: rounding)
        case .time(let quantity, let price, let share, _):
            return try price.times(micro: quantity?.micro ?? 1_000_000, share: share, rounding: rounding)
        case .peak(let peak, let price, let share, _):
            return try price.times(micro: peak.micro, share: share, rounding: rounding)
        case .tiers(let tiers):
            var sum: Int128 = 0
            for tier in tiers { sum += Int128(tier.price.hundredMillionths) * Int128(tier.micro) }
            return Money(cents: try Overflow.checked(rounding.divide(sum, by: 1_000_000_000_000)))
        case .package(let price, let share, _, let excess):
            return try Explanation.package(price, share, excess, rounding)
        case .spot(let cost, let markup):
            let (sum, over) = cost.exact.addingReportingOverflow(Int128(markup) * Int128(cost.micro))
            if over { throw Overflow() }
            return Money(cents: try Overflow.checked(rounding.divide(sum, by: 1_000_000_000_000)))
        case .indexed(_, let inner):
            return try inner.amount(rounding)
        case .minimum(let price, let share, _, let charged):
            return max(.zero, try Explanation.distance(price, share, charged, rounding))
        case .maximum(let price, let share, _, let charged):
            return min(.zero, try Explanation.distance(price, share, charged, rounding))
        case .percent(let ratio, let base):
            return Money(cents: try Overflow.checked(rounding.divide(Int128(base.cents) * Int128(ratio.millionths), by: 1_000_000)))
        case .amount(let money, let times):
            return Money(cents: try Overflow.checked(Int128(money.cents) * Int128(times)))
        }
    }

    /// Of a minimum or maximum: what is missing to it, negative where more was charged; nil of anything else.
    /// - Throws: `Overflow`.
    public func distance(_ rounding: Rounding) throws(Overflow) -> Money? {
        switch self {
        case .minimum(let price, let share, _, let charged), .maximum(let price, let share, _, let charged):
            try Explanation.distance(price, share, charged, rounding)
        default: nil
        }
    }
    private static func distance(_ price: Price, _ share: Fraction, _ charged: Money, _ rounding: Rounding) throws(Overflow) -> Money {
        let bound = try price.times(micro: 1_000_000, share: share, rounding: rounding)
        return Money(cents: try Overflow.checked(Int128(bound.cents) - Int128(charged.cents)))
    }
    private static func package(_ price: Price, _ share: Fraction, _ excess: Tier, _ rounding: Rounding) throws(Overflow) -> Money {
        let (base, over) = (Int128(price.hundredMillionths) * 1_000_000).multipliedReportingOverflow(by: Int128(share.numerator))
        let (above, wide) = (Int128(excess.price.hundredMillionths) * Int128(excess.micro))
            .multipliedReportingOverflow(by: Int128(share.denominator))
        let (sum, tall) = base.addingReportingOverflow(above)
        if over || wide || tall { throw Overflow() }
        return Money(cents: try Overflow.checked(rounding.divide(sum, by: 1_000_000_000_000 * Int128(share.denominator))))
    }

    /// The same with the other sign of prices and sums, for who is paid instead of paying. What is computed from a course of prices, or up
    /// to a bound, has no such form and stays.
    public var negated: Explanation {
        func other(_ price: Price) -> Price {
            Price(hundredMillionths: 0 &- price.hundredMillionths, unit: price.unit, time: price.time)
        }
        func other(_ tier: Tier) -> Tier { Tier(micro: tier.micro, price: other(tier.price)) }
        return switch self {
        case .quantity(let quantity, let price): .quantity(quantity, other(price))
        case .reduced(let quantity, let less, let price): .reduced(quantity, by: less, other(price))
        case .time(let quantity, let price, let share, let days): .time(quantity, other(price), share: share, days: days)
        case .peak(let peak, let price, let share, let days): .peak(peak, other(price), share: share, days: days)
        case .tiers(let tiers): .tiers(tiers.map(other))
        case .package(let price, let share, let days, let excess): .package(other(price), share: share, days: days, excess: other(excess))
        case .indexed(let indexation, let inner): .indexed(indexation, inner.negated)
        case .percent(let ratio, let base): .percent(ratio, of: -base)
        case .amount(let money, let times): .amount(-money, times: times)
        case .spot, .minimum, .maximum: self
        }
    }

    /// The explanation that multiplies: that inside an indexed price, else this one.
    public var product: Explanation { if case .indexed(_, let inner) = self { inner } else { self } }

    /// The quantity that stands on the line, where there is one.
    public var quantity: Measure? {
        switch self {
        case .quantity(let quantity, _): quantity
        case .reduced(let quantity, let less, _):
            Measure(micro: Int64(clamping: max(0, Int128(quantity.micro) - Int128(less.micro))), unit: quantity.unit)
        case .time(let quantity, _, _, _): quantity
        case .peak(let peak, _, _, _): Measure(micro: peak.micro, unit: .kilowatt)
        case .tiers(let tiers): tiers.first?.price.unit.map { Measure(micro: tiers.reduce(0) { $0 + $1.micro }, unit: $0) }
        case .spot(let cost, _): Measure(micro: cost.micro, unit: .kilowattHour)
        case .indexed(_, let inner): inner.quantity
        case .package, .minimum, .maximum, .percent, .amount: nil
        }
    }
    /// The one price of the line; nil where there are several.
    public var price: Price? {
        switch self {
        case .quantity(_, let price), .reduced(_, _, let price), .time(_, let price, _, _), .peak(_, let price, _, _),
            .minimum(let price, _, _, _), .maximum(let price, _, _, _):
            price
        case .tiers(let tiers): tiers.count == 1 ? tiers[0].price : nil
        case .indexed(_, let inner): inner.price
        case .package, .spot, .percent, .amount: nil
        }
    }
    public var share: Fraction? {
        switch self {
        case .time(_, _, let share, _), .peak(_, _, let share, _), .package(_, let share, _, _), .minimum(_, let share, _, _),
            .maximum(_, let share, _, _):
            share
        case .indexed(_, let inner): inner.share
        case .quantity, .reduced, .tiers, .spot, .percent, .amount: nil
        }
    }
}
