import Billing
import BillingOperations
import Foundation
import InvoiceFormats
import LedgerOperations
import Postgres
import Tariffs
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `One paper` {
    /// Electricity, gas and water of one account.
    private func house(collective: Bool = true) async throws -> BillingFixture {
        let town = try await F()
        try await town.add([
            .init(key: "E"), .init(key: "G", tariff: "gas/basis", commodity: "gas", obis: "7-0:3.0.0", unit: "m3", advance: "1500"),
            .init(
                key: "W", tariff: "water/basis", commodity: "water", obis: "8-0:1.0.0", unit: "m3", advance: "105.25",
                attributes: #"{"usage": "household", "sealedArea": "120.5", "runoffCoefficient": "0.9"}"#),
        ])
        try await town.load(#"{"accounts": [{"key": "a-E", "partner": "p-E", "collectiveInvoice": \#(collective)}]}"#)
        try await town.pool.with { try $0.script("UPDATE contract SET account_id = (SELECT id FROM account WHERE key = 'a-E')") }
        return town
    }

    @Test func `for all contracts of an account: one number, one amount due, tax once per rate`() async throws {
        let apart = try await house(collective: false)
        let parts = try await apart.bill(simulate: true)
        try await apart.load(#"{"accounts": [{"key": "a-E", "partner": "p-E", "collectiveInvoice": true}]}"#)
        let trial = try await apart.bill(simulate: true)
        let run = try await apart.bill(pageSize: 1)
        #expect((run.billed, run.held) == (3, 0))
        // A trial says what each supply on the paper comes to, as the run does by its lines.
        let report = ReportBillingRun(pool: apart.pool)
        let (tried, real) = (try await report(trial.number), try await report(run.number))
        #expect(tried.commodities == real.commodities && tried.commodities.map(\.name) == ["electricity", "gas", "water"])
        #expect((tried.net, tried.tax, tried.gross) == (real.net, real.tax, real.gross))
        #expect(Set(tried.tariffs.map(\.name)) == ["electricity/basis", "gas/basis", "water/basis"])
        #expect(tried.tariffs.allSatisfy { $0.net > .zero } && tried.tariffs.map(\.net).total() == tried.net)
        let invoices = try await apart.invoices()
        #expect(invoices.count == 1)
        #expect(run.gross == invoices[0].gross)
        #expect(invoices[0].net == parts.net)
        let stored = try await GetInvoice(pool: apart.pool)(invoices[0].number)
        let draft = stored.invoice.draft
        #expect(draft.supplies.count == 3)
        #expect(Set(draft.supplies.map(\.contract.tariff.commodity)) == [.electricity, .gas, .water])
        #expect(draft.lines.map(\.position) == Array(1...draft.lines.count))
        #expect(draft.totals.groups.count == 3, "19 %, 7 % and outside of tax")
        #expect(try await apart.receivables() == invoices[0].gross)
        #expect(try await VerifyInvoices(pool: apart.pool)().discrepancies.isEmpty)
        #expect(try await apart.bill().billed == 3)
        #expect(try await apart.invoices().count == 1)
        let again = try #require(String(bytes: stored.document, encoding: .utf8))
        #expect(again.contains(#""supplies""#))
        try await apart.keepInvoices("collective")
        // Taken back, all three are free again.
        _ = try await CancelInvoice(pool: apart.pool)(invoices[0].number, reason: "x", author: F.author, today: F.today, now: F.now)
        #expect(try await apart.receivables() == .zero)
        #expect(try await apart.bill().billed == 3)
        #expect(try await apart.invoices().count == 3)
        #expect(try await VerifyInvoices(pool: apart.pool)().discrepancies.isEmpty)
    }

    @Test func `is not corrected while one of its contracts is on hold`() async throws {
        let town = try await house()
        _ = try await town.bill()
        // It is the electricity that was read wrong, and the water that is on hold.
        try await town.send([
            #"{"meter": "M-E", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "4000", "unit": "kWh", "status": "measured"}"#
        ])
        _ = try await FindCorrections(pool: town.pool)(author: "finder", now: F.now)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        for contract in ["c-E", "c-G", "c-W"] {
            let holds = HoldBilling(pool: town.pool)
            _ = try await holds.hold(.contract(contract), reason: "Prüfung", author: "clerk", now: F.now)
            for method in CorrectionProposal.Method.allCases {
                await #expect(throws: BillingRefusal.onHold("Prüfung"), "\(contract), \(method)") {
                    try await DecideCorrection(pool: town.pool).release(
                        proposal.id, method: method, reason: "nachgereicht", author: F.author, today: F.today, now: F.now)
                }
            }
            _ = try await holds.lift(.contract(contract), reason: "fertig", author: "clerk", now: F.now)
        }
        let released = try await DecideCorrection(pool: town.pool).release(
            proposal.id, reason: "nachgereicht", author: F.author, today: F.today, now: F.now)
        #expect(released.state == .released)
    }

    @Test func `waits for the contract that cannot be billed`() async throws {
        let town = try await house()
        try await town.pool.with { try $0.script("UPDATE contract SET tariff = 'gas/moon' WHERE key = 'c-G'") }
        let run = try await town.bill()
        #expect((run.billed, run.held) == (0, 3))
        let held = try await ListHeldInvoices(pool: town.pool)().items
        #expect(Set(held.flatMap(\.reasons).map(\.code)) == ["no-tariff", "bill-incomplete"])
        try await town.pool.with { try $0.script("UPDATE contract SET tariff = 'gas/basis' WHERE key = 'c-G'") }
        #expect(try await town.bill().billed == 3)
        #expect(try await ListHeldInvoices(pool: town.pool)().items.isEmpty)
    }

    @Test func `for a contract whose terms changed inside the year`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2025-07-01", "attributes": {"note": "neu"}}]}"#
        )
        let run = try await town.bill()
        #expect((run.billed, run.held) == (2, 0))
        let invoices = try await town.invoices()
        #expect(invoices.count == 1)
        #expect(invoices[0].kind == .annual)
        #expect(invoices[0].period == DayRange.year(2025))
        #expect(invoices[0].consumption?.micro == 3_500_000_000)
        let draft = try await GetInvoice(pool: town.pool)(invoices[0].number).invoice.draft
        #expect(draft.supplies.map(\.period.from) == [Day(2025, 1, 1)], "no price reads what changed")
        try await town.keepInvoices("terms")
        #expect(try await town.bill().gross == run.gross)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }
}
