import Billing
import BillingOperations
import InvoiceFormats
import Metering
import PartnerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// A household's profile has more in winter than a shop's: by its own each side of a change would find another figure.
@Suite(.database) struct `A day on which nobody read the meter, and terms change` {
    private func contract(_ key: String, from: String, _ attributes: String) -> String {
        #"{"contracts": [{"key": "c-\#(key)", "account": "a-\#(key)", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "\#(from)", "cycle": "annual-12", "attributes": \#(attributes)}]}"#
    }
    private let shop = #"{"usage": "commercial", "region": "neumuenster"}"#
    private func rows(_ town: BillingFixture) async throws -> [MeterRow] {
        var rows: [MeterRow] = []
        for record in try await town.invoices().sorted(by: { $0.number < $1.number }) {
            rows += try await GetInvoice(pool: town.pool)(record.number).invoice.draft.meters
        }
        return rows.sorted { $0.range.from < $1.range.from }
    }
    private func rests(_ town: BillingFixture, invoices: Int) async throws {
        _ = try await town.bill()
        #expect(try await town.invoices().count == invoices)
        let report = try await FindCorrections(pool: town.pool)(author: "finder", now: F.now.adding(seconds: 60))
        #expect(report.proposed == 0 && report.unclear.isEmpty, "\(report)")
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `is divided once where they change between two years: no kWh is charged twice`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", isRead: false)])
        try await town.load(contract("1", from: "2026-01-01", shop))
        let later = F.now.adding(seconds: 366 * 86_400)
        try await town.send(
            [("2025-01-01", "1000"), ("2027-01-01", "21000")].map { day, value in
                #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
            }, now: later)
        for end in [Day(2026, 1, 1), Day(2027, 1, 1)] {
            let run = try await RunBilling(pool: town.pool)(
                cycle: "annual-12", periodEnd: end, author: F.author, today: Day(2027, 1, 12), now: later)
            #expect((run.billed, run.held) == (1, 0))
        }
        let rows = try await rows(town)
        #expect(rows.count == 2 && rows[0].end?.micro == rows[1].begin?.micro)
        #expect(rows.reduce(0) { $0 + $1.quantity.micro } == 20_000_000_000)
        #expect(try await FindCorrections(pool: town.pool)(author: "finder", now: later.adding(seconds: 60)).proposed == 0)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `is the same for the tenant who leaves and the one who comes`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", advance: "10000", until: "2025-07-01")])
        try await town.load(
            #"{"partners": [{"key": "p-2", "kind": "person", "name": {"given": "Max", "family": "Neu"}, "address": {"street": "Hauptstraße", "house": "1", "postcode": "24534", "city": "Neumünster"}}], "accounts": [{"key": "a-2", "partner": "p-2"}]}"#
        )
        try await town.load(contract("2", from: "2025-07-01", shop))
        #expect(try await town.bill().billed == 2)
        let rows = try await rows(town)
        #expect(rows.count == 2 && rows[0].end?.micro == rows[1].begin?.micro)
        #expect(rows.reduce(0) { $0 + $1.quantity.micro } == 10_000_000_000)
        try await rests(town, invoices: 2)
    }
}

/// What moves no price cuts no bill.
@Suite(.database) struct `A contract whose terms change inside the year` {
    private func town(_ attributes: String) async throws -> BillingFixture {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2025-04-01", "cycle": "annual-12", "attributes": \#(attributes)}]}"#
        )
        return town
    }

    @Test func `is billed like its neighbour where the tariff reads nothing of it, and both stretches are covered`() async throws {
        let town = try await town(#"{"usage": "household", "region": "neumuenster", "note": "neu"}"#)
        let run = try await town.bill()
        #expect((run.billed, run.held) == (3, 0))
        let invoices = try await town.invoices()
        #expect(invoices.count == 2 && Set(invoices.map(\.gross)).count == 1)
        for invoice in invoices {
            #expect(try await GetInvoice(pool: town.pool)(invoice.number).invoice.draft.supplies.count == 1)
        }
        let covered = try await town.pool.with { connection in
            try connection.query(
                "SELECT v.period::text FROM invoice_coverage v JOIN contract c ON c.id = v.contract_id WHERE c.key = 'c-1' ORDER BY lower(v.period)"
            )
            .map { try $0.get(0) as String }
        }
        #expect(covered == ["[2025-01-01,2025-04-01)", "[2025-04-01,2026-01-01)"])
        #expect(try await town.bill().billed == run.billed)
        #expect(try await town.invoices().count == 2)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await FindCorrections(pool: town.pool)(author: "finder", now: F.now.adding(seconds: 60)).proposed == 0)
        // A reading that comes late corrects the whole once.
        try await town.send(
            [
                #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "4600", "unit": "kWh", "status": "measured"}"#
            ], now: F.now.adding(seconds: 120))
        let report = try await FindCorrections(pool: town.pool)(author: "finder", now: F.now.adding(seconds: 180))
        #expect((report.proposed, report.unclear.count) == (1, 0))
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        let released = try await DecideCorrection(pool: town.pool).release(
            proposal.id, method: .rebill, reason: "Ablesung", author: F.author, today: F.today, now: F.now.adding(seconds: 240))
        let rebilled = try await GetInvoice(pool: town.pool)(try #require(released.document))
        #expect(rebilled.record.gross == proposal.right)
        let again = try await town.pool.with { connection in
            try connection.one(
                "SELECT count(*) FROM invoice_coverage v JOIN invoice i ON i.id = v.invoice_id WHERE i.number = \(rebilled.record.number)",
                as: Int64.self)
        }
        #expect(again == 2)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `keeps what was agreed for each day in its inputs`() async throws {
        let town = try await town(#"{"usage": "commercial", "region": "neumuenster"}"#)
        #expect(try await town.bill().billed == 3)
        let bytes = try await town.pool.with { connection in
            try connection.one(
                "SELECT i.inputs FROM invoice i JOIN contract c ON c.id = i.contract_id WHERE c.key = 'c-1' LIMIT 1", as: [UInt8].self)
        }
        let inputs = try StoredInputs(parsing: bytes)
        #expect(inputs.parts.count == 1)
        #expect(inputs.parts.first?.terms.map(\.from) == [Day(2025, 1, 1), Day(2025, 4, 1)])
        #expect(inputs.parts.first?.terms.map { $0.attributes["usage"] } == ["household", "commercial"])
        #expect(inputs.bytes == bytes)
    }
}
