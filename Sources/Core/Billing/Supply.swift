public import Tariffs
public import Values

/// A contract on a bill over the days for which its terms hold.
///
/// An ordinary bill has one. A contract whose terms changed inside the year has one for each stretch, and the collective bill of
/// an account one for each contract.
public struct Supply: Hashable, Sendable {
    public let contract: BilledContract
    public let period: DayRange
    /// The measured quantity of the period in kWh or m³.
    public let consumption: Measure?
    public let previous: PreviousPeriod?
    /// How the tariff divides a quantity: the version that holds on the last day says it, because a bill divides by one method.
    public let rules: RatingRules?
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
            let own = supplies.indices.filter { supplies[$0].contract.number == number }
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
                consumption: (try? InvoiceDraft.sum(parts.map(\.consumption))) ?? nil, instalments: [], previous: last.previous,
                supplies: parts, plans: plans.filter { $0.contract == number }, isSelfBilled: isSelfBilled)
        }
    }
}

extension InvoiceDraft {
    /// Several bills on one paper: one amount due, tax once per rate on the sum of all lines, each line with the supply it charges.
    ///
    /// Stretches of one contract make one bill of that contract: its consumption is the sum, and its terms are those of the last
    /// stretch. Bills of several contracts are put side by side; what is said once (recipient, number of the contract) is that of
    /// the first.
    /// - Parameter drafts: of one recipient, in the order in which they are to stand; not empty.
    /// - Throws: `Overflow`.
    public static func combined(_ drafts: [InvoiceDraft], previous: PreviousPeriod? = nil) throws(Overflow) -> InvoiceDraft {
        guard let first = drafts.first, let last = drafts.last, drafts.count > 1 else {
            precondition(!drafts.isEmpty, "a paper has a bill on it")
            return drafts[0]
        }
        var lines: [Line] = []
        var supplies: [Supply] = []
        var breakdown: [BreakdownRow] = []
        for draft in drafts {
            for var row in draft.breakdown {
                row.supply += supplies.count
                breakdown.append(row)
            }
            for line in draft.lines { lines.append(line.at(position: lines.count + 1, supply: supplies.count + line.supply)) }
            supplies += draft.supplies
        }
        let isOneContract = Set(drafts.map(\.contract.number)).count == 1
        var contract = isOneContract ? last.contract : first.contract
        if isOneContract { contract.valid = DayRange(from: first.contract.valid.from, until: last.contract.valid.until) }
        let from = drafts.map(\.period.from).min() ?? first.period.from
        let until = drafts.compactMap(\.period.until).max()
        let kinds = Set(drafts.map(\.kind))
        return InvoiceDraft(
            contract: contract, supplier: first.supplier, period: DayRange(from: from, until: until),
            // The last stretch says how the contract goes on; several contracts end together or not at all.
            kind: isOneContract ? last.kind : (kinds.count == 1 ? first.kind : .annual),
            lines: lines, meters: drafts.flatMap(\.meters), breakdown: breakdown, totals: try Totals(lines),
            consumption: isOneContract ? try sum(drafts.map(\.consumption)) : nil,
            instalments: drafts.flatMap(\.instalments).sorted { ($0.paidOn, $0.gross) < ($1.paidOn, $1.gross) },
            previous: isOneContract ? previous ?? last.previous : nil, supplies: supplies,
            plans: try drafts.flatMap(\.plans).map { plan throws(Overflow) in try wider(plan, supplies, lines) },
            isSelfBilled: drafts.allSatisfy(\.isSelfBilled))
    }

    /// The plan of a contract whose terms changed inside the year follows from all of its days: each stretch knows its own only.
    private static func wider(_ plan: InstalmentPlan, _ supplies: [Supply], _ lines: [Line]) throws(Overflow) -> InstalmentPlan {
        let own = supplies.indices.filter { supplies[$0].contract.number == plan.contract }
        guard own.count > 1, let first = plan.instalments.first, plan.basis != nil, let from = own.map({ supplies[$0].period.from }).min(),
            let until = own.compactMap({ supplies[$0].period.until }).max()
        else { return plan }
        var rule = InstalmentRule(count: plan.instalments.count, firstDue: first.due, step: plan.step)
        rule.dueDay = plan.dueDay
        return try InstalmentPlan.following(
            contract: plan.contract, totals: try Totals(lines.filter { own.contains($0.supply) }),
            period: DayRange(from: from, until: until), kind: .annual, rule: rule) ?? plan
    }

    private static func sum(_ measures: [Measure?]) throws(Overflow) -> Measure? {
        guard let unit = measures.first??.unit, measures.allSatisfy({ $0?.unit == unit }) else { return nil }
        var micro: Int64 = 0
        for measure in measures {
            let (sum, over) = micro.addingReportingOverflow(measure?.micro ?? 0)
            if over { throw Overflow() }
            micro = sum
        }
        return Measure(micro: micro, unit: unit)
    }
}
