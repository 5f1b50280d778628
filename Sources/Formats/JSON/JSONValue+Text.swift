extension JSONValue {
    /// Parses a whole text. Duplicate keys are refused: two readers that pick different ones are an attack, not a convenience.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        self = try JSONScanner.withScanner(over: bytes) { (scanner) throws(JSONError) in
            let value = try scanner.readValue()
            try scanner.finish()
            return value
        }
    }

    /// Parses a whole text.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// The UTF-8 of the value, without white space, members in their order.
    public var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// The text of the value, without white space, members in their order.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension JSONScanner {
    /// Reads one value of any kind into memory. Recursion is bounded by ``JSONLimits/depth``.
    public mutating func readValue() throws(JSONError) -> JSONValue {
        switch peekKind() {
        case .object: return .object(try readObject())
        case .array:
            try openArray()
            var elements: [JSONValue] = []
            while try nextElement() { elements.append(try readValue()) }
            return .array(elements)
        case .string:
            let slice = try readString()
            return .string(text(slice))
        case .number:
            let slice = try readNumber()
            return .number(text(slice))
        case .bool: return .bool(try readBool())
        case .null:
            guard try readNull() else { throw error(.syntax, "expected a value") }
            return .null
        case .end, .invalid: throw error(.syntax, "expected a value")
        }
    }

    /// Reads one object into memory.
    public mutating func readObject() throws(JSONError) -> JSONObject {
        try openObject()
        var members: [JSONObject.Member] = []
        // A set only where walking along would grow quadratic.
        var seen: Set<String> = []
        while let slice = try nextKey() {
            let key = text(slice)
            let isNew: Bool
            if members.count < 12 {
                isNew = !members.contains { $0.key.utf8.elementsEqual(key.utf8) }
            } else {
                if seen.isEmpty { seen = Set(members.map(\.key)) }
                isNew = seen.insert(key).inserted
            }
            guard isNew else { throw error(.duplicateKey, "the key \"\(key.prefix(64))\" comes twice", at: slice.start) }
            guard members.count < JSONLimits.membersPerObject else {
                throw error(.limit, "an object of more than \(JSONLimits.membersPerObject) members", at: slice.start)
            }
            members.append(.init(key, try readValue()))
        }
        return JSONObject(members)
    }
}
