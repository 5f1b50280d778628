internal import Digests
public import Ledger
public import Postgres
public import Values

/// What a check of the whole ledger found.
public struct LedgerVerification: Hashable, Sendable {
    /// One thing that is not as it was written.
    public struct Problem: Hashable, Sendable {
        public enum Kind: String, Sendable, Hashable {
            /// The content differs from what was sealed.
            case changed
            /// It was sealed and is gone.
            case deleted
            /// It was put between entries that were sealed before it came.
            case inserted
            /// A link of the chain does not fit.
            case chain
            /// The chain is not the one the witness saw.
            case witness
            /// A sum that must hold does not.
            case balance
        }
        public let kind: Kind
        /// The entry concerned, if it is one.
        public let entry: Identifier<JournalEntry>?
        public let explanation: String
    }

    /// All that were looked at: those that a seal holds, whether they are still there or not, and those since.
    public let entries: Int
    public let seals: Int
    /// Written since the last seal: compared with their own hash only.
    public let unsealed: Int
    /// All that were looked at, sealed or not.
    public let clearings: Int
    /// Written since the last seal: only their sums are known.
    public let unsealedClearings: Int
    /// Compared with the entries that book them.
    public let payments: Int
    public let head: SealHead?
    /// Entries first, ascending: the first is the first broken document.
    public let problems: [Problem]

    public var isIntact: Bool { problems.isEmpty }
    /// The lowest entry that is not what it was.
    public var firstBroken: Identifier<JournalEntry>? { problems.lazy.compactMap(\.entry).min() }
}

/// Recomputes every hash, every link and every sum.
public struct VerifyLedger: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    /// Reads everything once, a seal at a time; memory does not grow with the ledger.
    /// - Parameters:
    ///   - witness: a head that was given away earlier; the chain must hold it.
    ///   - progress: called with the number of entries checked, and how many there are.
    public func callAsFunction(
        witness: SealHead? = nil, progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
    ) async throws -> LedgerVerification {
        let total = try await pool.transaction(readOnly: true) { try $0.one("SELECT count(*) FROM journal_entry", as: Int64.self) }
        var check = LedgerCheck(witness: witness)
        var number: Int64 = 0
        while true {
            let after = number
            let state = check
            let (next, newest) = try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
                var check = state
                let newest = try check.seal(after: after, in: connection)
                return (check, newest)
            }
            check = next
            progress?(check.entries, max(Int(total), check.entries))
            guard let newest else { break }
            number = newest
        }
        let state = check
        let chain = try await ClearingChain.check(pool)
        let result = try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            var check = state
            check.clearings = chain
            try check.unsealed(in: connection)
            try check.sums(in: connection)
            try check.settlements(in: connection)
            return check.result
        }
        progress?(result.entries, max(Int(total), result.entries))
        return result
    }
}

/// The state of a check under way.
private struct LedgerCheck: Sendable {
    let witness: SealHead?
    var entries = 0
    var clearings = ClearingChain()
    private var payments = 0
    private var seals = 0
    private var unsealedEntries = 0
    private var sawWitness = false
    private var previous = Digest.zero.bytes
    private var lastNumber: Int64 = 0
    private var lastId: Int64 = 0
    private var covered = NumberRanges()
    private var missing = NumberRanges()
    private var problems: [LedgerVerification.Problem] = []

    init(witness: SealHead?) { self.witness = witness }

    var result: LedgerVerification {
        var all = problems + clearings.problems
        if let witness, !sawWitness {
            all.append(
                .init(kind: .witness, entry: nil, explanation: "the chain does not hold link \(witness.number) as the witness saw it"))
        }
        let ordered = all.sorted { ($0.entry?.number ?? .max, $0.kind.rawValue) < ($1.entry?.number ?? .max, $1.kind.rawValue) }
        return LedgerVerification(
            entries: entries, seals: seals, unsealed: unsealedEntries, clearings: clearings.count,
            unsealedClearings: clearings.unsealed, payments: payments,
            head: lastNumber > 0 ? SealHead(number: lastNumber, hash: previous) : nil, problems: ordered)
    }

