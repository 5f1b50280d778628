internal import Billing
internal import BillPDF
internal import Digests
internal import InvoiceFormats
internal import Postgres
internal import Values

/// Finished papers beside their invoices. A row is written once; whoever comes second takes what is there.
enum BillDocuments {
    /// An invoice computed again, waiting for its paper.
    struct Waiting: Sendable {
        let id: Int64
        let invoice: Invoice
    }
    struct New: Sendable {
        let id: Int64
        let kind: String
        let body: [UInt8]
        let xmlHash: Digest
    }

    static func kind(_ language: BillLanguage) -> String { "pdf.\(language.rawValue)" }

    /// Draws the paper: 10–20 ms of one core, so never while a transaction is open.
    static func draw(_ waiting: Waiting, _ language: BillLanguage) throws -> New {
        New(
            id: waiting.id, kind: kind(language), body: try BillDocument.bytes(waiting.invoice, language: language),
            xmlHash: SHA256.hash(XRechnung.bytes(waiting.invoice)))
    }

    static func stored(_ number: String, _ language: BillLanguage, in connection: Connection) throws -> [UInt8]? {
        try connection.optional(
            """
            SELECT d.body FROM invoice_document d JOIN invoice i ON i.id = d.invoice_id
            WHERE i.number = \(number) AND d.kind = \(kind(language))
            """
        ) { try $0.get(0) }
    }

    static func insert(_ documents: [New], now: Instant, in connection: Connection) throws {
        for document in documents {
            try connection.execute(
                """
                INSERT INTO invoice_document (invoice_id, kind, body, sha256, xml_sha256, recorded_at)
                VALUES (\(document.id), \(document.kind), \(document.body), \(SHA256.hash(document.body).bytes), \(document.xmlHash.bytes), \(now))
                ON CONFLICT (invoice_id, kind) DO NOTHING
                """)
        }
    }

    static func missing(run: Int64?, _ language: BillLanguage, in connection: Connection) throws -> Int64 {
        try connection.one(
            """
            SELECT count(*) FROM invoice i WHERE (\(run)::bigint IS NULL OR i.run_id = \(run))
            AND NOT EXISTS (SELECT FROM invoice_document d WHERE d.invoice_id = i.id AND d.kind = \(kind(language)))
            """, as: Int64.self)
    }

    /// Invoices without a paper.
    struct Page: Sendable {
        var waiting: [Waiting] = []
        /// Those that do not come out of their inputs: nothing is printed of them, and they keep none behind them waiting.
        var damaged: [VerifyInvoices.Discrepancy] = []
        /// The last one looked at; nil where none is left.
        var last: Int64?
        var count: Int { waiting.count + damaged.count }
    }

    /// The next invoices without a paper.
    static func page(
        after: Int64, run: Int64?, _ language: BillLanguage, limit: Int, in connection: Connection
    ) throws -> Page {
        var bills = StoredBill()
        var page = Page()
        for row in try connection.query(
            """
            SELECT i.id, i.number, i.issued_on, i.inputs, o.number, o.inputs, o.issued_on
            FROM invoice i LEFT JOIN invoice o ON o.id = i.cancels
            WHERE i.id > \(after) AND (\(run)::bigint IS NULL OR i.run_id = \(run))
            AND NOT EXISTS (SELECT FROM invoice_document d WHERE d.invoice_id = i.id AND d.kind = \(kind(language)))
            ORDER BY i.id LIMIT \(limit)
            """)
        {
            page.last = try row.get(0)
            let number: String = try row.get(1)
            let original = try row.get(5, as: [UInt8]?.self).map { (inputs: $0, issuedOn: try row.get(6, as: Day.self)) }
            do {
                let invoice = try bills.invoice(
                    number: number, issuedOn: try row.get(2), inputs: try row.get(3), cancels: try row.get(4), original: original,
                    in: connection)
                page.waiting.append(Waiting(id: try row.get(0), invoice: invoice))
            } catch let damage as StoredBill.Damage { page.damaged.append(.init(number: number, what: damage.what)) }
        }
        return page
    }

    /// What differs among the papers of these invoices: the file from its hash, the e-invoice from the one it was printed with.
    static func discrepancies(
        _ range: ClosedRange<Int64>, xml: [Int64: Digest], in connection: Connection
    ) throws -> (count: Int, discrepancies: [VerifyInvoices.Discrepancy]) {
        var found: [VerifyInvoices.Discrepancy] = []
        var count = 0
        for row in try connection.query(
            """
            SELECT d.invoice_id, i.number, d.kind, d.sha256 = sha256(d.body), d.xml_sha256
            FROM invoice_document d JOIN invoice i ON i.id = d.invoice_id
            WHERE d.invoice_id BETWEEN \(range.lowerBound) AND \(range.upperBound) ORDER BY 1, 3
            """)
        {
            count += 1
            let number: String = try row.get(1)
            let kind: String = try row.get(2)
            if try !row.get(3, as: Bool.self) {
                found.append(.init(number: number, what: "the file \(kind) is not the one that was written"))
            }
            if let hash = xml[try row.get(0)], hash.bytes != (try row.get(4) as [UInt8]) {
                found.append(.init(number: number, what: "the e-invoice is not the one that \(kind) was printed with"))
            }
        }
        return (count, found)
    }
}
