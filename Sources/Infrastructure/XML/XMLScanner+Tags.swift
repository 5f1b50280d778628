extension XMLScanner {
    /// Reads one attribute of the tag at hand; true if it declared a namespace.
    mutating func attribute() throws -> Bool {
        let (name, prefix, local) = try qualifiedName()
        skipSpace()
        guard place < count, unsafe bytes[place] == 0x3D else { throw malformed("an attribute without a value") }
        place += 1
        skipSpace()
        guard place < count, case let quote = unsafe bytes[place], quote == 0x22 || quote == 0x27 else {
            throw malformed("an attribute without quotes")
        }
        place += 1
        let start = place
        var isPlain = true
        while place < count {
            let byte = unsafe bytes[place]
            if byte == quote { break }
            if byte == 0x26 || byte < 0x20 { isPlain = false }
            if byte == 0x3C { throw malformed("'<' within an attribute") }
            place &+= 1
        }
        guard place < count else { throw malformed("an attribute without an end", at: start) }
        let value = start..<place
        place += 1
        let isDefault = prefix.isEmpty && name.count == 5 && matches("xmlns", at: name.lowerBound)
        guard isDefault || prefix.count == 5 && matches("xmlns", at: prefix.lowerBound) else {
            attributes.append(Attribute(name: name, prefix: prefix, local: local, value: value, isPlain: isPlain))
            return false
        }
        try declare(isDefault ? 0..<0 : local, value, isPlain: isPlain, at: name.lowerBound)
        return true
    }

    /// Brings a namespace into scope, by the rules of Namespaces in XML 1.0.
    private mutating func declare(_ prefix: Range<Int>, _ value: Range<Int>, isPlain: Bool, at start: Int) throws {
        let uri: UnsafeBufferPointer<UInt8>
        if isPlain {
            unsafe uri = name(value)
        } else {
            // The copy must outlive the tag: the namespace is in scope until its element ends.
            unsafe uri = namespaces.keep(try normalised(value))
        }
        // What no URI holds is refused, as libxml2 does.
        guard unsafe uri.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !XMLScanner.isForeignToURIs($0) }) else {
            throw malformed("a namespace that is no URI", at: start)
        }
        let isXML = prefix.count == 3 && matches("xml", at: prefix.lowerBound)
        let isNamespaceOfXML = unsafe uri.elementsEqual(XMLNamespaces.xml)
        guard isXML == isNamespaceOfXML, unsafe !uri.elementsEqual(XMLNamespaces.xmlns),
            !(prefix.count == 5 && matches("xmlns", at: prefix.lowerBound)), prefix.isEmpty || uri.count > 0
        else { throw malformed("a namespace that may not be declared", at: start) }
        guard unsafe namespaces.declare(name(prefix), uri) else { throw malformed("an attribute given twice", at: start) }
    }

    private static func isForeignToURIs(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B, 0x7C, 0x7D: true
        default: false
        }
    }

    /// The attributes with namespaces and values, once all declarations of the tag are known. Valid until the next tag.
    mutating func resolveAttributes() throws -> UnsafeBufferPointer<XMLAttributeBytes> {
        if attributes.isEmpty { return unsafe UnsafeBufferPointer(start: nil, count: 0) }
        for (index, attribute) in attributes.enumerated() {
            let value: UnsafeBufferPointer<UInt8>
            if attribute.isPlain {
                unsafe value = name(attribute.value)
            } else {
                unsafe value = arena.keep(try normalised(attribute.value))
            }
            let uri = try unsafe namespace(of: attribute.prefix, forElement: false)
            unsafe list[index] = unsafe XMLAttributeBytes(local: name(attribute.local), namespace: uri, value: value)
            for other in 0..<index where same(attributes[other].local, attribute.local) {
                guard unsafe !list[other].namespace.elementsEqual(uri) else {
                    throw malformed("an attribute given twice", at: attribute.name.lowerBound)
                }
            }
        }
        return unsafe UnsafeBufferPointer(rebasing: UnsafeBufferPointer(list)[..<attributes.count])
    }

    /// The namespace of a prefix. An attribute without a prefix has none; an element has the default one.
    func namespace(of prefix: Range<Int>, forElement: Bool) throws -> UnsafeBufferPointer<UInt8> {
        if prefix.isEmpty, !forElement { return unsafe UnsafeBufferPointer(start: nil, count: 0) }
        if let uri = unsafe namespaces.find(name(prefix)) { return unsafe uri }
        if prefix.isEmpty { return unsafe UnsafeBufferPointer(start: nil, count: 0) }
        throw malformed("a prefix that nobody declared", at: prefix.lowerBound)
    }

    /// A name with at most one colon: the whole, its prefix (empty for none), its local part.
    mutating func qualifiedName() throws -> (name: Range<Int>, prefix: Range<Int>, local: Range<Int>) {
        let start = place
        try part()
        guard place < count, unsafe bytes[place] == 0x3A else { return (start..<place, start..<start, start..<place) }
        let prefix = start..<place
        place += 1
        let second = place
        try part()
        if place < count, unsafe bytes[place] == 0x3A { throw malformed("a name with two colons", at: start) }
        return (start..<place, prefix, second..<place)
    }

    private mutating func part() throws {
        let start = place
        while place < count {
            let kind = unsafe classes[Int(bytes[place])]
            if kind == 1 || kind == 2 && place > start {
                place &+= 1
            } else if kind == 3 {
                let (scalar, length) = scalar(at: place)
                guard XMLNameCharacter.isName(scalar, first: place == start) else { throw malformed("a character that no name holds") }
                place += length
            } else {
                break
            }
        }
        guard place > start else { throw malformed("a name is missing") }
    }

    /// The scalar at a place beyond ASCII. The check has established that the UTF-8 is valid.
    private func scalar(at place: Int) -> (UInt32, Int) {
        let lead = unsafe UInt32(bytes[place])
        func follower(_ offset: Int) -> UInt32 { place + offset < count ? unsafe UInt32(bytes[place + offset]) & 0x3F : 0 }
        if lead < 0xE0 { return (lead & 0x1F << 6 | follower(1), 2) }
        if lead < 0xF0 { return (lead & 0x0F << 12 | follower(1) << 6 | follower(2), 3) }
        return (lead & 0x07 << 18 | follower(1) << 12 | follower(2) << 6 | follower(3), 4)
    }

    /// An attribute's value with references resolved and white space made blanks (XML 1.0, 3.3.3).
    private func normalised(_ range: Range<Int>) throws -> [UInt8] {
        var output: [UInt8] = []
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = unsafe bytes[index]
            switch byte {
            case 0x26:
                let scalar = try reference(&index, before: range.upperBound)
                for offset in 0..<scalar.count { output.append(scalar[offset]) }
            case 0x0D:
                output.append(0x20)
                index += 1
                if index < range.upperBound, unsafe bytes[index] == 0x0A { index += 1 }
            default:
                output.append(byte < 0x20 ? 0x20 : byte)
                index += 1
            }
        }
        return output
    }

    /// The character of the reference at `index`, which moves behind it: one of the five of XML, or by number.
    func reference(_ index: inout Int, before end: Int) throws -> XMLReferencedScalar {
        let start = index
        guard let stop = (start + 1..<min(end, start + 64)).first(where: { unsafe bytes[$0] == 0x3B }) else {
            throw malformed("a reference without an end", at: start)
        }
        index = stop + 1
        let length = stop - start - 1
        if length >= 2, unsafe bytes[start + 1] == 0x23 {
            guard let value = number(start + 2..<stop), let scalar = UnicodeScalar(value), XMLNameCharacter.isText(value) else {
                throw malformed("a reference to no character", at: start)
            }
            return XMLReferencedScalar(scalar)
        }
        if length == 3, matches("amp", at: start + 1) { return XMLReferencedScalar("&") }
        if length == 2, matches("lt", at: start + 1) { return XMLReferencedScalar("<") }
        if length == 2, matches("gt", at: start + 1) { return XMLReferencedScalar(">") }
        if length == 4, matches("quot", at: start + 1) { return XMLReferencedScalar("\"") }
        if length == 4, matches("apos", at: start + 1) { return XMLReferencedScalar("'") }
        throw malformed("an entity that is not declared", at: start)
    }

    private func number(_ range: Range<Int>) -> UInt32? {
        var digits = range
        var radix: UInt32 = 10
        if let first = digits.first, unsafe bytes[first] == 0x78 {
            radix = 16
            digits = first + 1..<range.upperBound
        }
        guard !digits.isEmpty else { return nil }
        var value: UInt32 = 0
        for place in digits {
            let byte = unsafe bytes[place]
            let digit: UInt32
            switch byte {
            case 0x30...0x39: digit = UInt32(byte - 0x30)
            case 0x41...0x46 where radix == 16: digit = UInt32(byte - 0x41 + 10)
            case 0x61...0x66 where radix == 16: digit = UInt32(byte - 0x61 + 10)
            default: return nil
            }
            value = value * radix + digit
            guard value <= 0x10FFFF else { return nil }
        }
        return value
    }
}
