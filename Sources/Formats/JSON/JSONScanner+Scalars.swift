/// A string (without its quotes) or a number, as a range of the scanner's input.
public struct JSONSlice: Hashable, Sendable {
    /// Offset of the first byte.
    public let start: Int
    /// Offset behind the last byte.
    public let end: Int
    /// Whether a backslash is in it: then the bytes are not yet the text.
    public let isEscaped: Bool

    /// How many bytes it has as written.
    public var count: Int { end - start }
}

extension JSONScanner {
    /// Reads a string. Its escapes are checked here, so that decoding cannot fail later.
    public mutating func readString() throws(JSONError) -> JSONSlice {
        skipWhitespace()
        let end = unsafe input.count
        guard position < end, unsafe input[position] == 0x22 else { throw error(.syntax, "expected a string") }
        let start = position &+ 1
        var place = start
        var isEscaped = false
        while true {
            // Eight bytes at a time up to the first quote, backslash or control character. The subtraction borrows upwards only, so the
            // lowest mark is exact.
            while place &+ 8 <= end {
                let word = unsafe UInt64(littleEndian: input.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                let quotes = word ^ 0x2222_2222_2222_2222
                let slashes = word ^ 0x5C5C_5C5C_5C5C_5C5C
                let marks =
                    ((quotes &- 0x0101_0101_0101_0101) & ~quotes | (slashes &- 0x0101_0101_0101_0101) & ~slashes
                        | (word &- 0x2020_2020_2020_2020) & ~word) & 0x8080_8080_8080_8080
                if marks != 0 {
                    place &+= marks.trailingZeroBitCount &>> 3
                    break
                }
                place &+= 8
            }
            guard place < end else { throw error(.syntax, "a string without an end", at: start &- 1) }
            let byte = unsafe input[place]
            if byte == 0x22 {
                position = place &+ 1
                return JSONSlice(start: start, end: place, isEscaped: isEscaped)
            }
            if byte == 0x5C {
                isEscaped = true
                place = try checkEscape(at: place)
            } else if byte < 0x20 {
                throw error(.syntax, "a control character in a string", at: place)
            } else {
                place &+= 1
            }
        }
    }

    /// The place behind the escape that begins at `place`. Surrogates must come in pairs: a lone one is no character.
    private func checkEscape(at place: Int) throws(JSONError) -> Int {
        guard place + 1 < count else { throw error(.syntax, "a string without an end", at: place) }
        switch unsafe input[place + 1] {
        case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: return place + 2
        case 0x75: break
        default: throw error(.syntax, "an unknown escape", at: place)
        }
        let unit = try hexadecimal(at: place + 2)
        switch unit {
        case 0xD800...0xDBFF:
            guard place + 7 < count, unsafe input[place + 6] == 0x5C, unsafe input[place + 7] == 0x75,
                case 0xDC00...0xDFFF = try hexadecimal(at: place + 8)
            else { throw error(.encoding, "a high surrogate without a low one", at: place) }
            return place + 12
        case 0xDC00...0xDFFF: throw error(.encoding, "a low surrogate without a high one", at: place)
        default: return place + 6
        }
    }

    func hexadecimal(at place: Int) throws(JSONError) -> UInt32 {
        guard place + 4 <= count else { throw error(.syntax, "an escape cut off", at: place) }
        var unit: UInt32 = 0
        for index in place..<place + 4 {
            let byte = unsafe input[index]
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: unit = unit << 4 | UInt32(byte - 0x41 + 10)
            case 0x61...0x66: unit = unit << 4 | UInt32(byte - 0x61 + 10)
            default: throw error(.syntax, "no hexadecimal digit", at: index)
            }
        }
        return unit
    }

