public import Postgres
public import Values

/// The word of the first of two people who release a correction.
public struct CorrectionApproval: Hashable, Sendable {
    public let method: CorrectionProposal.Method
    public let reason: String
    public let approvedBy: String
    /// Who that is: of a key the person who made it.
    public let person: String
    public let approvedAt: Instant
}

/// Releases a correction, above an amount by two people, and as well where the checks before issue would hold the right bill.
///
/// Up to the amount one person suffices: the proposal was computed, and a person has looked at it. Else the first release is a word
/// that is kept, and the release of another person, by the same method, issues the documents.
public struct ReleaseCorrection: Sendable {
    /// A difference above it, gross, in whosever favour, needs two people.
    public static let limit = Money(cents: 50_000)

    let pool: Pool
    let limit: Money
    public init(pool: Pool, limit: Money = ReleaseCorrection.limit) {
        self.pool = pool
        self.limit = limit
    }

    /// Whether one person is not enough.
    public func needsTwo(_ proposal: CorrectionProposal) -> Bool { proposal.gross.magnitude > limit || !proposal.checks.isEmpty }

    /// - Parameters:
    ///   - author: the name to write down.
    ///   - person: who that is, where the name is that of a key; two keys of one person are one person.
    /// - Returns: the proposal: released, or still proposed with the first person's word; see ``approvals(of:)``.
    /// - Throws: ``BillingRefusal``; ``BillingRefusal/secondPerson(_:)`` where the first person comes again; `LedgerRefusal`.
    public func callAsFunction(
        _ id: Int64, method: CorrectionProposal.Method = .difference, reason: String, author: String, person: String? = nil, today: Day,
        now: Instant
    ) async throws -> CorrectionProposal {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw BillingRefusal.noReason }
        let decide = DecideCorrection(pool: pool)
        // The first of two people as well says yes to what is known now, not to what the page showed.
        try await decide.confirm(id, now: now)
        let waiting = try await pool.transaction { [self] connection in
            try first(id, method, reason: reason, author: author, person: person ?? author, now: now, in: connection)
        }
        if let waiting { return waiting }
        // What is approved cannot have changed: a proposal's inputs never do, and its state is asked again under the lock.
        return try await decide.issue(id, method: method, reason: reason, author: author, today: today, now: now)
    }

    /// Keeps the first word; nil where nothing stands in the way of the release.
    private func first(
        _ id: Int64, _ method: CorrectionProposal.Method, reason: String, author: String, person: String, now: Instant,
        in connection: Connection
    ) throws -> CorrectionProposal? {
        guard let hash = try connection.optional("SELECT inputs_sha256 FROM correction WHERE id = \(id) FOR UPDATE", as: [UInt8].self)
        else { throw BillingRefusal.unknownCorrection(id) }
        let proposal = try CorrectionProposal.load(id, in: connection)
        guard proposal.state == .proposed, needsTwo(proposal) else { return nil }
        let known = try connection.optional(
            "SELECT method, approved_by, person FROM correction_approval WHERE correction_id = \(id) AND inputs_sha256 = \(hash)"
        ) { (method: try $0.get(0) as String, by: try $0.get(1) as String, person: try $0.get(2) as String) }
        if let known, known.method == method.rawValue {
            guard known.person != person else { throw BillingRefusal.secondPerson(known.by) }
            return nil
        }
        // Who gave the first word may change it. Another person who wants it otherwise does not take it away unseen.
        if let known, known.person != person { throw BillingRefusal.approvedOtherwise(by: known.by, method: known.method) }
        try connection.execute(
            """
            INSERT INTO correction_approval (correction_id, inputs_sha256, method, reason, approved_at, approved_by, person)
            VALUES (\(id), \(hash), \(method.rawValue), \(String(reason.prefix(500))), \(now), \(author), \(person))
            ON CONFLICT (correction_id) DO UPDATE SET inputs_sha256 = excluded.inputs_sha256, method = excluded.method,
                reason = excluded.reason, approved_at = excluded.approved_at, approved_by = excluded.approved_by,
                person = excluded.person
            """)
        return proposal
    }

    /// The first words about these proposals, where there are any.
    public func approvals(of ids: [Int64]) async throws -> [Int64: CorrectionApproval] {
        guard !ids.isEmpty else { return [:] }
        return try await pool.transaction(readOnly: true) { connection in
            var found: [Int64: CorrectionApproval] = [:]
            for row in try connection.query(
                """
                SELECT v.correction_id, v.method, v.reason, v.approved_by, v.approved_at, v.person
                FROM correction_approval v JOIN correction k ON k.id = v.correction_id AND k.inputs_sha256 = v.inputs_sha256
                WHERE v.correction_id = ANY(\(ids))
                """)
            {
                found[try row.get(0)] = CorrectionApproval(
                    method: CorrectionProposal.Method(rawValue: try row.get(1)) ?? .difference, reason: try row.get(2),
                    approvedBy: try row.get(3), person: try row.get(5), approvedAt: try row.get(4))
            }
            return found
        }
    }
}
