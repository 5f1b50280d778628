import Billing
import BillingOperations
import InvoiceFormats
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

    @Test func `and what the house draws are two contracts of one two-way meter, billed both, and never on one paper`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", from: "2026-01-01", isRead: false)])
        try await town.load(
            #"""
            {"meteringPoints": [{"code": "POINT-1", "commodity": "electricity", "meters": [{"serial": "M-1", "from": "2024-01-01", "registers": [
                {"obis": "1-0:1.8.0", "unit": "kWh", "decimals": 3}, {"obis": "1-0:2.8.0", "unit": "kWh", "decimals": 3}]}]}],
             "contracts": [{"key": "c-roof", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/feed-in", "from": "2026-01-01",
                            "cycle": "annual-12", "attributes": {"usage": "household"}}]}
            """#)
        let now = Instant(seconds: F.now.microseconds / 1_000_000 + 365 * 86_400)
        try await town.send(
            [("1-0:1.8.0", "1000", "4500"), ("1-0:2.8.0", "2000", "6200")].flatMap { obis, begin, end in
                [("2026-01-01", begin), ("2027-01-01", end)].map { day, value in
                    #"{"meter": "M-1", "obis": "\#(obis)", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
                }
            }, now: now)
        func bill() async throws -> BillingRunRecord {
            try await RunBilling(pool: town.pool)(
                cycle: "annual-12", periodEnd: Day(2027, 1, 1), author: F.author, today: Day(2027, 1, 12), now: now)
        }
        let run = try await bill()
        #expect((run.billed, run.held) == (2, 0))
        let bills = try await town.invoices()
        #expect(bills.count == 2 && bills.contains { $0.gross == Money("-333.48") } && bills.contains { $0.gross > Money(cents: 50_000) })
        // A Gutschrift is the customer's document, each paper has its own registers.
        for record in bills {
            let invoice = try await GetInvoice(pool: town.pool)(record.number).invoice
            #expect(invoice.draft.isSelfBilled == (record.gross < .zero))
            let page = BillPage(invoice, language: .de)
            #expect(page.meters.rows.map { $0[1] } == [invoice.draft.isSelfBilled ? "1-0:2.8.0" : "1-0:1.8.0"])
            guard invoice.draft.isSelfBilled else { continue }
            let text = (page.facts.map(\.label) + page.statements.flatMap(\.paragraphs)).joined(separator: "\n")
            #expect(text.contains("Einspeisestelle") && !text.contains("Verbrauchsstelle") && !text.contains("Grundversorgung"))
        }
        for bill in bills {
            _ = try await CancelInvoice(pool: town.pool)(bill.number, reason: "x", author: F.author, today: Day(2027, 1, 12), now: now)
        }
        try await town.pool.with { try $0.script("UPDATE account SET collective_invoice = true") }
        #expect(try await bill().held == 0)
        let together = try await town.invoices().filter { $0.cancelledBy == nil && !$0.isCancellation }
        #expect(together.map(\.gross).sorted() == bills.map(\.gross).sorted())
        var papers: [Bool] = []
        for record in together { papers.append(try await GetInvoice(pool: town.pool)(record.number).invoice.draft.isSelfBilled) }
        #expect(Set(papers) == [false, true])
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `and a second supply of the same point are refused by their names`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        func contract(_ key: String, _ attributes: String = "{}") -> String {
            #"{"key": "\#(key)", "account": "a-1", "meteringPoint": "POINT-9", "tariff": "electricity/unpublished", "from": "2026-01-01", "attributes": \#(attributes)}"#
        }
        let point = #"{"code": "POINT-9", "commodity": "electricity", "meters": []}"#
        await #expect(
            performing: { try await town.load(#"{"meteringPoints": [\#(point)], "contracts": [\#(contract("x")), \#(contract("y"))]}"#) },
            throws: { "\($0)".contains("the contracts x and y both have the metering point POINT-9 for supply") })
        let roof = contract("y", #"{"direction": "feed-in"}"#)
        try await town.load(#"{"meteringPoints": [\#(point)], "contracts": [\#(contract("x")), \#(roof)]}"#)
        await #expect(
            performing: { try await town.load(#"{"contracts": [\#(contract("z"))]}"#) },
            throws: { "\($0)".contains("the metering point POINT-9 has contract VT-") && "\($0)".contains("for supply") })
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
        // Who charges tax is named by a number on the paper that stands for the invoice (§ 14(4) No. 2 UStG).
        let nameless = try await bill(#"{"usage": "household", "feedInTax": "standard"}"#)
        #expect((nameless.run.billed, nameless.run.held) == (0, 1))
        let reason = try await GetBillingRun(pool: nameless.town.pool).held(nameless.run.number).first
        #expect(reason?.code == "missing-statement" && reason?.explanation.contains("taxNumber") == true)
    }

    @Test func `is held where the word for its tax is misspelt, instead of showing a tax that would be owed`() async throws {
        let (town, run) = try await bill(#"{"usage": "household", "feedInTax": "smallBusiness"}"#)
        #expect((run.billed, run.held) == (0, 1))
        let reason = try await GetBillingRun(pool: town.pool).held(run.number).first
        #expect(reason?.code == "bad-attributes" && reason?.explanation.contains("feedInTax = smallBusiness") == true)
    }

    @Test func `names who charges the tax, and books it`() async throws {
        let (town, run) = try await bill(#"{"usage": "household", "feedInTax": "standard", "taxNumber": "20/123/45678"}"#)
        #expect((run.billed, run.held) == (1, 0))
        #expect(try await town.invoices().first?.gross == Money("-396.84"))
        #expect(try await balance(town, ChartOfAccounts.feedIn) == Money("333.48"))
        #expect(try await balance(town, GeneralLedgerNumber(1576)) == Money("63.36"))
        #expect(try await balance(town, GeneralLedgerNumber(1776)) == .zero)
    }
}
