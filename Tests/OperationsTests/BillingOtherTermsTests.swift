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

@Suite(.database) struct `A billed year in which other terms turn out to have begun` {
    /// 2025 is billed; then the contract has other terms from July on, and has ended with November.
    private func story() async throws -> (town: BillingFixture, invoice: InvoiceRecord, proposal: CorrectionProposal) {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        #expect(try await town.bill().billed == 2)
        let invoice = try #require(try await town.invoices(.init(accounts: ["a-1"])).first)
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "electricity/basis", "from": "2025-07-01", "cycle": "annual-12", "attributes": {"usage": "household", "region": "neumuenster", "note": "other terms"}}]}"#
        )
        _ = try await EndContract(pool: town.pool)("c-1", until: Day(2025, 12, 1), author: F.author, now: F.now)
        let report = try await FindCorrections(pool: town.pool)(author: "finder", now: F.now)
        #expect((report.bills, report.proposed) == (2, 1))
        #expect(report.unclear.isEmpty, "\(report.unclear)")
        return (town, invoice, try #require(try await ListCorrections(pool: town.pool)().items.first))
    }
    private func release(_ id: Int64, _ method: CorrectionProposal.Method, _ town: BillingFixture) async throws -> InvoiceRecord {
        let released = try await DecideCorrection(pool: town.pool).release(
            id, method: method, reason: "Tarifwechsel nachgereicht", author: F.author, today: F.today, now: F.now)
        return try await GetInvoice(pool: town.pool)(try #require(released.document)).record
    }
    /// Nothing of these days is billed again, nothing is proposed again, and everything comes out of its inputs.
    private func rests(_ town: BillingFixture, documents: Int) async throws {
        _ = try await town.bill()
        _ = try await RunBilling(pool: town.pool)(
            cycle: "final", periodEnd: F.today, author: F.author, today: F.today, now: F.now)
        #expect(try await town.invoices().count == documents)
        #expect(try await FindCorrections(pool: town.pool)(author: "finder", now: F.now).proposed == 0)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `what was billed beyond the end is taken back`() async throws {
        let (town, invoice, proposal) = try await story()
        #expect((proposal.invoice, proposal.cause) == (invoice.number, .contract))
        #expect(proposal.gross < .zero)
        let details = try await ListCorrections(pool: town.pool).details(proposal.id)
        // A note moves no price: both stretches are one.
        #expect(details.difference.supplies.map(\.period.until) == [Day(2025, 12, 1)])
        let before = try await town.receivables()
        let document = try await release(proposal.id, .difference, town)
        #expect(try await town.receivables() == before + document.gross)
        try await town.keepInvoices("other-terms")
        try await rests(town, documents: 3)
    }

    @Test func `terms that cannot be billed are named, and nobody is told to take the bill back`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await town.bill()
        try await town.load(
            #"{"contracts": [{"key": "c-1", "account": "a-1", "meteringPoint": "POINT-1", "tariff": "gas/basis", "from": "2025-07-01", "cycle": "annual-12"}]}"#
        )
        let report = try await FindCorrections(pool: town.pool)(author: "finder", now: F.now)
        let unclear = try #require(report.unclear.first)
        #expect(unclear.code == "wrong-commodity" && !unclear.isToBeCancelled, "\(unclear)")
        #expect(unclear.explanation.contains("gas/basis"))
    }

    @Test func `written anew, the bill covers both stretches`() async throws {
        let (town, invoice, proposal) = try await story()
        let bill = try await release(proposal.id, .rebill, town)
        #expect(bill.gross == proposal.right && bill.kind == .final)
        #expect(bill.period == DayRange(from: Day(2025, 1, 1), until: Day(2025, 12, 1)))
        #expect(try await GetInvoice(pool: town.pool)(invoice.number).record.state == .cancelled)
        let covered = try await town.pool.with { connection in
            try connection.query(
                "SELECT upper(v.period)::text FROM invoice_coverage v JOIN invoice i ON i.id = v.invoice_id WHERE i.number = \(bill.number) ORDER BY 1"
            ).map { try $0.get(0) as String }
        }
        #expect(covered == ["2025-07-01", "2025-12-01"])
        try await rests(town, documents: 4)
    }
}

@Suite(.database) struct `A plan of instalments whose bill was corrected` {
    /// A year on 3,500 kWh with a plan after it; then 2,500 kWh turn out to be right, and the correction is released.
    private func story(_ method: CorrectionProposal.Method = .difference, reading: String = "3500") async throws -> BillingFixture {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        _ = try await PlanInstalments(pool: town.pool)(
            contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2025, 2, 1)), author: F.author,
            now: F.now.adding(seconds: -86_400))
        _ = try await town.bill()
        #expect(try await review(town).isEmpty)
        try await town.send([
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "\#(reading)", "unit": "kWh", "status": "measured"}"#
        ])
        let later = F.now.adding(seconds: 3_600)
        _ = try await FindCorrections(pool: town.pool)(author: "finder", now: later)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        _ = try await DecideCorrection(pool: town.pool).release(
            proposal.id, method: method, reason: "Ablesung", author: F.author, today: F.today, now: later)
        return town
    }
    private func review(_ town: BillingFixture) async throws -> [OutdatedPlan] {
        try await ReviewInstalmentPlans(pool: town.pool)(today: F.today)
    }
    private func planned(_ town: BillingFixture) async throws -> [Money] {
        try await ListInstalments(pool: town.pool)(contract: "c-1", state: .planned).items.map(\.gross)
    }

    @Test(arguments: CorrectionProposal.Method.allCases)
    func `is shown with both amounts, and planned anew when a person says so`(method: CorrectionProposal.Method) async throws {
        let town = try await story(method)
        let before = try await planned(town)
        let outdated = try #require(try await review(town).first)
        #expect(outdated.isTooMuch, "§ 13(1) StromGVV: in proportion to what was billed")
        #expect(outdated.each == before.first && outdated.rightYearly < outdated.yearly)
        let plan = try #require(
            try await ReviewInstalmentPlans(pool: town.pool).adopt(
                "c-1", author: "clerk", today: F.today, now: F.now.adding(seconds: 7_200)))
        #expect(plan.instalments.map(\.gross) == (try await planned(town)))
        #expect(plan.instalments.first?.gross == outdated.rightEach && plan.instalments.count == 11)
        #expect(try await review(town).isEmpty)
        let letter = try await GetInstalmentPlan(pool: town.pool)("c-1", today: F.today)
        #expect(letter.follows?.description == outdated.invoice)
        await #expect(throws: BillingRefusal.noPlan("c-1")) {
            try await ReviewInstalmentPlans(pool: town.pool).adopt("c-1", author: "clerk", today: F.today, now: F.now)
        }
    }

    @Test func `stays as it is where a person says why, until the next correction`() async throws {
        let town = try await story(reading: "5500")
        let outdated = try #require(try await review(town).first)
        #expect(!outdated.isTooMuch)
        let before = try await planned(town)
        let review = ReviewInstalmentPlans(pool: town.pool)
        let later = F.now.adding(seconds: 7_200)
        await #expect(throws: BillingRefusal.noReason) {
            try await review.keep("c-1", reason: " ", author: "clerk", today: F.today, now: later)
        }
        try await review.keep("c-1", reason: "Kunde zieht aus", author: "clerk", today: F.today, now: later)
        #expect(try await self.review(town).isEmpty)
        #expect(try await planned(town) == before)
    }

    @Test func `is not mentioned where the amount is the same`() async throws {
        let town = try await story(reading: "4499")
        let found = try await review(town)
        #expect(found.isEmpty, "\(found)")
    }
}
