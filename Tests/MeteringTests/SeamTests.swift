import CoreKit
import Metering
import Testing
import Values

@Suite struct `A boundary that nobody read, between terms with different rules` {
    private let before = DayRange(from: Day(2026, 1, 1), until: Day(2026, 7, 1))
    private let after = DayRange(from: Day(2026, 7, 1), until: Day(2027, 1, 1))

    /// Days before July weigh so much, the others one.
    private func profile(_ weight: Int64) throws -> ProfileTotals {
        let days = DayRange(from: Day(2024, 1, 1), until: Day(2029, 1, 1))
        return try #require(
            ProfileTotals(Dictionary(uniqueKeysWithValues: days.days.map { ($0, $0 < Day(2026, 7, 1) ? weight : 1) }), over: days))
    }
    private func input(
        _ readings: [RegisterReading], _ totals: ProfileTotals?, seam: Seam? = nil, own: DayRange? = nil
    ) -> UsageInput {
        let counter = register()
        var input = UsageInput(
            meters: [MeterUsage(installation: counter.installations.entries[0].range, register: counter, readings: readings)])
        input.totals = totals
        input.seam = seam
        input.own = own
        return input
    }
    private func one(_ input: UsageInput, _ period: DayRange) throws -> UsagePiece {
        try #require(try Usage.pieces(input, period: period, cuts: []).pieces.first)
    }

    @Test func `is divided once, by the rules of the side that ends there`() throws {
        let readings = [reading(Day(2026, 1, 1), "0"), reading(Day(2027, 1, 1), "10000")]
        let (household, shop) = (try profile(2), try profile(1))
        let first = try one(input(readings, household), before)
        let second = try one(input(readings, shop, seam: Seam(totals: household, own: nil)), after)
        #expect(first.end?.micro == second.begin?.micro)
        #expect(first.quantity.micro + second.quantity.micro == micro("10000"))
        // By its own rules the second would have begun elsewhere.
        #expect(try one(input(readings, shop), after).begin?.micro != first.end?.micro)
        // Equal days are a rule like any other.
        let even = try one(input(readings, nil), before)
        #expect(try one(input(readings, household, seam: Seam(totals: nil, own: nil)), after).begin?.micro == even.end?.micro)
    }

    @Test(arguments: 0..<60) func `adds up whatever was read, and in whatever order it came`(seed: Int) throws {
        var random = Seeded(seed)
        var readings: [RegisterReading] = []
        var (day, value) = (Day(2025, 6, 1), Int64(0))
        while day < Day(2027, 6, 1) {
            readings.append(RegisterReading(at: midnight(day), micro: value))
            day = day.adding(days: Int.random(in: 20...200, using: &random))
            value += Int64.random(in: 0...2_000, using: &random) * 100_000
        }
        let (left, right) = (try profile(Int64.random(in: 1...5, using: &random)), try profile(Int64.random(in: 1...5, using: &random)))
        let first = try one(input(readings, left, own: before), before)
        let second = try one(input(readings.shuffled(using: &random), right, seam: Seam(totals: left, own: before), own: after), after)
        #expect(first.end == second.begin)
        let (begin, end) = (try #require(first.begin), try #require(second.end))
        #expect(first.quantity.micro + second.quantity.micro == end.micro - begin.micro)
    }

    @Test func `a reading of that moment is taken by both, whatever the rules`() throws {
        let readings = [reading(Day(2026, 1, 1), "0"), reading(Day(2026, 7, 1), "7000"), reading(Day(2027, 1, 1), "10000")]
        let second = try one(input(readings, try profile(1), seam: Seam(totals: try profile(5), own: nil)), after)
        #expect(second.begin?.origin == .measured && second.quantity.number == "3000")
    }
}

@Suite struct `An end that nobody read` {
    private let own = DayRange(from: Day(2025, 6, 1), until: Day(2025, 10, 1))
    /// The tenant before used 30 kWh a day, this one uses 5; the last reading is of 15 September.
    private var readings: [RegisterReading] {
        var value: Int64 = 0
        var readings: [RegisterReading] = []
        for month in 1...9 {
            readings.append(RegisterReading(at: midnight(Day(2025, month, 1)), micro: value * 1_000_000))
            value += Int64(Day(2025, month, 1).days(until: Day(2025, month, 1).adding(months: 1))) * (month < 6 ? 30 : 5)
        }
        readings.append(RegisterReading(at: midnight(Day(2025, 9, 15)), micro: (readings[8].micro / 1_000_000 + 14 * 5) * 1_000_000))
        return readings
    }
    private func input(_ readings: [RegisterReading], own: DayRange?) -> UsageInput {
        let counter = register()
        var input = UsageInput(
            meters: [MeterUsage(installation: counter.installations.entries[0].range, register: counter, readings: readings)])
        input.own = own
        return input
    }

    @Test func `is carried on by what this customer used, not by who was there before`() throws {
        let pieces = try Usage.pieces(input(readings, own: own), period: own, cuts: []).pieces
        #expect(pieces.map(\.quantity.number) == ["610"])  // 122 days of 5 kWh
        #expect(try Usage.pieces(input(readings, own: nil), period: own, cuts: []).pieces[0].quantity.micro > micro("610"))
    }

    @Test func `is the same in company: readings beyond the usual neighbours are left out`() throws {
        var (alone, company) = (input(Array(readings.dropFirst()), own: nil), input(readings, own: nil))
        alone.narrow(to: own)
        company.narrow(to: own)
        #expect(alone == company && company.meters[0].readings.count == 4 + 5)
        // A fall months before the days says nothing of them.
        var fallen = input([reading(Day(2024, 11, 1), "90000")] + readings, own: nil)
        fallen.narrow(to: own)
        #expect(try Usage.pieces(fallen, period: own, cuts: []).findings.allSatisfy { $0.severity < .failure })
    }
}
