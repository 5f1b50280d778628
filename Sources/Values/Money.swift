/// An amount of euros, exact to the cent.
///
/// Int64 cents, because an addition of `Decimal` takes about a thousand times as long (design section 2).
public struct Money: Hashable, Sendable, Comparable, Codable, AdditiveArithmetic, CustomStringConvertible {
    public var cents: Int64

    @inlinable public init(cents: Int64) { self.cents = cents }

    /// A plain decimal with at most two places, such as `-12.34`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let cents = DecimalText.parse(text, scale: 2) else { return nil }
        self.cents = cents
    }

    public static let zero = Money(cents: 0)

    // Overflow traps on purpose: a sum of euros that leaves Int64 is a bug, not a balance. Input cannot get here, because
    // products of input come out of `times`, which reports overflow.
    @inlinable public static func + (left: Money, right: Money) -> Money { Money(cents: left.cents + right.cents) }
    @inlinable public static func - (left: Money, right: Money) -> Money { Money(cents: left.cents - right.cents) }
    @inlinable public static prefix func - (amount: Money) -> Money { Money(cents: -amount.cents) }
    @inlinable public static func < (left: Money, right: Money) -> Bool { left.cents < right.cents }

    public var magnitude: Money { Money(cents: cents < 0 ? -cents : cents) }
    public var isNegative: Bool { cents < 0 }

    /// `1234.50`, for files and interfaces; people get a localised form from the page that shows it.
    public var description: String { DecimalText.format(cents, scale: 2, minimumPlaces: 2) }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let money = Money(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is no amount of euros"))
        }
        self = money
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Sequence<Money> {
    /// The sum; zero for none.
    public func total() -> Money { reduce(.zero, +) }
}

extension Money {
    /// Shares in proportion to `weights` that add up to exactly this amount; see ``Shares``.
    public func split(by weights: [Int64]) -> [Money] { Shares.of(cents, by: weights).map { Money(cents: $0) } }
}
