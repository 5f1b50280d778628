import CoreKit
import Metering
import Testing
import VEE
import Values

@Suite struct `Rules about readings` {
    private let day = Day(2026, 1, 1)

    /// previous, reading (e: estimated), next, days between; digits 6, one decimal, 43 kW → rules.
    static let table: [(String?, String, String?, Int, String)] = [
        (nil, "4711.3", nil, 30, ""),
        ("4700", "4711.3", nil, 30, ""),
        ("4700", "4700", nil, 30, ""),
        ("4711.3", "4700", nil, 30, "register-backwards rejected"),
        ("4700", "4711.3", "4705", 30, "register-backwards rejected"),
        ("999990", "15", nil, 1, "rollover"),
        ("e4720", "4711.3", nil, 30, "reading-below-estimate"),
        ("4700", "e4690", nil, 30, "register-backwards rejected"),
        ("100", "47113", nil, 30, "advance-ceiling rejected"),  // one digit too many: 34,056 kWh in 30 days at most
        ("100", "5000", nil, 1, "advance-ceiling rejected"),
        ("100", "1235.2", nil, 1, ""),  // 43 × 1.1 × 24 = 1,135.2
        ("100", "1235.4", nil, 1, ""),  // both readings are rounded
        ("100", "1235.5", nil, 1, "advance-ceiling rejected"),
    ]
    @Test(arguments: table) func `look at both neighbours`(previous: String?, current: String, next: String?, days: Int, expected: String) {
        func made(_ text: String, _ offset: Int) -> RegisterReading {
            text.hasPrefix("e")
                ? reading(day.adding(days: offset), String(text.dropFirst()), .estimated) : reading(day.adding(days: offset), text)
        }
        let verdict = Validation.check(
            ReadingPair(
                register: register(), reading: made(current, days), previous: previous.map { made($0, 0) },
                next: next.map { made($0, 2 * days) },
                now: midnight(day.adding(days: 100))))
        #expect((verdict.findings.map(\.rule) + (verdict.isRejected ? ["rejected"] : [])).joined(separator: " ") == expected)
    }
    @Test func `a checked rollover is marked with its reason`() {
        let pair = ReadingPair(
            register: register(digits: 5), reading: reading(day.adding(days: 1), "12"), previous: reading(day, "99987"),
            now: midnight(day.adding(days: 2)))
        let verdict = Validation.check(pair)
        #expect(verdict.reason == .rollover && verdict.reason.mscons == "Z85")
        #expect(verdict.findings[0].explanation.contains("das sind 25 kWh"))
    }
    @Test func `a fall explains why no rollover could be assumed`() {
        let unknown = ReadingPair(
            register: register(digits: nil), reading: reading(day.adding(days: 1), "1"), previous: reading(day, "5"),
            now: midnight(day.adding(days: 2)))
        #expect(Validation.check(unknown).findings[0].explanation.contains("Stellenzahl"))
        let powerless = ReadingPair(
            register: register(capacity: nil), reading: reading(day.adding(days: 1), "1"), previous: reading(day, "5"),
            now: midnight(day.adding(days: 2)))
        #expect(Validation.check(powerless).findings[0].explanation.contains("Anschlussleistung ist nicht bekannt"))
    }
    @Test func `a reading of tomorrow warns`() {
        let pair = ReadingPair(register: register(), reading: reading(day.adding(days: 1), "12"), previous: nil, now: midnight(day))
        #expect(Validation.check(pair).findings.map(\.rule) == ["future"])
    }
    @Test func `readings at the rim of Int64 do not trap`() {
        let pair = ReadingPair(
            register: register(digits: nil), reading: RegisterReading(at: midnight(day), micro: .max),
            previous: RegisterReading(at: midnight(day.adding(days: -1)), micro: 0),
            next: RegisterReading(at: midnight(day.adding(days: 1)), micro: 0), now: midnight(day))
        #expect(Validation.check(pair).isRejected)
    }

