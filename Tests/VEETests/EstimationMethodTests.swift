import CoreKit
import Metering
import Testing
import VEE
import Values

@Suite struct `Methods of estimation` {
    private let day = Day(2026, 2, 3)

    // Method 1
    @Test func `a check meter's values are converted by units and factors`() throws {
        let reference = slots([2_000_000, nil, 5_000_000])
        let made = try Estimation.fromCheckMeter(
            reference, of: channel(unit: .kilowattHour, factor: "3"), for: channel(unit: .wattHour, factor: "4"), on: day)
        #expect(made == [1_500_000_000, nil, 3_750_000_000])
        #expect(try Estimation.fromCheckMeter(reference, of: channel(), for: channel(unit: .cubicMetre), on: day) == nil)
    }
    // Method 2
    @Test func `a balance is what came in less what went out`() throws {
        #expect(try Estimation.balance(inflows: [[10, 10, nil, 10]], outflows: [[3, 4, 1, 11], [1, 1, 1, 1]]) == [6, 5, nil, nil])
        #expect(throws: Overflow.self) { try Estimation.balance(inflows: [[.max], [.max]], outflows: []) }
        #expect(try Estimation.balance(inflows: [], outflows: []) == [])
    }
    // Methods 9, 10
    @Test func `a documented shutdown is zero and says why`() {
        let estimate = Estimation.zero(day: day, slots: 8..<20, reason: .vacancy)
        #expect(estimate.values == Array(repeating: 0, count: 12) && estimate.firstSlot == 8)
        #expect(
            estimate.marks.map(\.mark) == [
                Mark(status: .substituted, method: EstimationMethod.zero.rawValue, reason: EstimationReason.vacancy.rawValue)
            ])
        #expect(Estimation.held(42, count: 3) == [42, 42, 42])
    }
    // Methods 5 to 8, as formulas
    @Test func `an advance is divided by weights, a use is carried by temperature, a year by degree days`() throws {
        #expect(try Estimation.divided(100, by: [1, 1, 1]) == [33, 34, 33])
        #expect(try Estimation.divided(9, by: [0, 0, 0]) == [3, 3, 3])
        #expect(try Estimation.temperatureScaled([(use: 300, weight: 10), (use: 100, weight: 10)], weights: [5, 0, 10]) == [100, 0, 200])
        #expect(try Estimation.temperatureScaled([(use: 300, weight: 0)], weights: [5]) == nil)
        #expect(try Estimation.previousYear([100, 50], degreeDays: 300, then: 200) == [150, 75])
        #expect(try Estimation.previousYear([100], degreeDays: 0, then: 0) == [100])
        #expect(try Estimation.previousYear([100], degreeDays: 1, then: 0) == nil)
        #expect(try Estimation.classAverage(annualForecast: 3_500, weights: [10, 20], yearWeight: 1_000) == [35, 70])
    }
    // California VEE, estimated register reads.
    @Test(arguments: [
        ("1000", "118.4", 30, 10, "1", "1039"), ("1000", "118.4", 30, 10, "40", "1000"), ("999990", "365", 365, 20, "1", "10"),
    ])
    func `an estimated reading is cut to whole units`(last: String, use: String, days: Int, ahead: Int, factor: String, expected: String)
        throws
    {
        let parameters = Register.Parameters(digits: 6, decimals: 0, factor: Ratio(factor) ?? .one)
        // 118.4 ÷ 30 = 3.95 a day, × 10 = 39.50.
        #expect(
            try Estimation.reading(after: micro(last), consumption: micro(use), days: days, ahead: ahead, parameters: parameters)
                == micro(expected))
        #expect(try Estimation.reading(after: 0, consumption: 1, days: 0, ahead: 1, parameters: parameters) == nil)
    }

    private func methods(_ result: Estimation.Result) -> Set<EstimationMethod> {
        Set(result.estimates.flatMap(\.marks).compactMap { EstimationMethod(rawValue: $0.mark.method) })
    }
    private func total(_ result: Estimation.Result) -> Int64 { result.estimates.flatMap(\.values).reduce(0, +) }

    @Test func `without history an advance follows the load profile, and adds up`() throws {
        let target = DayRange(from: day, until: day.adding(days: 10))
        var window = EstimationWindow(
            channel: channel(), register: register(), days: [:], readings: [reading(day, "100"), reading(day.adding(days: 10), "199.7")],
            target: target)
        #expect(methods(try Estimation.fill(window)) == [.flat])
        window.aids = EstimationAids(profile: LoadProfile(.h0))
        let result = try Estimation.fill(window)
        #expect(methods(result) == [.loadProfile] && total(result) == micro("99.7") && result.findings.isEmpty)
        let night = result.estimates.first?.values[12] ?? 0, evening = result.estimates.first?.values[76] ?? 0
        #expect(evening > 3 * night && night > 0)
        // Estimating twice changes nothing.
        window.days = applied(result, to: [:])
        #expect(try Estimation.fill(window).estimates.isEmpty)
    }

    private func cold(_ range: DayRange, _ degrees: (Day) -> Int32) -> [Day: Temperature] {
        Dictionary(uniqueKeysWithValues: range.days.map { ($0, Temperature(tenThousandths: degrees($0) * 10_000)) })
    }
    @Test func `a long gap of a gas channel is carried by temperature from both sides`() throws {
        let gas = channel(.hour, obis: "7-0:3.21.0", unit: .cubicMetre, capacity: nil)
        let gap = DayRange(from: day, until: day.adding(days: 10))
        let around = DayRange(from: day.adding(days: -20), until: day.adding(days: 30))
        // Mild before and behind, bitter inside.
        let profile = GasProfile(
            .hef,
            temperatures: cold(DayRange(from: day.adding(days: -30), until: day.adding(days: 40))) { gap.contains($0) ? -10 : 10 },
            holidays: nil)
        var days: [Day: DaySlots] = [:]
        for other in around.days where !gap.contains(other) {
            days[other] = slots((profile.slotWeights(of: other, resolution: .hour, time: .berlin) ?? []).map { $0 / 100 })
        }
        var window = EstimationWindow(channel: gas, days: days, target: gap)
        #expect(methods(try Estimation.fill(window)).isSubset(of: [.likeDay, .previousWeek]))
        window.aids = EstimationAids(profile: profile)
        let result = try Estimation.fill(window)
        #expect(methods(result) == [.temperatureScaled])
        // The customer value is 1/100 of h: the truth is known to the day. When within a day is what like days say.
        for (estimate, other) in zip(result.estimates, gap.days) {
            let truth = (profile.slotWeights(of: other, resolution: .hour, time: .berlin) ?? []).reduce(0) { $0 + $1 / 100 }
            #expect(estimate.day == other && abs(estimate.values.reduce(0, +) - truth) <= 48)
        }
        #expect(result.estimates.flatMap(\.values).count == 240)
        // A day's gap stays with like days.
        window.target = DayRange(from: day, until: day.adding(days: 1))
        for other in gap.days.dropFirst() { window.days[other] = fullDay(other, 5, .hour) }
        #expect(!methods(try Estimation.fill(window)).contains(.temperatureScaled))
    }
    @Test func `whoever asks for a day of a silent meter gets that day and no other`() throws {
        let asked = DayRange(from: day.adding(days: 20), until: day.adding(days: 21))
        var days: [Day: DaySlots] = [:]
        for other in DayRange(from: day, until: day.adding(days: 14)).days { days[other] = fullDay(other, 5, .hour) }
        var window = EstimationWindow(channel: channel(.hour), days: days, target: asked, fillsOpenEnds: true)
        window.known = DayRange(from: day, until: day.adding(days: 40))
        let result = try Estimation.fill(window)
        #expect(result.estimates.map(\.day) == [asked.from] && result.estimates.first?.values.count == 24)
        // Up to the reading that closes it, the rest of the gap belongs to the span.
        window.register = register()
        window.readings = [reading(day, "100"), reading(day.adding(days: 30), "500")]
        let scaled = try Estimation.fill(window)
        #expect(Set(scaled.estimates.map(\.day)) == Set(DayRange(from: day.adding(days: 14), until: day.adding(days: 30)).days))
    }
    @Test func `last year stands in, as much as it was colder or warmer`() throws {
        let target = DayRange(from: day, until: day.adding(days: 2))
        var before: [Day: DaySlots] = [:]
        for other in target.days { before[other.adding(days: -364)] = fullDay(other.adding(days: -364), 1_000, .hour) }
        let degrees = cold(DayRange(from: day.adding(days: -400), until: day.adding(days: 10))) { $0 < day ? 10 : 0 }
        var window = EstimationWindow(channel: channel(.hour), days: [:], target: target, fillsOpenEnds: true)
        window.aids = EstimationAids(previousYear: before)
        #expect(total(try Estimation.fill(window)) == 48_000)
        window.aids.degreeDays = DegreeDays(.hdd15, temperatures: degrees)
        let result = try Estimation.fill(window)
        #expect(methods(result) == [.previousYear] && total(result) == 144_000)  // 15 K against 5 K
        window.aids.degreeDays = DegreeDays(.hdd15, temperatures: [:])
        #expect(try Estimation.fill(window).estimates.isEmpty)
    }
    @Test func `a new point uses what its class does`() throws {
        let target = DayRange(from: day, until: day.adding(days: 1))
        var window = EstimationWindow(channel: channel(), days: [:], target: target, fillsOpenEnds: true)
        let profile = LoadProfile(.h0)
        window.aids = EstimationAids(profile: profile, annualForecast: micro("3500"))
        let result = try Estimation.fill(window)
        let share = try #require(profile.share(of: target, in: .year(2026)))
        #expect(methods(result) == [.classAverage] && abs(total(result) - micro("3500") / 1_000_000 * share.millionths) < 4_000)
        window.aids.annualForecast = nil
        #expect(try Estimation.fill(window).findings.map(\.rule) == ["gap-without-basis"])
    }

    @Test(arguments: 0..<100) func `whatever is missing and whatever helps, slots add up to the advance`(seed: Int) throws {
        var numbers = Seeded(seed)
        let length = Int.random(in: 1...12, using: &numbers)
        let start = [day, Day(2026, 3, 25), Day(2026, 10, 20)][Int.random(in: 0..<3, using: &numbers)]
        let target = DayRange(from: start, until: start.adding(days: length))
        var days: [Day: DaySlots] = [:]
        for other in target.days where Bool.random(using: &numbers) {
            days[other] = slots(
                (0..<Resolution.quarterHour.slots(of: other)).map { _ in Int.random(in: 0..<4, using: &numbers) == 0 ? nil : 20_000 })
        }
        let advance = Int64.random(in: 30...900, using: &numbers) * 1_000_000
        var window = EstimationWindow(
            channel: channel(), register: register(digits: nil),
            days: days,
            readings: [reading(start, "100"), RegisterReading(at: midnight(start.adding(days: length)), micro: 100_000_000 + advance)],
            target: target)
        window.aids = EstimationAids(profile: LoadProfile(LoadProfile.Name.allCases[seed % 16]), annualForecast: micro("4000"))
        let result = try Estimation.fill(window)
        let filled = applied(result, to: days)
        var sum: Int64 = 0
        for other in target.days { sum += try filled[other]?.sum().micro ?? 0 }
        #expect(sum == advance && result.estimates.flatMap(\.values).allSatisfy { $0 >= 0 })
        window.days = filled
        #expect(try Estimation.fill(window).estimates.isEmpty, "estimating twice changes nothing")
    }
}

