internal import Values

/// What makes a household's table follow the season: F(t) = −3.92·10⁻¹⁰ t⁴ + 3.20·10⁻⁷ t³ − 7.02·10⁻⁵ t² + 2.10·10⁻³ t + 1.24,
/// t the day of the year (BDEW; reference 3.1).
public enum Dynamisation: String, Hashable, Sendable, Codable, CaseIterable {
    /// The table as it is.
    case none
    /// F as it comes, products rounded to 10^-9 kWh.
    case exact
    /// As many programs print it: F to four decimals, the product to three in the unit of the table.
    case rounded

    /// F(t) in 10^-12, exact: all coefficients are whole numbers there.
    /// - Parameter dayOfYear: 1…366.
    public static func factor(dayOfYear: Int) -> Int64 {
        let t = Int64(dayOfYear)
        // Horner's scheme; the greatest intermediate value is below 10^14.
        return (((-392 * t + 320_000) * t - 70_200_000) * t + 2_100_000_000) * t + 1_240_000_000_000
    }

    /// A value of a table on a day, in 10^-9 kWh at 1,000 kWh a year.
    func weight(_ value: Int64, table: LoadTable, on day: Day) -> Int64 {
        let unit = table.edition.nanoKilowattHours
        switch self {
        case .none: return value * unit
        case .exact:
            let product = Int128(value * unit) * Int128(Dynamisation.factor(dayOfYear: day.dayOfYear))
            return Int64(clamping: Rounding.halfAwayFromZero.divide(product, by: 1_000_000_000_000))
        case .rounded:
            let rounding = Rounding.halfAwayFromZero
            let factor = rounding.divide(Int128(Dynamisation.factor(dayOfYear: day.dayOfYear)), by: 100_000_000)
            // Three decimals of a watt are two more than the table of 1999 has, and as many as that of 2025.
            let finer: Int128 = table.edition == .seasons1999 ? 100 : 1
            let product = rounding.divide(Int128(value) * finer * factor, by: 10_000)
            return Int64(clamping: product * Int128(unit) / finer)
        }
    }
}
