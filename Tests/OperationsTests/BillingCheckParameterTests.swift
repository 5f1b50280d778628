import Billing
import BillingOperations
import LedgerOperations
import MeteringOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `Thresholds of the bill checks` {
    private func set(
        _ values: [String: String], _ town: BillingFixture, customer: CustomerClass = .household,
        valid: DayRange = DayRange(from: Day(2026, 1, 1)),
        reason: String = "Probe"
    ) async throws {
        try await SetThresholds<CheckParameters>(pool: town.pool)(
            .init(.init(.electricity, customer), valid: valid, values: values.mapValues { $0 }), author: "clerk", reason: reason, now: F.now
        )
    }

    @Test func `hold for a commodity, a group of customers and some days, the later over the earlier, and nothing is lost`() async throws {
        let town = try await F()
        try await set(["hugeAmount": "500.00", "estimatedPercent": "30"], town)
        try await set(["hugeAmount": "900.00"], town, valid: DayRange(from: Day(2026, 2, 1), until: Day(2026, 3, 1)))
        func entry(_ day: Day, _ customer: CustomerClass = .household) async throws -> ListThresholds<CheckParameters>.Entry {
            try #require(
                try await ListThresholds<CheckParameters>(pool: town.pool)(on: day, commodity: .electricity, customer: customer).first)
        }
        #expect(try await entry(Day(2025, 12, 31)).parameters == .standard)
        #expect(try await entry(Day(2026, 1, 1)).parameters.hugeAmount == Money("500.00"))
        #expect(try await entry(Day(2026, 2, 1)).parameters.hugeAmount == Money("900.00"))
        #expect(try await entry(Day(2026, 2, 1)).parameters.estimatedPercent == 30)
        #expect(try await entry(Day(2026, 3, 1)).parameters.hugeAmount == Money("500.00"))
        #expect(try await entry(Day(2026, 1, 1), .industrial).parameters == .standard)
        #expect(try await entry(Day(2026, 1, 1)).history.count == 2)
    }

    @Test(arguments: [
        ("hugeAmount", "much"), ("hugeAmount", "0.00"), ("estimatedPercent", "101"), ("consumptionPercent", "99"), ("deadlineDays", "43"),
        ("missedDeadline", "perhaps"),
    ])
    func `are values of their kind; the law's deadlines are only drawn tighter`(name: String, value: String) async throws {
        let town = try await F(publish: false)
        func fault(_ values: [String: String], reason: String = "Probe") async -> ThresholdRefusal.Fault? {
            await #expect(throws: ThresholdRefusal.self) { try await set(values, town, reason: reason) }?.fault
        }
        #expect(await fault([name: value]) == .badValue(name: name, value: value))
        #expect(await fault(["x": "1"]) == .unknown("x"))
        #expect(await fault(["hugeAmount": "1.00"], reason: " ") == .noReason)
        #expect(await fault([:]) == .nothingToChange)
    }

    @Test func `decide what a run holds, by the day of issue`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2", attributes: #"{"usage": "commercial", "region": "neumuenster"}"#)])
        try await set(["hugeAmount": "500.00"], town)
        let run = try await town.bill()
        #expect((run.billed, run.held) == (1, 1))
        #expect(try await GetBillingRun(pool: town.pool).held(run.number).map(\.code) == ["huge-amount"])
        try await set(["hugeAmount": "5000.00"], town)
        #expect(try await town.bill().billed == 2)
    }

    @Test func `a missed deadline is said with the run and beside the worklist, and holds where the threshold says so`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2", attributes: #"{"usage": "commercial", "region": "neumuenster"}"#)])
        try await set(["missedDeadline": "hold"], town, customer: .commercial)
        let late = Day(2026, 2, 12)
        func bill() async throws -> BillingRunRecord {
            try await RunBilling(pool: town.pool)(
                cycle: "annual-12", periodEnd: Day(2026, 1, 1), author: "clerk", today: late, now: F.now)
        }
        let run = try await bill()
        #expect((run.billed, run.held) == (1, 1))
        let report = try await ReportBillingRun(pool: town.pool)(run.number)
        #expect(report.notices.map(\.code) == ["deadline-missed"] && report.notices.map(\.bills) == [1])
        #expect(report.holds.map(\.code) == ["deadline-missed"])
        let noticed = try await ListBillNotices(pool: town.pool)(run: run.number, code: "deadline-missed").items
        #expect(noticed.map(\.invoice) == (try await town.invoices().map(\.number)))
        #expect(noticed[0].notices[0].text.contains("11.02.2026"))
        #expect(try await ListBillNotices(pool: town.pool)(code: "estimated-share").items.isEmpty)
        // Late as it is, it goes out once somebody says why.
        let held = try #require(try await ListHeldInvoices(pool: town.pool)(.init(code: "deadline-missed")).items.first)
        let released = try await ReleaseHeldInvoice(pool: town.pool)(
            held.id, reason: "Zähler erst jetzt abgelesen", author: "clerk", today: late, now: F.now)
        #expect(released.state == .issued)
        #expect(try await bill().billed == 2)
    }

    @Test func `what was told backwards from the first reading there is waits, unless it is few days`() async throws {
        let town = try await F()
        // Read for the first time at the end of what is billed, or a week after its begin.
        try await town.add([.init(key: "1", from: "2024-07-01"), .init(key: "2", from: "2024-12-25")])
        let run = try await RunBilling(pool: town.pool)(
            cycle: "annual-12", periodEnd: Day(2025, 1, 1), author: "clerk", today: Day(2025, 1, 20), now: F.now)
        #expect((run.billed, run.held) == (0, 2), "nobody had read the meter on any day of them")
        try await town.add([.init(key: "3", from: "2024-12-20", isRead: false)])
        try await town.send(
            [("2024-12-23", "500"), ("2025-01-01", "600"), ("2026-01-01", "4000")].map { day, value in
                #"{"meter": "M-3", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
            })
        let second = try await RunBilling(pool: town.pool)(
            cycle: "annual-12", periodEnd: Day(2025, 1, 1), author: "clerk", today: Day(2025, 1, 20), now: F.now)
        #expect(second.billed == 1, "three days of twelve are few")
        let kept = try await ListHeldInvoices(pool: town.pool)().items
        #expect(kept.count == 2 && kept.allSatisfy { $0.reasons.map(\.code) == ["estimated-share"] })
    }

    @Test func `what ends with an estimate beyond the limit waits, what a reading ends does not, and the limit is data`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", isRead: false), .init(key: "2", isRead: false)])
        func reading(_ key: Int, _ day: String, _ value: Int, _ status: String) -> String {
            #"{"meter": "M-\#(key)", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "\#(status)"}"#
        }
        try await town.send([
            reading(1, "2025-01-01", 1_000, "measured"), reading(1, "2026-01-01", 4_500, "estimated"),
            reading(2, "2025-01-01", 1_000, "estimated"), reading(2, "2026-01-01", 4_500, "measured"),
        ])
        let run = try await town.bill()
        let kept = try await ListHeldInvoices(pool: town.pool)().items
        #expect(kept.map(\.meteringPoint) == ["POINT-1"] && kept[0].reasons.map(\.code) == ["estimated-share"])
        #expect(run.billed == 1)
        #expect(try await ListBillNotices(pool: town.pool)().items.allSatisfy { $0.notices.map(\.code) == ["estimated-share"] })
        try await set(["estimatedPercent": "100"], town)
        #expect(try await town.bill().billed == 2)
    }

    @Test func `a trial takes no number of a run, and none of a bill`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        let first = try await town.bill(simulate: true)
        let second = try await town.bill(simulate: true)
        let real = try await town.bill()
        #expect(first.number.hasPrefix("LP-") && second.number.hasPrefix("LP-") && first.number != second.number)
        #expect(real.number == PrintedNumber(.run, serial: 1).description)
        #expect(try await town.invoices().first?.number == PrintedNumber(.invoice, serial: 400_001).description)
        #expect(try await ListBillingRuns(pool: town.pool)().runs.map(\.number) == [real.number, second.number, first.number])
    }

    @Test func `a run comes to what stands of it; its report says what was issued and what was taken back since`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2", advance: "1000")])
        let run = try await town.bill()
        let invoice = try #require(try await town.invoices(.init(accounts: ["a-1"])).first)
        _ = try await CancelInvoice(pool: town.pool)(invoice.number, reason: "x", author: F.author, today: F.today, now: F.now)
        let after = try await GetBillingRun(pool: town.pool)(run.number)
        #expect(after.gross == run.gross - invoice.gross)
        let report = try await ReportBillingRun(pool: town.pool)(run.number)
        #expect((report.bills, report.cancelled, report.gross) == (2, 1, run.gross))
        #expect(report.standingNet + report.standingTax == after.gross)
        #expect(report.cancelledNet + report.cancelledTax == invoice.gross)
        // Billed again the same: the run stands for both.
        let again = try await town.bill()
        #expect((again.number, again.gross) == (run.number, run.gross))
    }
}
