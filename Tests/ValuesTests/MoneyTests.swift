import Testing
import Values

@Suite struct `Money and prices` {
    @Test(arguments: 0..<200) func `a split loses no cent`(seed: Int) {
        var random = Seeded(seed)
        let amount = Money(cents: Int64.random(in: -1_000_000_000...1_000_000_000, using: &random))
        let weights = (0..<Int.random(in: 1...40, using: &random)).map { _ in Int64.random(in: 0...1_000_000, using: &random) }
        let shares = amount.split(by: weights)
        #expect(shares.total() == amount)
        #expect(shares.count == weights.count)
        for (share, weight) in zip(shares, weights) where weight == 0 && weights.contains(where: { $0 > 0 }) { #expect(share == .zero) }
    }

    @Test(arguments: 0..<50) func `no share is further than a cent from its exact part`(seed: Int) {
        var random = Seeded(seed)
        let amount = Money(cents: Int64.random(in: 0...10_000_000, using: &random))
        let weights = (0..<12).map { _ in Int64.random(in: 1...31, using: &random) }
        let sum = Int128(weights.reduce(0, +))
        for (share, weight) in zip(amount.split(by: weights), weights) {
            let exactTimesSum = Int128(amount.cents) * Int128(weight)
            #expect((Int128(share.cents) * sum - exactTimesSum).magnitude <= sum.magnitude)
        }
    }

    @Test func `a split by nothing falls into the first share`() {
        #expect(Money(cents: 5).split(by: [0, 0]) == [Money(cents: 5), .zero])
    }

    @Test(arguments: [("0", 0), ("12.34", 1234), ("-0.05", -5), ("7", 700), ("1.10", 110), ("1.1000", 110)] as [(String, Int64)])
    func `an amount is a plain decimal`(text: String, cents: Int64) { #expect(Money(text)?.cents == cents) }

    @Test(arguments: ["", "-", ".5", "5.", "1,50", "1e3", "+1", " 1", "1 ", "12.345", "99999999999999999999", "0x10", "1.2.3", "--1", "١"])
    func `what is no plain decimal is no amount`(text: String) { #expect(Money(text) == nil) }

    @Test func `amounts print with two places`() {
        #expect(Money(cents: -5).description == "-0.05")
        #expect(Money(cents: 120_000).description == "1200.00")
        #expect(Money(cents: .min).description == "-92233720368547758.08")
    }

    @Test(arguments: [
        // billing reference 4.1 A: a published gas bill
        ("8741", "3.6", "314.68"), ("17322", "4.08", "706.74"), ("3965", "4.46", "176.84"),
        // exemplar 2's line
        ("3500.123456", "31.237415", "1093.35"),
    ]) func `price times quantity is rounded once, to the cent`(quantity: String, cents: String, expected: String) throws {
        let price = try #require(UnitPrice<KilowattHour>(cents: cents))
        let energy = try #require(Quantity<KilowattHour>(quantity))
        #expect(try price.times(energy, rounding: .halfAwayFromZero) == Money(expected))
    }

    @Test(arguments: [(155, "50.96"), (184, "60.49"), (28, "9.21")] as [(Int64, String)])
    func `a base price of 120 euros a year runs by days of 365`(days: Int64, expected: String) throws {
        let price = try #require(UnitPrice<ServiceDay>(euros: "120"))
        #expect(try price.times(Quantity(1), share: (days, 365), rounding: .halfAwayFromZero) == Money(expected))
    }

    @Test func `a product beyond Int64 is an error, not a trap`() {
        let price = UnitPrice<KilowattHour>(hundredMillionths: .max)
        #expect(throws: Overflow.self) { try price.times(Quantity(micro: .max), rounding: .floor) }
        #expect(throws: Overflow.self) { try price.times(Quantity(micro: .max), share: (.max, 1), rounding: .floor) }
    }

    @Test func `value added tax is taken from the net sum`() throws {
        #expect(try #require(TaxRate(percent: "16")).tax(on: #require(Money("1318.92"))) == Money("211.03"))
        #expect(try #require(TaxRate(percent: "19")).tax(on: #require(Money("864.75"))) == Money("164.30"))
        #expect(try TaxRate(basisPoints: 1900).tax(on: Money(cents: -761_250)) == Money("-1446.38"))
    }

    @Test func `a tax rate has at most two places and at most 100 percent`() {
        #expect(TaxRate(percent: "7.75")?.basisPoints == 775)
        #expect(TaxRate(percent: "100.01") == nil)
        #expect(TaxRate(percent: "-1") == nil)
        #expect(TaxRate(basisPoints: 1900).description == "19 %")
    }
}

@Suite struct `Rounding` {
    @Test(
        arguments: [
            (.halfAwayFromZero, [3, 2, 1, 0, -1, -2, -3]), (.halfEven, [2, 2, 0, 0, 0, -2, -2]), (.awayFromZero, [3, 2, 1, 0, -1, -2, -3]),
            (.towardsZero, [2, 1, 0, 0, 0, -1, -2]), (.floor, [2, 1, 0, 0, -1, -2, -3]), (.ceiling, [3, 2, 1, 0, 0, -1, -2]),
        ] as [(Values.Rounding, [Int])])
    func `halves go where the rule says`(rule: Values.Rounding, expected: [Int]) {
        // 2.5, 1.5, 0.5, 0, -0.5, -1.5, -2.5
        #expect([5, 3, 1, 0, -1, -3, -5].map { Int(rule.divide($0, by: 2)) } == expected)
        #expect([-5, -3, -1, 0, 1, 3, 5].map { Int(rule.divide($0, by: -2)) } == expected)
    }

    @Test(arguments: 0..<100) func `every rule stays within one of the exact quotient`(seed: Int) {
        var random = Seeded(seed)
        let dividend = Int128(Int64.random(in: .min ... .max, using: &random))
        var divisor = Int128(Int64.random(in: -1_000_000...1_000_000, using: &random))
        if divisor == 0 { divisor = 7 }
        for rule in Values.Rounding.allCases {
            let quotient = rule.divide(dividend, by: divisor)
            #expect((quotient * divisor - dividend).magnitude < divisor.magnitude)
        }
        let near = Values.Rounding.halfAwayFromZero.divide(dividend, by: divisor)
        #expect((near * divisor - dividend).magnitude * 2 <= divisor.magnitude)
    }

    @Test func `dividing by zero stops the program`() async {
        await #expect(processExitsWith: .failure) { _ = Values.Rounding.floor.divide(1, by: 0) }
    }
}
