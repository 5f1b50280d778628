public import Values

/// A posting on a customer's account, and how much of it is cleared as of the moment one asked for.
///
/// The remaining amount is computed from clearings, never stored as the only truth: the same item has different remainders as of
/// different days.
public struct OpenItem: Hashable, Sendable {
    /// What is claimed. § 367 BGB ranks costs before interest before principal.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case invoice, instalment, fee, interest, payment, credit, refund
        case returnCharge = "return-charge"

        /// § 367(1) BGB: 0 costs, 1 interest, 2 principal.
        public var rank: Int {
            switch self {
            case .fee, .returnCharge: 0
            case .interest: 1
            case .invoice, .instalment, .payment, .credit, .refund: 2
            }
        }
    }

    /// Which posting it is.
    public struct Key: Hashable, Sendable, Comparable, CustomStringConvertible {
        public let entry: Identifier<JournalEntry>
        /// Counts from 1.
        public let line: Int16

        public init(entry: Identifier<JournalEntry>, line: Int16) {
            self.entry = entry
            self.line = line
        }
        public static func < (left: Key, right: Key) -> Bool { (left.entry, left.line) < (right.entry, right.line) }
        public var description: String { "\(entry)/\(line)" }
    }

    public let key: Key
    public let account: Identifier<CustomerAccount>
    public let kind: Kind
    public let document: String?
    public let contract: Identifier<BilledContract>?
    public let bookingDate: Day
    public let valueDate: Day
    public let due: Day
    /// Positive: the customer owes; negative: we owe.
    public let original: Money
    /// What clearings took from it, with the sign of `original`: 0 ≤ |cleared| ≤ |original|.
    public let cleared: Money

    public init(
        key: Key, account: Identifier<CustomerAccount>, kind: Kind, document: String?, contract: Identifier<BilledContract>? = nil,
        bookingDate: Day,
        valueDate: Day, due: Day, original: Money, cleared: Money = .zero
    ) {
        self.key = key
        self.account = account
        self.kind = kind
        self.document = document
        self.contract = contract
        self.bookingDate = bookingDate
        self.valueDate = valueDate
        self.due = due
        self.original = original
        self.cleared = cleared
    }

    /// What is still open, with the sign of `original`.
    public var remaining: Money { original - cleared }

    /// Derived, never stored.
    public enum State: String, Sendable, Hashable {
        case open, cleared
        case partlyCleared = "partly-cleared"
    }
    public var state: State { remaining == .zero ? .cleared : cleared == .zero ? .open : .partlyCleared }
}
