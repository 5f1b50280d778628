public import Billing
internal import InvoiceFormats
public import Postgres
internal import Tariffs
public import Values

/// Plans what a contract pays in advance.
public struct PlanInstalments: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// A plan by agreement, or by the last bill that stands. The plan before it ends; what was requested stays. A plan that is refused
    /// leaves the one before it as it is.
    ///
    /// - Parameters:
    ///   - contract: number or key.
    ///   - yearly: expected gross cost of a year; nil: that of the last bill.
    ///   - rule: how many, from when on, rounded to what. The first falls due where the contract is supplied and not billed, and at most
    ///     two years ahead; a day in the past is one that was forgotten, and is requested with the next.
    /// - Throws: ``BillingRefusal``.
    public func callAsFunction(
        contract: String, yearly: Money? = nil, rule: InstalmentRule, author: String, now: Instant
    ) async throws -> InstalmentPlan {
        try await pool.transaction { connection in
            guard !contract.utf8.contains(0),
                let row = try connection.query(
                    """
                    SELECT c.id, c.number, c.account_id, c.tariff FROM contract c WHERE c.number = \(contract) OR c.key = \(contract)
                    ORDER BY c.valid @> \(rule.firstDue)::date DESC, lower(c.valid) DESC LIMIT 1
                    """
                ).first
            else { throw BillingRefusal.unknownContract(contract) }
            let number: String = try row.get(1)
            let account: Int64 = try row.get(2)
            // A bill of the contract at the same moment comes before or after.
            try InstalmentStore.lockAccounts(
                "SELECT \(account)::bigint UNION SELECT p.account_id FROM instalment_plan p WHERE p.contract_number = \(number) AND p.ended_at IS NULL",
                in: connection)
            let supplied = try PlanInstalments.supplied(number, account, in: connection)
            let latest = LocalTime.berlin.day(of: now).adding(months: 24)
            guard let open = DayRange(checked: supplied.from, until: max(latest, supplied.from.adding(months: 12))) else {
                throw BillingRefusal.nothingToPlan(contract)
            }
            guard open.contains(rule.firstDue) else { throw BillingRefusal.firstInstalmentOutside(number, open) }
            var rule = rule
            rule.until = supplied.until
            var taxes: [(tax: Tax, gross: Money)] = []
            var expected = yearly
            var stored = StoredBill()
            if let billed = try BilledYear.load(number, &stored, in: connection) {
                taxes = billed.taxes
                expected = expected ?? billed.yearly
            } else {
                let tariff: String = try row.get(3)
                taxes = try PlanInstalments.taxes(of: tariff, in: connection)
            }
            guard let expected, expected > .zero, taxes.contains(where: { $0.gross > .zero }) else {
                throw BillingRefusal.nothingToPlan(contract)
            }
            // Less than a step for each instalment is nothing to pay in advance; nor is anything after the contract's end.
            guard let plan = try? InstalmentPlan(contract: number, yearly: expected, taxes: taxes, rule: rule) else {
                throw BillingRefusal.nothingToPlan(contract)
            }
            try InstalmentStore.insert(
                [InstalmentStore.New(plan: plan, contract: try row.get(0), account: account)], author: author, now: now,
                in: connection)
            return plan
        }
    }

    /// From where on a contract of an account is supplied and not billed, and its end if it is known.
    private static func supplied(_ number: String, _ account: Int64, in connection: Connection) throws -> (from: Day, until: Day?) {
        try connection.one(
            """
            SELECT greatest(min(lower(c.valid)), (
                       SELECT max(upper(v.period)) FROM invoice_coverage v JOIN invoice i ON i.id = v.invoice_id
                       WHERE v.contract_number = \(number) AND v.is_standing AND coalesce(v.kind, i.kind) <> 'interim')),
                   (array_agg(upper(c.valid) ORDER BY lower(c.valid) DESC))[1]
            FROM contract c WHERE c.number = \(number) AND c.account_id = \(account) AND NOT isempty(c.valid)
            """
        ) { (from: try $0.get(0) as Day, until: try $0.get(1) as Day?) }
    }

    /// Without a bill yet: as the first example of the tariff is taxed, where water is in it and waste water without tax; else the tax of
    /// its first component.
    private static func taxes(of tariff: String, in connection: Connection) throws -> [(tax: Tax, gross: Money)] {
        let catalog = try TariffCatalog.published(in: connection)
        guard let key = TariffKey(tariff), let version = catalog.chains[key]?.timeline.entries.last?.value.version,
            let component = version.components.first
        else { throw BillingRefusal.unknownTariff(tariff) }
        for example in version.examples {
            if let parts = try? example.grossByTax(in: version, catalog.prices), parts.contains(where: { $0.gross > .zero }) {
                return parts
            }
        }
        guard let tax = catalog.prices.vat.tax(component.tax, key.commodity, on: version.from) else {
            throw BillingRefusal.unknownTariff(tariff)
        }
        return [(tax, Money(cents: 1))]
    }
}

/// Instalments as they stand.
public struct ListInstalments: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// In order of their numbers within the program.
    /// - Parameters:
    ///   - account, contract: number or key.
    ///   - cursor: what the page before ended with.
    public func callAsFunction(
        account: String? = nil, contract: String? = nil, state: InstalmentRecord.State? = nil,
        standing: InstalmentRecord.Standing? = nil, cursor: String? = nil, limit: Int = 100
    ) async throws -> (items: [InstalmentRecord], next: String?) {
        let after = try BillingRefusal.place(cursor) ?? 0
        return try await pool.transaction(readOnly: true) { connection in
            var conditions: [SQL] = ["s.id > \(after)"]
            if let account { conditions.append("(a.number = \(account) OR a.key = \(account))") }
            if let contract {
                conditions.append(
                    "s.contract_number IN (SELECT c.number FROM contract c WHERE c.number = \(contract) OR c.key = \(contract))")
            }
            if let state { conditions.append("s.state = \(state.rawValue)") }
            if let standing { conditions.append(standing.condition) }
            let found = try InstalmentRecord.list(conditions.joined(separator: " AND "), limit: limit + 1, in: connection)
            let page = found.prefix(limit)
            return (Array(page), found.count > limit ? page.last.map { String($0.id) } : nil)
        }
    }
}
