/// Where UTF-8 stops being valid. Swift's own check makes a String of what it checks; bodies of megabytes should not be copied to be
/// looked at.
enum UTF8Check {
    /// Offset of the first invalid byte sequence (overlong, surrogate, beyond U+10FFFF, cut off), or nil.
    @unsafe static func firstInvalid(in bytes: UnsafeRawBufferPointer) -> Int? {
        let count = bytes.count
        var place = 0
        while place < count {
            // Eight ASCII bytes at a time: meter data is hardly ever anything else.
            while place &+ 8 <= count, unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
                place &+= 8
            }
            guard place < count else { return nil }
            let lead = unsafe bytes[place]
            if lead < 0x80 {
                place &+= 1
                continue
            }
            let length: Int
            var lowest: UInt8 = 0x80
            var highest: UInt8 = 0xBF
            switch lead {
            case 0xC2...0xDF: length = 2
            case 0xE0: (length, lowest) = (3, 0xA0)
            case 0xED: (length, highest) = (3, 0x9F)
            case 0xE1...0xEF: length = 3
            case 0xF0: (length, lowest) = (4, 0x90)
            case 0xF4: (length, highest) = (4, 0x8F)
            case 0xF1...0xF3: length = 4
            default: return place
            }
            guard place &+ length <= count else { return place }
            let second = unsafe bytes[place &+ 1]
            guard second >= lowest, second <= highest else { return place }
            var next = 2
            while next < length {
                guard unsafe bytes[place &+ next] & 0xC0 == 0x80 else { return place }
                next &+= 1
            }
            place &+= length
        }
        return nil
    }
}
