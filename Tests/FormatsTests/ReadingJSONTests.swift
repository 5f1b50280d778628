import Metering
import ReadingFormats
import Testing
import Values

private func parse(_ text: String) throws(ReadingFormatError) -> ReadingBatch { try JSONReadings.parse(Array(text.utf8)) }

/// A message with these members in `registers` and `intervals`.
private func message(registers: [String] = [], intervals: [String] = []) -> String {
    #"{"messageId":"m-1","source":"s","registers":[\#(registers.joined(separator: ","))],"intervals":[\#(intervals.joined(separator: ","))]}"#
}
private func register(
    meter: String = #""1ESY1""#, obis: String = #""1-0:1.8.0""#, at: String = #""2026-01-01T00:00:00+01:00""#, value: String = #""4711.3""#,
    unit: String = #""kWh""#, status: String = #""measured""#
) -> String {
    #"{"meter":\#(meter),"obis":\#(obis),"at":\#(at),"value":\#(value),"unit":\#(unit),"status":\#(status)}"#
}
private func interval(
    meter: String = #""1ESY1""#, start: String = #""2026-01-01T00:00:00+01:00""#, resolution: String = #""PT15M""#,
    unit: String = #""kWh""#,
    values: String = #"["0.025","0.031",null]"#, status: String = #""measured""#
) -> String {
    #"{"meter":\#(meter),"obis":"1-0:1.29.0","start":\#(start),"resolution":\#(resolution),"unit":\#(unit),"values":\#(values),"status":\#(status)}"#
}

@Suite struct `Readings in JSON` {
    @Test func `an item of more slots than an item may have is refused, counted and not kept`() throws {
        func values(_ count: Int) -> String { "[" + String(repeating: "null,", count: count - 2) + "\"1\",\"x\"]" }
        let batch = try parse(message(intervals: [interval(values: values(200_001)), interval(values: values(200_000))]))
        #expect(batch.faults.map(\.path) == ["/intervals/0/values", "/intervals/1/values/199999"])
        #expect(batch.faults.map(\.code) == [.badMember, .badNumber])
        #expect(batch.faults.map(\.values) == [2, 1])
        #expect(batch.values.count == 200_000)
        #expect(batch.sentValues == 4)
    }

    @Test func `the contract's example is read into columns`() throws {
        let batch = try parse(message(registers: [register()], intervals: [interval()]))
        #expect(batch.messageId == "m-1" && batch.source == "s")
        #expect(batch.meters == ["1ESY1"])
        #expect(batch.registers.first?.micro == 4_711_300_000)
        #expect(batch.registers.first?.at == Instant(seconds: 1_767_222_000))
        #expect(batch.registers.first?.obis == ObisCode("1-0:1.8.0"))
        #expect(batch.values == [25_000, 31_000, 0])
        #expect(batch.statuses == [1, 1, 0])
        #expect(batch.intervals.first?.resolution == .quarterHour)
        #expect(batch.intervals.first?.slots == 0..<3)
        #expect(batch.faults.isEmpty)
        #expect(batch.sentValues == 3)
    }

