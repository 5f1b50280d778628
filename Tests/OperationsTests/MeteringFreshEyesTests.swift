import Metering
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = MeteringFixture
private let later = F.now.adding(seconds: 3_600)
private func at(_ day: Int) -> String { F.start(Day(2026, 1, day)) }

/// What somebody stumbled over who had seen none of the code.
@Suite(.database) struct `What a stranger stumbled over` {
    @Test func `the same message again does not take a later correction back, also if one of its values is no number`() async throws {
        let fixture = try await F()
        let first = [F.intervals(["0.1", "0.1", "abc", "0.1"], from: at(1))]
        #expect(try await fixture.send("m1", intervals: first).counts == [3, 0, 0, 1])
        try await fixture.send("m2", intervals: [F.intervals(["0.5", "0.5"], from: at(1))])
        let before = try await fixture.values()
        let again = try await fixture.send("m1", intervals: first, now: later)
        #expect(again.counts == [0, 3, 0, 1])
        #expect(again.errors.map(\.code) == [.badNumber])
        #expect(try await fixture.values() == before)
    }

    @Test(arguments: [ResolveFindings.Action.replace([2_010_000_000]), .withdraw, .accept])
    func `a finding about a reading is about that reading, not about the good one before it`(action: ResolveFindings.Action) async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("2000.0", at: at(1))])
        try await fixture.send("b", registers: [F.reading("500.0", at: at(2))])
        let finding = try #require(try await ListFindings(pool: fixture.pool)(.init(rule: "register-backwards")).items.first)
        _ = try await ResolveFindings(pool: fixture.pool)([finding.id], action: action, author: "Erika", reason: "x", now: later)
        #expect(try await fixture.table(F.total).first == "measured 2000")
    }

    @Test func `of two deliveries that are both taken back, neither stands`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("10.0", at: at(1))], intervals: [F.intervals(["0.1"], from: at(1))])
        try await fixture.send("b", registers: [F.reading("11.0", at: at(1))], intervals: [F.intervals(["0.2"], from: at(1))])
        let ids = try await ListDeliveries(pool: fixture.pool)().items.map(\.id).sorted()
        for id in ids { _ = try await CancelDelivery(pool: fixture.pool)(id, author: "Erika", reason: "x", now: later) }
        #expect(try await fixture.values().allSatisfy { $0.status == .rejected })
        #expect(try await fixture.values(F.total).allSatisfy { $0.status == .rejected })
    }

    @Test func `any number of rejected readings hides nothing`() async throws {
        let fixture = try await F()
        try await fixture.send("a", registers: [F.reading("1000.0", at: at(1))])
        for day in 2...9 {
            let receipt = try await fixture.send("b\(day)", registers: [F.reading("\(510 - day).0", at: at(day))])
            #expect(receipt.findings == 1, "day \(day)")
        }
        #expect(try await fixture.table(F.total).dropFirst().allSatisfy { $0.hasPrefix("rejected") })
    }
}
