internal import JSON
internal import Metering
public import Postgres
public import VEE
public import Values

/// A finding as it lies on the worklist.
public struct FindingRecord: Hashable, Sendable {
    public var id: Int64
    public var finding: Finding
    /// Code of the metering point, serial and code of the register; nil where the finding is about none.
    public var meteringPoint: String?
    public var meter: String?
    public var obis: ObisCode?
    public var commodity: Commodity?
    /// What to do about it.
    public var proposal: Proposal
    /// The message that brought it.
    public var source: String?
    public var messageId: String?
    public var createdAt: Instant
    public var isOpen: Bool
    public var resolvedAt: Instant?
    public var resolvedBy: String?
    public var resolution: String?
}

/// Lists findings, newest first, or as a worklist: what is severe first, and of that what has waited longest.
public struct ListFindings: Sendable {
    public struct Filter: Hashable, Sendable {
        /// true: open ones, false: resolved ones, nil: all.
        public var isOpen: Bool?
        public var rule: String?
        public var severity: Finding.Severity?
        public var meteringPoint: String?
        public var meter: String?
        public var commodity: Commodity?
        /// As the worklist was at a moment: what was open then, in today's words; nil: now.
        public var asOf: Instant?
        public init(
            isOpen: Bool? = true, rule: String? = nil, severity: Finding.Severity? = nil, meteringPoint: String? = nil,
            meter: String? = nil,
            commodity: Commodity? = nil, asOf: Instant? = nil
        ) {
            self.isOpen = isOpen
            self.rule = rule
            self.severity = severity
            self.meteringPoint = meteringPoint
            self.meter = meter
            self.commodity = commodity
            self.asOf = asOf
        }
    }

    /// What stands first.
    public enum Order: Hashable, Sendable {
        case newest
        /// Failures, rejected items, warnings, notes; of each the oldest first.
        case urgent
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - cursor: the `next` of the page before.
    ///   - limit: 1…1000.
    /// - Throws: `ReadSeries.BadCursor`.
    public func callAsFunction(_ filter: Filter = Filter(), order: Order = .newest, cursor: String? = nil, limit: Int = 100) async throws
        -> (
            items: [FindingRecord], next: String?
        )
    {
        let place = try cursor.map { text throws(ReadSeries.BadCursor) in try Place(text, order) }
        let behind: SQL =
            switch (place, order) {
            case (nil, _): "true"
            case (let place?, .newest): "f.id < \(place.id)"
            case (let place?, .urgent): "(\(Place.rank), f.id) > (\(place.rank), \(place.id))"
            }
        let sorted: SQL = order == .newest ? "f.id DESC" : "\(Place.rank), f.id"
        let size = min(max(limit, 1), 1000)
        return try await pool.with { connection in
            let state = filter.isOpen.map { $0 ? "open" : "resolved" }
            var items = try connection.findings(
                """
                WHERE \(state.map { Connection.isFinding($0, asOf: filter.asOf) } ?? Connection.isKnown(asOf: filter.asOf)) AND (\(filter.rule)::text IS NULL OR f.rule = \(filter.rule))
                AND (\(filter.severity?.rawValue)::text IS NULL OR f.severity = \(filter.severity?.rawValue))
                AND (\(filter.meteringPoint)::text IS NULL OR p.code = \(filter.meteringPoint))
                AND (\(filter.commodity?.rawValue)::text IS NULL OR p.commodity = \(filter.commodity?.rawValue))
                AND (\(filter.meter)::text IS NULL OR m.serial = \(filter.meter)) AND \(behind)
                ORDER BY \(sorted) LIMIT \(size + 1)
                """)
            guard items.count > size else { return (items, nil) }
            items.removeLast()
            return (items, items.last.map { Place($0).text(order) })
        }
    }
}

/// Where a page of findings ends.
private struct Place {
    /// The most severe first.
    private static let severities: [Finding.Severity] = [.failure, .rejection, .warning, .event]
    static let rank: SQL = "array_position(\(severities.map(\.rawValue)), f.severity)"

    let rank: Int32
    let id: Int64

    init(_ record: FindingRecord) {
        id = record.id
        rank = Int32(clamping: (Place.severities.firstIndex(of: record.finding.severity) ?? Place.severities.count) + 1)
    }

    /// `17` by number, `2.17` by severity.
    init(_ text: String, _ order: ListFindings.Order) throws(ReadSeries.BadCursor) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == (order == .newest ? 1 : 2), let id = parts.last.flatMap({ Int64($0) }),
            let rank = order == .newest ? 0 : Int32(parts[0])
        else { throw ReadSeries.BadCursor() }
        self.id = id
        self.rank = rank
    }

    func text(_ order: ListFindings.Order) -> String { order == .newest ? String(id) : "\(rank).\(id)" }
}

/// Why one finding cannot be worked off.
public enum FindingProblem: Error, Hashable, Sendable { case unknown(Int64), alreadyResolved(Int64) }

extension Connection {
    fileprivate func findings(_ tail: SQL) throws -> [FindingRecord] {
        let select: SQL = """
            SELECT f.id, f.rule, f.severity, f.from_at, f.until_at, f.inputs, f.threshold, f.explanation, p.code, m.serial, r.obis, p.commodity,
                d.source, d.message_id, f.created_at, f.state = 'open', f.resolved_at, f.resolved_by, f.resolution, f.proposal
            FROM finding f LEFT JOIN metering_point p ON p.id = f.metering_point_id LEFT JOIN register r ON r.id = f.register_id
            LEFT JOIN meter m ON m.id = r.meter_id LEFT JOIN delivery d ON d.id = f.delivery_id
            """
        return try query(select + "\n" + tail).map { row in
            let inputs: JSONB = try row.get(5)
            let parsed = try Connection.inputs(inputs)
            let finding = Finding(
                rule: try row.get(1), severity: try StoredValueError.parsed(row.get(2), "a severity") { Finding.Severity(rawValue: $0) },
                from: try row.get(3), until: try row.get(4), inputs: parsed, threshold: try row.get(6), explanation: try row.get(7))
            let obis: String? = try row.get(10)
            let proposal: String? = try row.get(19)
            let commodity: String? = try row.get(11)
            return FindingRecord(
                id: try row.get(0), finding: finding, meteringPoint: try row.get(8), meter: try row.get(9),
                obis: obis.flatMap { ObisCode($0) },
                commodity: commodity.flatMap { Commodity(rawValue: $0) },
                proposal: proposal.flatMap { Proposal(rawValue: $0) } ?? Proposal.of(rule: finding.rule), source: try row.get(12),
                messageId: try row.get(13),
                createdAt: try row.get(14),
                isOpen: try row.get(15), resolvedAt: try row.get(16), resolvedBy: try row.get(17), resolution: try row.get(18))
        }
    }
}

extension Connection {
    /// Whether a finding is, or was, in a state.
    static func isFinding(_ state: String, asOf: Instant?) -> SQL {
        guard let asOf else { return "f.state = \(state)" }
        return state == "open"
            ? "f.created_at <= \(asOf) AND (f.resolved_at IS NULL OR f.resolved_at > \(asOf))"
            : "f.created_at <= \(asOf) AND f.resolved_at <= \(asOf)"
    }
    fileprivate static func isKnown(asOf: Instant?) -> SQL { asOf.map { "f.created_at <= \($0)" } ?? "true" }
}

extension Connection {
    /// Names and values as `json` wrote them.
    static func inputs(_ stored: JSONB) throws -> [Finding.Input] {
        try JSONNode(parsing: Array(stored.text.utf8)).elements().map { node in
            Finding.Input(try node.string("name"), try node.string("value"))
        }
    }
}
