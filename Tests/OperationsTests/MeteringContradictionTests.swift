import Metering
import MeteringOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = MeteringFixture
private func at(_ day: Int) -> String { F.start(Day(2026, 1, day)) }

@Suite(.database) struct `Readings that contradict each other, in any order` {
    private func outcome(_ order: [(Int, String)], together: Bool = false) async throws -> [String] {
        let fixture = try await F()
        if together {
            try await fixture.send("all", registers: order.map { F.reading($0.1, at: at($0.0)) })
        } else {
            for (number, reading) in order.enumerated() {
                try await fixture.send("m\(number)", registers: [F.reading(reading.1, at: at(reading.0))])
            }
        }
        let findings = try await ListFindings(pool: fixture.pool)(.init(isOpen: true)).items.map {
            "\($0.finding.rule) \($0.finding.from) \($0.finding.until)"
        }
        return try await fixture.table(F.total) + findings.sorted()
    }

    private static let sent = [(1, "100.0"), (2, "110.0"), (3, "9000.0"), (4, "120.0"), (5, "90.0"), (6, "130.0")]
    private static let expected = [
        "measured 100", "measured 110", "rejected 9000", "measured 120", "rejected 90", "measured 130",
        "advance-ceiling 2026-01-01T23:00:00Z 2026-01-02T23:00:00Z", "register-backwards 2026-01-02T23:00:00Z 2026-01-03T23:00:00Z",
        "register-backwards 2026-01-03T23:00:00Z 2026-01-04T23:00:00Z",
    ]

    @Test(arguments: [UInt64](0...6), [false, true]) func `lead to the same`(seed: UInt64, together: Bool) async throws {
        var numbers = SeededNumbers(seed: seed)
        let sent = seed == 0 ? Self.sent : Self.sent.shuffled(using: &numbers)
        let outcome = try await outcome(sent, together: together)
        #expect(outcome == Self.expected)
    }

    @Test func `the first one is not righter than those that follow it`() async throws {
        let table = try await outcome([(1, "900.0"), (2, "110.0"), (3, "120.0"), (4, "130.0")])
        #expect(table.prefix(4) == ["rejected 900", "measured 110", "measured 120", "measured 130"])
    }
}

@Suite(.database) struct `A register that fell` {
    private func falls(_ fixture: F, isOpen: Bool = true) async throws -> [FindingRecord] {
        try await ListFindings(pool: fixture.pool)(.init(isOpen: isOpen, rule: "register-backwards")).items
    }

    @Test func `is one finding that goes on with each later reading, and closes when the register is read as it is`() async throws {
        let fixture = try await F()
        for (day, value) in [(1, "100.0"), (2, "110.0"), (3, "120.0"), (4, "130.0"), (5, "140.0")] {
            try await fixture.send("m\(day)", registers: [F.reading(value, at: at(day))])
        }
        var first: Int64?
        for (day, value) in [(6, "50.0"), (7, "51.0"), (8, "52.0")] {
            try await fixture.send("m\(day)", registers: [F.reading(value, at: at(day))])
            let found = try await falls(fixture)
            #expect(found.count == 1 && found.first?.finding.until == LocalTime.berlin.start(of: Day(2026, 1, day)))
            first = first ?? found.first?.id
            #expect(found.first?.id == first)
        }
        #expect(try await fixture.rows("finding") == 1)
        for (day, value) in [(6, "150.0"), (7, "151.0"), (8, "152.0")] {
            try await fixture.send("c\(day)", registers: [F.reading(value, at: at(day))])
        }
        #expect(try await falls(fixture).isEmpty)
        #expect(try await fixture.rules().isEmpty)
    }
}

