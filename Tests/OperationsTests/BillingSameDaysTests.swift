import Billing
import BillingOperations
import InvoiceFormats
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// § 40(2) No. 8 EnWG: a month, half a year or the last weeks of a contract beside the same days of the year before.
@Suite(.database) struct `A bill that is no year` {
    private func read(_ key: String, _ values: [(String, String)], _ town: BillingFixture) async throws {
        try await town.send(
            values.map { day, value in
                #"{"meter": "M-\#(key)", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
            }, now: Instant(seconds: 1_799_740_800))
    }
    /// The bill of 2025 is out; then a contract is billed by the month, or ends with the month.
    private func february(_ town: BillingFixture, _ customers: [F.Customer]) async throws -> BillingRunRecord {
        try await town.add(customers)
        for customer in customers { try await read(customer.key, [("2026-02-01", "5100"), ("2026-03-01", "5420")], town) }
        _ = try await town.bill()
        try await town.pool.with { try $0.script("UPDATE contract SET cycle = 'monthly'") }
        func month(_ end: Day) async throws -> BillingRunRecord {
            try await RunBilling(pool: town.pool)(
                cycle: "monthly", periodEnd: end, author: F.author, today: end.adding(days: 9), now: F.now)
        }
        _ = try await month(Day(2026, 2, 1))
        return try await month(Day(2026, 3, 1))
    }
    private func last(_ town: BillingFixture, _ account: String = "a-1") async throws -> InvoiceDraft {
        let invoice = try #require(try await town.invoices(.init(accounts: [account])).first { $0.period.from == Day(2026, 2, 1) })
        return try await GetInvoice(pool: town.pool)(invoice.number).invoice.draft
    }

    @Test func `is compared with the meter values of the same days`() async throws {
        let town = try await F()
        // 4,000 kWh in 2025, of which February took 310.
        let customer = F.Customer(key: "1", advance: "4000")
        try await town.add([customer])
        try await read("1", [("2025-02-01", "1400"), ("2025-03-01", "1710")], town)
        let run = try await february(town, [customer])
        #expect((run.billed, run.held) == (1, 0))
        let draft = try await last(town)
        let same = try #require(draft.previous?.sameDays)
        #expect((same.period, same.consumption.number, same.basis) == (.month(2025, 2), "310", .values))
        #expect(draft.previous?.period == .year(2025), "the bill of then stands beside it")
        // 320 beside 310.
        #expect(draft.yearComparison?.percent == 3)
        let number = try #require(try await town.invoices().first).number
        let stored = try await GetInvoice(pool: town.pool)(number)
        #expect(String(decoding: InvoiceJSON.bytes(stored.invoice), as: UTF8.self).contains(#""basis":"values""#))
        let page = try #require(BillPage(stored.invoice, language: .de).comparison)
        #expect(
            page.sentence
                == "Ihr Verbrauch ist 3 % höher als in denselben Tagen des Vorjahres. Der Vorjahreswert beruht auf den Messwerten dieser Tage."
        )
        #expect(page.bars.map(\.text) == ["310\u{00A0}kWh", "320\u{00A0}kWh"])
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `takes the readings around the days by the course of the season`() async throws {
        let town = try await F()
        _ = try await february(town, [.init(key: "1", advance: "4000")])
        let same = try #require(try await last(town).previous?.sameDays)
        #expect(same.basis == .divided)
        // February is more than 28/365 of a household's year (306.8 kWh), and less than a tenth of it.
        #expect((310_000_000...400_000_000).contains(same.consumption.micro), "\(same.consumption.number)")
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `of a contract that had another point then is told by its own bill, not by whoever lived there`() async throws {
        let town = try await F()
        // The neighbour, who moves out with 2025, used four times as much.
        try await town.add([.init(key: "1", advance: "1500"), .init(key: "2", advance: "6000", until: "2026-01-01")])
        #expect(try await town.bill().billed >= 1)
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-2", "tariff": "electricity/basis", "from": "2026-01-01", "cycle": "monthly", "attributes": {"usage": "household", "region": "neumuenster"}}]}"#
        )
        try await read("2", [("2026-02-01", "7140"), ("2026-03-01", "7270")], town)
        for end in [Day(2026, 2, 1), Day(2026, 3, 1)] {
            let run = try await RunBilling(pool: town.pool)(
                cycle: "monthly", periodEnd: end, author: F.author, today: end.adding(days: 9), now: F.now)
            #expect((run.billed, run.held) == (1, 0))
        }
        let same = try #require(try await last(town).previous?.sameDays)
        #expect(same.basis == .profile && same.period == .month(2025, 2))
        // 1,500 kWh of a year, not 6,000.
        #expect((115_000_000...150_000_000).contains(same.consumption.micro), "\(same.consumption.number)")
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }
}
