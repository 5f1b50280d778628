public import Tariffs
public import Values

/// The plans of a catalog, each made when it is first asked for: bills that are computed together are mostly of a few tariffs and one
/// period.
public struct BillPlans: Sendable {
    private struct Key: Hashable {
        let tariff: TariffKey
        let period: DayRange
    }
    private let catalog: TariffCatalog
    private var plans: [Key: BillPlan] = [:]

    public init(_ catalog: TariffCatalog) { self.catalog = catalog }

    /// - Returns: nil for a tariff that the catalog does not have.
    /// - Precondition: the period has an end.
    public mutating func plan(_ tariff: TariffKey, _ period: DayRange) -> BillPlan? {
        let key = Key(tariff: tariff, period: period)
        if let known = plans[key] { return known }
        guard let chain = catalog.chains[tariff] else { return nil }
        let sources = BillSources(tariffs: chain.timeline, prices: catalog.prices, period: period)
        let plan = BillPlan(tariffs: chain.timeline, prices: catalog.prices, period: period, sources: sources)
        plans[key] = plan
        return plan
    }
}
