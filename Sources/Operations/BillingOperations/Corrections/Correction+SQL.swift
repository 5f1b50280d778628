internal import Billing
internal import Digests
internal import InvoiceFormats
internal import Postgres
internal import Values

extension CorrectionProposal {
    static let select: SQL = """
        SELECT k.id, i.number, a.number, i.contract_number, coalesce(p.company, concat_ws(' ', p.given, p.family)), i.period, k.state, k.cause,
               k.billed_cents, k.right_cents, k.net_cents, k.tax_cents, k.found_at, k.found_by, k.decided_by, k.decided_at, k.reason, k.method, d.number,
               k.reasons, s.number
        FROM correction k JOIN invoice i ON i.id = k.invoice_id JOIN account a ON a.id = k.account_id JOIN partner p ON p.id = a.partner_id
        LEFT JOIN invoice d ON d.id = k.document_id LEFT JOIN invoice s ON s.id = i.cancelled_by AND k.method = 'rebill'
        """

    init(_ row: Row) throws {
        self.init(
            id: try row.get(0), invoice: try row.get(1), account: try row.get(2), contract: try row.get(3), recipient: try row.get(4),
            period: try row.get(5), state: State(rawValue: try row.get(6)) ?? .proposed, cause: Cause(rawValue: try row.get(7)) ?? .both,
            billed: try row.get(8), right: try row.get(9), net: try row.get(10), tax: try row.get(11), foundAt: try row.get(12),
            foundBy: try row.get(13), decidedBy: try row.get(14), decidedAt: try row.get(15), reason: try row.get(16),
            method: try row.get(17, as: String?.self).flatMap { Method(rawValue: $0) }, document: try row.get(18), storno: try row.get(20),
            checks: try row.get(19, as: JSONB?.self).map(HeldReason.list) ?? [])
    }

    static func load(_ id: Int64, in connection: Connection) throws -> CorrectionProposal {
        guard let row = try connection.query("\(select) WHERE k.id = \(id)").first else { throw BillingRefusal.unknownCorrection(id) }
        return try CorrectionProposal(row)
    }
}

/// A bill that stands, with the corrections that stand beside it.
struct StandingBill {
    let id: Int64
    let number: String
    let account: Int64
    let contract: Int64
    let inputs: [UInt8]
    /// When the last of its documents was computed.
    let computedAt: Instant
    /// Number of the bill and of its corrections, in order.
    let documents: [String]

    /// Bills behind a row, in order; `numbers` empty: all.
    static func page(after: Int64, limit: Int, numbers: [String], in connection: Connection) throws -> [StandingBill] {
        try connection.query(
            """
            SELECT i.id, i.number, i.account_id, i.contract_id, i.inputs, greatest(i.recorded_at, c.last), c.numbers
            FROM invoice i CROSS JOIN LATERAL (
                SELECT max(k.recorded_at) AS last, array_agg(k.number ORDER BY k.id) AS numbers FROM invoice k
                WHERE k.corrects = i.id AND k.type = 'correction' AND k.cancelled_by IS NULL) c
            WHERE i.type = 'invoice' AND i.cancelled_by IS NULL AND i.id > \(after) AND (\(numbers.isEmpty) OR i.number = ANY(\(numbers)))
            ORDER BY i.id LIMIT \(limit)
            """
        ).map { row in
            let number: String = try row.get(1)
            return StandingBill(
                id: try row.get(0), number: number, account: try row.get(2), contract: try row.get(3), inputs: try row.get(4),
                computedAt: try row.get(5), documents: [number] + (try row.get(6, as: [String]?.self) ?? []))
        }
    }

    /// A contract's days on a bill, and what has become of the contract since.
    struct Covered {
        let contract: Int64
        let number: String
        let point: Int64
        let period: DayRange
        /// Days of the terms as they are now.
        let valid: DayRange
        /// Points at which deduction meters of the contract hang beside its own.
        let others: [Int64]

        /// The days that are still the contract's; nil: none.
        var remaining: DayRange? { period.intersection(valid) }
        var isShortened: Bool { remaining != period }
    }

