import Billing
import BillingOperations
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `A contract that changes its account` {
    /// Somebody else takes the contract over with July 2025, with the meter read.
    private func takeOver(_ town: BillingFixture) async throws {
        try await town.load(
            #"""
            {"partners": [{"key": "p-9", "kind": "person", "name": {"given": "Otto", "family": "Nachfolger"}, "address": {"street": "Hauptstraße", "house": "1", "postcode": "24534", "city": "Neumünster"}}],
             "accounts": [{"key": "a-9", "partner": "p-9"}],
             "contracts": [{"key": "c-1", "account": "a-9", "from": "2025-07-01"}]}
            """#)
        try await town.send([
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2025-07-01T00:00:00+02:00", "value": "2000", "unit": "kWh", "status": "measured"}"#
        ])
    }
    private func town(_ body: (BillingFixture) async throws -> Void) async throws -> BillingFixture {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        try await body(town)
        return town
    }
    private func bills(_ account: String, _ town: BillingFixture) async throws -> [InvoiceRecord] {
        try await town.invoices(.init(accounts: [account])).filter { !$0.isCancellation && $0.state != .cancelled }
    }

    @Test func `has a bill for each account: its own days, its own name, its own claim, its own instalments`() async throws {
        let town = try await town { town in
            _ = try await PlanInstalments(pool: town.pool)(
                contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2025, 2, 1)), author: F.author,
                now: F.now)
            // Asked for until October, because nobody knew yet.
            _ = try await RequestInstalments(pool: town.pool)(
                dueUntil: Day(2025, 10, 1), author: F.author, today: Day(2025, 9, 1), now: F.now)
            _ = try await PostPayment(pool: town.pool)(
                IncomingPayment(account: "a-1", amount: Money(cents: 70_000), valueDate: Day(2025, 9, 1), reference: "", key: "1"),
                author: "bank", today: F.today, now: F.now)
            try await takeOver(town)
        }
        #expect(try await town.bill().billed == 3)
        let before = try #require(try await bills("a-1", town).first)
        let after = try #require(try await bills("a-9", town).first)
        for account in ["a-1", "a-9"] { #expect(try await bills(account, town).count == 1) }
        #expect(before.period == DayRange(from: Day(2025, 1, 1), until: Day(2025, 7, 1)))
        #expect(after.period == DayRange(from: Day(2025, 7, 1), until: Day(2026, 1, 1)))
        #expect((before.kind, after.kind) == (.final, .annual), "for who gave it away the contract has ended")
        let (old, new) = (
            try await GetInvoice(pool: town.pool)(before.number).invoice.draft,
            try await GetInvoice(pool: town.pool)(after.number).invoice.draft
        )
        #expect(old.contract.recipient.name.contains("Muster") && new.contract.recipient.name.contains("Nachfolger"))
        #expect(old.consumption?.micro == 1_000_000_000 && new.consumption?.micro == 2_500_000_000)
        #expect(new.previous == nil, "what somebody else used is nobody's business")
        #expect(old.instalments.map(\.gross).total() == Money("700.00") && new.instalments.isEmpty)
        for (account, bill) in [("a-1", before), ("a-9", after)] {
            #expect(try await GetBalance(pool: town.pool)(account, today: F.today).balance == bill.due)
        }
        #expect(try await ListInstalments(pool: town.pool)(contract: "c-1", state: .planned).items.isEmpty, "the plan was the other's")
        #expect(try await FindCorrections(pool: town.pool)(author: "finder", now: F.now).unclear.isEmpty)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await VerifyLedger(pool: town.pool)().problems.isEmpty)
    }

    @Test func `behind a bill corrects nothing on the wrong account; taken back, the bill is written for both`() async throws {
        let town = try await town { town in
            _ = try await town.bill()
            try await takeOver(town)
        }
        let report = try await FindCorrections(pool: town.pool)(author: "finder", now: F.now.adding(seconds: 60))
        #expect(report.proposed == 0 && report.unclear.map(\.code) == ["other-account"])
        let bill = try #require(try await bills("a-1", town).first)
        _ = try await CancelInvoice(pool: town.pool)(bill.number, reason: "Übernahme", author: F.author, today: F.today, now: F.now)
        _ = try await town.bill()
        #expect(try await bills("a-1", town).map(\.period.until) == [Day(2025, 7, 1)])
        #expect(try await bills("a-9", town).map(\.period.from) == [Day(2025, 7, 1)])
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `is asked for nothing in advance on the account that it left`() async throws {
        let town = try await town { town in
            _ = try await PlanInstalments(pool: town.pool)(
                contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2025, 2, 1)), author: F.author,
                now: F.now)
            try await takeOver(town)
        }
        let report = try await RequestInstalments(pool: town.pool)(
            dueUntil: Day(2026, 1, 1), author: F.author, today: Day(2025, 12, 1), now: F.now)
        #expect(report.requested == 5, "February to June")
    }

    @Test func `shows the plan that it left behind until the new account has one of its own, billed or not`() async throws {
        let town = try await town { town in
            _ = try await PlanInstalments(pool: town.pool)(
                contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2025, 2, 1)), author: F.author,
                now: F.now)
        }
        let list = ListPlansLeftBehind(pool: town.pool)
        #expect(try await list(today: F.today).isEmpty)
        try await takeOver(town)
        let behind = try #require(try await list(today: F.today).first)
        #expect(behind.since == Day(2025, 7, 1) && behind.each == Money("100.00") && behind.recipient.contains("Nachfolger"))
        _ = try await town.bill()
        #expect(try await list(today: F.today) == [behind], "its bill has ended the plan, and nobody made another")
        #expect(try await list(account: behind.account, today: F.today).count == 1)
        #expect(try await list(account: behind.from, today: F.today).isEmpty)
        _ = try await PlanInstalments(pool: town.pool)(
            contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2026, 2, 1)), author: F.author,
            now: F.now.adding(seconds: 60))
        #expect(try await list(today: F.today).isEmpty)
    }
}
