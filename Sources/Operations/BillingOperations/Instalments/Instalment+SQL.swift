internal import Billing
internal import JSON
internal import Ledger
internal import Postgres
internal import Tariffs
internal import Values

/// An instalment that was requested and is not set off by a standing bill yet.
struct RequestedInstalment: Sendable {
    let id: Int64
    let contract: String
    let account: Identifier<CustomerAccount>
    let number: String
    let due: Day
    let shares: [InstalmentShare]
    let entry: Identifier<JournalEntry>
    let gross: Money
    /// What payments cleared, withdrawals not counted.
    let paid: Money
    /// Value day of the last payment; the due day where nothing was paid.
    let paidOn: Day
    /// What is open of it.
    var open: Money { gross - paid - withdrawn }
    let withdrawn: Money
    /// Whether it is for a day of the contract before the bill that no bill stands for yet.
    let isForEarlierBill: Bool
}

/// An instalment that a bill sets off, with its tax as it was booked.
struct SetOff: Sendable {
    let instalment: Int64
    /// Of its request.
    let number: String?
    let paidOn: Day
    let shares: [InstalmentShare]
    var gross: Money { shares.map(\.gross).total() }
    var tax: Money { shares.map(\.amount).total() }
}

/// Who pays in advance for what: a contract that changes its account begins anew with the next one.
struct Advancing: Hashable {
    let contract: String
    let account: Identifier<CustomerAccount>
}

/// How a contract goes on after a bill.
struct NextPlan {
    let rule: InstalmentRule
    /// Days of instalments that are requested.
    let asked: [Day]

    /// - Parameter end: exclusive: up to where it is billed.
    func rule(yearAfter end: Day) -> InstalmentRule { rule.within(yearAfter: end, asked: asked) }
}

enum InstalmentStore {
    static func json(_ shares: [InstalmentShare]) -> JSONB {
        JSONB(
            text: JSONValue.array(
                shares.map { share in
                    [
                        "rate": share.tax.isOutside ? .null : .integer(share.tax.rate.basisPoints), "gross": .integer(share.gross.cents),
                        "tax": .integer(share.amount.cents), "exemption": share.tax.exemption.map { .string($0.rawValue) } ?? .null,
                    ]
                }
            ).text)
    }
    static func shares(_ json: JSONB) throws -> [InstalmentShare] {
        try JSONNode(parsing: Array(json.text.utf8)).elements().map { node in
            let rate = try node.optional("rate")?.integer(in: 0...10_000)
            let exemption = try node.optional("exemption")?.parsed("a reason") { Tax.Exemption(rawValue: $0) }
            return InstalmentShare(
                tax: rate.map { Tax(rate: TaxRate(basisPoints: Int32($0))) } ?? Tax(exemption ?? .sovereign),
                gross: Money(cents: try node.member("gross").integer()),
                amount: Money(cents: try node.member("tax").integer()))
        }
    }

