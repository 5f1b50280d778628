import Billing
import BillingOperations
import Foundation
import InvoiceFormats
import Ledger
import LedgerOperations
import Postgres
import Testing
import TestKit
import Values

private typealias F = BillingFixture

/// What stands on an account when a bill is written is set off on it: the customer is asked for no cent that he has paid.
@Suite(.database) struct `A credit on the account` {
    private func pay(_ amount: String, _ town: BillingFixture, account: String = "a-1") async throws {
        _ = try await PostPayment(pool: town.pool)(
            IncomingPayment(account: account, amount: Money(amount) ?? .zero, valueDate: Day(2025, 12, 1), reference: "", key: amount),
            author: "bank", today: F.today, now: F.now)
    }

    @Test func `is deducted on the bill, in all of its faces, and the account says the same`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        try await pay("200.00", town)
        _ = try await town.bill()
        let record = try #require(try await town.invoices(.init(accounts: ["a-1"])).first)
        let stored = try await GetInvoice(pool: town.pool)(record.number)
        let draft = stored.invoice.draft
        #expect(draft.credit == Money("200.00"))
        #expect(draft.payable == record.gross - (Money("200.00") ?? .zero))
        #expect(record.due == record.gross, "what the bill claims is booked; the account settles it")
        #expect(record.payable == draft.payable, "the list says what the paper asks for")
        let balance = try await GetBalance(pool: town.pool)("a-1", today: F.today)
        #expect(balance.balance == draft.payable)
        let xml = String(decoding: XRechnung.bytes(stored.invoice), as: UTF8.self)
        #expect(xml.contains("<ram:TotalPrepaidAmount>200.00</ram:TotalPrepaidAmount>"))
        #expect(xml.contains("<ram:DuePayableAmount>\(draft.payable)</ram:DuePayableAmount>"))
        #expect(String(decoding: UBLInvoice.bytes(stored.invoice), as: UTF8.self).contains(">200.00</cbc:PrepaidAmount>"))
        #expect(String(decoding: stored.document, as: UTF8.self).contains("\"accountCredit\":\"200.00\""))
        let page = BillPage(stored.invoice, language: .de)
        #expect(page.sums.contains { $0.label == "Guthaben auf Ihrem Vertragskonto" })
        #expect(page.headline.value == page.sums.last?.value)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        // Nobody else's bill knows of it.
        let other = try #require(try await town.invoices(.init(accounts: ["a-2"])).first)
        #expect(try await GetInvoice(pool: town.pool)(other.number).invoice.draft.credit == .zero)
        // Taken back, the credit is the customer's again.
        let storno = try await CancelInvoice(pool: town.pool)(record.number, reason: "x", author: F.author, today: F.today, now: F.now)
        #expect(try await GetInvoice(pool: town.pool)(storno).invoice.draft.payable == Money("-200.00"))
        #expect(try await GetBalance(pool: town.pool)("a-1", today: F.today).onAccount == Money("200.00"))
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `that is greater pays the whole bill, and then the next one of the account`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", advance: "100"), .init(key: "2", advance: "100")])
        try await town.pool.with { try $0.script("UPDATE contract SET account_id = (SELECT id FROM account WHERE key = 'a-1')") }
        try await pay("250.00", town)
        let run = try await town.bill()
        #expect(run.billed == 2)
        var credits: [Money] = []
        var payable: [Money] = []
        for record in try await town.invoices() {
            let invoice = try await GetInvoice(pool: town.pool)(record.number).invoice
            credits.append(invoice.draft.credit)
            payable.append(invoice.draft.payable)
            guard invoice.draft.payable == .zero else { continue }
            let page = BillPage(invoice, language: .de)
            #expect(page.due.contains("nichts zu zahlen") && page.payment.isEmpty)
        }
        #expect(credits.total() == Money("250.00"))
        #expect(payable.contains(.zero))
        #expect(try await GetBalance(pool: town.pool)("a-1", today: F.today).balance == payable.total())
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `of three bills pays exactly those that say so, and a payment with the printed reference goes to its own`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", advance: "300"), .init(key: "2", advance: "200"), .init(key: "3", advance: "400")])
        try await town.pool.with { try $0.script("UPDATE contract SET account_id = (SELECT id FROM account WHERE key = 'a-1')") }
        try await pay("500.00", town)
        _ = try await town.bill()
        func open() async throws -> [String: Money] {
            let items = try await ListOpenItems(pool: town.pool)(account: "a-1").filter { $0.remaining > .zero }
            return Dictionary(uniqueKeysWithValues: items.map { ($0.document ?? "", $0.remaining) })
        }
        var payable: [String: Money] = [:]
        for record in try await town.invoices() {
            payable[record.number] = try await GetInvoice(pool: town.pool)(record.number).invoice.draft.payable
        }
        let asked = payable.filter { $0.value > .zero }
        try #require(payable.count == 3 && asked.count < 3 && !asked.isEmpty)
        #expect(try await open() == asked)
        let own = try #require(asked.first)
        let receipt = try await PostPayment(pool: town.pool)(
            IncomingPayment(
                account: "a-1", amount: own.value, valueDate: F.today, reference: "\(own.key), danke", key: "own"),
            author: "bank", today: F.today, now: F.now)
        #expect(receipt.shares.map(\.document) == [own.key] && receipt.onAccount == .zero)
        #expect(try await open()[own.key] == nil)
        #expect(try await VerifyLedger(pool: town.pool)().problems.isEmpty)
    }

    @Test func `does not make another bill of one that was released`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1", attributes: #"{"usage": "household", "region": "neumuenster", "annualConsumption": "1000"}"#)])
        _ = try await town.bill()
        let held = try #require(try await ListHeldInvoices(pool: town.pool)().items.first)
        try await pay("50.00", town)
        let released = try await ReleaseHeldInvoice(pool: town.pool)(held.id, reason: "x", author: "x", today: F.today, now: F.now)
        let number = try #require(released.invoice)
        #expect(try await GetInvoice(pool: town.pool)(number).invoice.draft.credit == Money("50.00"))
    }
}
