public import Billing
public import Postgres
internal import Tariffs
public import Values

/// A plan of instalments that follows from a bill which has come out differently since: it was corrected, or written anew.
public struct OutdatedPlan: Hashable, Sendable {
    public let contract: String
    public let account: String
    public let recipient: String
    /// The last bill of the contract.
    public let invoice: String
    /// The document that changed what a year costs: a correction, or the bill that took another's place.
    public let changedBy: String
    /// What a year was expected to cost, and what it costs by the bill as it stands.
    public let yearly: Money
    public let rightYearly: Money
    /// Gross of one instalment: as it is planned, and as it would be; nil where so little is due that nothing is paid in advance.
    public let each: Money
    public let rightEach: Money?
    /// When the next one that is not requested yet falls due.
    public let nextDue: Day

    /// The customer pays more in advance than is in proportion to what he used (§ 13(1), (3) StromGVV): this is to be mended before the
    /// next instalment. A higher amount may be asked for.
    public var isTooMuch: Bool { (rightEach ?? .zero) < each }
}

/// Plans that go on with an old amount after a correction. None is changed by itself: a person plans anew, or leaves it.
public struct ReviewInstalmentPlans: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// In order of contracts.
    /// - Parameters:
    ///   - account: number or key; nil: of all.
    ///   - contract: number or key; nil: of all.
    /// - Throws: ``BillingRefusal``.
    public func callAsFunction(
        account: String? = nil, contract: String? = nil, today: Day, limit: Int = 200
    ) async throws -> [OutdatedPlan] {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            try ReviewInstalmentPlans.find(account: account, contract: contract, today: today, limit: limit, in: connection).map(\.plan)
        }
    }

    /// Plans anew by the bill as it stands. What was requested stays; of a month that was asked for, nobody asks again.
    /// - Throws: ``BillingRefusal/noPlan(_:)`` where nothing is outdated.
    public func adopt(_ contract: String, author: String, today: Day, now: Instant) async throws -> InstalmentPlan? {
        try await pool.transaction { connection in
            let found = try ReviewInstalmentPlans.locked(contract, today: today, in: connection)
            guard let plan = found.right else {
                try InstalmentStore.end([found.plan.contract], now: now, in: connection)
                return nil
            }
            try InstalmentStore.insert(
                [InstalmentStore.New(plan: plan, contract: found.stretch, account: found.account, invoice: found.invoice)], author: author,
                now: now, in: connection)
            return plan
        }
    }

    /// Leaves the plan as it is, until another document changes what a year costs.
    /// - Throws: ``BillingRefusal/noPlan(_:)`` where nothing is outdated, ``BillingRefusal/noReason``.
    public func keep(_ contract: String, reason: String, author: String, today: Day, now: Instant) async throws {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw BillingRefusal.noReason }
        try await pool.transaction { connection in
            let found = try ReviewInstalmentPlans.locked(contract, today: today, in: connection)
            try connection.execute(
                """
                UPDATE instalment_plan SET reviewed_at = \(now), reviewed_by = \(author), review_reason = \(String(reason.prefix(500)))
                WHERE contract_number = \(found.plan.contract) AND ended_at IS NULL
                """)
        }
    }

    private struct Found {
        let plan: OutdatedPlan
        let right: InstalmentPlan?
        let stretch: Int64
        let account: Int64
        let invoice: Int64
    }

    private static func locked(_ contract: String, today: Day, in connection: Connection) throws -> Found {
        guard !contract.utf8.contains(0) else { throw BillingRefusal.noPlan(contract) }
        // The account first, as every bill does: who changes a plan while its contract is billed waits for the bill.
        try InstalmentStore.lockAccounts(
            "SELECT p.account_id FROM instalment_plan p WHERE p.ended_at IS NULL AND p.contract_number IN (SELECT c.number FROM contract c WHERE c.number = \(contract) OR c.key = \(contract))",
            in: connection)
        guard let found = try find(account: nil, contract: contract, today: today, limit: 1, in: connection).first else {
            throw BillingRefusal.noPlan(contract)
        }
        return found
    }

    /// Plans older than the last document about the bill they follow, whose amount would be another.
    ///
    /// Whether it would is known only when the year is computed again: rows are read until enough are found.
    private static func find(
        account: String?, contract: String?, today: Day, limit: Int, in connection: Connection
    ) throws -> [Found] {
        var stored = StoredBill()
        var found: [Found] = []
        var last = ""
        while found.count < limit {
            let rows = try candidates(account: account, contract: contract, after: last, in: connection)
            guard let end = try rows.last?.get(0, as: String.self) else { break }
            last = end
            let rules = try InstalmentStore.rules(
                Set(try rows.map { Advancing(contract: try $0.get(0), account: Identifier(try $0.get(9))) }), issuedOn: today,
                in: connection)
            for row in rows where found.count < limit {
                let number: String = try row.get(0)
                let advancing = Advancing(contract: number, account: Identifier(try row.get(9)))
                guard let next = rules[advancing], let billed = try BilledYear.load(number, &stored, in: connection) else { continue }
                let rule = next.rule(yearAfter: billed.end).dividing(like: try row.get(5), each: try row.get(6))
                let right =
                    billed.yearly > .zero
                    ? try? InstalmentPlan(contract: number, yearly: billed.yearly, taxes: billed.taxes, rule: rule) : nil
                let plan = OutdatedPlan(
                    contract: number, account: try row.get(1), recipient: try row.get(2), invoice: try row.get(3),
                    changedBy: try row.get(4), yearly: try row.get(5), rightYearly: billed.yearly, each: try row.get(6),
                    rightEach: right?.instalments.first?.gross, nextDue: try row.get(7))
                guard plan.rightEach != plan.each else { continue }
                found.append(Found(plan: plan, right: right, stretch: try row.get(8), account: try row.get(9), invoice: try row.get(10)))
            }
        }
        return found
    }

    private static func candidates(
        account: String?, contract: String?, after last: String, in connection: Connection
    ) throws -> Rows {
        var conditions: [SQL] = [
            "p.ended_at IS NULL", "d.recorded_at > greatest(p.created_at, p.reviewed_at)", "c.valid @> s.due_on",
            "p.contract_number > \(last)",
        ]
        if let account { conditions.append("(a.number = \(account) OR a.key = \(account))") }
        if let contract { conditions.append("(c.number = \(contract) OR c.key = \(contract))") }
        return try connection.query(
            """
            SELECT p.contract_number, a.number, coalesce(n.company, concat_ws(' ', n.given, n.family)), i.number, d.number, p.yearly_cents,
                   s.gross_cents, s.due_on, c.id, a.id, i.id
            FROM instalment_plan p JOIN account a ON a.id = p.account_id JOIN partner n ON n.id = a.partner_id
            JOIN LATERAL (SELECT * FROM instalment o WHERE o.plan_id = p.id AND o.state = 'planned' ORDER BY o.due_on LIMIT 1) s ON true
            JOIN contract c ON c.number = p.contract_number AND c.account_id = p.account_id AND c.valid @> s.due_on
            JOIN LATERAL (
                SELECT i.id, i.number, i.recorded_at FROM invoice_coverage v JOIN invoice i ON i.id = v.invoice_id
                WHERE v.contract_number = p.contract_number AND v.is_standing AND i.kind <> 'interim'
                ORDER BY upper(v.period) DESC LIMIT 1) i ON true
            JOIN LATERAL (
                SELECT k.number, k.recorded_at FROM invoice k
                WHERE (k.id = i.id OR k.corrects = i.id AND k.type = 'correction' AND k.cancelled_by IS NULL)
                ORDER BY k.id DESC LIMIT 1) d ON true
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY p.contract_number LIMIT 200
            """)
    }
}
