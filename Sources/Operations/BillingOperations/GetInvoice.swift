internal import Billing
internal import Digests
internal import InvoiceFormats
public import Postgres
internal import Values

/// An invoice with its document and all that it was computed from.
public struct GetInvoice: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// The invoice, computed again from its inputs: lines, explanation, page and XML come from it.
    /// - Throws: ``BillingRefusal/unknownInvoice(_:)``; ``BillingRefusal/damaged(_:)`` if the stored document does not come out.
    public func callAsFunction(_ number: String) async throws -> StoredInvoice {
        try await pool.transaction(readOnly: true) { try GetInvoice.load(number, in: $0) }
    }

    /// The stored document with state beside it, without computing anything.
    /// - Throws: ``BillingRefusal/unknownInvoice(_:)``.
    public func document(_ number: String) async throws -> [UInt8] {
        try await pool.transaction(readOnly: true) { connection in
            let rows = try connection.query(
                "SELECT i.document, s.number FROM invoice i LEFT JOIN invoice s ON s.id = i.cancelled_by WHERE i.number = \(number)")
            guard let row = rows.first else { throw BillingRefusal.unknownInvoice(number) }
            let cancelledBy: String? = try row.get(1)
            return InvoiceJSON.presented(try row.get(0), state: cancelledBy == nil ? .issued : .cancelled, cancelledBy: cancelledBy)
        }
    }

    static func load(_ number: String, in connection: Connection) throws -> StoredInvoice {
        let record = try InvoiceRecord.load(number, in: connection)
        let found = try connection.one(
            """
            SELECT i.document, i.inputs, o.inputs, o.issued_on FROM invoice i LEFT JOIN invoice o ON o.id = i.cancels WHERE i.number = \(number)
            """
        ) { row in
            let original: [UInt8]? = try row.get(2)
            return (
                document: try row.get(0) as [UInt8], inputs: try row.get(1) as [UInt8], original: original,
                issuedOn: try row.get(3, as: Day?.self)
            )
        }
        let original = found.original.flatMap { inputs in found.issuedOn.map { (inputs: inputs, issuedOn: $0) } }
        var bills = StoredBill()
        let invoice: Invoice
        do {
            invoice = try bills.invoice(
                number: record.number, issuedOn: record.issuedOn, inputs: found.inputs, cancels: record.cancels, original: original,
                in: connection)
        } catch is StoredBill.Damage { throw BillingRefusal.damaged(number) }
        guard InvoiceJSON.bytes(invoice) == found.document else { throw BillingRefusal.damaged(number) }
        return StoredInvoice(record: record, document: found.document, hash: SHA256.hash(found.document).hex, invoice: invoice)
    }
}
