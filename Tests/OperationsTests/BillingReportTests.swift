import Billing
import BillingOperations
import Ledger
import Postgres
import ReportFormats
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `The report of a billing run` {
    private func town() async throws -> BillingFixture {
        let town = try await F()
        try await town.add([
            .init(key: "E"), .init(key: "F", advance: "20000"), .init(key: "N", isRead: false), .init(key: "M", isRead: false),
            .init(key: "T", tariff: "electricity/moon"),
            .init(
                key: "W", tariff: "water/basis", commodity: "water", obis: "8-0:1.0.0", unit: "m3", advance: "105.25",
                attributes: #"{"usage": "household", "sealedArea": "120.5", "runoffCoefficient": "0.9"}"#),
        ])
        return town
    }

    @Test func `counts, adds up and balances`() async throws {
        let town = try await town()
        let run = try await town.bill()
        let report = try await ReportBillingRun(pool: town.pool)(run.number)
        #expect((report.bills, report.cancelled) == (3, 0))
        #expect((report.net, report.tax, report.gross) == (run.net, run.tax, run.gross))
        #expect(report.commodities.map(\.name) == ["electricity", "water"])
        #expect(report.commodities.map(\.bills) == [2, 1])
        // The same money by rate and by tariff.
        #expect(report.taxes.map(\.net).total() == run.net)
        #expect(report.taxes.map(\.tax).total() == run.tax)
        #expect(report.taxes.map(\.rate) == [TaxRate(basisPoints: 1_900), TaxRate(basisPoints: 700), nil])
        #expect(report.tariffs.map(\.net).total() == run.net)
        #expect(report.tariffs.allSatisfy { $0.name.hasPrefix("electricity/basis/2025-") || $0.name.hasPrefix("water/basis/") })
        #expect(report.holds.map(\.code) == ["usage-unusable", "no-tariff"])
        #expect(report.holds.map(\.contracts) == [2, 1])
        let invoices = try await town.invoices().sorted { $0.gross > $1.gross }
        #expect(report.largest.map(\.invoice) == invoices.map(\.number))
        #expect(report.smallest.map(\.invoice) == invoices.reversed().map(\.number))
        let balance = try #require(report.balance)
        #expect(balance.balances)
        #expect(balance.rows.first { $0.ledger == ChartOfAccounts.receivables }?.debit == run.gross)
        let vat = balance.rows.filter { ChartOfAccounts.account($0.ledger)?.kind == .tax }
        #expect(vat.map(\.credit).total() == run.tax)
    }

    @Test func `has the same rows in every format`() async throws {
        let town = try await town()
        let table = try await ReportBillingRun(pool: town.pool)(try await town.bill().number).table
        let sections = table.rows.map { $0[0].plain }
        for section in ["run", "commodity", "tax", "tariff", "hold", "largest", "smallest", "ledger"] {
            #expect(sections.contains(section), "\(section)")
        }
        let csv = String(decoding: table.csv, as: UTF8.self)
        #expect(csv.hasPrefix("section,key,text,count,net,tax,gross,debit,credit\r\n"))
        #expect(csv.split(separator: "\r\n").count == table.rows.count + 1)
        #expect(try table.xlsx().starts(with: Array("PK".utf8)))
        let sums = try #require(table.sums)
        #expect(sums[7] == sums[8])
    }

    @Test func `stays what it was when a bill is taken back, and says so`() async throws {
        let town = try await town()
        let run = try await town.bill()
        let before = try await ReportBillingRun(pool: town.pool)(run.number)
        let first = try #require(try await town.invoices().first)
        _ = try await CancelInvoice(pool: town.pool)(first.number, reason: "falsch", author: F.author, today: F.today, now: F.now)
        let after = try await ReportBillingRun(pool: town.pool)(run.number)
        #expect((after.bills, after.cancelled, after.gross) == (before.bills, 1, before.gross))
        #expect(after.balance == before.balance)
    }

    @Test func `splits a common paper by what its lines are for, as the accounts do`() async throws {
        let town = try await town()
        try await town.pool.with {
            try $0.script(
                "UPDATE account SET collective_invoice = true; UPDATE contract SET account_id = (SELECT id FROM account WHERE key = 'a-E') WHERE key IN ('c-E', 'c-W')"
            )
        }
        let run = try await town.bill()
        let report = try await ReportBillingRun(pool: town.pool)(run.number)
        #expect((report.bills, report.net, report.tax) == (2, run.net, run.tax))
        #expect(report.commodities.map(\.name) == ["electricity", "water"] && report.commodities.map(\.bills) == [2, 1])
        #expect(report.commodities.map(\.net).total() == run.net)
        let electricity = try #require(report.balance?.rows.first { $0.ledger.number == 8410 })
        #expect(report.commodities[0].net == electricity.credit)
        #expect(report.commodities.map(\.tax) == [nil, nil], "the tax of a common paper is computed once")
    }

    @Test func `of a simulation has its sums and no ledger`() async throws {
        let town = try await town()
        let run = try await town.bill(simulate: true)
        let report = try await ReportBillingRun(pool: town.pool)(run.number)
        #expect((report.bills, report.net, report.gross) == (3, run.net, run.gross))
        #expect(report.balance == nil && report.taxes.isEmpty)
        #expect(report.holds.map(\.contracts) == [2, 1])
        #expect(report.largest.count == 3 && report.largest[0].invoice == nil)
        let real = try await ReportBillingRun(pool: town.pool)(try await town.bill().number)
        #expect(real.commodities == report.commodities)
        #expect(real.largest.map(\.contract) == report.largest.map(\.contract))
    }

    @Test func `of an unknown run is refused`() async throws {
        let town = try await F(publish: false)
        await #expect(throws: BillingRefusal.unknownRun("L-99")) { _ = try await ReportBillingRun(pool: town.pool)("L-99") }
    }
}
