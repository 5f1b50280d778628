extension JSONScanner {
    /// The text of a string or number read by this scanner.
    public func text(_ slice: JSONSlice) -> String {
        let range = unsafe UnsafeRawBufferPointer(rebasing: input[slice.start..<slice.end])
        guard slice.isEscaped else { return unsafe String(decoding: range, as: UTF8.self) }
        return String(decoding: unescaped(slice), as: UTF8.self)
    }

    /// Whether the string is this word. Compares bytes unless there is an escape in it.
    public func matches(_ slice: JSONSlice, _ word: StaticString) -> Bool {
        guard !slice.isEscaped else {
            return unsafe unescaped(slice).elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        }
        let length = word.utf8CodeUnitCount
        guard slice.end &- slice.start == length else { return false }
        var index = 0
        while index < length {
            guard unsafe input[slice.start &+ index] == word.utf8Start[index] else { return false }
            index &+= 1
        }
        return true
    }

    /// Hands over the UTF-8 of the string or number: in place when nothing is escaped, else a decoded copy. The bytes are valid during
    /// the closure only.
    @unsafe public func withUTF8<Result, Failure: Error>(
        of slice: JSONSlice, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard slice.isEscaped else {
            return try unsafe body(UnsafeRawBufferPointer(rebasing: input[slice.start..<slice.end]))
        }
        let decoded = unescaped(slice)
        return try unsafe decoded.withUnsafeBufferPointer { (buffer) throws(Failure) -> Result in
            try unsafe body(UnsafeRawBufferPointer(buffer))
        }
    }

    /// The bytes of a string with its escapes resolved. `readString` has checked them.
    private func unescaped(_ slice: JSONSlice) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(slice.count)
        var place = slice.start
        while place < slice.end {
            let byte = unsafe input[place]
            guard byte == 0x5C else {
                decoded.append(byte)
                place += 1
                continue
            }
            let letter = unsafe input[place + 1]
            place += 2
            switch letter {
            case 0x62: decoded.append(0x08)
            case 0x66: decoded.append(0x0C)
            case 0x6E: decoded.append(0x0A)
            case 0x72: decoded.append(0x0D)
            case 0x74: decoded.append(0x09)
            case 0x75:
                var scalar = checkedUnit(at: place)
                place += 4
                if scalar & 0xFC00 == 0xD800 {
                    scalar = 0x10000 + (scalar & 0x3FF) << 10 + checkedUnit(at: place + 2) & 0x3FF
                    place += 6
                }
                decoded.append(contentsOf: UTF8.encode(UnicodeScalar(scalar) ?? "\u{FFFD}") ?? .init())
            default: decoded.append(letter)
            }
        }
        return decoded
    }

    private func checkedUnit(at place: Int) -> UInt32 {
        var unit: UInt32 = 0
        for index in place..<place + 4 {
            let byte = unsafe UInt32(input[index])
            unit = unit << 4 | (byte < 0x40 ? byte - 0x30 : byte & 0x1F + 9)
        }
        return unit
    }
}
