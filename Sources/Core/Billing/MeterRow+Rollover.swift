internal import Metering
internal import Values

extension MeterRow {
    /// How far its register counts before it shows zero again, 10^-6 of its unit; told by readings and quantity where it has passed zero
    /// between them. nil where it has not, and where they do not tell a register of decimal digits.
    public var registerSize: Int64? {
        guard rollovers != 0, factor.millionths > 0, let begin, let end, begin.unit == quantity.unit, end.unit == begin.unit else {
            return nil
        }
        let (counted, rest) = (Int128(quantity.micro) * 1_000_000).quotientAndRemainder(dividingBy: Int128(factor.millionths))
        let (size, part) = (counted - Int128(end.micro) + Int128(begin.micro)).quotientAndRemainder(dividingBy: Int128(rollovers))
        guard rest == 0, part == 0, let size = Int64(exactly: size), size.isPowerOfTen else { return nil }
        return size
    }
}

extension Int64 {
    fileprivate var isPowerOfTen: Bool {
        guard self > 0 else { return false }
        var left = self
        while left.isMultiple(of: 10) { left /= 10 }
        return left == 1
    }
}
