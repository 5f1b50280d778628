internal import LedgerOperations
internal import Postgres
internal import Values

/// What names a bill, against the bills: entries, runs, held bills, corrections, and what was written beside one. At most a hundred each.
enum BooksCheck {
    static func discrepancies(in connection: Connection) throws -> [VerifyInvoices.Discrepancy] {
        try entries(in: connection)
            + told(
                """
                SELECT r.number, 'the run has billed contract ' || coalesce(c.number, '?') || ' with invoice row ' || j.invoice_id || ', which is gone'
                FROM billing_job j JOIN billing_run r ON r.id = j.run_id LEFT JOIN contract c ON c.id = j.contract_id
                LEFT JOIN invoice i ON i.id = j.invoice_id WHERE j.state = 'billed' AND i.id IS NULL
                """, in: connection)
            + told(
                """
                SELECT 'held bill ' || h.id, 'it was issued as invoice row ' || h.invoice_id || ', which is gone'
                FROM held_invoice h LEFT JOIN invoice i ON i.id = h.invoice_id WHERE h.invoice_id IS NOT NULL AND i.id IS NULL
                """, in: connection)
            + told(
                """
                SELECT 'correction ' || k.id, 'its document, invoice row ' || k.document_id || ', is gone'
                FROM correction k LEFT JOIN invoice i ON i.id = k.document_id WHERE k.document_id IS NOT NULL AND i.id IS NULL
                """, in: connection)
            + told(
                """
                SELECT 'invoice row ' || o.id, 'it is gone, and ' || o.what || ' of it stand' FROM (
                    SELECT DISTINCT v.invoice_id AS id, 'covered days' AS what FROM invoice_coverage v
                        LEFT JOIN invoice i ON i.id = v.invoice_id WHERE i.id IS NULL
                    UNION ALL SELECT DISTINCT x.invoice_id, 'instalments' FROM invoice_instalment x
                        LEFT JOIN invoice i ON i.id = x.invoice_id WHERE i.id IS NULL
                    UNION ALL SELECT DISTINCT d.invoice_id, 'papers' FROM invoice_document d
                        LEFT JOIN invoice i ON i.id = d.invoice_id WHERE i.id IS NULL) o
                """, in: connection)
    }

    /// Every entry of a bill, and every one that takes such an entry back, has its document.
    private static func entries(in connection: Connection) throws -> [VerifyInvoices.Discrepancy] {
        try connection.query(
            """
            SELECT e.id, coalesce(e.document, '?'), i.id IS NULL FROM journal_entry e LEFT JOIN journal_entry o ON o.id = e.reverses
            LEFT JOIN invoice i ON i.journal_entry_id = e.id
            WHERE (e.kind = 'invoice' OR o.kind = 'invoice') AND (i.id IS NULL OR i.number IS DISTINCT FROM e.document) ORDER BY 1 LIMIT 100
            """
        ).map { row in
            let entry: Int64 = try row.get(0)
            let document: String = try row.get(1)
            let isGone: Bool = try row.get(2)
            return VerifyInvoices.Discrepancy(
                number: StoredEntry.number(of: Identifier(entry)),
                what: isGone
                    ? "it books \(document), which is gone or names another entry" : "it books \(document), and another document names it")
        }
    }

    private static func told(_ query: SQL, in connection: Connection) throws -> [VerifyInvoices.Discrepancy] {
        try connection.query("\(query) ORDER BY 1, 2 LIMIT 100").map { .init(number: try $0.get(0), what: try $0.get(1)) }
    }
}
