internal import Values

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
            guard let shape = UTF8Sequence.shape(of: lead), place &+ shape.length <= count, shape.second.contains(unsafe bytes[place &+ 1])
            else { return place }
            var next = 2
            while next < shape.length {
                guard unsafe bytes[place &+ next] & 0xC0 == 0x80 else { return place }
                next &+= 1
            }
            place &+= shape.length
        }
        return nil
    }
}
