internal import Tariffs
internal import Values

extension BillPlan {
    /// One version over the days of the period on which it holds.
    final class Stretch: Sendable {
        let version: TariffVersion
        let reference: TariffReference
        let range: DayRange
        /// Of the contract on these days, where they are others on others; nil: those of the contract.
        let attributes: [String: String]?
        /// `range` alone: the spans of a component that nothing cuts.
        let whole: [DayRange]
        let components: [Planned]
        /// Whether any component depends on the contract's months or attributes, or on days of its own.
        let hasConditions: Bool
        let needsUtilisation: Bool
        /// The unit of what is consumed; nil where the supply itself is not measured.
        let consumption: UnitCode?
        /// What the version shows beside its lines, in order.
        let rows: [Row]
        /// Why there are no more of them: no bill can be written.
        let rowProblem: BillingProblem?
        private let taxes: [Taxes]

        /// - Parameter order: component ids of the versions before it; gets those that are new.
        init(
            _ published: PublishedTariff, _ range: DayRange, _ prices: PriceCatalog, _ period: DayRange, _ attributes: [String: String]?,
            _ order: inout [String]
        ) {
            let version = published.version
            self.version = version
            self.range = range
            self.attributes = attributes
            reference = TariffReference(
                key: version.key, version: version.from, hash: published.hash, path: version.path, title: version.title,
                rules: version.rules)
            whole = [range]
            hasConditions = version.components.contains { !$0.conditions.isEmpty }
            needsUtilisation =
                version.components.contains { $0.conditions.utilisationHours != nil }
                || version.breakdown.contains { $0.conditions.utilisationHours != nil }
            let supplied = BilledService(version.commodity)
            let isMeasured = version.components.contains { component in
                if case .passThrough = component.charge { return false }
                return component.service == supplied && component.charge.measured != nil
            }
            consumption = isMeasured ? (version.commodity == .water ? .cubicMetre : .kilowattHour) : nil
            var late: Set<String> = []
            var components: [Planned] = []
            for component in version.components {
                let place = order.firstIndex(of: component.id) ?? order.count
                if place == order.count { order.append(component.id) }
                let isLate = component.charge.isOfWholeBill || component.charge.components.contains(where: late.contains)
                if isLate { late.insert(component.id) }
                components.append(
                    Planned(
                        component, place: place, isLate: isLate, priceChanges: version.priceChanges(component, in: range, prices),
                        origin: PriceOrigin(component, of: version, over: range, prices)))
            }
            self.components = components
            taxes = TaxTreatment.allCases.map { Taxes($0, version, range, prices.vat, period) }
            (rows, rowProblem) = Row.rows(version, range, prices)
        }

        func taxes(_ treatment: TaxTreatment) -> Taxes {
            // In the order of `allCases`, without making the list each time.
            switch treatment {
            case .commodity: taxes[0]
            case .standard: taxes[1]
            case .reduced: taxes[2]
            case .outside: taxes[3]
            case .smallBusiness: taxes[4]
            case .reverseCharge: taxes[5]
            }
        }
    }

    /// A component of a version.
    final class Planned: Sendable {
        let component: PriceComponent
        /// In the plan's `order`.
        let place: Int
        /// Rated when everything else of all versions is.
        let isLate: Bool
        /// Inside the stretch.
        let priceChanges: [Day]
        /// What each of its lines says of its price.
        let priced: Line.Priced?

        init(_ component: PriceComponent, place: Int, isLate: Bool, priceChanges: [Day], origin: PriceOrigin?) {
            priced = origin.map { .of($0) }
            self.component = component
            self.place = place
            self.isLate = isLate
            self.priceChanges = priceChanges
        }
    }

    /// How a treatment is taxed on the days of a stretch.
    struct Taxes: Sendable {
        /// On which the tax changes, where the tariff splits there.
        let days: [Day]
        /// Of all days of the stretch, if `days` is empty; nil where the table has none.
        let tax: Tax?

        init(_ treatment: TaxTreatment, _ version: TariffVersion, _ range: DayRange, _ table: VATTable, _ period: DayRange) {
            let isSplit = version.rules.vat == .split
            days = isSplit ? table.changes(treatment, version.commodity, in: range) : []
            tax = table.tax(treatment, version.commodity, on: isSplit ? range.from : period.lastDay ?? range.from)
        }
    }
}