    /// What is requested of these contracts, due before the end of the days of their bill, and on no standing bill: what the bill has to
    /// set off or withdraw, and what is left to one before it.
    static func requested(_ days: [Advancing: DayRange], in connection: Connection) throws -> [Advancing: [RequestedInstalment]] {
        let contracts = days.sorted { ($0.key.contract, $0.key.account) < ($1.key.contract, $1.key.account) }
        var found: [Advancing: [RequestedInstalment]] = [:]
        for row in try connection.query(
            """
            SELECT s.id, s.contract_number, s.account_id, s.number, s.due_on, s.shares, s.entry_id, s.gross_cents, s.withdrawn_cents,
                   coalesce(t.cleared, 0)::bigint, t.paid_on,
                   s.due_on < lower(d.days) AND EXISTS (SELECT 1 FROM contract c WHERE c.number = s.contract_number AND c.account_id = s.account_id AND c.valid @> s.due_on)
                       AND NOT EXISTS (SELECT 1 FROM invoice_coverage v
                                       WHERE v.contract_number = s.contract_number AND v.is_standing AND v.period @> s.due_on)
            FROM unnest(\(contracts.map(\.key.contract)), \(contracts.map(\.key.account.number)), \(contracts.map(\.value))) AS d (number, account, days)
            JOIN instalment s ON s.contract_number = d.number AND s.account_id = d.account AND s.due_on < upper(d.days) AND s.state = 'requested'
            CROSS JOIN LATERAL (
                SELECT sum(l.amount_cents) AS cleared,
                       (SELECT max(e.value_date) FROM clearing_line own JOIN clearing_line other ON other.clearing_id = own.clearing_id
                            AND other.entry_id <> own.entry_id AND other.rule = 'credit' JOIN journal_entry e ON e.id = other.entry_id
                        WHERE own.entry_id = s.entry_id) AS paid_on
                FROM clearing_line l JOIN posting p ON p.entry_id = l.entry_id AND p.line = l.posting_line AND p.account_id IS NOT NULL
                WHERE l.entry_id = s.entry_id) t
            WHERE NOT EXISTS (SELECT 1 FROM invoice_instalment x JOIN invoice n ON n.id = x.invoice_id
                              WHERE x.instalment_id = s.id AND n.cancelled_by IS NULL)
            ORDER BY s.contract_number, s.due_on, s.id
            """)
        {
            let withdrawn: Money = try row.get(8)
            let due: Day = try row.get(4)
            let contract: String = try row.get(1)
            let account = Identifier<CustomerAccount>(try row.get(2))
            found[Advancing(contract: contract, account: account), default: []].append(
                RequestedInstalment(
                    id: try row.get(0), contract: contract, account: account, number: try row.get(3), due: due,
                    shares: try shares(try row.get(5)), entry: Identifier(try row.get(6)), gross: try row.get(7),
                    paid: try row.get(9, as: Money.self) - withdrawn, paidOn: try row.get(10, as: Day?.self) ?? due, withdrawn: withdrawn,
                    isForEarlierBill: try row.get(11)))
        }
        return found
    }

    /// The rule by which each contract goes on: that of its current plan, if it is of this account.
    static func rules(
        _ contracts: Set<Advancing>, issuedOn today: Day, in connection: Connection
    ) throws -> [Advancing: NextPlan] {
        let contracts = Array(contracts)
        var rules: [Advancing: NextPlan] = [:]
        for row in try connection.query(
            """
            SELECT p.contract_number, p.count, p.step_cents, (SELECT max(extract(day FROM s.due_on))::integer FROM instalment s WHERE s.plan_id = p.id),
                \(contractEnd), p.account_id,
                (SELECT array_agg(s.due_on) FROM instalment s
                 WHERE s.contract_number = p.contract_number AND s.account_id = p.account_id AND s.state = 'requested' AND s.due_on > \(today.adding(months: -24)))
            FROM unnest(\(contracts.map(\.contract)), \(contracts.map(\.account.number))) AS d (number, account)
            JOIN instalment_plan p ON p.contract_number = d.number AND p.account_id = d.account AND p.ended_at IS NULL
            """)
        {
            let day = Int(try row.get(3, as: Int32?.self) ?? 1)
            // Not before the bill itself is due (§ 40c(1) EnWG: two weeks).
            let soonest = today.adding(days: 15)
            // The greatest day of the plan is the agreed one: a short month only takes from it.
            var first = InstalmentRule.due(day, inMonthOf: soonest)
            if first < soonest { first = InstalmentRule.due(day, inMonthOf: soonest.startOfMonth.adding(months: 1)) }
            // Nobody pays a month twice, nor is told so: what the plan before has asked for is asked for.
            let asked = try row.get(6, as: [Day]?.self) ?? []
            while asked.contains(where: { $0.startOfMonth == first.startOfMonth }) {
                first = InstalmentRule.due(day, inMonthOf: first.startOfMonth.adding(months: 1))
            }
            var rule = InstalmentRule(count: Int(try row.get(1, as: Int16.self)), firstDue: first, step: try row.get(2), dueDay: day)
            rule.until = try row.get(4, as: Day?.self)
            rules[Advancing(contract: try row.get(0), account: Identifier(try row.get(5)))] = NextPlan(
                rule: rule, asked: asked)
        }
        return rules
    }

    /// Where the contract of a plan `p` ends for the account that pays by it; null: not yet.
    static let contractEnd: SQL = """
        (SELECT upper(c.valid) FROM contract c WHERE c.number = p.contract_number AND c.account_id = p.account_id AND NOT isempty(c.valid)
         ORDER BY lower(c.valid) DESC LIMIT 1)
        """

    /// Locks accounts before anything of their instalments is touched, always in the same order: bills, plans and requests wait for each
    /// other, and never crosswise.
    static func lockAccounts(_ accounts: SQL, in connection: Connection) throws {
        _ = try connection.query("SELECT 1 FROM account WHERE id IN (\(accounts)) ORDER BY id FOR NO KEY UPDATE")
    }

