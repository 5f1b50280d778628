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
    /// Price × share of a year or month, and × quantity where the price is per kW, m² or piece.
    case time(Measure?, Price, share: Fraction, days: Int)
    /// Each part at the price of its step.
    case tiers([Tier])
    /// What is missing to the minimum: minimum × share − what was charged, at least nothing.
    case minimum(Price, share: Fraction, days: Int, charged: Money)

    /// The amount, rounded to the cent once.
    /// - Throws: `Overflow`.
    public func amount(_ rounding: Rounding) throws(Overflow) -> Money {
        switch self {
        case .quantity(let quantity, let price):
            return try price.times(micro: quantity.micro, rounding: rounding)
        case .time(let quantity, let price, let share, _):
            return try price.times(micro: quantity?.micro ?? 1_000_000, share: share, rounding: rounding)
        case .tiers(let tiers):
            var sum: Int128 = 0
            for tier in tiers { sum += Int128(tier.price.hundredMillionths) * Int128(tier.micro) }
            return Money(cents: try Overflow.checked(rounding.divide(sum, by: 1_000_000_000_000)))
        case .minimum(let price, let share, _, let charged):
            let least = try price.times(micro: 1_000_000, share: share, rounding: rounding)
            return max(.zero, Money(cents: try Overflow.checked(Int128(least.cents) - Int128(charged.cents))))
        }
    }

    /// The quantity that stands on the line, where there is one.
    public var quantity: Measure? {
        switch self {
        case .quantity(let quantity, _): quantity
        case .time(let quantity, _, _, _): quantity
        case .tiers(let tiers): tiers.first?.price.unit.map { Measure(micro: tiers.reduce(0) { $0 + $1.micro }, unit: $0) }
        case .minimum: nil
        }
    }
    /// The one price of the line; nil where there are several.
    public var price: Price? {
        switch self {
        case .quantity(_, let price), .time(_, let price, _, _), .minimum(let price, _, _, _): price
        case .tiers(let tiers): tiers.count == 1 ? tiers[0].price : nil
        }
    }
    public var share: Fraction? {
        switch self {
        case .time(_, _, let share, _), .minimum(_, let share, _, _): share
        case .quantity, .tiers: nil
        }
    }

    /// The same as a sum with numbers: `3 500.123 kWh × 31.2374 ct/kWh`. Plain decimals for interfaces, German ones for people.
    public func formula(_ style: NumberStyle = .plain) -> String {
        func number(_ measure: Measure) -> String { "\(style.apply(measure.number)) \(measure.unit.symbol)" }
        func number(_ price: Price) -> String { "\(style.apply(price.number)) \(price.unitText)" }
        switch self {
        case .quantity(let quantity, let price): return "\(number(quantity)) × \(number(price))"
        case .time(let quantity?, let price, let share, _): return "\(number(quantity)) × \(number(price)) × \(share)"
        case .time(nil, let price, let share, _): return "\(number(price)) × \(share)"
        case .tiers(let tiers):
            return tiers.map { tier in
                "\(style.apply(DecimalText.format(tier.micro, scale: 6))) \(tier.price.unit?.symbol ?? "") × \(number(tier.price))"
            }.joined(separator: " + ")
        case .minimum(let price, let share, _, let charged):
            return "\(number(price)) × \(share) − \(style.apply(charged.description)) €"
        }
    }
}

/// How a plain decimal is shown.
public struct NumberStyle: Hashable, Sendable {
    public let point: String
    public let grouping: String
    public init(point: String, grouping: String) {
        self.point = point
        self.grouping = grouping
    }
    /// For files and interfaces.
    public static let plain = NumberStyle(point: ".", grouping: "")
    /// 1.234,56.
    public static let german = NumberStyle(point: ",", grouping: ".")
    /// 1,234.56.
    public static let english = NumberStyle(point: ".", grouping: ",")

    /// A plain decimal in this style.
    public func apply(_ plain: String) -> String {
        if grouping.isEmpty && point == "." { return plain }
        var out: [UInt8] = []
        out.reserveCapacity(plain.utf8.count + 12)
        var digits = plain.utf8[...]
        if digits.first == UInt8(ascii: "-") {
            out.append(contentsOf: "−".utf8)
            digits.removeFirst()
        }
        let whole = digits.prefix { $0 != UInt8(ascii: ".") }
        var left = whole.count
        for digit in whole {
            out.append(digit)
            left -= 1
            if left > 0, left.isMultiple(of: 3) { out.append(contentsOf: grouping.utf8) }
        }
        let places = digits.dropFirst(whole.count + 1)
        if !places.isEmpty {
            out.append(contentsOf: point.utf8)
            out.append(contentsOf: places)
        }
        return String(decoding: out, as: UTF8.self)
    }
}
