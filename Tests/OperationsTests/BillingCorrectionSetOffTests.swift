import Billing
import BillingOperations
import InvoiceFormats
import Ledger
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// What a correction gives back is set off at once, and its paper and that of its Storno say so: who follows all of his papers pays what
/// he owes.
@Suite(.database) struct `The paper of a correction` {
    private func pay(_ amount: Money, _ town: BillingFixture) async throws {
        _ = try await PostPayment(pool: town.pool)(
            IncomingPayment(account: "a-1", amount: amount, valueDate: F.today, reference: "", key: "pay"), author: "bank", today: F.today,
            now: F.now)
    }
    private func find(_ town: BillingFixture, _ now: Instant) async throws -> CorrectionProposal {
        _ = try await FindCorrections(pool: town.pool)(author: "finder", now: now)
        return try #require(try await ListCorrections(pool: town.pool)().items.first)
    }
    private func release(
        _ town: BillingFixture, today: Day = F.today, now: Instant = F.now
    ) async throws -> (record: InvoiceRecord, invoice: Invoice, document: [UInt8]) {
        let released = try await DecideCorrection(pool: town.pool).release(
            try await find(town, now.adding(seconds: 60)).id, reason: "Ablesung", author: F.author, today: today,
            now: now.adding(seconds: 120))
        let stored = try await GetInvoice(pool: town.pool)(try #require(released.document))
        return (stored.record, stored.invoice, stored.document)
    }
    /// Billed on 3,500 kWh, and 2,500 turn out to be right.
    private func story(leaving open: Money? = nil) async throws -> (town: BillingFixture, bill: InvoiceRecord) {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await town.bill()
        let bill = try #require(try await town.invoices().first)
        if let open { try await pay(bill.due - open, town) }
        try await town.send([
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "3500", "unit": "kWh", "status": "measured"}"#
        ])
        return (town, bill)
    }
    private func open(_ town: BillingFixture) async throws -> [String: Money] {
        let items = try await ListOpenItems(pool: town.pool)(account: "a-1")
        return Dictionary(items.map { ($0.document ?? "", $0.remaining) }, uniquingKeysWith: { $0 + $1 })
    }
    private func rests(_ town: BillingFixture) async throws {
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await VerifyLedger(pool: town.pool)().problems.isEmpty)
    }

    @Test func `says against which claim it is set off and what is left to pay; its Storno names that claim and asks for nothing`()
        async throws
    {
        let (town, bill) = try await story()
        let (record, invoice, document) = try await release(town)
        let given = -record.gross
        #expect(given > .zero)
        #expect(invoice.draft.setsOff == [SetOffClaim(document: bill.number, amount: given, left: bill.due - given)])
        #expect(invoice.draft.payable == .zero && record.payable == .zero)
        #expect(try await open(town) == [bill.number: bill.due - given])
        for language in BillLanguage.allCases {
            let page = BillPage(invoice, language: language)
            #expect(page.due.contains(bill.number) && page.payment.isEmpty)
            #expect(page.sums.contains { $0.label.contains(bill.number) } && page.sums.last == page.headline)
        }
        let german = BillPage(invoice, language: .de)
        #expect(german.due.contains("schon verrechnet") && german.due.contains("noch") && !german.due.contains("nächsten Abschlag"))
        let xml = String(decoding: XRechnung.bytes(invoice), as: UTF8.self)
        #expect(xml.contains("<ram:TotalPrepaidAmount>\(given)</ram:TotalPrepaidAmount>"))
        #expect(xml.contains("<ram:DuePayableAmount>0.00</ram:DuePayableAmount>") && xml.contains("schon verrechnet"))
        #expect(String(decoding: UBLInvoice.bytes(invoice), as: UTF8.self).contains(">0.00</cbc:PayableAmount>"))
        #expect(String(decoding: document, as: UTF8.self).contains(#""setOff":[{"document":"\#(bill.number)","amount":"\#(given)""#))
        try await town.keepInvoices("set-off")

        let number = try await CancelInvoice(pool: town.pool)(
            record.number, reason: "x", author: F.author, today: F.today, now: F.now.adding(seconds: 180))
        let storno = try await GetInvoice(pool: town.pool)(number)
        #expect(try await open(town) == [bill.number: bill.due])
        #expect(storno.invoice.draft.settled?.reopened == [SetOffClaim(document: bill.number, amount: given, left: bill.due)])
        #expect(storno.invoice.draft.payable == .zero && storno.record.payable == .zero)
        let page = BillPage(storno.invoice, language: .de)
        #expect(page.payment.isEmpty && page.headline.value == "0,00\u{A0}€")
        #expect(page.due.contains("Von \(bill.number) sind damit wieder") && page.due.contains("Für dieses Storno ist nichts zu zahlen."))
        #expect(!page.due.contains("Bitte zahlen Sie bis"))
        #expect(page.sums.contains { $0.label == "Wieder zu zahlen mit \(bill.number)" })
        #expect(
            String(decoding: XRechnung.bytes(storno.invoice), as: UTF8.self).contains("<ram:DuePayableAmount>0.00</ram:DuePayableAmount>"))
        try await rests(town)
    }

    @Test func `gives back what the bill did not need`() async throws {
        let (town, bill) = try await story(leaving: Money("5.00"))
        let (record, invoice, _) = try await release(town)
        #expect(invoice.draft.setsOff == [SetOffClaim(document: bill.number, amount: Money(cents: 500), left: .zero)])
        #expect(invoice.draft.payable == record.gross + Money(cents: 500))
        let page = BillPage(invoice, language: .de)
        #expect(
            page.due.contains("damit ist nichts mehr davon offen") && page.due.contains("Es bleiben") && page.due.contains("zwei Wochen"))
        #expect(try await GetBalance(pool: town.pool)("a-1", today: F.today).balance == invoice.draft.payable)
        try await rests(town)
    }

    @Test func `of a bill that was paid says what it said before`() async throws {
        let (town, _) = try await story(leaving: .zero)
        let (record, invoice, _) = try await release(town)
        #expect(invoice.draft.setsOff.isEmpty && invoice.draft.payable == record.gross)
        #expect(BillPage(invoice, language: .de).headline.label == "Ihr Guthaben")
        try await rests(town)
    }

    @Test func `of a Gutschrift that becomes smaller takes from the credit on the account and asks for nothing`() async throws {
        let town = try await F()
        try await town.add([
            .init(
                key: "1", tariff: "electricity/feed-in", obis: "1-0:2.8.0", from: "2026-01-01", attributes: #"{"usage": "household"}"#,
                isRead: false)
        ])
        let (today, now) = (Day(2027, 1, 12), F.now.adding(seconds: 365 * 86_400))
        func read(_ day: String, _ value: String) async throws {
            try await town.send(
                [
                    #"{"meter": "M-1", "obis": "1-0:2.8.0", "at": "\#(day)T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
                ], now: now)
        }
        try await read("2026-01-01", "1000")
        try await read("2027-01-01", "5200")
        let run = try await RunBilling(pool: town.pool)(
            cycle: "annual-12", periodEnd: Day(2027, 1, 1), author: F.author, today: today, now: now)
        #expect(run.billed == 1)
        let credit = try #require(try await town.invoices().first)
        #expect(credit.due.isNegative)
        try await read("2027-01-01", "5000")
        let (record, invoice, _) = try await release(town, today: today, now: now)
        #expect(record.due > .zero && invoice.draft.isSelfBilled)
        #expect(invoice.draft.credit == record.due && invoice.draft.payable == .zero && record.payable == .zero)
        let page = BillPage(invoice, language: .de)
        #expect(page.payment.isEmpty && page.due.contains("nichts zu zahlen"))
        #expect(try await open(town) == [credit.number: credit.due + record.due])
        #expect(String(decoding: XRechnung.bytes(invoice), as: UTF8.self).contains("<ram:DuePayableAmount>0.00</ram:DuePayableAmount>"))
        try await town.keepInvoices("set-off-feed-in")
        try await rests(town)
    }
}
