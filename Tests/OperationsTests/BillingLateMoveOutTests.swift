import Billing
import BillingOperations
import InvoiceFormats
import LedgerOperations
import PartnerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `A move-out that is told after the year was billed` {
    private let later = F.now.adding(seconds: 70 * 86_400)
    private let today = Day(2026, 3, 23)

    private func pay(_ amount: Money, _ day: Day, _ town: BillingFixture) async throws {
        _ = try await PostPayment(pool: town.pool)(
            IncomingPayment(account: "a-1", amount: amount, valueDate: day, reference: "", key: "\(day)"), author: "bank", today: day,
            now: F.now)
    }
    private func balance(_ ledger: Int32, _ town: BillingFixture) async throws -> Int64 {
        try await town.pool.with {
            try $0.one("SELECT coalesce(sum(amount_cents), 0)::bigint FROM posting WHERE ledger = \(ledger)", as: Int64.self)
        }
    }

    @Test func `on the day up to which it is billed stands on the worklist with its instalments, and a final bill settles them`()
        async throws
    {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await town.bill()
        _ = try await PlanInstalments(pool: town.pool)(
            contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2026, 2, 1)), author: F.author,
            now: F.now)
        _ = try await RequestInstalments(pool: town.pool)(
            dueUntil: Day(2026, 3, 31), author: F.author, today: Day(2026, 1, 20), now: F.now)
        #expect(try await FindCorrections(pool: town.pool)(author: "finder", now: later).unclear.isEmpty)
        let bill = try #require(try await town.invoices().first).number
        _ = try await EndContract(pool: town.pool)("c-1", until: Day(2026, 1, 1), author: F.author, now: later)
        let found = try await FindCorrections(pool: town.pool)(invoices: [bill], author: "finder", now: later)
        #expect(found.unclear.map(\.code) == ["instalments-after-end"])
        #expect(found.unclear.first?.explanation.contains("200.00 EUR") == true)
        // As it says: the bill anew as the final one.
        _ = try await CancelInvoice(pool: town.pool)(bill, reason: "Auszug", author: F.author, today: today, now: later)
        _ = try await RunBilling(pool: town.pool)(
            cycle: "annual-12", periodEnd: Day(2026, 1, 1), author: F.author, today: today, now: later)
        let final = try #require(try await town.invoices().first { $0.number != bill && $0.kind == .final })
        #expect(try await town.receivables() == final.gross)
        #expect(try await FindCorrections(pool: town.pool)(invoices: [final.number], author: "finder", now: later).unclear.isEmpty)
    }

    @Test(arguments: CorrectionProposal.Method.allCases)
    func `settles what was paid in advance for the months after it, takes the rest back, and ends the plan`(
        method: CorrectionProposal.Method
    ) async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await PlanInstalments(pool: town.pool)(
            contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2025, 2, 1)), author: F.author,
            now: F.now)
        let request = RequestInstalments(pool: town.pool)
        _ = try await request(dueUntil: Day(2026, 1, 1), author: F.author, today: Day(2025, 12, 1), now: F.now)
        var paid = Money.zero
        for month in 0..<8 {
            try await pay(Money(cents: 10_000), Day(2025, 3, 1).adding(months: month), town)
            paid += Money(cents: 10_000)
        }
        _ = try await town.bill()
        let invoice = try #require(try await town.invoices().first)
        try await pay(invoice.due, Day(2026, 1, 20), town)
        paid += invoice.due
        // The year after: February is paid, March asked for, the rest planned.
        let report = try await request(dueUntil: Day(2026, 3, 31), author: F.author, today: Day(2026, 1, 20), now: F.now)
        #expect(report.requested == 2)
        let each = try #require(try await ListInstalments(pool: town.pool)(contract: "c-1", state: .planned).items.first).gross
        try await pay(each, Day(2026, 2, 2), town)
        paid += each

        _ = try await EndContract(pool: town.pool)("c-1", until: Day(2025, 12, 1), author: F.author, now: later)
        _ = try await FindCorrections(pool: town.pool)(author: "finder", now: later)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        let released = try await DecideCorrection(pool: town.pool).release(
            proposal.id, method: method, reason: "Auszug", author: F.author, today: today, now: later)
        let document = try await GetInvoice(pool: town.pool)(try #require(released.document))
        let draft = document.invoice.draft
        #expect(draft.instalments.last?.gross == each && draft.instalments.count == (method == .rebill ? 10 : 1))
        if method == .difference {
            #expect(draft.due == proposal.gross - each)
            #expect(document.invoice.payOutBy != nil, "no bill follows: it is paid out")
            #expect(draft.setsOff.isEmpty, "what is withdrawn with it is no claim that it pays")
        }
        // Nothing is left between the books and the customer but what the document says.
        #expect(try await balance(1718, town) == 0)
        #expect(try await town.receivables() == proposal.right - paid)
        let records = try await ListInstalments(pool: town.pool)(contract: "c-1", limit: 100).items
        // What had been paid for a bill that is taken back pays the request that is open: it is set off, too.
        let own = records.filter { $0.due > Day(2026, 1, 31) && $0.invoice == released.document }
        #expect(own.map(\.gross) == Array(repeating: each, count: method == .rebill ? 2 : 1))
        #expect(!records.contains { $0.state == .planned })
        #expect(records.first { $0.due.month == 3 && $0.due.year == 2026 }?.state == (method == .rebill ? .requested : .withdrawn))
        try await town.keepInvoices("moved-out-\(method.rawValue)")
        #expect(String(decoding: document.document, as: UTF8.self).contains(each.description))
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        #expect(try await VerifyLedger(pool: town.pool)().problems.isEmpty)
        #expect(try await FindCorrections(pool: town.pool)(author: "finder", now: later).waiting == 0)
        // The Storno of the difference gives it back: what was paid in advance is set off by what follows.
        guard method == .difference else { return }
        // What it takes back reaches beyond the end: the paper and the e-invoice say the same days of it.
        let days = BillPage.factsOfDraft(document.invoice, language: .de).first { $0.label == "Abrechnungszeitraum" }
        #expect(days?.value == "01.01.2025 – 31.12.2025")
        let xml = String(decoding: XRechnung.bytes(document.invoice), as: UTF8.self)
        #expect(xml.contains("20251231"))
        #expect(BillPage.subject(document.invoice, language: .de).hasSuffix("01.01.2025 – 31.12.2025"))
        _ = try await CancelInvoice(pool: town.pool)(document.record.number, reason: "x", author: F.author, today: today, now: later)
        #expect(try await balance(1718, town) < 0)
        // The plan that it ended goes on with what is due from then.
        let planned = try await ListInstalments(pool: town.pool)(contract: "c-1", state: .planned, limit: 100).items
        #expect(!planned.isEmpty && planned.allSatisfy { $0.due >= today })
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }
}