    private mutating func report(_ kind: LedgerVerification.Problem.Kind, _ entry: Int64? = nil, _ explanation: String) {
        // A list of a million says no more than one of a thousand.
        guard problems.count < 1_000 else { return }
        problems.append(.init(kind: kind, entry: entry.map { Identifier($0) }, explanation: explanation))
    }

    /// Checks the next seal and its entries.
    /// - Returns: its number; nil at the end.
    mutating func seal(after number: Int64, in connection: Connection) throws -> Int64? {
        let rows = try connection.query(
            """
            SELECT number, previous, hash, last_id, entries, ranges::text, missing::text, leaves
            FROM seal WHERE number > \(number) ORDER BY number LIMIT 1
            """)
        guard let row = rows.first else { return nil }
        let found: Int64 = try row.get(0)
        let hash: [UInt8] = try row.get(2)
        let leaves: [UInt8] = try row.get(7)
        let count = Int(try row.get(4) as Int32)
        let ranges = NumberRanges(try row.get(5) as String) ?? NumberRanges()
        let ids = Array(ranges.numbers)
        seals += 1
        if found != number + 1 { report(.chain, nil, "link \(number + 1) of the chain is missing") }
        if try row.get(1) as [UInt8] != previous { report(.chain, nil, "link \(found) does not follow link \(number)") }
        if SealLedger.link(number: found, previous: try row.get(1), count: count, leaves: leaves) != hash || ids.count != count {
            report(.chain, nil, "link \(found) was changed")
        }
        if let witness, witness.number == found, witness.hash == hash { sawWitness = true }
        let stored = try JournalEntry.read(
            connection.query("SELECT \(JournalEntry.columns) FROM journal_entry WHERE id = ANY(\(ids)) ORDER BY id"), in: connection)
        var there: [Int64: Result<StoredEntry, UnreadableEntry>] = [:]
        there.reserveCapacity(stored.count)
        for result in stored { there[result.id] = result }
        for (index, id) in ids.enumerated() where (index + 1) * 32 <= leaves.count {
            entries += 1
            let leaf = leaves[(index * 32)..<((index + 1) * 32)]
            switch there[id] {
            case nil: report(.deleted, id, "entry \(id) was sealed and is gone")
            case .failure(let broken): report(.changed, id, "entry \(id): \(broken.reason)")
            case .success(let entry):
                if !leaf.elementsEqual(entry.recomputedHash) {
                    report(.changed, id, "entry \(id) is not what was sealed")
                } else if !leaf.elementsEqual(entry.hash) {
                    report(.changed, id, "the hash of entry \(id) was changed")
                }
            }
        }
        previous = hash
        lastNumber = found
        lastId = try row.get(3)
        covered = covered.union(ranges)
        missing = NumberRanges(try row.get(6) as String) ?? NumberRanges()
        return found
    }

    /// Entries that no seal holds: the newest, or strangers.
    mutating func unsealed(in connection: Connection) throws {
        var cursor = Int64.min
        var newest: [Int64] = []
        while true {
            let ids = try connection.query("SELECT id FROM journal_entry WHERE id > \(cursor) ORDER BY id LIMIT 50000").map {
                try $0.get(0) as Int64
            }
            for id in ids where !covered.contains(id) {
                if id <= lastId, !missing.contains(id) {
                    report(.inserted, id, "entry \(id) came between entries that were sealed before")
                } else {
                    newest.append(id)
                    unsealedEntries += 1
                }
            }
            try checkOwnHashes(&newest, in: connection)
            guard let last = ids.last else { break }
            cursor = last
        }
        let orphans = try connection.query(
            "SELECT DISTINCT p.entry_id FROM posting p LEFT JOIN journal_entry e ON e.id = p.entry_id WHERE e.id IS NULL ORDER BY 1 LIMIT 100"
        )
        for row in orphans {
            let id: Int64 = try row.get(0)
            if !covered.contains(id) { report(.deleted, id, "postings of entry \(id) stand without it") }
        }
    }

