internal import Billing
public import InvoiceFormats
public import Postgres
public import Values

/// The PDF of an invoice, drawn when it is first asked for and kept from then on.
public struct GetBillDocument: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Throws: ``BillingRefusal/unknownInvoice(_:)``, ``BillingRefusal/damaged(_:)``; `PDFError` if it cannot be drawn.
    public func callAsFunction(_ number: String, language: BillLanguage, now: Instant) async throws -> [UInt8] {
        if let stored = try await pool.transaction(readOnly: true, { try BillDocuments.stored(number, language, in: $0) }) {
            return stored
        }
        let waiting = try await pool.transaction(readOnly: true) { connection in
            let invoice = try GetInvoice.load(number, in: connection).invoice
            return BillDocuments.Waiting(id: invoice.number.serial, invoice: invoice)
        }
        let drawn = try BillDocuments.draw(waiting, language)
        // Two that draw at once agree on the one that was kept.
        return try await pool.transaction { connection in
            try BillDocuments.insert([drawn], now: now, in: connection)
            return try BillDocuments.stored(number, language, in: connection) ?? drawn.body
        }
    }
}
