public import Tariffs
public import Values

/// A tariff over the days of a period, read once for all bills of both: which version holds when, where its prices and taxes change,
/// and the rows that it shows beside the lines.
///
/// It follows from tariffs, prices and period alone and knows no contract, so a thousand customers of one tariff share it. A case that
/// was made from a plan keeps it while these three stay what they are.
public final class BillPlan: Sendable {
    public let tariffs: Timeline<PublishedTariff>
    public let prices: PriceCatalog
    /// With an end.
    public let period: DayRange
    let stretches: [Stretch]
    /// The first days on which no version holds.
    let gap: DayRange?
    /// Component ids in the order of their first appearance.
    let order: [String]
    /// Places in `order` of what is rated when everything else is.
    let late: [Int]
    let rowCount: Int
    /// Told beforehand where many bills will ask.
    let sources: BillSources?
    /// Where usage is cut, whatever the contract.
    private let cuts: [Day]

    /// - Precondition: the period has an end.
    public convenience init(tariffs: Timeline<PublishedTariff>, prices: PriceCatalog, period: DayRange) {
        self.init(tariffs: tariffs, prices: prices, period: period, sources: nil)
    }

    init(tariffs: Timeline<PublishedTariff>, prices: PriceCatalog, period: DayRange, sources: BillSources?) {
        self.sources = sources
        precondition(period.until != nil, "a bill is of a period with an end")
        self.tariffs = tariffs
        self.prices = prices
        self.period = period
        gap = tariffs.gaps(in: period).first
        var order: [String] = []
        var cuts = tariffs.changes(in: period)
        let stretches = tariffs.pieces(in: period).map { entry in
            let stretch = Stretch(entry.value, entry.range, prices, period, &order)
            for planned in stretch.components {
                // The highest load of a month is told by intervals: it cuts no register.
                if case .demand = planned.component.charge { continue }
                cuts += planned.priceChanges
            }
            for rule in stretch.version.breakdown { cuts += prices.series[rule.series]?.values.changes(in: entry.range) ?? [] }
            return stretch
        }
        self.stretches = stretches
        self.order = order
        self.cuts = cuts.ascending()
        late = order.indices.filter { place in
            stretches.contains { $0.components.contains { $0.isLate && $0.place == place } }
        }
        rowCount = stretches.reduce(0) { $0 + $1.rows.count }
    }

    /// The days inside the period on which a price, a tax, a levy or the energy content of gas changes for a contract. Usage must be
    /// cut there.
    public func cuts(for contract: BilledContract) -> [Day] {
        var days: [Day] = []
        let isReseller = PriceComponent.isReseller(contract.attributes)
        for stretch in stretches {
            for planned in stretch.components {
                let treatment = planned.component.tax(for: contract.attributes, isReseller: isReseller)
                days += stretch.taxes(treatment).days
                if stretch.hasConditions {
                    days += stretch.version.conditionChanges(planned.component, in: stretch.range, contractStart: contract.start)
                }
            }
            // Only the gas of the contract's own region, and not where the contract has its own values.
            guard let gas = stretch.version.conversion?.series(for: contract.attributes) else { continue }
            for (attribute, key) in [("conversionFactor", gas.factor), ("calorificValue", gas.calorific)]
            where contract.attributes[attribute] == nil {
                days += prices.series[key]?.values.changes(in: stretch.range) ?? []
            }
        }
        return days.isEmpty ? cuts : (cuts + days).ascending()
    }
}

extension [Day] {
    /// Each day once, in order.
    fileprivate func ascending() -> [Day] {
        var days: [Day] = []
        for day in sorted() where days.last != day { days.append(day) }
        return days
    }
}
