import Billing
import BillingOperations
import InvoiceFormats
import TestKit
import Testing
import Values

@Suite(.database) struct `A plan that is changed` {
    @Test func `does not ask again for a month that was asked for`() async throws {
        let town = try await BillingFixture()
        try await town.add([.init(key: "1")])
        func plan(_ yearly: String) async throws {
            _ = try await PlanInstalments(pool: town.pool)(
                contract: "c-1", yearly: Money(yearly), rule: InstalmentRule(count: 11, firstDue: Day(2026, 2, 1)),
                author: BillingFixture.author, now: BillingFixture.now)
        }
        func request(_ until: Day) async throws -> Int {
            try await RequestInstalments(pool: town.pool)(
                dueUntil: until, author: BillingFixture.author, today: BillingFixture.today, now: BillingFixture.now
            ).requested
        }
        try await plan("1100.00")
        #expect(try await request(Day(2026, 2, 2)) == 1)
        // The customer agrees on another amount, from the same day on; February is asked for already.
        try await plan("1320.00")
        #expect(try await request(Day(2026, 2, 20)) == 0)
        #expect(try await request(Day(2026, 3, 2)) == 1)
        let requested = try await ListInstalments(pool: town.pool)(contract: "c-1", state: .requested).items
        #expect(requested.map(\.due) == [Day(2026, 2, 1), Day(2026, 3, 1)])
        #expect(requested.map(\.gross) == [Money("100.00"), Money("120.00")])
        let letter = try await GetInstalmentPlan(pool: town.pool)("c-1", today: BillingFixture.today)
        #expect(letter.entries.first?.due == Day(2026, 3, 1) && letter.entries.count == 10 && letter.count == 11)
    }
}
