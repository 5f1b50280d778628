public import Tariffs
public import Values

/// What was charged for a component of a supply at a tax, by any number of lines of any number of bills.
public struct ChargedAmount: Hashable, Sendable {
    /// Which of the bill's supplies, counted from 0: what one contract owes more, another on the same paper does not owe less.
    public let supply: Int
    public let component: String
    public let service: BilledService
    public let tax: Tax
    public let amount: Money
    public init(supply: Int = 0, component: String, service: BilledService, tax: Tax, amount: Money) {
        self.supply = supply
        self.component = component
        self.service = service
        self.tax = tax
        self.amount = amount
    }
    public init(_ line: Line) {
        self.init(supply: line.supply, component: line.component, service: line.service, tax: line.tax, amount: line.amount)
    }
}

/// What is right, less what has been charged: a correction, a late reading and a repeated run are the same path, and a run
/// repeated finds nothing.
///
/// Compared by supply, service, component and tax over the period, not line by line: a reading that arrives late cuts lines anew
/// without changing what is owed.
/// - Returns: the differences that are not zero, in order of supply, service, component and tax.
public func reconcile(billed: [ChargedAmount], proposed: [Line]) -> [ChargedAmount] {
    struct Key: Hashable {
        let supply: Int
        let service: BilledService
        let component: String
        let tax: Tax
        init(_ charged: ChargedAmount) {
            (supply, service, component, tax) = (charged.supply, charged.service, charged.component, charged.tax)
        }
    }
    var sums: [Key: Money] = [:]
    for line in proposed { sums[Key(ChargedAmount(line)), default: .zero] += line.amount }
    for charged in billed { sums[Key(charged), default: .zero] -= charged.amount }
    return sums.filter { $0.value != .zero }
        .sorted {
            ($0.key.supply, $0.key.service, $0.key.component, $0.key.tax) < ($1.key.supply, $1.key.service, $1.key.component, $1.key.tax)
        }
        .map {
            ChargedAmount(
                supply: $0.key.supply, component: $0.key.component, service: $0.key.service, tax: $0.key.tax, amount: $0.value)
        }
}

/// What the tax of a correction by difference is. Stored with it: what was issued is computed again as it was issued.
public enum CorrectionTax: String, Sendable, Hashable, CaseIterable {
    /// Once per rate on the difference of the nets. With the bill it may miss the tax of the right bill by a cent; documents from
    /// before the other way was known stand like this.
    case onDifference = "on-difference"
    /// By rate, the tax of the right bill less the tax that the documents so far say: all of them together are the right bill, to
    /// the cent.
    case ofDocuments = "of-documents"
}

extension InvoiceDraft {
    /// The bill over the difference between this one and what was billed: lines that were wrong are taken back, lines that are
    /// right take their place, lines that say the same on both sides are left out.
    ///
    /// Nothing was paid for a difference, so it sets no instalments off.
    /// - Parameter billed: the original and the corrections that followed it.
    /// - Returns: nil if nothing is owed differently; see ``reconcile(billed:proposed:)``.
    /// - Throws: `Overflow`.
    public func correction(of billed: [InvoiceDraft], tax rule: CorrectionTax = .ofDocuments) throws(Overflow) -> InvoiceDraft? {
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
        let difference: Totals =
            switch rule {
            case .onDifference: try Totals(all)
            case .ofDocuments: try Totals(all, taxedAs: totals, less: billed.map(\.totals))
            }
        return InvoiceDraft(
            contract: contract, supplier: supplier, period: period, kind: .correction, lines: all, meters: meters, breakdown: [],
            totals: difference, consumption: consumption, instalments: [], previous: nil, supplies: supplies, plans: [],
            isSelfBilled: isSelfBilled)
    }
}
