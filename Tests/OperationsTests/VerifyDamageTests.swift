import Billing
import BillingOperations
import InvoiceFormats
import LedgerOperations
import Postgres
import TestKit
import Testing
import Values

private typealias F = BillingFixture

/// What somebody could do who can write all of the database: each is found and named.
@Suite(.database) struct `Damage behind the program's back` {
    /// A town with everything that billing writes: instalments paid, unpaid and withdrawn, a Storno and the bill after it, a correction by
    /// difference and one by a new bill, one paper of three contracts and its correction, payments, papers.
    private func town() async throws -> BillingFixture {
        let town = try await F()
        try await town.add([
            .init(key: "1"), .init(key: "2"), .init(key: "3"), .init(key: "4"), .init(key: "E"),
            .init(key: "G", tariff: "gas/basis", commodity: "gas", obis: "7-0:3.0.0", unit: "m3", advance: "1500"),
            .init(
                key: "W", tariff: "water/basis", commodity: "water", obis: "8-0:1.0.0", unit: "m3", advance: "105.25",
                attributes: #"{"usage": "household", "sealedArea": "120.5", "runoffCoefficient": "0.9"}"#),
        ])
        try await town.load(#"{"accounts": [{"key": "a-E", "partner": "p-E", "collectiveInvoice": true}]}"#)
        try await town.pool.with {
            try $0.script(
                "UPDATE contract SET account_id = (SELECT id FROM account WHERE key = 'a-E') WHERE key IN ('c-E', 'c-G', 'c-W')")
        }
        _ = try await PlanInstalments(pool: town.pool)(
            contract: "c-1", yearly: Money("1100.00"), rule: InstalmentRule(count: 11, firstDue: Day(2025, 2, 1)), author: F.author,
            now: F.now
        )
        _ = try await RequestInstalments(pool: town.pool)(
            dueUntil: Day(2026, 1, 1), author: F.author, today: Day(2025, 12, 1), now: F.now)
        for month in 0..<8 { try await pay(10_000, "a-1", Day(2025, 3, 1).adding(months: month), "p\(month)", town) }
        try await pay(4_000, "a-1", Day(2025, 12, 1), "half", town)
        _ = try await town.bill()
        try await pay(50_000, "a-3", F.today, "three", town)
        let two = try #require(try await town.invoices(.init(accounts: ["a-2"])).first).number
        _ = try await CancelInvoice(pool: town.pool)(two, reason: "x", author: F.author, today: F.today, now: F.now)
        _ = try await town.bill()
        for (meter, value) in [("1", "4000"), ("3", "4600"), ("E", "5000")] {
            try await town.send([
                #"{"meter": "M-\#(meter)", "obis": "1-0:1.8.0", "at": "2026-01-01T00:00:00+01:00", "value": "\#(value)", "unit": "kWh", "status": "measured"}"#
            ])
        }
        _ = try await FindCorrections(pool: town.pool)(author: "finder", now: F.now)
        let three = try #require(try await town.invoices(.init(accounts: ["a-3"])).first).number
        let proposals = try await ListCorrections(pool: town.pool)().items
        #expect(proposals.count == 3)
        for proposal in proposals {
            _ = try await DecideCorrection(pool: town.pool).release(
                proposal.id, method: proposal.invoice == three ? .rebill : .difference, reason: "nachgereicht", author: F.author,
                today: F.today,
                now: F.now)
        }
        _ = try await RenderDocuments(pool: town.pool)(language: .de, clock: { F.now })
        let request = try #require(try await ListInstalments(pool: town.pool)(contract: "c-1").items.first?.number)
        _ = try await GetInstalment(pool: town.pool).pdf(request, language: .de, now: F.now)
        try await SealLedger(pool: town.pool)(now: F.now)
        try await pay(700, "a-4", F.today, "after the seal", town)
        return town
    }
    private func pay(_ cents: Int64, _ account: String, _ day: Day, _ key: String, _ town: BillingFixture) async throws {
        _ = try await PostPayment(pool: town.pool)(
            IncomingPayment(account: account, amount: Money(cents: cents), valueDate: day, reference: "", key: key), author: "bank",
            today: F.today, now: F.now)
    }
    /// Every line that `verify` prints.
    private func findings(_ town: BillingFixture) async throws -> [String] {
        let ledger = try await VerifyLedger(pool: town.pool)()
        let bills = try await VerifyInvoices(pool: town.pool)(pageSize: 5)
        return ledger.problems.map(\.explanation) + bills.discrepancies.map { "\($0.number): \($0.what)" }
    }

    @Test func `is not found where there is none, and everything is counted`() async throws {
        let town = try await town()
        let ledger = try await VerifyLedger(pool: town.pool)()
        #expect(ledger.problems.isEmpty)
        #expect(Int64(ledger.entries) == (try await town.count("journal_entry")) && ledger.unsealed == 1)
        #expect(Int64(ledger.clearings) == (try await town.count("clearing")) && ledger.unsealedClearings == 1)
        #expect(Int64(ledger.payments) == (try await town.count("payment")))
        let bills = try await VerifyInvoices(pool: town.pool)(pageSize: 4)
        #expect(bills.discrepancies.isEmpty, "\(bills.discrepancies)")
        #expect(Int64(bills.checked) == (try await town.count("invoice")) && bills.requests == 11)
        #expect(Int64(bills.papers) == (try await town.count("invoice_document")) && bills.requestPapers == 4)
        #expect(bills.heads.count == 3 && bills.links > 3)
        // What the story is about is in it.
        for table in ["corrected_coverage", "invoice_instalment", "correction"] { #expect(try await town.count(table) > 0, "\(table)") }
    }

    @Test func `is named, whatever it is`() async throws {
        let town = try await town()
        let names = try await town.pool.with { connection in
            func one(_ condition: SQL) throws -> (id: String, number: String) {
                try connection.one("SELECT i.id::text, i.number FROM invoice i JOIN account a ON a.id = i.account_id WHERE \(condition)") {
                    (id: try $0.get(0), number: try $0.get(1))
                }
            }
            return [
                "plain": try one("a.key = 'a-4'"), "bill": try one("a.key = 'a-1' AND type = 'invoice'"),
                "correction": try one("a.key = 'a-1' AND type = 'correction'"),
                "cancelled": try one("a.key = 'a-2' AND cancelled_by IS NOT NULL"),
                "storno": try one("a.key = 'a-2' AND type = 'cancellation'"), "house": try one("a.key = 'a-E' AND type = 'invoice'"),
                "difference": try one("a.key = 'a-E' AND type = 'correction'"), "last": try one("i.id = (SELECT max(id) FROM invoice)"),
            ]
        }
        /// `{plain}` is the row of the bill, `[plain]` its number.
        func filled(_ text: String) -> String {
            names.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value.id).replacing("[\($1.key)]", with: $1.value.number) }
        }
        for damage in Damage.all {
            for table in damage.tables { try await town.pool.tamper("CREATE TABLE keep_\(table) AS TABLE \(table)") }
            try await town.pool.tamper(filled(damage.statement))
            let found = try await findings(town)
            let expected = filled(damage.says)
            #expect(found.contains { $0.contains(expected) }, "\(damage.statement): \(found)")
            for table in damage.tables {
                try await town.pool.tamper(
                    "DELETE FROM \(table); INSERT INTO \(table) OVERRIDING SYSTEM VALUE SELECT * FROM keep_\(table); DROP TABLE keep_\(table)"
                )
            }
        }
        #expect(try await findings(town) == [])
    }
}

private struct Damage {
    let tables: [String]
    let statement: String
    let says: String

