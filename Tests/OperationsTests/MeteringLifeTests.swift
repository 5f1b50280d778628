import MasterDataFormat
import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import VEE
import Values

private typealias F = MeteringFixture
private let later = F.now.adding(seconds: 60)
private func micro(_ text: String) -> Int64 { DecimalText.parse(text, scale: 6) ?? .min }
private func kWh(_ text: String, _ obis: ObisCode = F.total) -> DeviceReading { DeviceReading(obis: obis, micro: micro(text)) }
private func act(_ day: Day) -> MeterLife.Act { .init(day: day, author: "Monteur Petersen", reason: "Auftrag 4711") }

@Suite(.database) struct `The life of a meter` {
    private func usage(_ period: DayRange, code: String = F.code) async throws -> (pieces: [UsagePiece], findings: [Finding]) {
        let pool = TestDatabase.current.pool
        let point: Identifier<MeteringPoint> = try await pool.with { try $0.one("SELECT id FROM metering_point WHERE code = \(code)") }
        let inputs = try await LoadUsage(pool: pool)([point], period: period)
        let input = try #require(inputs[point])
        return try Usage.pieces(input, period: period, cuts: [])
    }
    private func consumption(_ period: DayRange, code: String = F.code) async throws -> [String] {
        try await usage(period, code: code).pieces.map { "\($0.serial) \($0.range.from) \($0.quantity.number)" }
    }

