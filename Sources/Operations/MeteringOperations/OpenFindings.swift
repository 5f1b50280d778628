internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// The open findings of a channel or a register about its state, brought into line with what holds now: one that goes on grows or
/// shrinks, one whose cause is gone closes and says by what, and what is new is opened. What a person has settled is not opened
/// again as long as nothing new is wrong.
struct OpenFindings {
    /// Rules that speak of the slots of a channel, which they reject.
    static let ofSlots = [
        Rules.negative.text.name, Rules.physicalCeiling.text.name, Rules.collapsedHour.text.name, Rules.overlap.text.name,
    ]
    /// Rules that speak of the state of a channel.
    static let ofChannels = [Estimation.withoutBasis.name, Rules.registerAgainstIntervals.text.name, Rules.gap.text.name] + ofSlots

    /// What stands beside a value that a rule rejected.
    static let doubted = Mark(status: .rejected, reason: EstimationReason.failedValidation.rawValue)

    /// A finding that is open.
    struct Known {
        let id: Int64
        let rule: String
        let from: Instant
        let until: Instant
        let explanation: String

        /// Whether it speaks of any of this time; one that speaks of a moment, also of its end.
        func touches(_ range: Range<Instant>) -> Bool {
            from == until ? range.lowerBound <= from && from <= range.upperBound : from < range.upperBound && range.lowerBound < until
        }
    }
    enum Wanted {
        case holds(Finding)
        /// An open one stays as it is.
        case stays(Int64)
    }

    let entry: RegisterEntry
    let now: Instant
    /// What made this necessary, in German.
    let cause: String
    var rules = OpenFindings.ofChannels
    /// Whether what a person settles with the very edit that made this necessary is settled. A gap that they want estimated and
    /// that cannot be is asked about again; a burst stays one, whoever has seen to it.
    var heedsThisMoment = false

    /// What is open of registers, by the rules that are named.
    static func query(of registers: [Int64], rules: [String]) -> SQL {
        """
        SELECT register_id, id, rule, from_at, until_at, explanation FROM finding
        WHERE state = 'open' AND register_id = ANY(\(registers)) AND rule = ANY(\(rules)) ORDER BY id
        """
    }
    static func known(_ rows: Rows) throws -> [Int64: [Known]] {
        var known: [Int64: [Known]] = [:]
        for row in rows {
            known[try row.get(0), default: []].append(
                Known(id: try row.get(1), rule: try row.get(2), from: try row.get(3), until: try row.get(4), explanation: try row.get(5)))
        }
        return known
    }

    /// The same, of what is open within a time.
    func settle(
        _ wanted: ([Known]) -> [Wanted], within range: Range<Instant>, _ message: IngestMessage? = nil, in connection: Connection
    ) throws -> Int {
        let open = try OpenFindings.known(connection.query(OpenFindings.query(of: [entry.id], rules: rules)))[entry.id] ?? []
        return try settle(wanted, beside: open.filter { $0.touches(range) }, message, in: connection)
    }

    /// - Parameters:
    ///   - wanted: what shall be open, of what is open within the time.
    ///   - open: what is open there; ascending.
    ///   - message: in whose name new ones are opened.
    /// - Returns: how many were opened.
    func settle(
        _ wanted: ([Known]) -> [Wanted], beside open: [Known], _ message: IngestMessage? = nil, in connection: Connection
    ) throws -> Int {
        let wanted = wanted(open)
        guard !open.isEmpty || !wanted.isEmpty else { return 0 }
        var kept: Set<Int64> = []
        var rest: [Finding] = []
        var changed: [(id: Int64, finding: Finding)] = []
        for want in wanted {
            switch want {
            case .stays(let id): kept.insert(id)
            case .holds(let finding):
                guard let same = open.first(where: { $0.rule == finding.rule && $0.from == finding.from && $0.until == finding.until })
                else {
                    rest.append(finding)
                    continue
                }
                kept.insert(same.id)
                if same.explanation != finding.explanation { changed.append((same.id, finding)) }
            }
        }
        var new: [Finding] = []
        for finding in rest {
            let lasting = open.first {
                $0.rule == finding.rule && !kept.contains($0.id) && $0.from < finding.until && finding.from < $0.until
            }
            guard let lasting else {
                new.append(finding)
                continue
            }
            kept.insert(lasting.id)
            changed.append((lasting.id, finding))
        }
        // Closed first: what goes on may take the place of one that is over.
        let gone = open.map(\.id).filter { !kept.contains($0) }
        if !gone.isEmpty {
            try connection.execute(
                "UPDATE finding SET state = 'resolved', resolved_at = \(now), resolved_by = 'VEE', resolution = \(cause) WHERE id = ANY(\(gone)) AND state = 'open'"
            )
        }
        if !changed.isEmpty {
            let rows = try connection.query(
                """
                UPDATE finding f SET severity = u.severity, from_at = u.from_at, until_at = u.until_at, inputs = u.inputs::jsonb,
                    threshold = u.threshold, explanation = u.explanation
                FROM unnest(\(changed.map(\.id)), \(changed.map(\.finding.severity.rawValue)), \(changed.map(\.finding.from)), \(changed.map(\.finding.until)),
                    \(changed.map { Connection.json($0.finding.inputs) }), \(changed.map(\.finding.threshold)), \(changed.map(\.finding.explanation)))
                    AS u (id, severity, from_at, until_at, inputs, threshold, explanation)
                WHERE f.id = u.id AND f.state = 'open' RETURNING f.id
                """)
            // Settled by a person meanwhile: theirs stays as they saw it, and only what is wider than that is new.
            let written = Set(try rows.map { try $0.get(0, as: Int64.self) })
            for (id, finding) in changed where !written.contains(id) {
                guard let seen = open.first(where: { $0.id == id }), finding.from < seen.from || seen.until < finding.until else {
                    continue
                }
                new.append(finding)
            }
        }
        let fresh = try unsettled(new, in: connection)
        return try connection.insert(
            fresh.map { FindingDraft(finding: $0, register: entry.register.id, point: entry.point(at: $0.from), message: message) },
            now: now)
    }

    /// Without what a person has settled: the same gap or a wider one, the same sum.
    func unsettled(_ findings: [Finding], in connection: Connection) throws -> [Finding] {
        guard !findings.isEmpty else { return [] }
        let settled = Set(
            try connection.query(
                """
                SELECT w.place FROM unnest(\(findings.map(\.rule)), \(findings.map(\.from)), \(findings.map(\.until)), \(findings.map { Connection.json($0.inputs) }))
                    WITH ORDINALITY AS w (rule, from_at, until_at, inputs, place)
                WHERE EXISTS (SELECT FROM finding f WHERE f.register_id = \(entry.register.id) AND f.rule = w.rule AND f.state = 'resolved'
                    AND f.resolved_by NOT IN ('VEE', 'system') AND (f.resolved_at < \(now) OR \(heedsThisMoment)) AND f.from_at <= w.from_at AND f.until_at >= w.until_at
                    AND (w.rule = \(Estimation.withoutBasis.name) OR f.inputs = w.inputs::jsonb))
                """
            ).map { Int(try $0.get(0, as: Int64.self)) - 1 })
        return findings.enumerated().filter { !settled.contains($0.offset) }.map(\.element)
    }
}
