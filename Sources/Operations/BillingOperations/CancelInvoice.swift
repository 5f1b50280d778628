internal import Billing
internal import InvoiceFormats
internal import Ledger
internal import LedgerOperations
public import Postgres
public import Values

/// Takes an invoice back by a document of its own (Storno): stored amounts with the other sign, and the entry in the ledger
/// reversed. The days can be billed again.
///
/// Instalments that had been paid wait for the next bill. Those that the bill withdrew because nobody had paid them stay withdrawn: their
/// days are over, so they are claimed by the next bill and no longer in advance; the paper says so. A plan that the document has ended goes
/// on with what is due from now.
public struct CancelInvoice: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Returns: the number of the Storno document.
    /// - Throws: ``BillingRefusal``, `LedgerRefusal`.
    public func callAsFunction(_ number: String, reason: String, author: String, today: Day, now: Instant) async throws -> String {
        try await pool.transaction { connection in
            try CancelInvoice.cancel(number, reason: reason, author: author, today: today, now: now, in: connection)
        }
    }

    /// The same inside the caller's transaction.
    static func cancel(
        _ number: String, reason: String, author: String, today: Day, now: Instant, in connection: Connection
    ) throws -> String {
        // First the bill that is corrected, as a correction locks it before it is written: a Storno and a correction of the same bill
        // come one after the other, whichever document of it the Storno names.
        _ = try connection.query(
            "SELECT 1 FROM invoice WHERE id = (SELECT coalesce(corrects, id) FROM invoice WHERE number = \(number)) FOR UPDATE")
        // The lock makes two cancellations at once one after the other; the second finds the first.
        let found = try connection.optional(
            "SELECT id, contract_id, account_id, journal_entry_id FROM invoice WHERE number = \(number) FOR UPDATE"
        ) { row in
            (
                id: try row.get(0) as Int64, contract: try row.get(1) as Int64, account: try row.get(2) as Int64,
                entry: try row.get(3, as: Int64?.self)
            )
        }
        guard let found else { throw BillingRefusal.unknownInvoice(number) }
        let stored = try GetInvoice.load(number, in: connection)
        guard !stored.record.isCancellation else { throw BillingRefusal.isCancellation(number) }
        if let by = stored.record.cancelledBy { throw BillingRefusal.alreadyCancelled(number, by: by) }
        // What charges the difference to a bill makes no sense without it; and no later correction without the one before.
        if let later = try connection.optional(
            """
            SELECT number FROM invoice WHERE type = 'correction' AND cancelled_by IS NULL AND id > \(found.id)
                AND corrects = (SELECT coalesce(corrects, id) FROM invoice WHERE id = \(found.id)) ORDER BY id DESC LIMIT 1
            """, as: String.self)
        {
            throw BillingRefusal.isCorrected(number, by: later)
        }

        // In the order of every document: the account, then the number.
        try Clearing.lock([Identifier(found.account)], in: connection)
        let serial = try BillingRunStore.draw(1, from: BillingRunStore.invoices, in: connection)
        let printed = PrintedNumber(.invoice, serial: serial)
        // Before the entry is taken back, the ledger knows what was paid for it; afterwards, what the account comes to.
        var paid = Money.zero
        var reversal: Identifier<JournalEntry>?
        var before: [OpenItem] = []
        if let entry = found.entry {
            before = try AccountCredit.paid(by: Identifier(entry), in: connection)
            paid = try AccountCredit.settled(Identifier(entry), in: connection)
            reversal = try ReverseEntry.reverse(
                Identifier(entry), in: connection, reason: String(reason.prefix(100)), author: author, today: today, now: now,
                document: printed.description)
        }
        let reopened = try AccountCredit.reopened(before, in: connection).map {
            SetOffClaim(document: $0.document, amount: $0.amount, left: $0.left)
        }
        let settled = CancelledClaim(
            paid: paid, balance: try AccountCredit.balance(of: Identifier(found.account), in: connection),
            reopened: paid.isNegative ? reopened : [],
            withdrawn: try SetOffInstalments.withdrawn(by: number, found.id, in: connection))
        let storno = stored.invoice.cancellation(number: printed, on: today, settled: settled)
        let new = InvoiceStore.New(
            invoice: storno, contract: found.contract, account: Identifier(found.account),
            inputs: StoredCancellation(cancels: number, settled: settled).bytes)
        new.cancels = found.id
        new.reason = reason.isEmpty ? "ohne Angabe" : String(reason.prefix(500))
        new.entry = reversal
        try InvoiceStore.insert([new], run: nil, author: author, now: now, in: connection)
        try connection.execute("UPDATE invoice SET cancelled_by = \(serial) WHERE id = \(found.id)")
        try connection.execute("UPDATE invoice_coverage SET is_standing = false WHERE invoice_id = \(found.id) AND is_standing")
        try CorrectionStore.takenBack(found.id, in: connection)
        try InstalmentStore.resume(endedBy: found.id, account: found.account, from: today, in: connection)
        // What a run comes to is what stands of it; the report of the run still names what was issued.
        try connection.execute(
            """
            UPDATE billing_job j SET net_cents = 0, tax_cents = 0, gross_cents = 0 FROM invoice i
            WHERE i.id = \(found.id) AND j.run_id = i.run_id AND j.contract_id = i.contract_id AND j.invoice_id = i.id
            """)
        return storno.number.description
    }
}
