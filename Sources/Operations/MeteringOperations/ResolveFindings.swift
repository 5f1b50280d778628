internal import Metering
public import Postgres
public import VEE
public import Values

/// Works off findings: closes them and does with their values what the person decided, all in one edit that can be undone.
public struct ResolveFindings: Sendable {
    /// What is done with the values of each finding.
    public enum Action: Hashable, Sendable {
        /// Nothing: somebody has looked.
        case settle
        case accept
        case confirm
        /// nil: as the cascade decides.
        case estimate(EstimationMethod?)
        /// One value per slot or reading of the finding, 10^-6 of the register's unit; for a single finding.
        case replace([Int64])
        case withdraw

        var edit: EditAction {
            switch self {
            case .settle: .settle
            case .accept: .accept
            case .confirm: .confirm
            case .estimate: .estimate
            case .replace: .replace
            case .withdraw: .withdraw
            }
        }
    }
    public struct Outcome: Hashable, Sendable {
        public var edit: EditRecord
        /// Closed by it.
        public var resolved: [Int64]
        /// Closed before, by others.
        public var skipped: [Int64]
        /// Closed by it, but there was no value to do the action with.
        public var withoutValues: [Int64]
    }

    let pool: Pool
    let directory: MeterDirectory
    /// - Parameter directory: as for ``EditValues``.
    public init(pool: Pool, directory: MeterDirectory = MeterDirectory()) {
        self.pool = pool
        self.directory = directory
    }

    /// - Parameter ids: up to a thousand.
    /// - Throws: `EditRefusal`; nothing is changed then.
    public func callAsFunction(_ ids: [Int64], action: Action, author: String, reason: String, now: Instant) async throws -> Outcome {
        let meters = try await pool.with { connection in
            Set(
                try connection.query(
                    """
                    SELECT DISTINCT m.serial FROM finding f JOIN register r ON r.id = f.register_id JOIN meter m ON m.id = r.meter_id
                    WHERE f.id = ANY(\(ids))
                    """
                ).map { try $0.get(0, as: String.self) })
        }
        return try await directory.gate.pass(meters) {
            try await pool.transaction(retries: VersionCollision.retries) { connection in
                try VersionCollision.asSerializationFailure {
                    try ResolveFindings.run(ids, action: action, author: author, reason: reason, now: now, in: connection)
                }
            }
        }
    }

    private struct Subject {
        let id: Int64
        let isOpen: Bool
        let register: Identifier<Register>?
        let meter: Identifier<Meter>?
        let from: Instant
        let until: Instant
    }

    /// The same, inside the caller's transaction.
    static func run(_ ids: [Int64], action: Action, author: String, reason: String, now: Instant, in connection: Connection) throws
        -> Outcome
    {
        let subjects = try connection.query(
            """
            SELECT f.id, f.state = 'open', f.register_id, r.meter_id, f.from_at, f.until_at
            FROM finding f LEFT JOIN register r ON r.id = f.register_id WHERE f.id = ANY(\(ids)) ORDER BY f.id FOR UPDATE OF f
            """
        ).map { row in
            Subject(
                id: try row.get(0), isOpen: try row.get(1), register: try row.get(2), meter: try row.get(3), from: try row.get(4),
                until: try row.get(5))
        }
        if let unknown = ids.first(where: { id in !subjects.contains { $0.id == id } }) { throw EditRefusal.unknownFinding(unknown) }
        let open = subjects.filter(\.isOpen)
        if case .replace = action, open.count > 1 { throw EditRefusal.notWithFindings(.replace) }
        let edit = try EditRun(action.edit, author: author, reason: reason, now: now, connection: connection)
        var entries: [Identifier<Register>: RegisterEntry] = [:]
        if action != .settle {
            for entry in try connection.meterEntries(Array(Set(open.compactMap(\.meter)))).flatMap(\.registers) {
                entries[entry.register.id] = entry
            }
        }
        var withoutValues: [Int64] = []
        for subject in open where action != .settle {
            guard let entry = subject.register.flatMap({ entries[$0] }) else {
                withoutValues.append(subject.id)
                continue
            }
            let count = try apply(action, to: entry, subject, edit)
            if count == 0 { withoutValues.append(subject.id) }
        }
        // First, so that what estimation still finds afterwards is opened anew and not closed with the rest.
        try connection.execute(
            """
            UPDATE finding SET state = 'resolved', resolved_at = \(now), resolved_by = \(author), resolution = \(reason)
            WHERE id = ANY(\(open.map(\.id)))
            """)
        let record = try edit.finish(findings: open.map(\.id))
        return Outcome(
            edit: record, resolved: open.map(\.id), skipped: subjects.filter { !$0.isOpen }.map(\.id), withoutValues: withoutValues)
    }

    private static func apply(_ action: Action, to entry: RegisterEntry, _ subject: Subject, _ edit: EditRun) throws -> Int {
        var change = ValueChange(action: action.edit)
        if case .replace(let values) = action { change.values = values }
        if case .estimate(let method) = action { change.method = method }
        let isRegister = entry.register.resolution == nil
        // A finding about a channel may name a moment; then it is about the slot that holds it.
        guard isRegister || subject.from < subject.until else { return 0 }
        guard subject.from.seconds(until: subject.until) <= EditRun.longestSeconds else { return 0 }
        if isRegister {
            // Of the two readings that contradict each other, the later one is in doubt; the one before it is the measure.
            return try change.apply(to: [entry], from: subject.until, until: subject.until, edit: edit)
        }
        return try change.apply(to: [entry], from: subject.from, until: subject.until, isClosed: true, edit: edit)
    }
}
