internal import Billing
internal import Digests
internal import InvoiceFormats
public import Postgres
internal import Values

/// Computes every bill again from its stored inputs and compares: document byte for byte, e-invoice by the hash
/// of its bytes, rows and journal by their sums, the papers by their hash and by that of the e-invoice they were printed with.
public struct VerifyInvoices: Sendable {
    /// Something that is not as it was issued.
    public struct Discrepancy: Hashable, Sendable {
        public let number: String
        public let what: String
    }
    public struct Report: Hashable, Sendable {
        public let checked: Int
        public let discrepancies: [Discrepancy]
    }
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - pageSize: bills in memory at a time.
    ///   - progress: bills checked so far.
    public func callAsFunction(pageSize: Int = 500, progress: (@Sendable (Int) -> Void)? = nil) async throws -> Report {
        var after: Int64 = 0
        var checked = 0
        var discrepancies: [Discrepancy] = []
        while true {
            let page = try await pool.transaction(isolation: .repeatableRead, readOnly: true) { [after] in
                try VerifyInvoices.page(after: after, limit: pageSize, in: $0)
            }
            guard let last = page.last else { break }
            after = last
            checked += page.count
            discrepancies += page.discrepancies
            progress?(checked)
        }
        return Report(checked: checked, discrepancies: discrepancies)
    }

    private struct Page: Sendable {
        var last: Int64?
        var count = 0
        var discrepancies: [Discrepancy] = []
    }

    private static func page(after: Int64, limit: Int, in connection: Connection) throws -> Page {
        var page = Page()
        var bills = StoredBill()
        var xml: [Int64: Digest] = [:]
        for row in try connection.query(
            """
            SELECT i.id, i.number, i.issued_on, i.inputs, i.document, o.number, o.inputs, o.issued_on, i.net_cents, i.gross_cents,
                   (SELECT coalesce(sum(amount_cents), 0)::bigint FROM invoice_line l WHERE l.invoice_id = i.id),
                   (SELECT coalesce(sum(amount_cents) FILTER (WHERE account_id = i.account_id), 0)::bigint FROM posting p WHERE p.entry_id = i.journal_entry_id),
                   i.document_sha256 = sha256(i.document), i.due_cents, i.xml_sha256
            FROM invoice i LEFT JOIN invoice o ON o.id = i.cancels WHERE i.id > \(after) ORDER BY i.id LIMIT \(limit)
            """)
        {
            let number: String = try row.get(1)
            page.last = try row.get(0)
            page.count += 1
            func wrong(_ what: String) { page.discrepancies.append(Discrepancy(number: number, what: what)) }
            let original = try row.get(6, as: [UInt8]?.self).map { (inputs: $0, issuedOn: try row.get(7, as: Day.self)) }
            do {
                let invoice = try bills.invoice(
                    number: number, issuedOn: try row.get(2), inputs: try row.get(3), cancels: try row.get(5), original: original,
                    in: connection)
                if InvoiceJSON.bytes(invoice) != (try row.get(4) as [UInt8]) { wrong("the document does not come out of its inputs") }
                let invoiced = SHA256.hash(XRechnung.bytes(invoice))
                xml[try row.get(0)] = invoiced
                if let issued = try row.get(14, as: [UInt8]?.self), issued != invoiced.bytes {
                    wrong("the e-invoice (XRechnung) is not the one that was issued")
                }
                if invoice.draft.totals.gross.cents != (try row.get(9) as Int64) {
                    wrong("the gross amount of the row is not that of the bill")
                }
            } catch let damage as StoredBill.Damage { wrong(damage.what) }
            let net: Int64 = try row.get(8)
            if net != (try row.get(10) as Int64) { wrong("the lines do not sum to the net amount") }
            if try row.get(13) as Int64 != row.get(11) as Int64 { wrong("the journal entry is not over the amount due") }
            if try !row.get(12, as: Bool.self) { wrong("the hash of the document is wrong") }
        }
        if let last = page.last { page.discrepancies += try BillDocuments.discrepancies(after + 1...last, xml: xml, in: connection) }
        return page
    }
}
