/// A net or gross price per unit, in 10^-8 euros: six decimals of a cent per kWh, with the unit in the type.
public struct UnitPrice<Unit: MeasureUnit>: Hashable, Sendable, Comparable, AdditiveArithmetic {
    /// 10^-8 EUR per unit.
    public var hundredMillionths: Int64

    @inlinable public init(hundredMillionths: Int64) { self.hundredMillionths = hundredMillionths }

    /// A plain decimal in euros per unit with at most eight places.
    public init?(euros text: some StringProtocol) {
        guard let value = DecimalText.parse(text, scale: 8) else { return nil }
        hundredMillionths = value
    }
    /// A plain decimal in cents per unit with at most six places.
    public init?(cents text: some StringProtocol) {
        guard let value = DecimalText.parse(text, scale: 6) else { return nil }
        hundredMillionths = value
    }

    public static var zero: UnitPrice { UnitPrice(hundredMillionths: 0) }
    @inlinable public static func < (left: UnitPrice, right: UnitPrice) -> Bool {
        left.hundredMillionths < right.hundredMillionths
    }
    @inlinable public static func + (left: UnitPrice, right: UnitPrice) -> UnitPrice {
        UnitPrice(hundredMillionths: left.hundredMillionths + right.hundredMillionths)
    }
    @inlinable public static func - (left: UnitPrice, right: UnitPrice) -> UnitPrice {
        UnitPrice(hundredMillionths: left.hundredMillionths - right.hundredMillionths)
    }

    /// Euros per unit as a plain decimal: `0.31237415`.
    public var euros: String { DecimalText.format(hundredMillionths, scale: 8, minimumPlaces: 2) }
    /// Cents per unit as a plain decimal: `31.237415`.
    public var cents: String { DecimalText.format(hundredMillionths, scale: 6, minimumPlaces: 2) }

    /// The amount for `quantity`: one product in 128 bits, rounded to the cent once, here.
    /// - Throws: `Overflow` if the amount leaves Int64 cents.
    @inlinable
    public func times(_ quantity: Quantity<Unit>, rounding: Rounding) throws(Overflow) -> Money {
        try times(quantity, share: (1, 1), rounding: rounding)
    }

    /// The amount for `quantity` and a share of time: price × quantity × numerator ÷ denominator, rounded once.
    ///
    /// A price per kW and year for 184 of 365 days: `share: (184, 365)`.
    /// - Precondition: the denominator is positive.
    /// - Throws: `Overflow`.
    @inlinable
    public func times(
        _ quantity: Quantity<Unit>, share: (numerator: Int64, denominator: Int64), rounding: Rounding
    ) throws(Overflow) -> Money {
        let (product, over) = (Int128(hundredMillionths) * Int128(quantity.micro))
            .multipliedReportingOverflow(by: Int128(share.numerator))
        if over { throw Overflow() }
        // 10^-8 EUR × 10^-6 units = 10^-14 EUR = 10^-12 cents.
        return Money(cents: try Overflow.checked(rounding.divide(product, by: 1_000_000_000_000 * Int128(share.denominator))))
    }
}