@Suite(.database) struct `Tariff registers that come one by one` {
    private func fixture() async throws -> F {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "P-T", "commodity": "electricity", "meters": [{"serial": "T", "from": "2025-01-01", "registers": [
                {"obis": "1-0:1.8.0", "unit": "kWh", "decimals": 1}, {"obis": "1-0:1.8.1", "unit": "kWh", "decimals": 1}, {"obis": "1-0:1.8.2", "unit": "kWh", "decimals": 1}]}]}]}
            """#)
        return fixture
    }
    private func send(_ fixture: F, _ obis: Int, _ day: Int, _ value: String, id: String? = nil) async throws -> DeliveryReceipt {
        try await fixture.send(
            id ?? "\(obis) \(day) \(value)", registers: [F.reading(value, at: at(day), serial: "T", obis: "1-0:1.8.\(obis)")])
    }

    @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 0, 2]]) func `are compared with the total, whichever comes last`(order: [Int]) async throws
    {
        let fixture = try await fixture()
        let values = [["100.0", "300.0"], ["50.0", "150.0"], ["50.0", "140.0"]]
        for (place, day) in [1, 11].enumerated() {
            for obis in order {
                let receipt = try await send(fixture, obis, day, values[obis][place])
                #expect(receipt.findings == (place == 1 && obis == order.last ? 1 : 0))
            }
        }
        #expect(try await fixture.rules() == ["tariff-registers"])
        // Corrected, it is right, and the finding goes.
        _ = try await send(fixture, 2, 11, "150.0")
        #expect(try await fixture.rules().isEmpty)
        // The total is read in between; the tariff registers are not.
        _ = try await send(fixture, 0, 5, "180.0")
        #expect(try await fixture.rules().isEmpty)
        _ = try await send(fixture, 0, 11, "310.0")
        #expect(try await fixture.rules() == ["tariff-registers"])
    }
}

@Suite(.database) struct `What flows over several deliveries` {
    private func water(capacity: String = #""capacity": {"value": "4", "unit": "m3/h"}, "#) async throws -> F {
        let fixture = try await F()
        try await fixture.load(
            #"""
            {"meteringPoints": [{"code": "P-W", "commodity": "water", \#(capacity)"meters": [{"serial": "W", "from": "2025-01-01", "registers": [
                {"obis": "8-0:1.29.0", "unit": "m3", "resolution": "PT15M", "decimals": 3}]}]}]}
            """#)
        return fixture
    }
    private func send(_ fixture: F, _ values: [String], from slot: Int, size: Int) async throws {
        let begin = LocalTime.berlin.start(of: Day(2026, 1, 6)).adding(seconds: Int64(slot) * 900)
        for first in stride(from: 0, to: values.count, by: size) {
            let start = LocalTime.berlin.text(begin.adding(seconds: Int64(first) * 900))
            let item = F.intervals(Array(values[first..<min(first + size, values.count)]), from: start, serial: "W", unit: "m3")
            try await fixture.send("\(slot) \(first) \(size)", intervals: [item.replacing("1-0:1.29.0", with: "8-0:1.29.0")])
        }
    }

    /// 0.9 m³ a quarter is above 80 % of 4 m³/h: from 23:15 to 00:45.
    @Test(arguments: [1, 2, 3, 5, 12]) func `is one burst, however it was cut`(size: Int) async throws {
        let fixture = try await water()
        try await send(
            fixture, ["0.1", "0.1", "0.1", "0.9", "0.9", "0.9", "0.9", "0.9", "0.9", "0.1", "-0.1", "-0.1"], from: -6, size: size)
        let found = try await ListFindings(pool: fixture.pool)(.init(isOpen: true)).items.map(\.finding).filter {
            ["burst", "backflow"].contains($0.rule)
        }.sorted { $0.rule < $1.rule }
        let midnight = LocalTime.berlin.start(of: Day(2026, 1, 6))
        #expect(found.map(\.rule).sorted() == ["backflow", "burst"])
        #expect(found.last?.from == midnight.adding(seconds: -45 * 60))
        #expect(found.last?.until == midnight.adding(seconds: 45 * 60))
        #expect(found.last?.inputs.contains(Finding.Input("minutes", "90")) == true)
    }

    @Test func `is a burst in a home of which nobody stored the meter's size, and says what was assumed`() async throws {
        let fixture = try await water(capacity: "")
        try await send(fixture, ["0.1", "0.9", "0.9", "0.9", "0.1"], from: 0, size: 5)
        let burst = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "burst")).items.first)
        #expect(burst.finding.explanation.contains("angenommen"))
    }

    @Test func `closes when it was none`() async throws {
        let fixture = try await water()
        try await send(fixture, ["0.9", "0.9", "0.9", "0.9"], from: 0, size: 1)
        #expect(try await fixture.rules().contains("burst"))
        try await send(fixture, ["0.1", "0.1"], from: 1, size: 2)
        #expect(try await !fixture.rules().contains("burst"))
    }
}
