import Billing
import BillingOperations
import Foundation
import JSON
import LedgerOperations
import Postgres
import TariffFiles
import Tariffs
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `An issued invoice` {
    private func billed(_ count: Int = 1) async throws -> (town: BillingFixture, invoices: [InvoiceRecord]) {
        let town = try await F()
        try await town.add((1...count).map { .init(key: "\($0)", advance: "\($0 * 1_000)") })
        _ = try await town.bill()
        return (town, try await town.invoices().reversed())
    }
    private func cancel(_ number: String, in town: BillingFixture) async throws -> String {
        try await CancelInvoice(pool: town.pool)(number, reason: "falscher Stand", author: F.author, today: Day(2026, 2, 2), now: F.now)
    }

    @Test func `is taken back by a document of its own, and billed again`() async throws {
        let (town, invoices) = try await billed()
        let number = invoices[0].number
        let storno = try await cancel(number, in: town)
        let records = try await town.invoices()
        #expect(records.map(\.number) == [storno, number])
        #expect(records.map(\.state) == [.issued, .cancelled])
        #expect(records[0].cancels == number && records[1].cancelledBy == storno)
        #expect(records[0].gross == -records[1].gross)
        #expect(try await town.receivables() == .zero)
        let run = try await town.bill()
        #expect(run.billed == 1)
        let again = try await town.invoices()
        #expect(again.count == 3)
        #expect(try await town.receivables() == invoices[0].gross)
        let report = try await VerifyInvoices(pool: town.pool)()
        #expect(report.checked == 3 && report.discrepancies.isEmpty, "\(report.discrepancies)")
    }

    @Test func `is taken back once, and a Storno never`() async throws {
        let (town, invoices) = try await billed()
        let storno = try await cancel(invoices[0].number, in: town)
        await #expect(throws: BillingRefusal.alreadyCancelled(invoices[0].number, by: storno)) {
            _ = try await cancel(invoices[0].number, in: town)
        }
        await #expect(throws: BillingRefusal.isCancellation(storno)) { _ = try await cancel(storno, in: town) }
        await #expect(throws: BillingRefusal.unknownInvoice("R-99")) { _ = try await cancel("R-99", in: town) }
    }

    @Test func `taken back twice at once has one Storno`() async throws {
        let (town, invoices) = try await billed()
        let number = invoices[0].number
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 { group.addTask { (try? await cancel(number, in: town)) != nil } }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(outcomes.count { $0 } == 1)
        #expect(try await town.count("invoice") == 2)
    }

    @Test(arguments: [
        "UPDATE invoice SET gross_cents = gross_cents + 1, net_cents = net_cents + 1",
        "UPDATE invoice SET document = 'x', document_sha256 = sha256('x')", "DELETE FROM invoice_line",
        "DELETE FROM invoice", "UPDATE invoice_line SET amount_cents = 1", "TRUNCATE invoice_line",
        "UPDATE invoice SET cancelled_by = id, author = 'x'",
    ])
    func `never changes, not even for the owner of the database`(statement: String) async throws {
        let (town, _) = try await billed()
        await #expect(throws: DatabaseError.self) { try await town.pool.with { try $0.execute(SQL(raw: statement)) } }
    }

    @Test func `cannot be written twice for a day`() async throws {
        let (town, invoices) = try await billed()
        _ = try await cancel(invoices[0].number, in: town)
        _ = try await town.bill()
        // The taken back one cannot come to stand again beside the new one, nor another cover its days.
        for statement in [
            "UPDATE invoice_coverage SET is_standing = true WHERE NOT is_standing",
            "INSERT INTO invoice_coverage SELECT max(i.id), 1, v.contract_number, v.period, true FROM invoice i, invoice_coverage v WHERE v.is_standing GROUP BY 3, 4",
        ] {
            await #expect(throws: DatabaseError.self) { try await town.pool.with { try $0.execute(SQL(raw: statement)) } }
        }
    }

    @Test func `that was tampered with is named by verify`() async throws {
        let (town, invoices) = try await billed(3)
        try await town.pool.with { connection in
            try connection.script(
                """
                ALTER TABLE invoice DISABLE TRIGGER USER; ALTER TABLE invoice_line DISABLE TRIGGER USER;
                UPDATE invoice SET document = convert_to(replace(convert_from(document, 'UTF8'), '"amount":"', '"amount":"1'), 'UTF8') , document_sha256 = sha256(convert_to(replace(convert_from(document, 'UTF8'), '"amount":"', '"amount":"1'), 'UTF8')) WHERE id = 400001;
                UPDATE invoice SET inputs = convert_to(replace(convert_from(inputs, 'UTF8'), '"q":', '"q":1'), 'UTF8') WHERE id = 400002;
                UPDATE invoice_line SET amount_cents = amount_cents + 1 WHERE invoice_id = 400003 AND position = 1;
                """)
        }
        let report = try await VerifyInvoices(pool: town.pool)(pageSize: 2)
        #expect(report.checked == 3)
        #expect(Set(report.discrepancies.map(\.number)) == Set(invoices.map(\.number)))
        await #expect(throws: BillingRefusal.damaged(invoices[0].number)) { _ = try await GetInvoice(pool: town.pool)(invoices[0].number) }
    }

    @Test func `is listed by run, account, state and page`() async throws {
        let (town, invoices) = try await billed(7)
        _ = try await cancel(invoices[2].number, in: town)
        let list = ListInvoices(pool: town.pool)
        var seen: [String] = []
        var cursor: String?
        repeat {
            let page = try await list(cursor: cursor, limit: 3)
            #expect(page.invoices.count <= 3)
            seen += page.invoices.map(\.number)
            cursor = page.next
        } while cursor != nil
        #expect(seen.count == 8 && Set(seen).count == 8)
        #expect(try await town.invoices(.init(state: .cancelled)).map(\.number) == [invoices[2].number])
        #expect(try await town.invoices(.init(accounts: ["a-4"])).map(\.number) == [invoices[3].number])
        #expect(try await town.invoices(.init(accounts: [invoices[3].account])).count == 1)
        #expect(try await town.invoices(.init(run: invoices[0].run)).count == 7)
        #expect(try await town.invoices(.init(partner: invoices[0].partner)).count == 1)
    }

    @Test func `is handed out with its state`() async throws {
        let (town, invoices) = try await billed()
        let document = try await GetInvoice(pool: town.pool).document(invoices[0].number)
        let json = try JSONValue(parsing: document)
        #expect(json["state"]?.string == "issued")
        #expect(json["totals"]?["gross"]?.string == invoices[0].gross.description)
        await #expect(throws: BillingRefusal.unknownInvoice("R-1")) { _ = try await GetInvoice(pool: town.pool).document("R-1") }
    }

    @Test func `keeps its terms when the contract is changed afterwards`() async throws {
        let (town, _) = try await billed()
        // Other terms from July on: the days are billed already, so nothing is billed a second time.
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2025-07-01", "cycle": "annual-12", "attributes": {"usage": "commercial"}}]}"#
        )
        let run = try await town.bill()
        #expect(run.billed == 1)
        #expect(try await GetBillingRun(pool: town.pool).held(run.number).map(\.code) == ["already-billed"])
        #expect(try await town.invoices().count == 1)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }
}

