public import Values

/// An assignment of credits to debits of one account; its lines sum to zero. Making one is the only way to change what is open.
public struct Clearing: Hashable, Sendable {
    /// One item and how much of it is taken away, with the item's own sign.
    public struct Line: Hashable, Sendable {
        public let item: OpenItem.Key
        public let amount: Money
        public let rule: String

        public init(item: OpenItem.Key, amount: Money, rule: String) {
            self.item = item
            self.amount = amount
            self.rule = rule
        }
    }
    /// Why lines are no clearing.
    public enum Refusal: Error, Hashable, Sendable {
        case empty
        case zero(OpenItem.Key)
        case twice(OpenItem.Key)
        case unbalanced(Money)
    }

    public let account: Identifier<CustomerAccount>
    public let lines: [Line]

    /// - Throws: ``Refusal``.
    public init(account: Identifier<CustomerAccount>, lines: [Line]) throws(Refusal) {
        guard lines.count >= 2 else { throw .empty }
        var seen: Set<OpenItem.Key> = []
        for line in lines {
            guard line.amount != .zero else { throw .zero(line.item) }
            guard seen.insert(line.item).inserted else { throw .twice(line.item) }
        }
        let sum = lines.reduce(Int128(0)) { $0 + Int128($1.amount.cents) }
        guard sum == 0 else { throw .unbalanced(Money(cents: Int64(clamping: sum))) }
        self.account = account
        self.lines = lines
    }

    /// A credit item used for what an allocation chose; nil if it chose nothing.
    public init?(of credit: OpenItem, _ allocation: Allocation) {
        guard !allocation.shares.isEmpty else { return nil }
        account = credit.account
        let used = allocation.shares.map(\.amount).total()
        lines =
            allocation.shares.map { Line(item: $0.item, amount: $0.amount, rule: $0.rule.rawValue) }
            + [Line(item: credit.key, amount: -used, rule: "credit")]
    }

    /// Uses all credits of an account for its debits, oldest credit first; see ``settle(_:issuing:remittance:valueDate:variant:)`` for
    /// an account on which documents go out.
    ///
    /// - Parameters:
    ///   - remittance: what each credit was paid for, by item.
    ///   - valueDate: decides what is due.
    /// - Returns: one clearing for each credit that found something to pay.
    public static func settle(
        _ items: [OpenItem], remittance: [OpenItem.Key: String] = [:], valueDate: Day, variant: ClearingVariant = .statutory
    ) -> [Clearing] {
        var debits = items.filter { $0.remaining > .zero }
        // What is promised to be paid out waits for that and pays nothing else.
        let credits = items.filter { $0.remaining < .zero && $0.kind != .refund }.sorted { ($0.due, $0.key) < ($1.due, $1.key) }
        var clearings: [Clearing] = []
        for credit in credits {
            let allocation = Allocation(
                of: -credit.remaining, remittance: remittance[credit.key] ?? "", to: debits, valueDate: max(valueDate, credit.valueDate),
                variant: variant)
            guard let clearing = Clearing(of: credit, allocation) else { continue }
            clearings.append(clearing)
            let paid = Dictionary(uniqueKeysWithValues: allocation.shares.map { ($0.item, $0.amount) })
            debits = debits.map { item in paid[item.key].map { item.clearing($0) } ?? item }.filter { $0.remaining > .zero }
        }
        return clearings
    }
}

extension OpenItem {
    /// The item with so much more cleared.
    func clearing(_ amount: Money) -> OpenItem {
        OpenItem(
            key: key, account: account, kind: kind, document: document, contract: contract, bookingDate: bookingDate, valueDate: valueDate,
            due: due,
            original: original, cleared: cleared + amount)
    }
}
