internal import Ledger
internal import LedgerOperations
public import Postgres
public import Values

/// A contract or account that a person has stopped: nothing of it is issued (Rechnungssperre).
public struct BillingHold: Hashable, Sendable {
    public let id: Int64
    /// Number of the contract; nil where the whole account is on hold.
    public let contract: String?
    public let account: String?
    public let reason: String
    public let heldBy: String
    public let heldAt: Instant
    public let liftedBy: String?
    public let liftedAt: Instant?
    public let liftReason: String?
}

/// Puts contracts and accounts on hold and lifts holds.
public struct HoldBilling: Sendable {
    /// What is stopped.
    public enum Subject: Hashable, Sendable {
        /// By number.
        case contract(String)
        /// By number or key.
        case account(String)
        var name: String {
            switch self {
            case .contract(let name), .account(let name): name
            }
        }
    }
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Throws: ``BillingRefusal``, `LedgerRefusal` for an unknown account.
    public func hold(_ subject: Subject, reason: String, author: String, now: Instant) async throws -> BillingHold {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw BillingRefusal.noReason }
        return try await pool.transaction { connection in
            let found = try HoldBilling.find(subject, in: connection)
            // A bill of this account that is being issued now is either finished before us or sees us.
            try Clearing.lock(found.accounts.map { Identifier($0) }, in: connection)
            let rows = try connection.query(
                """
                INSERT INTO billing_hold (contract_number, account_id, reason, held_by, held_at)
                VALUES (\(found.contract), \(found.account), \(String(reason.prefix(500))), \(author), \(now)) ON CONFLICT DO NOTHING RETURNING id
                """)
            guard let id = try rows.first?.get(0) as Int64? else { throw BillingRefusal.alreadyOnHold(subject.name) }
            return try HoldBilling.load("h.id = \(id)", in: connection)[0]
        }
    }

    /// - Throws: ``BillingRefusal``.
    public func lift(_ subject: Subject, reason: String, author: String, now: Instant) async throws -> BillingHold {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw BillingRefusal.noReason }
        return try await pool.transaction { connection in
            let found = try HoldBilling.find(subject, in: connection)
            let rows = try connection.query(
                """
                UPDATE billing_hold SET lifted_at = \(now), lifted_by = \(author), lift_reason = \(String(reason.prefix(500)))
                WHERE lifted_at IS NULL AND contract_number IS NOT DISTINCT FROM \(found.contract) AND account_id IS NOT DISTINCT FROM \(found.account)
                RETURNING id
                """)
            guard let id = try rows.first?.get(0) as Int64? else { throw BillingRefusal.notOnHold(subject.name) }
            return try HoldBilling.load("h.id = \(id)", in: connection)[0]
        }
    }

    /// What stands, the oldest first; with `all`, what was lifted, too.
    public func list(all: Bool = false, limit: Int = 1_000) async throws -> [BillingHold] {
        try await pool.transaction(readOnly: true) { connection in
            try HoldBilling.load("(\(all) OR h.lifted_at IS NULL) ORDER BY h.id LIMIT \(limit)", in: connection)
        }
    }

    private static func load(_ condition: SQL, in connection: Connection) throws -> [BillingHold] {
        try connection.query(
            """
            SELECT h.id, h.contract_number, a.number, h.reason, h.held_by, h.held_at, h.lifted_by, h.lifted_at, h.lift_reason
            FROM billing_hold h LEFT JOIN account a ON a.id = h.account_id WHERE \(condition)
            """
        ).map { row in
            BillingHold(
                id: try row.get(0), contract: try row.get(1), account: try row.get(2), reason: try row.get(3), heldBy: try row.get(4),
                heldAt: try row.get(5), liftedBy: try row.get(6), liftedAt: try row.get(7), liftReason: try row.get(8))
        }
    }

    private static func find(
        _ subject: Subject, in connection: Connection
    ) throws -> (contract: String?, account: Int64?, accounts: [Int64]) {
        switch subject {
        case .account(let name):
            let id = try AccountReference.find(name, in: connection).id.number
            return (nil, id, [id])
        case .contract(let name):
            guard !name.utf8.contains(0) else { throw BillingRefusal.unknownContract(name) }
            let rows = try connection.query("SELECT number, account_id FROM contract WHERE number = \(name) OR key = \(name)")
            guard let number = try rows.first?.get(0) as String? else { throw BillingRefusal.unknownContract(name) }
            return (number, nil, try rows.map { try $0.get(1) as Int64 })
        }
    }
}
