internal import Values

/// Days and times written as digits alone: `CCYYMMDD`, `CCYYMMDDhhmm`, `CCYYMMDDhhmmss`.
enum DigitTime {
    /// The number of the digits in the range; nil if one of them is no digit.
    @inline(__always)
    static func digits(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        var value = 0
        for place in range {
            let digit = bytes[place] &- 0x30
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }

    /// Eight digits from `place`.
    @inline(__always)
    static func day(_ bytes: [UInt8], at place: Int, end: Int) -> Day? {
        guard place >= 0, place + 8 <= end, let year = digits(bytes, place..<(place + 4)),
            let month = digits(bytes, (place + 4)..<(place + 6)),
            let day = digits(bytes, (place + 6)..<(place + 8))
        else { return nil }
        return Day(year: year, month: month, day: day)
    }

    /// Seconds since 1970 of a wall clock without an offset: 12 digits, or 14 with seconds.
    @inline(__always)
    static func wallSeconds(_ bytes: [UInt8], at place: Int, end: Int, digits count: Int) -> Int64? {
        guard place + count <= end, let day = day(bytes, at: place, end: end), let hour = digits(bytes, (place + 8)..<(place + 10)),
            hour < 24,
            let minute = digits(bytes, (place + 10)..<(place + 12)), minute < 60
        else { return nil }
        var second = 0
        if count == 14 {
            guard let read = digits(bytes, (place + 12)..<(place + 14)), read < 60 else { return nil }
            second = read
        }
        return Int64(day.number) * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
    }

    /// The field, blanks around it ignored, as an instant at a fixed offset; 8, 12 or 14 digits.
    static func instant(_ bytes: [UInt8], _ range: Range<Int>, offsetSeconds: Int) -> Instant? {
        var place = range.lowerBound
        var end = range.upperBound
        while place < end, bytes[place] == 0x20 { place += 1 }
        while place < end, bytes[end - 1] == 0x20 { end -= 1 }
        switch end - place {
        case 8: return day(bytes, at: place, end: end).map { Instant(seconds: Int64($0.number) * 86_400 - Int64(offsetSeconds)) }
        case 12, 14:
            return wallSeconds(bytes, at: place, end: end, digits: end - place).map { Instant(seconds: $0 - Int64(offsetSeconds)) }
        default: return nil
        }
    }

    /// `CCYYMMDDhhmmss` of the instant at the offset, cut to `digits`.
    static func text(_ instant: Instant, offsetSeconds: Int, digits: Int) -> String {
        let plain = instant.adding(seconds: Int64(offsetSeconds)).text(offsetSeconds: 0).utf8.filter { $0 >= 0x30 && $0 <= 0x39 }
        return String(decoding: plain.prefix(digits), as: UTF8.self)
    }
}
