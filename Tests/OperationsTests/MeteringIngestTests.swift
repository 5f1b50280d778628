import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture
private let newYear = F.start(Day(2026, 1, 1))

@Suite(.database) struct `Taking readings in` {
    @Test func `the contract's example is stored and read back`() async throws {
        let fixture = try await F()
        let receipt = try await fixture.send(
            "gw-7-000123", registers: [F.reading("4711.3", at: newYear)], intervals: [F.intervals(["0.025", "0.031", nil], from: newYear)])
        #expect(receipt.counts == [3, 0, 0, 0])
        #expect(try await fixture.table() == ["measured 0.025", "measured 0.031"])
        let reading = try #require(try await fixture.values(F.total).first)
        #expect(reading.micro == 4_711_300_000)
        #expect(reading.version == 1 && reading.knownSince == F.now && reading.method == nil)
    }

    @Test func `the same message again changes nothing and counts as duplicates`() async throws {
        let fixture = try await F()
        let registers = [F.reading("10.0", at: newYear)]
        let intervals = [F.intervals(["0.1", nil, "0.3"], from: newYear)]
        let first = try await fixture.send("m", registers: registers, intervals: intervals)
        let before = (try await fixture.values(), try await fixture.rows("day_block"), try await fixture.rows("delivery"))
        let second = try await fixture.send("m", registers: registers, intervals: intervals, now: F.now.adding(seconds: 60))
        #expect(first.counts == [3, 0, 0, 0])
        #expect(second.counts == [0, 3, 0, 0])
        #expect(try await fixture.values() == before.0)
        #expect(try await fixture.rows("day_block") == before.1)
        #expect(try await fixture.rows("delivery") == before.2)
    }

    @Test func `a repeated message is counted each time it comes`() async throws {
        let fixture = try await F()
        let readings = [F.reading("10.0", at: newYear), F.reading("1.0", at: newYear, serial: "NOBODY")]
        for _ in 0..<3 { try await fixture.send("with a fault", registers: readings) }
        for _ in 0..<3 { try await fixture.send("whole", intervals: [F.intervals(["0.1", nil, "0.3"], from: newYear)]) }
        let summary = try await MeteringSummary(pool: fixture.pool)()
        let line = try #require(summary.lines[.electricity])
        #expect([line.received, line.duplicates, line.revised, line.rejected] == [9, 6, 0, 0])
        #expect(summary.unknown.rejected == 3)
        #expect(summary.deliveries == 6)
        #expect(try await fixture.rows("delivery") == 2)
    }

