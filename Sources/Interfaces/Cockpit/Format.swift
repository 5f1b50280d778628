internal import Values
internal import Web

/// How numbers, days and moments look to people: 1.234,56 € and 31.12.2026 in German, €1,234.56 and 31 Dec 2026 in English.
///
/// Whatever belongs together is held together by no-break spaces: an amount never loses its currency to the next line.
struct Format: Sendable {
    let language: Language
    /// A blank at which no line ends.
    static let blank = "\u{A0}"
    private static let minus = "\u{2212}"

    private var point: String { language == .german ? "," : "." }
    private var grouping: String { language == .german ? "." : "," }

    /// `1.234,56 €`
    func money(_ amount: Money) -> String {
        let number = plain(amount.magnitude.cents, scale: 2, least: 2)
        let sign = amount.isNegative ? Format.minus : ""
        return language == .german ? "\(sign)\(number)\(Format.blank)€" : "\(sign)€\(number)"
    }

    /// For people: kWh and m³ without decimals, small amounts with up to three.
    func measure(_ measure: Measure) -> String {
        "\(rounded(measure.micro, places: Format.places(of: measure)))\(Format.blank)\(Format.unit(measure.unit))"
    }

    /// All digits, for the title behind the short form.
    func exact(_ measure: Measure) -> String { "\(signed(measure.micro, scale: 6, least: 0))\(Format.blank)\(Format.unit(measure.unit))" }

    /// A whole number with its thousands apart.
    func count(_ number: some BinaryInteger) -> String { signed(Int64(clamping: number), scale: 0, least: 0) }

    /// A plain decimal text (`31.2374`) in this language's spelling; unknown texts stay as they are.
    func decimal(_ text: String, least: Int = 0) -> String {
        guard let value = DecimalText.parse(text, scale: 8) else { return text }
        return signed(value, scale: 8, least: least)
    }

    /// `31.12.2026`, `31 Dec 2026`
    func day(_ day: Day) -> String {
        let (year, month, dayOfMonth) = day.components
        switch language {
        case .german: return "\(Format.two(dayOfMonth)).\(Format.two(month)).\(year)"
        case .english: return "\(dayOfMonth)\(Format.blank)\(Format.englishMonths[month - 1])\(Format.blank)\(year)"
        }
    }

    /// A half-open range as people read it: from its first to its last day.
    func period(_ range: DayRange) -> String {
        guard let last = range.lastDay else { return language == .german ? "seit \(day(range.from))" : "since \(day(range.from))" }
        return "\(day(range.from))\(Format.blank)– \(day(last))"
    }

    /// Local time to the minute.
    func moment(_ instant: Instant) -> String {
        let local = LocalTime.berlin
        let (hour, minute, _) = local.timeOfDay(instant)
        return "\(day(local.day(of: instant))),\(Format.blank)\(Format.two(hour)):\(Format.two(minute))"
    }

    /// `Jan`, `Feb` … for the axis of a chart.
    func month(_ month: Int) -> String {
        (language == .german ? Format.germanMonths : Format.englishMonths)[max(0, min(11, month - 1))]
    }

    /// How a quantity changed, in a sentence's words: "7 % mehr als im Vorjahr". Nil when there is nothing to compare with.
    func change(from before: Int64, to now: Int64) -> String? {
        guard before > 0, now >= 0 else { return nil }
        let percent = Int64(clamping: Rounding.halfAwayFromZero.divide((Int128(now) - Int128(before)) * 100, by: Int128(before)))
        switch (percent, language) {
        case (0, .german): return "wie im Vorjahr"
        case (0, .english): return "as in the year before"
        case (1..., .german): return "\(percent)\(Format.blank)% mehr als im Vorjahr"
        case (1..., .english): return "\(percent)% more than the year before"
        case (_, .german): return "\(-percent)\(Format.blank)% weniger als im Vorjahr"
        case (_, .english): return "\(-percent)% less than the year before"
        }
    }

    /// The unit as people write it.
    static func unit(_ unit: UnitCode) -> String {
        switch unit {
        case .cubicMetre: "m³"
        case .squareMetre: "m²"
        case .cubicMetrePerHour: "m³/h"
        case .day: "d"
        default: unit.rawValue
        }
    }

    private static func places(of measure: Measure) -> Int {
        switch measure.unit {
        case .kilowattHour, .cubicMetre, .wattHour, .megajoule, .litre: measure.micro.magnitude < 10_000_000 ? 3 : 0
        default: 3
        }
    }

    private func rounded(_ micro: Int64, places: Int) -> String {
        let unit = Int128(DecimalText.power(6 - places))
        return signed(Int64(clamping: Rounding.halfAwayFromZero.divide(Int128(micro), by: unit)), scale: places, least: 0)
    }

    private func signed(_ value: Int64, scale: Int, least: Int) -> String {
        let text = plain(value, scale: scale, least: least)
        return text.hasPrefix("-") ? Format.minus + text.dropFirst() : text
    }

    private func plain(_ value: Int64, scale: Int, least: Int) -> String {
        DecimalText.format(value, scale: scale, minimumPlaces: least, point: point, grouping: grouping)
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    private static let englishMonths = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let germanMonths = ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]
}
