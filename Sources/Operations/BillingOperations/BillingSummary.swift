public import Postgres
public import Values

/// Bills and sums by commodity.
public struct BillingSummary: Sendable {
    public struct Row: Hashable, Sendable {
        public let commodity: Commodity
        /// Invoices that stand.
        public let invoices: Int64
        /// Invoices that were taken back.
        public let cancelled: Int64
        public let net: Money
        public let tax: Money
        public let gross: Money
    }
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// One row for each commodity that has a bill, and how many contracts runs have kept back.
    public func callAsFunction() async throws -> (rows: [Row], held: Int64) {
        try await pool.transaction(readOnly: true) { connection in
            let rows = try connection.query(
                """
                SELECT commodity, count(*) FILTER (WHERE type = 'invoice' AND cancelled_by IS NULL),
                       count(*) FILTER (WHERE type = 'invoice' AND cancelled_by IS NOT NULL),
                       coalesce(sum(net_cents) FILTER (WHERE cancelled_by IS NULL), 0)::bigint,
                       coalesce(sum(tax_cents) FILTER (WHERE cancelled_by IS NULL), 0)::bigint,
                       coalesce(sum(gross_cents) FILTER (WHERE cancelled_by IS NULL), 0)::bigint
                FROM invoice WHERE type <> 'cancellation' GROUP BY commodity
                """
            ).map { row in
                Row(
                    commodity: Commodity(rawValue: try row.get(0)) ?? .electricity, invoices: try row.get(1), cancelled: try row.get(2),
                    net: try row.get(3),
                    tax: try row.get(4), gross: try row.get(5))
            }
            let held = try connection.one(
                "SELECT count(*) FROM billing_job j JOIN billing_run r ON r.id = j.run_id WHERE j.state = 'held' AND NOT r.is_simulation",
                as: Int64.self)
            let order = Commodity.allCases
            return (rows.sorted { (order.firstIndex(of: $0.commodity) ?? 0) < (order.firstIndex(of: $1.commodity) ?? 0) }, held)
        }
    }
}
