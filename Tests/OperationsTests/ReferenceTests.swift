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
private func hours(_ value: String) -> [String?] { Array(repeating: value, count: 24) }

@Suite(.database) struct `What others measured` {
    /// Three meters with hourly channels, each at a point of its own: A, B and the fixture's.
    private func fixture() async throws -> MeteringFixture {
        let fixture = try await F(resolution: "PT1H")
        let points = ["A", "B"].map {
            #"{"code": "\#($0)", "commodity": "electricity", "meters": [{"serial": "\#($0)", "from": "2025-01-01", "registers": [{"obis": "1-0:1.29.0", "unit": "Wh", "resolution": "PT1H"}]}]}"#
        }
        try await fixture.load(#"{"meteringPoints": [\#(points.joined(separator: ","))]}"#)
        return fixture
    }
    private func send(
        _ fixture: MeteringFixture, _ serial: String, _ values: [String?], _ on: Day = day, unit: String = "Wh", id: String = ""
    )
        async throws
    {
        try await fixture.send(
            "\(serial) \(on) \(id)", intervals: [F.intervals(values, from: F.start(on), serial: serial, resolution: "PT1H", unit: unit)])
    }
    private func check(_ fixture: MeteringFixture, calibrated: Bool = true) async throws {
        try await DefineCheckMeter(pool: fixture.pool)(
            .init(
                meteringPoint: F.code, obis: F.channel, checkMeter: "A", checkObis: F.channel, isCalibrated: calibrated,
                from: Day(2025, 6, 1), author: "Erika", reason: "redundant"), now: F.now)
    }
    private func methods(_ fixture: MeteringFixture) async throws -> [String] {
        try await fixture.values().filter { $0.status != .measured }.map { "\($0.method ?? "") \(DecimalText.format($0.micro, scale: 6))" }
    }

    @Test func `check meters and nodes are told, and what flowed in and out`() async throws {
        let fixture = try await fixture()
        try await check(fixture)
        try await DefineNode(pool: fixture.pool)(
            .init(
                name: "Trafo 1",
                members: [
                    .init(meteringPoint: F.code, obis: F.channel, isInflow: true),
                    .init(meteringPoint: "A", obis: F.channel, isInflow: false),
                    .init(meteringPoint: "B", obis: F.channel, isInflow: false),
                ], from: Day(2025, 6, 1), author: "Erika", reason: "measured all round"), now: F.now)
        try await send(fixture, F.serial, hours("3"), unit: "kWh")
        try await send(fixture, "A", hours("1000"))
        let references = ListReferences(pool: fixture.pool)
        let checks = try await references.checkMeters(of: F.code)
        #expect(checks.map(\.checkMeter) == ["A"] && checks[0].isCalibrated && checks[0].author == "Erika")
        #expect(try await references.checkMeters(of: "A").isEmpty)
        let node = try #require(try await references.nodes(of: "B").items.first)
        #expect(node.name == "Trafo 1" && node.members.map(\.isInflow) == [true, false, false])
        let balance = try await references.balance(of: node, over: DayRange(from: day.adding(days: -1), until: day.adding(days: 1)))
        #expect(balance.map(\.day) == [day.adding(days: -1), day])
        #expect(balance[0].inflow == nil && balance[0].difference == nil && !balance[0].isComplete)
        // What B did not send the node leaves: 3 kWh less 1 kWh.
        #expect(balance[1].inflow == 72_000_000 && balance[1].unit == .kilowattHour)
        #expect(balance[1].outflow == 24_000_000 || balance[1].outflow == 72_000_000)
        // What cannot be added is missing.
        try await fixture.pool.with { connection in
            _ = try connection.execute(
                "UPDATE register SET unit = 'm3' WHERE obis = '1-0:1.29.0' AND meter_id = (SELECT id FROM meter WHERE serial = 'A')")
        }
        let mixed = try await references.balance(of: node, over: DayRange(from: day, until: day.adding(days: 1)))
        #expect(mixed.map(\.isComplete) == [false] && mixed[0].inflow == 72_000_000)
        await #expect(throws: UnknownMeteringPoint.self) { _ = try await references.nodes(of: "NOWHERE") }
    }

    @Test(arguments: [true, false]) func `a check meter comes before all estimates, whichever delivers first`(isLast: Bool) async throws {
        let fixture = try await fixture()
        try await check(fixture)
        var own = hours("1")
        own[10] = nil
        if isLast { try await send(fixture, F.serial, own, unit: "kWh") }
        var checked = hours("1000")
        checked[10] = "2500"
        try await send(fixture, "A", checked)
        if !isLast { try await send(fixture, F.serial, own, unit: "kWh") }
        #expect(try await methods(fixture) == ["check-meter 2.5"])
        // What the check meter is corrected to, its user is.
        checked[10] = "2600"
        try await send(fixture, "A", checked, id: "again")
        #expect(try await methods(fixture) == ["check-meter 2.6"])
        own[10] = "2"
        try await send(fixture, F.serial, own, unit: "kWh", id: "late")
        #expect(try await methods(fixture).isEmpty)
    }

    @Test func `one that is not calibrated says so, and where it is silent the cascade goes on`() async throws {
        let fixture = try await fixture()
        try await check(fixture, calibrated: false)
        var (own, checked) = (hours("1"), hours("1000"))
        (own[10], own[11]) = (nil, nil)
        checked[11] = nil
        try await send(fixture, "A", checked)
        try await send(fixture, F.serial, own, unit: "kWh")
        #expect(try await methods(fixture) == ["uncalibrated-check-meter 1", "linear-interpolation 1"])
        #expect(EstimationMethod.uncalibratedCheckMeter.mscons(for: .electricity) == "Z89")
    }

    @Test func `of a fully metered node the one that is missing is what the others leave`() async throws {
        let fixture = try await fixture()
        try await DefineNode(pool: fixture.pool)(
            .init(
                name: "Haus 1",
                members: [
                    .init(meteringPoint: F.code, obis: F.channel, isInflow: true),
                    .init(meteringPoint: "A", obis: F.channel, isInflow: false),
                    .init(meteringPoint: "B", obis: F.channel, isInflow: false),
                ], from: Day(2025, 6, 1), author: "Erika", reason: "sub-meters"), now: F.now)
        try await send(fixture, F.serial, hours("3"), unit: "kWh")
        var part = hours("1000")
        part[5] = nil
        try await send(fixture, "B", part)
        try await send(fixture, "A", hours("1200"))
        let values = try await fixture.values(F.channel, code: "B").filter { $0.status != .measured }
        #expect(values.map(\.method) == ["balance"] && values.map(\.micro) == [1_800_000_000])
    }

    @Test func `what cannot be is refused with a reason`() async throws {
        let fixture = try await fixture()
        func refusal(_ request: DefineNode.Request) async throws -> ReferenceRefusal? {
            do {
                try await DefineNode(pool: fixture.pool)(request, now: F.now)
                return nil
            } catch let refusal as ReferenceRefusal { return refusal }
        }
        let members = ["A", "B"].map { DefineNode.Request.Member(meteringPoint: $0, obis: F.channel, isInflow: $0 == "A") }
        let good = DefineNode.Request(name: "N", members: members, from: day, author: "a", reason: "")
        #expect(try await refusal(good) == nil)
        #expect(try await refusal(good) == .overlaps)
        var bad = good
        bad.members = [members[0]]
        #expect(try await refusal(bad) == .badMembers)
        bad.members = [members[0], .init(meteringPoint: "B", obis: F.total, isInflow: false)]
        #expect(try await refusal(bad) == .unknownChannel("B", F.total))
        await #expect(throws: ReferenceRefusal.sameChannel) {
            try await DefineCheckMeter(pool: fixture.pool)(
                .init(
                    meteringPoint: "A", obis: F.channel, checkMeter: "A", checkObis: F.channel, isCalibrated: true, from: day, author: "a",
                    reason: ""), now: F.now)
        }
    }

