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
        let magnitude = value.magnitude
        let unit = UInt64(powers[scale])
        var whole = String(magnitude / unit)
        if !grouping.isEmpty, whole.utf8.count > 3 {
            var grouped = ""
            for (index, character) in whole.enumerated() {
                if index > 0, (whole.count - index) % 3 == 0 { grouped += grouping }
                grouped.append(character)
            }
            whole = grouped
        }
        var places = scale == 0 ? "" : String(magnitude % unit)
        if places.utf8.count < scale { places = String(repeating: "0", count: scale - places.utf8.count) + places }
        while places.utf8.count > minimumPlaces, places.hasSuffix("0") { places.removeLast() }
        let sign = value < 0 ? "-" : ""
        return places.isEmpty ? sign + whole : sign + whole + point + places
    }
}
