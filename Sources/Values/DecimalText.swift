/// Decimal text to scaled integers and back, byte by byte and exact. There is no way through binary floating point.
public enum DecimalText {
    /// Powers of ten that fit Int64.
    @usableFromInline static let powers: [Int64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000,
    ]

    /// 10^exponent.
    /// - Precondition: `exponent` is 0…18.
    public static func power(_ exponent: Int) -> Int64 { powers[exponent] }

    /// Why a text is no plain decimal.
    public enum Problem: Error, Hashable, Sendable {
        case empty
        /// The byte at this offset does not belong into a plain decimal (no exponent, no blanks, no grouping).
        case unexpected(offset: Int)
        /// More places after the point than the scale holds, and not only zeros.
        case tooManyPlaces
        case tooLarge
    }

    /// A plain decimal (`-?digits(.digits)?`) as an integer of 10^-scale.
    ///
    /// Further places than `scale` are accepted only if they are zeros: nothing is rounded here.
    /// - Throws: `Problem`.
    @inlinable
    public static func parse(
        _ bytes: some Collection<UInt8>, scale: Int, point: UInt8 = UInt8(ascii: ".")
    ) throws(Problem) -> Int64 {
        var value: Int64 = 0
        var negative = false
        var digits = 0
        var places = -1
        var offset = 0
        for byte in bytes {
            defer { offset += 1 }
            let digit = byte &- UInt8(ascii: "0")
            if digit < 10 {
                digits += 1
                if places >= 0 {
                    places += 1
                    if places > scale {
                        if digit == 0 { continue }
                        throw .tooManyPlaces
                    }
                }
                let (tens, overTens) = value.multipliedReportingOverflow(by: 10)
                let (sum, overSum) = tens.subtractingReportingOverflow(Int64(digit))
                if overTens || overSum { throw .tooLarge }
                value = sum
            } else if byte == point, places < 0, digits > 0 {
                places = 0
            } else if byte == UInt8(ascii: "-"), offset == 0 {
                negative = true
            } else {
                throw .unexpected(offset: offset)
            }
        }
        if offset == 0 { throw .empty }
        if digits == 0 || places == 0 { throw .unexpected(offset: offset) }
        let missing = scale - max(0, min(places, scale))
        if missing > 0 {
            let (scaled, over) = value.multipliedReportingOverflow(by: powers[missing])
            if over { throw .tooLarge }
            value = scaled
        }
        // Collected as a negative number, because Int64 reaches one further below zero than above.
        if negative { return value }
        let (positive, over) = Int64(0).subtractingReportingOverflow(value)
        if over { throw .tooLarge }
        return positive
    }

    /// A plain decimal as an integer of 10^-scale, or nil.
    public static func parse(_ text: some StringProtocol, scale: Int) -> Int64? {
        try? parse(text.utf8, scale: scale)
    }

    /// `value` × 10^-scale as a plain decimal; trailing zeros beyond `minimumPlaces` are left out.
    public static func format(
        _ value: Int64, scale: Int, minimumPlaces: Int = 0, point: String = ".", grouping: String = ""
    ) -> String {
        let unit = UInt64(powers[scale])
        let (whole, rest) = value.magnitude.quotientAndRemainder(dividingBy: unit)
        var fraction = rest
        var places = scale
        while places > minimumPlaces, fraction % 10 == 0 {
            fraction /= 10
            places -= 1
        }
        let wholeDigits = digitCount(whole)
        let groups = grouping.isEmpty ? 0 : (wholeDigits - 1) / 3
        let sign = value < 0 ? 1 : 0
        guard point.utf8.count == 1, grouping.utf8.count <= 1 else {
            // A sign of more than one byte: no hot path prints with it.
            return (sign == 1 ? "-" : "") + grouped(whole, by: grouping)
                + (places == 0 ? "" : point + padded(fraction, to: places))
        }
        let count = sign + wholeDigits + groups + (places == 0 ? 0 : places + 1)
        let (pointByte, groupByte) = (point.utf8.first ?? 0, grouping.utf8.first ?? 0)
        return unsafe ascii(count) { bytes in
            var index = count
            func put(_ byte: UInt8) {
                index -= 1
                unsafe bytes[index] = byte
            }
            for _ in 0..<places {
                put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction % 10))
                fraction /= 10
            }
            if places > 0 { put(pointByte) }
            var left = whole
            for digit in 0..<wholeDigits {
                if groups > 0, digit > 0, digit % 3 == 0 { put(groupByte) }
                put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: left % 10))
                left /= 10
            }
            if sign == 1 { put(UInt8(ascii: "-")) }
        }
    }

    /// `value` in exactly this many digits, zeros in front.
    /// - Precondition: it has no more.
    public static func padded(_ value: UInt64, to width: Int) -> String {
        var left = value
        return unsafe ascii(width) { bytes in
            for index in stride(from: width - 1, through: 0, by: -1) {
                unsafe bytes[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: left % 10)
                left /= 10
            }
        }
    }

    private static func grouped(_ whole: UInt64, by grouping: String) -> String {
        let digits = String(whole)
        guard !grouping.isEmpty else { return digits }
        var out = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { out += grouping }
            out.append(digit)
        }
        return out
    }

    private static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        while count < 19, value >= UInt64(powers[count]) { count += 1 }
        return value >= 10_000_000_000_000_000_000 ? 20 : count
    }

    /// A string of ASCII written in place: a bill prints some hundred numbers and days, and each detour over an array or over
    /// characters costs more than the number. Safe because `fill` gets exactly `count` bytes and each caller writes them all.
    @inline(__always)
    static func ascii(_ count: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) -> String {
        unsafe String(unsafeUninitializedCapacity: count) { bytes in
            unsafe fill(UnsafeMutableBufferPointer(rebasing: bytes[..<count]))
            return count
        }
    }
}
