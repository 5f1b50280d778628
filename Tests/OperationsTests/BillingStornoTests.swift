import Billing
import BillingOperations
import InvoiceFormats
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// A Storno asks for nothing and promises nothing that the ledger does not say.
@Suite(.database) struct `The paper of a Storno` {
    private func cancelled(paying paid: String? = nil) async throws -> (town: BillingFixture, original: Invoice, storno: Invoice) {
        let town = try await F()
        try await town.add([.init(key: "1", advance: "8000")])
        _ = try await town.bill()
        let record = try #require(try await town.invoices().first)
        if let paid {
            _ = try await PostPayment(pool: town.pool)(
                IncomingPayment(
                    account: "a-1", amount: Money(paid) ?? .zero, valueDate: F.today, reference: record.number, key: "payment"),
                author: "bank", today: F.today, now: F.now)
        }
        let original = try await GetInvoice(pool: town.pool)(record.number).invoice
        let number = try await CancelInvoice(pool: town.pool)(record.number, reason: "x", author: F.author, today: F.today, now: F.now)
        return (town, original, try await GetInvoice(pool: town.pool)(number).invoice)
    }
    private func text(_ page: BillPage) -> String {
        ([page.headline.label, page.headline.value, page.due] + page.sums.flatMap { [$0.label, $0.value] }).joined(separator: "\n")
    }

    /// An amount as it is printed.
    private func money(_ text: String) -> Money {
        Money(text.replacing("\u{A0}€", with: "").replacing("−", with: "-").replacing(".", with: "").replacing(",", with: ".")) ?? .zero
    }
    /// The rows from the gross on come to the row that says what is left.
    private func expectAddsUp(_ page: BillPage, left: Money) throws {
        let rows = try #require(page.sums.firstIndex { $0.label == "Bruttobetrag" })..<page.sums.count - 1
        var sum = page.sums[rows].map { money($0.value) }.total()
        if let rest = page.sums.first(where: { $0.label == "Bleibt von der Stornierung" }) {
            sum = sum - money(rest.value)
            #expect(money(rest.value) == left)
        }
        #expect(sum == left)
        #expect(page.sums.last == page.headline)
    }

    @Test func `of a bill that nobody paid promises no credit and asks for nothing`() async throws {
        let (town, original, storno) = try await cancelled()
        #expect(storno.draft.payable == .zero)
        let page = BillPage(storno, language: .de)
        #expect(page.headline.label == "Zu zahlen" && page.headline.value == "0,00\u{A0}€")
        #expect(page.due.contains("Die Rechnung \(original.number) ist aufgehoben. Für sie ist nichts zu zahlen."))
        #expect(!text(page).contains("zwei Wochen") && !text(page).contains("Ihr Guthaben") && page.payment.isEmpty)
        #expect(page.sums.last?.value == "0,00\u{A0}€")
        try expectAddsUp(page, left: .zero)
        // A line that is taken back is taken back in its formula, too.
        for row in page.groups.flatMap(\.rows) { #expect(row.formula.hasPrefix("−(") && row.formula.hasSuffix("= \(row.amount)")) }
        let english = BillPage(storno, language: .en)
        #expect(english.due.contains("Nothing is to be paid for it.") && english.headline.value == "€0.00")
        // What is taken back was not paid: the credit note leaves nothing.
        let xml = String(decoding: XRechnung.bytes(storno), as: UTF8.self)
        #expect(xml.contains("<ram:GrandTotalAmount>\(original.draft.totals.gross)</ram:GrandTotalAmount>"))
        #expect(xml.contains("<ram:TotalPrepaidAmount>\(original.draft.totals.gross)</ram:TotalPrepaidAmount>"))
        #expect(xml.contains("<ram:DuePayableAmount>0.00</ram:DuePayableAmount>"))
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        try await town.keepInvoices("storno-unpaid")
    }

    @Test func `says what had been paid and stands on the account now`() async throws {
        let (town, _, storno) = try await cancelled(paying: "500.00")
        #expect(storno.draft.settled == CancelledClaim(paid: Money("500.00") ?? .zero, balance: Money("-500.00") ?? .zero))
        let page = BillPage(storno, language: .de)
        #expect(page.headline.label == "Wieder auf Ihrem Vertragskonto" && page.headline.value == "500,00\u{A0}€")
        #expect(page.due.contains("weist danach ein Guthaben von 500,00\u{A0}€ aus"))
        #expect(page.payment.isEmpty)
        try expectAddsUp(page, left: Money("-500.00") ?? .zero)
        let listed = try #require(try await town.invoices().first { $0.isCancellation })
        #expect(listed.payable == Money("-500.00") && listed.due == storno.draft.due)
        let document = String(decoding: try await GetInvoice(pool: town.pool).document("\(storno.number)"), as: UTF8.self)
        #expect(document.contains(#""payable":"-500.00","settled":{"paid":"500.00","accountBalance":"-500.00"}"#))
        #expect(String(decoding: XRechnung.bytes(storno), as: UTF8.self).contains("<ram:DuePayableAmount>500.00</ram:DuePayableAmount>"))
        // It stays what it was issued as, whatever happens on the account.
        _ = try await PostPayment(pool: town.pool)(
            IncomingPayment(account: "a-1", amount: Money("9.00") ?? .zero, valueDate: F.today, reference: "", key: "later"),
            author: "bank", today: F.today, now: F.now)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        try await town.keepInvoices("storno-paid")
    }
}
