public import Values

/// Which items a payment pays, and why: a pure function of its inputs, the same whenever it is asked.
public struct Allocation: Hashable, Sendable {
    /// One part of the payment.
    public struct Share: Hashable, Sendable {
        public let item: OpenItem.Key
        /// Positive, at most what was open.
        public let amount: Money
        public let rule: ClearingVariant.Step
    }

    /// The parts, in the order in which they were chosen; an item appears once.
    public let shares: [Share]
    /// What stays on account.
    public let rest: Money

    /// Shares a payment out.
    /// - Parameters:
    ///   - amount: what was paid, not negative.
    ///   - remittance: what the payer wrote.
    ///   - items: open items of the account; those that the customer does not owe are ignored.
    ///   - valueDate: decides what is due (due on or before it).
    public init(of amount: Money, remittance: String, to items: [OpenItem], valueDate: Day, variant: ClearingVariant = .statutory) {
        precondition(!amount.isNegative, "a payment is not negative")
        var left = amount
        // Sorted first, so that the order in which the database answered cannot matter.
        var open = items.filter { $0.remaining > .zero }.sorted { ($0.due, $0.kind.rank, $0.key) < ($1.due, $1.kind.rank, $1.key) }
        var shares: [Share] = []
        func pay(_ item: OpenItem, _ part: Money, _ rule: ClearingVariant.Step) {
            guard part > .zero else { return }
            shares.append(Share(item: item.key, amount: part, rule: rule))
            left = left - part
        }
        for step in variant.steps where left > .zero {
            let chosen: [OpenItem]
            switch step {
            case .namedDocument:
                let words = Allocation.words(of: remittance)
                chosen = open.filter { $0.document.map { words.contains(Allocation.folded($0)) } ?? false }
                for item in chosen { pay(item, min(left, item.remaining), step) }
            case .exactAmount:
                // Only if nothing was taken before: the amount the payer chose is the whole one.
                let fitting = left == amount ? open.filter { $0.remaining == amount } : []
                chosen = fitting.count == 1 ? fitting : []
                for item in chosen { pay(item, item.remaining, step) }
            case .exactSumOfDue:
                let due = left == amount ? open.filter { $0.due <= valueDate } : []
                chosen = !due.isEmpty && Allocation.sum(due) == Int128(amount.cents) ? due : []
                for item in chosen { pay(item, item.remaining, step) }
            case .oldestDue:
                // Every item left is in one of the groups, so this step leaves money only if all are paid.
                chosen = open
                for group in Allocation.groups(open, valueDate: valueDate) where left > .zero {
                    let sum = Allocation.sum(group)
                    if sum <= Int128(left.cents) {
                        for item in group { pay(item, item.remaining, step) }
                    } else {
                        for (item, part) in zip(group, left.split(by: group.map(\.remaining.cents))) { pay(item, part, step) }
                    }
                }
            }
            let taken = Set(chosen.map(\.key))
            open.removeAll { taken.contains($0.key) }
        }
        self.shares = shares
        rest = left
    }

    /// Items that the law does not tell apart, most urgent group first: due before not due, older before newer, costs before interest
    /// before principal. Within a group a payment that does not suffice is shared in proportion.
    private static func groups(_ sorted: [OpenItem], valueDate: Day) -> [[OpenItem]] {
        var groups: [[OpenItem]] = []
        // Sorted by due day, all that is due comes first by itself.
        for item in sorted {
            if let last = groups.last?.first, last.due == item.due, last.kind.rank == item.kind.rank {
                groups[groups.count - 1].append(item)
            } else {
                groups.append([item])
            }
        }
        return groups
    }

    private static func sum(_ items: [OpenItem]) -> Int128 { items.reduce(0) { $0 + Int128($1.remaining.cents) } }

    /// The words of a remittance text: runs of letters, digits and dashes in capitals.
    ///
    /// `Rg. r-1000017, danke` names `R-1000017`; `XR-1000017` does not.
    static func words(of text: String) -> Set<String> {
        Set(text.uppercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")) }.map(String.init))
    }
    private static func folded(_ document: String) -> String { document.uppercased() }
}