    @Test func `a removed meter counts to its final reading`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("100", at: F.start(Day(2026, 1, 1)))])
        try await MeterLife(pool: fixture.pool).remove(F.serial, act(Day(2026, 3, 1)), readings: [kWh("218")], now: later)
        #expect(try await consumption(DayRange(from: Day(2026, 1, 1), until: Day(2026, 3, 1))) == ["1ESY1160123456 2026-01-01 118"])
        let after = try await usage(DayRange(from: Day(2026, 3, 1), until: Day(2026, 4, 1)))
        #expect(after.pieces.isEmpty && after.findings.map(\.rule) == ["no-meter"])
        let events = try await ListDeviceEvents(pool: fixture.pool)(F.code)
        #expect(events.map(\.kind) == [.removal] && events[0].author == "Monteur Petersen")
        await #expect(throws: DeviceRefusal.notInstalled(serial: F.serial, on: Day(2026, 4, 30))) {
            try await MeterLife(pool: fixture.pool).remove(F.serial, act(Day(2026, 5, 1)), readings: [kWh("218")], now: later)
        }
    }

    @Test func `without a final reading it is estimated and said, and a protocol found later takes its place`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("100", at: F.start(Day(2026, 1, 1)))])
        try await fixture.send("b", registers: [F.reading("131", at: F.start(Day(2026, 2, 1)))])
        try await MeterLife(pool: fixture.pool).remove(F.serial, act(Day(2026, 3, 1)), readings: [], now: later)
        // One kilowatt-hour a day, carried on.
        #expect(try await fixture.table(F.total) == ["measured 100", "measured 131", "estimated 159"])
        #expect(try await fixture.rules().contains("reading-estimated"))
        try await fixture.send("late", registers: [F.reading("163.5", at: F.start(Day(2026, 3, 1)))], now: later.adding(seconds: 1))
        #expect(try await consumption(DayRange(from: Day(2026, 1, 1), until: Day(2026, 3, 1))) == ["1ESY1160123456 2026-01-01 63.5"])
    }

    @Test func `a meter that nobody ever read cannot be removed unread`() async throws {
        let fixture = try await F()
        await #expect(throws: DeviceRefusal.missingReading(serial: F.serial, obis: F.total)) {
            try await MeterLife(pool: fixture.pool).remove(F.serial, act(Day(2026, 3, 1)), readings: [], now: later)
        }
        try await fixture.send("a", intervals: [F.intervals(["1"], from: F.start(Day(2026, 3, 5)))])
        await #expect(throws: DeviceRefusal.valuesBehind(serial: F.serial, since: Day(2026, 3, 5))) {
            try await MeterLife(pool: fixture.pool).remove(F.serial, act(Day(2026, 3, 1)), readings: [kWh("10")], now: later)
        }
    }

    @Test func `an exchange without a final reading estimates it`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("4500", at: F.start(Day(2026, 1, 1)))])
        try await fixture.send("b", registers: [F.reading("4531", at: F.start(Day(2026, 2, 1)))])
        let receipt = try await ExchangeMeter(pool: fixture.pool, directory: fixture.directory)(
            .init(
                meteringPoint: F.code, day: Day(2026, 3, 1), oldSerial: F.serial, finalReadings: [], newSerial: "NEW",
                startReadings: [.init(obis: F.total, micro: 0)]), now: later)
        #expect(receipt.accepted == 2)
        try await fixture.send("c", registers: [F.reading("35", at: F.start(Day(2026, 4, 1)), serial: "NEW")], now: later)
        #expect(
            try await consumption(DayRange(from: Day(2026, 1, 1), until: Day(2026, 4, 1)))
                == ["1ESY1160123456 2026-01-01 59", "NEW 2026-03-01 35"])
        #expect(try await fixture.rules().contains("reading-estimated"))
    }

    @Test func `what a channel lacks before its meter was taken down is estimated, because nothing comes behind it`() async throws {
        let fixture = try await F()
        for number in 1...10 {
            let values = Array(repeating: String?.some("0.1"), count: 96)
            try await fixture.send("d\(number)", intervals: [F.intervals(values, from: F.start(Day(2026, 1, number)))])
        }
        #expect(try await fixture.rules().isEmpty)
        _ = try await ExchangeMeter(pool: fixture.pool, directory: fixture.directory)(
            .init(
                meteringPoint: F.code, day: Day(2026, 1, 13), oldSerial: F.serial,
                finalReadings: [.init(obis: F.total, micro: 100_000_000)],
                newSerial: "NEW", startReadings: [.init(obis: F.total, micro: 0)]), now: later)
        let values = try await fixture.values()
        #expect(values.count == 12 * 96 && values.suffix(192).allSatisfy { $0.status == .estimated })
        #expect(try await fixture.rules().contains("gap"))
        // What comes late after all takes its place.
        for number in 11...12 {
            let values = Array(repeating: String?.some("0.1"), count: 96)
            try await fixture.send("d\(number)", intervals: [F.intervals(values, from: F.start(Day(2026, 1, number)))], now: later)
        }
        #expect(try await fixture.values().allSatisfy { $0.status == .measured })
        #expect(try await fixture.rules().contains("gap") == false)
    }

    @Test func `a final reading that comes late replaces the estimated one and closes what was said of it`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("4500", at: F.start(Day(2026, 1, 1)))])
        try await fixture.send("b", registers: [F.reading("4531", at: F.start(Day(2026, 2, 1)))])
        _ = try await ExchangeMeter(pool: fixture.pool, directory: fixture.directory)(
            .init(
                meteringPoint: F.code, day: Day(2026, 3, 1), oldSerial: F.serial, finalReadings: [], newSerial: "NEW",
                startReadings: [.init(obis: F.total, micro: 0)]), now: later)
        #expect(try await fixture.rules().contains("reading-estimated"))
        try await fixture.send("late", registers: [F.reading("4570", at: F.start(Day(2026, 3, 1)))], now: later.adding(seconds: 60))
        #expect(try await fixture.rules().contains("reading-estimated") == false)
        let told = try await ListFindings(pool: fixture.pool)(.init(isOpen: nil, rule: "estimate-replaced")).items
        #expect(told.count == 1)
        #expect(told.first?.finding.explanation.contains("4.570") == true, "\(told.map(\.finding.explanation))")
        #expect(
            try await consumption(DayRange(from: Day(2026, 1, 1), until: Day(2026, 3, 1))) == ["1ESY1160123456 2026-01-01 70"])
    }

    @Test func `an exchange told again does not estimate what was read since`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("4500", at: F.start(Day(2026, 1, 1)))])
        try await fixture.send("b", registers: [F.reading("4531", at: F.start(Day(2026, 2, 1)))])
        let exchange = ExchangeMeter.Request(
            meteringPoint: F.code, day: Day(2026, 3, 1), oldSerial: F.serial, finalReadings: [], newSerial: "NEW",
            startReadings: [.init(obis: F.total, micro: 0)])
        let use = ExchangeMeter(pool: fixture.pool, directory: fixture.directory)
        _ = try await use(exchange, now: later)
        try await fixture.send("c", registers: [F.reading("4562", at: F.start(Day(2026, 3, 1)))], now: later.adding(seconds: 1))
        let again = try await use(exchange, now: later.adding(seconds: 2))
        #expect(again.accepted + again.revised == 0)
        let table = try await fixture.table(F.total)
        #expect(table.contains("measured 4562") && table.allSatisfy { $0.hasPrefix("measured") }, "\(table)")
        #expect(try await ListDeviceEvents(pool: fixture.pool)(F.code).map(\.kind) == [.exchange])
        #expect(try await !fixture.rules().contains("message-id-reused"))
    }

    @Test func `a relocated meter counts for each point its own part`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"{"meteringPoints": [{"code": "ELSEWHERE", "commodity": "electricity"}, {"code": "GAS", "commodity": "gas"}]}"#)
        try await fixture.send("a", registers: [F.reading("100", at: F.start(Day(2026, 1, 1)))])
        let life = MeterLife(pool: fixture.pool)
        await #expect(throws: DeviceRefusal.differentCommodity("GAS")) {
            try await life.relocate(F.serial, to: "GAS", act(Day(2026, 3, 1)), readings: [kWh("218")], now: later)
        }
        try await life.relocate(F.serial, to: "ELSEWHERE", act(Day(2026, 3, 1)), readings: [kWh("218")], now: later)
        try await fixture.send("b", registers: [F.reading("250", at: F.start(Day(2026, 4, 1)))], now: later)
        #expect(try await consumption(DayRange(from: Day(2026, 1, 1), until: Day(2026, 3, 1))) == ["1ESY1160123456 2026-01-01 118"])
        #expect(
            try await consumption(DayRange(from: Day(2026, 3, 1), until: Day(2026, 4, 1)), code: "ELSEWHERE")
                == ["1ESY1160123456 2026-03-01 32"])
    }

    @Test func `a relocation told again changes nothing, and another one on that day is refused in words`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"{"meteringPoints": [{"code": "ELSEWHERE", "commodity": "electricity"}, {"code": "THIRD", "commodity": "electricity"}]}"#)
        try await fixture.send("a", registers: [F.reading("100", at: F.start(Day(2026, 1, 1)))])
        let life = MeterLife(pool: fixture.pool)
        for _ in 0..<2 { try await life.relocate(F.serial, to: "ELSEWHERE", act(Day(2026, 3, 1)), readings: [kWh("218")], now: later) }
        #expect(try await fixture.rows("device_event") == 2)
        for (code, day, reading) in [
            ("ELSEWHERE", Day(2026, 3, 1), "219"), ("THIRD", Day(2026, 3, 1), "218"), ("THIRD", Day(2026, 2, 1), "200"),
        ] {
            let refusal = await #expect(throws: DeviceRefusal.self) {
                try await life.relocate(F.serial, to: code, act(day), readings: [kWh(reading)], now: later)
            }
            let words = try #require(refusal?.explanation)
            #expect(refusal?.code == "conflict" && words.contains("ELSEWHERE") && words.contains("2026-03-01"), "\(words)")
        }
    }

    @Test func `from a day on another factor holds, and what was counted before keeps the old one`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("100", at: F.start(Day(2026, 1, 1)))])
        try await fixture.send("b", registers: [F.reading("160", at: F.start(Day(2026, 3, 1)))])
        // Told long after its day: 30 kWh × 1 and 30 kWh × 40.
        try await MeterLife(pool: fixture.pool).changeFactor(
            F.serial, obis: F.total, to: Ratio("40") ?? .one, act(Day(2026, 2, 1)), readings: [kWh("130")], now: later)
        let pieces = try await usage(DayRange(from: Day(2026, 1, 1), until: Day(2026, 3, 1))).pieces
        #expect(pieces.map(\.quantity.number) == ["30", "1200"] && pieces.map(\.range.from) == [Day(2026, 1, 1), Day(2026, 2, 1)])
        let point: Identifier<MeteringPoint> = try await fixture.pool.with {
            try $0.one("SELECT id FROM metering_point WHERE code = \(F.code)")
        }
        let year = DayRange(from: Day(2026, 1, 1), until: Day(2026, 3, 1))
        #expect(try await ChangedSince(pool: fixture.pool)([.init(point: point, period: year, since: F.now)], slack: 0) == [0])
    }

    @Test func `what is planned holds from its day on and needs no reading before it`() async throws {
        let fixture = try await F()
        let life = MeterLife(pool: fixture.pool)
        try await life.changeFactor(F.serial, obis: nil, to: Ratio("30") ?? .one, act(Day(2027, 1, 1)), readings: [], now: later)
        try await life.remove(F.serial, act(Day(2027, 2, 1)), readings: [], now: later)
        let device = try #require(try await GetMeteringPoint(pool: fixture.pool)(F.code).devices.first)
        #expect(device.installation.until == Day(2027, 2, 1))
        #expect(device.registers.allSatisfy { $0.parameters(on: Day(2027, 1, 1)).factor.description == "30" })
        #expect(device.registers.allSatisfy { $0.parameters(on: Day(2026, 12, 31)).factor == .one })
        #expect(try await ListDeviceEvents(pool: fixture.pool)(F.code).map(\.kind) == [.removal, .factor])
        #expect(try await fixture.rows("register_reading") == 0)
    }

    @Test func `a register that was reset goes on counting`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("4500", at: F.start(Day(2026, 1, 1)))])
        // Refused at first: it falls and is no rollover.
        try await fixture.send("b", registers: [F.reading("31", at: F.start(Day(2026, 3, 1)))])
        #expect(try await fixture.table(F.total) == ["measured 4500", "rejected 31"])
        let life = MeterLife(pool: fixture.pool)
        try await life.reset(F.serial, obis: F.total, act(Day(2026, 2, 1)), before: micro("4562"), now: later)
        #expect(try await fixture.table(F.total) == ["measured 4500", "measured 31"])
        let (pieces, findings) = try await usage(DayRange(from: Day(2026, 1, 1), until: Day(2026, 3, 1)))
        #expect(pieces.map(\.quantity.number) == ["62", "31"] && findings.isEmpty)
        #expect(pieces.map { $0.begin?.micro } == [micro("4500"), 0] && pieces.map { $0.end?.micro } == [micro("4562"), micro("31")])
        #expect(pieces.allSatisfy { $0.rollovers == 0 })
        await #expect(throws: DeviceRefusal.alreadyReset(serial: F.serial, obis: F.total, on: Day(2026, 2, 1))) {
            try await life.reset(F.serial, obis: F.total, act(Day(2026, 2, 1)), before: 0, now: later)
        }
        // The next reading is judged by the one behind the reset.
        let next = try await fixture.send("c", registers: [F.reading("60", at: F.start(Day(2026, 4, 1)))], now: later)
        #expect(next.counts == [1, 0, 0, 0])
        #expect(try await consumption(DayRange(from: Day(2026, 2, 1), until: Day(2026, 4, 1))) == ["1ESY1160123456 2026-02-01 60"])
    }

    @Test func `a customer's reading says so, and a slip of digits is asked about`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("100", at: F.start(Day(2025, 3, 1)))])
        try await fixture.send("b", registers: [F.reading("465", at: F.start(Day(2026, 3, 1)))])
        let record = RecordCustomerReading(pool: fixture.pool)
        func request(_ value: String, isConfirmed: Bool = false) -> RecordCustomerReading.Request {
            .init(
                meteringPoint: F.code, at: LocalTime.berlin.start(of: Day(2026, 5, 1)).adding(seconds: 43_200), readings: [kWh(value)],
                isConfirmed: isConfirmed, author: "Erika Muster", reason: "Portal")
        }
        await #expect(throws: DeviceRefusal.self) { _ = try await record(request("5260"), now: later) }
        func version() async throws -> Int64 { try await fixture.pool.with { try $0.one("SELECT version FROM master_data_version") } }
        let before = try await version()
        #expect(try await record(request("526"), now: later).accepted == 1)
        // Nobody has to load the master data anew because of a reading.
        #expect(try await version() == before)
        let last = try #require(try await fixture.values(F.total).last)
        #expect(last.status == .measured && last.reason == "customer-reading")
        #expect(EstimationReason(word: "customer-reading")?.mscons == "Z83")
        #expect(try await record(request("726", isConfirmed: true), now: later).revised == 1)
    }
}
