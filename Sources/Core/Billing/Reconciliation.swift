public import Tariffs
public import Values

/// What was charged for a component at a tax, by any number of lines of any number of bills.
public struct ChargedAmount: Hashable, Sendable {
    public let component: String
    public let service: BilledService
    public let tax: Tax
    public let amount: Money
    public init(component: String, service: BilledService, tax: Tax, amount: Money) {
        self.component = component
        self.service = service
        self.tax = tax
        self.amount = amount
    }
    public init(_ line: Line) {
        self.init(component: line.component, service: line.service, tax: line.tax, amount: line.amount)
    }
}

/// What is right, less what has been charged: a correction, a late reading and a repeated run are the same path, and a run
/// repeated finds nothing.
///
/// Compared by service, component and tax over the period, not line by line: a reading that arrives late cuts lines anew
/// without changing what is owed.
/// - Returns: the differences that are not zero, in order of service, component and tax.
public func reconcile(billed: [ChargedAmount], proposed: [Line]) -> [ChargedAmount] {
    struct Key: Hashable {
        let service: BilledService
        let component: String
        let tax: Tax
    }
    var sums: [Key: Money] = [:]
    for line in proposed { sums[Key(service: line.service, component: line.component, tax: line.tax), default: .zero] += line.amount }
    for line in billed { sums[Key(service: line.service, component: line.component, tax: line.tax), default: .zero] -= line.amount }
    return sums.filter { $0.value != .zero }
        .sorted { ($0.key.service, $0.key.component, $0.key.tax) < ($1.key.service, $1.key.component, $1.key.tax) }
        .map { ChargedAmount(component: $0.key.component, service: $0.key.service, tax: $0.key.tax, amount: $0.value) }
}

extension InvoiceDraft {
    /// The bill over the difference between this one and what was billed: lines that were wrong are taken back, lines that are
    /// right take their place, lines that say the same on both sides are left out.
    ///
    /// Nothing was paid for a difference, so it sets no instalments off. Tax is computed once per rate on the difference.
    /// - Parameter billed: the original and the corrections that followed it.
    /// - Returns: nil if nothing is owed differently; see ``reconcile(billed:proposed:)``.
    /// - Throws: `Overflow`.
    public func correction(of billed: [InvoiceDraft]) throws(Overflow) -> InvoiceDraft? {
        /// What a customer reads on a line. Readings behind it may have other versions and say the same.
        struct Said: Hashable {
            let supply: Int
            let component: String
            let period: DayRange
            let explanation: Explanation
            let tax: Tax
            let amount: Money
        }
        func said(_ line: Line) -> Said {
            Said(
                supply: line.supply, component: line.component, period: line.period, explanation: line.explanation, tax: line.tax,
                amount: line.isReversal ? -line.amount : line.amount)
        }
        guard !reconcile(billed: billed.flatMap(\.lines).map(ChargedAmount.init), proposed: lines).isEmpty else { return nil }
        var standing: [Said: Int] = [:]
        for line in billed.flatMap(\.lines) { standing[said(line), default: 0] += line.isReversal ? -1 : 1 }
        var right: [Line] = []
        for line in lines {
            let key = said(line)
            if let count = standing[key], count > 0 { standing[key] = count - 1 } else { right.append(line) }
        }
        var wrong: [Line] = []
        for line in billed.flatMap(\.lines) where !line.isReversal {
            let key = said(line)
            guard let count = standing[key], count > 0 else { continue }
            standing[key] = count - 1
            wrong.append(line.reversed)
        }
        let all = (wrong + right).enumerated().map { $0.element.at(position: $0.offset + 1) }
        return InvoiceDraft(
            contract: contract, supplier: supplier, period: period, kind: .correction, lines: all, meters: meters, breakdown: [],
            totals: try Totals(all), consumption: consumption, instalments: [], previous: nil, supplies: supplies, plans: [])
    }
}
