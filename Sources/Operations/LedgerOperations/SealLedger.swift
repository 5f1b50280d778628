internal import Digests
internal import Ledger
public import Postgres
public import Values

/// The newest link of the chain: what is given to an outside witness.
public struct SealHead: Hashable, Sendable {
    public let number: Int64
    /// SHA-256, 32 bytes.
    public let hash: [UInt8]
    public init(number: Int64, hash: [UInt8]) {
        self.number = number
        self.hash = hash
    }
    public var hex: String { Hexadecimal.encode(hash) }
}

/// Chains the entries and the clearings that were written since the last time.
///
/// Not in the writing transaction: a chain link per entry would make all writers wait for each other. Numbers that are not there yet
/// (their transaction is still under way, or was rolled back) are noted as missing and sealed later, if they ever come.
public struct SealLedger: Sendable {
    let pool: Pool

    public init(pool: Pool) { self.pool = pool }

    static let batch = 10_000
    /// How long a missing number is waited for. No transaction of ours lives so long.
    static let patience: Int64 = 3_600

    /// Seals everything that is visible now.
    /// - Returns: the head of the journal's chain; nil if nothing was ever written.
    @discardableResult
    public func callAsFunction(now: Instant) async throws -> SealHead? {
        let head = try await seal(.entries, now: now)
        try await seal(.clearings, now: now)
        return head
    }

    @discardableResult
    private func seal(_ rows: SealedRows, now: Instant) async throws -> SealHead? {
        while true {
            let (sealed, head) = try await pool.transaction { connection in try SealLedger.seal(rows, in: connection, now: now) }
            if sealed < SealLedger.batch { return head }
        }
    }

    /// One link inside the caller's transaction.
    private static func seal(_ rows: SealedRows, in connection: Connection, now: Instant) throws -> (sealed: Int, head: SealHead?) {
        try connection.execute("SELECT pg_advisory_xact_lock(\(rows.lock))")
        let last = try connection.query("SELECT number, hash, last_id, missing::text FROM \(rows.seals) ORDER BY number DESC LIMIT 1").first
        let number = try last.map { try $0.get(0) as Int64 } ?? 0
        let previous = try last.map { try $0.get(1) as [UInt8] } ?? Digest.zero.bytes
        let lastId = try last.map { try $0.get(2) as Int64 } ?? 0
        let missing = try last.flatMap { NumberRanges(try $0.get(3) as String) } ?? NumberRanges()

        var leaves: [(id: Int64, hash: [UInt8])] = []
        if !missing.isEmpty {
            let late = try connection.query(
                """
                SELECT r.id, \(rows.hash) FROM unnest(\(missing.text)::text::int8multirange) m
                JOIN \(rows.table) r ON r.id >= lower(m) AND r.id < upper(m) ORDER BY r.id
                """)
            leaves += try late.map { (try $0.get(0), try $0.get(1)) }
        }
        let fresh = try connection.query(
            "SELECT r.id, \(rows.hash) FROM \(rows.table) r WHERE r.id > \(lastId) ORDER BY r.id LIMIT \(batch)")
        leaves += try fresh.map { (try $0.get(0), try $0.get(1)) }
        guard let newest = leaves.last else { return (0, last.map { _ in SealHead(number: number, hash: previous) }) }

        let top = max(lastId, newest.id)
        let sealed = NumberRanges(ascending: leaves.map(\.id))
        let tooOld =
            try connection.query(
                "SELECT missing::text FROM \(rows.seals) WHERE sealed_at < \(now.adding(seconds: -patience)) ORDER BY number DESC LIMIT 1"
            ).first.flatMap { NumberRanges(try $0.get(0) as String) } ?? NumberRanges()
        let stillMissing = missing.subtracting(tooOld).union(NumberRanges((lastId + 1)..<(top + 1))).subtracting(sealed)

        let joined = leaves.flatMap(\.hash)
        let link = SealLedger.link(number: number + 1, previous: previous, count: leaves.count, leaves: joined)
        try connection.execute(
            """
            INSERT INTO \(rows.seals) (number, sealed_at, previous, hash, last_id, entries, ranges, missing, leaves)
            VALUES (\(number + 1), \(now), \(previous), \(link), \(top), \(Int32(leaves.count)), \(sealed.text)::text::int8multirange,
                    \(stillMissing.text)::text::int8multirange, \(joined))
            """)
        return (fresh.count, SealHead(number: number + 1, hash: link))
    }

    /// SHA-256 over the previous link, the number, the count, and the digest of all leaves in ascending order of their entries.
    static func link(number: Int64, previous: [UInt8], count: Int, leaves: [UInt8]) -> [UInt8] {
        var bytes = previous
        for value in [UInt64(bitPattern: number), UInt64(count)] {
            for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        bytes += SHA256.hash(leaves).bytes
        return SHA256.hash(bytes).bytes
    }
}

/// Numbered rows that never change, and what of each is hashed.
struct SealedRows: Sendable {
    /// The table of links.
    let seals: SQL
    /// What the links seal; its rows are `r` in `hash`.
    let table: SQL
    let hash: SQL
    let lock: Int64

    static let entries = SealedRows(seals: "seal", table: "journal_entry", hash: "r.hash", lock: 7_236_002)

    /// Nobody asks for the hash of a clearing but the chain, so it is told when it is sealed: clearings are written with every bill.
    static let clearings = SealedRows(
        seals: "clearing_seal", table: "clearing",
        hash: """
            sha256(convert_to(concat_ws('|', r.id, r.account_id, r.booking_date, (extract(epoch FROM r.recorded_at) * 1000000)::bigint,
                coalesce(r.resets, 0), r.author, coalesce(r.reason, ''),
                (SELECT string_agg(concat_ws('/', l.entry_id, l.posting_line, l.amount_cents, l.rule), ';' ORDER BY l.entry_id, l.posting_line)
                 FROM clearing_line l WHERE l.clearing_id = r.id)), 'UTF8'))
            """, lock: 7_236_004)
}
