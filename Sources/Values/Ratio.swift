/// A number without unit in 10^-6: transformer factor, Zustandszahl, share, also a Brennwert in kWh/m³.
public struct Ratio: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public var millionths: Int64

    @inlinable public init(millionths: Int64) { self.millionths = millionths }
    /// A plain decimal with at most six places; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let value = DecimalText.parse(text, scale: 6) else { return nil }
        millionths = value
    }

    public static let one = Ratio(millionths: 1_000_000)
    public static func < (left: Ratio, right: Ratio) -> Bool { left.millionths < right.millionths }
    public var description: String { DecimalText.format(millionths, scale: 6) }

    /// `micro` × this ratio, rounded once.
    /// - Throws: `Overflow`.
    @inlinable
    public func times(micro: Int64, rounding: Rounding = .halfAwayFromZero) throws(Overflow) -> Int64 {
        if millionths == 1_000_000 { return micro }
        return try Overflow.checked(rounding.divide(Int128(micro) * Int128(millionths), by: 1_000_000))
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let ratio = Ratio(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is no plain decimal"))
        }
        self = ratio
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A tax rate in basis points: 19 % = 1900.
public struct TaxRate: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public var basisPoints: Int32

    public init(basisPoints: Int32) { self.basisPoints = basisPoints }
    /// Percent with at most two places, such as `19` or `7.5`, 0…100; nil for anything else.
    public init?(percent text: some StringProtocol) {
        guard let value = DecimalText.parse(text, scale: 2), (0...10_000).contains(value) else { return nil }
        basisPoints = Int32(value)
    }

    public static func < (left: TaxRate, right: TaxRate) -> Bool { left.basisPoints < right.basisPoints }
    /// Percent as a plain decimal: `19`.
    public var percent: String { DecimalText.format(Int64(basisPoints), scale: 2) }
    public var description: String { percent + " %" }

    /// The tax on a net sum, rounded to the cent once per rate and bill (EN 16931 BR-CO-17).
    /// - Throws: `Overflow`.
    public func tax(on net: Money, rounding: Rounding = .halfAwayFromZero) throws(Overflow) -> Money {
        Money(cents: try Overflow.checked(rounding.divide(Int128(net.cents) * Int128(basisPoints), by: 10_000)))
    }
}
