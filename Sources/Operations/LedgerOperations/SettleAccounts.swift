public import Ledger
public import Postgres
public import Values

/// Uses what stands on account (payments, credits) for what is owed.
public enum SettleAccounts {
    /// Settles these accounts inside the caller's transaction: credits pay debits by the variant's rules.
    ///
    /// A bill calls this after its entry was posted and says what its paper says; see `Clearing.settle(_:issuing:…)`. Without documents
    /// calling it again does nothing.
    /// - Parameter documents: what goes out in this transaction, in the order in which they take; nil: credits pay whatever is open.
    /// - Returns: how many clearings were written.
    @discardableResult
    public static func settle(
        accounts: [Identifier<CustomerAccount>], issuing documents: [Clearing.Issued]? = nil, in connection: Connection, author: String,
        today: Day, now: Instant, variant: ClearingVariant = .statutory
    ) throws -> Int {
        guard !accounts.isEmpty else { return 0 }
        try Clearing.lock(accounts, in: connection)
        // Nothing is settled without something that lowers an account; of most accounts that are billed the bill is all there is.
        let credited = try connection.query(
            "SELECT DISTINCT account_id FROM posting WHERE account_id = ANY(\(accounts.map(\.number))) AND amount_cents < 0"
        ).map { try $0.get(0) as Identifier<CustomerAccount> }
        guard !credited.isEmpty else { return 0 }
        let items = try OpenItem.load(accounts: credited, in: connection)
        let credits = items.filter { $0.remaining < .zero }
        guard !credits.isEmpty else { return 0 }
        let remittance = try remittance(credits, in: connection)
        let bookedOn = Dictionary(uniqueKeysWithValues: items.map { ($0.key, $0.bookingDate) })
        let places = Dictionary(uniqueKeysWithValues: (documents ?? []).enumerated().map { ($0.element.entry, $0.offset) })
        var written: [(clearing: Clearing, bookingDate: Day, resets: Int64?)] = []
        for (_, own) in Dictionary(grouping: items, by: \.account).sorted(by: { $0.key < $1.key }) {
            let words = Dictionary(uniqueKeysWithValues: own.compactMap { item in remittance[item.key].map { (item.key, $0) } })
            let clearings =
                if let documents {
                    Clearing.settle(
                        own, issuing: Set(own.compactMap { places[$0.key.entry] }).sorted().map { documents[$0] }, remittance: words,
                        valueDate: today, variant: variant)
                } else {
                    Clearing.settle(own, remittance: words, valueDate: today, variant: variant)
                }
            for clearing in clearings {
                // Cleared on the day on which both were in the books, so that a question about the time before finds both open.
                let day = clearing.lines.compactMap { bookedOn[$0.item] }.max() ?? today
                written.append((clearing, day, nil))
            }
        }
        try Clearing.insert(written, author: author, reason: nil, in: connection, now: now)
        return written.count
    }

    /// What each credit was paid for, by item.
    static func remittance(_ credits: [OpenItem], in connection: Connection) throws -> [OpenItem.Key: String] {
        guard !credits.isEmpty else { return [:] }
        var said: [Int64: String] = [:]
        for row in try connection.query(
            "SELECT entry_id, reference FROM payment WHERE entry_id = ANY(\(credits.map(\.key.entry.number)))")
        {
            said[try row.get(0)] = try row.get(1)
        }
        return Dictionary(uniqueKeysWithValues: credits.compactMap { item in said[item.key.entry.number].map { (item.key, $0) } })
    }
}