    @Test func `members may come in any order and unknown ones are passed over`() throws {
        let batch = try parse(
            #"""
            {"intervals":[{"status":"estimated","values":["1",null],"unit":"kwh","x":{"y":[1,2]},"resolution":"PT1H","start":"2026-01-01T00:00:00Z","obis":"1-0:1.29.0","meter":"A"}],
             "comment":[{}],"source":"s","messageId":"m"}
            """#)
        #expect(batch.statuses == [2, 0])
        #expect(batch.intervals.count == 1)
    }

    @Test(arguments: [
        ("", "json-syntax"), ("{", "json-syntax"), ("[]", "json-syntax"), ("null", "json-syntax"), ("{}", "json-missing"),
        (#"{"messageId":"m","source":"s"}"#, "json-missing"), (#"{"messageId":"m","registers":[]}"#, "json-missing"),
        (#"{"source":"s","registers":[]}"#, "json-missing"), (#"{"messageId":7,"source":"s","registers":[]}"#, "json-mistyped"),
        (#"{"messageId":"","source":"s","registers":[]}"#, "json-mistyped"),
        (#"{"messageId":null,"source":"s","registers":[]}"#, "json-mistyped"),
        (#"{"messageId":"m","source":"s","registers":{}}"#, "json-mistyped"),
        (#"{"messageId":"m","source":"s","intervals":"x"}"#, "json-mistyped"),
        (#"{"messageId":"m","messageId":"m","source":"s","registers":[]}"#, "json-duplicate-key"),
        (#"{"messageId":"a\u0000","source":"s","registers":[]}"#, "json-mistyped"),
        (#"{"messageId":"m","source":"s","registers":[]} x"#, "json-syntax"),
        (#"{"messageId":"m","source":"s","registers":[{"meter":"A",}]}"#, "json-syntax"),
    ])
    func `a body that cannot be read is refused as a whole`(text: String, code: String) throws {
        let error = try #require(throws: ReadingFormatError.self) { try parse(text) }
        #expect(error.code == code)
    }

    @Test(arguments: [
        (register(meter: "null"), "/registers/0/meter", ItemFault.Code.missingMember),
        (register(meter: "7"), "/registers/0/meter", .badMember),
        (register(meter: #""""#), "/registers/0/meter", .badMember), (register(meter: #""a\u0000b""#), "/registers/0/meter", .badMember),
        (register(obis: #""1.8.0""#), "/registers/0/obis", .badMember),
        (register(at: #""2026-01-01T00:00:00""#), "/registers/0/at", .noOffset),
        (register(at: #""2026-02-30T00:00:00Z""#), "/registers/0/at", .badTime),
        (register(at: #""2026-01-01""#), "/registers/0/at", .badTime), (register(value: "4711.3"), "/registers/0/value", .badNumber),
        (register(value: #""4711,3""#), "/registers/0/value", .badNumber), (register(value: #""1e3""#), "/registers/0/value", .badNumber),
        (register(value: #"" 1""#), "/registers/0/value", .badNumber), (register(value: #""""#), "/registers/0/value", .badNumber),
        (register(value: #""0.0000001""#), "/registers/0/value", .tooManyDigits),
        (register(value: #""99999999999999999999""#), "/registers/0/value", .badNumber),
        (register(value: "null"), "/registers/0/value", .missingMember), (register(unit: #""parsec""#), "/registers/0/unit", .wrongUnit),
        (register(status: #""guessed""#), "/registers/0/status", .badStatus),
        (register(status: #""absent""#), "/registers/0/status", .badStatus),
        ("17", "/registers/0", .badMember), ("{}", "/registers/0/meter", .missingMember), ("[]", "/registers/0", .badMember),
        (
            #"{"meter":"A","meter":"B","obis":"1-0:1.8.0","at":"2026-01-01T00:00:00Z","value":"1","unit":"kWh"}"#, "/registers/0/meter",
            .badMember
        ),
    ])
    func `what is wrong with one register reading is named and the rest is read`(item: String, path: String, code: ItemFault.Code) throws {
        let batch = try parse(message(registers: [item, register()]))
        #expect(batch.registers.count == 1)
        #expect(batch.registers.first?.index == 1)
        #expect(batch.faults.map(\.path) == [path])
        #expect(batch.faults.map(\.code) == [code])
        #expect(batch.sentValues == 2)
    }

    @Test func `a value means the same in a long column as alone, however it is written`() throws {
        let texts = [
            "0", "-0", "0.5", "-0.5", "007", "1.", ".5", "", "-", "1e3", "+1", "1,5", " 1", "1 ", "--1", "1.2.3", "00.5", "\\u0031",
            "123456789012.123456", "0.123456", "0.1234560", "0.1234567", "1234567890123", "9223372036854.775807",
            "9223372036854.775808", "-9223372036854.775808",
        ]
        for separator in [",", ", ", " ,\n"] {
            let column = "[\"1.5\"" + texts.map { separator + "\"\($0)\"" }.joined() + "]"
            let batch = try parse(message(intervals: [interval(values: column)]))
            var faults: [String] = []
            for (slot, text) in texts.enumerated() {
                let meant = DecimalText.parse(text == "\\u0031" ? "1" : text, scale: 6)
                if meant == nil { faults.append("/intervals/0/values/\(slot + 1)") }
                #expect(batch.values[slot + 1] == meant ?? 0, "\(text)")
                #expect(batch.statuses[slot + 1] == (meant == nil ? ValueStatus.absent : .measured).rawValue, "\(text)")
            }
            #expect(batch.faults.map(\.path) == faults)
        }
    }

    @Test func `one bad value does not sink its interval`() throws {
        let batch = try parse(message(intervals: [interval(values: #"["0.1","abc",0.3,null,"0.5","1.0000001"]"#)]))
        #expect(batch.values == [100_000, 0, 0, 0, 500_000, 0])
        #expect(batch.statuses == [1, 0, 0, 0, 1, 0])
        #expect(batch.faults.map(\.path) == ["/intervals/0/values/1", "/intervals/0/values/2", "/intervals/0/values/5"])
        #expect(batch.faults.map(\.code) == [.badNumber, .badNumber, .tooManyDigits])
        #expect(batch.sentValues == 5)
    }

    @Test(arguments: [
        (interval(start: #""2026-01-01T00:00:00""#), "/intervals/0/start", ItemFault.Code.noOffset, 2),
        (interval(resolution: #""PT7M""#), "/intervals/0/resolution", .badResolution, 2),
        (interval(resolution: #""PT15M""#, values: "{}"), "/intervals/0/values", .badMember, 0),
        (interval(values: "null"), "/intervals/0/values", .missingMember, 0),
        (interval(meter: "null", values: #"["x",null,"2"]"#), "/intervals/0/meter", .missingMember, 2),
        ("true", "/intervals/0", .badMember, 0),
    ])
    func `a faulty interval rejects all its values with one error`(item: String, path: String, code: ItemFault.Code, values: Int) throws {
        let batch = try parse(message(intervals: [item, interval()]))
        #expect(batch.faults.map(\.path) == [path])
        #expect(batch.faults.map(\.code) == [code])
        #expect(batch.faults.map(\.values) == [values])
        #expect(batch.intervals.map(\.slots) == [0..<3])
        #expect(batch.values.count == 3)
    }

    @Test func `a body of nothing but mistakes stays small and its count stays true`() throws {
        let count = 30_000
        let batch = try parse(
            message(registers: Array(repeating: "1", count: count), intervals: [interval(meter: "7", values: "[1,2,\"3\"]")]))
        #expect(batch.faults.count == 10_000)
        #expect(batch.sentValues == count + 3)
    }

    @Test func `escapes in keys and texts mean what they say`() throws {
        let batch = try parse(
            #"{"message\u0049d":"m","source":"s","registers":[{"m\u0065ter":"\u0041","obis":"1-0:1.8.0","at":"2026-01-01T00:00:00Z","value":"\u0031","unit":"kWh"}]}"#
        )
        #expect(batch.meters == ["A"])
        #expect(batch.registers.first?.micro == 1_000_000)
    }

    @Test(arguments: 0..<200)
    func `hostile bytes never trap`(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        var bytes = Array(message(registers: [register(), register()], intervals: [interval(), interval()]).utf8)
        for _ in 0..<(1 + next() % 4) {
            let place = Int(next() % UInt64(bytes.count))
            switch next() % 3 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1: bytes.remove(at: place)
            default: bytes.insert([0x22, 0x5B, 0x7B, 0x2C, 0x5C, 0x30][Int(next() % 6)], at: place)
            }
        }
        guard let batch = try? JSONReadings.parse(bytes) else { return }
        #expect(batch.values.count == batch.statuses.count)
        #expect(batch.intervals.allSatisfy { $0.slots.upperBound <= batch.values.count })
    }
}
