import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import VEE
import Values

private typealias F = MeteringFixture
private let day = Day(2026, 1, 5)
private func slot(_ number: Int, _ day: Day = day) -> String {
    LocalTime.berlin.text(LocalTime.berlin.start(of: day).adding(seconds: Int64(number) * 900))
}

@Suite(.database) struct `Estimating in the ingest` {
    @Test func `a short gap is bridged before the answer`() async throws {
        let fixture = try await F()
        let receipt = try await fixture.send("m", intervals: [F.intervals(["2.0", nil, nil, "5.0"], from: slot(0))])
        #expect(receipt.counts == [2, 0, 0, 0])
        #expect(try await fixture.table() == ["measured 2", "estimated 3", "estimated 4", "measured 5"])
        #expect(try await fixture.rules() == ["gap"])
    }

    @Test func `a gap at the end waits for what follows`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["2.0", nil, nil], from: slot(0))])
        #expect(try await fixture.table() == ["measured 2"])
        try await fixture.send("b", intervals: [F.intervals(["5.0"], from: slot(3))])
        #expect(try await fixture.table() == ["measured 2", "estimated 3", "estimated 4", "measured 5"])
    }

    @Test func `a measured value that comes late takes the estimate's place and is no correction`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["2.0", nil, nil, "5.0"], from: slot(0))])
        let later = F.now.adding(seconds: 60)
        let receipt = try await fixture.send("b", intervals: [F.intervals(["2.2"], from: slot(1))], now: later)
        #expect(receipt.counts == [1, 0, 0, 0])
        // The other half of the gap knows better now.
        #expect(try await fixture.table() == ["measured 2", "measured 2.2", "estimated 3.6", "measured 5"])
        #expect(try await fixture.table(asOf: F.now) == ["measured 2", "estimated 3", "estimated 4", "measured 5"])
        try await fixture.send("c", intervals: [F.intervals(["4.0"], from: slot(2))], now: later.adding(seconds: 60))
        #expect(try await fixture.rules().isEmpty)
    }

    @Test func `quarter hour by quarter hour is a day like any other`() async throws {
        let fixture = try await F()
        for number in 0..<100 { try await fixture.send("m-\(number)", intervals: [F.intervals(["0.\(100 + number)"], from: slot(number))]) }
        let values = try await fixture.values()
        let expected = (0..<100).map { (index: Int) -> Int64 in Int64(100 + index) * 1_000 }
        #expect(values.map(\.micro) == expected)
        #expect(values.allSatisfy { $0.status == .measured })
        #expect(try await fixture.rows("day_block") == 100)
        // Backwards, and with one of them twice: the holes close as they are filled.
        let backwards = try await F(meters: ["BACKWARDS"])
        for number in (0..<20).reversed() where number % 3 != 1 {
            try await backwards.send("b-\(number)", intervals: [F.intervals(["0.5"], from: slot(number), serial: "BACKWARDS")])
        }
        let again = try await backwards.send("again", intervals: [F.intervals(["0.5", "0.5"], from: slot(17), serial: "BACKWARDS")])
        #expect(again.counts == [0, 2, 0, 0])
        let sparse = try await backwards.values(code: F.code).filter { $0.status == .estimated }
        #expect(sparse.count == 6)
    }

    @Test func `pieces around gaps that are sent at once leave no gap`() async throws {
        let fixture = try await F(meters: [F.serial, "OTHER"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in (0..<24).shuffled() {
                for serial in [F.serial, "OTHER"] {
                    group.addTask {
                        try await fixture.send(
                            "\(serial)-\(number)", intervals: [F.intervals(["0.5", "0.5"], from: slot(number * 4), serial: serial)])
                    }
                }
            }
            try await group.waitForAll()
        }
        for code in [F.code, "POINT-1"] {
            let values = try await fixture.values(code: code)
            #expect(values.count == 23 * 4 + 2)
            #expect(values.filter { $0.status == .estimated }.count == 46)
        }
    }

    @Test func `tariff registers that do not add up to the total are found`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "T", "commodity": "electricity", "meters": [{"serial": "TWO", "from": "2025-01-01", "registers": [
              {"obis": "1-0:1.8.0", "unit": "kWh", "decimals": 1}, {"obis": "1-0:1.8.1", "unit": "kWh", "decimals": 1}, {"obis": "1-0:1.8.2", "unit": "kWh", "decimals": 1}]}]}]}
            """#)
        func read(_ total: String, _ high: String, _ low: String, _ day: Day) async throws -> DeliveryReceipt {
            try await fixture.send(
                "m-\(day)",
                registers: zip(["1-0:1.8.0", "1-0:1.8.1", "1-0:1.8.2"], [total, high, low]).map { obis, value in
                    F.reading(value, at: slot(0, day), serial: "TWO", obis: obis)
                })
        }
        #expect(try await read("100.0", "60.0", "40.0", day).findings == 0)
        #expect(try await read("200.0", "120.1", "80.0", day.adding(days: 10)).findings == 0)
        #expect(try await read("300.0", "150.0", "90.0", day.adding(days: 20)).findings == 1)
        #expect(try await fixture.rules() == ["tariff-registers"])
    }

    @Test func `a gap over midnight is one gap`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["1.0"], from: slot(94))])
        try await fixture.send("b", intervals: [F.intervals(["4.0"], from: slot(1, day.adding(days: 1)))])
        #expect(try await fixture.table() == ["measured 1", "estimated 2", "estimated 3", "measured 4"])
    }

    @Test func `a missing day between two registers adds up to what the register counted`() async throws {
        let fixture = try await F()
        // A day of 9.6 kWh, one missing, one of 9.6 kWh; the register counted 29.5.
        let whole = Array(repeating: Optional("0.1"), count: 96)
        try await fixture.send("a", registers: [F.reading("100.0", at: slot(0))], intervals: [F.intervals(whole, from: slot(0))])
        try await fixture.send("b", intervals: [F.intervals(whole, from: slot(0, day.adding(days: 2)))])
        try await fixture.send("c", registers: [F.reading("129.5", at: slot(0, day.adding(days: 3)))])
        let values = try await fixture.values()
        #expect(values.count == 288)
        #expect(values.reduce(0) { $0 + $1.micro } == 29_500_000)
        let estimated = values.filter { $0.status == .estimated }
        #expect(estimated.count == 96)
        #expect(estimated.reduce(0) { $0 + $1.micro } == 10_300_000)
        let summary = try await MeteringSummary(pool: fixture.pool)()
        #expect(summary.lines[.electricity]?.estimated.values.reduce(0, +) == 96)
        #expect(summary.lines[.electricity]?.received == 194)
    }

    @Test func `a channel that disagrees with its register is found, whichever comes last`() async throws {
        let whole = Array(repeating: Optional("0.1"), count: 96)
        let readings = [F.reading("100.0", at: slot(0)), F.reading("120.0", at: slot(0, day.adding(days: 1)))]
        let first = try await F()
        try await first.send("a", intervals: [F.intervals(whole, from: slot(0))])
        try await first.send("b", registers: readings)
        #expect(try await first.rules() == ["register-against-intervals"])
    }

    @Test func `a channel that disagrees with its register is found when the channel comes last`() async throws {
        let whole = Array(repeating: Optional("0.1"), count: 96)
        let readings = [F.reading("100.0", at: slot(0)), F.reading("120.0", at: slot(0, day.adding(days: 1)))]
        let fixture = try await F()
        try await fixture.send("b", registers: readings)
        try await fixture.send("a", intervals: [F.intervals(whole, from: slot(0))])
        #expect(try await fixture.rules() == ["register-against-intervals"])
        // The register was misread; the finding closes itself with the correction.
        try await fixture.send(
            "c", registers: [F.reading("109.6", at: slot(0, day.adding(days: 1)))],
            intervals: [F.intervals(["0.1"], from: slot(0, day.adding(days: 1)))])
    }

    @Test func `a period is estimated on demand, up to its end`() async throws {
        let fixture = try await F()
        try await fixture.send(
            "a", registers: [F.reading("100.0", at: slot(0)), F.reading("109.6", at: slot(0, day.adding(days: 1)))],
            intervals: [F.intervals(Array(repeating: "0.1", count: 48), from: slot(0))])
        let report = try await EstimatePeriod(pool: fixture.pool)(DayRange(from: day, until: day.adding(days: 1)), now: F.now)
        #expect(report.channels == 1)
        let values = try await fixture.values()
        #expect(values.count == 96)
        #expect(values.reduce(0) { $0 + $1.micro } == 9_600_000)
        let again = try await EstimatePeriod(pool: fixture.pool)(DayRange(from: day, until: day.adding(days: 1)), now: F.now)
        #expect(again.estimated == 0)
    }

    @Test func `a period may be estimated by several at once`() async throws {
        let fixture = try await F(meters: (0..<12).map { "M\($0)" }, resolution: "PT1H")
        // A week, and half a day that nothing follows: only who asks for the period gets the rest.
        let hours = Array(repeating: Optional("0.1"), count: 7 * 24 + 12)
        let start = slot(0, day.adding(days: -7))
        for meter in 0..<12 {
            try await fixture.send("m\(meter)", intervals: [F.intervals(hours, from: start, serial: "M\(meter)", resolution: "PT1H")])
        }
        #expect(try await fixture.values().count == hours.count)
        let pool = fixture.pool
        let period = DayRange(from: day, until: day.adding(days: 1))
        let estimated = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 { group.addTask { try await EstimatePeriod(pool: pool)(period, now: F.now).estimated } }
            return try await group.reduce(0, +)
        }
        #expect(estimated == 12 * 12)
        #expect(try await fixture.values().count == 8 * 24)
    }

    @Test(arguments: [("BY", Int64(500_000)), ("SH", 100_000)])
    func `Epiphany is a Sunday where it is a holiday`(state: String, micro: Int64) async throws {
        let fixture = try await F(meters: [])
        try await fixture.load(
            #"{"meteringPoints": [{"code": "P", "commodity": "electricity", "state": "\#(state)", "meters": [{"serial": "M", "from": "2025-01-01", "registers": [{"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT1H"}]}]}]}"#
        )
        let epiphany = Day(2026, 1, 6)
        let items = (-16...16).map { offset in
            let date = epiphany.adding(days: offset)
            let value = HolidayCalendar(code: state).loadWeekday(date) == 7 ? "0.5" : "0.1"
            let hours: [String?] = (0..<24).map { offset == 0 && (9..<15).contains($0) ? nil : value }
            return F.intervals(hours, from: F.start(date), serial: "M", resolution: "PT1H")
        }
        try await fixture.send("m", intervals: items)
        let hole = LocalTime.berlin.start(of: epiphany).adding(seconds: 9 * 3_600)
        let filled = try await fixture.values(F.channel, code: "P").filter { $0.at >= hole && $0.at < hole.adding(seconds: 6 * 3_600) }
        #expect(filled.map(\.micro) == Array(repeating: micro, count: 6))
    }

    @Test func `more registers than are unpacked at once are all compared`() async throws {
        let serials = (0..<205).map { "M\($0)" }
        let fixture = try await F(meters: serials, resolution: "PT1H")
        let whole = Array(repeating: Optional("0.4"), count: 24)
        try await fixture.send("a", intervals: serials.map { F.intervals(whole, from: slot(0), serial: $0, resolution: "PT1H") })
        let ends = serials.flatMap { serial in
            [F.reading("100.0", at: slot(0), serial: serial), F.reading("120.0", at: slot(0, day.adding(days: 1)), serial: serial)]
        }
        #expect(try await fixture.send("b", registers: ends).findings == 205)
        let found = try await fixture.pool.with { connection in
            try connection.one(
                "SELECT count(DISTINCT register_id) FROM finding WHERE rule = 'register-against-intervals' AND state = 'open'",
                as: Int64.self)
        }
        #expect(found == 205)
    }

    /// Five days of quarter hours with holes, and register readings on both ends: one meter gets them in order, the other cut
    /// into messages at random, shuffled, and some of them twice.
    @Test(arguments: 0..<8)
    func `any order, any split, any repetition gives the same current values`(seed: UInt64) async throws {
        var random = SeededNumbers(seed: seed)
        let days = 5
        let holes = [150..<170, 200..<204, 300..<400]
        let values = (0..<days * 96).map { index -> String? in
            holes.contains { $0.contains(index) } ? nil : "0.\(100 + Int.random(in: 0..<300, using: &random))"
        }
        // A tenth of a kilowatt hour is what the register shows; the holes hold 20 kWh more.
        let measured = values.compactMap { $0 }.reduce(Int64(0)) { $0 + (DecimalText.parse($1, scale: 6) ?? 0) }
        let advance = (measured + 20_000_000) / 100_000 * 100_000
        let last = DecimalText.format(1_000_000_000 + advance, scale: 6)
        func readings(_ serial: String) -> [String] {
            [F.reading("1000.0", at: slot(0), serial: serial), F.reading(last, at: slot(0, day.adding(days: days)), serial: serial)]
        }
        let fixture = try await F(meters: [F.serial, "SHUFFLED"])
        try await fixture.send("all", registers: readings(F.serial), intervals: [F.intervals(values, from: slot(0))])

        var parts: [(registers: [String], intervals: [String])] = readings("SHUFFLED").map { ([$0], []) }
        var begin = 0
        while begin < values.count {
            let end = min(values.count, begin + Int.random(in: 1...130, using: &random))
            parts.append(([], [F.intervals(Array(values[begin..<end]), from: slot(begin), serial: "SHUFFLED")]))
            begin = end
        }
        parts += parts.shuffled(using: &random).prefix(3)
        parts.shuffle(using: &random)
        for (index, part) in parts.enumerated() {
            try await fixture.send("m-\(index)", registers: part.registers, intervals: part.intervals)
        }

        let expected = try await fixture.values()
        let result = try await fixture.values(code: "POINT-1")
        #expect(expected.reduce(0) { $0 + $1.micro } == advance)
        #expect(result.map(\.micro) == expected.map(\.micro))
        #expect(result.map(\.status) == expected.map(\.status))
        #expect(result.map(\.method) == expected.map(\.method))
    }
}
