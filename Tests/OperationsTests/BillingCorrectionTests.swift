import Billing
import BillingOperations
import Foundation
import InvoiceFormats
import LedgerOperations
import Metering
import PartnerOperations
import Postgres
import TariffFiles
import TestKit
import Testing
import Values

private typealias F = BillingFixture

@Suite(.database) struct `A late reading on a billed period` {
    /// A year that was billed on 3,500 kWh, and then another reading at its end.
    private func story(_ end: String) async throws -> (town: BillingFixture, invoice: InvoiceRecord) {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        _ = try await town.bill()
        let invoice = try #require(try await town.invoices(.init(accounts: ["a-1"])).first)
        try await late(end, town)
        return (town, invoice)
    }
    private func late(_ value: String, _ town: BillingFixture) async throws {
        try await town.send([
            #"{"meter": "M-1", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
        ])
    }
    private func find(_ town: BillingFixture) async throws -> FindCorrections.Report {
        try await FindCorrections(pool: town.pool)(author: "finder", now: F.now)
    }
    private func release(
        _ id: Int64, _ town: BillingFixture, _ method: CorrectionProposal.Method = .difference
    ) async throws -> CorrectionProposal {
        try await DecideCorrection(pool: town.pool).release(
            id, method: method, reason: "Ablesung nachgereicht", author: F.author, today: F.today, now: F.now)
    }