    private mutating func checkOwnHashes(_ ids: inout [Int64], in connection: Connection) throws {
        guard !ids.isEmpty else { return }
        let rows = try connection.query("SELECT \(JournalEntry.columns) FROM journal_entry WHERE id = ANY(\(ids)) ORDER BY id")
        for result in try JournalEntry.read(rows, in: connection) {
            entries += 1
            switch result {
            case .failure(let broken): report(.changed, broken.id.number, "entry \(broken.id): \(broken.reason)")
            case .success(let entry):
                if entry.recomputedHash != entry.hash { report(.changed, entry.id.number, "entry \(entry.id) does not have its hash") }
            }
        }
        ids = []
    }

    /// Clearings and payments against the journal.
    mutating func settlements(in connection: Connection) throws {
        problems += try SettlementCheck.clearings(in: connection)
        problems += try SettlementCheck.payments(in: connection)
        payments = Int(try connection.one("SELECT count(*) FROM payment", as: Int64.self))
    }

    /// The sums that must hold whatever happened.
    mutating func sums(in connection: Connection) throws {
        let total: Int64 = try connection.one("SELECT coalesce(sum(amount_cents), 0)::bigint FROM posting")
        if total != 0 { report(.balance, nil, "all postings together are \(Money(cents: total)) instead of zero") }
        let over = try connection.query(
            """
            SELECT p.entry_id, p.line FROM posting p
            JOIN (SELECT entry_id, posting_line, sum(amount_cents) AS cleared FROM clearing_line GROUP BY 1, 2) c
                ON c.entry_id = p.entry_id AND c.posting_line = p.line
            WHERE c.cleared < least(p.amount_cents, 0) OR c.cleared > greatest(p.amount_cents, 0) ORDER BY 1, 2 LIMIT 100
            """)
        for row in over {
            report(.balance, try row.get(0), "item \(try row.get(0) as Int64)/\(try row.get(1) as Int16) is cleared beyond its amount")
        }
        let control = try connection.query(
            """
            SELECT p.entry_id FROM posting p JOIN general_ledger_account g ON g.number = p.ledger
            WHERE (g.kind = 'control') <> (p.account_id IS NOT NULL) ORDER BY 1 LIMIT 100
            """)
        for row in control { report(.balance, try row.get(0), "entry \(try row.get(0) as Int64): control account and customers disagree") }
        let periods = try connection.query(
            """
            SELECT b.until, b.ledger FROM period_balance b
            LEFT JOIN LATERAL (
                SELECT coalesce(sum(p.amount_cents) FILTER (WHERE p.amount_cents > 0), 0) AS debit,
                       coalesce(-sum(p.amount_cents) FILTER (WHERE p.amount_cents < 0), 0) AS credit
                FROM posting p JOIN journal_entry e ON e.id = p.entry_id WHERE p.ledger = b.ledger AND e.booking_date < b.until
            ) s ON true
            WHERE s.debit <> b.debit_cents OR s.credit <> b.credit_cents ORDER BY 1, 2 LIMIT 100
            """)
        for row in periods {
            report(.balance, nil, "the closing of \(try row.get(0) as Day) says another sum for account \(try row.get(1) as Int32)")
        }
    }
}

extension StoredEntry {
    fileprivate var recomputedHash: [UInt8] { SHA256.hash(entry.canonicalBytes(id: id, recordedAt: recordedAt)).bytes }
}

extension Result<StoredEntry, UnreadableEntry> {
    fileprivate var id: Int64 {
        switch self {
        case .success(let entry): entry.id.number
        case .failure(let broken): broken.id.number
        }
    }
}
