internal import Metering
public import Tariffs
public import Values

/// The bill of a case: a pure function.
public enum Bill {
    /// The days inside the period on which a price, a tax, a levy or the energy content of gas changes. Usage must be cut there.
    public static func cuts(contract: BilledContract, period: DayRange, tariffs: Timeline<PublishedTariff>, prices: PriceCatalog) -> [Day] {
        var days = Set(tariffs.changes(in: period))
        for entry in tariffs.pieces(in: period) {
            let version = entry.value.version
            if version.rules.vat == .split {
                for treatment in Set(version.components.map { $0.tax(for: contract.attributes) }) {
                    days.formUnion(prices.vat.changes(treatment, version.commodity, in: entry.range))
                }
            }
            for component in version.components {
                days.formUnion(version.conditionChanges(component, in: entry.range, contractStart: contract.start))
                // The highest load of a month is told by intervals: it cuts no register.
                if case .demand = component.charge { continue }
                days.formUnion(version.priceChanges(component, in: entry.range, prices))
            }
            for rule in version.breakdown { days.formUnion(prices.series[rule.series]?.values.changes(in: entry.range) ?? []) }
            // Only the gas of the contract's own region, and not where the contract has its own values.
            guard let gas = version.conversion?.series(for: contract.attributes) else { continue }
            for (attribute, key) in [("conversionFactor", gas.factor), ("calorificValue", gas.calorific)]
            where contract.attributes[attribute] == nil {
                days.formUnion(prices.series[key]?.values.changes(in: entry.range) ?? [])
            }
        }
        return days.sorted()
    }

    /// Lines, totals and what else the bill says.
    /// - Throws: `BillingProblem`; nothing is billed in part.
    public static func compute(_ billingCase: BillingCase) throws(BillingProblem) -> InvoiceDraft {
        let period = billingCase.period
        try refuse(billingCase)
        var rating = RatedLines(billingCase)
        for entry in billingCase.tariffs.pieces(in: period) {
            try rating.rate(entry.value, over: entry.range)
        }
        try rating.finish()
        do throws(Overflow) {
            let lines = rating.ordered()
            let totals = try Totals(lines)
            let plan = try billingCase.instalmentRule.map { rule throws(Overflow) in
                try InstalmentPlan.following(
                    contract: billingCase.contract.number, totals: totals, period: period, kind: billingCase.kind, rule: rule)
            }
            return InvoiceDraft(
                contract: billingCase.contract, supplier: billingCase.supplier, period: period, kind: billingCase.kind, lines: lines,
                meters: try MeterRow.rows(billingCase.usage), breakdown: rating.breakdown, totals: totals,
                consumption: rating.consumption,
                instalments: billingCase.instalments.sorted { ($0.paidOn, $0.gross) < ($1.paidOn, $1.gross) },
                previous: billingCase.previous,
                supplies: [
                    Supply(
                        contract: billingCase.contract, period: period, consumption: rating.consumption, previous: billingCase.previous)
                ], plans: [plan ?? nil].compactMap(\.self))
        } catch {
            throw .overflow
        }
    }

    /// What stops a bill before anything is computed, the most serious first.
    private static func refuse(_ billingCase: BillingCase) throws(BillingProblem) {
        let key = billingCase.contract.tariff
        if let gap = billingCase.tariffs.gaps(in: billingCase.period).first { throw .noTariff(key, gap) }
        for entry in billingCase.tariffs.pieces(in: billingCase.period) {
            if let objection = entry.value.version.appliesTo.objection(to: billingCase.contract.attributes) {
                throw .notApplicable(key, attribute: objection.attribute, value: objection.value)
            }
        }
        for usage in billingCase.intervals where usage.series.count > BillingCase.maximumSlots {
            throw .intervals(serial: usage.serial, .tooMany(usage.series.count))
        }
        let failures = billingCase.findings.filter { $0.severity >= .failure && $0.severity != .event }
        guard failures.isEmpty else { throw .unusable(failures) }
    }
}
