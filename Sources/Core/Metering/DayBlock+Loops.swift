import Values

// The hot loops of the codec: tens of millions of values per second and core pass through here. They use spans, not
// pointers: the bounds check is measured to cost less than a tenth and no byte sequence can reach memory that is not ours.

extension DayBlock {
    /// Packs a column; see ``DayBlock`` for the layout.
    static func packValues(_ values: Span<Int64>) -> [UInt8] {
        // Dividing by a constant is a multiplication, by a variable it is a division of 20 to 40 cycles: hence the ladder.
        // Most series have three decimals; finer ones leave the upper steps at their first value.
        if divides(values, by: 1_000_000) { return packed(values, exponent: 6, divisor: 1_000_000) }
        if divides(values, by: 100_000) { return packed(values, exponent: 5, divisor: 100_000) }
        if divides(values, by: 10_000) { return packed(values, exponent: 4, divisor: 10_000) }
        if divides(values, by: 1_000) { return packed(values, exponent: 3, divisor: 1_000) }
        if divides(values, by: 100) { return packed(values, exponent: 2, divisor: 100) }
        if divides(values, by: 10) { return packed(values, exponent: 1, divisor: 10) }
        return packed(values, exponent: 0, divisor: 1)
    }

    @inline(__always)
    private static func divides(_ values: Span<Int64>, by divisor: Int64) -> Bool {
        for index in values.indices where values[index] % divisor != 0 { return false }
        return true
    }

    @inline(__always)
    private static func packed(_ values: Span<Int64>, exponent: UInt8, divisor: Int64) -> [UInt8] {
        [UInt8](capacity: 1 + values.count * 10) { output in
            output.append(exponent)
            var previous: Int64 = 0
            for index in values.indices {
                let value = values[index] / divisor
                // The difference may wrap around; adding it back wraps the same way, so the extremes of Int64 come back too.
                let delta = value &- previous
                previous = value
                var zigzag = UInt64(bitPattern: (delta << 1) ^ (delta >> 63))
                while zigzag >= 0x80 {
                    output.append(UInt8(truncatingIfNeeded: zigzag) | 0x80)
                    zigzag >>= 7
                }
                output.append(UInt8(truncatingIfNeeded: zigzag))
            }
        }
    }

    /// Unpacks a column.
    static func unpackValues(_ bytes: Span<UInt8>, count: Int, limit: Int = maximumSlots) throws(Corrupt) -> [Int64] {
        guard (0...limit).contains(count) else { throw .outOfRange }
        guard let exponent = bytes.isEmpty ? nil : bytes[0] else { throw .truncated }
        guard exponent <= 18 else { throw .outOfRange }
        // A slot takes at least one byte: a count that the bytes cannot fill allocates nothing.
        guard bytes.count > count else { throw .truncated }
        let factor = DecimalText.power(Int(exponent))
        var values = [Int64](repeating: 0, count: count)
        var target = values.mutableSpan
        var position = 1
        var value: Int64 = 0
        for index in target.indices {
            guard position < bytes.count else { throw .truncated }
            var byte = bytes[position]
            position += 1
            var zigzag = UInt64(byte & 0x7F)
            var shift: UInt64 = 7
            while byte >= 0x80 {
                guard position < bytes.count else { throw .truncated }
                byte = bytes[position]
                position += 1
                // The tenth byte holds the last bit; anything beyond it is no 64-bit number.
                guard shift < 63 || (shift == 63 && byte <= 1) else { throw .outOfRange }
                zigzag |= UInt64(byte & 0x7F) << shift
                shift += 7
            }
            value = value &+ (Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1))
            let (scaled, over) = value.multipliedReportingOverflow(by: factor)
            if over { throw .outOfRange }
            target[index] = scaled
        }
        guard position == bytes.count else { throw .trailing }
        return values
    }
}
