internal import Billing
internal import Ledger
internal import LedgerOperations
internal import Postgres
internal import Values

/// Plans that stopped at the end of a contract which goes on by now: their missing months are written, at the amount that was agreed.
///
/// Months that are over are not asked for in arrears: the next bill does that.
enum LengthenPlans {
    static func lengthen(today: Day, in connection: Connection) throws {
        let rows = try connection.query(
            """
            SELECT p.id, p.contract_number, p.account_id, p.count, p.step_cents, s.first, s.last, s.day, e.until, b.billed
            FROM instalment_plan p
            CROSS JOIN LATERAL (SELECT min(i.due_on) AS first, max(i.due_on) AS last, max(extract(day FROM i.due_on))::integer AS day, count(*) AS count
                                FROM instalment i WHERE i.plan_id = p.id) s
            CROSS JOIN LATERAL (SELECT \(InstalmentStore.contractEnd) AS until) e
            CROSS JOIN LATERAL (SELECT max(upper(v.period)) AS billed FROM invoice_coverage v
                                WHERE v.invoice_id = p.invoice_id AND v.contract_number = p.contract_number) b
            WHERE p.ended_at IS NULL AND s.count < p.count AND (e.until IS NULL OR e.until > s.last + 28)
                -- Roughly: which year a plan pays in advance is said by its rule.
                AND (b.billed IS NULL OR s.last + 28 < b.billed + interval '1 year' OR s.first >= b.billed + interval '1 year')
                AND EXISTS (SELECT 1 FROM contract c WHERE c.number = p.contract_number AND c.account_id = p.account_id AND c.valid @> s.last)
            ORDER BY p.account_id
            """)
        guard !rows.isEmpty else { return }
        var missing: [(plan: Int64, due: Day)] = []
        var accounts: Set<Int64> = []
        for row in rows {
            let (first, last): (Day, Day) = (try row.get(5), try row.get(6))
            var rule = InstalmentRule(
                count: Int(try row.get(3, as: Int16.self)), firstDue: first, step: try row.get(4),
                dueDay: Int(try row.get(7, as: Int32.self)))
            rule.until = try row.get(8)
            let plan: Int64 = try row.get(0)
            if let billed = try row.get(9, as: Day?.self) { rule = rule.within(yearAfter: billed) }
            for due in rule.dues where due > last && due >= today {
                missing.append((plan, due))
                accounts.insert(try row.get(2))
            }
        }
        guard !missing.isEmpty else { return }
        try Clearing.lock(accounts.map { Identifier($0) }, in: connection)
        try connection.execute(
            """
            INSERT INTO instalment (plan_id, contract_number, account_id, due_on, gross_cents, tax_cents, shares, state)
            SELECT p.id, p.contract_number, p.account_id, m.due, l.gross_cents, l.tax_cents, l.shares, 'planned'
            FROM unnest(\(missing.map(\.plan)), \(missing.map(\.due))) AS m (plan, due)
            JOIN instalment_plan p ON p.id = m.plan AND p.ended_at IS NULL
            CROSS JOIN LATERAL (SELECT i.gross_cents, i.tax_cents, i.shares FROM instalment i WHERE i.plan_id = p.id ORDER BY i.due_on DESC LIMIT 1) l
            ORDER BY p.id, m.due ON CONFLICT (plan_id, due_on) DO NOTHING
            """)
    }
}
