import CoreKit
import Metering
import Testing
import VEE
import Values

@Suite struct `Rules about devices, deliveries and flows` {
    private let day = Day(2026, 2, 3)
    private let water = register(
        id: 5, obis: "8-0:1.0.0", unit: .cubicMetre, digits: 5, decimals: 3, capacity: Measure(micro: 4_000_000, unit: .cubicMetrePerHour))
    private func waterChannel(_ resolution: Resolution = .quarterHour) -> Register {
        register(
            id: 6, obis: "8-0:1.29.0", unit: .cubicMetre, resolution: resolution, decimals: 3,
            capacity: Measure(micro: 4_000_000, unit: .cubicMetrePerHour))
    }

    // C6
    @Test func `the factor of a message is that of the master data`() {
        let subject = NamedFactor(register: register(factor: "40"), at: midnight(day), factor: Ratio("40") ?? .one)
        #expect(Rules.multiplier.findings(on: subject).isEmpty)
        let wrong = Rules.multiplier.findings(on: NamedFactor(register: register(factor: "40"), at: midnight(day), factor: .one))
        #expect(wrong.map(\.severity) == [.failure] && wrong[0].inputs.contains(.init("correction reason", "ZA3")))
        #expect(wrong[0].explanation.hasSuffix("„Falscher Wandlerfaktor“ (ZA3)."))
    }

    // C7: reading, band → suggestions, best first; register of 6 digits and one decimal.
    @Test(arguments: [
        ("4800", "4700", "4900", ""), ("8400", "4700", "4900", "4800"), ("48000", "4700", "4900", "4800"), ("480", "4700", "4900", "4800"),
        ("4870.5", "4700", "4900", ""), ("7840.5", "4700", "4900", "4870.5"), ("9999", "4700", "4900", ""), ("1234", "1200", "1240", ""),
        ("1324", "1200", "1240", "1234"),
    ])
    func `a slip of the pen is suggested, never corrected`(shown: String, low: String, high: String, expected: String) throws {
        let subject = ExpectedReading(register: register(), reading: reading(day, shown), expected: micro(low)...micro(high))
        let findings = Rules.misread.findings(on: subject)
        #expect(findings.count == (expected.isEmpty ? 0 : 1) && findings.allSatisfy { $0.severity == .warning })
        if !expected.isEmpty { #expect(subject.suggestions.first == micro(expected)) }
    }
    @Test(arguments: 0..<200) func `a seeded slip is found again`(seed: Int) {
        var numbers = Seeded(seed)
        let truth = Int64.random(in: 100_000...999_999, using: &numbers) * 100_000
        var digits = Array(String(truth / 100_000))
        let first = Int.random(in: 0..<digits.count - 1, using: &numbers)
        digits.swapAt(first, first + 1)
        let slipped = (Int64(String(digits)) ?? 0) * 100_000
        let band = truth - 2_000_000...truth + 2_000_000
        guard !band.contains(slipped) else { return }
        let subject = ExpectedReading(register: register(), reading: RegisterReading(at: midnight(day), micro: slipped), expected: band)
        #expect(subject.suggestions.contains(truth) && subject.suggestions.allSatisfy { band.contains($0) })
    }
    @Test func `extreme readings have no suggestion and no trap`() {
        let subject = ExpectedReading(
            register: register(digits: nil), reading: RegisterReading(at: midnight(day), micro: 9_223_372_036_854_700_000), expected: 0...1)
        #expect(subject.suggestions.isEmpty)
        let negative = ExpectedReading(
            register: register(), reading: RegisterReading(at: midnight(day), micro: .min), expected: Int64.min...Int64.max)
        #expect(negative.suggestions.isEmpty)
    }

    // D1
    @Test func `a device delivers all of its registers or none`() throws {
        let registers = [register(id: 1), register(id: 2, obis: "1-0:1.8.1"), register(id: 3, obis: "1-0:1.8.2")]
        func hits(_ present: Set<Int64>) -> [Finding] {
            let subject = DeviceCoverage(
                registers: registers, present: Set(present.map { Identifier<Register>($0) }), from: midnight(day),
                until: midnight(day.adding(days: 1)))
            return subject.map { Rules.siblings.findings(on: $0) } ?? []
        }
        #expect(hits([1, 2, 3]).isEmpty && hits([]).isEmpty)
        #expect(hits([1, 3]).first?.inputs.contains(.init("missing", "1-0:1.8.1")) == true)
        #expect(DeviceCoverage(registers: [], present: [], from: midnight(day), until: midnight(day)) == nil)
    }

    // D2
    @Test(arguments: [("m e e e", 7, 0), ("m e e e e", 7, 1), ("m e e", 31, 1), ("e e m", 31, 0), ("m e e", 30, 0), ("m", 9, 0)])
    func `three estimates in a row are enough, and sixty days`(states: String, apart: Int, hits: Int) {
        let readings = states.split(separator: " ").enumerated().map { index, state in
            reading(day.adding(days: index * apart), "\(index)", state == "e" ? .estimated : .measured)
        }
        let streak = EstimationStreak(register: register(), readings: readings)
        #expect((streak.map { Rules.prolongedEstimation.findings(on: $0).count } ?? 0) == hits)
    }

    // D3
    @Test(arguments: [(36, 0), (37, 1)]) func `silence begins after 36 hours`(hours: Int64, hits: Int) {
        let now = midnight(day)
        let state = DeliveryState(register: channel(), last: now.adding(seconds: -hours * 3_600), now: now)
        #expect(Rules.silence.findings(on: state).count == hits)
    }
    @Test(arguments: [(95, 0), (94, 1), (0, 1)]) func `of what is due ninety-five of a hundred come`(received: Int, hits: Int) {
        let now = midnight(day)
        let state = DeliveryState(
            register: channel(), last: now, now: now, coverage: .init(from: now.adding(seconds: -86_400), received: received, expected: 100)
        )
        #expect(Rules.silence.findings(on: state).count == hits)
    }
    @Test func `a channel that never delivered is silent since it should have begun`() {
        let now = midnight(day)
        let state = DeliveryState(
            register: channel(), last: nil, now: now, coverage: .init(from: now.adding(seconds: -400_000), received: 0, expected: 400))
        #expect(Rules.silence.findings(on: state).first?.explanation.contains("Noch nie ein Wert") == true)
        #expect(Rules.silence.findings(on: DeliveryState(register: channel(), last: nil, now: now)).isEmpty)
    }

    // E1: least digit 0.001 m³.
    @Test(arguments: [
        ("2 2 2", 1), ("2 2", 0), ("2 1 2 2", 0), ("2 0 2 2 2", 1), ("2 - 2 2", 0), ("0 0 0 0", 0), ("9 9 9 0", 1),
    ])
    func `water that never rests for three days is a leak`(litres: String, hits: Int) {
        let minima = litres.split(separator: " ").enumerated().map { index, text in
            DailyMinima.Minimum(day.adding(days: index), micro: Int64(String(text)).map { $0 * 1_000 })
        }
        #expect(Rules.leak.findings(on: DailyMinima(register: waterChannel(), days: minima)).count == hits)
        #expect(Rules.leak.findings(on: DailyMinima(register: waterChannel(), days: minima, alarms: [.leak])).count == 1)
        #expect(
            Rules.leak.findings(on: DailyMinima(register: waterChannel(), days: minima), parameters: .defaults(for: .electricity)).isEmpty)
    }
    @Test func `days that do not follow each other are no leak`() {
        let minima = [0, 1, 3].map { DailyMinima.Minimum(day.adding(days: $0), micro: 9_000) }
        #expect(Rules.leak.findings(on: DailyMinima(register: waterChannel(), days: minima)).isEmpty)
    }

