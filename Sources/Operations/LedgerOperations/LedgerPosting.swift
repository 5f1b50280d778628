internal import Digests
public import Ledger
public import Postgres
public import Values

/// Writing journal entries: checked, idempotent, hashed, in batches.
public enum LedgerPosting {
    /// What became of an entry.
    public struct Posted: Hashable, Sendable {
        public let id: Identifier<JournalEntry>
        public let key: String
        /// The key was there already, with the same content; nothing was written.
        public let existed: Bool
    }

    /// So many entries go into one statement: 100 reach 95 % of the speed of 1,000, and 5,000 are slower again (ledger reference 8.2).
    static let batch = 1_000

    /// Writes entries inside the caller's transaction. Whatever is refused, all of them are: no entry is left out in silence.
    ///
    /// - Parameters:
    ///   - entries: each balanced by its type; the database checks again.
    ///   - now: the moment of recording, part of what is hashed.
    /// - Returns: one answer per entry, in order. The same key twice with the same content is one entry.
    /// - Throws: ``LedgerRefusal``, and `DatabaseError` for what is none.
    @discardableResult
    public static func post(entries: [JournalEntry], in connection: Connection, now: Instant) throws -> [Posted] {
        var posted: [Posted] = []
        posted.reserveCapacity(entries.count)
        var start = 0
        while start < entries.count {
            let end = min(start + batch, entries.count)
            posted += try LedgerRefusal.translating { try post(batch: entries[start..<end], in: connection, now: now) }
            start = end
        }
        return posted
    }

    /// One entry; see ``post(entries:in:now:)``.
    @discardableResult
    public static func post(_ entry: JournalEntry, in connection: Connection, now: Instant) throws -> Posted {
        guard let posted = try post(entries: [entry], in: connection, now: now).first else { throw LedgerRefusal.unbalanced("no entry") }
        return posted
    }

    private static func post(batch entries: ArraySlice<JournalEntry>, in connection: Connection, now: Instant) throws -> [Posted] {
        // The same key twice in one batch: the first is written, the others must say the same.
        var firstByKey: [String: JournalEntry] = [:]
        firstByKey.reserveCapacity(entries.count)
        var unique: [JournalEntry] = []
        unique.reserveCapacity(entries.count)
        for entry in entries {
            if let first = firstByKey[entry.key] {
                guard first.repeats(entry) else { throw LedgerRefusal.idempotencyConflict(key: entry.key) }
            } else {
                firstByKey[entry.key] = entry
                unique.append(entry)
            }
        }
        // Numbers first, because they are hashed.
        let ids = try connection.query("SELECT nextval('journal_entry_id') FROM generate_series(1, \(unique.count))").map {
            try $0.get(0) as Int64
        }
        let written = try insert(unique, ids: ids, in: connection, now: now)
        var found: [String: Posted] = [:]
        found.reserveCapacity(unique.count)
        for (entry, id) in zip(unique, ids) where written.contains(id) {
            found[entry.key] = Posted(id: Identifier(id), key: entry.key, existed: false)
        }
        if written.count < unique.count {
            let missing = unique.filter { found[$0.key] == nil }
            for stored in try JournalEntry.load(keys: missing.map(\.key), in: connection) {
                guard let entry = firstByKey[stored.entry.key], entry.repeats(stored.entry) else {
                    throw LedgerRefusal.idempotencyConflict(key: stored.entry.key)
                }
                found[entry.key] = Posted(id: stored.id, key: entry.key, existed: true)
            }
        }
        var seen: Set<String> = []
        return try entries.map { entry in
            guard let posted = found[entry.key] else { throw LedgerRefusal.idempotencyConflict(key: entry.key) }
            // The second of a pair in one batch existed by the time it came.
            let isFirst = seen.insert(entry.key).inserted
            return isFirst ? posted : Posted(id: posted.id, key: posted.key, existed: true)
        }
    }

