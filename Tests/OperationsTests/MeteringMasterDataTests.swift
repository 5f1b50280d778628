import MasterDataFormat
import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture

@Suite(.database) struct `Metering points and their devices` {
    @Test func `a document twice is a document once`() async throws {
        let fixture = try await F()
        let before = try await GetMeteringPoint(pool: fixture.pool)(F.code)
        _ = try await F()
        #expect(try await GetMeteringPoint(pool: fixture.pool)(F.code) == before)
        #expect(before.capacity == Measure(micro: 43_000_000, unit: .kilowatt))
        #expect(before.devices.map(\.serial) == [F.serial])
        #expect(before.devices.first?.registers.map(\.obis) == [F.channel, F.total])
    }

    @Test func `what is absent stays, what is there is updated from its date on`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "\#(F.code)", "commodity": "electricity", "address": {"city": "Kiel"}, "coordinates": {"lat": "54.323", "lon": "10.1"},
              "meters": [{"serial": "\#(F.serial)", "from": "2025-07-01", "registers": [{"obis": "1-0:1.8.0", "unit": "kWh", "factor": "40"}]}]}]}
            """#)
        let point = try await GetMeteringPoint(pool: fixture.pool)(F.code)
        #expect(point.state == "SH" && point.city == "Kiel" && point.latitude == "54.323")
        #expect(point.devices.map(\.installation) == [DayRange(from: Day(2025, 1, 1))])
        let register = try #require(point.devices.first?.registers.first { $0.obis == F.total })
        #expect(register.parameters(on: Day(2025, 6, 30)) == .init(digits: 6, decimals: 1, factor: .one))
        #expect(register.parameters(on: Day(2025, 7, 1)) == .init(digits: 6, decimals: 1, factor: Ratio(millionths: 40_000_000)))
        // Both factors with their days; of a part of the life only those that held then.
        let all = register.factors(in: DayRange(from: Day(2025, 1, 1)))
        #expect(all.map(\.from) == [Day(2025, 1, 1), Day(2025, 7, 1)] && all.map(\.factor.description) == ["1", "40"])
        #expect(register.factors(in: DayRange(from: Day(2025, 1, 1), until: Day(2025, 7, 1))).count == 1)
        #expect(register.factors(in: DayRange(from: Day(2025, 8, 1))).map(\.factor.description) == ["40"])
    }

    @Test func `what a document made, changed and left is counted for each kind`() async throws {
        let fixture = try await F()
        func write(_ json: String) async throws -> MeteringMasterData.Outcome {
            let document = try MasterDataDocument(json: Array(json.utf8))
            return try await fixture.pool.transaction { try MeteringMasterData.write(document.meteringPoints, in: $0) }
        }
        let text =
            #"{"meteringPoints": [{"code": "\#(F.code)", "commodity": "electricity"}, {"code": "NEW", "commodity": "water", "address": {"city": "Kiel"}, "meters": [{"serial": "8NEW0001", "from": "2026-01-01", "registers": [{"obis": "8-0:1.0.0", "unit": "m3", "digits": 5}]}]}]}"#
        let first = try await write(text)
        #expect([first.pointChanges.created, first.pointChanges.updated, first.pointChanges.unchanged] == [1, 0, 1])
        #expect(first.meterChanges.created == 1 && first.registerChanges.created == 1)
        let again = try await write(text)
        #expect([again.pointChanges.unchanged, again.meterChanges.unchanged, again.registerChanges.unchanged] == [2, 1, 1])
        let changed = try await write(text.replacing("Kiel", with: "Plön").replacing("\"digits\": 5", with: "\"digits\": 6"))
        #expect(changed.pointChanges.updated == 1 && changed.registerChanges.updated == 1 && changed.meterChanges.unchanged == 1)
    }

    @Test func `a meter that moves ends at its old place`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"{"meteringPoints": [{"code": "NEW", "commodity": "electricity", "meters": [{"serial": "\#(F.serial)", "from": "2026-02-01"}]}]}"#
        )
        #expect(
            try await GetMeteringPoint(pool: fixture.pool)(F.code).devices.map(\.installation) == [
                DayRange(from: Day(2025, 1, 1), until: Day(2026, 2, 1))
            ])
        #expect(try await GetMeteringPoint(pool: fixture.pool)("NEW").devices.map(\.installation) == [DayRange(from: Day(2026, 2, 1))])
    }

    @Test(arguments: [
        (#"{"code": "\#(F.code)", "commodity": "gas"}"#, "/meteringPoints/0/commodity"),
        (
            #"{"code": "X", "commodity": "electricity", "meters": [{"serial": "\#(F.serial)", "from": "2024-06-01", "until": "2025-06-01"}]}"#,
            "/meteringPoints/0/meters/0/from"
        ),
        (
            #"{"code": "\#(F.code)", "commodity": "electricity", "meters": [{"serial": "\#(F.serial)", "from": "2025-01-01", "registers": [{"obis": "1-0:1.8.0", "unit": "Wh"}]}]}"#,
            "/meteringPoints/0/meters/0/registers/0/unit"
        ),
        (
            #"{"code": "\#(F.code)", "commodity": "electricity", "meters": [{"serial": "\#(F.serial)", "from": "2025-01-01", "registers": [{"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT1H"}]}]}"#,
            "/meteringPoints/0/meters/0/registers/0/resolution"
        ),
    ])
    func `a conflict refuses the document and names its place`(point: String, path: String) async throws {
        let fixture = try await F()
        let before = try await GetMeteringPoint(pool: fixture.pool)(F.code)
        let refusal = try await #require(throws: MasterDataRefusal.self) { try await fixture.load(#"{"meteringPoints": [\#(point)]}"#) }
        #expect(refusal.problems.map(\.path) == [path])
        #expect(try await GetMeteringPoint(pool: fixture.pool)(F.code) == before)
    }

    @Test func `a meter that another process brings is seen by the next message`() async throws {
        let fixture = try await F()
        let at = F.start(Day(2026, 1, 1))
        #expect(try await fixture.send("a", registers: [F.reading("1.0", at: at, serial: "LATE")]).rejected == 1)
        // Past this directory, as another process would.
        try await fixture.load(
            #"{"meteringPoints": [{"code": "L", "commodity": "electricity", "meters": [{"serial": "LATE", "from": "2025-01-01", "registers": [{"obis": "1-0:1.8.0", "unit": "kWh"}]}]}]}"#
        )
        #expect(try await fixture.send("b", registers: [F.reading("1.0", at: at, serial: "LATE")]).accepted == 1)
    }

    @Test func `an exchange ends one meter, begins another and keeps both readings`() async throws {
        let fixture = try await F()
        let exchange = ExchangeMeter(pool: fixture.pool, directory: fixture.directory)
        let request = ExchangeMeter.Request(
            meteringPoint: F.code, day: Day(2026, 2, 10), oldSerial: F.serial, finalReadings: [.init(obis: F.total, micro: 4_620_000_000)],
            newSerial: "NEW-1",
            startReadings: [.init(obis: F.total, micro: 0)])
        try await fixture.send("a", registers: [F.reading("4500.0", at: F.start(Day(2026, 1, 1)))])
        #expect(try await exchange(request, now: F.now).counts == [2, 0, 0, 0])
        #expect(try await exchange(request, now: F.now).counts == [0, 2, 0, 0])
        #expect(try await fixture.rules() == ["exchange"])
        let devices = try await GetMeteringPoint(pool: fixture.pool)(F.code).devices
        #expect(
            devices.map(\.installation) == [DayRange(from: Day(2025, 1, 1), until: Day(2026, 2, 10)), DayRange(from: Day(2026, 2, 10))])
        try await fixture.send("b", registers: [F.reading("35.0", at: F.start(Day(2026, 3, 1)), serial: "NEW-1")])
        let late = try await fixture.send("c", registers: [F.reading("4700.0", at: F.start(Day(2026, 3, 1)))])
        #expect(late.errors.map(\.code) == [.notInstalled])

        // Worked value C5: 4,500 to 4,620 and 0 to 35 are 155.
        let point = try await GetMeteringPoint(pool: fixture.pool)(F.code).id
        let period = DayRange(from: Day(2026, 1, 1), until: Day(2026, 3, 1))
        let input = try #require(try await LoadUsage(pool: fixture.pool)([point], period: period)[point])
        let pieces = try Usage.pieces(input, period: period, cuts: []).pieces
        #expect(pieces.reduce(0) { $0 + $1.quantity.micro } == 155_000_000)
    }

    @Test func `a refused exchange leaves nothing behind, not even in memory`() async throws {
        let fixture = try await F()
        let exchange = ExchangeMeter(pool: fixture.pool, directory: fixture.directory)
        let request = ExchangeMeter.Request(
            meteringPoint: F.code, day: Day(2026, 2, 10), oldSerial: F.serial, finalReadings: [.init(obis: F.total, micro: -1_000_000)],
            newSerial: "NEW-1", startReadings: [.init(obis: F.total, micro: 0)])
        await #expect(throws: ExchangeMeter.Problem.self) { try await exchange(request, now: F.now) }
        // The next change of master data is given the version that the refused one had.
        try await fixture.load(
            #"{"meteringPoints": [{"code": "N", "commodity": "electricity", "meters": [{"serial": "NEW-1", "from": "2025-01-01", "registers": [{"obis": "1-0:1.8.0", "unit": "kWh"}]}]}]}"#
        )
        try await fixture.send("a", registers: [F.reading("5.0", at: F.start(Day(2026, 1, 1)), serial: "NEW-1")])
        #expect(try await fixture.values(F.total, code: "N").map(\.micro) == [5_000_000])
    }

    @Test func `an exchange without its readings, or of a meter elsewhere, is refused`() async throws {
        let fixture = try await F()
        let exchange = ExchangeMeter(pool: fixture.pool, directory: fixture.directory)
        var request = ExchangeMeter.Request(
            meteringPoint: F.code, day: Day(2026, 2, 10), oldSerial: F.serial, finalReadings: [], newSerial: "N",
            startReadings: [.init(obis: F.total, micro: 0)])
        await #expect(throws: ExchangeMeter.Problem.missingReading(serial: F.serial, obis: F.total)) {
            try await exchange(request, now: F.now)
        }
        request.oldSerial = "ELSEWHERE"
        await #expect(throws: ExchangeMeter.Problem.notInstalled(serial: "ELSEWHERE", on: Day(2026, 2, 9))) {
            try await exchange(request, now: F.now)
        }
        request.meteringPoint = "NOWHERE"
        await #expect(throws: ExchangeMeter.Problem.unknownPoint("NOWHERE")) { try await exchange(request, now: F.now) }
    }
}

@Suite(.database) struct `Reading series back` {
    @Test func `pages follow each other without a gap or a repetition`() async throws {
        let fixture = try await F()
        let values = (0..<96 * 4).map { "0.\(100 + $0)" }
        let readings = (0..<10).map { F.reading("\(10 + $0).0", at: F.start(Day(2026, 1, 1 + $0))) }
        try await fixture.send("a", registers: readings, intervals: [F.intervals(values, from: F.start(Day(2026, 1, 1)))])
        let read = ReadSeries(pool: fixture.pool)
        var cursor: String?
        var channel: [Int64] = []
        var register: [Int64] = []
        var pages = 0
        repeat {
            let page = try await read(.init(meteringPoint: F.code, cursor: cursor, limit: 100))
            channel += page.series.filter { $0.obis == F.channel }.flatMap { $0.values.map(\.micro) }
            register += page.series.filter { $0.obis == F.total }.flatMap { $0.values.map(\.micro) }
            cursor = page.next
            pages += 1
        } while cursor != nil && pages < 20
        let slots = (0..<96 * 4).map { (index: Int) -> Int64 in Int64(100 + index) * 1_000 }
        let shown = (0..<10).map { (index: Int) -> Int64 in Int64(10 + index) * 1_000_000 }
        #expect(channel == slots)
        #expect(register == shown)
        #expect(pages > 2)
    }

    @Test func `a part of a day is a part of a day`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals((0..<96).map { "0.\(100 + $0)" }, from: F.start(Day(2026, 1, 1)))])
        let start = LocalTime.berlin.start(of: Day(2026, 1, 1))
        let document = try await ReadSeries(pool: fixture.pool)(
            .init(
                meteringPoint: F.code, obis: F.channel, from: start.adding(seconds: 900), to: start.adding(seconds: 2_700)))
        #expect(document.series.first?.values.map(\.micro) == [101_000, 102_000])
        #expect(document.next == nil)
    }

    @Test func `the database unpacks what the program packed`() async throws {
        let fixture = try await F()
        var random = SeededNumbers(seed: 7)
        let values = (0..<200).map { index -> String? in index % 37 == 5 ? nil : "\(Int.random(in: 0..<9, using: &random)).\(100 + index)" }
        try await fixture.send("a", intervals: [F.intervals(values, from: F.start(Day(2026, 3, 28)))])
        try await fixture.send("b", intervals: [F.intervals(["60.0", "0.7"], from: F.start(Day(2026, 3, 29)))])
        let rows = try await fixture.pool.with { connection in
            try connection.query("SELECT start_at, value_micro, status, version FROM interval_value ORDER BY start_at").map { row in
                SeriesDocument.Value(
                    at: try row.get(0), micro: try row.get(1),
                    status: ValueStatus(rawValue: UInt8(try row.get(2, as: Int32.self))) ?? .absent, method: nil, reason: nil,
                    version: try row.get(3), knownSince: F.now)
            }
        }
        let read = try await fixture.values().map { value in
            var plain = value
            plain.method = nil
            plain.reason = nil
            plain.codes = nil
            return plain
        }
        #expect(rows == read)
        #expect(rows.count == 200)
    }

    @Test func `an unknown point and a foreign cursor are named`() async throws {
        let fixture = try await F()
        await #expect(throws: UnknownMeteringPoint("X")) { try await ReadSeries(pool: fixture.pool)(.init(meteringPoint: "X")) }
        await #expect(throws: ReadSeries.BadCursor()) {
            try await ReadSeries(pool: fixture.pool)(.init(meteringPoint: F.code, cursor: "x.1"))
        }
        // Days that cannot be counted.
        let register: Int64 = try await fixture.pool.with {
            try $0.one("SELECT min(id) FROM register WHERE resolution_seconds IS NOT NULL")
        }
        for number in [Int64.max, .min, 253_402_300_800_000_000] {
            await #expect(throws: ReadSeries.BadCursor()) {
                try await ReadSeries(pool: fixture.pool)(.init(meteringPoint: F.code, cursor: "\(register).\(number)"))
            }
        }
        let last = "\(register).\(LocalTime.berlin.start(of: Day(9999, 12, 30)).microseconds)"
        #expect(try await ReadSeries(pool: fixture.pool)(.init(meteringPoint: F.code, cursor: last)).series.isEmpty)
    }

    @Test func `findings are listed, filtered and resolved once`() async throws {
        let fixture = try await F()
        try await fixture.send("a", intervals: [F.intervals(["60.0", "-1.0"], from: F.start(Day(2026, 1, 1)))])
        let list = ListFindings(pool: fixture.pool)
        let all = try await list().items
        #expect(Set(all.map(\.finding.rule)) == ["physical-ceiling", "negative"])
        #expect(
            all.allSatisfy { $0.meter == F.serial && $0.meteringPoint == F.code && $0.messageId == "a" && $0.commodity == .electricity })
        let one = try #require(try await list(.init(rule: "negative")).items.first)
        let resolve = ResolveFindings(pool: fixture.pool)
        #expect(try await resolve([one.id], action: .settle, author: "anna", reason: "geprüft", now: F.now).resolved == [one.id])
        #expect(try await list(.init(isOpen: false, rule: "negative")).items.map(\.resolvedBy) == ["anna"])
        #expect(try await resolve([one.id], action: .settle, author: "b", reason: "c", now: F.now).skipped == [one.id])
        #expect(try await list().items.count == 1)
        #expect(try await list(.init(isOpen: nil), limit: 1).next != nil)
    }
}
