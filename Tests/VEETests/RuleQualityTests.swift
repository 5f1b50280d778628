import CoreKit
import Metering
import Testing
import VEE
import Values

/// Synthetic homes and shops: the shape of a load profile, with noise and with ovens. What the rules do on them is the reason
/// for the defaults, in small what reference 2.7 measured on real ones.
@Suite struct `The quality of rules` {
    private let start = Day(2026, 1, 5)

    /// A day of a customer: profile × noise, at homes an oven of 4 kW now and then.
    private func day(_ day: Day, home: Bool, _ numbers: inout Seeded) -> [Int64] {
        let weights = LoadProfile(home ? .h0 : .g0).slotWeights(of: day, resolution: .quarterHour, time: .berlin) ?? []
        return weights.map { weight in
            let noisy = weight / 1_000 * (home ? 3 : 30) * Int64.random(in: 70...130, using: &numbers) / 100
            return noisy + (home && Int.random(in: 0..<64, using: &numbers) == 0 ? 1_000_000 : 0)
        }
    }
    private func pieces(_ count: Int, home: Bool, _ numbers: inout Seeded) -> [IntervalPiece] {
        (0..<count).map { index in
            let day = start.adding(days: index % 60)
            let values = self.day(day, home: home, &numbers)
            return IntervalPiece(
                register: channel(), day: day, firstSlot: 0, values: values[...], statuses: Array(repeating: 1, count: values.count)[...],
                now: midnight(day.adding(days: 2)))
        }
    }
    private func seeded(_ clean: [IntervalPiece], _ fault: SeededFault, _ numbers: inout Seeded) -> [RuleQuality.Seeded<IntervalPiece>] {
        clean.compactMap { fault.applied(to: $0, at: Int.random(in: 0..<96, using: &numbers)) }
    }

    @Test func `hard rules never cry on clean data and miss nothing`() throws {
        var numbers = Seeded(1)
        let clean = pieces(300, home: true, &numbers)
        let cases: [(Rule<IntervalPiece>, SeededFault)] = [
            (Rules.negative, .negated), (Rules.gap, .missing(3)), (Rules.physicalCeiling, .timesMean(1_000)),
        ]
        for (rule, fault) in cases {
            let quality = RuleQuality.measure(rule, clean: clean, seeded: seeded(clean, fault, &numbers))
            #expect(quality.falseAlarmRate == Ratio(millionths: 0) && quality.recall == .one && quality.precision == .one, "\(quality)")
        }
    }
    @Test func `the spike rule suits shops and not homes`() throws {
        var numbers = Seeded(2)
        let parameters = ValidationParameters.defaults(for: .electricity, of: .commercial)
        func measured(home: Bool) -> RuleQuality {
            let clean = pieces(300, home: home, &numbers)
            return RuleQuality.measure(Rules.spike, clean: clean, seeded: seeded(clean, .timesMean(50), &numbers), parameters: parameters)
        }
        let (shops, homes) = (measured(home: false), measured(home: true))
        #expect(shops.falseAlarmRate == Ratio(millionths: 0) && shops.recall == .one)
        #expect(try #require(homes.falseAlarmRate) > Ratio(millionths: 10_000))
        // Which is why it is off for them.
        let off = RuleQuality.measure(
            Rules.spike, clean: pieces(300, home: true, &numbers), seeded: [], parameters: .defaults(for: .electricity))
        #expect(off.falseAlarms == 0 && off.recall == nil && off.precision == nil)
    }
    @Test func `history tells an outlier better than neighbours do`() throws {
        var numbers = Seeded(3)
        func subject(_ piece: IntervalPiece, _ numbers: inout Seeded) -> LikeDayHistory {
            LikeDayHistory(piece: piece, days: (1...8).map { day(piece.day.adding(days: -7 * $0), home: false, &numbers).map { $0 } })
        }
        let clean = pieces(100, home: false, &numbers)
        var faulty: [RuleQuality.Seeded<LikeDayHistory>] = []
        for fault in seeded(clean, .timesMean(10), &numbers) {
            faulty.append(.init(subject(fault.subject, &numbers), from: fault.from, until: fault.until))
        }
        var histories: [LikeDayHistory] = []
        for piece in clean { histories.append(subject(piece, &numbers)) }
        let quality = RuleQuality.measure(Rules.outlier, clean: histories, seeded: faulty)
        #expect(try #require(quality.falseAlarmRate) < Ratio(millionths: 20_000), "\(quality)")
        #expect(try #require(quality.recall) > Ratio(millionths: 980_000) && quality.precision == .one, "\(quality)")
    }
    @Test func `the sum check needs no threshold to learn`() throws {
        var numbers = Seeded(4)
        var clean: [ChannelSpan] = []
        var faulty: [RuleQuality.Seeded<ChannelSpan>] = []
        for piece in pieces(200, home: true, &numbers) {
            let sum = piece.values.reduce(0, +)
            // Both readings are cut to a tenth.
            let offset = Int64.random(in: 0..<1_000_000, using: &numbers)
            func span(_ intervals: Int64) -> ChannelSpan {
                ChannelSpan(
                    register: register(), channel: channel(),
                    first: RegisterReading(at: midnight(piece.day), micro: 4_711_000_000 + offset / 100_000 * 100_000),
                    second: RegisterReading(
                        at: midnight(piece.day.adding(days: 1)), micro: 4_711_000_000 + (offset + sum) / 100_000 * 100_000),
                    intervals: DaySum(micro: intervals, usable: 96, expected: 96))
            }
            clean.append(span(sum))
            let wrong = span(sum + sum / 4)
            faulty.append(.init(wrong, from: wrong.first.at, until: wrong.second.at))
        }
        let quality = RuleQuality.measure(Rules.registerAgainstIntervals, clean: clean, seeded: faulty)
        #expect(quality.falseAlarms == 0 && quality.recall == .one, "\(quality)")
    }
    @Test func `shares of nothing are nothing, and a fault that changes nothing is none`() {
        let quality = RuleQuality.measure(Rules.negative, clean: [], seeded: [])
        #expect(quality.falseAlarmRate == nil && quality.recall == nil && quality.precision == nil)
        let piece = IntervalPiece(
            register: channel(), day: start, firstSlot: 0, values: [0, .max], statuses: [1, 1], now: midnight(start))
        #expect(SeededFault.negated.applied(to: piece, at: 0) == nil && SeededFault.factor(10).applied(to: piece, at: 1) == nil)
        #expect(
            SeededFault.factor(10).applied(to: piece, at: 7) == nil
                && SeededFault.missing(9).applied(to: piece, at: 1)?.until == midnight(start).adding(seconds: 1_800))
    }
}
