internal import Values

/// Numbers in fields of market files: exact, byte by byte. Unlike `DecimalText` they may begin with the decimal mark (`.048`, as
/// Australian files do), stand between blanks, and have either mark.
enum DecimalField {
    enum Problem: Error, Hashable {
        case empty
        /// This byte belongs into no number.
        case character(at: Int)
        /// More places than the scale holds, and not only zeros.
        case places
        case tooLarge

        var message: String {
            switch self {
            case .empty: "the value is empty; send a number"
            case .character: "no plain decimal; send digits with a decimal mark, no grouping, no exponent"
            case .places: "more decimals than can be kept (six of the unit kept); round at the source"
            case .tooLarge: "the number is too large; check the unit"
            }
        }
    }

    /// The field as an integer of 10^-scale.
    @inline(__always)
    static func parse(_ bytes: [UInt8], _ range: Range<Int>, scale: Int, point: UInt8 = 0x2E) throws(Problem) -> Int64 {
        var place = range.lowerBound
        var end = range.upperBound
        while place < end, bytes[place] == 0x20 { place &+= 1 }
        while place < end, bytes[end &- 1] == 0x20 { end &-= 1 }
        guard place < end else { throw .empty }
        let isNegative = bytes[place] == 0x2D
        if isNegative { place &+= 1 }
        var value: Int64 = 0
        var places = -1
        var digits = 0
        while place < end {
            let digit = bytes[place] &- 0x30
            if digit < 10 {
                digits &+= 1
                if places >= 0 {
                    if places == scale {
                        guard digit == 0 else { throw .places }
                        place &+= 1
                        continue
                    }
                    places &+= 1
                }
                let (tens, overTens) = value.multipliedReportingOverflow(by: 10)
                let (sum, overSum) = tens.addingReportingOverflow(Int64(digit))
                if overTens || overSum { throw .tooLarge }
                value = sum
            } else if bytes[place] == point, places < 0 {
                places = 0
            } else {
                throw .character(at: place)
            }
            place &+= 1
        }
        guard digits > 0 else { throw .character(at: end - 1) }
        let missing = scale - max(places, 0)
        if missing > 0 {
            guard missing <= 18 else { throw .tooLarge }
            let (scaled, over) = value.multipliedReportingOverflow(by: DecimalText.power(missing))
            if over { throw .tooLarge }
            value = scaled
        }
        return isNegative ? 0 &- value : value
    }

    /// The text as an integer of 10^-scale.
    static func parse(_ text: String, scale: Int, point: UInt8 = 0x2E) throws(Problem) -> Int64 {
        // Nearly all are a few digits, which need no copy.
        if text.utf8.count <= 12, scale <= 6 {
            var value: Int64 = 0
            var places = -1
            var digits = 0
            var isPlain = true
            for byte in text.utf8 {
                let digit = byte &- 0x30
                if digit < 10 {
                    value = value &* 10 &+ Int64(digit)
                    digits += 1
                    if places >= 0 { places += 1 }
                } else if byte == point, places < 0 {
                    places = 0
                } else {
                    isPlain = false
                    break
                }
            }
            if isPlain, digits > 0, places <= scale { return value &* DecimalText.power(scale - max(places, 0)) }
        }
        let bytes = Array(text.utf8)
        return try parse(bytes, 0..<bytes.count, scale: scale, point: point)
    }

    /// `value` × 10^shift; nil if it does not come out even or leaves Int64.
    static func shifted(_ value: Int64, by shift: Int) -> Int64? {
        if shift == 0 || value == 0 { return value }
        guard abs(shift) <= 18 else { return nil }
        let power = DecimalText.power(abs(shift))
        if shift > 0 {
            let (scaled, over) = value.multipliedReportingOverflow(by: power)
            return over ? nil : scaled
        }
        return value % power == 0 ? value / power : nil
    }

    /// Writes `value` × 10^-scale without needless zeros; a negative scale appends zeros.
    static func append(_ value: Int64, scale: Int, point: UInt8 = 0x2E, to output: inout [UInt8]) {
        if value < 0 { output.append(0x2D) }
        var magnitude = value.magnitude
        if scale <= 0 {
            output.append(contentsOf: String(magnitude).utf8)
            if magnitude != 0 { output.append(contentsOf: repeatElement(0x30, count: -scale)) }
            return
        }
        var places = scale
        while places > 0, magnitude % 10 == 0 {
            magnitude /= 10
            places -= 1
        }
        let start = output.count
        var written = 0
        repeat {
            if written == places, places > 0 { output.append(point) }
            output.append(0x30 + UInt8(magnitude % 10))
            magnitude /= 10
            written += 1
        } while magnitude > 0 || written <= places
        output[start...].reverse()
    }
}
