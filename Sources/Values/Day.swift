/// A calendar day, as the number of days since 1970-01-01: what PostgreSQL calls `date`. It has no time zone;
/// whose days they are is said by ``LocalTime``.
public struct Day: Hashable, Sendable, Comparable, Codable, CustomStringConvertible, LosslessStringConvertible {
    public var number: Int32

    @inlinable public init(number: Int32) { self.number = number }

    /// The day of the proleptic Gregorian calendar, of whatever year: a month before 0001-01-01 is a day like any other, so that
    /// counting months from a day that was typed never ends a program.
    /// - Precondition: the month has the day. Input goes through `init?(entered:)`, `init?(_:)` or `init?(year:month:day:)`.
    public init(_ year: Int, _ month: Int, _ day: Int) {
        precondition(Day.exists(year, month, day), "no such day: \(year)-\(month)-\(day)")
        self.init(civil: year, month, day)
    }

    /// The day, if it exists, of the years 1…9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), Day.exists(year, month, day) else { return nil }
        self.init(civil: year, month, day)
    }

    private static func exists(_ year: Int, _ month: Int, _ day: Int) -> Bool {
        (1...12).contains(month) && day >= 1 && day <= length(ofMonth: month, year: year)
    }

    private init(civil year: Int, _ month: Int, _ day: Int) {
        // Days from civil, H. Hinnant: years begin in March so that the leap day is the last.
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        number = Int32(clamping: era * 146_097 + dayOfEra - 719_468)
    }

    /// The years that a person or a program may name: supply, prices and payments lie in them, and whoever says 0001-01-01 means
    /// that he does not know.
    public static let enteredYears = 1900...2199
    /// What ``init(entered:)`` expects, in the words of an error.
    public static let expectation = "a day of the years 1900 to 2199, such as 2026-01-01"
    /// `YYYY-MM-DD` of ``enteredYears``: the way in for requests, forms and commands.
    public init?(entered text: String) {
        guard let day = Day(text), Day.enteredYears.contains(day.year) else { return nil }
        self = day
    }

    /// `YYYY-MM-DD`, and only that.
    public init?(_ text: String) { self.init(utf8: text.utf8) }
    public init?(utf8 bytes: some Collection<UInt8>) {
        guard bytes.count == 10 else { return nil }
        var parts = (0, 0, 0)
        var position = 0
        for byte in bytes {
            let digit = Int(byte) - 48
            switch position {
            case 4, 7: guard byte == UInt8(ascii: "-") else { return nil }
            default:
                guard (0...9).contains(digit) else { return nil }
                if position < 4 {
                    parts.0 = parts.0 * 10 + digit
                } else if position < 7 {
                    parts.1 = parts.1 * 10 + digit
                } else {
                    parts.2 = parts.2 * 10 + digit
                }
            }
            position += 1
        }
        self.init(year: parts.0, month: parts.1, day: parts.2)
    }

    public static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
    public static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    public var components: (year: Int, month: Int, day: Int) {
        let z = Int(number) + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
    public var year: Int { components.year }
    public var month: Int { components.month }
    public var dayOfMonth: Int { components.day }
    /// 1…366.
    public var dayOfYear: Int { Int(number - Day(year, 1, 1).number) + 1 }
    /// Monday 1 … Sunday 7 (ISO 8601).
    public var weekday: Int { ((Int(number) % 7) + 10) % 7 + 1 }

    public func adding(days: Int) -> Day { Day(number: number + Int32(days)) }
    /// The same day `months` later; the last day of the month where it does not exist.
    public func adding(months: Int) -> Day {
        let (year, month, day) = components
        // Ten thousand years are more than any table counts, and no sum overflows.
        let index = year * 12 + month - 1 + min(max(months, -120_000), 120_000)
        let newYear = index >= 0 ? index / 12 : (index - 11) / 12
        let newMonth = index - newYear * 12 + 1
        return Day(newYear, newMonth, min(day, Day.length(ofMonth: newMonth, year: newYear)))
    }
    public var startOfMonth: Day { adding(days: 1 - dayOfMonth) }
    public func days(until other: Day) -> Int { Int(other.number) - Int(number) }

    @inlinable public static func < (left: Day, right: Day) -> Bool { left.number < right.number }

    public var description: String {
        let (year, month, day) = components
        guard (0...9_999).contains(year) else {
            let digits = String(year)
            return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "-\(Day.two(month))-\(Day.two(day))"
        }
        return unsafe DecimalText.ascii(10) { bytes in
            var rest = year
            for index in [3, 2, 1, 0] {
                unsafe bytes[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            unsafe bytes[4] = UInt8(ascii: "-")
            unsafe bytes[5] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: month / 10)
            unsafe bytes[6] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: month % 10)
            unsafe bytes[7] = UInt8(ascii: "-")
            unsafe bytes[8] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: day / 10)
            unsafe bytes[9] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: day % 10)
        }
    }
    private static func two(_ value: Int) -> String { DecimalText.padded(UInt64(value), to: 2) }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let day = Day(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is no day"))
        }
        self = day
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
