import CoreKit
import Metering
import Testing
import VEE
import Values

@Suite struct `Rules about intervals` {
    private let day = Day(2026, 2, 1)

    private func verdict(
        _ values: String, on day: Day = Day(2026, 2, 1), first: Int = 0, channel counter: Register = channel(), now: Instant? = nil
    ) -> Validation.PieceVerdict {
        let parsed = values.split(separator: " ").map { $0 == "-" ? nil : micro(String($0)) }
        let values = parsed.map { $0 ?? 0 }
        let statuses = parsed.map { ($0 == nil ? ValueStatus.absent : .measured).rawValue }
        return Validation.check(
            IntervalPiece(
                register: counter, day: day, firstSlot: first, values: values[...], statuses: statuses[...],
                now: now ?? midnight(day.adding(days: 2))))
    }

    /// Values (- is a gap) → rules and rejected slots.
    static let table: [(String, String)] = [
        ("0.025 0.031 0.030", ""),
        ("0 0 0", ""),
        ("0.025 - 0.030", "gap:1 rejects nothing"),
        ("- - 0.030 -", "gap:0-1 gap:3 rejects nothing"),
        ("0.025 -0.031 0.030", "negative:1 rejects 1"),
        ("-1 -1 0.030 -2", "negative:0-1 negative:3 rejects 0-1 3"),
        ("0.025 11.825 0.030", ""),  // 43 kW × 1.1 × ¼ h, exactly
        ("0.025 11.825001 0.030", "physical-ceiling:1 rejects 1"),
        ("0.025 120 - -3", "gap:2 negative:3 physical-ceiling:1 rejects 3 1"),
    ]
    @Test(arguments: table) func `name the slots they object to`(values: String, expected: String) {
        let verdict = verdict(values)
        func text(_ range: Range<Int>) -> String {
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound - 1)"
        }
        let start = midnight(day)
        let named = verdict.findings.map { finding in
            let low = Int(start.seconds(until: finding.from) / 900), high = Int(start.seconds(until: finding.until) / 900)
            return "\(finding.rule):\(text(low..<high))"
        }
        let rejected = verdict.rejected.isEmpty ? "nothing" : verdict.rejected.map(text).joined(separator: " ")
        #expect((named.isEmpty ? "" : named.joined(separator: " ") + " rejects " + rejected) == expected)
    }

    @Test func `a finding says where, how much, and what was allowed`() throws {
        let finding = try #require(verdict("0.025 120 0.030", first: 48).findings.first)
        #expect(
            finding.explanation
                == "Zähler A, 1-0:1.29.0: Viertelstundenwert 120 kWh ab 01.02.2026 12:15 übersteigt, was der Anschluss hergibt: "
                + "höchstens 11,825 kWh (110 % von 43 kW). Der Wert wird nicht abgerechnet und ersetzt.")
        #expect(finding.threshold == "≤ 11.825 kWh (110 % × 43 kW)")
        #expect(finding.inputs.contains(.init("value", "120 kWh")) && finding.severity == .failure)
    }
    @Test func `rejected slots count from the begin of the day`() {
        #expect(verdict("0.025 -1", first: 48).rejected == [49..<50])
        #expect(verdict("0.025 -1", first: 48).rejects(49) && !verdict("0.025 -1", first: 48).rejects(48))
    }
    @Test func `a net channel may fall`() {
        #expect(verdict("0.025 -1", channel: channel(obis: "1-0:16.29.0")).findings.isEmpty)
    }
    @Test func `without a capacity there is no ceiling, and a power is none for a volume`() {
        #expect(verdict("99999", channel: channel(capacity: nil)).findings.isEmpty)
        #expect(verdict("99999", channel: channel(unit: .cubicMetre)).findings.isEmpty)
        #expect(
            verdict("1.7", channel: channel(unit: .cubicMetre, capacity: Measure(micro: 6_000_000, unit: .cubicMetrePerHour))).findings.map(
                \.rule) == ["physical-ceiling"])
    }
    @Test func `the ceiling of a day has the hours of the day`() {
        let daily = channel(.day, capacity: Measure(micro: 1_000_000, unit: .kilowatt))
        for (day, most) in [(Day(2026, 3, 29), "25.3"), (Day(2026, 7, 1), "26.4"), (Day(2026, 10, 25), "27.5")] {
            #expect(verdict(most, on: day, channel: daily).findings.isEmpty)
            #expect(verdict(most + "1", on: day, channel: daily).findings.map(\.rule) == ["physical-ceiling"])
        }
    }
    @Test func `a slot ahead of its time warns and stays`() {
        let late = verdict("1 1 1 1", now: midnight(day))
        #expect(late.findings.map(\.rule) == ["future"] && late.findings.map(\.severity) == [.warning] && late.rejected.isEmpty)
        #expect(verdict("1", now: midnight(day)).findings.isEmpty)
    }
    @Test func `times of a long October day are its own`() throws {
        let values = Array(repeating: "0.1", count: 99).joined(separator: " ") + " -5"
        let finding = try #require(verdict(values, on: Day(2026, 10, 25)).findings.first)
        #expect(finding.until == midnight(Day(2026, 10, 26)))
    }
    @Test func `two items of a message with different values for a slot both fall`() {
        func item(_ first: Int, _ values: [Int64]) -> OverlappingItems.Item {
            .init(firstSlot: first, values: values[...], statuses: Array(repeating: 1, count: values.count)[...])
        }
        let same = Validation.check(OverlappingItems(register: channel(), day: day, items: [item(0, [1, 2, 3]), item(2, [3, 4])]))
        #expect(same.findings.isEmpty)
        let clash = Validation.check(OverlappingItems(register: channel(), day: day, items: [item(0, [1, 2, 3]), item(1, [2, 9])]))
        #expect(clash.findings.map(\.rule) == ["overlap"] && clash.rejected == [2..<3])
    }
    @Test(
        arguments: [
            (Commodity.gas, Day(2026, 1, 1), Int32?.some(119_999), 1), (.gas, Day(2026, 1, 1), 120_000, 0), (.gas, Day(2026, 1, 1), nil, 0),
            (.heat, Day(2026, 1, 1), nil, 1), (.heat, Day(2026, 7, 1), nil, 0), (.water, Day(2026, 7, 1), nil, 1),
        ] as [(Commodity, Day, Int32?, Int)])
    func `gas and heat are missed in the cold only`(commodity: Commodity, first: Day, temperature: Int32?, hits: Int) {
        let counter = Register(
            id: Identifier(1), meter: Identifier(1), serial: "G", obis: ObisCode(7, 0, 3, 21, 0), unit: .cubicMetre, resolution: .hour,
            parameters: Timeline(constant: .init(decimals: 3)), commodity: commodity, installations: channel().installations, capacity: nil)
        let days = (0..<10).map { (day: first.adding(days: $0), sum: DaySum(micro: 0, usable: 24, expected: 24)) }
        var means: [Day: Temperature] = [:]
        if let temperature { for day in days { means[day.day] = Temperature(tenThousandths: temperature) } }
        var on = ValidationParameters()
        on.zeroDays = 7
        #expect(Validation.check(DailyUsage(register: counter, days: days, temperatures: means), parameters: on).count == hits)
    }
    @Test func `no consumption for days is off until it is switched on`() {
        let days = (0..<10).map { (Day(2026, 2, 1).adding(days: $0), DaySum(micro: $0 == 7 ? 5 : 0, usable: 96, expected: 96)) }
        let usage = DailyUsage(register: channel(), days: days.map { (day: $0.0, sum: $0.1) })
        #expect(Validation.check(usage).isEmpty)
        var on = ValidationParameters()
        on.zeroDays = 7
        #expect(Validation.check(usage, parameters: on).map(\.rule) == ["zero-consumption"])
        on.zeroDays = 8
        #expect(Validation.check(usage, parameters: on).isEmpty)
    }
}