    // C1: reference, dec = 1, m = 1, Σ = 500 kWh: tolerance max(0.2, 0.5) = 0.5 kWh.
    @Test(arguments: [
        ("500", "500", true), ("500", "499.5", true), ("500", "500.5", true), ("500", "499.4", false), ("500", "500.6", false),
        ("50", "50.2", true), ("50", "50.3", false),
    ])
    func `the sum check has the tolerance of the reference`(sum: String, advance: String, holds: Bool) throws {
        let span = ChannelSpan(
            register: register(), channel: channel(), first: reading(day, "1000"),
            second: RegisterReading(at: midnight(Day(2026, 2, 1)), micro: micro("1000") + micro(advance)),
            intervals: DaySum(micro: micro(sum), usable: 2_976, expected: 2_976))
        let check = try #require(try SumCheck(span, parameters: .init()))
        #expect(check.tolerance == (sum == "500" ? micro("0.5") : micro("0.2")))
        #expect(check.holds == holds)
        #expect(Validation.check(span).map(\.rule) == (holds ? [] : ["register-against-intervals"]))
    }
    @Test func `the sum check waits until the series is complete`() {
        let span = ChannelSpan(
            register: register(), channel: channel(), first: reading(day, "0"), second: reading(Day(2026, 2, 1), "999"),
            intervals: DaySum(micro: 1, usable: 2_975, expected: 2_976))
        #expect(Validation.check(span).isEmpty)
    }
    @Test func `the sum check knows factors and units`() {
        let span = ChannelSpan(
            register: register(decimals: 0, factor: "40"), channel: channel(unit: .wattHour), first: reading(day, "0"),
            second: reading(Day(2026, 2, 1), "10"),
            intervals: DaySum(micro: micro("400000"), usable: 1, expected: 1))
        #expect(Validation.check(span).isEmpty)
    }

    @Test(arguments: [("60", "40", "100", false), ("60", "40", "100.6", false), ("60", "40", "100.7", true), ("60", "40", "99.3", true)])
    func `high and low tariff add up to the total within two digits each`(high: String, low: String, total: String, isFinding: Bool) {
        let advances = TariffAdvances(
            total: .init(register(), advance: micro(total)),
            parts: [.init(register(obis: "1-0:1.8.1"), advance: micro(high)), .init(register(obis: "1-0:1.8.2"), advance: micro(low))],
            from: midnight(day), until: midnight(Day(2027, 1, 1)))
        #expect(Validation.check(advances).map(\.rule) == (isFinding ? ["tariff-registers"] : []))
    }
    @Test func `an exchange is an event with the numbers of both meters`() {
        let exchange = MeterExchange(
            day: Day(2026, 6, 1),
            removed: .init(register: register("old"), begin: reading(day, "4500"), end: reading(Day(2026, 6, 1), "4620")),
            installed: .init(
                register: register("new", id: 9, meter: 9), begin: reading(Day(2026, 6, 1), "0"), end: reading(Day(2026, 12, 31), "35")))
        let findings = Validation.check(exchange)
        #expect(findings.map(\.severity) == [.event])
        #expect(findings[0].explanation.contains("155 kWh"))
    }
}

@Suite struct `What is admitted` {
    private let now = midnight(Day(2026, 2, 1))

    private func refusal(
        _ value: String, unit: UnitCode = .kilowattHour, at: Instant? = nil, _ counter: Register? = register(), meterIsKnown: Bool = true
    ) -> ItemFault.Code? {
        let item = ReadingBatch.RegisterItem(
            index: 0, meter: 0, unit: unit, status: .measured, obis: ObisCode(1, 0, 1, 8, 0), at: at ?? midnight(Day(2026, 1, 1)),
            micro: micro(value))
        return Admission.refusal(of: item, meterIsKnown: meterIsKnown, register: counter, now: now)?.code
    }
    private func refusal(start: Instant, _ resolution: Resolution = .quarterHour, slots: Int = 4, _ counter: Register? = channel())
        -> ItemFault.Code?
    {
        Admission.refusal(of: item(start: start, resolution, slots: slots), register: counter, now: now)?.code
    }
    private func item(start: Instant, _ resolution: Resolution = .quarterHour, slots: Int) -> ReadingBatch.IntervalItem {
        .init(
            index: 0, meter: 0, unit: .kilowattHour, obis: ObisCode(1, 0, 1, 29, 0), start: start, resolution: resolution, slots: 0..<slots)
    }