@Suite struct `Codes of the market` {
    @Test func `every reason of MSCONS has a word of ours, and comes back by its code`() {
        for code in MSCONSCodes.reasons + MSCONSCodes.correctionReasons + MSCONSCodes.substitutionReasons {
            #expect(EstimationReason(mscons: code.code)?.mscons == code.code, "\(code.code)")
        }
        #expect(EstimationReason(mscons: "ZA7") == .corrected && EstimationReason(mscons: "Z00") == nil)
    }
    @Test func `every code a method names is in the guide and fits the commodity`() {
        let codes = Dictionary(uniqueKeysWithValues: MSCONSCodes.methods.map { ($0.code, $0) })
        for method in EstimationMethod.allCases {
            for commodity in [Commodity.electricity, .gas] {
                if let code = method.mscons(for: commodity) {
                    #expect(codes[code]?.applies(to: commodity) == true, "\(method) \(commodity)")
                }
            }
            #expect(method == .none || method.nem12.flatMap { Int($0) }.map { NEM12Codes.methods[$0] != nil } == true)
            #expect(method == .none || method.nem13.flatMap { Int($0) }.map { NEM12Codes.methods[$0] != nil } == true)
        }
        for reason in EstimationReason.allCases { #expect(reason.nem12.map { NEM12Codes.reasons[$0] != nil } ?? true) }
        #expect(NEM12Codes.reasons.count == 80)
    }
    @Test func `codes of a list are different`() {
        for list in [MSCONSCodes.hints, MSCONSCodes.methods, MSCONSCodes.reasons] {
            #expect(Set(list.map(\.code)).count == list.count)
        }
        #expect(MSCONSCodes.hints.contains { $0.code == EstimationMethod.zero.msconsHint })
    }
    @Test func `a status goes out and comes back`() {
        for status in ValueStatus.allCases {
            #expect(MSCONSCodes.status(ofQualifier: MSCONSCodes.qualifier(of: status)) == status)
            #expect(CIMQuality.of(status, method: .none).map { CIMQuality.status(of: $0) } ?? .absent == status)
            let isKnown = status != .rejected
            #expect(NEM12Codes.status(of: NEM12Codes.quality(of: status)) == (isKnown ? status : .absent))
        }
        #expect(
            NEM12Codes.qualityMethod(of: .measured, method: .none) == "A"
                && NEM12Codes.qualityMethod(of: .estimated, method: .likeDay) == "S15")
        #expect(MSCONSCodes.qualifier(of: .estimated, method: .linear) == "67")
        // Between two readings, and of values one of which is an estimate: ours as well, no forecast of a sender's.
        for method in [EstimationMethod.registerInterpolation, .calculated] {
            #expect(MSCONSCodes.qualifier(of: .estimated, method: method) == "67")
            #expect(NEM12Codes.quality(of: .estimated, method: method) == .substitute)
        }
        #expect(NEM12Codes.Quality.final.hasReason && !NEM12Codes.Quality.forwardEstimate.hasReason && !NEM12Codes.Quality.actual.hasMethod)
        #expect(CIMQuality.of(.estimated, method: .linear) == "3.8.0" && CIMQuality.of(.measured, method: .none) == "1.0.0")
        #expect(CIMQuality.of(.absent, method: .none) == nil)
        #expect(MSCONSCodes.checkMeter(calibrated: false) == "Z89" && NEM12Codes.method(17) == .linear && NEM12Codes.method(13) == nil)
    }
    @Test func `the cascade has the order of the reference`() {
        let order = EstimationMethod.allCases.compactMap { method in method.priority.map { ($0, method) } }.sorted { $0.0 < $1.0 }
        #expect(Set(order.map(\.0)) == Set(1...10) && order.first?.1 == .checkMeter && order.last?.1 == .held)
    }
}