    @Test func `is found once, shown with both sides, released by difference, and booked`() async throws {
        let (town, invoice) = try await story("4000")
        let before = try await town.receivables()
        let first = try await find(town)
        #expect((first.bills, first.proposed) == (2, 1))
        #expect(first.unclear.isEmpty)
        #expect(try await find(town).proposed == 0)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        #expect(proposal.invoice == invoice.number)
        #expect(proposal.cause == .readings)
        #expect(proposal.billed == invoice.gross)
        #expect(proposal.right < proposal.billed)
        #expect(try await town.invoices(.init(isStale: true)).map(\.number) == [invoice.number])
        let details = try await ListCorrections(pool: town.pool).details(proposal.id)
        #expect(details.difference.totals.gross == proposal.gross)
        #expect(details.right.map(\.amount).total() - details.billed.map(\.amount).total() == proposal.net)

        let released = try await release(proposal.id, town)
        let document = try #require(released.document)
        #expect(try await town.receivables() == before + proposal.gross)
        let stored = try await GetInvoice(pool: town.pool)(document)
        #expect(stored.record.corrects == invoice.number)
        try await town.keepInvoices("correction")
        #expect(stored.record.kind == .correction)
        let xml = try #require(String(bytes: XRechnung.bytes(stored.invoice), encoding: .utf8))
        #expect(xml.contains("<ram:TypeCode>381</ram:TypeCode>"), "in the customer's favour")
        #expect(xml.contains(invoice.number))
        // Found and done: nothing is stale any more, and nothing is billed again.
        #expect(try await find(town).proposed == 0)
        #expect(try await town.invoices(.init(isStale: true)).isEmpty)
        #expect(try await town.bill().billed == 2)
        #expect(try await town.invoices().count == 3)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
        await #expect(throws: BillingRefusal.notProposed(proposal.id)) { try await release(proposal.id, town) }
        // The bill is not taken back over the head of its correction.
        await #expect(throws: BillingRefusal.isCorrected(invoice.number, by: document)) {
            try await CancelInvoice(pool: town.pool)(invoice.number, reason: "x", author: F.author, today: F.today, now: F.now)
        }
    }

    @Test func `that says more is a corrected invoice`() async throws {
        let (town, _) = try await story("5000")
        _ = try await find(town)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        #expect(proposal.gross > .zero)
        let document = try #require(try await release(proposal.id, town).document)
        let xml = try #require(
            String(bytes: XRechnung.bytes(try await GetInvoice(pool: town.pool)(document).invoice), encoding: .utf8))
        #expect(xml.contains("<ram:TypeCode>384</ram:TypeCode>"))
    }

    @Test func `is not taken back while another correction of its bill is written`() async throws {
        let (town, invoice) = try await story("4000")
        _ = try await find(town)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        let document = try #require(try await release(proposal.id, town).document)
        let cancellation = Task {
            try await Task.sleep(for: .milliseconds(200))
            return try await CancelInvoice(pool: town.pool)(document, reason: "x", author: F.author, today: F.today, now: F.now)
        }
        let hasWaited = try await town.pool.transaction { connection in
            _ = try connection.query("SELECT 1 FROM invoice WHERE number = \(invoice.number) FOR UPDATE")
            for _ in 0..<100 {
                let isWaiting = try connection.one(
                    "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')",
                    as: Bool.self)
                if isWaiting { return true }
                _ = try connection.query("SELECT pg_sleep(0.05), pg_stat_clear_snapshot()")
            }
            return false
        }
        #expect(hasWaited)
        let storno = try await cancellation.value
        #expect(try await GetInvoice(pool: town.pool)(document).record.cancelledBy == storno)
    }

    @Test func `and another one after that: the second correction knows of the first`() async throws {
        let (town, invoice) = try await story("5000")
        _ = try await find(town)
        _ = try await release(try #require(try await ListCorrections(pool: town.pool)().items.first).id, town)
        try await late("4500", town)
        #expect(try await find(town).proposed == 1)
        let second = try #require(try await ListCorrections(pool: town.pool)().items.first)
        // As first billed: 3,500 kWh. All documents together are the right bill.
        #expect(second.right == invoice.gross)
        #expect(second.billed + second.gross == second.right)
        let details = try await ListCorrections(pool: town.pool).details(second.id)
        #expect(details.billedMeters.last?.end?.micro == 5_000_000_000, "what the first correction billed, not the bill")
        #expect(details.difference.meters.last?.end?.micro == 4_500_000_000)
        _ = try await release(second.id, town)
        #expect(try await find(town).proposed == 0)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `released as a new bill: the old one is taken back`() async throws {
        let (town, invoice) = try await story("4000")
        _ = try await find(town)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        let released = try await release(proposal.id, town, .rebill)
        let old = try await GetInvoice(pool: town.pool)(invoice.number).record
        #expect(old.state == .cancelled)
        let new = try await GetInvoice(pool: town.pool)(try #require(released.document)).record
        #expect(new.gross == proposal.right)
        #expect(new.period == invoice.period)
        // Each names the others: the new bill the old one, the proposal the Storno.
        #expect(released.storno == old.cancelledBy && released.storno != nil)
        let written = try await GetInvoice(pool: town.pool)(new.number)
        #expect(written.invoice.replaces?.description == invoice.number)
        #expect(String(decoding: written.document, as: UTF8.self).contains(#""replaces":"\#(invoice.number)""#))
        #expect(BillPage(written.invoice, language: .de).facts.contains { $0.label == "Ersetzt Rechnung" && $0.value == invoice.number })
        let xml = String(decoding: XRechnung.bytes(written.invoice), as: UTF8.self)
        #expect(xml.contains("<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>\(invoice.number)</ram:IssuerAssignedID>"))
        try await town.keepInvoices("rebilled")
        #expect(try await town.bill().billed == 2)
        #expect(try await find(town).proposed == 0)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `that came and went is no cause where only a price was corrected`() async throws {
        let (town, invoice) = try await story("4000")
        try await late("4500", town)
        let original = try #require(try F.sources().first { $0.path == "electricity/basis/2025-07-01.yaml" })
        let whole = String(decoding: original.bytes, as: UTF8.self)
        var revised =
            whole
            .replacing("supersedes: 2025-01-01", with: "supersedes: 2025-01-01\nrevision: \"2\"\ncorrects: 2025-07-01")
        // A cent less for the kilowatt hour, and the example that says what comes of it.
        for (old, new) in [
            ("28.7400", "27.7400"), ("503.09", "485.59"), ("566.61", "549.11"), ("107.66", "104.33"), ("674.27", "653.44"),
        ] { revised = revised.replacing(old, with: new) }
        let source = TariffSources.source(path: "electricity/basis/2025-07-01.r2.yaml", bytes: Array(revised.utf8))
        _ = try await PublishTariffs(pool: town.pool)(try F.sources() + [source], author: "test", today: F.today, now: F.now)
        _ = try await find(town)
        let proposals = try await ListCorrections(pool: town.pool)().items
        #expect(proposals.count == 2)
        #expect(proposals.allSatisfy { $0.cause == .tariff })
        #expect(proposals.contains { $0.invoice == invoice.number })
    }

    @Test func `dismissed with a reason does not come again, and one that was a mistake goes by itself`() async throws {
        let (town, _) = try await story("4000")
        _ = try await find(town)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        let decide = DecideCorrection(pool: town.pool)
        await #expect(throws: BillingRefusal.noReason) {
            try await decide.dismiss(proposal.id, reason: " ", author: F.author, now: F.now)
        }
        #expect(try await decide.dismiss(proposal.id, reason: "Kulanz", author: F.author, now: F.now).state == .dismissed)
        #expect(try await find(town).proposed == 0)
        try await late("4100", town)
        #expect(try await find(town).proposed == 1)
        try await late("4500", town)
        #expect(try await find(town).proposed == 0)
        #expect(try await ListCorrections(pool: town.pool)().items.isEmpty)
    }

    @Test func `is not released while the contract is on hold`() async throws {
        let (town, _) = try await story("4000")
        _ = try await find(town)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        let holds = HoldBilling(pool: town.pool)
        _ = try await holds.hold(.contract("c-1"), reason: "Prüfung", author: "clerk", now: F.now)
        await #expect(throws: BillingRefusal.onHold("Prüfung")) { try await release(proposal.id, town) }
        _ = try await holds.lift(.contract("c-1"), reason: "fertig", author: "clerk", now: F.now)
        #expect(try await release(proposal.id, town).state == .released)
    }

    @Test func `above an amount is released by two people, who want the same`() async throws {
        let (town, _) = try await story("4000")
        _ = try await find(town)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        let small = ReleaseCorrection(pool: town.pool, limit: proposal.gross.magnitude)
        #expect(!small.needsTwo(proposal))
        let before = try await town.invoices().count
        let release = ReleaseCorrection(pool: town.pool, limit: proposal.gross.magnitude - Money(cents: 1))
        #expect(release.needsTwo(proposal))
        func say(_ author: String, _ method: CorrectionProposal.Method = .difference) async throws -> CorrectionProposal {
            try await release(proposal.id, method: method, reason: "geprüft", author: author, today: F.today, now: F.now)
        }
        #expect(try await say("anke", .rebill).state == .proposed)
        // Another person who wants it otherwise is told so; the first word stands until who gave it changes it.
        await #expect(throws: BillingRefusal.approvedOtherwise(by: "anke", method: "rebill")) { try await say("bernd") }
        let kept = try #require(try await release.approvals(of: [proposal.id])[proposal.id])
        #expect(kept.approvedBy == "anke" && kept.method == .rebill)
        #expect(try await say("anke").state == .proposed)
        let word = try #require(try await release.approvals(of: [proposal.id])[proposal.id])
        #expect(word.approvedBy == "anke" && word.method == .difference && word.reason == "geprüft")
        await #expect(throws: BillingRefusal.secondPerson("anke")) { try await say("anke") }
        await #expect(throws: BillingRefusal.unknownCorrection(99)) {
            try await release(99, reason: "x", author: "anke", today: F.today, now: F.now)
        }
        #expect(try await town.invoices().count == before)
        let released = try await say("bernd")
        #expect(released.state == .released && released.decidedBy == "bernd" && released.document != nil)
        await #expect(throws: BillingRefusal.notProposed(proposal.id)) { try await say("carl") }
    }

    @Test func `is proposed again when the correction that was released is taken back`() async throws {
        let (town, invoice) = try await story("4000")
        _ = try await find(town)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        let document = try #require(try await release(proposal.id, town).document)
        #expect(try await find(town).proposed == 0)
        _ = try await CancelInvoice(pool: town.pool)(document, reason: "x", author: F.author, today: F.today, now: F.now)
        #expect(try await find(town).proposed == 1)
        let again = try #require(try await ListCorrections(pool: town.pool)().items.first)
        #expect(again.invoice == invoice.number && again.gross == proposal.gross && again.document == nil)
        _ = try await release(again.id, town)
        #expect(try await find(town).proposed == 0)
    }
}

