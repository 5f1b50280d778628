/// XML 1.0 has two encodings that every reader must know. Ours read UTF-8; what comes in UTF-16 is written anew for them.
public enum XMLEncoding {
    /// The same text in UTF-8. What does not begin with the byte order mark of UTF-16 comes back as it is.
    ///
    /// A declaration that says UTF-16 is told no more; the check of ``XMLPrescan`` and all limits hold for what comes out.
    /// - Parameter limit: bytes of the result at most; a text of UTF-16 may need half as many again in UTF-8.
    /// - Throws: `XMLError` for half a character, or beyond the limit.
    public static func utf8(_ bytes: [UInt8], limit: Int = .max) throws(XMLError) -> [UInt8] {
        guard bytes.count >= 2 else { return bytes }
        let isBig: Bool
        switch (bytes[0], bytes[1]) {
        case (0xFE, 0xFF): isBig = true
        case (0xFF, 0xFE): isBig = false
        default: return bytes
        }
        guard bytes.count.isMultiple(of: 2) else { throw error("UTF-16 with half a character at its end", at: bytes.count - 1) }
        var result: [UInt8] = []
        result.reserveCapacity(min(bytes.count / 2 + bytes.count / 16, limit))
        var place = 2
        func unit(_ place: Int) -> UInt32 {
            let (first, second) = (UInt32(bytes[place]), UInt32(bytes[place + 1]))
            return isBig ? first << 8 | second : second << 8 | first
        }
        while place < bytes.count {
            var value = unit(place)
            if value & 0xF800 == 0xD800 {
                guard value < 0xDC00, place + 3 < bytes.count, unit(place + 2) & 0xFC00 == 0xDC00 else {
                    throw error("UTF-16 with half of a pair", at: place)
                }
                let (high, low) = (value & 0x3FF, unit(place + 2) & 0x3FF)
                value = (high << 10 | low) + 0x10000
                place += 2
            }
            place += 2
            append(value, to: &result)
            guard result.count <= limit else { throw error("a text of more than \(limit) bytes in UTF-8", at: place) }
        }
        return withoutDeclaration(result)
    }

    private static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: (scalar >> shift) & 0x3F) }
        switch scalar {
        case ..<0x80: bytes.append(UInt8(truncatingIfNeeded: scalar))
        case ..<0x800:
            bytes.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
            bytes.append(tail(0))
        case ..<0x10000:
            bytes.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            bytes.append(tail(6))
            bytes.append(tail(0))
        default:
            bytes.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
            bytes.append(tail(12))
            bytes.append(tail(6))
            bytes.append(tail(0))
        }
    }

    /// A declaration that says UTF-16 would be wrong now; one that says anything else was wrong before, and stays to be refused.
    private static func withoutDeclaration(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.starts(with: "<?xml".utf8), let end = bytes.prefix(256).firstIndex(of: 0x3E), bytes[end - 1] == 0x3F else {
            return bytes
        }
        let said = String(decoding: bytes[...end], as: UTF8.self).lowercased()
        guard let encoding = said.split(separator: "encoding", maxSplits: 1).dropFirst().first else { return bytes }
        let quoted = encoding.split(omittingEmptySubsequences: false) { $0 == "\"" || $0 == "'" }
        guard quoted.count >= 3, quoted[1] == "utf-16" else { return bytes }
        return Array("<?xml version=\"1.0\"?>".utf8) + bytes[(end + 1)...]
    }

    private static func error(_ message: String, at offset: Int) -> XMLError { XMLError(.encoding, offset: offset, line: 1, message) }
}