    private static func on(_ tables: String..., says: String, _ statement: String) -> Damage {
        Damage(tables: tables, statement: statement, says: says)
    }
    private static func column(_ assignment: String, of name: String = "plain", says: String) -> Damage {
        .on("invoice", says: "[\(name)]: \(says)", "UPDATE invoice SET \(assignment) WHERE id = {\(name)}")
    }

    static let all = gone + columns + beside + instalments + settled + papers + chains

    private static let gone: [Damage] = [
        .on("invoice", says: "[plain]: it was issued and is gone", "DELETE FROM invoice WHERE id = {plain}"),
        .on("invoice", says: "it books [plain], which is gone", "DELETE FROM invoice WHERE id = {plain}"),
        .on("invoice", says: "invoice row {plain}, which is gone", "DELETE FROM invoice WHERE id = {plain}"),
        .on(
            "invoice", "invoice_line", "invoice_coverage", says: "[plain]: it was issued and is gone",
            "DELETE FROM invoice WHERE id = {plain}; DELETE FROM invoice_line WHERE invoice_id = {plain}; DELETE FROM invoice_coverage WHERE invoice_id = {plain}"
        ),
        .on("invoice", says: "[last]: it was issued and is gone", "DELETE FROM invoice WHERE id = {last}"),
        .on(
            "invoice", "number_circle", says: "[last]: it was issued and is gone",
            "DELETE FROM invoice WHERE id = {last}; UPDATE number_circle SET next = {last} WHERE circle = 'invoice'"),
        .on("invoice", says: "[cancelled]: what it says to be cancelled by", "DELETE FROM invoice WHERE id = {storno}"),
        .on("invoice", says: "[storno]: the document that it takes back is gone", "DELETE FROM invoice WHERE id = {cancelled}"),
        .on("number_circle", says: "counter of invoice numbers", "UPDATE number_circle SET next = next - 1 WHERE circle = 'invoice'"),
    ]

