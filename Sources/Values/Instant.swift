/// A moment, in microseconds since 1970-01-01T00:00:00Z. Local days and hours come from ``LocalTime``.
public struct Instant: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public var microseconds: Int64

    @inlinable public init(microseconds: Int64) { self.microseconds = microseconds }
    @inlinable public init(seconds: Int64) { self.microseconds = seconds * 1_000_000 }

    @inlinable public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }
    @inlinable public func adding(seconds: Int64) -> Instant { Instant(microseconds: microseconds + seconds * 1_000_000) }
    /// Whole seconds, rounded down.
    @inlinable public var seconds: Int64 { microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000 }
    public func seconds(until other: Instant) -> Int64 { (other.microseconds - microseconds) / 1_000_000 }

    /// RFC 3339 in UTC: `2026-01-01T00:00:00Z`, with microseconds only where there are any.
    public var description: String { text(offsetSeconds: 0) }

    /// RFC 3339 with the given offset from UTC.
    public func text(offsetSeconds: Int) -> String {
        let local = adding(seconds: Int64(offsetSeconds))
        var days = local.seconds / 86_400
        var rest = local.seconds % 86_400
        if rest < 0 { rest += 86_400; days -= 1 }
        func two(_ value: Int64) -> String { DecimalText.padded(value.magnitude, to: 2) }
        var out = Day(number: Int32(clamping: days)).description
        out += "T"
        out += two(rest / 3_600)
        out += ":"
        out += two(rest / 60 % 60)
        out += ":"
        out += two(rest % 60)
        let fraction = local.microseconds - local.seconds * 1_000_000
        if fraction != 0 {
            out += "."
            out += DecimalText.padded(fraction.magnitude, to: 6)
        }
        if offsetSeconds == 0 { return out + "Z" }
        let magnitude = Int64(offsetSeconds.magnitude)
        out += offsetSeconds < 0 ? "-" : "+"
        out += two(magnitude / 3_600)
        out += ":"
        out += two(magnitude / 60 % 60)
        return out
    }

    /// Why a text is no instant.
    public enum Problem: Error, Hashable, Sendable {
        /// No offset: the moment is not known.
        case noOffset
        /// Not of the form `YYYY-MM-DDThh:mm[:ss[.ffffff]](Z|±hh:mm)`, or no such day or time.
        case malformed
    }

    /// RFC 3339 with a mandatory offset.
    ///
    /// Seconds may be missing; a fraction has one to nine digits, of which six count. No 24:00, no leap second, no 30 February.
    /// - Throws: `Problem`.
    public init(_ text: some StringProtocol) throws(Problem) {
        try self.init(utf8: Array(text.utf8))
    }
    @inlinable
    public init(utf8 bytes: some RandomAccessCollection<UInt8>) throws(Problem) {
        let base = bytes.startIndex
        let count = bytes.count
        @inline(__always) func byte(_ offset: Int) -> UInt8 { bytes[bytes.index(base, offsetBy: offset)] }
        @inline(__always) func two(_ offset: Int) -> Int {
            let high = Int(byte(offset)) - 48
            let low = Int(byte(offset + 1)) - 48
            return (0...9).contains(high) && (0...9).contains(low) ? high * 10 + low : -1
        }
        guard count >= 16 else { throw .malformed }
        let century = two(0)
        let yearOfCentury = two(2)
        let month = two(5)
        let day = two(8)
        let hour = two(11)
        let minute = two(14)
        guard century >= 0, yearOfCentury >= 0, byte(4) == 45, byte(7) == 45, byte(13) == 58,
            byte(10) == 84 || byte(10) == 116 || byte(10) == 32,
            (0...23).contains(hour), (0...59).contains(minute),
            let date = Day(year: century * 100 + yearOfCentury, month: month, day: day)
        else { throw .malformed }
        var position = 16
        var second = 0
        if position < count, byte(position) == 58 {
            guard count >= 19 else { throw .malformed }
            second = two(17)
            guard (0...59).contains(second) else { throw .malformed }
            position = 19
        }
        var micro: Int64 = 0
        if position < count, byte(position) == 46 {
            position += 1
            var digits = 0
            while position < count, case let digit = Int64(byte(position)) - 48, (0...9).contains(digit) {
                if digits < 6 { micro = micro * 10 + digit }
                digits += 1
                position += 1
            }
            guard (1...9).contains(digits) else { throw .malformed }
            while digits < 6 { micro *= 10; digits += 1 }
        }
        guard position < count else { throw .noOffset }
        var offset = 0
        switch byte(position) {
        case 90, 122:
            guard position + 1 == count else { throw .malformed }
        case 43, 45:
            guard position + 6 == count, byte(position + 3) == 58 else { throw .malformed }
            let hours = two(position + 1)
            let minutes = two(position + 4)
            guard (0...18).contains(hours), (0...59).contains(minutes) else { throw .malformed }
            offset = (hours * 60 + minutes) * (byte(position) == 45 ? -60 : 60)
        default: throw .malformed
        }
        let whole = Int64(date.number) * 86_400 + Int64(hour * 3_600 + minute * 60 + second - offset)
        microseconds = whole * 1_000_000 + micro
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        do { self = try Instant(text) } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(text) is no instant"))
        }
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
