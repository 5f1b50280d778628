import Testing
import Values

@Suite struct `Quantities and units` {
    @Test(arguments: [
        ("1", UnitCode.kilowattHour, UnitCode.wattHour, "1000"), ("1", .megawattHour, .kilowattHour, "1000"),
        ("3.6", .megajoule, .kilowattHour, "1"), ("1", .kilowattHour, .megajoule, "3.6"), ("1", .gigajoule, .kilowattHour, "277.777778"),
        ("1", .gigajoule, .megajoule, "1000"), ("2.5", .cubicMetre, .litre, "2500"), ("1500", .watt, .kilowatt, "1.5"),
        ("1", .litrePerMinute, .cubicMetrePerHour, "0.06"), ("-7", .kilowattHour, .wattHour, "-7000"),
    ]) func `units convert by exact ratios`(value: String, from: UnitCode, to: UnitCode, expected: String) throws {
        let micro = try #require(DecimalText.parse(value, scale: 6))
        #expect(try from.convert(micro: micro, to: to) == DecimalText.parse(expected, scale: 6))
    }

    @Test func `kilowatt hours do not become cubic metres`() throws {
        #expect(try UnitCode.kilowattHour.convert(micro: 1, to: .cubicMetre) == nil)
        #expect(try Quantity<KilowattHour>(1).converted(to: CubicMetre.self) == nil)
    }

    @Test func `a conversion that leaves the range is an error`() {
        #expect(throws: Overflow.self) { try UnitCode.megawattHour.convert(micro: .max, to: .wattHour) }
    }

    @Test(arguments: UnitCode.allCases) func `a unit is found by its own name in any case`(unit: UnitCode) {
        #expect(UnitCode(name: unit.rawValue) == unit)
        if unit != .megawatt { #expect(UnitCode(name: unit.rawValue.lowercased()) == unit || unit == .piece) }
        #expect(!unit.symbol.isEmpty)
    }

    @Test func `gas: 1000 cubic metres at z 0.95 and 10.3 are 9785 kilowatt hours`() throws {
        // billing reference 4.1 D (Merkur)
        let energy = try Quantity<CubicMetre>(1_000).energy(conversion: #require(Ratio("0.95")), calorific: #require(Ratio("10.3")))
        #expect(energy == Quantity(9_785))
    }

    @Test(arguments: 0..<50) func `shares of a quantity add up`(seed: Int) {
        var random = Seeded(seed)
        let whole = Quantity<KilowattHour>(micro: Int64.random(in: 0...10_000_000_000_000, using: &random))
        let weights = (0..<Int.random(in: 1...366, using: &random)).map { _ in Int64.random(in: 0...90_000, using: &random) }
        #expect(whole.split(by: weights).reduce(.zero, +) == whole)
    }

    @Test func `rounding to places keeps the unit`() throws {
        let value = try #require(Quantity<CubicMetre>("12.345678"))
        #expect(value.rounded(to: 3, .halfAwayFromZero).description == "12.346")
        #expect(value.rounded(to: 0, .towardsZero).measure == Measure(micro: 12_000_000, unit: .cubicMetre))
    }

    @Test(arguments: [("4711.3", 6, "4711.3"), ("0.000001", 6, "0.000001"), ("-0.5", 6, "-0.5"), ("10", 6, "10"), ("0", 6, "0")])
    func `decimal text comes back as it went in`(text: String, scale: Int, expected: String) throws {
        #expect(DecimalText.format(try #require(DecimalText.parse(text, scale: scale)), scale: scale) == expected)
    }

    @Test(arguments: 0..<200) func `every Int64 survives the way through text`(seed: Int) {
        var random = Seeded(seed)
        let value = seed == 0 ? Int64.min : seed == 1 ? Int64.max : Int64.random(in: .min ... .max, using: &random)
        #expect(DecimalText.parse(DecimalText.format(value, scale: 6), scale: 6) == value)
        #expect(DecimalText.parse(DecimalText.format(value, scale: 0), scale: 0) == value)
    }

    @Test(arguments: 0..<300) func `a number in text is digits, point and groups`(seed: Int) {
        var random = Seeded(seed)
        let value = Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<64, using: &random)
        let scale = Int.random(in: 0...8, using: &random)
        let least = Int.random(in: 0...scale, using: &random)
        // The long way: all digits, zeros off, groups of three from the right.
        var digits = String(value.magnitude)
        if digits.count <= scale { digits = String(repeating: "0", count: scale + 1 - digits.count) + digits }
        var places = String(digits.suffix(scale))
        while places.count > least, places.hasSuffix("0") { places.removeLast() }
        var whole = ""
        for (index, digit) in digits.dropLast(scale).enumerated() {
            if index > 0, (digits.count - scale - index) % 3 == 0 { whole += "." }
            whole.append(digit)
        }
        let expected = (value < 0 ? "-" : "") + whole + (places.isEmpty ? "" : "," + places)
        #expect(DecimalText.format(value, scale: scale, minimumPlaces: least, point: ",", grouping: ".") == expected)
        #expect(DecimalText.format(value, scale: scale, minimumPlaces: least) == expected.filter { $0 != "." }.replacing(",", with: "."))
    }

    @Test func `the problem of a bad number names the byte`() {
        #expect(throws: DecimalText.Problem.unexpected(offset: 2)) { try DecimalText.parse("12x4".utf8, scale: 3) }
        #expect(throws: DecimalText.Problem.tooManyPlaces) { try DecimalText.parse("1.0001".utf8, scale: 3) }
        #expect(throws: DecimalText.Problem.tooLarge) { try DecimalText.parse("9223372036854775808".utf8, scale: 0) }
        #expect(throws: DecimalText.Problem.empty) { try DecimalText.parse("".utf8, scale: 0) }
    }

    @Test func `people read grouped numbers`() {
        #expect(DecimalText.format(123_456_789, scale: 2, minimumPlaces: 2, point: ",", grouping: ".") == "1.234.567,89")
        #expect(DecimalText.format(-99_900, scale: 2, minimumPlaces: 2, point: ",", grouping: ".") == "-999,00")
    }

    @Test func `a ratio multiplies exactly`() throws {
        #expect(try #require(Ratio("1.5")).times(micro: 3) == 5)
        #expect(try Ratio.one.times(micro: .min) == .min)
        #expect(throws: Overflow.self) { try Ratio(millionths: 2_000_000).times(micro: .max) }
    }
}