    private static let columns: [Damage] = [
        column("cancelled_by = NULL", of: "cancelled", says: "what it says to be cancelled by"),
        column("cancelled_by = {plain}", of: "bill", says: "what it says to be cancelled by"),
        column("due_on = due_on + 3", says: "due_on is"),
        column("commodity = 'gas'", says: "commodity is gas, and the bill says electricity"),
        column("kind = 'final'", says: "kind is final"),
        column("period = daterange(lower(period), upper(period) - 1)", says: "period is"),
        column("consumption_micro = consumption_micro + 1", says: "consumption_micro is"),
        column("contract_number = 'VT-3000000'", says: "contract_number is VT-3000000"),
        column("contract_id = (SELECT id FROM contract WHERE key = 'c-2')", says: "number of contract_id is"),
        column("account_id = (SELECT id FROM account WHERE key = 'a-2')", says: "its journal entry"),
        column("net_cents = net_cents - 1, tax_cents = tax_cents + 1", says: "tax_cents is"),
        column("gross_cents = gross_cents + 1, tax_cents = tax_cents + 1", says: "gross_cents is"),
        column("due_cents = due_cents + 1", says: "due_cents is"),
        column("number = 'R-99'", says: "").with(says: "R-99"),
        column("corrects = {plain}", of: "correction", says: "corrects is [plain], and the bill says [bill]"),
        column("journal_entry_id = NULL", says: "its journal entry is gone"),
        column("issued_on = issued_on - 1", says: "the document does not come out of its inputs"),
        column("run_id = NULL", says: "the document, or who issued it"),
        column("author = 'somebody'", says: "the document, or who issued it"),
        column("reason = 'something'", of: "storno", says: "the document, or who issued it"),
        // Everything that could be computed again fits: only the chain knows.
        column(
            """
            inputs = convert_to(replace(convert_from(inputs, 'UTF8'), 'Muster 4', 'Nobody 4'), 'UTF8'), xml_sha256 = NULL,
            document = convert_to(replace(convert_from(document, 'UTF8'), 'Muster 4', 'Nobody 4'), 'UTF8'),
            document_sha256 = sha256(convert_to(replace(convert_from(document, 'UTF8'), 'Muster 4', 'Nobody 4'), 'UTF8'))
            """, says: "the document, or who issued it"),
    ]

