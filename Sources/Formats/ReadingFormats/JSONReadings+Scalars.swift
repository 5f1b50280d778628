internal import JSON
internal import Metering
internal import Values

/// The last text of a kind and what it meant.
struct Memo<Value> {
    var slice: JSONSlice?
    var value: Value?
}

// This file reads the scanner's bytes in place. That is sound because every slice was handed out by the same scanner, which
// lives inside `JSONScanner.withScanner` for as long as this parser does, and no pointer leaves a closure.
extension JSONReadingParser {
    func member(_ key: JSONSlice) -> Member? {
        guard !key.isEscaped else {
            let text = scanner.text(key)
            return Member.named.first { $0.1 == text }?.0
        }
        switch key.count {
        case 2: return scanner.matches(key, "at") ? .at : nil
        case 4: return scanner.matches(key, "obis") ? .obis : scanner.matches(key, "unit") ? .unit : nil
        case 5:
            return scanner.matches(key, "meter")
                ? .meter
                : scanner.matches(key, "value")
                    ? .value : scanner.matches(key, "start") ? .start : scanner.matches(key, "alarm") ? .alarm : nil
        case 6: return scanner.matches(key, "status") ? .status : scanner.matches(key, "factor") ? .factor : nil
        case 10: return scanner.matches(key, "resolution") ? .resolution : nil
        default: return nil
        }
    }

    func decimal(_ slice: JSONSlice) throws(DecimalText.Problem) -> Int64 {
        try unsafe scanner.withUTF8(of: slice) { (bytes) throws(DecimalText.Problem) -> Int64 in
            try unsafe DecimalText.parse(bytes, scale: 6)
        }
    }

    func instant(_ slice: JSONSlice) throws(Instant.Problem) -> Instant {
        try unsafe scanner.withUTF8(of: slice) { (bytes) throws(Instant.Problem) -> Instant in
            try unsafe Instant(utf8: bytes)
        }
    }

    mutating func meter(_ slice: JSONSlice) -> Int32? {
        if same(slice, meters.slice) { return meters.value }
        let serial = scanner.text(slice)
        guard SerialText.isSound(serial) else { return nil }
        meters = Memo(slice: slice, value: batch.meter(serial))
        return meters.value
    }

    mutating func code(_ slice: JSONSlice) -> ObisCode? {
        if same(slice, codes.slice) { return codes.value }
        codes = Memo(slice: slice, value: unsafe scanner.withUTF8(of: slice) { unsafe ObisCode(utf8: $0) })
        return codes.value
    }

    mutating func unit(_ slice: JSONSlice) -> UnitCode? {
        if same(slice, units.slice) { return units.value }
        units = Memo(slice: slice, value: UnitCode(name: scanner.text(slice)))
        return units.value
    }

    mutating func status(_ slice: JSONSlice) -> ValueStatus? {
        if same(slice, statuses.slice) { return statuses.value }
        statuses = Memo(slice: slice, value: ValueStatus(word: scanner.text(slice)))
        return statuses.value
    }

    mutating func resolution(_ slice: JSONSlice) -> Resolution? {
        if same(slice, resolutions.slice) { return resolutions.value }
        resolutions = Memo(slice: slice, value: Resolution(scanner.text(slice)))
        return resolutions.value
    }

    /// Whether two slices are the same bytes as written.
    private func same(_ left: JSONSlice, _ other: JSONSlice?) -> Bool {
        guard let right = other, left.count == right.count else { return false }
        let bytes = unsafe scanner.bytes
        var offset = 0
        while offset < left.count {
            guard unsafe bytes[left.start &+ offset] == bytes[right.start &+ offset] else { return false }
            offset &+= 1
        }
        return true
    }
}

/// What may be a meter's serial: 1–64 bytes without control characters. Anything else cannot stand in the database.
enum SerialText {
    static func isSound(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