    /// A plan ready to be written.
    struct New {
        let plan: InstalmentPlan
        /// The stretch of the contract with which it begins.
        let contract: Int64
        let account: Int64
        /// The bill it follows.
        var invoice: Int64?
    }

    /// Writes plans, one for each contract; those before them end, and what they had only planned falls away.
    static func insert(_ plans: [New], author: String, now: Instant, in connection: Connection) throws {
        guard !plans.isEmpty else { return }
        try end(plans.map(\.plan.contract), now: now, in: connection)
        let dues = plans.flatMap { new in new.plan.instalments.map { (contract: new.plan.contract, own: $0) } }
        try connection.execute(
            """
            WITH written AS (
                INSERT INTO instalment_plan (contract_id, contract_number, account_id, yearly_cents, count, step_cents, invoice_id, created_at, created_by)
                SELECT contract, number, account, yearly, count, step, invoice, \(now), \(author)
                FROM unnest(\(plans.map(\.contract)), \(plans.map(\.plan.contract)), \(plans.map(\.account)), \(plans.map(\.plan.yearly)),
                            \(plans.map { Int16(clamping: $0.plan.count) }), \(plans.map(\.plan.step)), \(plans.map(\.invoice)))
                    AS p (contract, number, account, yearly, count, step, invoice)
                RETURNING id, contract_number, account_id)
            INSERT INTO instalment (plan_id, contract_number, account_id, due_on, gross_cents, tax_cents, shares, state)
            SELECT w.id, w.contract_number, w.account_id, s.due, s.gross, s.tax, s.shares, 'planned'
            FROM unnest(\(dues.map(\.contract)), \(dues.map(\.own.due)), \(dues.map(\.own.gross.cents)), \(dues.map(\.own.tax.cents)),
                        \(dues.map { json($0.own.shares) })) WITH ORDINALITY AS s (number, due, gross, tax, shares, place)
            JOIN written w ON w.contract_number = s.number ORDER BY s.place
            """)
    }

    /// Plans of contracts on one account end: the next account has its own.
    static func end(_ plans: [(contract: String, account: Identifier<CustomerAccount>)], now: Instant, in connection: Connection) throws {
        guard !plans.isEmpty else { return }
        try connection.execute(
            """
            WITH ended AS (
                UPDATE instalment_plan p SET ended_at = \(now) FROM unnest(\(plans.map(\.contract)), \(plans.map(\.account))) AS e (number, account)
                WHERE p.contract_number = e.number AND p.account_id = e.account AND p.ended_at IS NULL RETURNING p.id)
            UPDATE instalment SET state = 'withdrawn' FROM ended WHERE plan_id = ended.id AND state = 'planned'
            """)
    }

    /// Plans end; what they had not requested yet falls away.
    static func end(_ contracts: [String], now: Instant, in connection: Connection) throws {
        guard !contracts.isEmpty else { return }
        try connection.execute(
            """
            WITH ended AS (UPDATE instalment_plan SET ended_at = \(now) WHERE contract_number = ANY(\(contracts)) AND ended_at IS NULL RETURNING id)
            UPDATE instalment SET state = 'withdrawn' FROM ended WHERE plan_id = ended.id AND state = 'planned'
            """)
    }

    /// Plans that a document ended which is taken back go on, unless another has taken their place: with what they had planned from `day` on.
    /// What lies before it is claimed by the next bill.
    static func resume(endedBy invoice: Int64, account: Int64, from day: Day, in connection: Connection) throws {
        try connection.execute(
            """
            WITH resumed AS (
                UPDATE instalment_plan p SET ended_at = NULL FROM invoice i
                WHERE i.id = \(invoice) AND p.account_id = \(account) AND p.ended_at = i.recorded_at
                    AND p.contract_number IN (SELECT v.contract_number FROM invoice_coverage v WHERE v.invoice_id = coalesce(i.corrects, i.id))
                    AND NOT EXISTS (SELECT 1 FROM instalment_plan n WHERE n.contract_number = p.contract_number AND n.id > p.id)
                RETURNING p.id)
            UPDATE instalment s SET state = 'planned' FROM resumed
            WHERE s.plan_id = resumed.id AND s.state = 'withdrawn' AND s.number IS NULL AND s.due_on >= \(day)
            """)
    }
}