    private static let beside: [Damage] = [
        .on(
            "invoice_line", says: "[plain]: line 1 is",
            "UPDATE invoice_line SET amount_cents = amount_cents + (CASE position WHEN 1 THEN 1 WHEN 2 THEN -1 ELSE 0 END) WHERE invoice_id = {plain}"
        ),
        .on(
            "invoice_line", says: "[plain]: line 2 is",
            "UPDATE invoice_line SET quantity_micro = 7 WHERE invoice_id = {plain} AND position = 2"),
        .on(
            "invoice_line", says: "is gone",
            "DELETE FROM invoice_line WHERE (invoice_id, position) = (SELECT {plain}, max(position) FROM invoice_line WHERE invoice_id = {plain})"
        ),
        .on("invoice_coverage", says: "[plain]: the days", "UPDATE invoice_coverage SET is_standing = false WHERE invoice_id = {plain}"),
        .on(
            "invoice_coverage", says: "[cancelled]: the days",
            "UPDATE invoice_coverage SET contract_number = 'VT-1', is_standing = true WHERE invoice_id = {cancelled}"),
        .on("invoice_coverage", says: "[plain]: the days", "DELETE FROM invoice_coverage WHERE invoice_id = {plain}"),
        .on(
            "invoice_coverage", says: "[plain]: the days",
            "UPDATE invoice_coverage SET period = daterange(lower(period), upper(period) - 1) WHERE invoice_id = {plain}"),
        .on(
            "invoice_coverage", says: "[house]: the days",
            "UPDATE invoice_coverage SET gross_cents = gross_cents + 1 WHERE invoice_id = {house}"),
        .on("invoice_coverage", says: "[plain]: the days", "UPDATE invoice_coverage SET kind = 'final' WHERE invoice_id = {plain}"),
        .on(
            "invoice_coverage", says: "[plain]: the days",
            "UPDATE invoice_coverage SET contract_id = (SELECT id FROM contract WHERE key = 'c-2') WHERE invoice_id = {plain}"),
        .on(
            "corrected_coverage", says: "[difference]: what it says of each contract",
            "UPDATE corrected_coverage SET gross_cents = gross_cents + 1"),
        .on("corrected_coverage", says: "[difference]: what it says of each contract", "DELETE FROM corrected_coverage"),
    ]

    private static let instalments: [Damage] = [
        .on(
            "invoice_instalment", says: "[bill]: of instalment",
            "UPDATE invoice_instalment SET gross_cents = gross_cents + 1 WHERE invoice_id = {bill}"),
        .on(
            "invoice_instalment", says: "[bill]: the instalments",
            "UPDATE invoice_instalment SET paid_on = paid_on + 1 WHERE invoice_id = {bill}"),
        .on(
            "invoice_instalment", says: "[bill]: its journal entry",
            "UPDATE invoice_instalment SET shares = jsonb_set(shares, '{0,rate}', '700')"),
        .on(
            "invoice_instalment", says: "[bill]: the instalments",
            "DELETE FROM invoice_instalment WHERE instalment_id = (SELECT min(id) FROM instalment)"),
        .on(
            "instalment", says: "is not the sum of its shares",
            "UPDATE instalment SET gross_cents = gross_cents + 1 WHERE id = (SELECT min(id) FROM instalment)"),
        .on(
            "instalment", says: "is not the sum of its shares",
            "UPDATE instalment SET tax_cents = tax_cents + 1 WHERE id = (SELECT max(id) FROM instalment)"),
        .on(
            "instalment", says: "AB-6000012: its journal entry is not over what it asks for",
            "UPDATE instalment SET gross_cents = 1, tax_cents = 0, shares = '[{\"rate\": 1900, \"gross\": 1, \"tax\": 0}]' WHERE id = (SELECT min(id) FROM instalment)"
        ),
        .on("instalment", says: "posting 1 is", "UPDATE instalment SET due_on = due_on + 1 WHERE id = (SELECT min(id) FROM instalment)"),
        .on(
            "instalment", says: "AB-",
            "UPDATE instalment SET account_id = (SELECT id FROM account WHERE key = 'a-2') WHERE id = (SELECT min(id) FROM instalment)"),
        .on("instalment", says: "which is gone", "DELETE FROM instalment WHERE id = (SELECT min(id) FROM instalment)"),
        .on("instalment", says: "it was issued and is gone", "DELETE FROM instalment WHERE id = (SELECT min(id) + 1 FROM instalment)"),
        .on(
            "instalment", says: "of it were withdrawn",
            "UPDATE instalment SET withdrawn_cents = withdrawn_cents - 1 WHERE withdrawn_cents > 0"),
        .on(
            "instalment", says: "its state is withdrawn",
            "UPDATE instalment SET state = 'withdrawn' WHERE id = (SELECT min(id) FROM instalment)"),
    ]

