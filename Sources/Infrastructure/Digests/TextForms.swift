/// Bytes as text by RFC 4648.
public enum Base64 {
    /// Which 64 characters, and whether they are padded.
    public enum Alphabet: Sendable {
        /// `+` and `/`, padded with `=` (RFC 4648, 4).
        case standard
        /// `-` and `_`, without padding (RFC 4648, 5): for addresses, cookies and keys.
        case urlSafe
        /// `+` and `/` without padding, as password hashes in PHC form have it.
        case standardUnpadded

        fileprivate var characters: [UInt8] {
            let common = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
            return common + (self == .urlSafe ? Array("-_".utf8) : Array("+/".utf8))
        }
        fileprivate var pads: Bool { self == .standard }
    }

    /// The text form of the bytes, on one line.
    public static func encode(_ bytes: [UInt8], _ alphabet: Alphabet = .standard) -> String {
        let characters = alphabet.characters
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var place = 0
        while place < bytes.count {
            let left = bytes.count - place
            let group =
                UInt32(bytes[place]) << 16 | (left > 1 ? UInt32(bytes[place + 1]) << 8 : 0) | (left > 2 ? UInt32(bytes[place + 2]) : 0)
            text.append(characters[Int(group >> 18)])
            text.append(characters[Int(group >> 12 & 63)])
            if left > 1 { text.append(characters[Int(group >> 6 & 63)]) } else if alphabet.pads { text.append(0x3D) }
            if left > 2 { text.append(characters[Int(group & 63)]) } else if alphabet.pads { text.append(0x3D) }
            place += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of the text; nil for a foreign character, white space, wrong or missing padding, or bits left over. One byte string has
    /// one text form, so that a token cannot be spelled twice.
    public static func decode(_ text: String, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.characters.enumerated() { values[Int(character)] = UInt8(value) }
        var digits = Array(text.utf8)
        if alphabet.pads {
            guard digits.count % 4 == 0 else { return nil }
            var padding = 0
            while padding < 2, digits.last == 0x3D {
                digits.removeLast()
                padding += 1
            }
            guard (4 - digits.count % 4) % 4 == padding else { return nil }
        }
        guard digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var held: UInt32 = 0
        var bits = 0
        for digit in digits {
            let value = values[Int(digit)]
            guard value != 255 else { return nil }
            held = held << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
                held &= (1 << UInt32(bits)) - 1
            }
        }
        return held == 0 ? bytes : nil
    }
}

/// Bytes as pairs of hexadecimal digits.
public enum Hexadecimal {
    /// Lower-case digits, two for each byte.
    public static func encode(_ bytes: [UInt8]) -> String {
        let digits: [UInt8] = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of the digits, of either case; nil for anything else.
    public static func decode(_ text: String) -> [UInt8]? {
        let digits = text.utf8
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case 0x30...0x39: value = digit - 0x30
            case 0x61...0x66: value = digit - 0x61 + 10
            case 0x41...0x46: value = digit - 0x41 + 10
            default: return nil
            }
            if let upper = high {
                bytes.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }
}
