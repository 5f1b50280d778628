internal import Values

/// Whether bytes are XML characters in UTF-8.
enum XMLCharacterCheck {
    enum Fault: Equatable { case encoding(Int), character(Int) }

    /// The first place that is not valid UTF-8, or not a character that XML 1.0 allows; nil when all is well.
    @unsafe static func firstFault(in bytes: UnsafeRawBufferPointer) -> Fault? {
        let count = bytes.count
        var place = 0
        while place < count {
            // Eight printable ASCII bytes at a time. The subtraction marks bytes below 0x20; a false mark is looked at and passes.
            while place &+ 8 <= count {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                let below = (word &- 0x2020_2020_2020_2020) & ~word
                guard (below | word) & 0x8080_8080_8080_8080 == 0 else { break }
                place &+= 8
            }
            guard place < count else { return nil }
            let lead = unsafe bytes[place]
            if lead < 0x80 {
                guard lead >= 0x20 || lead == 0x0A || lead == 0x09 || lead == 0x0D else { return .character(place) }
                place &+= 1
                continue
            }
            guard let shape = UTF8Sequence.shape(of: lead), place &+ shape.length <= count, shape.second.contains(unsafe bytes[place &+ 1])
            else { return .encoding(place) }
            var next = 2
            while next < shape.length {
                guard unsafe bytes[place &+ next] & 0xC0 == 0x80 else { return .encoding(place) }
                next &+= 1
            }
            // U+FFFE and U+FFFF are no characters.
            if lead == 0xEF, unsafe bytes[place &+ 1] == 0xBF, unsafe bytes[place &+ 2] >= 0xBE { return .character(place) }
            place &+= shape.length
        }
        return nil
    }
}