    private static let settled: [Damage] = [
        .on("payment", says: "its amount is", "UPDATE payment SET amount_cents = amount_cents + 1 WHERE key = 'three'"),
        .on("payment", says: "which is gone", "DELETE FROM payment WHERE key = 'three'"),
        .on(
            "payment", says: "it was booked on another account",
            "UPDATE payment SET account_id = (SELECT id FROM account WHERE key = 'a-2') WHERE key = 'three'"),
        .on("payment", says: "its number, key or days", "UPDATE payment SET value_date = value_date - 1 WHERE key = 'three'"),
        .on("clearing_line", says: "lines of it are gone", "DELETE FROM clearing_line WHERE clearing_id = (SELECT min(id) FROM clearing)"),
        .on(
            "clearing", "clearing_line", says: "was sealed and is gone",
            "DELETE FROM clearing_line WHERE clearing_id = (SELECT min(id) FROM clearing); DELETE FROM clearing WHERE id = (SELECT min(id) FROM clearing)"
        ),
        .on(
            "clearing_line", says: "or its lines are not what was sealed",
            "UPDATE clearing_line SET amount_cents = sign(amount_cents) WHERE clearing_id = (SELECT min(id) FROM clearing)"),
        .on(
            "clearing", says: "another account",
            "UPDATE clearing SET account_id = (SELECT id FROM account WHERE key = 'a-2') WHERE id = (SELECT min(id) FROM clearing)"),
        .on(
            "clearing", says: "is not the opposite of",
            "UPDATE clearing SET reason = 'x', resets = (SELECT min(id) FROM clearing) WHERE id = (SELECT max(id) FROM clearing)"),
        // Not sealed yet: what is left of it says so.
        .on("clearing_line", says: "lines of it are gone", "DELETE FROM clearing_line WHERE clearing_id = (SELECT max(id) FROM clearing)"),
        .on(
            "clearing_seal", says: "link 1 of the clearings was changed",
            "UPDATE clearing_seal SET leaves = overlay(leaves PLACING '\\x00000000' FROM 5)"),
    ]

    private static let papers: [Damage] = [
        .on(
            "invoice_document", says: "[plain]: the file pdf.de was drawn and is gone",
            "DELETE FROM invoice_document WHERE invoice_id = {plain}"),
        .on(
            "invoice_document", says: "[plain]: the file pdf.de is not the one that was drawn",
            "UPDATE invoice_document SET body = 'another', sha256 = sha256('another') WHERE invoice_id = {plain}"),
        .on(
            "invoice_document", says: "[plain]: the file pdf.en stands in no link",
            "INSERT INTO invoice_document SELECT invoice_id, 'pdf.en', body, sha256, xml_sha256, recorded_at FROM invoice_document WHERE invoice_id = {plain}"
        ),
        .on(
            "instalment_document", says: "AB-6000012: the file pdf.de is not the one that was drawn",
            "UPDATE instalment_document SET body = 'another', sha256 = sha256('another') WHERE kind = 'pdf.de'"),
        .on(
            "instalment_document", says: "AB-6000012: the file xml was drawn and is gone",
            "DELETE FROM instalment_document WHERE kind = 'xml'"),
    ]

    private static let chains: [Damage] = [
        .on("document_link", says: "link 1 is missing", "DELETE FROM document_link WHERE chain = 'paper' AND number = 1"),
        .on("document_link", says: "stands in no link", "DELETE FROM document_link WHERE chain = 'invoice'"),
        .on(
            "document_link", says: "was changed",
            "UPDATE document_link SET leaves = overlay(leaves PLACING '\\x00000000' FROM 5) WHERE chain = 'invoice' AND number = 1"),
    ]

    private func with(says: String) -> Damage { Damage(tables: tables, statement: statement, says: says) }
}
