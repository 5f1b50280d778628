import BillingOperations
import Foundation
import InvoiceFormats
import Postgres
import TestKit
import Testing
import Values

@Suite(.database) struct `The e-invoice of` {
    /// One bill of each commodity and a Storno, left where `ZAEHLWERK_TEST_INVOICES` says for the outside check.
    @Test func `each commodity is written from the stored bill`() async throws {
        let town = try await BillingFixture()
        try await town.add([
            .init(key: "E"), .init(key: "G", tariff: "gas/basis", commodity: "gas", obis: "7-0:3.0.0", unit: "m3", advance: "1500"),
            .init(
                key: "W", tariff: "water/basis", commodity: "water", obis: "8-0:1.0.0", unit: "m3", advance: "105.25",
                attributes: #"{"sealedArea": "120.5"}"#),
            .init(key: "H", tariff: "heat/basis", commodity: "heat", obis: "6-0:1.0.0", unit: "kWh", advance: "12000"),
        ])
        _ = try await town.bill()
        let first = try #require(try await town.invoices().first)
        _ = try await CancelInvoice(pool: town.pool)(
            first.number, reason: "Test", author: "clerk", today: Day(2026, 2, 2), now: BillingFixture.now)
        let records = try await town.invoices()
        #expect(records.count == 5)
        let folder = ProcessInfo.processInfo.environment["ZAEHLWERK_TEST_INVOICES"]
        for record in records {
            let stored = try await GetInvoice(pool: town.pool)(record.number)
            let xml = XRechnung.bytes(stored.invoice)
            #expect(String(decoding: xml, as: UTF8.self).contains("<ram:GrandTotalAmount>\(record.gross.magnitude)</ram:GrandTotalAmount>"))
            guard let folder else { continue }
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(xml).write(to: URL(filePath: folder).appending(path: "\(record.number).xml"))
        }
    }
}
