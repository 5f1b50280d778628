import CoreKit
import Metering
import Testing
import VEE
import Values

@Suite struct `Rules about clocks, spikes and outliers` {
    private let day = Day(2026, 2, 3)

    private func piece(
        _ values: [Int64?], on day: Day, first: Int = 0, channel counter: Register = channel(), now: Instant? = nil
    ) -> IntervalPiece {
        let numbers = values.map { $0 ?? 0 }
        let statuses = values.map { ($0 == nil ? ValueStatus.absent : .measured).rawValue }
        return IntervalPiece(
            register: counter, day: day, firstSlot: first, values: numbers[...], statuses: statuses[...],
            now: now ?? midnight(day.adding(days: 2)))
    }
    private func text(_ findings: [Finding]) -> String { findings.map { "\($0.rule) \($0.severity)" }.joined(separator: ", ") }

    // A4
    @Test(arguments: [(0, ""), (180, ""), (-180, ""), (181, "clock warning"), (-900, "clock warning"), (901, "clock failure")])
    func `a clock may be three minutes off, and within an interval it only warns`(seconds: Int, expected: String) {
        let server = Instant(seconds: 1_770_000_000)
        let reading = ClockReading(register: channel(), device: server.adding(seconds: Int64(seconds)), server: server)
        #expect(text(Rules.clock.findings(on: reading)) == expected)
        let far = ClockReading(register: channel(), device: midnight(Day(9999, 12, 31)), server: midnight(Day(1, 1, 2)))
        #expect(text(Rules.clock.findings(on: far)) == "clock failure")
    }

