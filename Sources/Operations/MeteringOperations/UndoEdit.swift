internal import Metering
public import Postgres
internal import VEE
public import Values

/// Takes an edit back: what would stand without it stands again, as a version of its own (``Restoration``), and the findings it
/// closed are open again where they still hold.
public struct UndoEdit: Sendable {
    let pool: Pool
    let directory: MeterDirectory
    /// - Parameter directory: as for ``EditValues``.
    public init(pool: Pool, directory: MeterDirectory = MeterDirectory()) {
        self.pool = pool
        self.directory = directory
    }

    /// - Throws: `EditRefusal`.
    public func callAsFunction(_ id: Int64, author: String, reason: String, now: Instant) async throws -> EditRecord {
        let meters = try await pool.with { connection in
            Set(
                try connection.query(
                    """
                    SELECT DISTINCT m.serial FROM edit_version v JOIN register r ON r.id = v.register_id JOIN meter m ON m.id = r.meter_id
                    WHERE v.edit_id = \(id)
                    """
                ).map { try $0.get(0, as: String.self) })
        }
        return try await directory.gate.pass(meters) {
            try await pool.transaction(retries: VersionCollision.retries) { connection in
                try VersionCollision.asSerializationFailure {
                    do {
                        return try UndoEdit.run(id, author: author, reason: reason, now: now, in: connection)
                    } catch let error as DatabaseError where error.isUniqueViolation && error.table == "edit" {
                        // Somebody took it back at the same moment.
                        throw EditRefusal.alreadyUndone(id)
                    }
                }
            }
        }
    }

    private static func run(_ id: Int64, author: String, reason: String, now: Instant, in connection: Connection) throws -> EditRecord {
        guard
            let (action, undoneBy) = try connection.optional(
                "SELECT e.action, u.id FROM edit e LEFT JOIN edit u ON u.undoes = e.id WHERE e.id = \(id)",
                { (try $0.get(0, as: String.self), try $0.get(1, as: Int64?.self)) })
        else { throw EditRefusal.unknownEdit(id) }
        guard undoneBy == nil else { throw EditRefusal.alreadyUndone(id) }
        guard action != EditAction.undo.rawValue else { throw EditRefusal.isUndo(id) }
        let edit = try EditRun(.undo, author: author, reason: reason, now: now, connection: connection)
        // A withdrawn delivery is received again, in its own name.
        let delivery: Identifier<Delivery>? = try connection.optional("SELECT delivery_id FROM delivery_cancellation WHERE edit_id = \(id)")
        try restore(id, delivery, edit)
        let findings = try connection.query(
            """
            UPDATE finding f SET state = 'open', resolved_at = NULL, resolved_by = NULL, resolution = NULL
            FROM edit_finding e WHERE e.edit_id = \(id) AND f.id = e.finding_id AND f.state = 'resolved'
            AND NOT EXISTS (SELECT FROM finding o WHERE o.state = 'open' AND o.rule = f.rule AND o.register_id = f.register_id
                AND o.from_at = f.from_at AND o.until_at = f.until_at AND o.alarm = f.alarm)
            RETURNING f.id
            """
        ).map { try $0.get(0, as: Int64.self) }
        return try edit.finish(undoes: id, findings: findings)
    }

    private static func restore(_ id: Int64, _ delivery: Identifier<Delivery>?, _ edit: EditRun) throws {
        let connection = edit.connection
        let rows = try connection.query(
            """
            SELECT DISTINCT v.register_id, r.meter_id, v.day, v.at FROM edit_version v JOIN register r ON r.id = v.register_id
            WHERE v.edit_id = \(id) ORDER BY v.register_id, v.day, v.at
            """)
        var entries: [Int64: RegisterEntry] = [:]
        let meters = Set(try rows.map { try $0.get(1, as: Identifier<Meter>.self) })
        for entry in try connection.meterEntries(Array(meters)).flatMap(\.registers) {
            entries[entry.id] = entry
        }
        let restoration = Restoration(edits: [id], received: delivery)
        var (days, moments): ([Int64: [Day]], [Int64: [Instant]]) = ([:], [:])
        for row in rows {
            if let day: Day = try row.get(2) {
                days[try row.get(0), default: []].append(day)
            } else if let at: Instant = try row.get(3) {
                moments[try row.get(0), default: []].append(at)
            }
        }
        for entry in entries.values.sorted(by: { $0.id < $1.id }) {
            try restoration.restore(entry, days[entry.id] ?? [], delivery: delivery, edit)
            try restoration.restore(entry, at: moments[entry.id] ?? [], delivery: delivery, edit)
        }
    }
}
