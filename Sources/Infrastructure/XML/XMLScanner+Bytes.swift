extension XMLScanner {
    // All of this reads the input in place, within `0..<count`, while `run` holds the caller's promise that it is there.

    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: bytes[range]) }

    func name(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> { unsafe slice(range).assumingMemoryBound(to: UInt8.self) }

    func same(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        var offset = 0
        while offset < left.count {
            guard unsafe bytes[left.lowerBound &+ offset] == bytes[right.lowerBound &+ offset] else { return false }
            offset &+= 1
        }
        return true
    }

    func matches(_ word: StaticString, at start: Int) -> Bool {
        guard start + word.utf8CodeUnitCount <= count else { return false }
        for index in 0..<word.utf8CodeUnitCount where unsafe bytes[start + index] != word.utf8Start[index] { return false }
        return true
    }

    func isBlank(_ range: Range<Int>) -> Bool { range.allSatisfy { isSpace(unsafe bytes[$0]) } }

    mutating func skipSpace() {
        while place < count, isSpace(unsafe bytes[place]) { place &+= 1 }
    }

    func malformed(_ message: String, at offset: Int? = nil) -> XMLError {
        let offset = min(offset ?? place, count)
        return XMLError(.malformed, offset: offset, line: dispatch.lines.line(at: offset), message)
    }

    /// The XML declaration, if there is one: version 1.x, then encoding (which the check has judged), then standalone.
    mutating func declaration() throws {
        guard matches("<?xml", at: place), place + 5 < count, isSpace(unsafe bytes[place + 5]) else { return }
        place += 5
        guard let version = try pseudoAttribute("version"), version.count >= 3, matches("1.", at: version.lowerBound),
            version.dropFirst(2).allSatisfy({ (0x30...0x39).contains(unsafe bytes[$0]) })
        else { throw malformed("an XML declaration without a version") }
        if let encoding = try pseudoAttribute("encoding") {
            guard let first = encoding.first, unsafe classes[Int(bytes[first])] == 1,
                encoding.allSatisfy({ unsafe classes[Int(bytes[$0])] != 0 && bytes[$0] < 0x80 })
            else { throw malformed("an encoding that has no name") }
        }
        if let standalone = try pseudoAttribute("standalone", needsSpace: false) {
            guard
                standalone.count == 3 && matches("yes", at: standalone.lowerBound)
                    || standalone.count == 2 && matches("no", at: standalone.lowerBound)
            else { throw malformed("standalone is yes or no") }
        }
        skipSpace()
        guard matches("?>", at: place) else { throw malformed("an XML declaration without an end") }
        place += 2
    }

    /// The value of ` name = "…"` if that comes next. libxml2 wants no white space before `standalone`, so neither do we.
    private mutating func pseudoAttribute(_ name: StaticString, needsSpace: Bool = true) throws -> Range<Int>? {
        let start = place
        skipSpace()
        guard place > start || !needsSpace, matches(name, at: place) else {
            place = start
            return nil
        }
        place += name.utf8CodeUnitCount
        skipSpace()
        guard place < count, unsafe bytes[place] == 0x3D else { throw malformed("an XML declaration of another form") }
        place += 1
        skipSpace()
        guard place < count, case let quote = unsafe bytes[place], quote == 0x22 || quote == 0x27,
            let end = (place + 1..<count).first(where: { unsafe bytes[$0] == quote })
        else { throw malformed("an XML declaration of another form") }
        defer { place = end + 1 }
        return place + 1..<end
    }
}

/// The UTF-8 of one scalar, without an array.
struct XMLReferencedScalar {
    var bytes: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
    private(set) var count = 0

    init(_ scalar: UnicodeScalar) {
        for byte in UTF8.encode(scalar) ?? .init() {
            switch count {
            case 0: bytes.0 = byte
            case 1: bytes.1 = byte
            case 2: bytes.2 = byte
            default: bytes.3 = byte
            }
            count += 1
        }
    }

    subscript(_ offset: Int) -> UInt8 {
        switch offset {
        case 0: bytes.0
        case 1: bytes.1
        case 2: bytes.2
        default: bytes.3
        }
    }
}

/// Which characters may be where (XML 1.0, fifth edition, productions 2, 4 and 4a).
enum XMLNameCharacter {
    static func isName(_ scalar: UInt32, first: Bool) -> Bool {
        switch scalar {
        case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF, 0x200C...0x200D, 0x2070...0x218F, 0x2C00...0x2FEF,
            0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD, 0x10000...0xEFFFF:
            true
        case 0xB7, 0x300...0x36F, 0x203F...0x2040: !first
        default: false
        }
    }

    static func isText(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