@Suite(.database) struct `Publishing tariffs` {
    @Test func `again publishes nothing`() async throws {
        let town = try await F()
        let again = try await PublishTariffs(pool: town.pool)(try F.sources(), author: "test", today: F.today, now: F.now)
        #expect(again.published.isEmpty)
        #expect(again.unchanged == (try F.sources()).count)
        let list = try await ListTariffs(pool: town.pool)()
        // Of a version that was corrected the last revision is listed.
        #expect(list.count == (try F.sources()).filter { !$0.path.hasPrefix("_") && !$0.path.contains(".r") }.count)
        #expect(list.first?.publishedBy == "test")
    }

    @Test func `may be put back to what it said before`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await town.bill()
        let path = "_series/supplier.yaml"
        let publish = PublishTariffs(pool: town.pool)
        let other = try edited(path, "Werkstraße 1", "Werkstraße 2")
        for sources in [other, try F.sources(), other] {
            #expect(try await publish(sources, author: "test", today: F.today, now: F.now).published == [path])
        }
        #expect(try await publish(other, author: "test", today: F.today, now: F.now).published == [])
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    private func edited(_ path: String, _ replace: String, _ with: String) throws -> [TariffFolder.Source] {
        try F.sources().map { source in
            guard source.path == path else { return source }
            let text = String(decoding: source.bytes, as: UTF8.self)
            #expect(text.contains(replace))
            return TariffSources.source(path: path, bytes: Array(text.replacing(replace, with: with).utf8))
        }
    }
    private func refused(_ sources: [TariffFolder.Source]) async throws -> [String] {
        let town = try await F()
        do {
            _ = try await PublishTariffs(pool: town.pool)(sources, author: "test", today: F.today, now: F.now)
            return []
        } catch let refusal as BillingRefusal {
            guard case .faultyTariffs(let errors) = refusal else { return ["?"] }
            return errors.map(\.message)
        }
    }

