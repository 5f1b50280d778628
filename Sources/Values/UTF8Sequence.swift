/// What UTF-8 allows behind the first byte of a character (RFC 3629), in one place for all who look at bytes they have not made
/// themselves.
public enum UTF8Sequence {
    /// How many bytes a character of more than one byte has, and which may be its second one: that rules out overlong forms,
    /// surrogates and what lies beyond U+10FFFF. All further ones are 0x80…0xBF.
    /// - Returns: nil for a byte with which no such character begins.
    @inlinable
    public static func shape(of lead: UInt8) -> (length: Int, second: ClosedRange<UInt8>)? {
        switch lead {
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, 0x80...0xBF)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        default: nil
        }
    }
}
