public import Billing
public import Postgres
public import Values

/// A bill that is kept back, as it would go out.
public struct PreviewHeldInvoice: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Returns: the row, and the bill computed from what was kept of it, without a number of its own; nil where it came to none.
    /// - Throws: ``BillingRefusal``.
    public func callAsFunction(_ id: Int64, today: Day) async throws -> (held: HeldInvoice, bill: Invoice?) {
        try await pool.transaction(readOnly: true) { connection in
            let held = try HeldInvoice.load(id, in: connection)
            guard let inputs = try connection.one("SELECT inputs FROM held_invoice WHERE id = \(id)", as: [UInt8]?.self) else {
                return (held, nil)
            }
            var stored = StoredBill()
            do {
                let draft = try stored.draft(inputs, in: connection)
                return (held, Invoice(number: PrintedNumber(.invoice, serial: 0), issuedOn: today, draft: draft))
            } catch is StoredBill.Damage { throw BillingRefusal.damaged(held.contract) }
        }
    }
}