    @Test func `refuses a published file that was edited, be it a comment`() async throws {
        #expect(
            try await refused(edited("electricity/basis/2025-07-01.yaml", "# Prices", "# prices")) == [
                "the file was published and has been edited"
            ])
    }
    @Test func `refuses a value of a series that has begun`() async throws {
        let messages = try await refused(edited("_series/de-strom.yaml", "value: \"0.277\"", "value: \"0.278\""))
        #expect(messages == ["the value from 2025-01-01 was published and has been edited"])
    }
    @Test func `takes another value for the future`() async throws {
        let sources = try edited(
            "_series/de-strom.yaml", "source: \"Netztransparenz, 25.10.2025\"}\n  offshore_umlage",
            "source: \"Netztransparenz, 25.10.2025\"}\n      - {from: 2027-01-01, value: \"0.5\", source: \"Annahme\"}\n  offshore_umlage")
        let town = try await F()
        let publication = try await PublishTariffs(pool: town.pool)(sources, author: "test", today: F.today, now: F.now)
        #expect(publication.published == ["_series/de-strom.yaml"])
    }
    @Test func `takes the index of a month that comes late, and one that was left out before it`() async throws {
        let town = try await F()
        let path = "_series/index-beispiel.yaml"
        let last = "      - {from: 2026-06-01, value: \"164.3\", source: \"Beispielwert\"}\n"
        let december = last + "      - {from: 2026-12-01, value: \"170.0\", source: \"Beispielwert\"}\n"
        let july = december.replacing(last, with: last + "      - {from: 2026-07-01, value: \"165.0\", source: \"Beispielwert\"}\n")
        for text in [december, july] {
            let publication = try await PublishTariffs(pool: town.pool)(
                edited(path, last, text), author: "test", today: Day(2027, 1, 10), now: F.now)
            #expect(publication.published == [path])
        }
        await #expect(throws: BillingRefusal.self) {
            try await PublishTariffs(pool: town.pool)(
                edited(path, last, july.replacing("165.0", with: "166.0")), author: "test", today: Day(2027, 1, 10), now: F.now)
        }
    }

    @Test func `keeps bills verifiable when a series has grown`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await town.bill()
        let sources = try edited(
            "_series/de-strom.yaml", "source: \"Netztransparenz, 25.10.2025\"}\n  offshore_umlage",
            "source: \"Netztransparenz, 25.10.2025\"}\n      - {from: 2027-01-01, value: \"0.5\", source: \"Annahme\"}\n  offshore_umlage")
        try await PublishTariffs(pool: town.pool)(sources, author: "test", today: F.today, now: F.now)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }
    @Test func `says whom a version touches`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2", until: "2025-06-01")])
        _ = try await town.bill()
        let key = try #require(
            try await ListTariffs(pool: town.pool)().first { $0.tariff.version.path == "electricity/basis/2025-07-01.yaml" }?.tariff.version
                .key)
        let effect = try await ListTariffs(pool: town.pool).effect(of: key, from: Day(2025, 7, 1))
        #expect(effect.contracts == 1)
        #expect(effect.invoices.count == 1)
    }
    @Test func `is needed before the first bill`() async throws {
        let town = try await BillingFixture(publish: false)
        await #expect(throws: BillingRefusal.noSupplier) { _ = try await town.bill() }
    }
}
