public import Tariffs
public import Values

/// A contract on a bill over the days for which its terms hold.
///
/// An ordinary bill has one. A contract whose terms changed inside the year has one for each stretch, and the collective bill of
/// an account one for each contract.
public struct Supply: Hashable, Sendable {
    public let contract: BilledContract
    public let period: DayRange
    /// What a bill of this contract alone would be; of a stretch that others follow it says nothing.
    public let kind: BillKind
    /// The measured quantity of the period in kWh or m³.
    public let consumption: Measure?
    public let previous: PreviousPeriod?
    /// Whether its tariff says which burdens the prices contain; see `TariffVersion/showsBurdens`.
    public let showsBurdens: Bool
    /// How the tariff divides a quantity: the version that holds on the last day says it, because a bill divides by one method.
    public let rules: RatingRules?
    /// Where a price of its tariff asks for it.
    public var utilisation: Utilisation?
}

extension InvoiceDraft {
    /// The paper contract by contract, in order: its lines, days, consumption and what was billed before; itself where there is but one.
    ///
    /// For what is said of each contract (comparisons, terms, emissions). What is owed is owed for the whole paper.
    public var perContract: [InvoiceDraft] {
        var numbers: [String] = []
        for supply in supplies where !numbers.contains(supply.contract.number) { numbers.append(supply.contract.number) }
        guard numbers.count > 1 else { return [self] }
        return numbers.compactMap { number in
            // In order of days: one whose terms were told late stands behind the others.
            let own = supplies.indices.filter { supplies[$0].contract.number == number }
                .sorted { supplies[$0].period.from < supplies[$1].period.from }
            let parts = own.map { supplies[$0] }
            guard let first = parts.first, let last = parts.last else { return nil }
            let lines = lines.filter { own.contains($0.supply) }
            var contract = last.contract
            contract.valid = DayRange(from: first.contract.valid.from, until: last.contract.valid.until)
            let from = parts.map(\.period.from).min() ?? first.period.from
            return InvoiceDraft(
                contract: contract, supplier: supplier, period: DayRange(from: from, until: parts.compactMap(\.period.until).max()),
                kind: kind, lines: lines, meters: [], breakdown: breakdown.filter { own.contains($0.supply) },
                totals: (try? Totals(lines)) ?? totals,
                consumption: (try? InvoiceDraft.sum(parts.map(\.consumption))) ?? nil, instalments: [],
                previous: PreviousPeriod.joined(
                    parts.map(\.previous), over: DayRange(from: from, until: parts.compactMap(\.period.until).max())),
                supplies: parts, plans: plans.filter { $0.contract == number }, isSelfBilled: isSelfBilled)
        }
    }
}
