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
    /// See ``BillingCase/terms``: a plan that has any is one bill's own.
    public let terms: [AgreedTerms]
    let stretches: [Stretch]
    /// The first days on which no version holds.
    let gap: DayRange?
    /// Component ids in the order of their first appearance.
    let order: [String]
    /// Places in `order` of what is rated when everything else is.
    let late: [Int]
    let rowCount: Int
    /// Whether each version says which burdens its prices contain.
    let showsBurdens: Bool
    /// What it charges that looks at the whole bill.
    let wholeBill: [Label]
    /// Told beforehand where many bills will ask.
    let sources: BillSources?
    /// Where usage is cut, whatever the contract.
    private let cuts: [Day]
    /// Attributes that say how a component is taxed.
    private let taxAttributes: Set<String>

    /// - Precondition: the period has an end.
    public convenience init(
        tariffs: Timeline<PublishedTariff>, prices: PriceCatalog, period: DayRange, terms: [AgreedTerms] = []
    ) {
        self.init(tariffs: tariffs, prices: prices, period: period, terms: terms, sources: nil)
    }

    /// The same for a contract whose terms change inside the period; itself where they do not.
    public func agreed(_ terms: [AgreedTerms]) -> BillPlan {
        terms.isEmpty ? self : BillPlan(tariffs: tariffs, prices: prices, period: period, terms: terms, sources: sources)
    }

    init(
        tariffs: Timeline<PublishedTariff>, prices: PriceCatalog, period: DayRange, terms: [AgreedTerms] = [], sources: BillSources?
    ) {
        self.sources = sources
        self.terms = terms
        precondition(period.until != nil, "a bill is of a period with an end")
        self.tariffs = tariffs
        self.prices = prices
        self.period = period
        gap = tariffs.gaps(in: period).first
        var order: [String] = []
        var cuts = tariffs.changes(in: period)
        var stretches: [Stretch] = []
        var wholeBill: [Label] = []
        for entry in tariffs.pieces(in: period) {
            for range in BillPlan.split(entry.range, terms, entry.value.version) {
                let stretch = Stretch(entry.value, range, prices, period, terms.attributes(on: range.from), &order)
                for planned in stretch.components {
                    // The highest load of a month is told by intervals: it cuts no register.
                    if case .demand = planned.component.charge { continue }
                    cuts += planned.priceChanges
                }
                for rule in stretch.version.breakdown { cuts += prices.series[rule.series]?.values.changes(in: range) ?? [] }
                if range.from != entry.range.from { cuts.append(range.from) }
                stretches.append(stretch)
            }
            for component in entry.value.version.ofWholeBill where !wholeBill.contains(component.label) {
                wholeBill.append(component.label)
            }
        }
        self.wholeBill = wholeBill
        self.stretches = stretches
        taxAttributes = Set(stretches.flatMap { $0.components.compactMap(\.component.taxAttribute) })
        self.order = order
        self.cuts = cuts.ascending()
        late = order.indices.filter { [stretches] place in
            stretches.contains { $0.components.contains { $0.isLate && $0.place == place } }
        }
        showsBurdens = stretches.allSatisfy(\.version.showsBurdens)
        rowCount = stretches.reduce(0) { $0 + $1.rows.count }
    }

    /// An attribute that says how a contract is taxed, with a word that says nothing: tax that is shown by mistake is owed (§ 14c UStG), so
    /// nobody is billed by a guess.
    public func unknownTaxWord(_ attributes: [String: String]) -> (name: String, word: String)? {
        for name in taxAttributes.sorted() {
            if let word = attributes[name], TaxTreatment(rawValue: word) == nil { return (name, word) }
        }
        return nil
    }

    /// What is agreed on any of these days.
    func terms(on days: DayRange) -> [AgreedTerms] {
        terms.indices.filter { place in
            (days.until.map { terms[place].from < $0 } ?? true) && (place + 1 == terms.count || days.from < terms[place + 1].from)
        }.map { terms[$0] }
    }

    /// Days of one version, cut where terms change that it reads.
    private static func split(_ range: DayRange, _ terms: [AgreedTerms], _ version: TariffVersion) -> [DayRange] {
        guard terms.count > 1 else { return [range] }
        let days = terms.indices.dropFirst().filter { !version.reads(terms[$0].attributes, as: terms[$0 - 1].attributes) }
            .map { terms[$0].from }.filter { $0 != range.from && range.contains($0) }
        return days.isEmpty ? [range] : range.split(at: days)
    }

    /// The days inside the period on which a price, a tax, a levy or the energy content of gas changes for a contract. Usage must be
    /// cut there.
    public func cuts(for contract: BilledContract) -> [Day] {
        var days: [Day] = []
        for stretch in stretches {
            let attributes = stretch.attributes ?? contract.attributes
            let isReseller = PriceComponent.isReseller(attributes)
            for planned in stretch.components {
                let treatment = planned.component.tax(for: attributes, isReseller: isReseller)
                days += stretch.taxes(treatment).days
                if stretch.hasConditions {
                    days += stretch.version.conditionChanges(planned.component, in: stretch.range, contractStart: contract.start)
                }
            }
            // Only the gas of the contract's own region, and not where the contract has its own values.
            guard let gas = stretch.version.conversion?.series(for: attributes) else { continue }
            for (attribute, key) in [("conversionFactor", gas.factor), ("calorificValue", gas.calorific)]
            where attributes[attribute] == nil {
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
