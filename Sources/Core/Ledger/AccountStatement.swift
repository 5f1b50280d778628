public import Values

/// What happened on an account in a period, with the balance after each line.
public struct AccountStatement: Hashable, Sendable {
    /// One posting.
    public struct Line: Hashable, Sendable {
        public let item: OpenItem.Key
        public let bookingDate: Day
        public let valueDate: Day
        public let kind: JournalEntry.Kind
        public let document: String?
        public let text: String
        public let due: Day
        public let amount: Money
        /// After this line.
        public internal(set) var balance: Money

        public init(
            item: OpenItem.Key, bookingDate: Day, valueDate: Day, kind: JournalEntry.Kind, document: String?, text: String, due: Day,
            amount: Money
        ) {
            self.item = item
            self.bookingDate = bookingDate
            self.valueDate = valueDate
            self.kind = kind
            self.document = document
            self.text = text
            self.due = due
            self.amount = amount
            balance = .zero
        }
    }

    /// The balance before the first line.
    public let opening: Money
    public let lines: [Line]

    /// Orders the lines by booking day and number, and sums them up.
    public init(opening: Money, lines: [Line]) {
        self.opening = opening
        var running = opening
        self.lines = lines.sorted { ($0.bookingDate, $0.item) < ($1.bookingDate, $1.item) }.map { line in
            running = running + line.amount
            var line = line
            line.balance = running
            return line
        }
    }

    /// The balance after the last line.
    public var closing: Money { lines.last?.balance ?? opening }
}
