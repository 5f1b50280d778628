internal import Billing
internal import Digests
internal import InvoiceFormats
internal import Postgres
internal import Values

extension CorrectionProposal {
    static let select: SQL = """
        SELECT k.id, i.number, a.number, i.contract_number, coalesce(p.company, concat_ws(' ', p.given, p.family)), i.period, k.state, k.cause,
               k.billed_cents, k.right_cents, k.net_cents, k.tax_cents, k.found_at, k.found_by, k.decided_by, k.decided_at, k.reason, k.method, d.number,
               k.reasons, s.number, t.number
        FROM correction k JOIN invoice i ON i.id = k.invoice_id JOIN account a ON a.id = k.account_id JOIN partner p ON p.id = a.partner_id
        LEFT JOIN invoice d ON d.id = k.document_id LEFT JOIN invoice s ON s.id = i.cancelled_by AND k.method = 'rebill'
        LEFT JOIN invoice t ON t.id = d.cancelled_by
        """

    init(_ row: Row) throws {
        self.init(
            id: try row.get(0), invoice: try row.get(1), account: try row.get(2), contract: try row.get(3), recipient: try row.get(4),
            period: try row.get(5), state: State(rawValue: try row.get(6)) ?? .proposed, cause: Cause(rawValue: try row.get(7)) ?? .both,
            billed: try row.get(8), right: try row.get(9), net: try row.get(10), tax: try row.get(11), foundAt: try row.get(12),
            foundBy: try row.get(13), decidedBy: try row.get(14), decidedAt: try row.get(15), reason: try row.get(16),
            method: try row.get(17, as: String?.self).flatMap { Method(rawValue: $0) }, document: try row.get(18),
            documentCancelledBy: try row.get(21),
            storno: try row.get(20),
            checks: try row.get(19, as: JSONB?.self).map(HeldReason.list) ?? [])
    }

    static func load(_ id: Int64, in connection: Connection) throws -> CorrectionProposal {
        guard let row = try connection.query("\(select) WHERE k.id = \(id)").first else { throw BillingRefusal.unknownCorrection(id) }
        return try CorrectionProposal(row)
    }
}

enum CorrectionStore {
    /// Proposes a difference unless the same one waits already, or was dismissed. Each finding is a row of its own: what was decided before
    /// stays as it was decided.
    /// - Returns: whether it is new on the worklist.
    static func propose(_ bill: StandingBill, _ found: StaleBill, author: String, now: Instant, in connection: Connection) throws -> Bool {
        let bytes = try known(found.inputs, of: bill, in: connection) ?? found.inputs.bytes
        let hash = SHA256.hash(bytes).bytes
        let reasons = HeldReason.json(found.checks)
        let known = try connection.execute(
            """
            UPDATE correction SET known_at = greatest(known_at, \(now)), reasons = \(reasons)
            WHERE invoice_id = \(bill.id) AND state = 'proposed' AND inputs_sha256 = \(hash)
            """)
        if known > 0 { return false }
        try withdraw(bill.id, in: connection)
        let difference = found.difference.totals
        return try connection.execute(
            """
            INSERT INTO correction (invoice_id, account_id, state, cause, inputs, inputs_sha256, billed_cents, right_cents, net_cents, tax_cents,
                                    found_at, found_by, known_at, reasons)
            SELECT \(bill.id), \(bill.account), 'proposed', \(found.cause.rawValue), \(bytes), \(hash), \(found.billed.cents), \(found.right.cents),
                   \(difference.net.cents), \(difference.tax.cents), \(now), \(author), \(now), \(reasons)
            WHERE NOT EXISTS (SELECT 1 FROM correction k WHERE k.invoice_id = \(bill.id) AND k.inputs_sha256 = \(hash) AND k.state = 'dismissed')
            ON CONFLICT (invoice_id) WHERE state = 'proposed' DO NOTHING
            """) > 0
    }

    /// What was proposed before and says the same: another version of a value that stayed what it was is no new difference, and what a
    /// person has dismissed stays dismissed.
    private static func known(_ inputs: StoredInputs, of bill: StandingBill, in connection: Connection) throws -> [UInt8]? {
        let bare = inputs.bare.bytes
        for row in try connection.query(
            "SELECT inputs FROM correction WHERE invoice_id = \(bill.id) AND state IN ('proposed', 'dismissed') ORDER BY id DESC")
        {
            let bytes: [UInt8] = try row.get(0)
            if let before = try? StoredInputs(parsing: bytes), before.bare.bytes == bare { return bytes }
        }
        return nil
    }

    /// What is proposed for a bill is no longer: the facts are as they were billed, others, or nothing can be said.
    static func withdraw(_ invoice: Int64, in connection: Connection) throws {
        try connection.execute("UPDATE correction SET state = 'superseded' WHERE invoice_id = \(invoice) AND state = 'proposed'")
    }

    /// A document was taken back: nothing is to be decided about its bill until that is looked at again.
    static func takenBack(_ invoice: Int64, in connection: Connection) throws {
        let bill = try connection.one("SELECT coalesce(corrects, id) FROM invoice WHERE id = \(invoice)", as: Int64.self)
        try withdraw(bill, in: connection)
        try connection.execute("DELETE FROM unclear_bill WHERE invoice_id = \(bill)")
    }

    /// Keeps for people why a bill cannot be computed again; nil: it can.
    static func note(_ unclear: FindCorrections.Unclear?, of bill: StandingBill, now: Instant, in connection: Connection) throws {
        guard let unclear else {
            if bill.isUnclear { try connection.execute("DELETE FROM unclear_bill WHERE invoice_id = \(bill.id)") }
            return
        }
        try connection.execute(
            """
            INSERT INTO unclear_bill (invoice_id, code, explanation, found_at) VALUES (\(bill.id), \(unclear.code), \(unclear.explanation), \(now))
            ON CONFLICT (invoice_id) DO UPDATE SET code = excluded.code, explanation = excluded.explanation, found_at = excluded.found_at
            WHERE (unclear_bill.code, unclear_bill.explanation) <> (excluded.code, excluded.explanation)
            """)
    }

    /// A bill was computed again with terms that came behind it.
    static func looked(at terms: [Int64], for invoice: Int64, now: Instant, in connection: Connection) throws {
        guard !terms.isEmpty else { return }
        try connection.execute(
            """
            INSERT INTO recomputed_terms (invoice_id, contract_id, looked_at) SELECT \(invoice), c, \(now) FROM unnest(\(terms)) AS t (c)
            ON CONFLICT DO NOTHING
            """)
    }
}