    @Test func `heat that flows all winter is no leak, and energy has no burst`() {
        #expect(
            ValidationParameters.defaults(for: .heat).leakLeastDigits == nil
                && ValidationParameters.defaults(for: .water).leakLeastDigits == 1)
        func rules(_ unit: UnitCode, _ obis: String) -> [String] {
            let heat = Register(
                id: Identifier(1), meter: Identifier(1), serial: "H", obis: ObisCode(obis) ?? ObisCode(6, 0, 1, 29, 0), unit: unit,
                resolution: .hour, parameters: Timeline(constant: .init(decimals: 3)), commodity: .heat,
                installations: waterChannel().installations, capacity: nil)
            let piece = IntervalPiece(
                register: heat, day: day, firstSlot: 0, values: [-1_000, 5_000], statuses: [1, 1], now: midnight(day.adding(days: 1)))
            return Validation.check(piece).findings.map(\.rule)
        }
        #expect(!rules(.kilowattHour, "6-0:1.29.0").contains("backflow") && rules(.cubicMetre, "6-0:2.29.0").contains("backflow"))
    }

    // E2: Q3 = 4 m³/h, 80 % of it 0.8 m³ a quarter.
    private func flow(_ text: String, alarms: Set<DeviceAlarm> = []) -> FlowObservation {
        let values = text.split(separator: " ").map { micro(String($0)) }
        return FlowObservation(
            piece: IntervalPiece(
                register: waterChannel(), day: day, firstSlot: 0, values: values[...],
                statuses: Array(repeating: 1, count: values.count)[...],
                now: midnight(day.adding(days: 1))), alarms: alarms)
    }
    @Test(arguments: [("0.9 0.9 0.1", 0), ("0.9 0.9 0.9 0.1", 1), ("0.8 0.8 0.8 0.8", 0), ("0.9 0.9 0.1 0.9 0.9", 0)])
    func `a burst flows for more than half an hour`(values: String, hits: Int) {
        #expect(Rules.burst.findings(on: flow(values)).count == hits)
    }
    @Test func `a meter's own alarms count, once`() {
        #expect(Rules.burst.findings(on: flow("0.1", alarms: [.burst])).count == 1)
        #expect(Rules.burst.findings(on: flow("0.9 0.9 0.9", alarms: [.burst])).count == 1)
        #expect(Rules.backflow.findings(on: flow("0.1 -0.2 -0.3 0.1")).map(\.severity) == [.event])
        #expect(
            Rules.backflow.findings(on: flow("0.1", alarms: [.dry, .reversed])).first?.explanation.contains("trocken gelaufen") == true)
        #expect(Rules.backflow.findings(on: flow("0.1")).isEmpty)
    }

    // E3: 10 m³ × 1.163 × 40 K = 465.2 kWh; 5 % of E.
    @Test(arguments: [("465.2", 0), ("489.6", 0), ("489.7", 1), ("443.1", 0), ("443", 1)])
    func `heat is volume times temperatures`(energy: String, hits: Int) {
        func made(_ register: Register, _ energy: Int64) -> HeatMeasurement {
            HeatMeasurement(
                register: register, from: midnight(day), until: midnight(day.adding(days: 1)), energy: energy, volume: 10_000_000,
                flow: Temperature(tenThousandths: 700_000), back: Temperature(tenThousandths: 300_000))
        }
        let subject = made(register(obis: "6-0:1.0.0"), micro(energy))
        #expect(subject.calculated == 465_200_000 && Rules.heatBalance.findings(on: subject).count == hits)
        #expect(Rules.heatBalance.findings(on: made(register(obis: "6-0:1.0.0", unit: .megawattHour), micro(energy) / 1_000)).count == hits)
    }

    // E4: 1000 m³ × 0.95 = 950; 0.5 % of Vn.
    @Test(arguments: [("950", 0), ("954.7", 0), ("954.8", 1), ("945.2", 1)])
    func `meter and corrector run together`(normal: String, hits: Int) {
        let subject = CorrectorPair(
            register: register(obis: "7-0:13.2.0", unit: .cubicMetre), from: midnight(day), until: midnight(day.adding(days: 1)),
            operating: micro("1000"), normal: micro(normal), conversion: Ratio("0.95") ?? .one)
        #expect(Rules.gasSynchrony.findings(on: subject).count == hits)
    }

    @Test func `thresholds belong to a commodity, a class and a day`() {
        let book = ThresholdBook<ValidationParameters>([
            .init(.init(.water, .household), valid: DayRange(from: Day(2026, 7, 1)), values: ["ceilingPercent": "100"])
        ])
        #expect(book[.init(.water, .household), Day(2026, 6, 30)].ceilingPercent == 110)
        #expect(book[.init(.water, .household), Day(2026, 7, 1)].ceilingPercent == 100)
        #expect(book[.init(.water, .commercial), Day(2026, 7, 1)].ceilingPercent == 110)
        #expect(ThresholdKey.all.count == 12 && book[.init(.electricity, .industrial), day].spikePercent == 180)
        #expect(book[.init(.electricity, .household), day].spikePercent == nil)
    }
    @Test func `a finding says what to do`() {
        let named: [RuleText] = RuleCatalog.all.filter { ["A4", "A8", "B3", "B8", "C7", "D2", "E1", "E4"].contains($0.reference) }
        #expect(named.count == 8 && named.allSatisfy { $0.action.count > 10 })
    }
}