    /// Reads a number by the grammar of JSON, as text: `-0`, `1.50` and `1e3` stay what they are.
    public mutating func readNumber() throws(JSONError) -> JSONSlice {
        skipWhitespace()
        let start = position
        var place = start
        if place < count, unsafe input[place] == 0x2D { place += 1 }
        let first = place
        place = digits(from: place)
        guard place > first else { throw error(.syntax, "expected a number", at: start) }
        if unsafe input[first] == 0x30, place > first + 1 { throw error(.syntax, "a number with a leading zero", at: start) }
        if place < count, unsafe input[place] == 0x2E {
            let fraction = digits(from: place + 1)
            guard fraction > place + 1 else { throw error(.syntax, "a decimal point without digits", at: place) }
            place = fraction
        }
        if place < count, unsafe input[place] | 0x20 == 0x65 {
            var exponent = place + 1
            if exponent < count, unsafe input[exponent] == 0x2B || input[exponent] == 0x2D { exponent += 1 }
            let end = digits(from: exponent)
            guard end > exponent else { throw error(.syntax, "an exponent without digits", at: place) }
            place = end
        }
        guard place - start <= JSONLimits.numberLength else {
            throw error(.limit, "a number of more than \(JSONLimits.numberLength) characters", at: start)
        }
        position = place
        return JSONSlice(start: start, end: place, isEscaped: false)
    }

    private func digits(from place: Int) -> Int {
        var place = place
        while place < count, unsafe input[place] &- 0x30 <= 9 { place += 1 }
        return place
    }

    /// The next element of the array, if it is a string that holds a plain decimal: at most twelve digits before the point and six
    /// behind it, no needless zero in front. In 10^-6. Anything else gives nil and consumes nothing: read it element by element.
    ///
    /// For long columns of values, of which tens of millions a second pass through here.
    public mutating func nextPlainDecimal() -> Int64? {
        let end = unsafe input.count
        var place = position
        if !isFresh {
            guard place < end, unsafe input[place] == 0x2C else { return nil }
            place &+= 1
            if place < end, unsafe input[place] == 0x20 { place &+= 1 }
        }
        guard place < end, unsafe input[place] == 0x22 else { return nil }
        place &+= 1
        let isNegative = unsafe place < end && input[place] == 0x2D
        if isNegative { place &+= 1 }
        let first = place
        var value: Int64 = 0
        while place < end {
            let digit = unsafe input[place] &- 0x30
            guard digit <= 9, place &- first < 12 else { break }
            value = value &* 10 &+ Int64(digit)
            place &+= 1
        }
        guard place > first, unsafe place &- first == 1 || input[first] != 0x30 else { return nil }
        var factor: Int64 = 1_000_000
        if place < end, unsafe input[place] == 0x2E {
            place &+= 1
            while place < end {
                let digit = unsafe input[place] &- 0x30
                guard digit <= 9, factor > 1 else { break }
                value = value &* 10 &+ Int64(digit)
                factor /= 10
                place &+= 1
            }
            guard factor < 1_000_000 else { return nil }
        }
        guard place < end, unsafe input[place] == 0x22 else { return nil }
        position = place &+ 1
        isFresh = false
        return (isNegative ? -value : value) &* factor
    }

    /// Consumes `null` if it comes next.
    public mutating func readNull() throws(JSONError) -> Bool {
        skipWhitespace()
        guard position < count, unsafe input[position] == 0x6E else { return false }
        guard literal("null") else { throw error(.syntax, "expected a value") }
        return true
    }

    /// Reads `true` or `false`.
    public mutating func readBool() throws(JSONError) -> Bool {
        skipWhitespace()
        if literal("true") { return true }
        if literal("false") { return false }
        throw error(.syntax, "expected true or false")
    }

    private mutating func literal(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard position + length <= count else { return false }
        for index in 0..<length where unsafe input[position + index] != word.utf8Start[index] { return false }
        position += length
        return true
    }

    /// Consumes one value of any kind, checked like any other, without recursion. Returns its first byte's offset.
    @discardableResult
    public mutating func skipValue() throws(JSONError) -> Int {
        skipWhitespace()
        let start = position
        let outer = depth
        // One bit for each container opened here, 1 for an object; the depth limit keeps them within a word.
        var objects: UInt64 = 0
        while true {
            switch peekKind() {
            case .object:
                try openObject()
                objects = objects << 1 | 1
            case .array:
                try openArray()
                objects <<= 1
            case .string: _ = try readString()
            case .number: _ = try readNumber()
            case .bool: _ = try readBool()
            case .null: if try !readNull() { throw error(.syntax, "expected a value") }
            case .end, .invalid: throw error(.syntax, "expected a value")
            }
            // Close what ends here; stop where another value is due.
            while depth > outer {
                let more = objects & 1 == 1 ? try nextKey() != nil : try nextElement()
                if more { break }
                objects >>= 1
            }
            if depth == outer { return start }
        }
    }
}
