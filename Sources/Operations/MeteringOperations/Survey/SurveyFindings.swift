internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// What a survey found, brought into agreement with what is open: new findings are opened, lasting ones are continued, and those
/// whose cause is gone are closed.
///
/// A state (silence, a leak) is one finding of a register for as long as it lasts. What speaks of a certain moment (an
/// outlier) stands by its moment. What a person has settled is not opened again for the same episode.
struct SurveyFindings {
    /// Rules that describe how a register is now, with what has ended them, in German.
    static let states: [String: String] = [
        Rules.silence.text.name: "Werte kommen wieder vollständig.", Rules.siblings.text.name: "Alle Zählwerke des Geräts liefern wieder.",
        Rules.prolongedEstimation.text.name: "Es wird wieder gemessen.", Rules.leak.text.name: "Der Durchfluss ruht wieder.",
        Rules.zeroConsumption.text.name: "Es wird wieder verbraucht.",
    ]
    var drafts: [FindingDraft] = []

    mutating func add(_ findings: [Finding], _ entry: RegisterEntry) {
        drafts += findings.map { FindingDraft(finding: $0, register: entry.register.id, point: entry.point(at: $0.until), message: nil) }
    }

    /// - Parameters:
    ///   - rules: the rules that were asked. What is open of a state among them and was not found is over.
    ///   - registers: of these; nil: of all.
    /// - Returns: how many were opened and closed.
    func settle(rules: [String], registers: [Int64]? = nil, now: Instant, in connection: Connection) throws -> (opened: Int, closed: Int) {
        struct Key: Hashable {
            let rule: String
            let register: Int64
        }
        let states = rules.filter { SurveyFindings.states[$0] != nil }
        var open: [Key: (id: Int64, from: Instant)] = [:]
        // A survey of the past knows nothing of what was found since; it neither ends nor repeats it.
        var later: Set<Key> = []
        for row in try connection.query(
            """
            SELECT rule, register_id, id, from_at, until_at > \(now) OR created_at > \(now) FROM finding
            WHERE state = 'open' AND rule = ANY(\(states)) AND register_id IS NOT NULL AND (\(registers)::bigint[] IS NULL OR register_id = ANY(\(registers)))
            ORDER BY id DESC
            """)
        {
            if try row.get(4) {
                later.insert(Key(rule: try row.get(0), register: try row.get(1)))
                continue
            }
            // Of several the oldest goes on.
            open[Key(rule: try row.get(0), register: try row.get(1))] = (try row.get(2), try row.get(3))
        }
        let fresh = try unsettled(in: connection)
        var lasting: [(id: Int64, from: Instant, draft: FindingDraft)] = []
        var new: [FindingDraft] = []
        for draft in fresh {
            let key = Key(rule: draft.finding.rule, register: draft.register?.number ?? 0)
            if later.contains(key) { continue }
            if SurveyFindings.states[draft.finding.rule] != nil, let known = open.removeValue(forKey: key) {
                lasting.append((known.id, min(known.from, draft.finding.from), draft))
            } else {
                new.append(draft)
            }
        }
        try connection.execute(
            """
            UPDATE finding f SET severity = u.severity, from_at = u.from_at, until_at = u.until_at, threshold = u.threshold, explanation = u.explanation
            FROM unnest(\(lasting.map(\.id)), \(lasting.map(\.draft.finding.severity.rawValue)), \(lasting.map(\.from)),
                \(lasting.map(\.draft.finding.until)), \(lasting.map(\.draft.finding.threshold)), \(lasting.map(\.draft.finding.explanation)))
                AS u (id, severity, from_at, until_at, threshold, explanation)
            WHERE f.id = u.id
            """)
        let opened = try connection.insert(new, now: now)
        // What is still found but was settled by a person is not over either: only what was not found at all is.
        let found = Set(drafts.map { Key(rule: $0.finding.rule, register: $0.register?.number ?? 0) })
        let gone = open.filter { !found.contains($0.key) }
        let closed = try connection.execute(
            """
            UPDATE finding f SET state = 'resolved', resolved_at = \(now), resolved_by = 'system', resolution = u.resolution
            FROM unnest(\(gone.map(\.value.id)), \(gone.map { SurveyFindings.states[$0.key.rule] ?? "" })) AS u (id, resolution)
            WHERE f.id = u.id AND f.state = 'open'
            """)
        return (opened, closed)
    }

    /// Without what a person has settled already: of a state what touches the settled episode, else the very same moments.
    private func unsettled(in connection: Connection) throws -> [FindingDraft] {
        guard !drafts.isEmpty else { return [] }
        let settled = try connection.query(
            """
            SELECT DISTINCT w.place FROM unnest(\(drafts.map(\.finding.rule)), \(drafts.map { $0.register?.number }), \(drafts.map { $0.point?.number }),
                \(drafts.map(\.finding.from)), \(drafts.map(\.finding.until)), \(drafts.map { SurveyFindings.states[$0.finding.rule] != nil }))
                WITH ORDINALITY AS w (rule, register_id, point_id, from_at, until_at, is_state, place)
            JOIN finding f ON f.metering_point_id = w.point_id AND f.register_id = w.register_id AND f.rule = w.rule
            WHERE f.state = 'resolved' AND f.resolved_by NOT IN ('system', 'VEE')
            AND CASE WHEN w.is_state THEN f.until_at >= w.from_at ELSE f.from_at = w.from_at AND f.until_at = w.until_at END
            """
        ).map { Int(try $0.get(0, as: Int64.self)) - 1 }
        let places = Set(settled)
        return drafts.enumerated().filter { !places.contains($0.offset) }.map(\.element)
    }
}
