import CoreKit
import Metering
import Testing
import Values

@Suite struct `Usage of a period` {
    private let year = DayRange.year(2025)

    private func usage(_ meters: MeterUsage..., profile: [Day: Int64] = [:], cuts: [Day] = [], period: DayRange? = nil) throws -> (
        pieces: [UsagePiece], findings: [Finding]
    ) {
        try Usage.pieces(UsageInput(meters: meters, profile: profile), period: period ?? year, cuts: cuts)
    }
    private func one(_ readings: [RegisterReading], _ counter: Register = register(), channel: Register? = nil, daily: [Day: DaySum] = [:])
        -> MeterUsage
    {
        MeterUsage(
            installation: counter.installations.entries[0].range, register: counter, readings: readings, channel: channel, daily: daily)
    }
    private func table(_ pieces: [UsagePiece]) -> String {
        pieces.map { "\($0.serial) \($0.obis) \($0.range) \($0.quantity) \($0.division.rawValue)" }.joined(separator: "\n")
    }

    @Test func `two readings at the ends are the whole story`() throws {
        let result = try usage(one([reading(Day(2025, 1, 1), "1000"), reading(Day(2026, 1, 1), "4500.5")]))
        #expect(table(result.pieces) == "A 1-0:1.8.0 [2025-01-01, 2026-01-01) 3500.5 kWh measured")
        #expect(result.findings.isEmpty)
        #expect(
            result.pieces[0].begin?.micro == micro("1000") && result.pieces[0].end?.origin == .measured
                && result.pieces[0].end?.version == 1)
    }
    @Test func `a price change is divided day by day, and the parts add up`() throws {
        let result = try usage(one([reading(Day(2025, 1, 1), "0"), reading(Day(2026, 1, 1), "3650")]), cuts: [Day(2025, 7, 1)])
        #expect(
            table(result.pieces) == """
                A 1-0:1.8.0 [2025-01-01, 2025-07-01) 1810 kWh day-linear
                A 1-0:1.8.0 [2025-07-01, 2026-01-01) 1840 kWh day-linear
                """)
        #expect(result.pieces[0].end?.version == nil && result.pieces[0].end?.status == .estimated)
    }
    @Test func `the lengths of clock change days do not bend the division`() throws {
        // 29 to 31 March: the middle day has 23 hours and still weighs one day.
        let result = try usage(
            one([reading(Day(2025, 3, 29), "0"), reading(Day(2025, 4, 1), "3")]), cuts: [Day(2025, 3, 30), Day(2025, 3, 31)],
            period: DayRange(from: Day(2025, 3, 29), until: Day(2025, 4, 1)))
        #expect(result.pieces.map(\.quantity.number) == ["1", "1", "1"])
    }
    @Test func `intervals divide an advance where they are complete`() throws {
        let channel = register(id: 2, obis: "1-0:1.29.0", resolution: .quarterHour)
        let days = DayRange(from: Day(2025, 6, 1), until: Day(2025, 6, 11))
        let daily = Dictionary(
            uniqueKeysWithValues: days.days.map {
                ($0, DaySum(micro: $0 < Day(2025, 6, 6) ? micro("1") : micro("3"), usable: 96, expected: 96))
            })
        let ends = [reading(Day(2025, 6, 1), "100"), reading(Day(2025, 6, 11), "140")]
        let divided = try usage(one(ends, channel: channel, daily: daily), cuts: [Day(2025, 6, 6)], period: days)
        #expect(divided.pieces.map(\.quantity.number) == ["10", "30"])  // 5 : 15, scaled from 20 to the register's 40
        #expect(divided.pieces.map(\.division) == [.intervals, .intervals])
        #expect(
            divided.pieces[0].end?.share
                == IntervalShare(since: ends[0].at, until: ends[1].at, part: micro("5"), whole: micro("20")))
        var holed = daily
        holed[Day(2025, 6, 3)] = DaySum(micro: 0, usable: 95, expected: 96)
        #expect(
            try usage(one(ends, channel: channel, daily: holed), cuts: [Day(2025, 6, 6)], period: days).pieces.map(\.division) == [
                .dayLinear, .dayLinear,
            ])
    }
    @Test func `a profile divides where there are no intervals`() throws {
        let profile = Dictionary(uniqueKeysWithValues: year.days.map { ($0, Int64($0 < Day(2025, 7, 1) ? 2 : 1)) })
        let result = try usage(
            one([reading(Day(2025, 1, 1), "0"), reading(Day(2026, 1, 1), "546")]), profile: profile, cuts: [Day(2025, 7, 1)])
        #expect(result.pieces.map(\.quantity.number) == ["362", "184"])
        #expect(result.pieces.map(\.division) == [.profile, .profile])
    }
    @Test func `each meter of an exchange counts for itself`() throws {
        let change = Day(2025, 6, 1)
        let old = register("old", installed: DayRange(from: Day(2020, 1, 1), until: change))
        let new = register("new", id: 2, meter: 2, installed: DayRange(from: change))
        let result = try usage(
            one([reading(Day(2025, 1, 1), "4500"), reading(change, "4620")], old),
            one([reading(change, "0"), reading(Day(2026, 1, 1), "35")], new))
        #expect(
            table(result.pieces) == """
                old 1-0:1.8.0 [2025-01-01, 2025-06-01) 120 kWh measured
                new 1-0:1.8.0 [2025-06-01, 2026-01-01) 35 kWh measured
                """)
        #expect(result.findings.isEmpty)
    }
    @Test func `a reading of the first and the last day is as good as one of midnight`() throws {
        let change = Day(2025, 6, 1)
        let old = register("old", installed: DayRange(from: Day(2020, 1, 1), until: change))
        let new = register("new", id: 2, meter: 2, installed: DayRange(from: change))
        let taken = RegisterReading(at: midnight(change).adding(seconds: -10 * 3_600), micro: micro("4620"))
        let hung = RegisterReading(at: midnight(change).adding(seconds: 11 * 3_600), micro: micro("7"))
        let result = try usage(one([reading(Day(2025, 1, 1), "4500"), taken], old), one([hung, reading(Day(2026, 1, 1), "35")], new))
        #expect(result.pieces.map(\.quantity.number) == ["120", "28"])
        #expect(result.pieces.map(\.division) == [.measured, .measured])
    }
    @Test(arguments: [Day(2025, 10, 26), Day(2025, 3, 30), Day(2025, 6, 1)])
    func `the last hour of the first day is of that day, however long it is`(change: Day) throws {
        let new = register("new", installed: DayRange(from: change))
        let hung = RegisterReading(at: midnight(change.adding(days: 1)).adding(seconds: -600), micro: micro("7"))
        let result = try usage(one([hung, reading(Day(2026, 1, 1), "35")], new), period: DayRange(from: change, until: Day(2026, 1, 1)))
        #expect(result.pieces.map(\.division) == [.measured])
        // The same from the other side: taken down on the day before the end.
        let old = register("old", installed: DayRange(from: Day(2025, 1, 1), until: change.adding(days: 1)))
        let taken = RegisterReading(at: midnight(change).adding(seconds: 600), micro: micro("4620"))
        let before = try usage(
            one([reading(Day(2025, 1, 1), "4500"), taken], old), period: DayRange(from: Day(2025, 1, 1), until: change.adding(days: 1)))
        #expect(before.pieces.map(\.division) == [.measured])
    }
    @Test func `a rollover is inside a piece and counted`() throws {
        let counter = register(digits: 5, decimals: 0)
        let result = try usage(
            one([reading(Day(2025, 1, 1), "99000"), reading(Day(2026, 1, 1), "2500")], counter), cuts: [Day(2025, 7, 1)])
        #expect(result.pieces.reduce(0) { $0 + $1.quantity.micro } == micro("3500"))
        #expect(result.pieces.map(\.rollovers) == [1, 0])
        for piece in result.pieces {
            let shown = (piece.end?.micro ?? 0) - (piece.begin?.micro ?? 0) + Int64(piece.rollovers) * micro("100000")
            #expect(shown == piece.quantity.micro)
        }
    }
    @Test func `a factor that changes inside is applied to its own days`() throws {
        let parameters = Timeline<Register.Parameters>(steps: [
            (Day(2020, 1, 1), .init(digits: 6, decimals: 1, factor: Ratio("30") ?? .one)),
            (Day(2025, 7, 1), .init(digits: 6, decimals: 1, factor: Ratio("40") ?? .one)),
        ])
        let result = try usage(
            one(
                [reading(Day(2025, 1, 1), "0"), reading(Day(2025, 7, 1), "10"), reading(Day(2026, 1, 1), "30")],
                register(parameters: parameters)))
        #expect(
            table(result.pieces) == """
                A 1-0:1.8.0 [2025-01-01, 2025-07-01) 300 kWh measured
                A 1-0:1.8.0 [2025-07-01, 2026-01-01) 800 kWh measured
                """)
    }
    @Test func `high and low tariff are counted apart`() throws {
        let high = register(obis: "1-0:1.8.1"), low = register(id: 2, obis: "1-0:1.8.2")
        let result = try usage(
            one([reading(Day(2025, 1, 1), "0"), reading(Day(2026, 1, 1), "20")], high),
            one([reading(Day(2025, 1, 1), "0"), reading(Day(2026, 1, 1), "10")], low))
        #expect(result.pieces.map(\.tariffRegister) == [.high, .low])
        #expect(result.pieces.map(\.quantity.number) == ["20", "10"])
    }

    @Test func `the channel of all rates tells on which days a rate was used, and not how much it was`() throws {
        let days = DayRange(from: Day(2025, 6, 1), until: Day(2025, 6, 11))
        func sums(_ before: String, _ after: String) -> [Day: DaySum] {
            Dictionary(
                uniqueKeysWithValues: days.days.map {
                    ($0, DaySum(micro: micro($0 < Day(2025, 6, 6) ? before : after), usable: 24, expected: 24))
                })
        }
        var high = one([reading(Day(2025, 6, 1), "100"), reading(Day(2025, 6, 11), "140")], register(obis: "1-0:1.8.1"))
        high.weights = sums("1", "3")
        var low = one([reading(Day(2025, 6, 1), "7"), reading(Day(2025, 6, 11), "17")], register(id: 2, obis: "1-0:1.8.2"))
        low.weights = sums("0", "2")
        let profile = Dictionary(uniqueKeysWithValues: days.days.map { ($0, Int64(1)) })
        let result = try usage(high, low, profile: profile, cuts: [Day(2025, 6, 6)], period: days)
        #expect(result.pieces.map(\.quantity.number) == ["10", "30", "0", "10"])
        #expect(result.pieces.allSatisfy { $0.division == .intervals })
        // Beyond its readings it says nothing of the quantity.
        high.readings = []
        #expect(try usage(high, period: days).findings.map(\.rule) == ["no-reading"])
    }

    @Test func `a missing end is carried on as the profile goes, unless what was counted is no basis for it`() throws {
        // Half a year at twice the weight of the other.
        let profile = Dictionary(uniqueKeysWithValues: year.days.map { ($0, Int64($0 < Day(2025, 7, 1) ? 2 : 1)) })
        let winter = try usage(one([reading(Day(2025, 1, 1), "0"), reading(Day(2025, 7, 1), "362")]), profile: profile)
        #expect(winter.pieces.map(\.quantity.number) == ["546"])
        #expect(winter.pieces.map(\.division) == [.estimated])
        // The other way round: what was counted has a hundredth of the weight, and the average day takes its place.
        let steep = Dictionary(uniqueKeysWithValues: year.days.map { ($0, Int64($0 < Day(2025, 7, 1) ? 100 : 1)) })
        let summer = try usage(one([reading(Day(2025, 7, 1), "400"), reading(Day(2026, 1, 1), "584")]), profile: steep)
        #expect(summer.pieces.map(\.quantity.number) == ["365"])
    }

    @Test func `no reading at all is a finding, not a trap`() throws {
        let result = try usage(one([]))
        #expect(result.pieces.isEmpty)
        #expect(result.findings.map(\.rule) == ["no-reading"] && result.findings.map(\.severity) == [.failure])
    }
    @Test func `one reading is not enough`() throws {
        #expect(try usage(one([reading(Day(2025, 1, 1), "5")])).findings.map(\.rule) == ["no-reading"])
    }
    @Test func `a missing end is carried on from the average day, and said so`() throws {
        let result = try usage(one([reading(Day(2025, 1, 1), "0"), reading(Day(2025, 12, 2), "3350")]))
        #expect(result.pieces.map(\.quantity.number) == ["3650"])
        #expect(result.pieces.map(\.division) == [.estimated])
        #expect(result.findings.map(\.rule) == ["reading-missing"] && result.findings.map(\.severity) == [.warning])
        // From ten days to a year is no estimate any more.
        #expect(try usage(one([reading(Day(2025, 1, 1), "0"), reading(Day(2025, 1, 11), "100")])).findings.map(\.severity) == [.failure])
    }
    @Test func `an estimated end is cut to what the register can show`() throws {
        let result = try usage(one([reading(Day(2025, 1, 1), "0"), reading(Day(2025, 1, 8), "10")]), period: .month(2025, 1))
        // 10 ÷ 7 × 24 more days = 34.28…, one decimal.
        #expect(result.pieces[0].end?.micro == micro("44.2"))
    }
    @Test func `a missing end is taken from the intervals if they are there`() throws {
        let channel = register(id: 2, obis: "1-0:1.29.0", unit: .wattHour, resolution: .quarterHour)
        let daily = Dictionary(
            uniqueKeysWithValues: DayRange.month(2025, 1).days.map { ($0, DaySum(micro: micro("2500"), usable: 96, expected: 96)) })
        let result = try usage(one([reading(Day(2025, 1, 1), "10")], channel: channel, daily: daily), period: .month(2025, 1))
        #expect(result.pieces.map(\.quantity.description) == ["77.5 kWh"])
        #expect(result.pieces.map(\.division) == [.intervals] && result.findings.isEmpty)
    }
    @Test func `a channel without a register is its own sum`() throws {
        let channel = register(obis: "1-0:1.29.0", resolution: .quarterHour)
        var daily = Dictionary(
            uniqueKeysWithValues: DayRange.month(2025, 3).days.map {
                (
                    $0,
                    DaySum(
                        micro: micro("4.8"), usable: Int32(Resolution.quarterHour.slots(of: $0)),
                        expected: Int32(Resolution.quarterHour.slots(of: $0)))
                )
            })
        let whole = try usage(one([], channel, daily: daily), period: .month(2025, 3))
        #expect(table(whole.pieces) == "A 1-0:1.8.0 [2025-03-01, 2025-04-01) 148.8 kWh intervals")
        daily[Day(2025, 3, 30)] = nil
        let holed = try usage(one([], channel, daily: daily), period: .month(2025, 3))
        #expect(holed.findings.map(\.rule) == ["series-incomplete"])
        #expect(holed.pieces.map(\.quantity.number) == ["144"])
    }
    @Test func `days without a meter are named`() throws {
        let late = register(installed: DayRange(from: Day(2025, 3, 1)))
        let result = try usage(one([reading(Day(2025, 3, 1), "0"), reading(Day(2026, 1, 1), "10")], late))
        #expect(result.findings.map(\.rule) == ["no-meter"])
        #expect(result.findings[0].explanation.contains("01.01.2025 bis zum 28.02.2025"))
        #expect(try usage().findings.map(\.rule) == ["no-meter"])
    }
    @Test func `a reading that falls is left out and reported`() throws {
        let result = try usage(one([reading(Day(2025, 1, 1), "100"), reading(Day(2025, 6, 1), "90"), reading(Day(2026, 1, 1), "200")]))
        #expect(result.pieces.map(\.quantity.number) == ["100"])
        #expect(result.findings.map(\.rule) == ["register-backwards"])
    }
    @Test func `a measurement beats the estimate it undercuts`() throws {
        let result = try usage(
            one([reading(Day(2025, 1, 1), "100"), reading(Day(2025, 12, 1), "300", .estimated), reading(Day(2026, 1, 1), "200")]))
        #expect(result.pieces.map(\.quantity.number) == ["100"])
        #expect(result.findings.map(\.rule) == ["reading-below-estimate"])
    }
    @Test func `a rejected reading is no reading`() throws {
        let result = try usage(
            one([reading(Day(2025, 1, 1), "100"), reading(Day(2025, 6, 1), "900000", .rejected), reading(Day(2026, 1, 1), "200")]))
        #expect(result.pieces.map(\.quantity.number) == ["100"] && result.findings.isEmpty)
    }

    @Test func `channels find the register of their meter`() {
        let registers = [
            register(), register(id: 2, obis: "1-0:1.29.0", resolution: .quarterHour),
            register(id: 3, obis: "1-0:2.29.0", resolution: .quarterHour),
        ]
        let input = UsageInput(
            point: point, registers: registers, readings: [:],
            daily: [Identifier(2): [Day(2025, 1, 1): DaySum(micro: 1, usable: 96, expected: 96)]])
        #expect(input.meters.map(\.register.obis.description) == ["1-0:1.8.0", "1-0:2.29.0"])
        #expect(input.meters[0].channel?.id == Identifier(2) && input.meters[0].daily.count == 1)
    }

    @Test(arguments: 0..<150) func `the pieces add up to the advance, wherever they are cut`(seed: Int) throws {
        var random = Seeded(seed)
        let factor = ["1", "40", "0.9541", "33.333333"].randomElement(using: &random) ?? "1"
        var shown = Int64.random(in: 0...micro("500000"), using: &random)
        var readings: [RegisterReading] = []
        var at = midnight(Day(2024, 12, 1))
        while at < midnight(Day(2026, 2, 1)) {
            readings.append(RegisterReading(at: at, micro: shown))
            shown += Int64.random(in: 0...micro("900"), using: &random)
            at = at.adding(seconds: Int64.random(in: 3_600...120 * 86_400, using: &random))
        }
        readings.append(RegisterReading(at: midnight(Day(2026, 2, 1)), micro: shown))
        let counter = register(digits: nil, factor: factor)
        let cuts = (0..<Int.random(in: 0...40, using: &random)).map { _ in
            Day(2025, 1, 1).adding(days: Int.random(in: 0...365, using: &random))
        }
        let whole = try usage(one(readings.shuffled(using: &random), counter))
        let cut = try usage(one(readings, counter), cuts: cuts)
        #expect(whole.pieces.count == 1)
        #expect(cut.pieces.reduce(0) { $0 + $1.quantity.micro } == whole.pieces[0].quantity.micro)
        #expect(cut.pieces.allSatisfy { $0.quantity.micro >= 0 })
        for (earlier, later) in zip(cut.pieces, cut.pieces.dropFirst()) {
            #expect(earlier.range.until == later.range.from && earlier.end == later.begin)
        }
    }
    @Test func `amounts beyond Int64 throw`() {
        #expect(throws: Overflow.self) {
            try usage(
                one(
                    [
                        RegisterReading(at: midnight(Day(2025, 1, 1)), micro: 0),
                        RegisterReading(at: midnight(Day(2026, 1, 1)), micro: .max),
                    ], register(factor: "40")))
        }
    }

    @Test func `a period without an end is the programmer's mistake`() async {
        await #expect(processExitsWith: .failure) {
            _ = try Usage.pieces(UsageInput(meters: []), period: DayRange(from: Day(2025, 1, 1)), cuts: [])
        }
    }
}
