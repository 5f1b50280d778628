public import Values

/// A document of the journal. A value of this type is proof that it balances: there is no other way to make one.
///
/// The database says the same a second time. Neither key, document nor text may name a person: they are part of the hash chain, and
/// what is chained can never be erased (ledger reference 1.6).
public struct JournalEntry: Hashable, Sendable {
    /// What happened.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case invoice, payment, reversal, refund, instalment, fee, interest, manual
        case returnedDebit = "returned-debit"
        case writeOff = "write-off"
    }

    /// Why postings are no entry. The order of the cases is the order in which they are looked for.
    public enum Unbookable: Error, Hashable, Sendable {
        /// Fewer than two lines.
        case tooFewLines
        /// More than ``JournalEntry/maximumLines``.
        case tooManyLines
        /// A key of 1–200 bytes is what makes a repetition harmless.
        case key
        /// Document, text, author or reason beyond 200 bytes.
        case tooLong
        /// The line moves nothing.
        case zero(line: Int)
        /// The control account takes a posting only with a customer, every other account only without.
        case customer(line: Int)
        /// The sums differ.
        case unbalanced(debit: Money, credit: Money)
        /// The sums leave the range of money.
        case overflow
    }

    public static let maximumLines = 1_000

    public let kind: Kind
    /// Decides the period.
    public let bookingDate: Day
    /// Decides interest and age.
    public let valueDate: Day
    /// Idempotency key, unique in the ledger: the same command twice is one entry.
    public let key: String
    /// The printed number of what it books (an invoice, a payment).
    public let document: String?
    public let text: String
    /// Login, key name or run number.
    public let author: String
    /// The entry this one takes back.
    public let reverses: Identifier<JournalEntry>?
    public let reason: String?
    public let postings: [Posting]

    /// - Throws: ``Unbookable``.
    public init(
        _ kind: Kind, bookingDate: Day, valueDate: Day? = nil, key: String, document: String? = nil, text: String, author: String,
        postings: [Posting]
    ) throws(Unbookable) {
        guard postings.count >= 2 else { throw .tooFewLines }
        guard postings.count <= JournalEntry.maximumLines else { throw .tooManyLines }
        guard (1...200).contains(key.utf8.count) else { throw .key }
        guard [document ?? "", text, author].allSatisfy({ $0.utf8.count <= 200 }) else { throw .tooLong }
        var debit: Int128 = 0
        var credit: Int128 = 0
        for (index, posting) in postings.enumerated() {
            let cents = posting.amount.cents
            guard cents != 0 else { throw .zero(line: index + 1) }
            guard (posting.ledger == ChartOfAccounts.receivables) == (posting.claim != nil) else { throw .customer(line: index + 1) }
            if cents > 0 { debit += Int128(cents) } else { credit -= Int128(cents) }
        }
        guard let debitCents = Int64(exactly: debit), let creditCents = Int64(exactly: credit) else { throw .overflow }
        guard debit == credit else { throw .unbalanced(debit: Money(cents: debitCents), credit: Money(cents: creditCents)) }
        self.init(
            checked: kind, bookingDate: bookingDate, valueDate: valueDate ?? bookingDate, key: key, document: document, text: text,
            author: author,
            reverses: nil, reason: nil, postings: postings)
    }

    private init(
        checked kind: Kind, bookingDate: Day, valueDate: Day, key: String, document: String?, text: String, author: String,
        reverses: Identifier<JournalEntry>?, reason: String?, postings: [Posting]
    ) {
        self.kind = kind
        self.bookingDate = bookingDate
        self.valueDate = valueDate
        self.key = key
        self.document = document
        self.text = text
        self.author = author
        self.reverses = reverses
        self.reason = reason
        self.postings = postings
    }

    /// The entry that takes this one back: same accounts, tax codes and value date, amounts negated. It computes and rounds nothing.
    ///
    /// Cannot be unbalanced: what balanced balances the other way round. Its key is derived from what it reverses, so that a second
    /// attempt finds the first.
    /// - Parameters:
    ///   - id: the number under which this entry stands in the journal.
    ///   - document: the number of the Storno document; that of the original if there is none.
    /// - Returns: nil if this entry is a reversal itself: a Storno is not reversed, one books anew.
    public func reversed(
        _ id: Identifier<JournalEntry>, on bookingDate: Day, reason: String, author: String, document: String? = nil
    ) -> JournalEntry? {
        guard reverses == nil else { return nil }
        return JournalEntry(
            checked: .reversal, bookingDate: bookingDate, valueDate: valueDate, key: "reversal:\(id)", document: document ?? self.document,
            text: "Storno: \(text)".prefixed(bytes: 200), author: author.prefixed(bytes: 200), reverses: id,
            reason: reason.prefixed(bytes: 200),
            postings: postings.map(\.negated))
    }

    /// An entry read back from the journal. It goes through the same checks.
    /// - Throws: ``Unbookable``.
    public static func restored(
        _ kind: Kind, bookingDate: Day, valueDate: Day, key: String, document: String?, text: String, author: String,
        reverses: Identifier<JournalEntry>?, reason: String?, postings: [Posting]
    ) throws(Unbookable) -> JournalEntry {
        let plain = try JournalEntry(
            kind, bookingDate: bookingDate, valueDate: valueDate, key: key, document: document, text: text, author: author,
            postings: postings)
        return JournalEntry(
            checked: plain.kind, bookingDate: bookingDate, valueDate: valueDate, key: key, document: document, text: text, author: author,
            reverses: reverses, reason: reason, postings: postings)
    }

    /// The sum of the debits, which is that of the credits.
    public var total: Money { postings.lazy.map(\.amount).filter { !$0.isNegative }.total() }
}

extension String {
    /// At most so many bytes of UTF-8, cut between characters.
    func prefixed(bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var cut = self
        while cut.utf8.count > limit { cut.removeLast() }
        return cut
    }
}
