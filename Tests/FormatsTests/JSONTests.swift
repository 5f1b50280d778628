import JSON
import Testing

@Suite struct `JSON in and out` {
    @Test(arguments: [
        #"{"a":[1,-0,0.50,1e3,-1.5E-7],"b":{"c":null,"d":true,"e":false},"":""}"#,
        #"[]"#, #"{}"#, #""""#, "0", "null", #"["Neumünster","\"\\\b\f\n\r\t\u0001","😀"]"#,
    ])
    func `what is read is written the same`(text: String) throws {
        #expect(try JSONValue(parsing: text).text == text)
    }

    @Test func `white space and a byte order mark are nothing`() throws {
        let value = try JSONValue(parsing: "\u{FEFF} \t\r\n{ \"a\" : [ 1 , 2 ] } \n")
        #expect(value == ["a": [1, 2]])
    }

    @Test func `escapes are resolved, surrogates in pairs`() throws {
        let value = try JSONValue(parsing: #"["\u00fc\u20AC\ud83d\uDE00\/\"", "A\u0000B"]"#)
        #expect(value == ["ü€😀/\"", "A\u{0}B"])
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{'a':1}", "[1}", "{\"a\":1]",
        "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "NaN", "Infinity", "-Infinity", "nul", "nulll", "tru", "True", "1 2", "[] []",
        "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"", "\"\u{1}\"", "// c\n1", "[1 2]", "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
    ])
    func `what is not JSON is refused with its place`(text: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error.code == .syntax)
        #expect((0...text.utf8.count).contains(try #require(error.offset)))
        // The scanner that skips agrees with the one that reads.
        #expect(throws: JSONError.self) {
            try JSONScanner.withScanner(over: Array(text.utf8)) { (scanner) throws(JSONError) in
                try scanner.skipValue()
                try scanner.finish()
            }
        }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
            [0x22, 0xE2, 0x82, 0x22],
            [0x22, 0x80, 0x22], [0xE2, 0x82], [0x22, 0xE0, 0x80, 0x80, 0x22], [0x22, 0xF0, 0x80, 0x80, 0x80, 0x22],
        ] as [[UInt8]])
    func `invalid UTF-8 is refused`(bytes: [UInt8]) throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: bytes) }
        #expect(error.code == .encoding)
    }

    @Test(arguments: [#""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\u0041""#])
    func `half a surrogate pair is refused`(text: String) throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error.code == .encoding)
    }

    @Test func `the same key twice is refused, however it is spelled`() throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: #"{"a":1,"\u0061":2}"#) }
        #expect(error.code == .duplicateKey)
        #expect(error.offset == 8)
        let many = "{" + (0..<100).map { "\"k\($0)\":0" }.joined(separator: ",") + ",\"k57\":1}"
        #expect(throws: JSONError.self) { try JSONValue(parsing: many) }
        // Strings that are canonically equal are different keys, as RFC 8259 compares code points.
        #expect(try JSONValue(parsing: "{\"\u{e9}\":1,\"e\u{301}\":2}").object?.members.count == 2)
    }

    @Test func `depth, numbers and members have limits`() throws {
        let fits = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(try JSONValue(parsing: fits).kind == "an array")
        let deep = String(repeating: "[", count: 1_000_000)
        #expect(try #require(throws: JSONError.self) { try JSONValue(parsing: deep) }.code == .limit)
        let number = String(repeating: "9", count: 65)
        #expect(try #require(throws: JSONError.self) { try JSONValue(parsing: number) }.code == .limit)
        let wide = "{" + (0..<5000).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
        #expect(try #require(throws: JSONError.self) { try JSONValue(parsing: wide) }.code == .limit)
    }

    @Test func `an error names line and column`() throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: "{\n  \"a\": 1,\n  \"b\": x\n}") }
        #expect(error.line == 3)
        #expect(error.column == 8)
        #expect(error.description == "line 3, column 8: expected a value")
    }

    @Test func `a document is pulled member by member`() throws {
        let text = #"{"skip":{"x":[1,{"y":[]},"\"]}"]},"values":["0.025",null,"1\u002e5"],"n":12}"#
        var values: [String?] = []
        var keys: [String] = []
        try JSONScanner.withScanner(over: Array(text.utf8)) { (scanner) throws(JSONError) in
            try scanner.openObject()
            while let key = try scanner.nextKey() {
                keys.append(scanner.text(key))
                if scanner.matches(key, "values") {
                    try scanner.openArray()
                    while try scanner.nextElement() {
                        if try scanner.readNull() { values.append(nil) } else { values.append(scanner.text(try scanner.readString())) }
                    }
                } else {
                    try scanner.skipValue()
                }
            }
            try scanner.finish()
        }
        #expect(keys == ["skip", "values", "n"])
        #expect(values == ["0.025", nil, "1.5"])
    }

    @Test(arguments: 0..<200)
    func `any value survives the text`(seed: UInt64) throws {
        var random = Dice(state: seed)
        let value = random.value(depth: 4)
        #expect(try JSONValue(parsing: value.bytes) == value)
    }

    @Test(arguments: 0..<200)
    func `a text cut or changed anywhere never traps`(seed: UInt64) {
        var random = Dice(state: seed)
        var bytes = random.value(depth: 3).bytes
        for _ in 0..<3 where !bytes.isEmpty {
            let place = random.below(bytes.count)
            switch random.below(3) {
            case 0: bytes.removeSubrange(place...)
            case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            default: bytes.insert(Array("{}[]\",:\\0".utf8)[random.below(9)], at: place)
            }
        }
        let read = try? JSONValue(parsing: bytes)
        if let read { #expect((try? JSONValue(parsing: read.bytes)) == read) }
    }

    @Test func `a node names the path of what is wrong`() throws {
        let root = JSONNode(try JSONValue(parsing: #"{"partners":[{"key":"demo-1","n/x":{"~":5}}],"flag":true,"count":7}"#))
        let partner = try root.elements("partners")[0]
        #expect(try partner.string("key") == "demo-1")
        #expect(try root.member("flag").bool())
        #expect(try root.member("count").integer(in: 0...9) == 7)
        #expect(try root.elements("absent").isEmpty)
        #expect(try partner.optionalString("name") == nil)
        #expect(try #require(throws: JSONError.self) { try partner.string("name") }.path == "/partners/0/name")
        let odd = try partner.member("n/x").member("~")
        #expect(odd.path == "/partners/0/n~1x/~0")
        #expect(try #require(throws: JSONError.self) { try odd.string() }.message == "expected a string, found a number")
        #expect(try #require(throws: JSONError.self) { try root.member("count").integer(in: 0...6) }.code == .mistyped)
        #expect(try #require(throws: JSONError.self) { try partner.allow(only: "key") }.path == "/partners/0/n~1x")
        #expect(throws: Never.self) { try partner.allow(only: "key", "n/x") }
    }

    @Test func `the writer escapes keys and strings between their commas`() {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("a\"b", "c\nd")
            writer.member(
                "x",
                array: { list in
                    for text in ["\\", "y", ""] { list.string(text) }
                    list.array { _ in }
                    list.string("\u{1F}ü")
                })
            writer.member("z\t", object: { $0.member("", 1) })
            writer.member("last", true)
        }
        #expect(writer.text == #"{"a\"b":"c\nd","x":["\\","y","",[],"\u001fü"],"z\t":{"":1},"last":true}"#)
    }

    @Test func `the writer puts commas where they belong`() {
        var writer = JSONWriter()
        writer.object {
            $0.member("number", "I-1")
            $0.member("nothing", nil as String?)
            $0.member("count", 3)
            $0.member(
                "lines",
                array: { lines in
                    for line in 0..<2 { lines.object { $0.member("line", line) } }
                    lines.null()
                    lines.number("1.50")
                })
            $0.member("done", true)
            $0.key("raw")
            $0.raw(Array("{}".utf8))
        }
        #expect(writer.text == #"{"number":"I-1","nothing":null,"count":3,"lines":[{"line":0},{"line":1},null,1.50],"done":true,"raw":{}}"#)
    }
}

/// A small seeded generator (SplitMix64), so that a failing case can be run again.
private struct Dice {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    mutating func text() -> String {
        let letters: [Character] = ["a", "z", "\"", "\\", "/", "\n", "\u{0}", "\u{1F}", "ü", "€", "😀", "\u{2028}", " "]
        return String((0..<below(24)).map { _ in letters[below(letters.count)] })
    }

    mutating func value(depth: Int) -> JSONValue {
        switch below(depth > 0 ? 6 : 4) {
        case 0: .string(text())
        case 1: .number("\(Int64(bitPattern: next()) % 100_000).\(below(1000))")
        case 2: .bool(below(2) == 0)
        case 3: .null
        case 4: .array((0..<below(6)).map { _ in value(depth: depth - 1) })
        default: .object(JSONObject((0..<below(6)).map { .init("\($0)\(text())", value(depth: depth - 1)) }))
        }
    }
}