@Suite struct `Water above its size` {
    private static let meter = Register(
        id: Identifier(6), meter: Identifier(1), serial: "W", obis: ObisCode(8, 0, 1, 29, 0), unit: .cubicMetre, resolution: .hour,
        parameters: Timeline(constant: .init(digits: 5, decimals: 3)), commodity: .water,
        installations: (try? Timeline([.init(DayRange(from: Day(2020, 1, 1)), point)])) ?? Timeline(),
        capacity: Measure(micro: 2_500_000, unit: .cubicMetrePerHour))

    /// 1.1 × Q4 = 1.1 × 1.25 × 2.5 m³/h: what bursts is real water; what no pipe of this size carries is not.
    @Test(arguments: [(3_000_000, ["burst"]), (3_400_000, ["burst"]), (3_600_000, ["physical-ceiling", "burst"])] as [(Int64, [String])])
    func `is a burst until not even Q4 explains it`(value: Int64, rules: [String]) {
        let values = Array(repeating: value, count: 6)
        let piece = IntervalPiece(
            register: Self.meter, day: Day(2026, 3, 2), firstSlot: 0, values: values[...],
            statuses: Array(repeating: ValueStatus.measured.rawValue, count: 6)[...], now: midnight(Day(2026, 3, 3)))
        #expect(Validation.check(piece).findings.map(\.rule) == rules)
    }
}
