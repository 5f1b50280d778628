internal import Digests
public import Ledger
public import Postgres
public import Values

/// Money that came in.
public struct IncomingPayment: Hashable, Sendable {
    /// Number or key of the contract account.
    public let account: String
    /// Positive.
    public let amount: Money
    public let valueDate: Day
    /// What the payer wrote.
    public let reference: String
    /// Where we heard of it: `api`, `import`, `bank`.
    public let source: String
    /// The same key twice is one payment; with other content it is a conflict.
    public let key: String

    public init(account: String, amount: Money, valueDate: Day, reference: String, source: String = "api", key: String) {
        self.account = account
        self.amount = amount
        self.valueDate = valueDate
        // U+0000 is no character of a remittance, and no text of the database holds it.
        self.reference = reference.filter { $0 != "\0" }
        self.source = source
        self.key = key.filter { $0 != "\0" }
    }

    /// What makes it the same payment. Account numbers and keys are not resolved here: who repeats a request repeats it as it was.
    var requestHash: [UInt8] {
        SHA256.hash([account, String(amount.cents), valueDate.description, reference].map { "\($0.utf8.count):\($0)" }.joined()).bytes
    }
}

/// What became of a payment, and why.
public struct PaymentReceipt: Hashable, Sendable {
    /// An item it paid, fully or in part.
    public struct Share: Hashable, Sendable {
        public let item: OpenItem.Key
        public let document: String?
        public let amount: Money
        public let rule: ClearingVariant.Step
    }
    public let number: PrintedNumber
    public let account: AccountReference
    public let entry: Identifier<JournalEntry>
    public let amount: Money
    public let valueDate: Day
    public let shares: [Share]
    /// What found nothing to pay and stands to the customer's credit.
    public let onAccount: Money
    /// The key had been used for this payment before; nothing was booked now.
    public let existed: Bool
}

/// Books a payment and lets it find what it pays (§§ 366, 367 BGB).
public struct PostPayment: Sendable {
    let pool: Pool
    /// How far back a payment may lie: what must be kept (§ 147(3) AO). Before it a slip of the pen is likelier, and it would change every
    /// balance since.
    static let years = 10

    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - author: who books it.
    ///   - today: the last day on which it may be booked; a value day before it is the booking day if its period is open.
    /// - Throws: ``LedgerRefusal``.
    public func callAsFunction(_ payment: IncomingPayment, author: String, today: Day, now: Instant) async throws -> PaymentReceipt {
        try await pool.transaction { connection in
            try PostPayment.post(payment, in: connection, author: author, today: today, now: now)
        }
    }