    // A8: first pass 8…11, second 12…15.
    @Test(arguments: [
        ("both", [Int](), [Range<Int>](), ""), ("second missing", Array(12..<16), [8..<12], "collapsed-hour failure"),
        ("first missing", Array(8..<12), [12..<16], "collapsed-hour failure"), ("one slot missing", [13], [], ""),
        ("both missing", Array(8..<16), [], ""),
    ])
    func `both passes of the October hour are there`(what: String, missing: [Int], rejected: [Range<Int>], expected: String) {
        let values = (0..<100).map { missing.contains($0) ? nil : Int64(30_000) }
        let verdict = Validation.check(piece(values, on: Day(2026, 10, 25)))
        #expect(text(verdict.findings.filter { $0.rule != "gap" }) == expected, "\(what)")
        #expect(verdict.rejected == rejected)
    }
    @Test func `a day of 24 hours where the day has 25 warns once it is over`() {
        let long = Day(2026, 10, 25)
        let values = Array(repeating: Int64?(30_000), count: 96)
        let verdict = Validation.check(piece(values, on: long))
        #expect(text(verdict.findings) == "collapsed-hour warning" && verdict.rejected.isEmpty)
        #expect(Validation.check(piece(values, on: long, now: midnight(long).adding(seconds: 24 * 3_600))).findings.isEmpty)
        #expect(Validation.check(piece(values, on: Day(2026, 10, 18))).findings.isEmpty)
        let hours = channel(.hour)
        #expect(
            text(Validation.check(piece((0..<25).map { $0 == 3 ? nil : 1 }, on: long, channel: hours)).findings.filter { $0.rule != "gap" })
                == "collapsed-hour failure")
    }
    @Test func `a delivery of the first pass alone is no collapse: the second may be on its way`() {
        #expect(Validation.check(piece(Array(repeating: 1, count: 4), on: Day(2026, 10, 25), first: 8)).findings.isEmpty)
    }

    // B4: T = 180 %.
    @Test(arguments: [
        ("10 10 10 10 10 10 10 28", ""), ("10 10 10 10 10 10 10 28.1", "spike:7"), ("10 10 10 10 10 28.1 10 29", "spike:5 spike:7"),
        ("0 0 0 0 0 0 0 9", ""), ("1 1 1 100 1 1 1", ""), ("28 28 28 10 10 10 10 10", ""),
    ])
    func `a spike stands out from the third highest value`(values: String, expected: String) {
        let subject = piece(values.split(separator: " ").map { micro(String($0)) }, on: day, channel: channel(capacity: nil))
        #expect(Validation.check(subject).findings.isEmpty, "off for households")
        let parameters = ValidationParameters.defaults(for: .electricity, of: .commercial)
        let verdict = Validation.check(subject, parameters: parameters)
        let named = verdict.findings.map { "\($0.rule):\(midnight(day).seconds(until: $0.from) / 900)" }.joined(separator: " ")
        #expect(named == expected && verdict.rejected.count == verdict.findings.count)
    }

    // B5
    @Test func `the largest step of a piece is named, with the number of the others`() throws {
        var parameters = ValidationParameters()
        let subject = piece([10, 10, 50, nil, 40, 0, 7, 28, 28], on: day)
        #expect(Rules.step.findings(on: subject, parameters: parameters).isEmpty)
        parameters.stepPercent = 200
        let finding = try #require(Rules.step.findings(on: subject, parameters: parameters).first)
        #expect(finding.from == midnight(day).adding(seconds: 1_800) && finding.inputs.last == .init("steps", "2"))
    }

    // B7
    private func history(_ count: Int, _ values: [Int64]) -> [[Int64?]] { (0..<count).map { _ in values.map { $0 } } }
    @Test(arguments: [
        // Floor: half the day's median of 0.1 → 6 × 1.4826 × 0.05 = 0.44478 around 0.1.
        (8, "0.1", ""), (8, "0.5447", ""), (8, "0.5449", "outlier warning"), (4, "0.5449", "outlier warning"), (3, "99", ""),
        (8, "0", ""),
    ])
    func `an outlier is far from the same slot of like days`(days: Int, value: String, expected: String) {
        let subject = LikeDayHistory(
            piece: piece([100_000, micro(value)], on: day, first: 40), days: history(days, Array(repeating: 100_000, count: 96)))
        #expect(text(Rules.outlier.findings(on: subject)) == expected)
        var off = ValidationParameters()
        off.outlierMultiple = nil
        #expect(Rules.outlier.findings(on: subject, parameters: off).isEmpty)
    }
    @Test func `what varies from week to week is allowed to`() {
        let days: [[Int64?]] = [1, 9, 3, 7, 5, 2, 8, 4].map { Array(repeating: $0 * 1_000_000, count: 96) }
        // Median 4.5, deviations 3.5 4.5 1.5 2.5 0.5 2.5 3.5 0.5 → MAD 2.5; the floor of 0.5 × 4.5 is less: limit 22.239 around 4.5.
        for (value, hits) in [("26.739", 0), ("26.7391", 1)] {
            let subject = LikeDayHistory(piece: piece([micro(value)], on: day, first: 40, channel: channel(capacity: nil)), days: days)
            #expect(Rules.outlier.findings(on: subject).count == hits)
        }
    }
    @Test func `history is of like days, earlier, measured and of the same length`() {
        var folded: [Day: DaySlots] = [:]
        for offset in -60...10 { folded[day.adding(days: offset)] = fullDay(day.adding(days: offset), Int64(offset + 100)) }
        folded[day.adding(days: -7)] = slots(Array(repeating: 5, count: 96), Mark(status: .estimated, method: 1, reason: 1))
        let subject = LikeDayHistory(piece: piece([1], on: day), folded: folded)
        #expect(subject.days.count == 8 && subject.days.allSatisfy { $0.count == 96 })
        // Tuesday: 3 days before is Saturday, 6 days before Wednesday, 5 Thursday; last week's Tuesday is estimated, so it says nothing.
        #expect(subject.days[0][0] == 95 && subject.days[1][0] == 94 && subject.days[2][0] == nil)
    }
    @Test func `numbers at the rim of Int64 do not trap`() {
        let wild = piece([.max, .min, 0, .max, .max, 1, .min, .max, 5], on: day, channel: channel(capacity: nil))
        var parameters = ValidationParameters.defaults(for: .electricity, of: .industrial)
        parameters.stepPercent = 1
        _ = Validation.check(wild, parameters: parameters)
        let days: [[Int64?]] =
            Array(repeating: Array(repeating: .max, count: 96), count: 4) + Array(repeating: Array(repeating: .min, count: 96), count: 4)
        _ = Rules.outlier.findings(on: LikeDayHistory(piece: wild, days: days))
        _ = Rules.historicalPeak.findings(
            on: PeakComparison(register: channel(), at: midnight(day), peak: .max, previousAt: midnight(day), previousPeak: 1))
        _ = Rules.unusualUsage.findings(
            on: PeriodUsage(
                register: register(), current: .init(.year(2026), consumption: .max), previous: .init(.year(2025), consumption: 1)))
        _ = Rules.advanceChange.findings(
            on: ConsecutiveAdvances(
                register: register(), previous: .init(from: midnight(day), until: midnight(Day(9999, 12, 31)), advance: .max),
                current: .init(from: midnight(day), until: midnight(Day(9999, 12, 31)), advance: 1)), parameters: parameters)
    }

    // B8
    private func usage(_ consumption: String, lastYear: String?, previous: String?, weights: (Int64, Int64)? = nil) -> PeriodUsage {
        PeriodUsage(
            register: register(), current: .init(.year(2026), consumption: micro(consumption), weight: weights?.0),
            previous: previous.map { .init(.year(2025), consumption: micro($0), weight: weights?.1) },
            lastYear: lastYear.map { .init(.year(2025), consumption: micro($0), weight: weights?.1) })
    }
    @Test(
        arguments: [
            ("3500", "3500", nil, 0), ("5250", "3500", nil, 0), ("5251", "3500", nil, 1), ("1750", "3500", nil, 0),
            ("1749", "3500", nil, 1),
            ("7000", "3500", "6000", 0), ("7000", "3500", "3000", 1), ("7000", nil, nil, 0), ("7000", "0", nil, 0), ("0", "3500", nil, 1),
        ] as [(String, String?, String?, Int)])
    func `usage is usual if it is like last year or like the period before`(now: String, lastYear: String?, previous: String?, hits: Int) {
        #expect(Rules.unusualUsage.findings(on: usage(now, lastYear: lastYear, previous: previous)).count == hits)
    }
    @Test func `a cold winter explains more heating`() throws {
        #expect(Rules.unusualUsage.findings(on: usage("18000", lastYear: "10000", previous: nil, weights: (4_000, 2_500))).isEmpty)
        let finding = try #require(
            Rules.unusualUsage.findings(on: usage("18000", lastYear: "10000", previous: nil, weights: (2_500, 2_500))).first)
        #expect(finding.inputs.contains(.init("share", "180 %")) && finding.explanation.contains("je Gradtag 180 %"))
    }
    @Test func `bands leave small customers alone`() {
        var parameters = ValidationParameters()
        parameters.usageBands = [
            UsageBand(upToMicroPerDay: micro("1"), lowPercent: 10, highPercent: 400, leastDifferenceMicroPerDay: micro("0.5")), UsageBand(),
        ]
        #expect(Rules.unusualUsage.findings(on: usage("600", lastYear: "200", previous: nil), parameters: parameters).isEmpty)
        #expect(Rules.unusualUsage.findings(on: usage("900", lastYear: "200", previous: nil), parameters: parameters).count == 1)
        #expect(Rules.unusualUsage.findings(on: usage("6000", lastYear: "2000", previous: nil), parameters: parameters).count == 1)
    }

    // B9, B10
    @Test(arguments: [("20", 0), ("20.1", 1)]) func `a peak may double`(peak: String, hits: Int) {
        let subject = PeakComparison(
            register: channel(), at: midnight(day), peak: micro(peak), previousAt: midnight(day.adding(days: -30)),
            previousPeak: micro("10"))
        #expect(Rules.historicalPeak.findings(on: subject).count == hits)
    }
    @Test(arguments: [("100", "100", 0), ("100", "50", 0), ("50", "100", 0), ("50", "100.2", 1), ("0", "100", 0)])
    func `use per day changes between readings by so much of the later`(now: String, before: String, hits: Int) {
        var parameters = ValidationParameters()
        parameters.advanceChangePercent = 100
        let first = midnight(Day(2026, 1, 1)), second = midnight(Day(2026, 1, 11)), third = midnight(Day(2026, 1, 21))
        let subject = ConsecutiveAdvances(
            register: register(), previous: .init(from: first, until: second, advance: micro(before)),
            current: .init(from: second, until: third, advance: micro(now)))
        #expect(Rules.advanceChange.findings(on: subject, parameters: parameters).count == hits)
        #expect(Rules.advanceChange.findings(on: subject).isEmpty, "off without a threshold")
    }

    // B3
    @Test(arguments: [("1", 0), ("1.000001", 1), ("250", 1)]) func `a disconnected point counts nothing`(consumption: String, hits: Int) {
        let subject = InactiveUsage(
            register: register(), state: .disconnected, from: midnight(day), until: midnight(day.adding(days: 30)),
            consumption: micro(consumption))
        #expect(Rules.inactiveUsage.findings(on: subject).count == hits)
    }
}