    /// Entries and postings in one statement, so that the guards see them whole.
    private static func insert(_ entries: [JournalEntry], ids: [Int64], in connection: Connection, now: Instant) throws -> Set<Int64> {
        let hashes = zip(entries, ids).map { entry, id in SHA256.hash(entry.canonicalBytes(id: Identifier(id), recordedAt: now)).bytes }
        var lines = PostingColumns(reservingCapacity: entries.count * 3)
        for (entry, id) in zip(entries, ids) { lines.append(entry.postings, of: id) }
        let rows = try connection.query(
            """
            WITH entry AS (
                INSERT INTO journal_entry (id, recorded_at, booking_date, value_date, reverses, lines, kind, key, document, text, author, reason, hash)
                SELECT id, \(now), booking_date, value_date, reverses, lines, kind, key, document, text, author, reason, hash
                FROM unnest(\(ids), \(entries.map(\.bookingDate)), \(entries.map(\.valueDate)), \(entries.map { $0.reverses?.number }),
                            \(entries.map { Int16($0.postings.count) }), \(entries.map(\.kind.rawValue)), \(entries.map(\.key)),
                            \(entries.map(\.document)), \(entries.map(\.text)), \(entries.map(\.author)), \(entries.map(\.reason)), \(hashes))
                    AS e (id, booking_date, value_date, reverses, lines, kind, key, document, text, author, reason, hash)
                ON CONFLICT (key) DO NOTHING
                RETURNING id
            ), line AS (
                INSERT INTO posting (entry_id, line, ledger, account_id, amount_cents, due, claim, contract_id, tax_code)
                SELECT p.entry_id, p.line, p.ledger, p.account_id, p.amount_cents, p.due, p.claim, p.contract_id, p.tax_code
                FROM unnest(\(lines.entries), \(lines.lines), \(lines.ledgers), \(lines.accounts), \(lines.cents), \(lines.due), \(lines.claims),
                            \(lines.contracts), \(lines.taxCodes))
                    AS p (entry_id, line, ledger, account_id, amount_cents, due, claim, contract_id, tax_code)
                JOIN entry ON entry.id = p.entry_id
            )
            SELECT id FROM entry
            """)
        return Set(try rows.map { try $0.get(0) as Int64 })
    }
}

/// Postings as the columns of one array insert.
private struct PostingColumns {
    var entries: [Int64] = []
    var lines: [Int16] = []
    var ledgers: [Int32] = []
    var accounts: [Int64?] = []
    var cents: [Int64] = []
    var due: [Day?] = []
    var claims: [String?] = []
    var contracts: [Int64?] = []
    var taxCodes: [String?] = []

    init(reservingCapacity count: Int) {
        entries.reserveCapacity(count)
        lines.reserveCapacity(count)
        ledgers.reserveCapacity(count)
        accounts.reserveCapacity(count)
        cents.reserveCapacity(count)
        due.reserveCapacity(count)
        claims.reserveCapacity(count)
        contracts.reserveCapacity(count)
        taxCodes.reserveCapacity(count)
    }

    mutating func append(_ postings: [Posting], of entry: Int64) {
        for (index, posting) in postings.enumerated() {
            entries.append(entry)
            lines.append(Int16(index + 1))
            ledgers.append(posting.ledger.number)
            accounts.append(posting.claim?.account.number)
            cents.append(posting.amount.cents)
            due.append(posting.claim?.due)
            claims.append(posting.claim?.kind.rawValue)
            contracts.append(posting.claim?.contract?.number)
            taxCodes.append(posting.taxCode)
        }
    }
}

extension JournalEntry {
    /// Whether the other one books the same. Who did it and in which words may differ between two attempts.
    func repeats(_ other: JournalEntry) -> Bool {
        kind == other.kind && bookingDate == other.bookingDate && valueDate == other.valueDate && document == other.document
            && reverses == other.reverses && postings == other.postings
    }
}
