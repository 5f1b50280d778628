/// An amount of something measured, in 10^-6 of its unit.
public struct Quantity<Unit: MeasureUnit>: Hashable, Sendable, Comparable, AdditiveArithmetic, CustomStringConvertible {
    public var micro: Int64

    @inlinable public init(micro: Int64) { self.micro = micro }
    @inlinable public init(_ whole: Int) { self.micro = Int64(whole) * 1_000_000 }

    /// A plain decimal with at most six places; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let micro = DecimalText.parse(text, scale: 6) else { return nil }
        self.micro = micro
    }

    public static var zero: Quantity { Quantity(micro: 0) }
    @inlinable public static func + (left: Quantity, right: Quantity) -> Quantity { Quantity(micro: left.micro + right.micro) }
    @inlinable public static func - (left: Quantity, right: Quantity) -> Quantity { Quantity(micro: left.micro - right.micro) }
    @inlinable public static prefix func - (value: Quantity) -> Quantity { Quantity(micro: -value.micro) }
    @inlinable public static func < (left: Quantity, right: Quantity) -> Bool { left.micro < right.micro }

    /// The plain decimal without unit, such as `3500.123456`.
    public var description: String { DecimalText.format(micro, scale: 6) }
    /// Without its type, for lines and messages.
    public var measure: Measure { Measure(micro: micro, unit: Unit.code) }

    /// This quantity rounded to `places` decimals (0…6).
    public func rounded(to places: Int, _ rounding: Rounding) -> Quantity {
        let unit = Int128(DecimalText.power(6 - places))
        return Quantity(micro: Int64(rounding.divide(Int128(micro), by: unit) * unit))
    }

    /// Shares in proportion to `weights` that add up to exactly this quantity (running totals are rounded).
    public func split(by weights: [Int64]) -> [Quantity] {
        Shares.of(micro, by: weights).map { Quantity(micro: $0) }
    }

    /// The same amount in another unit of the same dimension; nil if the dimensions differ.
    /// - Throws: `Overflow`.
    public func converted<Other: MeasureUnit>(
        to other: Other.Type, rounding: Rounding = .halfAwayFromZero
    ) throws(Overflow) -> Quantity<Other>? {
        guard let micro = try Unit.code.convert(micro: micro, to: Other.code, rounding: rounding) else { return nil }
        return Quantity<Other>(micro: micro)
    }
}

/// A quantity whose unit is known only at run time.
public struct Measure: Hashable, Sendable, Codable, CustomStringConvertible {
    public var micro: Int64
    public var unit: UnitCode

    public init(micro: Int64, unit: UnitCode) {
        self.micro = micro
        self.unit = unit
    }
    /// The plain decimal, without the unit.
    public var number: String { DecimalText.format(micro, scale: 6) }
    public var description: String { "\(number) \(unit.rawValue)" }

    /// As a typed quantity, if the unit is the same.
    public func quantity<Unit: MeasureUnit>(of unit: Unit.Type) -> Quantity<Unit>? {
        self.unit == Unit.code ? Quantity<Unit>(micro: micro) : nil
    }
}

extension Quantity<CubicMetre> {
    /// Gas: operating volume × Zustandszahl × Brennwert, in one product with one rounding to 10^-6 kWh (DVGW G 685).
    ///
    /// - Parameters:
    ///   - conversion: Zustandszahl z, without unit.
    ///   - calorific: Brennwert Hs in kWh/m³.
    /// - Throws: `Overflow`.
    public func energy(
        conversion: Ratio, calorific: Ratio, rounding: Rounding = .halfAwayFromZero
    ) throws(Overflow) -> Quantity<KilowattHour> {
        let product = Int128(micro) * Int128(conversion.millionths) * Int128(calorific.millionths)
        return Quantity<KilowattHour>(micro: try Overflow.checked(rounding.divide(product, by: 1_000_000_000_000)))
    }
}
