import CoreKit
import Metering
import Testing
import VEE
import Values

/// Check values of the reference, section 3.1, and of billing, sections 1.3 and 4.2.
@Suite struct `Load profiles of electricity` {
    private let nationwide = HolidayCalendar(state: nil)

    /// 10^-9 kWh as kWh with so many decimals.
    private func kilowattHours(_ nano: Int128, _ places: Int) -> String {
        let unit = Int128(DecimalText.power(9 - places))
        return DecimalText.format(Int64(Rounding.halfAwayFromZero.divide(nano, by: unit)), scale: places, minimumPlaces: places)
    }
    private func year(_ profile: LoadProfile, _ year: Int = 2025) -> Int128 {
        profile.dayWeights(period: .year(year)).values.reduce(0) { $0 + Int128($1) }
    }

    @Test(arguments: [
        (1, "1.2420"), (32, "1.2454"), (91, "1.0640"), (172, "0.8096"), (183, "0.7949"), (244, "0.8321"), (305, "1.0372"), (365, "1.2572"),
        (366, "1.2597"),
    ])
    func `the season has the factors of the reference`(day: Int, expected: String) {
        let rounded = Rounding.halfAwayFromZero.divide(Int128(Dynamisation.factor(dayOfYear: day)), by: 100_000_000)
        #expect(DecimalText.format(Int64(rounded), scale: 4, minimumPlaces: 4) == expected)
    }
    @Test func `2025 has 250 workdays, 54 Saturdays and 61 Sundays and holidays`() {
        let kinds = DayRange.year(2025).days.map { nationwide.loadWeekday($0) }
        #expect(kinds.count { $0 < 6 } == 250 && kinds.count { $0 == 6 } == 54 && kinds.count { $0 == 7 } == 61)
    }
    @Test(arguments: [
        (LoadProfile.Name.h0, Day(2025, 1, 8), "2.555925"), (.h0, Day(2025, 7, 6), "2.854000"), (.h0, Day(2025, 4, 12), "3.013725"),
        (.g0, Day(2025, 1, 8), "3.206800"), (.l0, Day(2025, 7, 8), "2.496300"), (.h25, Day(2025, 1, 8), "2.476450"),
    ])
    func `a day has the energy of the reference`(name: LoadProfile.Name, day: Day, expected: String) throws {
        let weight = try #require(LoadProfile(name, dynamisation: Dynamisation.none).dayWeight(day))
        #expect(abs(weight - micro(expected) * 1_000) < 5_000)
    }
    @Test(arguments: [
        (LoadProfile.Name.h0, "999.70"), (.g0, "1004.63"), (.g1, "1009.92"), (.g2, "1001.74"), (.g3, "1001.53"), (.g4, "1004.57"),
        (.g5, "1005.26"), (.g6, "997.52"), (.l0, "999.93"), (.l1, "999.91"), (.l2, "999.94"),
    ])
    func `a static year of the set of 1999 has the energy of the reference`(name: LoadProfile.Name, expected: String) {
        #expect(kilowattHours(year(LoadProfile(name, dynamisation: Dynamisation.none)), 2) == expected)
    }
    @Test(arguments: [
        (LoadProfile.Name.h25, "999.9061"), (.p25, "1000.0498"), (.s25, "1000.0668"), (.g25, "1000.3471"), (.l25, "1000.2165"),
    ])
    func `a year of the set of 2025 has the energy of the reference`(name: LoadProfile.Name, expected: String) {
        #expect(kilowattHours(year(LoadProfile(name)), 4) == expected)
    }
    @Test func `a dynamised household uses what the reference says`() {
        #expect(kilowattHours(year(LoadProfile(.h0)), 2) == "998.79" || kilowattHours(year(LoadProfile(.h0)), 2) == "998.80")
        #expect(kilowattHours(year(LoadProfile(.h0), 2024), 2) == "1002.08")
    }
    @Test func `rounding the factors as programs print them moves a year by a thousandth of a percent`() {
        let exact = year(LoadProfile(.h0)), rounded = year(LoadProfile(.h0, dynamisation: .rounded))
        #expect(rounded != exact && (rounded - exact).magnitude * 100_000 < exact.magnitude)
    }
    @Test func `every profile has a value for each slot of each kind of day`() {
        for name in LoadProfile.Name.allCases {
            for month in 1...12 {
                for day in 1...7 {
                    let slots = LoadProfile(name).slotWeights(of: Day(2026, month, day), resolution: .quarterHour, time: .berlin) ?? []
                    #expect(slots.count == 96 && slots.allSatisfy { $0 > 0 })
                }
            }
        }
    }

    // Billing 4.2: H0, 2026, 3500 kWh, no holidays: 1726.594 kWh up to 30 June. It is the static table that gives this number.
    @Test func `the first half of a static year without holidays has 49,33 percent`() throws {
        let profile = LoadProfile(.h0, holidays: nil, dynamisation: Dynamisation.none)
        let half = DayRange(from: Day(2026, 1, 1), until: Day(2026, 7, 1))
        #expect(profile.share(of: half, in: .year(2026)) == Ratio("0.493313"))
        #expect(LoadProfile(.h0, dynamisation: Dynamisation.none).share(of: half, in: .year(2026)) == Ratio("0.493378"))
        // As BDEW prescribes it for households, with the season: more in winter, hence more before July.
        #expect(LoadProfile(.h0, holidays: nil).share(of: half, in: .year(2026)) == Ratio("0.517159"))
    }
    @Test func `an advance is divided at a price change by the profile`() throws {
        let usage = UsageInput(
            meters: [
                MeterUsage(
                    installation: DayRange(from: Day(2020, 1, 1)), register: register(),
                    readings: [reading(Day(2026, 1, 1), "1000"), reading(Day(2027, 1, 1), "4500")])
            ], profile: LoadProfile(.h0, holidays: nil, dynamisation: Dynamisation.none).dayWeights(period: .year(2026)))
        let pieces = try Usage.pieces(usage, period: .year(2026), cuts: [Day(2026, 7, 1)]).pieces
        #expect(pieces.map(\.quantity.micro) == [1_726_594_389, 3_500_000_000 - 1_726_594_389])
        #expect(pieces.map(\.division) == [.profile, .profile])
    }

