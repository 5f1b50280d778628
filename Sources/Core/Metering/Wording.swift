public import Values

/// Numbers and times as German sentences of findings write them: decimal comma, local time.
public enum Wording {
    /// `1.234,5 kWh` from 10^-6.
    public static func amount(_ micro: Int64, _ unit: UnitCode) -> String { "\(number(micro)) \(unit.symbol)" }
    /// `1.234,5` from 10^-6.
    public static func number(_ micro: Int64) -> String { DecimalText.format(micro, scale: 6, point: ",", grouping: ".") }
    /// `31.12.2026`.
    public static func day(_ day: Day) -> String {
        let (year, month, dayOfMonth) = day.components
        return "\(two(dayOfMonth)).\(two(month)).\(year)"
    }
    /// `31.12.2026 23:45`, local time. The two 02:30 of October read the same; a finding's `from` and `until` tell them apart.
    public static func time(_ instant: Instant, in time: LocalTime = .berlin) -> String {
        let (hour, minute, second) = time.timeOfDay(instant)
        return "\(day(time.day(of: instant))) \(two(hour)):\(two(minute))" + (second == 0 ? "" : ":\(two(second))")
    }
    /// A value of this raster by the name people use.
    public static func slot(_ resolution: Resolution) -> String {
        switch resolution {
        case .quarterHour: "Viertelstundenwert"
        case .hour: "Stundenwert"
        case .day: "Tageswert"
        case .gasDay: "Gastageswert"
        default: "Wert je \(resolution.storedSeconds / 60) Minuten"
        }
    }
    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
