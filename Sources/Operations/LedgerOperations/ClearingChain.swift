internal import Digests
internal import Postgres
internal import Values

/// The chain over clearings and their lines, as ``VerifyLedger`` walks it.
struct ClearingChain: Sendable {
    private(set) var count = 0
    private(set) var unsealed = 0
    private(set) var problems: [LedgerVerification.Problem] = []
    private var covered = NumberRanges()
    private var missing = NumberRanges()
    private var previous = Digest.zero.bytes
    private var lastNumber: Int64 = 0
    private var lastId: Int64 = 0

    init() {}

    /// A seal at a time, each in a snapshot of its own, then what no seal holds.
    static func check(_ pool: Pool) async throws -> ClearingChain {
        var chain = ClearingChain()
        while true {
            let state = chain
            let (next, isLast) = try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
                var chain = state
                let isLast = try !chain.seal(in: connection)
                if isLast { try chain.rest(in: connection) }
                return (chain, isLast)
            }
            chain = next
            if isLast { return chain }
        }
    }

    private mutating func report(_ kind: LedgerVerification.Problem.Kind, _ explanation: String) {
        guard problems.count < 1_000 else { return }
        problems.append(.init(kind: kind, entry: nil, explanation: explanation))
    }

    /// - Returns: whether there was another seal.
    private mutating func seal(in connection: Connection) throws -> Bool {
        let rows = SealedRows.clearings
        let found = try connection.query(
            """
            SELECT number, previous, hash, last_id, entries, ranges::text, missing::text, leaves
            FROM \(rows.seals) WHERE number > \(lastNumber) ORDER BY number LIMIT 1
            """
        ).first
        guard let found else { return false }
        let number: Int64 = try found.get(0)
        let leaves: [UInt8] = try found.get(7)
        let expected = Int(try found.get(4) as Int32)
        let ranges = NumberRanges(try found.get(5) as String) ?? NumberRanges()
        let ids = Array(ranges.numbers)
        if number != lastNumber + 1 { report(.chain, "link \(lastNumber + 1) of the clearings is missing") }
        if try found.get(1) as [UInt8] != previous {
            report(.chain, "link \(number) of the clearings does not follow link \(lastNumber)")
        }
        let hash: [UInt8] = try found.get(2)
        let link = SealLedger.link(number: number, previous: try found.get(1), count: expected, leaves: leaves)
        if link != hash || ids.count != expected { report(.chain, "link \(number) of the clearings was changed") }
        var there: [Int64: [UInt8]] = [:]
        for row in try connection.query("SELECT r.id, \(rows.hash) FROM \(rows.table) r WHERE r.id = ANY(\(ids))") {
            there[try row.get(0)] = try row.get(1)
        }
        for (index, id) in ids.enumerated() where (index + 1) * 32 <= leaves.count {
            count += 1
            guard let own = there[id] else {
                report(.deleted, "clearing \(id) was sealed and is gone: what it settled is open again")
                continue
            }
            if !leaves[(index * 32)..<((index + 1) * 32)].elementsEqual(own) {
                report(.changed, "clearing \(id) or its lines are not what was sealed")
            }
        }
        previous = hash
        lastNumber = number
        lastId = try found.get(3)
        covered = covered.union(ranges)
        missing = NumberRanges(try found.get(6) as String) ?? NumberRanges()
        return true
    }

    /// The newest, and strangers.
    private mutating func rest(in connection: Connection) throws {
        var cursor = Int64.min
        while true {
            let ids = try connection.query("SELECT id FROM clearing WHERE id > \(cursor) ORDER BY id LIMIT 50000").map {
                try $0.get(0) as Int64
            }
            for id in ids where !covered.contains(id) {
                count += 1
                if id <= lastId, !missing.contains(id) {
                    report(.inserted, "clearing \(id) came between clearings that were sealed before")
                } else {
                    unsealed += 1
                }
            }
            guard let last = ids.last else { return }
            cursor = last
        }
    }
}
