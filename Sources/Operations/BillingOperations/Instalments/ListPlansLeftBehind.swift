public import Postgres
public import Values

/// A contract that went to another account, while its plan of instalments is of the account that it left.
public struct PlanLeftBehind: Hashable, Sendable {
    public let contract: String
    /// The account that it left, and the one that pays from then on.
    public let from: String
    public let account: String
    /// Whose the new account is.
    public let recipient: String
    /// The first day on the new account.
    public let since: Day
    /// Gross of one instalment of the plan that was left behind.
    public let each: Money
}

/// Contracts that nobody pays for in advance any more because they changed their account. A plan is agreed with who pays by it, so it
/// does not follow by itself: a person plans anew on the new account, or leaves it.
public struct ListPlansLeftBehind: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// The newest change first.
    /// - Parameters:
    ///   - account: number or key of the new account; nil: of all.
    ///   - today: a change of more than a year ago is not looked at: by then the new account has its own bill.
    public func callAsFunction(account: String? = nil, today: Day, limit: Int = 100) async throws -> [PlanLeftBehind] {
        try await pool.transaction(readOnly: true) { connection in
            // From the contracts that end, of which an index knows: they are few.
            var conditions: [SQL] = [
                "upper(e.valid) > \(today.adding(months: -12))", "NOT isempty(n.valid)", "coalesce(upper(n.valid) > \(today), true)",
                "(p.ended_at IS NULL OR p.ended_at >= upper(e.valid))",
            ]
            if let account { conditions.append("(a.number = \(account) OR a.key = \(account))") }
            return try connection.query(
                """
                SELECT e.number, o.number, a.number, coalesce(r.company, concat_ws(' ', r.given, r.family)), upper(e.valid),
                       (SELECT max(s.gross_cents) FROM instalment s WHERE s.plan_id = p.id)
                FROM contract e JOIN contract n ON n.key = e.key AND lower(n.valid) = upper(e.valid) AND n.account_id <> e.account_id
                JOIN instalment_plan p ON p.contract_number = e.number AND p.account_id = e.account_id
                    AND NOT EXISTS (SELECT 1 FROM instalment_plan q WHERE q.contract_number = p.contract_number AND q.id > p.id)
                JOIN account o ON o.id = e.account_id JOIN account a ON a.id = n.account_id JOIN partner r ON r.id = a.partner_id
                WHERE \(conditions.joined(separator: " AND ")) ORDER BY upper(e.valid) DESC, e.number LIMIT \(limit)
                """
            ).map { row in
                PlanLeftBehind(
                    contract: try row.get(0), from: try row.get(1), account: try row.get(2), recipient: try row.get(3),
                    since: try row.get(4), each: try row.get(5, as: Money?.self) ?? .zero)
            }
        }
    }
}
