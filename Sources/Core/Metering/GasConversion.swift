public import Values

/// The state of a gas: what makes operating cubic metres comparable (DVGW G 685).
public enum GasConversion {
    /// Zustandszahl z = 273.15 K ÷ T_eff × (p_amb + p_eff) ÷ 1013.25 mbar with p_amb = 1016 − 0.12 × height.
    ///
    /// - Parameters:
    ///   - heightMetres: height of the supply zone above sea level.
    ///   - effectivePressure: gauge pressure at the meter in 10^-3 mbar; 22 mbar for households.
    ///   - temperature: effective gas temperature in 10^-3 K; 15 °C for meters inside a building.
    ///   - places: decimals of the result, rounded half away from zero; four on bills.
    /// - Returns: nil if a pressure or temperature is not positive or the places are not 0…6.
    public static func conversionFactor(
        heightMetres: Int, effectivePressure: Int64 = 22_000, temperature: Int64 = 288_150, places: Int = 4
    ) -> Ratio? {
        guard (0...6).contains(places), (-500...9_000).contains(heightMetres), (1...1_000_000).contains(temperature),
            (0...1_000_000_000).contains(effectivePressure)
        else { return nil }
        let pressure = Int128(1_016_000 - 120 * Int64(heightMetres)) + Int128(effectivePressure)
        guard pressure > 0 else { return nil }
        let steps = Int128(DecimalText.power(places))
        let rounded = Rounding.halfAwayFromZero.divide(273_150 * pressure * steps, by: Int128(temperature) * 1_013_250)
        return Ratio(millionths: Int64(clamping: rounded * (1_000_000 / steps)))
    }
}
