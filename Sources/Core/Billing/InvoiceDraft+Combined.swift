internal import Tariffs
public import Values

/// Which supplies of a paper are one. Stored with it, like ``CorrectionTax``: what was issued is computed again as it was issued.
public enum SupplyUnit: String, Sendable, Hashable, CaseIterable {
    /// Each stretch of a contract is its own: its place on the paper says which. Documents from before contracts were told apart stand
    /// like this.
    case stretch
    /// A contract, whatever its stretches and wherever they stand.
    case contract
}

extension InvoiceDraft {
    /// Several bills on one paper: one amount due, tax once per rate on the sum of all lines, each line with the supply it charges.
    ///
    /// Stretches of one contract make one bill of that contract: its consumption is the sum, and its terms are those of the last
    /// stretch. Bills of several contracts are put side by side; what is said once (recipient, number of the contract) is that of
    /// the first.
    /// - Parameters:
    ///   - drafts: of one recipient, in the order in which they are to stand; not empty.
    ///   - unit: as it was issued.
    /// - Throws: `Overflow`.
    public static func combined(
        _ drafts: [InvoiceDraft], previous: PreviousPeriod? = nil, by unit: SupplyUnit = .contract
    ) throws(Overflow) -> InvoiceDraft {
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
        var draft = InvoiceDraft(
            contract: contract, supplier: first.supplier, period: DayRange(from: from, until: until),
            kind: kind(of: drafts, by: unit), lines: lines, meters: drafts.flatMap(\.meters), breakdown: breakdown,
            totals: try Totals(lines), consumption: isOneContract ? try sum(drafts.map(\.consumption)) : nil,
            instalments: drafts.flatMap(\.instalments).sorted { ($0.paidOn, $0.gross) < ($1.paidOn, $1.gross) },
            previous: isOneContract
                ? previous ?? PreviousPeriod.joined(drafts.map(\.previous), over: DayRange(from: from, until: until)) : nil,
            supplies: supplies,
            plans: try plans(of: drafts, supplies, lines, by: unit), isSelfBilled: drafts.allSatisfy(\.isSelfBilled))
        draft.judgedApart = judgedApart(drafts)
        return draft
    }

    /// Of contracts with more than one draft: what none of the drafts can tell alone.
    private static func judgedApart(_ drafts: [InvoiceDraft]) -> [Label] {
        var labels: [Label] = []
        func add(_ label: Label) { if !labels.contains(label) { labels.append(label) } }
        for (place, draft) in drafts.enumerated() {
            for other in drafts[(place + 1)...] where other.contract.number == draft.contract.number {
                for label in draft.wholeBill + other.wholeBill { add(label) }
                guard draft.isTaxedAtEnd || other.isTaxedAtEnd else { continue }
                let isTaxedOtherwise = draft.lines.contains { line in
                    !other.lines.contains { $0.service == line.service && $0.tax == line.tax }
                        && other.lines.contains { $0.service == line.service }
                }
                if isTaxedOtherwise { add(Label(de: "Umsatzsteuer am Ende des Zeitraums", en: "VAT at the end of the period")) }
            }
        }
        return labels
    }

    /// The last supply of each contract, which says how the contract goes on.
    private static func ends(_ supplies: [Supply]) -> [Supply] {
        var ends: [Supply] = []
        for supply in supplies {
            guard let place = ends.firstIndex(where: { $0.contract.number == supply.contract.number }) else {
                ends.append(supply)
                continue
            }
            if ends[place].period.from < supply.period.from { ends[place] = supply }
        }
        return ends
    }

    /// What a bill of this contract alone would be; nil where it is not on the paper.
    public func kind(of number: String) -> BillKind? { InvoiceDraft.ends(supplies).first { $0.contract.number == number }?.kind }

    /// Whether a contract on it has ended: nothing follows that would set its credit off.
    public var endsContract: Bool { InvoiceDraft.ends(supplies).contains { $0.kind == .final } }

    /// A paper is what it is for the contracts that go on; it is final where none does.
    private static func kind(of drafts: [InvoiceDraft], by unit: SupplyUnit) -> BillKind {
        switch unit {
        case .contract:
            let kinds = Set(ends(drafts.flatMap(\.supplies)).map(\.kind))
            return [BillKind.annual, .monthly, .interim].first(where: kinds.contains) ?? .final
        case .stretch:
            if Set(drafts.map(\.contract.number)).count == 1 { return drafts.last?.kind ?? .annual }
            let kinds = Set(drafts.map(\.kind))
            return kinds.count == 1 ? kinds.first ?? .annual : .annual
        }
    }

    /// What is paid in advance follows from all days of a contract, once: a stretch may end in a credit in a year that costs money, and
    /// the other way round.
    private static func plans(
        of drafts: [InvoiceDraft], _ supplies: [Supply], _ lines: [Line], by unit: SupplyUnit
    ) throws(Overflow) -> [InstalmentPlan] {
        guard unit == .contract else {
            return try drafts.flatMap(\.plans).map { plan throws(Overflow) in try wider(plan, supplies, lines) }
        }
        var plans: [InstalmentPlan] = []
        for draft in drafts {
            guard let rule = draft.instalmentRule else { continue }
            let own = supplies.indices.filter { supplies[$0].contract.number == draft.contract.number }
            let plan = try InstalmentPlan.following(
                contract: draft.contract.number, totals: try Totals(lines.filter { own.contains($0.supply) }),
                period: days(own, supplies) ?? draft.period, kind: draft.kind, rule: rule)
            if let plan { plans.append(plan) }
        }
        return plans
    }

    /// The plan of the last stretch, over all days of its contract; see ``SupplyUnit/stretch``.
    private static func wider(_ plan: InstalmentPlan, _ supplies: [Supply], _ lines: [Line]) throws(Overflow) -> InstalmentPlan {
        let own = supplies.indices.filter { supplies[$0].contract.number == plan.contract }
        guard own.count > 1, let first = plan.instalments.first, plan.basis != nil, let days = days(own, supplies) else { return plan }
        var rule = InstalmentRule(count: plan.count, firstDue: first.due, step: plan.step)
        rule.dueDay = plan.dueDay
        rule.until = plan.until
        return try InstalmentPlan.following(
            contract: plan.contract, totals: try Totals(lines.filter { own.contains($0.supply) }), period: days, kind: .annual, rule: rule)
            ?? plan
    }

    private static func days(_ own: [Int], _ supplies: [Supply]) -> DayRange? {
        guard let from = own.map({ supplies[$0].period.from }).min(), let until = own.compactMap({ supplies[$0].period.until }).max()
        else { return nil }
        return DayRange(from: from, until: until)
    }

    static func sum(_ measures: [Measure?]) throws(Overflow) -> Measure? {
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
