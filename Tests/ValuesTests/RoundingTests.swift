import Testing
import Values

@Suite struct `A quotient` {
    @Test func `is rounded alike in 64 bits and in 128`() {
        var random = Seeded(7)
        // Twice a remainder must fit, so the factor leaves room.
        let wide = Int128(1) << 40
        for round in 0..<4_000 {
            let bits = round % 62
            let dividend = Int128(Int64.random(in: .min ... .max, using: &random) >> Int64(bits))
            let divisor = Int128(Int64.random(in: 1...1_000_000, using: &random)) * (round.isMultiple(of: 2) ? 1 : -1)
            for rule in Values.Rounding.allCases {
                #expect(rule.divide(dividend, by: divisor) == rule.divide(dividend * wide, by: divisor * wide))
            }
        }
    }

    @Test func `of the least number of 64 bits and minus one is one more than the greatest`() {
        #expect(Values.Rounding.halfAwayFromZero.divide(Int128(Int64.min), by: -1) == Int128(Int64.max) + 1)
    }
}

@Suite struct `Slots of a series` {
    private func series(_ statuses: [ValueStatus]) -> Series {
        Series(
            start: Instant(seconds: 0), secondsPerSlot: 900, values: statuses.indices.map { Int64($0 + 1) },
            statuses: statuses.map(\.rawValue))
    }

    @Test func `are summed without what is absent or rejected`() throws {
        let all = series(Array(repeating: .measured, count: 40))
        let sum = try #require(all.usable(1..<40))
        #expect(sum.micro == 819)
        #expect(sum.isMeasured)
        let some = try #require(series([.measured, .absent, .estimated, .rejected, .substituted, .provisional]).usable(0..<6))
        #expect(some.micro == 1 + 3 + 5 + 6)
        #expect(!some.isMeasured)
    }

    @Test func `are all measured or not, wherever the other one stands`() {
        for place in 0..<40 {
            var statuses = [ValueStatus](repeating: .measured, count: 40)
            statuses[place] = .substituted
            #expect(!series(statuses).isMeasured(0..<40))
            #expect(series(statuses).isMeasured(0..<place))
            #expect(series(statuses).isMeasured(place + 1..<40))
        }
    }

    @Test func `beyond what 64 bits hold have no sum`() {
        let series = Series(start: Instant(seconds: 0), secondsPerSlot: 900, values: [.max, 1], statuses: [1, 1])
        #expect(series.usable(0..<2) == nil)
        #expect(series.usable(0..<1)?.micro == .max)
    }
}
