import BillingOperations
import Postgres
import Tariffs
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `Days before a bill that nobody has billed` {
    private let code = "earlier-days-unbilled"

    private func read(_ key: String, _ day: String, _ value: String, _ town: BillingFixture) async throws {
        try await town.send([
            #"{"meter": "M-\#(key)", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
        ])
    }
    private func noticed(_ town: BillingFixture) async throws -> [NoticedBill] {
        try await ListBillNotices(pool: town.pool)(code: code).items
    }

    @Test func `are told with the run and beside the worklist until they are billed`() async throws {
        let town = try await F()
        // 2024 was billed here, and somebody who had moved in then was entered after it. The second is of the year; the
        // third is a customer of old: the year that was billed here is owed, none before it.
        try await town.add([.init(key: "0", advance: "1000", from: "2024-01-01", until: "2025-01-01")])
        try await read("0", "2024-01-01", "0", town)
        #expect(try await town.bill("annual-12", Day(2025, 1, 1)).billed == 1)
        try await town.add([
            .init(key: "1", from: "2024-11-01"), .init(key: "2"), .init(key: "3", from: "2015-01-01"),
        ])
        try await read("1", "2024-11-01", "900", town)
        try await read("3", "2024-01-01", "0", town)
        let trial = try await town.bill(simulate: true)
        #expect(try await ReportBillingRun(pool: town.pool)(trial.number).notices.map(\.code) == [code])
        let run = try await town.bill()
        #expect((run.billed, run.held) == (3, 0), "the bill itself is right")
        let report = try await ReportBillingRun(pool: town.pool)(run.number)
        #expect(report.notices.map(\.code) == [code] && report.notices.map(\.bills) == [2])
        let notices = try await noticed(town).flatMap(\.notices)
        let notice = try #require(notices.first { $0.text.contains("01.11.2024") })
        #expect(notices.count == 2 && notices.contains { $0.text.contains("01.01.2024") })
        #expect(notice.text.contains("01.11.2024") && notice.text.contains("31.12.2024"))
        #expect(HoldReason.of(code)?.title.en == "Days before it without a bill")
        // Billed, they are told no longer.
        #expect(try await town.bill("annual-12", Day(2025, 1, 1)).billed == 3)
        #expect(try await noticed(town).isEmpty)
        #expect(try await ReportBillingRun(pool: town.pool)(run.number).notices.map(\.code).contains(code) == false)
        #expect(try await ReportBillingRun(pool: town.pool)(trial.number).notices.isEmpty)
    }

    @Test func `are another system's where this one had billed nothing yet, whatever was read then`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", from: "2015-01-01")])
        for (day, value) in [("2023-01-01", "100"), ("2024-01-01", "500"), ("2024-12-15", "990")] { try await read("1", day, value, town) }
        #expect(try await town.bill().billed == 1)
        #expect(try await noticed(town).isEmpty)
    }

    @Test func `between two bills are told`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", advance: "1000", from: "2024-01-01", cycle: "monthly")])
        try await read("1", "2024-01-01", "100", town)
        try await read("1", "2024-02-01", "400", town)
        #expect(try await town.bill("monthly", Day(2024, 2, 1)).billed == 1)
        try await town.pool.with { try $0.script("UPDATE contract SET cycle = 'annual-12'") }
        let run = try await town.bill()
        let held = try await GetBillingRun(pool: town.pool).held(run.number).map(\.explanation)
        #expect(run.billed == 1, "\(held)")
        let text = try #require(try await noticed(town).first?.notices.first { $0.code == code }?.text)
        #expect(text.contains("01.02.2024") && text.contains("31.12.2024"))
    }

    @Test func `are none where each year is billed after the other, and are again where a bill is taken back`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", advance: "1000", from: "2024-01-01")])
        try await read("1", "2024-01-01", "0", town)
        _ = try await town.bill("annual-12", Day(2025, 1, 1))
        _ = try await town.bill()
        #expect(try await town.invoices().count == 2)
        #expect(try await noticed(town).isEmpty)
        // Both taken back, and only the second year billed anew: the days of the first are open again.
        for bill in try await town.invoices() {
            _ = try await CancelInvoice(pool: town.pool)(bill.number, reason: "x", author: F.author, today: F.today, now: F.now)
        }
        _ = try await town.bill()
        #expect(try await noticed(town).count == 1)
    }
}

@Suite struct `The words of what holds a bill` {
    @Test func `are each shown once in a list, in both languages`() {
        #expect(Set(HoldReason.all.map { $0.value.title.de }).count == HoldReason.all.count)
        #expect(Set(HoldReason.all.map { $0.value.title.en }).count == HoldReason.all.count)
        #expect(Set(HoldReason.all.map { $0.key }).count == HoldReason.all.count)
    }
}
