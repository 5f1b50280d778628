public import Values

extension Clearing {
    /// A document that goes out now, as far as its paper speaks of the account.
    public struct Issued: Hashable, Sendable {
        public let entry: Identifier<JournalEntry>
        /// What of the account's credit its paper sets off; not negative.
        public let takes: Money
        /// Number of the document that it corrects.
        public let corrects: String?

        public init(entry: Identifier<JournalEntry>, takes: Money = .zero, corrects: String? = nil) {
            self.entry = entry
            self.takes = takes
            self.corrects = corrects
        }
    }

    /// The word of a clearing that a bill announces on its paper.
    public static let onThePaper = "on-the-bill"

    /// Settles an account on which documents go out, so that what a paper says is what the ledger says: right afterwards the claim of
    /// each document is open with its amount less what it takes, to the cent.
    ///
    /// 1. What stood on the account pays what is due of the older claims: only a claim that is due can be set off (§ 387 BGB), and what
    ///    an older paper asks for until a later day stays as it was printed.
    /// 2. Each new claim takes from what is left what its paper says, and nothing more: the oldest credit first.
    /// 3. What a new document gives back pays the one that it corrects, then older claims that are due. A final credit that waits for its
    ///    pay-out pays whatever older claim is open. The rest waits for the next instalment or the next bill.
    ///
    /// - Parameters:
    ///   - items: all open items of one account, those of `documents` among them.
    ///   - documents: in the order in which they take.
    ///   - remittance: what each credit was paid for, by item.
    ///   - valueDate: decides what is due.
    public static func settle(
        _ items: [OpenItem], issuing documents: [Issued], remittance: [OpenItem.Key: String] = [:], valueDate: Day,
        variant: ClearingVariant = .statutory
    ) -> [Clearing] {
        let fresh = Set(documents.map(\.entry))
        var open = items
        var clearings: [Clearing] = []
        func write(_ more: [Clearing]) {
            clearings += more
            var taken: [OpenItem.Key: Money] = [:]
            for line in more.flatMap(\.lines) { taken[line.item, default: .zero] += line.amount }
            open = open.map { item in taken[item.key].map { item.clearing($0) } ?? item }
        }
        func isOld(_ item: OpenItem) -> Bool { !fresh.contains(item.key.entry) }

        write(
            settle(
                open.filter { isOld($0) && ($0.remaining < .zero || $0.due <= valueDate) }, remittance: remittance, valueDate: valueDate,
                variant: variant))
        for document in documents where document.takes > .zero {
            guard let claim = open.first(where: { $0.key.entry == document.entry && $0.remaining > .zero }) else { continue }
            let credits = open.filter { isOld($0) && $0.remaining < .zero && $0.kind != .refund }
            var left = min(document.takes, claim.remaining)
            var lines: [Line] = []
            for credit in credits.sorted(by: { ($0.due, $0.key) < ($1.due, $1.key) }) where left > .zero {
                let part = min(left, -credit.remaining)
                lines.append(Line(item: credit.key, amount: -part, rule: onThePaper))
                left = left - part
            }
            guard !lines.isEmpty else { continue }
            let paid = -lines.map(\.amount).total()
            if let clearing = try? Clearing(
                account: claim.account, lines: [Line(item: claim.key, amount: paid, rule: onThePaper)] + lines)
            {
                write([clearing])
            }
        }
        for document in documents {
            guard let credit = open.first(where: { $0.key.entry == document.entry && $0.remaining < .zero }) else { continue }
            let debits = open.filter { item in
                isOld(item) && item.remaining > .zero
                    && (item.due <= valueDate || credit.kind == .refund || (item.document != nil && item.document == document.corrects))
            }
            let allocation = Allocation(
                of: -credit.remaining, remittance: document.corrects ?? "", to: debits, valueDate: valueDate, variant: variant)
            if let clearing = Clearing(of: credit, allocation) { write([clearing]) }
        }
        return clearings
    }
}
