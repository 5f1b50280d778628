public import Values

/// A temperature in 10^-4 °C.
public struct Temperature: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public var tenThousandths: Int32

    public init(tenThousandths: Int32) { self.tenThousandths = tenThousandths }
    /// A plain decimal with at most four places in degrees Celsius, −273.15 to 1,000; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let value = DecimalText.parse(text, scale: 4), (-2_731_500...10_000_000).contains(value) else { return nil }
        tenThousandths = Int32(value)
    }

    public static func < (left: Temperature, right: Temperature) -> Bool { left.tenThousandths < right.tenThousandths }
    /// `-0.2399 °C`.
    public var description: String { DecimalText.format(Int64(tenThousandths), scale: 4) + " °C" }
    /// `-0,24 °C` as German sentences write it.
    var german: String { DecimalText.format(Int64(tenThousandths), scale: 4, point: ",") + " °C" }

    /// The temperature by which gas is allocated: the day and the three before it, weighted 0.5333, 0.2667, 0.1333, 0.0667
    /// (geometric series to four decimals, BDEW/VKU/GEODE Leitfaden). Rounded half away from zero.
    /// - Returns: nil if one of the four days is unknown: a house remembers the cold, a guess would not.
    public static func allocation(of day: Day, from temperatures: [Day: Temperature]) -> Temperature? {
        var sum: Int128 = 0
        for (age, weight) in [5_333, 2_667, 1_333, 667].enumerated() {
            guard let known = temperatures[day.adding(days: -age)] else { return nil }
            sum += Int128(weight) * Int128(known.tenThousandths)
        }
        return Temperature(tenThousandths: Int32(clamping: Rounding.halfAwayFromZero.divide(sum, by: 10_000)))
    }
}
