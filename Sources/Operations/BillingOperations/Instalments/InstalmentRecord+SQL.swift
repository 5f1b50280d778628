internal import Postgres
public import Values

/// An instalment as it stands: planned, requested, or taken back; how much of it is paid, and the bill that set it off.
public struct InstalmentRecord: Hashable, Sendable {
    public enum State: String, Sendable, Hashable, CaseIterable { case planned, requested, withdrawn }

    /// What a person calls it: how far a request is paid, the ledger says.
    public enum Standing: String, Sendable, Hashable, CaseIterable { case planned, requested, partlyPaid = "partly-paid", paid, withdrawn }

    public let id: Int64
    /// `AB-…`, once it is requested.
    public let number: String?
    public let account: String
    public let contract: String
    public let due: Day
    public let gross: Money
    public let tax: Money
    public let state: State
    public let paid: Money
    public let requestedOn: Day?
    /// The standing bill that set it off.
    public let invoice: String?

    public var standing: Standing {
        switch state {
        case .planned: .planned
        case .withdrawn: .withdrawn
        case .requested: paid >= gross ? .paid : paid > .zero ? .partlyPaid : .requested
        }
    }
}

extension InstalmentRecord.Standing {
    /// The same for rows of ``InstalmentRecord/list(_:limit:in:)``.
    var condition: SQL {
        switch self {
        case .planned: "s.state = 'planned'"
        case .withdrawn: "s.state = 'withdrawn'"
        case .requested: "s.state = 'requested' AND paid.cents <= 0"
        case .partlyPaid: "s.state = 'requested' AND paid.cents > 0 AND paid.cents < s.gross_cents"
        case .paid: "s.state = 'requested' AND paid.cents >= s.gross_cents"
        }
    }
}

extension InstalmentRecord {
    /// In order of their numbers within the program; `s` is the instalment, `a` its account, `paid.cents` what was paid of it.
    static func list(_ condition: SQL, limit: Int, in connection: Connection) throws -> [InstalmentRecord] {
        try connection.query(
            """
            SELECT s.id, s.number, a.number, s.contract_number, s.due_on, s.gross_cents, s.tax_cents, s.state, paid.cents, s.requested_on,
                   (SELECT n.number FROM invoice_instalment x JOIN invoice n ON n.id = x.invoice_id
                    WHERE x.instalment_id = s.id AND n.cancelled_by IS NULL LIMIT 1)
            FROM instalment s JOIN account a ON a.id = s.account_id CROSS JOIN LATERAL (
                SELECT (coalesce((SELECT sum(l.amount_cents) FROM clearing_line l JOIN posting p ON p.entry_id = l.entry_id AND p.line = l.posting_line
                                  WHERE l.entry_id = s.entry_id AND p.account_id IS NOT NULL), 0) - s.withdrawn_cents)::bigint AS cents) paid
            WHERE \(condition) ORDER BY s.id LIMIT \(limit)
            """
        ).map { row in
            InstalmentRecord(
                id: try row.get(0), number: try row.get(1), account: try row.get(2), contract: try row.get(3), due: try row.get(4),
                gross: try row.get(5), tax: try row.get(6), state: InstalmentRecord.State(rawValue: try row.get(7)) ?? .planned,
                paid: try row.get(8), requestedOn: try row.get(9), invoice: try row.get(10))
        }
    }
}