@Suite(.database) struct `A contract that ended inside days that were billed` {
    @Test func `is found, and the difference takes back what was charged beyond the end`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1"), .init(key: "2")])
        _ = try await town.bill()
        let invoice = try #require(try await town.invoices(.init(accounts: ["a-1"])).first)
        _ = try await EndContract(pool: town.pool)("c-1", until: Day(2025, 12, 1), author: F.author, now: F.now)
        let report = try await FindCorrections(pool: town.pool)(author: "finder", now: F.now)
        #expect((report.bills, report.proposed) == (2, 1))
        #expect(report.unclear.isEmpty)
        let proposal = try #require(try await ListCorrections(pool: town.pool)().items.first)
        #expect((proposal.invoice, proposal.cause) == (invoice.number, .contract))
        #expect(proposal.gross < .zero)
        let before = try await town.receivables()
        let released = try await DecideCorrection(pool: town.pool).release(
            proposal.id, method: .difference, reason: "Auszug", author: F.author, today: F.today, now: F.now)
        let document = try #require(released.document)
        let draft = try await GetInvoice(pool: town.pool)(document).invoice.draft
        #expect(try await town.receivables() == before + draft.totals.gross)
        #expect(draft.period.until == Day(2025, 12, 1))
        try await town.keepInvoices("shortened")
        // Once is enough.
        #expect(try await FindCorrections(pool: town.pool)(author: "finder", now: F.now).proposed == 0)
        #expect(try await VerifyInvoices(pool: town.pool)().discrepancies.isEmpty)
    }

    @Test func `is not corrected when the days are too long ago`() async throws {
        let town = try await F()
        try await town.add([.init(key: "1")])
        _ = try await town.bill()
        _ = try await EndContract(pool: town.pool)("c-1", until: Day(2025, 12, 1), author: F.author, now: F.now)
        let later = F.now.adding(seconds: 3 * 366 * 86_400)
        let report = try await FindCorrections(pool: town.pool)(author: "finder", now: later)
        #expect(report.proposed == 0)
        #expect(report.unclear.map(\.code) == ["time-limit"])
    }
}
