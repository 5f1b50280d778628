import BillingOperations
import Foundation
import InvoiceFormats
import Postgres
import TariffFiles
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `A bill three years later` {
    /// What was handed out of each bill: document, both e-invoices, and why.
    private func faces(_ town: BillingFixture) async throws -> [String: [[UInt8]]] {
        var faces: [String: [[UInt8]]] = [:]
        for record in try await town.invoices() {
            let invoice = try await GetInvoice(pool: town.pool)(record.number).invoice
            faces[record.number] = [
                try await GetInvoice(pool: town.pool).document(record.number), InvoiceJSON.bytes(invoice), XRechnung.bytes(invoice),
                UBLInvoice.bytes(invoice), ExplanationJSON.bytes(invoice),
            ]
        }
        return faces
    }
    private static func edited(_ sources: [TariffFolder.Source], _ path: String, _ old: String, _ new: String) -> [TariffFolder.Source] {
        sources.map { source in
            guard source.path == path else { return source }
            let text = String(decoding: source.bytes, as: UTF8.self)
            #expect(text.contains(old), "\(path)")
            return TariffSources.source(path: path, bytes: Array(text.replacing(old, with: new).utf8))
        }
    }

    @Test func `says the same, byte for byte, whatever has become of prices, readings, contract and customer`() async throws {
        let town = try await F()
        try await town.add([
            .init(key: "1"), .init(key: "2", until: "2025-10-01"),
            .init(key: "G", tariff: "gas/basis", commodity: "gas", obis: "7-0:3.0.0", unit: "m3", advance: "1500"),
        ])
        _ = try await town.bill()
        let first = try #require(try await town.invoices(.init(accounts: ["a-G"])).first)
        _ = try await CancelInvoice(pool: town.pool)(first.number, reason: "Test", author: F.author, today: F.today, now: F.now)
        let before = try await faces(town)
        #expect(before.count >= 3)

        // The price is corrected by another revision, series know more, the supplier has moved and is reached elsewhere.
        let original = try #require(try F.sources().first { $0.path == "electricity/basis/2025-07-01.yaml" })
        let revised = String(decoding: original.bytes, as: UTF8.self).replacing(
            "supersedes: 2025-01-01", with: "supersedes: 2025-01-01\nrevision: \"2\"\ncorrects: 2025-07-01"
        ).replacing("Strom Basis", with: "Strom Basis, berichtigt")
        var later = Self.edited(try F.sources(), "_series/supplier.yaml", "Werkstraße 1", "Neue Straße 99")
        later = Self.edited(
            later, "_series/de-strom.yaml", "source: \"Netztransparenz, 25.10.2025\"}\n  offshore_umlage",
            "source: \"Netztransparenz, 25.10.2025\"}\n      - {from: 2028-01-01, value: \"0.5\", source: \"Annahme\"}\n  offshore_umlage")
        later.append(TariffSources.source(path: "electricity/basis/2025-07-01.r2.yaml", bytes: Array(revised.utf8)))
        let published = try await PublishTariffs(pool: town.pool)(later, author: "test", today: Day(2027, 6, 1), now: F.now)
        #expect(published.published.count == 3)
        // The reading was wrong, the meter was exchanged in the books, the customer has married and moved, the contract has other terms.
        try await town.send(
            [
                #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "3999", "unit": "kWh", "status": "measured"}"#
            ], now: F.now.adding(seconds: 900 * 86_400))
        try await town.load(
            #"""
            {"partners": [{"key": "p-1", "kind": "person", "name": {"given": "Erika", "family": "Neu"}, "address": {"street": "Anderswo", "house": "7", "postcode": "80331", "city": "München"}}],
             "contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2025-07-01", "cycle": "annual-12", "attributes": {"usage": "commercial"}}]}
            """#)
        #expect(try await FindCorrections(pool: town.pool)(author: "finder", now: F.now.adding(seconds: 900 * 86_400)).touched > 0)

        #expect(try await faces(town) == before)
        let verified = try await VerifyInvoices(pool: town.pool)()
        #expect(verified.discrepancies.isEmpty, "\(verified.discrepancies)")
        #expect(Int64(verified.checked) == (try await town.count("invoice")))
    }
}
