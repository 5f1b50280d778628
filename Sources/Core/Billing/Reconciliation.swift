public import Tariffs
public import Values

/// What was charged for a component of a contract at a tax, by any number of lines of any number of bills.
public struct ChargedAmount: Hashable, Sendable {
    /// Number of the contract: what one owes more, another on the same paper does not owe less. See ``SupplyUnit``.
    public let contract: String
    public let component: String
    public let service: BilledService
    public let tax: Tax
    public let amount: Money
    public init(contract: String, component: String, service: BilledService, tax: Tax, amount: Money) {
        self.contract = contract
        self.component = component
        self.service = service
        self.tax = tax
        self.amount = amount
    }
    init(_ line: Line, of contract: String) {
        self.init(contract: contract, component: line.component, service: line.service, tax: line.tax, amount: line.amount)
    }
}

extension InvoiceDraft {
    /// What its lines charge to whom.
    public func charged(by unit: SupplyUnit = .contract) -> [ChargedAmount] { lines.map { ChargedAmount($0, of: owner(of: $0, by: unit)) } }

    /// Whom a line charges: the contract, or its place on the paper.
    private func owner(of line: Line, by unit: SupplyUnit) -> String {
        unit == .contract && supplies.indices.contains(line.supply) ? supplies[line.supply].contract.number : "\(line.supply)"
    }
}

/// What is right, less what has been charged: a correction, a late reading and a repeated run are the same path, and a run
/// repeated finds nothing.
///
/// Compared by contract, service, component and tax over the period, not line by line: a reading that arrives late cuts lines anew
/// without changing what is owed, and so do new terms that move no price.
/// - Returns: the differences that are not zero, in order of contract, service, component and tax.
public func reconcile(billed: [ChargedAmount], proposed: [ChargedAmount]) -> [ChargedAmount] {
    struct Key: Hashable {
        let contract: String
        let service: BilledService
        let component: String
        let tax: Tax
        init(_ charged: ChargedAmount) {
            (contract, service, component, tax) = (charged.contract, charged.service, charged.component, charged.tax)
        }
    }
    var sums: [Key: Money] = [:]
    for charged in proposed { sums[Key(charged), default: .zero] += charged.amount }
    for charged in billed { sums[Key(charged), default: .zero] -= charged.amount }
    return sums.filter { $0.value != .zero }
        .sorted {
            ($0.key.contract, $0.key.service, $0.key.component, $0.key.tax)
                < ($1.key.contract, $1.key.service, $1.key.component, $1.key.tax)
        }
        .map {
            ChargedAmount(
                contract: $0.key.contract, component: $0.key.component, service: $0.key.service, tax: $0.key.tax, amount: $0.value)
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
    /// Nothing was paid for a difference, so it sets no instalments off; where no bill follows that would, see
    /// ``settingOff(_:)``.
    /// - Parameters:
    ///   - billed: the original and the corrections that followed it.
    ///   - rule: as it was issued; see ``CorrectionTax``.
    ///   - unit: as it was issued; see ``SupplyUnit``.
    ///   - contained: as it was issued; see ``CorrectionBreakdown``.
    /// - Returns: nil if nothing is owed differently; see ``reconcile(billed:proposed:)``. A line that is cut in two by other terms is
    ///   rounded twice: what that makes is no difference, unless there is another one.
    /// - Throws: `Overflow`.
    public func correction(
        of billed: [InvoiceDraft], tax rule: CorrectionTax = .ofDocuments, by unit: SupplyUnit = .contract,
        breakdown contained: CorrectionBreakdown = .ofDifference
    ) throws(Overflow) -> InvoiceDraft? {
        /// What a customer reads on a line. Readings behind it may have other versions and say the same.
        struct Said: Hashable {
            let owner: String
            let component: String
            let period: DayRange
            let explanation: Explanation
            let tax: Tax
            let amount: Money
        }
        func said(_ line: Line, on draft: InvoiceDraft) -> Said {
            Said(
                owner: draft.owner(of: line, by: unit), component: line.component, period: line.period, explanation: line.explanation,
                tax: line.tax, amount: line.isReversal ? -line.amount : line.amount)
        }
        let differences = reconcile(billed: billed.flatMap { $0.charged(by: unit) }, proposed: charged(by: unit))
        if differences.isEmpty || unit == .contract && isRoundingOnly(differences, billed) { return nil }
        var standing: [Said: Int] = [:]
        for draft in billed { for line in draft.lines { standing[said(line, on: draft), default: 0] += line.isReversal ? -1 : 1 } }
        var right: [Line] = []
        for line in lines {
            let key = said(line, on: self)
            if let count = standing[key], count > 0 { standing[key] = count - 1 } else { right.append(line) }
        }
        var wrong: [Line] = []
        for draft in billed {
            for line in draft.lines where !line.isReversal {
                let key = said(line, on: draft)
                guard let count = standing[key], count > 0 else { continue }
                standing[key] = count - 1
                wrong.append(unit == .contract ? line.reversed.at(position: 0, supply: place(of: line, on: draft)) : line.reversed)
            }
        }
        let all = (wrong + right).enumerated().map { $0.element.at(position: $0.offset + 1) }
        let difference: Totals =
            switch rule {
            case .onDifference: try Totals(all)
            case .ofDocuments: try Totals(all, taxedAs: totals, less: billed.map(\.totals))
            }
        return InvoiceDraft(
            contract: contract, supplier: supplier, period: period, kind: .correction, lines: all, meters: meters,
            breakdown: contained == .none ? [] : try self.breakdown(beyond: billed, by: unit), totals: difference, consumption: consumption,
            instalments: [], previous: nil, supplies: supplies, plans: [],
            isSelfBilled: isSelfBilled)
    }

    /// Where a line that is taken back belongs here: supplies may stand at other places by now, or be cut in two.
    private func place(of line: Line, on draft: InvoiceDraft) -> Int {
        guard draft.supplies.indices.contains(line.supply) else { return line.supply }
        let number = draft.supplies[line.supply].contract.number
        let own = supplies.indices.filter { supplies[$0].contract.number == number }
        return own.first { supplies[$0].period.intersection(line.period) != nil } ?? own.first ?? line.supply
    }

    /// Whether differences are no more than what cutting the same days into more stretches rounds: up to a cent for each further line.
    private func isRoundingOnly(_ differences: [ChargedAmount], _ billed: [InvoiceDraft]) -> Bool {
        differences.allSatisfy { difference in
            func stretches(_ draft: InvoiceDraft) -> Int { draft.supplies.count { $0.contract.number == difference.contract } }
            func count(_ draft: InvoiceDraft) -> Int {
                draft.lines.count {
                    !$0.isReversal && $0.component == difference.component && $0.service == difference.service && $0.tax == difference.tax
                        && draft.owner(of: $0, by: .contract) == difference.contract
                }
            }
            // A correction in between says by itself that there was another difference.
            guard billed.count == 1, let original = billed.first, stretches(self) != stretches(original) else { return false }
            return difference.amount.magnitude.cents <= Int64((count(self) - count(original)).magnitude)
        }
    }
}