    @Test func `a moment that was corrected often hides no other`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("100.0", at: F.start(Day(2026, 1, 1)))])
        // Rejected in the end, after four versions before it.
        for (number, value) in ["110.0", "111.0", "112.0", "113.0"].enumerated() {
            try await fixture.send("c\(number)", registers: [F.reading(value, at: F.start(Day(2026, 2, 1)))])
        }
        try await fixture.send("w", registers: [F.reading("113.0", at: F.start(Day(2026, 2, 1)), status: "rejected")])
        try await fixture.send("z", registers: [F.reading("200.0", at: F.start(Day(2026, 4, 1)))])
        let point = try await GetMeteringPoint(pool: fixture.pool)(F.code).id
        let period = DayRange(from: Day(2026, 3, 1), until: Day(2026, 3, 15))
        let input = try #require(try await LoadUsage(pool: fixture.pool)([point], period: period)[point])
        let readings = try #require(input.meters.first { $0.register.obis == F.total }).readings
        #expect(readings.map(\.micro) == [100_000_000, 200_000_000])
        // What comes between them is judged by the sound reading, not only by the rejected one.
        try await fixture.send("low", registers: [F.reading("90.0", at: F.start(Day(2026, 3, 1)))])
        #expect(try await fixture.values(F.total).map(\.status) == [.measured, .rejected, .rejected, .measured])
    }

    @Test func `the same values under another number are duplicates, too`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("10.0", at: newYear)], intervals: [F.intervals(["0.1", "0.2"], from: newYear)])
        let blocks = try await fixture.rows("day_block")
        let again = try await fixture.send(
            "b", registers: [F.reading("10", at: newYear)], intervals: [F.intervals(["0.10", "0.2", "0.3"], from: newYear)])
        #expect(again.counts == [1, 3, 0, 0])
        #expect(try await fixture.rows("day_block") == blocks + 1)
        #expect(try await fixture.table() == ["measured 0.1", "measured 0.2", "measured 0.3"])
    }

    @Test func `a different value is a new version and the old one is still known as of then`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("10.0", at: newYear)], intervals: [F.intervals(["0.1", "0.2"], from: newYear)])
        let later = F.now.adding(seconds: 3_600)
        let receipt = try await fixture.send(
            "b", registers: [F.reading("11.0", at: newYear)], intervals: [F.intervals(["0.5"], from: newYear)], now: later)
        #expect(receipt.counts == [0, 0, 2, 0])
        #expect(try await fixture.table() == ["measured 0.5", "measured 0.2"])
        #expect(try await fixture.values().map(\.version) == [2, 1])
        #expect(try await fixture.table(asOf: F.now) == ["measured 0.1", "measured 0.2"])
        #expect(try await fixture.table(F.total) == ["measured 11"])
        #expect(try await fixture.table(F.total, asOf: later.adding(seconds: -1)) == ["measured 10"])
        #expect(try await fixture.values(asOf: F.now.adding(seconds: -1)).isEmpty)
    }

    @Test func `a withdrawn value is rejected, and the old one is still known as of then`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("10.0", at: newYear)])
        let receipt = try await fixture.send(
            "b", registers: [F.reading("10.0", at: newYear, status: "rejected")], now: F.now.adding(seconds: 9))
        #expect(receipt.counts == [0, 0, 1, 0])
        let value = try #require(try await fixture.values(F.total).first)
        #expect(value.status == .rejected && value.reason == "withdrawn-by-sender")
        #expect(try await fixture.table(F.total, asOf: F.now) == ["measured 10"])
    }

    @Test func `a message number with other content is processed, with a finding`() async throws {
        let fixture = try await F()
        try await fixture.send("m", registers: [F.reading("10.0", at: newYear)])
        let receipt = try await fixture.send("m", registers: [F.reading("20.0", at: F.start(Day(2026, 1, 2)))])
        #expect(receipt.counts == [1, 0, 0, 0])
        #expect(receipt.findings == 1)
        #expect(try await fixture.rules() == ["message-id-reused"])
        // Of another source it is another number.
        let other = try await fixture.send("m", registers: [F.reading("30.0", at: F.start(Day(2026, 1, 3)))], source: "other")
        #expect(other.findings == 0)
    }

    @Test func `what must be rejected is, each with its place and its code`() async throws {
        let fixture = try await F()
        let at = F.start(Day(2026, 1, 15))
        let receipt = try await fixture.send(
            "m",
            registers: [
                F.reading("1.0", at: at, serial: "UNKNOWN"), F.reading("1.0", at: at, obis: "1-0:2.8.0"),
                F.reading("1.0", at: at, unit: "m3"),
                F.reading("1.0", at: "2026-01-15T00:00:00"), F.reading("1,5", at: at), F.reading("1234567.0", at: at),
                F.reading("1.55", at: at),
                F.reading("-1.0", at: at), F.reading("1.0", at: "2099-01-01T00:00:00Z"), F.reading("1.0", at: "2024-12-31T00:00:00+01:00"),
                F.reading("7.0", at: at),
            ],
            intervals: [
                F.intervals(["1", "x", nil, "2"], from: at), F.intervals(["1", nil], from: at, serial: "UNKNOWN"),
                F.intervals(["1", "1"], from: at, unit: "m3"),
                F.intervals(["1"], from: "2026-01-15T00:07:00+01:00"), F.intervals(["1"], from: at, resolution: "PT1H"),
            ])
        #expect(receipt.counts == [3, 0, 0, 16])
        #expect(
            receipt.errors.map { "\($0.path) \($0.code.rawValue)" } == [
                "/registers/0/meter unknown-meter", "/registers/1/obis unknown-register", "/registers/2/unit wrong-unit",
                "/registers/3/at time-without-offset",
                "/registers/4/value bad-number", "/registers/5/value too-many-digits", "/registers/6/value too-many-digits",
                "/registers/7/value negative-reading",
                "/registers/8/at too-far-in-future", "/registers/9/at not-installed", "/intervals/0/values/1 bad-number",
                "/intervals/1/meter unknown-meter",
                "/intervals/2/unit wrong-unit", "/intervals/3/start off-raster", "/intervals/4/resolution bad-resolution",
            ])
        #expect(try await fixture.table(F.total) == ["measured 7"])
        let quarantine: Int = try await fixture.pool.with { try $0.one("SELECT jsonb_array_length(quarantine) FROM delivery") as Int32 }
            .asInt
        #expect(quarantine == 15)
    }

    @Test func `of a block that begins before its meter hung there, the rest is taken`() async throws {
        let fixture = try await F()
        let receipt = try await fixture.send("m", intervals: [F.intervals(["1", "2", "3", "4"], from: "2024-12-31T23:30:00+01:00")])
        #expect(receipt.counts == [2, 0, 0, 2])
        #expect(receipt.errors.map { "\($0.path) \($0.code.rawValue) \($0.values)" } == ["/intervals/0/values/0 not-installed 2"])
        #expect(try await fixture.values().map(\.micro) == [3_000_000, 4_000_000])
    }

    @Test func `a message that was refused for an unknown meter is taken once the meter is there`() async throws {
        let fixture = try await F()
        let registers = [F.reading("5.0", at: newYear), F.reading("1.0", at: newYear, serial: "NEW")]
        #expect(try await fixture.send("m", registers: registers).counts == [1, 0, 0, 1])
        #expect(try await fixture.send("m", registers: registers).counts == [0, 1, 0, 1])
        try await fixture.load(
            #"{"meteringPoints": [{"code": "P-2", "commodity": "electricity", "meters": [{"serial": "NEW", "from": "2025-01-01", "registers": [{"obis": "1-0:1.8.0", "unit": "kWh"}]}]}]}"#
        )
        #expect(try await fixture.send("m", registers: registers).counts == [1, 1, 0, 0])
    }

    @Test func `a value that fails a rule is kept, found, estimated, and a duplicate when it comes again`() async throws {
        let fixture = try await F()
        let intervals = [F.intervals(["0.1", "60.0", "0.3"], from: newYear)]
        let receipt = try await fixture.send("m", intervals: intervals)
        #expect(receipt.counts == [3, 0, 0, 0])
        #expect(receipt.findings == 1)
        #expect(try await fixture.rules() == ["physical-ceiling"])
        #expect(try await fixture.table() == ["measured 0.1", "estimated 0.2", "measured 0.3"])
        #expect(try await fixture.values()[1].method == "linear-interpolation")
        #expect(try await fixture.values()[1].reason == "failed-validation")
        let again = try await fixture.send("other", intervals: intervals)
        #expect(again.counts == [0, 3, 0, 0])
        #expect(try await fixture.table() == ["measured 0.1", "estimated 0.2", "measured 0.3"])
    }

    @Test func `several messages in one transaction each get their own answer`() async throws {
        let fixture = try await F()
        func message(_ id: String, _ value: String) throws -> (batch: ReadingBatch, body: [UInt8], format: String) {
            let body = Array(#"{"messageId":"\#(id)","source":"gw","intervals":[\#(F.intervals([value], from: newYear))]}"#.utf8)
            return (try JSONReadings.parse(body), body, "json")
        }
        let receipts = try await fixture.ingest([message("a", "0.1"), message("b", "0.1"), message("c", "0.2")], now: F.now)
        #expect(receipts.map(\.counts) == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
        #expect(try await fixture.table() == ["measured 0.2"])
    }

    @Test func `values of a device whose clock is off say so, those of one that goes right do not`() async throws {
        let fixture = try await F()
        for (number, seconds) in [60, 600].enumerated() {
            let start = F.start(Day(2026, 1, 5 + number))
            let body = Array(
                #"{"messageId":"m\#(number)","source":"gw","registers":[\#(F.reading("\(100 + number).0", at: start))],"intervals":[\#(F.intervals(["0.1", "0.2"], from: start))]}"#
                    .utf8)
            var batch = try JSONReadings.parse(body)
            batch.deviceTime = F.now.adding(seconds: Int64(seconds))
            _ = try await fixture.ingest(batch, body: body, format: "json", now: F.now)
        }
        #expect(try await fixture.values(F.total).map(\.reason) == [nil, "clock-set"])
        let reasons = try await fixture.values().filter { $0.status == .measured }.map(\.reason)
        #expect(reasons == [nil, nil, "clock-set", "clock-set"])
    }

    @Test func `two values for one slot in one message are both kept from bills`() async throws {
        let fixture = try await F()
        let receipt = try await fixture.send(
            "m", intervals: [F.intervals(["0.1", "0.2"], from: newYear), F.intervals(["0.5"], from: newYear)])
        #expect(receipt.counts == [2, 0, 1, 0])
        #expect(try await fixture.rules().contains("overlap"))
        #expect(try await fixture.values()[0].status == .rejected)
    }

    @Test(arguments: [(Day(2026, 3, 29), 92), (Day(2025, 10, 26), 100), (Day(2026, 1, 5), 96)])
    func `a day has as many quarter hours as the clock gives it`(day: Day, slots: Int) async throws {
        let fixture = try await F()
        // One more than the day has falls into the next.
        let values = (0..<slots + 1).map { "0.\(100 + $0)" }
        let receipt = try await fixture.send(
            "m", intervals: [F.intervals(values, from: F.start(day))], now: Instant(seconds: 1_790_000_000))
        #expect(receipt.counts == [slots + 1, 0, 0, 0])
        let stored = try await fixture.pool.with { connection in
            try connection.query("SELECT day, slots FROM day_block ORDER BY day").map {
                (try $0.get(0, as: Day.self), try $0.get(1, as: Int32.self))
            }
        }
        #expect(stored.map(\.0) == [day, day.adding(days: 1)])
        #expect(stored.map(\.1) == [Int32(slots), 1])
        let expected = (0..<slots + 1).map { (index: Int) -> Int64 in Int64(100 + index) * 1_000 }
        #expect(try await fixture.values().map(\.micro) == expected)
    }

    @Test func `two writers of one day at once both get in`() async throws {
        let fixture = try await F()
        let receipts = try await withThrowingTaskGroup(of: DeliveryReceipt.self) { group in
            for slot in 0..<12 {
                group.addTask {
                    let start = LocalTime.berlin.text(LocalTime.berlin.start(of: Day(2026, 1, 1)).adding(seconds: Int64(slot) * 900))
                    return try await fixture.send(
                        "m-\(slot)", registers: [F.reading("5.0", at: newYear)], intervals: [F.intervals(["0.\(slot + 1)"], from: start)])
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(receipts.reduce(0) { $0 + $1.accepted } == 13)
        #expect(receipts.reduce(0) { $0 + $1.duplicates } == 11)
        #expect(try await fixture.values().filter { $0.status == .measured }.count == 12)
        let begin = LocalTime.berlin.start(of: Day(2026, 1, 1))
        let slots = (0..<12).map { (index: Int) -> Instant in begin.adding(seconds: Int64(index) * 900) }
        #expect(try await fixture.values().map(\.at) == slots)
    }

    @Test func `the service adds facts and may not change them`() async throws {
        let owner = try await F()
        let pool = Pool(configuration: .init(connectionString: TestDatabase.current.connectionString, maximum: 2, role: "zaehlwerk_app"))
        let ingest = IngestReadings(pool: pool, directory: owner.directory)
        let item = F.intervals(["0.1", nil, "60.0", "0.4"], from: newYear)
        let body = Array(#"{"messageId":"m","source":"s","registers":[\#(F.reading("5.0", at: newYear))],"intervals":[\#(item)]}"#.utf8)
        #expect(try await ingest(JSONReadings.parse(body), body: body, format: "json", now: F.now).counts == [4, 0, 0, 0])
        #expect(try await ingest(JSONReadings.parse(body), body: body, format: "json", now: F.now).counts == [0, 4, 0, 0])
        #expect(try await owner.rows("delivery_repeat") == 1)
        let exchange = ExchangeMeter.Request(
            meteringPoint: F.code, day: Day(2026, 2, 10), oldSerial: F.serial, finalReadings: [.init(obis: F.total, micro: 9_000_000)],
            newSerial: "N",
            startReadings: [.init(obis: F.total, micro: 0)])
        #expect(try await ExchangeMeter(pool: pool, directory: owner.directory)(exchange, now: F.now).counts == [2, 0, 0, 0])
        _ = try await EstimatePeriod(pool: pool)(DayRange(from: Day(2026, 1, 1), until: Day(2026, 1, 2)), now: F.now)
        _ = try await MeteringSummary(pool: pool)()
        let finding = try #require(try await ListFindings(pool: pool)().items.first)
        _ = try await ResolveFindings(pool: pool)([finding.id], action: .settle, author: "anna", reason: "gut", now: F.now)
        #expect(try await ReadSeries(pool: pool)(.init(meteringPoint: F.code)).series.count == 3)
        for forbidden in [
            "UPDATE day_block SET slots = 1", "DELETE FROM day_block", "UPDATE register_reading SET value_micro = 0",
            "DELETE FROM delivery", "DELETE FROM delivery_repeat", "DELETE FROM finding",
        ] {
            let error = await #expect(throws: DatabaseError.self) { try await pool.with { try $0.script(forbidden) } }
            #expect(error?.sqlState == "42501", "\(forbidden)")
        }
        await pool.close()
    }

    @Test func `a register that runs backwards is found and not billable`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("100.0", at: newYear)])
        let receipt = try await fixture.send("b", registers: [F.reading("90.0", at: F.start(Day(2026, 1, 15)))])
        #expect(receipt.counts == [1, 0, 0, 0])
        #expect(receipt.findings == 1)
        #expect(try await fixture.table(F.total) == ["measured 100", "rejected 90"])
    }
}

extension Int32 {
    fileprivate var asInt: Int { Int(self) }
}