    @Test func `pressure is held over a long gap and bridged over a short one`() async throws {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "G", "commodity": "gas", "meters": [{"serial": "P", "from": "2025-01-01", "registers": [
              {"obis": "7-0:42.29.0", "unit": "bar", "resolution": "PT1H", "decimals": 3}, {"obis": "7-0:41.29.0", "unit": "Cel", "resolution": "PT1H"}]}]}]}
            """#)
        func item(_ obis: String, _ unit: String, _ values: [String?]) -> String {
            let list = values.map { $0.map { "\"\($0)\"" } ?? "null" }.joined(separator: ",")
            return
                #"{"meter":"P","obis":"\#(obis)","start":"\#(F.start(day))","resolution":"PT1H","unit":"\#(unit)","values":[\#(list)]}"#
        }
        let gap: [String?] = ["1.01", nil, "1.03", nil, nil, nil, nil, "1.05"]
        let receipt = try await fixture.send(
            "p", intervals: [item("7-0:42.29.0", "bar", gap), item("7-0:41.29.0", "Cel", ["-5", "-6", nil, "-4"])])
        #expect(receipt.accepted == 6, "\(receipt.errors)")
        let pressure = try await fixture.values(ObisCode(7, 0, 42, 29, 0), code: "G")
        #expect(pressure.map(\.micro) == [1_010_000, 1_020_000, 1_030_000, 1_030_000, 1_030_000, 1_030_000, 1_030_000, 1_050_000])
        #expect(pressure.compactMap(\.method) == ["linear-interpolation", "held", "held", "held", "held"])
        #expect(
            try await fixture.values(ObisCode(7, 0, 41, 29, 0), code: "G").map(\.status) == [.measured, .measured, .estimated, .measured])
    }
}

@Suite(.database) struct `Tariff registers beside a series` {
    @Test(arguments: [true, false]) func `each slot is scaled to the register that counts it`(isLast: Bool) async throws {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "T", "commodity": "electricity", "meters": [{"serial": "T", "from": "2025-01-01", "registers": [
              {"obis": "1-0:1.8.1", "unit": "kWh", "decimals": 3, "times": "mon-fri 06:00-22:00; sat 06:00-13:00"}, {"obis": "1-0:1.8.2", "unit": "kWh", "decimals": 3},
              {"obis": "1-0:1.29.0", "unit": "kWh", "resolution": "PT1H", "decimals": 3}]}]}]}
            """#)
        func readings(_ high: [String], _ low: [String]) -> [String] {
            zip(["1-0:1.8.1", "1-0:1.8.2"], [high, low]).flatMap { obis, values in
                values.enumerated().map { F.reading($1, at: F.start(day.adding(days: $0 * 3)), serial: "T", obis: obis) }
            }
        }
        // Monday and Wednesday 1 kWh an hour, Tuesday missing. The registers leave 20 kWh of HT and 4 of NT for it.
        let counted = readings(["100", "152"], ["50", "70"])
        if !isLast { try await fixture.send("r", registers: counted) }
        for offset in [0, 2] {
            try await fixture.send(
                "i\(offset)",
                intervals: [
                    F.intervals(
                        Array(repeating: "1", count: 24), from: F.start(day.adding(days: offset)), serial: "T", resolution: "PT1H")
                ])
        }
        if isLast { try await fixture.send("r", registers: counted) }
        let made = try await fixture.values(F.channel, code: "T").filter { $0.status == .estimated }
        #expect(made.count == 24)
        let (high, low) = (made[6..<22], made[..<6] + made[22...])
        #expect(high.reduce(0) { $0 + $1.micro } == 20_000_000 && low.reduce(0) { $0 + $1.micro } == 4_000_000)
    }

    @Test func `times are read as they are written, and nothing else is`() throws {
        let times = TariffTimes("mon-fri 06:00-22:00; sat 06:00-13:00")
        #expect(times?.description == "mon-fri 06:00-22:00; sat 06:00-13:00")
        let noon = try #require(LocalTime.berlin.instant(day, hour: 12, minute: 0))
        let saturday = try #require(LocalTime.berlin.instant(day.adding(days: 5), hour: 13, minute: 0))
        #expect(times?.holds(noon) == true && times?.complement.holds(noon) == false)
        #expect(times?.holds(saturday) == false)
        for wrong in ["", "mon", "fri-mon 06:00-22:00", "mon 22:00-06:00", "mon 6:00-22:00", "mon 06:00-24:01", "mon 06:00-22:00,"] {
            #expect(TariffTimes(wrong) == nil, "\(wrong)")
        }
    }
}
