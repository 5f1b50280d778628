internal import Billing
internal import Digests
internal import InvoiceFormats
internal import Ledger
internal import LedgerOperations
internal import Postgres
internal import Tariffs
internal import Values

/// A bill computed again, against every row that was written with it.
struct BillCheck {
    struct Page: Sendable {
        var last: Int64?
        var count = 0
        var papers = 0
        var discrepancies: [VerifyInvoices.Discrepancy] = []
    }

    /// What instalments a bill sets off, as its rows say.
    struct SetOffRow {
        let own: SetOff
        let gross: Money
        let tax: Money
        /// Whether the instalment is still there.
        let exists: Bool
    }

    private var bills = StoredBill()
    private var found: [VerifyInvoices.Discrepancy] = []
    private var xml: [Int64: Digest] = [:]

    /// The bills behind `after`.
    static func page(after: Int64, limit: Int, in connection: Connection) throws -> Page {
        var check = BillCheck()
        var page = Page()
        let rows = try BilledRow.page(after: after, limit: limit, in: connection)
        guard let last = rows.last?.id else { return page }
        let setOff = try BilledRow.setOff(after + 1...last, in: connection)
        for row in rows { try check.compare(row, setOff[row.id] ?? [], in: connection) }
        page.last = last
        page.count = rows.count
        let papers = try BillDocuments.discrepancies(after + 1...last, xml: check.xml, in: connection)
        page.papers = papers.count
        page.discrepancies = check.found + papers.discrepancies
        return page
    }

    private mutating func compare(_ row: BilledRow, _ setOff: [SetOffRow], in connection: Connection) throws {
        func wrong(_ what: String) { found.append(VerifyInvoices.Discrepancy(number: row.number, what: what)) }
        if !row.hasHash { wrong("the hash of the document is wrong") }
        if row.cancelledBy != row.taker { wrong("what it says to be cancelled by is not the document that takes it back") }
        if row.cancels != nil, row.cancelled == nil {
            wrong("the document that it takes back is gone")
            return
        }
        let original = row.cancelled.map { (inputs: $0.inputs, issuedOn: $0.issuedOn) }
        let invoice: Invoice
        do {
            invoice = try bills.invoice(
                number: row.number, issuedOn: row.issuedOn, inputs: row.inputs, cancels: row.cancelled?.number, original: original,
                in: connection)
        } catch let damage as StoredBill.Damage {
            wrong(damage.what)
            return
        }
        if InvoiceJSON.bytes(invoice) != row.document { wrong("the document does not come out of its inputs") }
        let invoiced = SHA256.hash(XRechnung.bytes(invoice))
        xml[row.id] = invoiced
        if let issued = row.xmlHash, issued != invoiced.bytes { wrong("the e-invoice (XRechnung) is not the one that was issued") }
        for column in row.columns(of: invoice) where column.stored != column.right {
            wrong("\(column.name) is \(column.stored), and the bill says \(column.right)")
        }
        if let difference = Written.difference(row.lines, Written.lines(invoice)) { wrong("line \(difference)") }
        try compareCoverage(row, invoice, in: connection)
        compareSetOff(row, invoice, setOff)
        compareEntry(row, invoice, setOff.map(\.own))
    }

    private mutating func compareCoverage(_ row: BilledRow, _ invoice: Invoice, in connection: Connection) throws {
        func wrong(_ what: String) { found.append(VerifyInvoices.Discrepancy(number: row.number, what: what)) }
        let right: [Written.Covered]
        do { right = try row.type == "invoice" ? Written.coverage(invoice.draft, isStanding: row.cancelledBy == nil) : [] } catch {
            wrong("the tax of a contract on it leaves the range of money")
            return
        }
        if !Written.isCovered(row.coverage, as: right) {
            wrong(
                "the days that it covers are not those of the bill: \(Written.told(row.coverage)) instead of \(Written.told(right.map(\.text)))"
            )
        }
        guard row.type == "correction" else { return }
        let said =
            if let corrected = row.corrects, CorrectedCoverage.isSaid(of: invoice.draft) {
                try CorrectedCoverage.said(invoice.draft, of: corrected, in: connection)
            } else { [CorrectedCoverage.Said]() }
        if Written.texts(said) != row.corrected { wrong("what it says of each contract is not what the correction comes to") }
    }

    private mutating func compareSetOff(_ row: BilledRow, _ invoice: Invoice, _ setOff: [SetOffRow]) {
        func wrong(_ what: String) { found.append(VerifyInvoices.Discrepancy(number: row.number, what: what)) }
        for stored in setOff {
            if !stored.exists { wrong("instalment \(stored.own.instalment), which it sets off, is gone") }
            if stored.gross != stored.own.gross || stored.tax != stored.own.tax {
                wrong(
                    "of instalment \(stored.own.instalment) it sets off \(stored.gross) with a tax of \(stored.tax), and by rates \(stored.own.gross) and \(stored.own.tax)"
                )
            }
        }
        func told(_ paidOn: Day, _ gross: Money, _ tax: Money) -> String { "\(paidOn): \(gross) (\(tax))" }
        let stored = setOff.map { told($0.own.paidOn, $0.gross, $0.tax) }.sorted()
        // A Storno takes none off again: they wait for the next bill.
        let right = row.cancels == nil ? invoice.draft.instalments.map { told($0.paidOn, $0.gross, $0.tax) }.sorted() : []
        if stored != right { wrong("the instalments that it sets off are not those of the bill") }
    }

    private mutating func compareEntry(_ row: BilledRow, _ invoice: Invoice, _ setOff: [SetOff]) {
        func wrong(_ what: String) { found.append(VerifyInvoices.Discrepancy(number: row.number, what: what)) }
        let name = row.entry.map { "journal entry \(StoredEntry.number(of: Identifier($0)))" } ?? "journal entry"
        guard let cancelled = row.cancelled else {
            let right: JournalEntry?
            do {
                right = try InvoiceEntry.entry(
                    invoice, account: Identifier(row.account), contract: row.contract, setOff: setOff, author: "verify")
            } catch {
                wrong("no journal entry comes out of it: \(error)")
                return
            }
            guard let right else {
                if row.entry != nil { wrong("it books nothing and names the \(name)") }
                return
            }
            guard let booked = row.booked else {
                wrong("its \(name) is gone")
                return
            }
            if booked.kind != right.kind.rawValue || booked.key != right.key || booked.document != row.number
                || booked.bookingDate != right.bookingDate
            {
                wrong("its \(name) books something else")
            }
            if let difference = Written.difference(row.postings, right.postings.map(Written.text)) {
                wrong("its \(name) is not that of the bill: posting \(difference)")
            }
            return
        }
        if row.contract != cancelled.contract || row.account != cancelled.account {
            wrong("it stands on another contract or account than what it takes back")
        }
        guard cancelled.entry != nil || row.entry != nil else { return }
        guard let booked = row.booked, let entry = cancelled.entry else {
            wrong("its \(name) is gone")
            return
        }
        if booked.reverses != entry || booked.document != row.number { wrong("its \(name) takes something else back") }
        if row.claimed != invoice.draft.due.cents { wrong("its \(name) is not over the amount due") }
    }
}
