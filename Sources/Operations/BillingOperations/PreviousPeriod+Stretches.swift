internal import Billing
internal import InvoiceFormats
internal import Postgres
internal import Tariffs
internal import Values

extension PreviousPeriod {
    /// The year before of contracts that stood on the paper of an account in several stretches: stretches that were billed as one have no
    /// figure of their own there, and a correction may have joined or parted them since. What the contract had on the paper comes out of
    /// its inputs, as corrected.
    ///
    /// One statement for all; the inputs are read for those few alone.
    static func completeStretches(_ previous: inout [Int64: PreviousPeriod], of due: [DueContract], in connection: Connection) throws {
        var stored = StoredBill()
        for row in try connection.query(
            """
            SELECT DISTINCT ON (d.id) d.id, d.number, coalesce((SELECT k.inputs FROM invoice k WHERE k.corrects = i.id AND k.type = 'correction'
                                                                    AND k.cancelled_by IS NULL ORDER BY k.id DESC LIMIT 1), i.inputs)
            FROM unnest(\(due.map(\.id)), \(due.map(\.number)), \(due.map(\.account.number)), \(due.map(\.period.from)), \(due.map { $0.period.until ?? $0.period.from }))
                AS d (id, number, account, first, until)
            CROSS JOIN LATERAL (SELECT daterange((d.first - interval '1 year')::date, (d.until - interval '1 year')::date) AS days) y
            JOIN invoice_coverage v ON v.contract_number = d.number AND v.is_standing AND v.period && y.days
            JOIN invoice i ON i.id = v.invoice_id AND i.consumption_micro IS NULL
                AND (v.consumption_micro IS NULL OR EXISTS (
                    SELECT 1 FROM invoice k WHERE k.corrects = i.id AND k.type = 'correction' AND k.cancelled_by IS NULL))
                AND (i.account_id = d.account
                     OR (SELECT count(DISTINCT p.partner_id) = 1 FROM account p WHERE p.id IN (i.account_id, d.account)))
            WHERE (SELECT count(*) FROM invoice_coverage w WHERE w.invoice_id = i.id AND w.contract_number = d.number) > 1
            ORDER BY d.id, upper(v.period * y.days) - lower(v.period * y.days) DESC, i.id DESC
            """)
        {
            let (id, number, bytes): (Int64, String, [UInt8]) = (try row.get(0), try row.get(1), try row.get(2))
            // A bill that cannot be read says nothing of the year after; `VerifyInvoices` says it of the bill.
            guard var inputs = try? StoredInputs(parsing: bytes) else { continue }
            inputs.corrects = []
            let draft: InvoiceDraft
            do { draft = try stored.draft(inputs.bytes, in: connection) } catch is StoredBill.Damage { continue }
            let own = draft.supplies.indices.filter { draft.supplies[$0].contract.number == number }
            let parts = own.map { draft.supplies[$0] }
            guard let unit = parts.first?.consumption?.unit, parts.allSatisfy({ $0.consumption?.unit == unit }),
                let from = parts.map(\.period.from).min(), let until = parts.compactMap(\.period.until).max()
            else { continue }
            let sum = parts.reduce(Int128(0)) { $0 + Int128($1.consumption?.micro ?? 0) }
            previous[id] = PreviousPeriod(
                period: DayRange(from: from, until: until), consumption: Measure(micro: try Overflow.checked(sum), unit: unit),
                gross: try draft.gross(of: own))
        }
    }
}