    /// What bills cover, in the order of their parts.
    static func coverage(_ bills: [StandingBill], in connection: Connection) throws -> [Int64: [Covered]] {
        var found: [Int64: [Covered]] = [:]
        for row in try connection.query(
            """
            SELECT v.invoice_id, v.contract_id, v.contract_number, c.metering_point_id, v.period, c.valid,
                   (SELECT array_agg(DISTINCT n.metering_point_id) FROM regexp_split_to_table(c.attributes ->> 'deductionMeter', '[ ,]+') AS s (serial)
                    JOIN meter m ON m.serial = s.serial JOIN installation n ON n.meter_id = m.id WHERE n.metering_point_id <> c.metering_point_id)
            FROM invoice_coverage v JOIN contract c ON c.id = v.contract_id WHERE v.invoice_id = ANY(\(bills.map(\.id)))
            ORDER BY v.invoice_id, c.account_id, v.contract_number, lower(v.period)
            """)
        {
            found[try row.get(0), default: []].append(
                Covered(
                    contract: try row.get(1), number: try row.get(2), point: try row.get(3), period: try row.get(4), valid: try row.get(5),
                    others: try row.get(6) ?? []))
        }
        return found
    }
}

enum CorrectionStore {
    /// Proposes a difference unless the same one was proposed before.
    /// - Returns: whether it is new on the worklist.
    static func propose(
        _ bill: StandingBill, cause: CorrectionProposal.Cause, inputs: StoredInputs, billed: Money, right: Money, difference: InvoiceDraft,
        checks: [HeldReason], author: String, now: Instant, in connection: Connection
    ) throws -> Bool {
        let bytes = try known(inputs, of: bill, in: connection) ?? inputs.bytes
        let hash = SHA256.hash(bytes).bytes
        try connection.execute(
            "UPDATE correction SET state = 'superseded' WHERE invoice_id = \(bill.id) AND state = 'proposed' AND inputs_sha256 <> \(hash)")
        let reasons = HeldReason.json(checks)
        try connection.execute(
            """
            UPDATE correction SET reasons = \(reasons)
            WHERE invoice_id = \(bill.id) AND state = 'proposed' AND inputs_sha256 = \(hash) AND reasons IS DISTINCT FROM \(reasons)
            """)
        let written = try connection.execute(
            """
            INSERT INTO correction (invoice_id, account_id, state, cause, inputs, inputs_sha256, billed_cents, right_cents, net_cents, tax_cents,
                                    found_at, found_by, reasons)
            VALUES (\(bill.id), \(bill.account), 'proposed', \(cause.rawValue), \(bytes), \(hash), \(billed), \(right), \(difference.totals.net),
                    \(difference.totals.tax), \(now), \(author), \(reasons))
            ON CONFLICT (invoice_id, inputs_sha256) DO UPDATE SET state = 'proposed', found_at = excluded.found_at, found_by = excluded.found_by,
                cause = excluded.cause, billed_cents = excluded.billed_cents, right_cents = excluded.right_cents, net_cents = excluded.net_cents, reasons = excluded.reasons,
                tax_cents = excluded.tax_cents, decided_at = NULL, decided_by = NULL, reason = NULL, method = NULL, document_id = NULL
            WHERE correction.state = 'superseded'
                -- Its document was taken back: the difference is open again. Document and Storno keep who decided what.
                OR correction.state = 'released'
                    AND EXISTS (SELECT 1 FROM invoice d WHERE d.id = correction.document_id AND d.cancelled_by IS NOT NULL)
            """)
        return written > 0
    }

    /// What was proposed before and says the same: another version of a value that stayed what it was is no new difference, and what a
    /// person has dismissed stays dismissed.
    private static func known(_ inputs: StoredInputs, of bill: StandingBill, in connection: Connection) throws -> [UInt8]? {
        let bare = inputs.bare.bytes
        for row in try connection.query("SELECT inputs FROM correction WHERE invoice_id = \(bill.id) ORDER BY id DESC") {
            let bytes: [UInt8] = try row.get(0)
            if let before = try? StoredInputs(parsing: bytes), before.bare.bytes == bare { return bytes }
        }
        return nil
    }

    /// The facts are again as they were billed.
    static func withdraw(_ bill: StandingBill, in connection: Connection) throws {
        try connection.execute("UPDATE correction SET state = 'superseded' WHERE invoice_id = \(bill.id) AND state = 'proposed'")
    }
}
