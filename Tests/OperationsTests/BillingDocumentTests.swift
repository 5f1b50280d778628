import BillingOperations
import Digests
import InvoiceFormats
import Postgres
import TestKit
import Testing
import Values

@Suite(.database) struct `The paper of` {
    @Test func `a bill is drawn once and kept`() async throws {
        let town = try await BillingFixture()
        try await town.add([.init(key: "A")])
        _ = try await town.bill()
        let number = try #require(try await town.invoices().first).number
        let get = GetBillDocument(pool: town.pool)
        let first = try await get(number, language: .de, now: BillingFixture.now)
        #expect(String(decoding: first.prefix(8), as: UTF8.self) == "%PDF-1.7")
        #expect(try await get(number, language: .de, now: BillingFixture.now) == first)
        #expect(try await get(number, language: .en, now: BillingFixture.now) != first)
        #expect(try await town.count("invoice_document") == 2)
        await #expect(throws: BillingRefusal.unknownInvoice("R-00")) { try await get("R-00", language: .de, now: BillingFixture.now) }
    }

    @Test func `a run is drawn in pages, and only what is missing`() async throws {
        let town = try await BillingFixture()
        try await town.add((0..<7).map { .init(key: "C\($0)") })
        _ = try await town.bill()
        let one = try #require(try await town.invoices().first).number
        _ = try await GetBillDocument(pool: town.pool)(one, language: .de, now: BillingFixture.now)
        let render = RenderDocuments(pool: town.pool, workers: 2, pageSize: 2)
        #expect(try await render(language: .de, clock: { BillingFixture.now }).drawn == 6)
        #expect(try await render(language: .de, clock: { BillingFixture.now }).drawn == 0)
        #expect(try await town.count("invoice_document") == 7)
        #expect(try await render(language: .en, limit: 3, clock: { BillingFixture.now }).drawn == 3)
        await #expect(throws: BillingRefusal.unknownRun("L-99")) {
            try await render(run: "L-99", language: .de, clock: { BillingFixture.now })
        }
        #expect(try await VerifyInvoices(pool: town.pool)(pageSize: 3).discrepancies.isEmpty)
    }

    @Test func `one that cannot be computed again is named, and the others are drawn`() async throws {
        let town = try await BillingFixture()
        try await town.add((0..<5).map { .init(key: "C\($0)") })
        _ = try await town.bill()
        let broken = try await town.invoices().map(\.number).sorted()[1]
        try await town.pool.transaction { connection in
            try connection.script(
                """
                ALTER TABLE invoice DISABLE TRIGGER USER;
                UPDATE invoice SET inputs = 'nothing' WHERE number = '\(broken)';
                ALTER TABLE invoice ENABLE TRIGGER USER;
                """)
        }
        let report = try await RenderDocuments(pool: town.pool, workers: 1, pageSize: 2)(language: .de, clock: { BillingFixture.now })
        #expect(report.drawn == 4)
        #expect(report.damaged.map(\.number) == [broken])
        #expect(try await town.count("invoice_document") == 4)
    }

    @Test func `a bill that was exchanged is named by verify`() async throws {
        let town = try await BillingFixture()
        try await town.add([.init(key: "A"), .init(key: "B")])
        _ = try await town.bill()
        _ = try await RenderDocuments(pool: town.pool)(language: .de, clock: { BillingFixture.now })
        try await town.pool.transaction { connection in
            try connection.script(
                """
                ALTER TABLE invoice_document DISABLE TRIGGER USER;
                UPDATE invoice_document SET xml_sha256 = sha256('another') WHERE invoice_id = (SELECT min(id) FROM invoice);
                """)
        }
        let report = try await VerifyInvoices(pool: town.pool)()
        #expect(report.discrepancies.map(\.what) == ["the e-invoice is not the one that pdf.de was printed with"])
    }
}