    /// The same inside the caller's transaction.
    public static func post(
        _ payment: IncomingPayment, in connection: Connection, author: String, today: Day, now: Instant,
        variant: ClearingVariant = .statutory
    ) throws -> PaymentReceipt {
        guard payment.amount > .zero else { throw LedgerRefusal.notPositive(payment.amount) }
        guard payment.valueDate <= today else { throw LedgerRefusal.valueDateAhead(payment.valueDate) }
        guard payment.valueDate > today.adding(months: -12 * PostPayment.years) else {
            throw LedgerRefusal.valueDateLongPast(payment.valueDate)
        }
        guard (1...190).contains(payment.key.utf8.count) else { throw LedgerRefusal.idempotencyConflict(key: payment.key) }
        let account = try AccountReference.find(payment.account, in: connection)
        // Before the look for the key: two of one key come one after the other, and the second finds the first.
        try Clearing.lock([account.id], in: connection)
        if let receipt = try existing(payment, in: connection) { return receipt }

        let serial: Int64 = try connection.one("SELECT nextval('payment_serial')")
        let number = PrintedNumber(.payment, serial: serial)
        let firstOpen: Day? = try connection.one("SELECT max(until) FROM period_closing")
        let bookingDate = max(min(payment.valueDate, today), firstOpen ?? Day(1, 1, 1))
        let entry = try JournalEntry(
            .payment, bookingDate: bookingDate, valueDate: payment.valueDate, key: "payment:\(payment.key)", document: number.description,
            text: "Zahlungseingang", author: author,
            postings: [
                .debit(ChartOfAccounts.bank, payment.amount),
                .customer(account.id, owes: -payment.amount, .payment, due: payment.valueDate),
            ])
        let posted = try LedgerPosting.post(entry, in: connection, now: now)
        try connection.execute(
            """
            INSERT INTO payment (number, account_id, entry_id, amount_cents, value_date, reference, source, key, request_hash, recorded_at)
            VALUES (\(number.description), \(account.id.number), \(posted.id.number), \(payment.amount), \(payment.valueDate), \(payment.reference),
                    \(payment.source), \(payment.key), \(payment.requestHash), \(now))
            """)
        let items = try OpenItem.load(accounts: [account.id], in: connection)
        let allocation = Allocation(
            of: payment.amount, remittance: payment.reference, to: items, valueDate: payment.valueDate, variant: variant)
        if let credit = items.first(where: { $0.key.entry == posted.id }), let clearing = Clearing(of: credit, allocation) {
            let touched = Set(clearing.lines.map(\.item))
            let day = items.filter { touched.contains($0.key) }.map(\.bookingDate).max() ?? bookingDate
            try Clearing.insert([(clearing, day, nil)], author: author, reason: nil, in: connection, now: now)
        }
        let documents = Dictionary(uniqueKeysWithValues: items.map { ($0.key, $0.document) })
        return PaymentReceipt(
            number: number, account: account, entry: posted.id, amount: payment.amount, valueDate: payment.valueDate,
            shares: allocation.shares.map {
                PaymentReceipt.Share(item: $0.item, document: documents[$0.item] ?? nil, amount: $0.amount, rule: $0.rule)
            },
            onAccount: allocation.rest, existed: false)
    }

    /// The receipt of a payment that was booked under this key, as it was given then.
    private static func existing(_ payment: IncomingPayment, in connection: Connection) throws -> PaymentReceipt? {
        let rows = try connection.query(
            """
            SELECT p.number, p.entry_id, p.amount_cents, p.value_date, p.request_hash, p.recorded_at, a.id, a.number
            FROM payment p JOIN account a ON a.id = p.account_id WHERE p.key = \(payment.key)
            """)
        guard let row = rows.first else { return nil }
        guard try row.get(4) as [UInt8] == payment.requestHash else { throw LedgerRefusal.idempotencyConflict(key: payment.key) }
        let entry: Identifier<JournalEntry> = try row.get(1)
        let recordedAt: Instant = try row.get(5)
        let amount: Money = try row.get(2)
        // The clearing written with the payment, not those that came later.
        let lines = try connection.query(
            """
            SELECT l.entry_id, l.posting_line, e.document, l.amount_cents, l.rule
            FROM clearing c JOIN clearing_line l ON l.clearing_id = c.id JOIN journal_entry e ON e.id = l.entry_id
            WHERE c.id = (SELECT min(x.clearing_id) FROM clearing_line x JOIN clearing y ON y.id = x.clearing_id
                          WHERE x.entry_id = \(entry.number) AND y.recorded_at = \(recordedAt))
                AND l.entry_id <> \(entry.number)
            ORDER BY l.entry_id, l.posting_line
            """)
        let shares = try lines.map { line in
            PaymentReceipt.Share(
                item: OpenItem.Key(entry: try line.get(0), line: try line.get(1)), document: try line.get(2), amount: try line.get(3),
                rule: ClearingVariant.Step(rawValue: try line.get(4)) ?? .oldestDue)
        }
        return PaymentReceipt(
            number: try PrintedNumber(try row.get(0) as String), account: AccountReference(id: try row.get(6), number: try row.get(7)),
            entry: entry,
            amount: amount, valueDate: try row.get(3), shares: shares, onAccount: amount - shares.map(\.amount).total(), existed: true)
    }
}
