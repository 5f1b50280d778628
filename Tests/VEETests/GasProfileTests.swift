import CoreKit
import Testing
import VEE
import Values

/// Check values of the reference, sections 3.2 and 3.3, and of billing, section 4.2.
@Suite struct `Load profiles of gas and heat` {
    private func temperature(_ text: String) -> Temperature { Temperature(text) ?? Temperature(tenThousandths: .min) }
    private func constant(_ text: String, around day: Day) -> [Day: Temperature] {
        Dictionary(uniqueKeysWithValues: (-5...5).map { (day.adding(days: $0), temperature(text)) })
    }
    private func h(_ text: String, _ name: GasProfile.Name = .hef, _ variant: GasProfile.Variant = .v34) -> Int64 {
        GasProfile(name, variant: variant, temperatures: [:]).sigmoid.demand(at: temperature(text))
    }

    @Test(arguments: [
        ("-15", "3.429306"), ("-10", "3.012762"), ("0", "1.987948"), ("5", "1.371078"), ("10", "0.765790"), ("15", "0.254083"),
        ("20", "0.163532"),
    ])
    func `a house burns by temperature what the reference says`(degrees: String, expected: String) {
        #expect(abs(h(degrees) - micro(expected) * 1_000) <= 500)
    }
    @Test(arguments: GasProfile.Name.allCases, GasProfile.Variant.allCases)
    func `every profile burns one at eight degrees`(name: GasProfile.Name, variant: GasProfile.Variant) {
        #expect(abs(h("8", name, variant) - (name == .hko ? 1_056_100_000 : 1_000_000_000)) < 60_000)
    }
    @Test(arguments: GasProfile.Name.allCases, GasProfile.Variant.allCases)
    func `more cold never burns less`(name: GasProfile.Name, variant: GasProfile.Variant) {
        let curve = stride(from: Int32(-300_000), through: 390_000, by: 5_000).map {
            GasProfile(name, variant: variant, temperatures: [:]).sigmoid.demand(at: Temperature(tenThousandths: $0))
        }
        #expect(zip(curve, curve.dropFirst()).allSatisfy { $0 >= $1 } && (curve.last ?? -1) >= 0)
    }
    @Test func `the curve has no pole, and ends where it should`() {
        for degrees in ["39.9999", "40", "40.0001", "99"] { #expect((0...1_000_000_000).contains(h(degrees))) }
        #expect(h("-273.15") < 30_000_000_000)
    }
    @Test(arguments: GasProfile.Name.allCases) func `the weekdays of a profile average to one`(name: GasProfile.Name) {
        let sum = GasProfile(name, temperatures: [:]).weekdayFactors.reduce(0, +)
        #expect(abs(sum - 70_000) <= 100)
    }
    @Test func `a house remembers three days of cold`() throws {
        let day = Day(2026, 1, 10)
        let four = Dictionary(
            uniqueKeysWithValues: ["-2.0", "0.5", "3.4", "3.6"].enumerated().map { (day.adding(days: -$0), temperature($1)) })
        #expect(Temperature.allocation(of: day, from: four) == temperature("-0.2399"))
        #expect(Temperature.allocation(of: day, from: four.filter { $0.key != day.adding(days: -2) }) == nil)
    }
    @Test func `temperatures come from plain decimals only`() {
        #expect(temperature("-2.5").tenThousandths == -25_000 && temperature("-0.2399").description == "-0.2399 °C")
        for text in ["", "warm", "-300", "1,5", "1.00001"] { #expect(Temperature(text) == nil) }
    }

    /// T(i) = 10 − 10 cos(2π (i÷24 − 15)÷365) °C, daily means of the hours; the year before runs the same way.
    private static let year: [Day: Temperature] = {
        // Minimax is not needed: a cosine by its series, exact enough for a day's mean.
        func cosine(_ turns: Double) -> Double {
            let x = (turns - turns.rounded()) * 2 * Double.pi
            var (term, sum) = (1.0, 1.0)
            for step in 1..<20 {
                term *= -x * x / Double((2 * step - 1) * (2 * step))
                sum += term
            }
            return sum
        }
        var means: [Day: Temperature] = [:]
        for number in -10..<400 {
            let hours = (0..<24).map { 10 - 10 * cosine((Double(number) + Double($0) / 24 - 15) / 365) }
            means[Day(2026, 1, 1).adding(days: number)] = Temperature(tenThousandths: Int32((hours.reduce(0, +) / 24 * 10_000).rounded()))
        }
        return means
    }()
    private let half = DayRange(from: Day(2026, 1, 1), until: Day(2026, 7, 1))

    // Billing 4.2: sigmoid EFH, building class 5, no wind: 57.66 % up to 30 June. The coefficients are those of demandlib.
    @Test func `the first half year of a single-family house has 57,66 percent of its gas`() throws {
        let house = GasProfile(
            label: "EFH", sigmoid: Sigmoid(3.0217399, -37.18236, 5.647717, 0.1218169), temperatures: Self.year, holidays: nil)
        let share = try #require(house.share(of: half, in: .year(2026)))
        #expect((share.millionths + 50) / 100 == 5_766)
    }
    @Test func `SigLinDe of today divides nearly the same`() throws {
        let share = try #require(GasProfile(.hef, temperatures: Self.year).share(of: half, in: .year(2026)))
        #expect(abs(share.millionths - 584_453) < 100)
    }
    @Test func `a profile without temperatures weighs nothing, and says so`() {
        let profile = GasProfile(.hef, temperatures: [:])
        #expect(
            profile.dayWeight(Day(2026, 1, 1)) == nil && profile.dayWeights(period: half).isEmpty
                && profile.share(of: half, in: half) == nil)
    }
    @Test func `a local day is a quarter of the gas day before and three of its own`() throws {
        let day = Day(2026, 2, 10)
        var temperatures = constant("0", around: day)
        temperatures[day] = temperature("10")
        let profile = GasProfile(.hef, temperatures: temperatures)
        let before = try #require(profile.gasDayWeight(day.adding(days: -1))), own = try #require(profile.gasDayWeight(day))
        let whole = try #require(profile.slotWeights(of: day, resolution: .day, time: .berlin))
        #expect(before > own && whole.count == 1 && abs(whole[0] - (before + 3 * own) / 4) <= 2)
        let hours = try #require(profile.slotWeights(of: day, resolution: .hour, time: .berlin))
        #expect(Set(hours[..<6]).count == 1 && Set(hours[6...]).count == 1 && hours[5] > hours[6])
        #expect(abs(hours.reduce(0, +) - whole[0]) <= 24)
    }
    @Test func `the hours of a year lose nothing of its gas days, over both clock changes`() throws {
        let profile = GasProfile(.gba, temperatures: Self.year)
        var hours: Int64 = 0
        for day in DayRange.year(2026).days {
            hours += try #require(profile.slotWeights(of: day, resolution: .hour, time: .berlin)).reduce(0, +)
        }
        let gasDays = DayRange.year(2026).days.compactMap { profile.gasDayWeight($0) }.reduce(0, +)
        let early = try #require(profile.gasDayWeight(Day(2025, 12, 31))) / 4,
            late = try #require(profile.gasDayWeight(Day(2026, 12, 31))) / 4
        #expect((hours - (gasDays + early - late)).magnitude < 9_000)
        #expect(LocalTime.berlin.gasDayLength(Day(2026, 10, 24)) == 90_000)
    }
    @Test func `a customer value times its weights is the use it came from`() throws {
        let profile = GasProfile(.hef, temperatures: Self.year)
        let span = DayRange(from: Day(2026, 2, 1), until: Day(2026, 3, 1))
        let value = try #require(try profile.customerValue(quantity: micro("2500"), gasDays: span))
        var sum: Int64 = 0
        for day in span.days { sum += try #require(try profile.quantity(on: day, customerValue: value)) }
        #expect(abs(sum - micro("2500")) < 100)
        #expect(try profile.customerValue(quantity: 1, gasDays: DayRange(from: Day(1990, 1, 1), until: Day(1990, 1, 2))) == nil)
    }

    @Test func `the degree days of a year are a thousand thousandths`() {
        #expect((1...12).map { DegreeDays.monthWeight($0) }.reduce(0, +) == 3_000)
        let days = DegreeDays()
        for year in [2024, 2026] {
            #expect(DayRange.year(year).days.compactMap { days.dayWeight($0) }.reduce(0, +) == 3_000_000_000)
        }
    }
    @Test(arguments: [
        (1, "5.484"), (2, "5.357"), (3, "4.194"), (4, "2.667"), (5, "1.290"), (6, "0.444"), (7, "0.430"), (9, "1.000"), (10, "2.581"),
        (11, "4.000"), (12, "5.161"),
    ])
    func `a day has the degree days of the table`(month: Int, expected: String) throws {
        let weight = try #require(DegreeDays().dayWeight(Day(2026, month, 12)))
        let thousandths = Rounding.halfAwayFromZero.divide(Int128(weight), by: 3_000)
        #expect(DecimalText.format(Int64(thousandths), scale: 3, minimumPlaces: 3) == expected)
    }
    @Test(arguments: [("-5", 250_000, 200_000), ("14.9", 51_000, 1_000), ("15", 0, 0), ("22", 0, 0)] as [(String, Int64, Int64)])
    func `degree days by temperature begin below fifteen`(degrees: String, gtz: Int64, hdd: Int64) {
        let day = Day(2026, 1, 10)
        #expect(DegreeDays(.gtz20, temperatures: constant(degrees, around: day)).dayWeight(day) == gtz)
        #expect(DegreeDays(.hdd15, temperatures: constant(degrees, around: day)).dayWeight(day) == hdd)
        #expect(DegreeDays(.hdd15, temperatures: [:]).dayWeight(day) == nil)
    }
    @Test func `up to June there are 583 thousandths of heating`() {
        #expect(DegreeDays().share(of: half, in: .year(2026)) == Ratio("0.583333"))
    }
}
