public import Billing
internal import InvoiceFormats
public import Postgres
internal import Tariffs
public import Values

/// Plans what a contract pays in advance.
public struct PlanInstalments: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// A plan by agreement, or by the last bill that stands. The plan before it ends; what was requested stays.
    ///
    /// - Parameters:
    ///   - contract: number or key.
    ///   - yearly: expected gross cost of a year; nil: that of the last bill.
    ///   - rule: how many, from when on, rounded to what.
    /// - Throws: ``BillingRefusal``.
    public func callAsFunction(
        contract: String, yearly: Money? = nil, rule: InstalmentRule, author: String, now: Instant
    ) async throws -> InstalmentPlan {
        try await pool.transaction { connection in
            guard !contract.utf8.contains(0),
                let row = try connection.query(
                    """
                    SELECT c.id, c.number, c.account_id, c.tariff, upper(c.valid) FROM contract c WHERE c.number = \(contract) OR c.key = \(contract)
                    ORDER BY lower(c.valid) DESC LIMIT 1
                    """
                ).first
            else { throw BillingRefusal.unknownContract(contract) }
            let number: String = try row.get(1)
            var rule = rule
            rule.until = try row.get(4, as: Day?.self)
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
                [InstalmentStore.New(plan: plan, contract: try row.get(0), account: try row.get(2))], author: author, now: now,
                in: connection)
            return plan
        }
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
