public import Ledger
public import Postgres
public import Values

extension AccountCredit {
    /// A claim that a credit meets: how much of it, and what is left of it then.
    public typealias Met = (document: String, amount: Money, left: Money)

    /// The claims of an account that a credit pays at once when its document goes out: what ``SettleAccounts`` will write, asked before,
    /// because the paper says it. The account is locked.
    /// - Parameters:
    ///   - credit: positive.
    ///   - isPaidOut: whether what is left of it waits to be paid out.
    ///   - corrects: number of the document that is corrected.
    ///   - withdrawn: entries whose claims the document takes back itself.
    public static func paying(
        _ credit: Money, of account: Identifier<CustomerAccount>, isPaidOut: Bool, corrects: String?,
        withdrawn: Set<Identifier<JournalEntry>> = [], today: Day, in connection: Connection
    ) throws -> [Met] {
        let items = try OpenItem.load(accounts: [account], in: connection).filter { !withdrawn.contains($0.key.entry) }
        let entry = Identifier<JournalEntry>(.max)
        let own = OpenItem(
            key: OpenItem.Key(entry: entry, line: 1), account: account, kind: isPaidOut ? .refund : .invoice, document: nil,
            bookingDate: today, valueDate: today, due: today, original: -credit)
        let clearings = Clearing.settle(
            items + [own], issuing: [Clearing.Issued(entry: entry, corrects: corrects)],
            remittance: try SettleAccounts.remittance(items.filter { $0.remaining < .zero }, in: connection), valueDate: today)
        var taken: [OpenItem.Key: Money] = [:]
        for line in clearings.flatMap(\.lines) { taken[line.item, default: .zero] += line.amount }
        let byKey = Dictionary(uniqueKeysWithValues: items.map { ($0.key, $0) })
        return clearings.filter { $0.lines.contains { $0.item == own.key } }.flatMap(\.lines).compactMap { line in
            guard let item = byKey[line.item] else { return nil }
            return (item.document ?? "", line.amount, item.remaining - (taken[line.item] ?? .zero))
        }
    }

    /// The claims that the credits of an entry have paid, as they stand.
    public static func paid(by entry: Identifier<JournalEntry>, in connection: Connection) throws -> [OpenItem] {
        let own = try OpenItem.load(entries: [entry], in: connection).filter { $0.original < .zero }.map(\.key)
        guard !own.isEmpty else { return [] }
        let others = Set(try Clearing.standing(over: own, in: connection).flatMap(\.lines).map(\.item)).subtracting(own)
        guard !others.isEmpty else { return [] }
        return try OpenItem.load(entries: Set(others.map(\.entry)).sorted(), in: connection).filter {
            others.contains($0.key) && $0.original > .zero && $0.document != nil
        }
    }

    /// Which of them are open again, or more than before.
    public static func reopened(_ before: [OpenItem], in connection: Connection) throws -> [Met] {
        guard !before.isEmpty else { return [] }
        let now = Dictionary(
            uniqueKeysWithValues: try OpenItem.load(entries: Set(before.map(\.key.entry)).sorted(), in: connection).map { ($0.key, $0) })
        return before.compactMap { item in
            guard let again = now[item.key], again.remaining > item.remaining else { return nil }
            return (item.document ?? "", again.remaining - item.remaining, again.remaining)
        }
    }
}
