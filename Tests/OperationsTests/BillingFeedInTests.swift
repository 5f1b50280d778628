import BillingOperations
import Ledger
import LedgerOperations
import MeteringOperations
import Postgres
import ReadingFormats
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `What a roof feeds in` {
    /// 4,200 kWh were fed in during 2026; billed on 12 January 2027.
    private func bill(_ attributes: String) async throws -> (town: BillingFixture, run: BillingRunRecord) {
        let town = try await F()
        try await town.add([
            .init(
                key: "S", tariff: "electricity/feed-in", obis: "1-0:2.8.0", from: "2026-01-01", attributes: attributes, isRead: false)
        ])
        let now = Instant(seconds: F.now.microseconds / 1_000_000 + 365 * 86_400)
        let readings = [("2026-01-01", "1000"), ("2027-01-01", "5200")].map { day, value in
            #"{"meter": "M-S", "obis": "1-0:2.8.0", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
        }
        let body = Array(#"{"messageId": "s", "source": "gw", "registers": [\#(readings.joined(separator: ","))]}"#.utf8)
        _ = try await IngestReadings(pool: town.pool, directory: town.directory)(
            try JSONReadings.parse(body), body: body, format: "json", now: now)
        let run = try await RunBilling(pool: town.pool)(
            cycle: "annual-12", periodEnd: Day(2027, 1, 1), author: F.author, today: Day(2027, 1, 12), now: now)
        return (town, run)
    }

    private func balance(_ town: BillingFixture, _ ledger: GeneralLedgerNumber) async throws -> Money {
        try await town.pool.with {
            try $0.one("SELECT coalesce(sum(amount_cents), 0)::bigint FROM posting WHERE ledger = \(ledger.number)", as: Money.self)
        }
    }

    @Test func `is a credit: the customer is owed, and a purchase is booked`() async throws {
        let (town, run) = try await bill(#"{"usage": "household"}"#)
        #expect((run.billed, run.held) == (1, 0))
        // 4200 kWh × 7.94 ct
        let invoice = try #require(try await town.invoices().first)
        #expect(invoice.gross == Money("-333.48"))
        #expect(try await balance(town, ChartOfAccounts.feedIn) == Money("333.48"))
        #expect(try await town.receivables() == Money("-333.48"))
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `carries the customer's tax as input tax, if the customer charges any`() async throws {
        let (town, run) = try await bill(#"{"usage": "household", "feedInTax": "standard"}"#)
        #expect((run.billed, run.held) == (1, 0))
        #expect(try await town.invoices().first?.gross == Money("-396.84"))
        #expect(try await balance(town, ChartOfAccounts.feedIn) == Money("333.48"))
        #expect(try await balance(town, GeneralLedgerNumber(1576)) == Money("63.36"))
        #expect(try await balance(town, GeneralLedgerNumber(1776)) == .zero)
    }
}
