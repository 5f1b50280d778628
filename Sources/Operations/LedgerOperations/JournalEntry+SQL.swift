public import Ledger
internal import Postgres
public import Values

/// An entry as it stands in the journal.
public struct StoredEntry: Hashable, Sendable {
    public let id: Identifier<JournalEntry>
    public let recordedAt: Instant
    public let hash: [UInt8]
    public let entry: JournalEntry

    /// The number printed for people, with a check digit: `B-1234`.
    public var number: String { StoredEntry.number(of: id) }
    public static func number(of id: Identifier<JournalEntry>) -> String { "B-\(id)\(PrintedNumber.luhn(id.number))" }
    /// Reads a printed number; nil if it is none or the check digit is wrong.
    public static func id(ofNumber text: String) -> Identifier<JournalEntry>? {
        guard text.hasPrefix("B-"), let all = Int64(text.dropFirst(2)), all > 9, PrintedNumber.luhn(all / 10) == Int(all % 10) else {
            return nil
        }
        return Identifier(all / 10)
    }
}

/// Why a row of the journal could not be read back as an entry: the tables were changed behind our back.
public struct UnreadableEntry: Error, Hashable, Sendable {
    public let id: Identifier<JournalEntry>
    public let reason: String
}

extension JournalEntry {
    static let columns: SQL = "id, recorded_at, booking_date, value_date, reverses, kind, key, document, text, author, reason, hash, lines"

    static func load(keys: [String], in connection: Connection) throws -> [StoredEntry] {
        try assemble(connection.query("SELECT \(columns) FROM journal_entry WHERE key = ANY(\(keys)) ORDER BY id"), in: connection)
    }
    static func load(ids: [Identifier<JournalEntry>], in connection: Connection) throws -> [StoredEntry] {
        try assemble(
            connection.query("SELECT \(columns) FROM journal_entry WHERE id = ANY(\(ids.map(\.number))) ORDER BY id"), in: connection)
    }

    /// Entries with their postings: two queries, whatever their number.
    static func assemble(_ rows: Rows, in connection: Connection) throws -> [StoredEntry] {
        try read(rows, in: connection).map { try $0.get() }
    }

    /// As ``assemble(_:in:)``, but a broken entry is a result beside the good ones.
    static func read(_ rows: Rows, in connection: Connection) throws -> [Result<StoredEntry, UnreadableEntry>] {
        let ids = try rows.map { try $0.get(0) as Int64 }
        guard !ids.isEmpty else { return [] }
        var postings: [Int64: [Posting]] = [:]
        postings.reserveCapacity(ids.count)
        var broken: [Int64: String] = [:]
        let lines = try connection.query(
            """
            SELECT entry_id, line, ledger, account_id, amount_cents, due, claim, contract_id, tax_code
            FROM posting WHERE entry_id = ANY(\(ids)) ORDER BY entry_id, line
            """)
        for row in lines {
            let entry: Int64 = try row.get(0)
            let line: Int16 = try row.get(1)
            var claim: Posting.Claim?
            if let account: Int64 = try row.get(3) {
                guard let due: Day = try row.get(5), let kind = try (row.get(6) as String?).flatMap(OpenItem.Kind.init(rawValue:)) else {
                    broken[entry] = "line \(line) is no claim"
                    continue
                }
                let contract: Int64? = try row.get(7)
                claim = Posting.Claim(account: Identifier(account), kind: kind, due: due, contract: contract.map { Identifier($0) })
            }
            if Int(line) != postings[entry, default: []].count + 1 { broken[entry] = "a line before line \(line) is missing" }
            postings[entry, default: []].append(
                Posting(
                    ledger: GeneralLedgerNumber(try row.get(2)), amount: Money(cents: try row.get(4)), claim: claim, taxCode: try row.get(8)
                ))
        }
        return try rows.map { row in
            let id: Int64 = try row.get(0)
            func fail(_ reason: String) -> Result<StoredEntry, UnreadableEntry> {
                .failure(UnreadableEntry(id: Identifier(id), reason: reason))
            }
            if let reason = broken[id] { return fail(reason) }
            guard let kind = Kind(rawValue: try row.get(5)) else { return fail("unknown kind") }
            let lines = postings[id] ?? []
            guard lines.count == Int(try row.get(12) as Int16) else {
                return fail("\(lines.count) lines instead of \(try row.get(12) as Int16)")
            }
            let reverses: Int64? = try row.get(4)
            let fields = (
                booking: try row.get(2) as Day, value: try row.get(3) as Day, key: try row.get(6) as String,
                document: try row.get(7) as String?
            )
            let words = (text: try row.get(8) as String, author: try row.get(9) as String, reason: try row.get(10) as String?)
            let entry: JournalEntry
            do {
                entry = try JournalEntry.restored(
                    kind, bookingDate: fields.booking, valueDate: fields.value, key: fields.key, document: fields.document,
                    text: words.text,
                    author: words.author, reverses: reverses.map { Identifier($0) }, reason: words.reason, postings: lines)
            } catch { return fail("\(error)") }
            return .success(StoredEntry(id: Identifier(id), recordedAt: try row.get(1), hash: try row.get(11), entry: entry))
        }
    }
}