    @Test func `a reading passes or is refused for a reason with a name`() {
        #expect(refusal("4711.3") == nil)
        #expect(refusal("4711300", unit: .wattHour) == nil)
        #expect(refusal("1", nil, meterIsKnown: false) == .unknownMeter)
        #expect(refusal("1", nil) == .unknownRegister)
        #expect(refusal("1", unit: .cubicMetre) == .wrongUnit)
        #expect(refusal("-0.1") == .negativeReading)
        #expect(refusal("999999.9") == nil)
        #expect(refusal("1000000") == .tooManyDigits)
        #expect(refusal("4711.35") == .tooManyDigits)
        #expect(refusal("4711.35", register(digits: nil)) == nil)
        #expect(refusal("1", at: now.adding(seconds: 86_400)) == nil)
        #expect(refusal("1", at: now.adding(seconds: 86_401)) == .future)
        #expect(refusal("1", at: midnight(Day(2019, 12, 31))) == .notInstalled)
    }
    @Test func `intervals keep the raster of their channel`() {
        #expect(refusal(start: midnight(Day(2026, 1, 1))) == nil)
        #expect(refusal(start: midnight(Day(2026, 1, 1)).adding(seconds: 60)) == .offRaster)
        #expect(refusal(start: midnight(Day(2026, 1, 1)), .hour) == .badResolution)
        #expect(refusal(start: midnight(Day(2026, 1, 1)), .quarterHour, register()) == .badResolution)
        #expect(refusal(start: midnight(Day(2026, 1, 1)).adding(seconds: 3_600), .day, channel(.day)) == .offRaster)
    }
    @Test func `of a series into the future the part within a day is admitted`() {
        #expect(Admission.admittedSlots(of: item(start: now, slots: 96), now: now) == 96)
        #expect(Admission.admittedSlots(of: item(start: now, slots: 200), now: now) == 96)
        #expect(Admission.admittedSlots(of: item(start: now.adding(seconds: 86_400), slots: 4), now: now) == 0)
        #expect(refusal(start: now.adding(seconds: 86_400)) == .future)
        #expect(Admission.admittedSlots(of: item(start: now, .day, slots: 5), now: now) == 1)
    }

    private func refusal(start: Instant, _ resolution: Resolution, _ counter: Register) -> ItemFault.Code? {
        refusal(start: start, resolution, slots: 4, counter)
    }
}

@Suite struct `The catalogue of rules` {
    @Test func `each rule has one name, a number and two descriptions`() {
        #expect(Set(RuleCatalog.all.map(\.name)).count == RuleCatalog.all.count)
        for rule in RuleCatalog.all {
            #expect(
                rule.reference.wholeMatch(of: /[A-E]([1-9]|10)/) != nil && rule.german.count > 5 && rule.english.count > 5, "\(rule.name)")
        }
    }
    @Test func `every rule that runs is listed`() {
        for text in Validation.intervalRules.map(\.text) + Validation.readingRules.map(\.text) {
            #expect(RuleCatalog.rule(named: text.name) == text)
        }
    }
    @Test func `every rule of the reference is there`() {
        let numbers = [("A", 8), ("B", 10), ("C", 8), ("D", 3), ("E", 4)].flatMap { letter, count in (1...count).map { "\(letter)\($0)" } }
        #expect(Set(RuleCatalog.all.map(\.reference)) == Set(numbers))
    }
    @Test func `methods and reasons keep their numbers and words`() {
        #expect(EstimationMethod.allCases.map(\.rawValue) == Array(0...17))
        #expect(EstimationReason.allCases.map(\.rawValue) == Array(0...35))
        for method in EstimationMethod.allCases { #expect(EstimationMethod(word: method.word) == method) }
        for reason in EstimationReason.allCases { #expect(EstimationReason(word: reason.word) == reason) }
        #expect(
            EstimationMethod.linear.mscons(for: .water) == "Z92" && EstimationMethod.likeDay.mscons(for: .electricity) == "ZJ2"
                && EstimationMethod.linear.nem12 == "17")
    }
}

@Suite struct `Holidays` {
    @Test(arguments: [(1999, 4, 4), (2000, 4, 23), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2038, 4, 25), (2285, 3, 22)])
    func `Easter is when it is`(year: Int, month: Int, day: Int) { #expect(HolidayCalendar.easter(year) == Day(year, month, day)) }

    @Test func `2026 in Schleswig-Holstein has the days of the law`() {
        let calendar = HolidayCalendar(code: "SH")
        let days = DayRange.year(2026).days.filter(calendar.isHoliday).map(\.description)
        #expect(
            days == [
                "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25", "2026-10-03", "2026-10-31",
                "2026-12-25", "2026-12-26",
            ])
    }
    @Test(arguments: [("BY", 2026, 13 - 1), ("SN", 2026, 11), ("BE", 2025, 11), ("HH", 2017, 10), ("HH", 2016, 9), ("XX", 2026, 9)])
    func `each state has its own number`(code: String, year: Int, expected: Int) {
        #expect(DayRange.year(year).days.count { HolidayCalendar(code: code).isHoliday($0) } == expected)
    }
    @Test func `load weekdays of 2025 are those of the profiles`() {
        // Reference 3.1: 250 workdays, 54 Saturdays, 61 Sundays and holidays, nationwide holidays only.
        let weekdays = DayRange.year(2025).days.map { HolidayCalendar(state: nil).loadWeekday($0) }
        #expect(weekdays.count { $0 <= 5 } == 250)
        #expect(weekdays.count { $0 == 6 } == 54)
        #expect(weekdays.count { $0 == 7 } == 61)
    }
}
