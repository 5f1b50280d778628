public import Postgres
public import Values

/// A contract or bill that is kept back, on the worklist of all runs.
public struct HeldInvoice: Hashable, Sendable {
    public enum State: String, Sendable, Hashable, CaseIterable { case held, released, issued, withdrawn }

    public let id: Int64
    public let run: String
    public let contract: String
    /// Code of the metering point of the contract.
    public let meteringPoint: String
    public let account: String
    public let partner: String
    public let recipient: String
    public let period: DayRange
    public let state: State
    public let reasons: [HeldReason]
    /// nil where it did not come to a bill.
    public let gross: Money?
    public let due: Money?
    public let heldAt: Instant
    public let releasedBy: String?
    public let releaseReason: String?
    /// The invoice it became.
    public let invoice: String?
    /// Whether a person can let it go as it is; else something is to be mended and the run started again.
    public var isReleasable: Bool { state == .held && gross != nil }
}

/// The worklist of what is kept back.
public struct ListHeldInvoices: Sendable {
    public struct Filter: Hashable, Sendable {
        public var state: HeldInvoice.State?
        public var run: String?
        /// Number or key of an account.
        public var account: String?
        /// Stable word of a reason.
        public var code: String?
        public init(state: HeldInvoice.State? = .held, run: String? = nil, account: String? = nil, code: String? = nil) {
            self.state = state
            self.run = run
            self.account = account
            self.code = code
        }
    }
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// The oldest first: they are the most urgent.
    /// - Parameter cursor: what the page before ended with.
    public func callAsFunction(
        _ filter: Filter = Filter(), cursor: String? = nil, limit: Int = 100
    ) async throws -> (items: [HeldInvoice], next: String?) {
        let after = try BillingRefusal.place(cursor) ?? 0
        return try await pool.transaction(readOnly: true) { connection in
            var conditions: [SQL] = ["h.id > \(after)"]
            if let state = filter.state { conditions.append("h.state = \(state.rawValue)") }
            if let run = filter.run { conditions.append("r.number = \(run)") }
            if let account = filter.account { conditions.append("(a.number = \(account) OR a.key = \(account))") }
            if let code = filter.code {
                conditions.append("EXISTS (SELECT 1 FROM jsonb_array_elements(h.reasons) e WHERE e ->> 'code' = \(code))")
            }
            let found = try connection.query(
                "\(HeldInvoice.select) WHERE \(conditions.joined(separator: " AND ")) ORDER BY h.id LIMIT \(limit + 1)"
            ).map(HeldInvoice.init)
            let page = found.prefix(limit)
            return (Array(page), found.count > limit ? page.last.map { String($0.id) } : nil)
        }
    }
}

extension HeldInvoice {
    static let select: SQL = """
        SELECT h.id, r.number, h.contract_number, m.code, a.number, p.number, coalesce(p.company, concat_ws(' ', p.given, p.family)), h.period, h.state,
               h.reasons, h.gross_cents, h.due_cents, h.held_at, h.released_by, h.release_reason, i.number
        FROM held_invoice h JOIN billing_run r ON r.id = h.run_id JOIN account a ON a.id = h.account_id JOIN partner p ON p.id = a.partner_id
        JOIN contract c ON c.id = h.contract_id JOIN metering_point m ON m.id = c.metering_point_id LEFT JOIN invoice i ON i.id = h.invoice_id
        """

    init(_ row: Row) throws {
        self.init(
            id: try row.get(0), run: try row.get(1), contract: try row.get(2), meteringPoint: try row.get(3), account: try row.get(4),
            partner: try row.get(5), recipient: try row.get(6), period: try row.get(7),
            state: State(rawValue: try row.get(8)) ?? .held, reasons: try HeldReason.list(try row.get(9)), gross: try row.get(10),
            due: try row.get(11), heldAt: try row.get(12), releasedBy: try row.get(13), releaseReason: try row.get(14),
            invoice: try row.get(15))
    }

    static func load(_ id: Int64, in connection: Connection) throws -> HeldInvoice {
        guard let row = try connection.query("\(select) WHERE h.id = \(id)").first else { throw BillingRefusal.unknownHeldInvoice(id) }
        return try HeldInvoice(row)
    }
}

/// Lets a bill go that the checks kept back, or looks at one again after something was mended.
///
/// It is computed anew and takes the same road as every bill. If it is not the bill that was looked at, or has other reasons, it
/// stays held with the new ones.
public struct ReleaseHeldInvoice: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter reason: why it may go; stands with the invoice.
    /// - Returns: the row as it stands then: issued with its number, held with reasons, or withdrawn where another run has billed its
    ///   days.
    /// - Throws: ``BillingRefusal``.
    public func callAsFunction(_ id: Int64, reason: String, author: String, today: Day, now: Instant) async throws -> HeldInvoice {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw BillingRefusal.noReason }
        return try await again(id, author: author, today: today, now: now) { connection, held in
            guard held.isReleasable else {
                throw BillingRefusal.notReleasable(
                    id, held.state == .held ? held.reasons.map(\.text).joined(separator: " ") : "it is \(held.state.rawValue).")
            }
            try connection.execute(
                """
                UPDATE held_invoice SET state = 'released', released_at = \(now), released_by = \(author), release_reason = \(String(reason.prefix(500)))
                WHERE id = \(id)
                """)
        }
    }

    /// Looks again: what was mended is billed, what was not stays held.
    public func recheck(_ id: Int64, author: String, today: Day, now: Instant) async throws -> HeldInvoice {
        try await again(id, author: author, today: today, now: now) { _, held in
            guard held.state == .held else { throw BillingRefusal.notReleasable(id, "it is \(held.state.rawValue).") }
        }
    }

    private func again(
        _ id: Int64, author: String, today: Day, now: Instant, prepare: @escaping @Sendable (Connection, HeldInvoice) throws -> Void
    ) async throws -> HeldInvoice {
        try await pool.transaction { connection in
            guard
                let row = try connection.optional(
                    "SELECT run_id, contract_id FROM held_invoice WHERE id = \(id) FOR UPDATE",
                    { (run: try $0.get(0) as Int64, contract: try $0.get(1) as Int64) })
            else { throw BillingRefusal.unknownHeldInvoice(id) }
            // Days that another run has billed by now, on the terms as they are, leave nothing to decide.
            try BillingRunStore.dropSettled(row.run, in: connection)
            try HeldInvoiceStore.withdraw(row.run, in: connection)
            let held = try HeldInvoice.load(id, in: connection)
            if held.state == .withdrawn { return held }
            try prepare(connection, held)
            let group = try connection.optional(
                "SELECT group_id FROM billing_job WHERE run_id = \(row.run) AND contract_id = \(row.contract)", as: Int64.self)
            guard let group else {
                try HeldInvoiceStore.withdraw(row.run, in: connection)
                return try HeldInvoice.load(id, in: connection)
            }
            try connection.execute(
                """
                UPDATE billing_job SET state = 'open', problem_code = NULL, problem_text = NULL
                WHERE run_id = \(row.run) AND group_id = \(group) AND state = 'held'
                """)
            var page = try RunBilling.page(row.run, today: today, size: 1, in: connection)
            page.author = author
            _ = try page.work(in: connection, only: group, now: now)
            try HeldInvoiceStore.withdraw(row.run, in: connection)
            return try HeldInvoice.load(id, in: connection)
        }
    }
}
