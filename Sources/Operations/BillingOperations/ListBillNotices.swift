public import Postgres
public import Values

/// A bill that went out although a check said something of it.
public struct NoticedBill: Hashable, Sendable {
    public let invoice: String
    public let run: String
    public let contract: String
    public let account: String
    public let recipient: String
    public let issuedOn: Day
    public let gross: Money
    public let notices: [HeldReason]
}

/// Warnings beside the worklist of what is kept back: bills that stand and were issued late, on estimates, or with whatever else a
/// check says without holding.
public struct ListBillNotices: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// The newest first.
    /// - Parameters:
    ///   - run: number of a run; nil: of all.
    ///   - account: number or key.
    ///   - code: stable word of a notice.
    ///   - cursor: what the page before ended with.
    public func callAsFunction(
        run: String? = nil, account: String? = nil, code: String? = nil, cursor: String? = nil, limit: Int = 100
    ) async throws -> (items: [NoticedBill], next: String?) {
        let before = try BillingRefusal.place(cursor) ?? .max
        return try await pool.transaction(readOnly: true) { connection in
            var conditions: [SQL] = [
                "j.notices IS NOT NULL", "s.notices IS NOT NULL", "j.state = 'billed'", "j.invoice_id < \(before)",
                "i.contract_id = j.contract_id",
                "i.cancelled_by IS NULL",
            ]
            if let run { conditions.append("r.number = \(run)") }
            if let account { conditions.append("(a.number = \(account) OR a.key = \(account))") }
            if let code {
                conditions.append("EXISTS (SELECT 1 FROM jsonb_array_elements(s.notices) e WHERE e ->> 'code' = \(code))")
            }
            let found = try connection.query(
                """
                SELECT i.id, i.number, r.number, i.contract_number, a.number, coalesce(p.company, concat_ws(' ', p.given, p.family)), i.issued_on,
                       i.gross_cents, s.notices
                FROM billing_job j JOIN billing_run r ON r.id = j.run_id JOIN invoice i ON i.id = j.invoice_id
                JOIN account a ON a.id = i.account_id JOIN partner p ON p.id = a.partner_id
                CROSS JOIN LATERAL (SELECT \(UnbilledDays.notices) AS notices) s
                WHERE \(conditions.joined(separator: " AND ")) ORDER BY j.invoice_id DESC LIMIT \(limit + 1)
                """
            ).map { row in
                (
                    id: try row.get(0) as Int64,
                    bill: NoticedBill(
                        invoice: try row.get(1), run: try row.get(2), contract: try row.get(3), account: try row.get(4),
                        recipient: try row.get(5), issuedOn: try row.get(6), gross: try row.get(7),
                        notices: try HeldReason.list(try row.get(8)))
                )
            }
            let page = found.prefix(limit)
            return (page.map(\.bill), found.count > limit ? page.last.map { String($0.id) } : nil)
        }
    }
}
