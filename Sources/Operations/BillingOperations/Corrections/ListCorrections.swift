internal import Billing
internal import InvoiceFormats
public import Postgres
internal import Values

/// Proposals as a worklist, and one with its lines.
public struct ListCorrections: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// The oldest first.
    /// - Parameters:
    ///   - account: number or key.
    ///   - cursor: what the page before ended with.
    public func callAsFunction(
        state: CorrectionProposal.State? = .proposed, account: String? = nil, invoice: String? = nil, cursor: String? = nil,
        limit: Int = 100
    ) async throws -> (items: [CorrectionProposal], next: String?) {
        let after = try BillingRefusal.place(cursor) ?? 0
        return try await pool.transaction(readOnly: true) { connection in
            var conditions: [SQL] = ["k.id > \(after)"]
            if let state { conditions.append("k.state = \(state.rawValue)") }
            if let account { conditions.append("(a.number = \(account) OR a.key = \(account))") }
            if let invoice { conditions.append("i.number = \(invoice)") }
            let found = try connection.query(
                "\(CorrectionProposal.select) WHERE \(conditions.joined(separator: " AND ")) ORDER BY k.id LIMIT \(limit + 1)"
            ).map(CorrectionProposal.init)
            let page = found.prefix(limit)
            return (Array(page), found.count > limit ? page.last.map { String($0.id) } : nil)
        }
    }

    /// Old lines, new lines, and what a document over the difference would say.
    /// - Throws: ``BillingRefusal``.
    public func details(_ id: Int64) async throws -> CorrectionDetails {
        try await pool.transaction(readOnly: true) { connection in
            let proposal = try CorrectionProposal.load(id, in: connection)
            let bytes = try connection.one("SELECT inputs FROM correction WHERE id = \(id)", as: [UInt8].self)
            do {
                var stored = StoredBill()
                var inputs = try StoredInputs(parsing: bytes)
                let billed = try stored.drafts(of: inputs.corrects, in: connection)
                let difference = try stored.draft(bytes, in: connection)
                inputs.corrects = []
                let right = try stored.draft(inputs.bytes, in: connection)
                return CorrectionDetails(
                    proposal: proposal, billed: billed.flatMap(\.lines), billedMeters: billed.last?.meters ?? [], right: right.lines,
                    difference: difference)
            } catch is StoredBill.Damage { throw BillingRefusal.damaged(proposal.invoice) }
        }
    }

    /// Bills that something has touched and that cannot be computed again, the longest known first.
    /// - Returns: the first of them, and how many there are.
    public func unclear(limit: Int = 20) async throws -> (items: [FindCorrections.Unclear], count: Int64) {
        try await pool.transaction(readOnly: true) { connection in
            let items = try connection.query(
                """
                SELECT i.number, u.code, u.explanation FROM unclear_bill u JOIN invoice i ON i.id = u.invoice_id
                ORDER BY u.found_at, i.id LIMIT \(limit)
                """
            ).map { FindCorrections.Unclear(invoice: try $0.get(0), code: try $0.get(1), explanation: try $0.get(2)) }
            return (items, try connection.one("SELECT count(*) FROM unclear_bill"))
        }
    }
}
