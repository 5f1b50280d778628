import Billing
import BillingOperations
import InvoiceFormats
import Postgres
import Tariffs
import Testing
import TestKit
import Values

private typealias F = BillingFixture

/// Water with a meter in the garden that has a point of its own.
@Suite(.database) struct `A deduction meter at another metering point` {
    private static let now = Instant(seconds: F.now.microseconds / 1_000_000 + 365 * 86_400)
    private static let today = Day(2027, 1, 12)

    private func reading(_ serial: String, _ obis: String, _ day: String, _ value: String) -> String {
        #"{"meter": "\#(serial)", "obis": "\#(obis)", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "m3", "status": "measured"}"#
    }
    private func town(deducting serial: String) async throws -> BillingFixture {
        let town = try await F()
        try await town.add([
            .init(
                key: "1", tariff: "water/garden", commodity: "water", obis: "8-0:1.0.0", unit: "m3", from: "2026-01-01",
                attributes: #"{"usage": "household", "sealedArea": "80.4", "runoffCoefficient": "0.9", "deductionMeter": "\#(serial)"}"#,
                isRead: false)
        ])
        try await town.load(
            #"""
            {"meteringPoints": [{"code": "GARDEN", "commodity": "water", "meters": [{"serial": "9F4G1", "from": "2024-01-01", "registers": [
                {"obis": "8-0:1.0.0", "unit": "m3", "decimals": 3}]}]}]}
            """#)
        try await town.send(
            [
                reading("M-1", "8-0:1.0.0", "2026-01-01", "100"), reading("M-1", "8-0:1.0.0", "2027-01-01", "172.345"),
                reading("9F4G1", "8-0:1.0.0", "2026-01-01", "10"), reading("9F4G1", "8-0:1.0.0", "2027-01-01", "30.678"),
            ], now: Self.now)
        return town
    }
    private func bill(_ town: BillingFixture) async throws -> BillingRunRecord {
        try await RunBilling(pool: town.pool)(
            cycle: "annual-12", periodEnd: Day(2027, 1, 1), author: F.author, today: Self.today, now: Self.now)
    }

    @Test func `is left out of the waste water, and a late reading of it is found`() async throws {
        let town = try await town(deducting: "9F4G1")
        let run = try await bill(town)
        #expect((run.billed, run.held) == (1, 0))
        let number = try #require(try await town.invoices().first?.number)
        let lines = try await GetInvoice(pool: town.pool)(number).invoice.draft.lines
        let waste = try #require(lines.first { $0.service == .wastewater })
        // 72.345 m³ less 20.678 m³; what came from the tap is charged as before.
        #expect(waste.explanation.formula(.german).hasPrefix("(72,345 m³ − 20,678 m³)"))
        // Both meters lead back to their readings; the areas of the rain water are told.
        let invoice = try await GetInvoice(pool: town.pool)(number).invoice
        let explained = String(decoding: ExplanationJSON.bytes(invoice), as: UTF8.self)
        #expect(explained.contains(#"{"deducted":true,"meter":"9F4G1""#) && explained.contains(#"{"meter":"M-1""#))
        #expect(explained.contains(#""areas":[{"area":"80.4","factor":"0.9"}"#))
        #expect(explained.contains("80.4 m² × 0.9 = 72.36 m², rounded "))
        let page = BillPage(invoice, language: .de)
        let rows = page.groups.flatMap(\.rows)
        #expect(rows.contains { $0.details.contains { $0.hasPrefix("abzüglich 9F4G1") } })
        #expect(rows.contains { $0.details.contains { $0.hasPrefix("80,4 m² × 0,9 = 72,36 m², gerundet ") } })
        #expect(lines.first { $0.component == "tw" }?.explanation.quantity?.number == "72.345")
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        let later = Self.now.adding(seconds: 3_600)
        #expect(try await FindCorrections(pool: town.pool)(author: "x", now: later).proposed == 0)
        try await town.send([reading("9F4G1", "8-0:1.0.0", "2027-01-01", "35.678")], now: later)
        #expect(try await FindCorrections(pool: town.pool)(author: "x", now: later.adding(seconds: 60)).proposed == 1)
    }

    @Test func `that shows more than the main meter holds the bill`() async throws {
        let town = try await town(deducting: "9F4G1")
        try await town.send([reading("9F4G1", "8-0:1.0.0", "2027-01-01", "90.678")], now: Self.now)
        let run = try await bill(town)
        #expect((run.billed, run.held) == (0, 1))
        let reasons = try await ListHeldInvoices(pool: town.pool)().items.flatMap(\.reasons)
        #expect(reasons.map(\.code).contains("negative-consumption"))
    }

    @Test func `that nobody knows holds the bill`() async throws {
        let town = try await town(deducting: "9F4G2")
        let run = try await bill(town)
        let held = try await GetBillingRun(pool: town.pool).held(run.number)
        #expect(held.map(\.code) == ["unknown-deduction-meter"])
        #expect(held.first?.explanation.contains("9F4G2") == true)
    }
}
