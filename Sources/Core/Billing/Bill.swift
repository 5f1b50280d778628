internal import Metering
public import Tariffs
public import Values

/// The bill of a case: a pure function.
public enum Bill {
    /// The days inside the period on which a price, a tax, a levy or the energy content of gas changes. Usage must be cut there.
    public static func cuts(contract: BilledContract, period: DayRange, tariffs: Timeline<PublishedTariff>, prices: PriceCatalog) -> [Day] {
        BillPlan(tariffs: tariffs, prices: prices, period: period).cuts(for: contract)
    }

    /// Lines, totals and what else the bill says.
    /// - Throws: `BillingProblem`; nothing is billed in part.
    public static func compute(_ billingCase: BillingCase) throws(BillingProblem) -> InvoiceDraft {
        let plan =
            billingCase.plan
            ?? BillPlan(tariffs: billingCase.tariffs, prices: billingCase.prices, period: billingCase.period, terms: billingCase.terms)
        let period = plan.period
        try refuse(billingCase, plan)
        let contract = billingCase.contract
        var rating = RatedLines(
            plan, usage: billingCase.usage, intervals: billingCase.intervals, attributes: contract.attributes,
            contractStart: contract.start, form: billingCase.form)
        for stretch in plan.stretches { try rating.rate(stretch) }
        try rating.finish()
        do throws(Overflow) {
            let lines = rating.ordered()
            let totals = try Totals(lines)
            let instalments = try billingCase.instalmentRule.map { rule throws(Overflow) in
                try InstalmentPlan.following(
                    contract: billingCase.contract.number, totals: totals, period: period, kind: billingCase.kind, rule: rule)
            }
            var draft = InvoiceDraft(
                contract: billingCase.contract, supplier: billingCase.supplier, period: period, kind: billingCase.kind, lines: lines,
                meters: try MeterRow.rows(billingCase.usage, billingCase.form), breakdown: rating.breakdown, totals: totals,
                consumption: rating.consumption,
                instalments: billingCase.instalments.map { $0.paid(for: contract.number) }
                    .sorted { ($0.paidOn, $0.gross) < ($1.paidOn, $1.gross) },
                previous: billingCase.previous,
                supplies: [
                    Supply(
                        contract: billingCase.contract, period: period, kind: billingCase.kind, consumption: rating.consumption,
                        previous: billingCase.previous, showsBurdens: plan.showsBurdens,
                        rules: billingCase.tariffs[period.lastDay ?? period.from]?.version.rules,
                        utilisation: rating.utilisation)
                ], plans: [instalments ?? nil].compactMap(\.self),
                isSelfBilled: billingCase.isSelfBilled && lines.allSatisfy { $0.service == .feedIn })
            draft.instalmentRule = billingCase.instalmentRule
            draft.wholeBill = plan.wholeBill
            draft.isTaxedAtEnd = plan.stretches.last?.version.rules.vat == .periodEnd
            return draft
        } catch {
            throw .overflow
        }
    }

    /// What stops a bill before anything is computed, the most serious first.
    private static func refuse(_ billingCase: BillingCase, _ plan: BillPlan) throws(BillingProblem) {
        let key = billingCase.contract.tariff
        if let gap = plan.gap { throw .noTariff(key, gap) }
        for stretch in plan.stretches {
            let keys = stretch.version.appliesTo
            let objection =
                plan.terms.isEmpty
                ? keys.objection(to: billingCase.contract.attributes)
                : plan.terms(on: stretch.range).lazy.compactMap { keys.objection(to: $0.attributes) }.first
            if let objection { throw .notApplicable(key, attribute: objection.attribute, value: objection.value) }
        }
        for usage in billingCase.intervals where usage.series.count > BillingCase.maximumSlots {
            throw .intervals(serial: usage.serial, .tooMany(usage.series.count))
        }
        if billingCase.findings.isEmpty { return }
        let failures = billingCase.findings.filter { $0.severity >= .failure && $0.severity != .event }
        guard failures.isEmpty else { throw .unusable(failures) }
    }
}
