public import Ledger
public import Postgres
public import Values

/// Why the ledger would not do it. Each is an answer to the caller; nothing was booked.
public enum LedgerRefusal: Error, Hashable, Sendable {
    /// The key was used for something else (409).
    case idempotencyConflict(key: String)
    /// No contract account has this number or key.
    case unknownAccount(String)
    case unknownEntry(Identifier<JournalEntry>)
    /// The chart has no such account, it is closed, or it takes such a posting only with (or without) a customer.
    case unbookableAccount(String)
    /// Nothing is booked in a closed period.
    case periodClosed(String)
    case alreadyReversed(Identifier<JournalEntry>)
    /// A Storno is not reversed; one books anew.
    case isReversal(Identifier<JournalEntry>)
    case unbalanced(String)
    /// An item would be cleared beyond its amount.
    case overcleared(String)
    case notPositive(Money)
    /// Money that will arrive is no payment yet.
    case valueDateAhead(Day)
    /// A payment of so long ago.
    case valueDateLongPast(Day)
    /// A period closes after the last one and before today.
    case cannotClose(Day)

    /// A stable word for interfaces.
    public var code: String {
        switch self {
        case .idempotencyConflict: "idempotency-conflict"
        case .unknownAccount: "unknown-account"
        case .unknownEntry: "unknown-entry"
        case .unbookableAccount: "unbookable-account"
        case .periodClosed: "period-closed"
        case .alreadyReversed: "already-reversed"
        case .isReversal: "is-reversal"
        case .unbalanced: "unbalanced"
        case .overcleared: "overcleared"
        case .notPositive: "amount-not-positive"
        case .valueDateAhead: "value-date-ahead"
        case .valueDateLongPast: "value-date-long-past"
        case .cannotClose: "cannot-close"
        }
    }

    /// What is wrong, for the caller.
    public var explanation: String {
        switch self {
        case .idempotencyConflict(let key): "the key “\(key)” was used before with another content"
        case .unknownAccount(let text): "no contract account has the number or key “\(text)”"
        case .unknownEntry(let id): "there is no journal entry \(StoredEntry.number(of: id))"
        case .unbookableAccount(let text): "the account cannot be booked: \(text)"
        case .periodClosed(let text): "the period is closed: \(text)"
        case .alreadyReversed(let id): "journal entry \(StoredEntry.number(of: id)) has been reversed already"
        case .isReversal(let id): "journal entry \(StoredEntry.number(of: id)) is a reversal itself: book anew instead"
        case .unbalanced(let text): "the entry does not balance: \(text)"
        case .overcleared(let text): "an item would be cleared beyond its amount: \(text)"
        case .notPositive(let amount): "a payment must be positive, not \(amount)"
        case .cannotClose(let day): "a period cannot be closed with \(day): it must end after the last closed one and before today"
        case .valueDateAhead(let day): "the value day \(day) is in the future: a payment is booked when it has arrived"
        case .valueDateLongPast(let day): "the value day \(day) is more than \(PostPayment.years) years ago: look at the year"
        }
    }

    /// What a guard of the database said, in our words; nil if it was something else.
    public init?(_ error: DatabaseError) {
        let subject = error.detail ?? error.message
        switch error.sqlState {
        case "ZW002": self = .periodClosed(subject)
        case "ZW003": self = .unbalanced(error.message)
        case "ZW004": self = .unbalanced(error.message)
        case "ZW005": self = .unbookableAccount(subject)
        case "ZW006": self = .unknownAccount(subject)
        case "ZW007": self = .overcleared(error.message)
        default: return nil
        }
    }

    /// Runs `body` and says a guard's refusal in our words.
    static func translating<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as DatabaseError {
            if let refusal = LedgerRefusal(error) { throw refusal }
            throw error
        }
    }
}
