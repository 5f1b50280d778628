import Metering
import MeteringOperations
import Postgres
import TestKit
import Testing
import VEE
import Values

private typealias F = MeteringFixture
private let household = ThresholdKey(.electricity, .household)
private let day = Day(2026, 1, 5)
/// A day of 0.1 kWh with one value of 2 kWh: what the spike rule objects to where it is on.
private let kettle: [String?] = (0..<96).map { $0 == 40 ? "2" : "0.1" }

@Suite(.database) struct `Thresholds in the database` {
    @Test func `a change holds from its day on, at once, and what held before stays known`() async throws {
        let fixture = try await F()
        try await fixture.send("before", intervals: [F.intervals(kettle, from: F.start(day))])
        #expect(try await fixture.rules().isEmpty)
        try await SetThresholds<ValidationParameters>(pool: fixture.pool)(
            .init(household, valid: DayRange(from: day.adding(days: 2)), values: ["spikePercent": "180"]), author: "Erika", reason: "trial",
            now: F.now)
        try await fixture.send("old day", intervals: [F.intervals(kettle, from: F.start(day.adding(days: 1)))])
        #expect(try await fixture.rules().isEmpty)
        try await fixture.send("new day", intervals: [F.intervals(kettle, from: F.start(day.adding(days: 2)))])
        #expect(try await fixture.rules() == ["spike"])
        let listed = try await ListThresholds<ValidationParameters>(pool: fixture.pool)(
            on: day.adding(days: 2), commodity: .electricity, customer: .household)
        #expect(listed.map(\.parameters.spikePercent) == [180])
        #expect(listed[0].history.map(\.author) == ["Erika"] && listed[0].history.map(\.reason) == ["trial"])
        let earlier = try await ListThresholds<ValidationParameters>(pool: fixture.pool)(
            on: day, commodity: .electricity, customer: .household)
        #expect(earlier.map(\.parameters.spikePercent) == [nil])
    }

    @Test func `a rule is switched off for some days and comes back`() async throws {
        let fixture = try await F()
        try await SetThresholds<ValidationParameters>(pool: fixture.pool)(
            .init(household, valid: DayRange(from: day, until: day.adding(days: 1)), values: ["switchedOff": "physical-ceiling"]),
            author: "a",
            reason: "fuse unknown", now: F.now)
        try await fixture.send(
            "m", intervals: [F.intervals(["900"], from: F.start(day)), F.intervals(["900"], from: F.start(day.adding(days: 1)))])
        #expect(try await fixture.rules().filter { $0 == "physical-ceiling" }.count == 1)
    }

    @Test func `the class of the point chooses`() async throws {
        let fixture = try await F()
        try await fixture.pool.transaction { connection in
            try connection.execute("UPDATE metering_point SET customer_class = 'commercial'")
            try connection.execute("UPDATE master_data_version SET version = version + 1")
        }
        try await fixture.send("m", intervals: [F.intervals(kettle, from: F.start(day))])
        #expect(try await fixture.rules() == ["spike"])
        let finding = try #require(try await ListFindings(pool: fixture.pool)().items.first)
        #expect(finding.proposal == .accept)
    }

    @Test(
        arguments: [
            (["spikeperc": "1"], "unknown"), (["spikePercent": "many"], "badValue"), (["coveragePercent": nil], "badValue"),
            (["switchedOff": "weather"], "badValue"), ([:], "nothingToChange"),
        ] as [([String: String?], String)])
    func `what is no threshold is refused with its name`(values: [String: String?], kind: String) async throws {
        let fixture = try await F()
        let error = await #expect(throws: ThresholdRefusal.self) {
            try await SetThresholds<ValidationParameters>(pool: fixture.pool)(
                .init(household, valid: DayRange(from: day), values: values), author: "a", reason: "b", now: F.now)
        }
        #expect(String(describing: try #require(error).fault).hasPrefix(kind))
        #expect(!(try #require(error).explanation.isEmpty))
    }

    @Test func `estimating again judges register readings by the thresholds of their day`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("100", at: F.start(day))])
        // 43 kW for a day are 1,032 kWh.
        try await fixture.send("b", registers: [F.reading("9000", at: F.start(day.adding(days: 1)))])
        #expect(try await fixture.table(F.total) == ["measured 100", "rejected 9000"])
        try await SetThresholds<ValidationParameters>(pool: fixture.pool)(
            .init(household, valid: DayRange(from: day), values: ["switchedOff": "advance-ceiling"]), author: "a", reason: "b", now: F.now)
        _ = try await EstimatePeriod(pool: fixture.pool)(DayRange(from: day, until: day.adding(days: 3)), now: F.now)
        #expect(try await fixture.table(F.total) == ["measured 100", "measured 9000"])
    }
}