    @Test func `totals that many points share divide as the weights they come from`() throws {
        let span = DayRange(from: Day(2025, 6, 1), until: Day(2027, 6, 1))
        let weights = LoadProfile(.h25).dayWeights(period: span)
        let meters = [
            MeterUsage(
                installation: DayRange(from: Day(2020, 1, 1)), register: register(),
                readings: [reading(Day(2025, 12, 20), "1000"), reading(Day(2027, 1, 7), "4500")])
        ]
        let cuts = (2...12).map { Day(2026, $0, 1) }
        let alone = try Usage.pieces(UsageInput(meters: meters, profile: weights), period: .year(2026), cuts: cuts)
        let shared = try Usage.pieces(
            UsageInput(meters: meters, totals: ProfileTotals(weights, over: span)), period: .year(2026), cuts: cuts)
        #expect(alone.pieces == shared.pieces && alone.pieces.allSatisfy { $0.division == .profile })
        #expect(ProfileTotals(weights, over: span) == ProfileTotals(weights, over: span))
        #expect(ProfileTotals(weights, over: DayRange(from: Day(2026, 1, 1))) == nil)
        // Too short a range is no profile.
        let short = ProfileTotals(weights, over: .year(2026))
        #expect(
            try Usage.pieces(UsageInput(meters: meters, totals: short), period: .year(2026), cuts: cuts).pieces[0].division == .dayLinear)
    }

    @Test(arguments: [
        (Day(2026, 3, 29), Resolution.quarterHour, 92), (Day(2026, 10, 25), .quarterHour, 100), (Day(2026, 7, 1), .quarterHour, 96),
        (Day(2026, 10, 25), .hour, 25), (Day(2026, 3, 29), .halfHour, 46), (Day(2026, 7, 1), .day, 1), (Day(2026, 7, 1), .minute, 1_440),
    ])
    func `a local day has as many weights as slots`(day: Day, resolution: Resolution, count: Int) throws {
        let weights = try #require(LoadProfile(.h0).slotWeights(of: day, resolution: resolution, time: .berlin))
        #expect(weights.count == count)
    }
    @Test func `both passes of the October hour weigh the same, and nothing shifts behind them`() throws {
        let long = try #require(LoadProfile(.h0).slotWeights(of: Day(2026, 10, 25), resolution: .quarterHour, time: .berlin))
        let short = try #require(LoadProfile(.h0).slotWeights(of: Day(2026, 3, 29), resolution: .quarterHour, time: .berlin))
        let usual = try #require(LoadProfile(.h0).slotWeights(of: Day(2026, 10, 18), resolution: .quarterHour, time: .berlin))
        #expect(long[8..<12] == long[12..<16])
        #expect(long.count == usual.count + 4 && short.count == usual.count - 4)
        // The evening peak of a Sunday stands at the same wall clock.
        let peak = usual.firstIndex(of: usual.max() ?? 0)
        #expect(long.firstIndex(of: long.max() ?? 0) == peak.map { $0 + 4 })
    }
    @Test func `slots of an ordinary day add up to the day, whatever the raster`() throws {
        for name in LoadProfile.Name.allCases {
            let profile = LoadProfile(name)
            let day = try #require(profile.dayWeight(Day(2026, 2, 11)))
            for resolution in [Resolution.quarterHour, .halfHour, .hour, .seconds(1_200), .seconds(2_400), .seconds(600)] {
                let slots = try #require(profile.slotWeights(of: Day(2026, 2, 11), resolution: resolution, time: .berlin))
                #expect((slots.reduce(0, +) - day).magnitude <= 144)
            }
        }
    }
    @Test func `a customer without a profile of its own gets the usual one`() {
        #expect(ProfileChoice.usual(for: .electricity, of: .household)?.label == "H0")
        #expect(ProfileChoice.usual(for: .electricity, of: .industrial)?.label == "G0")
        #expect(ProfileChoice.usual(for: .gas, of: .household)?.label == "Gradtagszahlen nach VDI 2067")
        #expect(
            ProfileChoice.usual(for: .gas, of: .household, temperatures: [Day(2026, 1, 1): Temperature(tenThousandths: 0)])?.label
                == "HEF (Variante 34)")
        #expect(ProfileChoice.usual(for: .water, of: .household) == nil)
        #expect(ProfileChoice.named("h25")?.label == "H25" && ProfileChoice.named("GTZ") is DegreeDays && ProfileChoice.named("X9") == nil)
        #expect(ProfileChoice.named("HMF33", temperatures: [Day(2026, 1, 1): Temperature(tenThousandths: 0)])?.label == "HMF (Variante 33)")
        #expect(ProfileChoice.named("HEF") == nil)
    }
}
