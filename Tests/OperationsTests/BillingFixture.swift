import BillingOperations
import Foundation
import LedgerOperations
import MasterDataFormat
import MeteringOperations
import PartnerOperations
import Postgres
import ReadingFormats
import TariffFiles
import TestKit
import Values

/// A town with published tariffs: partners, contracts and readings as a test wants them.
struct BillingFixture: Sendable {
    static let today = Day(2026, 1, 12)
    static let now = Instant(seconds: 1_768_204_800)
    static let author = "clerk"

    let pool: Pool
    let directory = MeterDirectory()

    init(publish: Bool = true) async throws {
        pool = TestDatabase.current.pool
        if publish {
            try await PublishTariffs(pool: pool)(
                try BillingFixture.sources(), author: "test", today: BillingFixture.today, now: BillingFixture.now)
        }
    }

    static func sources() throws -> [TariffFolder.Source] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try TariffSources.read(folder: root.appending(path: "Tariffs").path)
    }

    /// One customer with one contract. Registers are read at the ends of 2025 with this advance.
    struct Customer {
        var key: String
        var tariff = "electricity/basis"
        var commodity = "electricity"
        var obis = "1-0:1.8.0"
        var unit = "kWh"
        var advance = "3500"
        var from = "2025-01-01"
        var until: String?
        var cycle = "annual-12"
        var attributes = #"{"usage": "household", "region": "neumuenster"}"#
        var isRead = true
    }

    func add(_ customers: [Customer]) async throws {
        func list(_ item: (Customer) -> String) -> String { customers.map(item).joined(separator: ",") }
        let json = #"""
            {"partners": [\#(list { #"{"key": "p-\#($0.key)", "kind": "person", "name": {"given": "Erika", "family": "Muster \#($0.key)"}, "address": {"street": "Hauptstraße", "house": "1", "postcode": "24534", "city": "Neumünster"}}"# })],
             "accounts": [\#(list { #"{"key": "a-\#($0.key)", "partner": "p-\#($0.key)"}"# })],
             "meteringPoints": [\#(list { #"{"code": "POINT-\#($0.key)", "commodity": "\#($0.commodity)", "meters": [{"serial": "M-\#($0.key)", "from": "2024-01-01", "registers": [{"obis": "\#($0.obis)", "unit": "\#($0.unit)", "decimals": 3}]}]}"# })],
             "contracts": [\#(list { #"{"key": "c-\#($0.key)", "account": "a-\#($0.key)", "meteringPoint": "POINT-\#($0.key)", "tariff": "\#($0.tariff)", "from": "\#($0.from)", "until": \#($0.until.map { "\"\($0)\"" } ?? "null"), "cycle": "\#($0.cycle)", "attributes": \#($0.attributes)}"# })]}
            """#
        try await load(json)
        let read = customers.filter(\.isRead)
        guard !read.isEmpty else { return }
        let readings = read.flatMap { customer in
            [
                ("2025-01-01", "1000"),
                ("2026-01-01", DecimalText.format((DecimalText.parse(customer.advance, scale: 6) ?? 0) + 1_000_000_000, scale: 6)),
            ].map { day, value in
                #"{"meter": "M-\#(customer.key)", "obis": "\#(customer.obis)", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "\#(customer.unit)", "status": "measured"}"#
            }
        }
        try await send(readings)
    }

    func load(_ json: String) async throws {
        let document = try MasterDataDocument(json: Array(json.utf8))
        try await pool.transaction { connection in
            _ = try MeteringMasterData.write(document.meteringPoints, in: connection)
            try PartnerMasterData.write(
                partners: document.partners, accounts: document.accounts, contracts: document.contracts, in: connection, author: "test",
                now: BillingFixture.now)
        }
    }

    func send(
        _ registers: [String], id: String = "m-\(UInt64.random(in: 0 ... .max))", now: Instant = BillingFixture.now
    ) async throws {
        let body = Array(#"{"messageId": "\#(id)", "source": "gw", "registers": [\#(registers.joined(separator: ","))]}"#.utf8)
        _ = try await IngestReadings(pool: pool, directory: directory)(
            try JSONReadings.parse(body), body: body, format: "json", now: now)
    }

    func bill(_ cycle: String = "annual-12", _ end: Day = Day(2026, 1, 1), simulate: Bool = false, pageSize: Int = 500, workers: Int = 2)
        async throws -> BillingRunRecord
    {
        try await RunBilling(pool: pool, pageSize: pageSize, workers: workers)(
            cycle: cycle, periodEnd: end, simulate: simulate, author: BillingFixture.author, today: BillingFixture.today,
            now: BillingFixture.now)
    }

    func invoices(_ filter: ListInvoices.Filter = .init()) async throws -> [InvoiceRecord] {
        try await ListInvoices(pool: pool)(filter, limit: 10_000).invoices
    }

    /// What customers owe by the journal.
    func receivables() async throws -> Money {
        try await pool.with {
            try $0.one("SELECT coalesce(sum(amount_cents), 0)::bigint FROM posting WHERE account_id IS NOT NULL", as: Money.self)
        }
    }
    func count(_ table: String) async throws -> Int64 {
        try await pool.with { try $0.one("SELECT count(*) FROM \(name: table)", as: Int64.self) }
    }
}
