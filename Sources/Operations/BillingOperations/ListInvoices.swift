public import Billing
public import Postgres
internal import Values

/// Invoices, the newest first.
public struct ListInvoices: Sendable {
    /// What to list; nil or empty: all.
    public struct Filter: Hashable, Sendable {
        /// `L-…`.
        public var run: String?
        /// Numbers or keys of accounts.
        public var accounts: [String]
        /// Number of a partner.
        public var partner: String?
        public var state: InvoiceState?
        /// Only bills that would come out differently by now and wait for a decision.
        public var isStale: Bool

        public init(
            run: String? = nil, accounts: [String] = [], partner: String? = nil, state: InvoiceState? = nil, isStale: Bool = false
        ) {
            self.isStale = isStale
            self.run = run
            self.accounts = accounts
            self.partner = partner
            self.state = state
        }
    }
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter cursor: what the page before ended with; nil for the first.
    /// - Returns: invoices, and the cursor of the next page if there is one.
    public func callAsFunction(_ filter: Filter = Filter(), cursor: String? = nil, limit: Int = 100) async throws -> (
        invoices: [InvoiceRecord], next: String?
    ) {
        let before = try BillingRefusal.place(cursor) ?? .max
        return try await pool.transaction(readOnly: true) { connection in
            var conditions: [SQL] = ["i.id < \(before)"]
            if let run = filter.run { conditions.append("r.number = \(run)") }
            if !filter.accounts.isEmpty { conditions.append("(a.number = ANY(\(filter.accounts)) OR a.key = ANY(\(filter.accounts)))") }
            if let partner = filter.partner { conditions.append("p.number = \(partner)") }
            if filter.isStale {
                conditions.append("EXISTS (SELECT 1 FROM correction k WHERE k.invoice_id = i.id AND k.state = 'proposed')")
            }
            switch filter.state {
            case .issued: conditions.append("i.cancelled_by IS NULL")
            case .cancelled: conditions.append("i.cancelled_by IS NOT NULL")
            case .draft, .held, .approved: conditions.append("false")
            case nil: break
            }
            let rows = try connection.query(
                "\(InvoiceRecord.select) WHERE \(conditions.joined(separator: " AND ")) ORDER BY i.id DESC LIMIT \(limit + 1)")
            let found = try rows.map { (id: try $0.get(0) as Int64, record: try InvoiceRecord($0)) }
            let page = found.prefix(limit)
            return (page.map(\.record), found.count > limit ? page.last.map { String($0.id) } : nil)
        }
    }
}
