internal import Values

/// The value of a DTM segment (C507): 102 day, 203 and 303 minutes, 304 seconds, 610 month.
enum MSCONSTime {
    enum Problem: Error, Hashable {
        case malformed
        /// A local time that occurs twice or never, and no offset to tell.
        case noOffset
        var message: String {
            switch self {
            case .malformed: "no time of its format; send 303 as CCYYMMDDHHMM?+00"
            case .noOffset: "a local time that occurs twice or never; send format 303 with its offset"
            }
        }
    }

    /// The instant. A day is its local midnight; a time without an offset (old files) is legal German time.
    /// - Parameter range: the value as sent, with the release character before the sign of the offset.
    static func instant(_ bytes: [UInt8], _ range: Range<Int>, release: UInt8) throws(Problem) -> Instant {
        let end = range.upperBound
        var place = range.lowerBound
        while place < end, bytes[place] &- 0x30 < 10 { place &+= 1 }
        let digits = place - range.lowerBound
        if digits == 8, place == end {
            guard let day = DigitTime.day(bytes, at: range.lowerBound, end: end) else { throw .malformed }
            return LocalTime.berlin.start(of: day)
        }
        guard digits == 12 || digits == 14, let wall = DigitTime.wallSeconds(bytes, at: range.lowerBound, end: end, digits: digits) else {
            throw .malformed
        }
        guard place < end else {
            let day = Day(number: Int32(clamping: wall >= 0 ? wall / 86_400 : (wall - 86_399) / 86_400))
            let rest = Int(wall - Int64(day.number) * 86_400)
            guard let first = LocalTime.berlin.instant(day, hour: rest / 3_600, minute: rest / 60 % 60),
                first == LocalTime.berlin.instant(day, hour: rest / 3_600, minute: rest / 60 % 60, second: true)
            else { throw .noOffset }
            return first.adding(seconds: Int64(rest % 60))
        }
        if bytes[place] == release { place &+= 1 }
        guard place < end, bytes[place] == 0x2B || bytes[place] == 0x2D else { throw .malformed }
        let isWest = bytes[place] == 0x2D
        place &+= 1
        guard end - place == 2 || end - place == 4, let offset = DigitTime.digits(bytes, place..<end) else { throw .malformed }
        let seconds = end - place == 2 ? offset * 3_600 : offset / 100 * 3_600 + offset % 100 * 60
        guard seconds <= 18 * 3_600 else { throw .malformed }
        return Instant(seconds: wall + Int64(isWest ? seconds : -seconds))
    }

    /// Format 303 in UTC with the sign released, as MSCONS since 2022 wants it.
    static func text303(_ instant: Instant) -> String { DigitTime.text(instant, offsetSeconds: 0, digits: 12) + "?+00" }
}
