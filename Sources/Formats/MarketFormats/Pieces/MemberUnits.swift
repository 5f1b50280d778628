internal import ReadingFormats

/// The items of our own JSON message: elements of `registers`, `intervals` and `reports`, and the two names that every piece needs.
struct MemberUnits: UnitScanner {
    /// The members that hold items.
    static let lists = ["registers", "intervals", "reports"]

    private enum State { case begin, member(isFirst: Bool), element(list: String, isFirst: Bool), done }
    private var state = State.begin
    private var hasNames: Set<String> = []

    var separator: [UInt8] { [0x2C] }

    mutating func next(
        _ window: [UInt8], from start: Int, at offset: Int, isLast: Bool
    ) throws -> Unit.Found? {
        var place = start
        // Nothing is remembered of a step that needs more bytes: it is taken again.
        var state = state
        func blanks() { while place < window.count, window[place] <= 0x20 { place += 1 } }
        func more() throws -> Unit.Found? {
            guard isLast else { return nil }
            throw error("the JSON text ends too early", window.count)
        }
        func error(_ message: String, _ place: Int) -> ReadingFormatError {
            ReadingFormatError(code: "json-syntax", offset: offset + place, message: message)
        }
        while true {
            blanks()
            if case .done = state {
                guard place == window.count else { throw error("text behind the JSON object", place) }
                self.state = state
                return nil
            }
            guard place < window.count else { return try more() }
            switch state {
            case .begin:
                if window[place] == 0xEF, place + 3 <= window.count { place += 3; blanks() }
                guard place < window.count else { return try more() }
                guard window[place] == UInt8(ascii: "{") else { throw error("a JSON object is expected", place) }
                place += 1
                state = .member(isFirst: true)
            case .member(let isFirst):
                if window[place] == UInt8(ascii: "}") {
                    self.state = .done
                    return Unit.Found(.tail, start..<place + 1)
                }
                if !isFirst {
                    guard window[place] == 0x2C else { throw error("a comma or the end of the object is expected", place) }
                    place += 1
                    blanks()
                    guard place < window.count else { return try more() }
                }
                guard window[place] == 0x22 else { throw error("a key is expected", place) }
                guard let keyEnd = value(window, place) else { return try more() }
                let key = String(decoding: window[place + 1..<keyEnd - 1], as: UTF8.self)
                place = keyEnd
                blanks()
                guard place < window.count else { return try more() }
                guard window[place] == UInt8(ascii: ":") else { throw error("a colon is expected", place) }
                place += 1
                blanks()
                guard place < window.count else { return try more() }
                if MemberUnits.lists.contains(key) || key == "messageId" || key == "source", hasNames.contains(key) {
                    throw ReadingFormatError(code: "json-duplicate-key", path: "/" + key, offset: offset + place, message: "given twice")
                }
                if MemberUnits.lists.contains(key), window[place] == UInt8(ascii: "[") {
                    hasNames.insert(key)
                    self.state = .element(list: key, isFirst: true)
                    return Unit.Found(.skip, start..<place + 1)
                }
                guard let end = value(window, place), end < window.count || isLast else { return try more() }
                self.state = .member(isFirst: false)
                guard key == "messageId" || key == "source" else { return Unit.Found(.skip, start..<end) }
                hasNames.insert(key)
                return Unit.Found(.name(key), place..<end)
            case .element(let list, let isFirst):
                if window[place] == UInt8(ascii: "]") {
                    self.state = .member(isFirst: false)
                    return Unit.Found(.skip, start..<place + 1)
                }
                if !isFirst {
                    guard window[place] == 0x2C else { throw error("a comma or the end of the array is expected", place) }
                    place += 1
                    blanks()
                    guard place < window.count else { return try more() }
                }
                guard let end = value(window, place), end < window.count || isLast else { return try more() }
                self.state = .element(list: list, isFirst: false)
                return Unit.Found(.item(list: list, mayCut: true), place..<end)
            case .done: break
            }
        }
    }

    /// Where the value that begins here ends; nil if it does not end in the window.
    private func value(_ window: [UInt8], _ start: Int) -> Int? {
        var place = start
        var depth = 0
        while place < window.count {
            switch window[place] {
            case 0x22:
                place += 1
                while place < window.count, window[place] != 0x22 { place += window[place] == 0x5C ? 2 : 1 }
                guard place < window.count else { return nil }
                place += 1
                if depth == 0 { return place }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                place += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return place }
                depth -= 1
                place += 1
                if depth == 0 { return place }
            case 0x2C where depth == 0: return place
            default: place += 1
            }
        }
        return depth == 0 ? place : nil
    }

    func finish(_ frame: FilePieces.Frame) throws {
        guard case .done = state else {
            throw ReadingFormatError(code: "json-syntax", offset: frame.length, message: "the JSON text ends too early")
        }
        for name in ["messageId", "source"] where frame.names[name] == nil {
            throw ReadingFormatError(code: "json-missing", path: "/" + name, message: "\"\(name)\" is required")
        }
        guard MemberUnits.lists.contains(where: hasNames.contains) else {
            throw ReadingFormatError(code: "json-missing", message: "\"registers\", \"intervals\" or \"reports\" is required")
        }
    }

    func opening(_ frame: FilePieces.Frame, list: String) -> [UInt8] {
        Array("{\"source\":".utf8) + (frame.names["source"] ?? []) + Array(",\"\(list.isEmpty ? "registers" : list)\":[".utf8)
    }

    func closing(_ frame: FilePieces.Frame, items: Int, number: Int) -> [UInt8] { Array("]".utf8) }

    func numbered(_ bytes: [UInt8], _ frame: FilePieces.Frame, number: Int, isOnly: Bool) -> [UInt8] {
        var name = frame.names["messageId"] ?? []
        if !isOnly, name.last == 0x22 {
            name.removeLast()
            name += Array("#\(number)\"".utf8)
        }
        return bytes + Array(",\"messageId\":".utf8) + name + [UInt8(ascii: "}")]
    }
}
