internal import Metering
public import Postgres
internal import VEE
public import Values

/// Takes an edit back: what held before holds again, as a version of its own, and the findings it closed are open again.
///
/// Where something else was written since, a delivery or another edit, that stays.
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
                AND o.from_at = f.from_at AND o.until_at = f.until_at)
            RETURNING f.id
            """
        ).map { try $0.get(0, as: Int64.self) }
        return try edit.finish(undoes: id, findings: findings)
    }

    private static func restore(_ id: Int64, _ delivery: Identifier<Delivery>?, _ edit: EditRun) throws {
        let connection = edit.connection
        let rows = try connection.query(
            """
            SELECT v.register_id, r.meter_id, v.day, v.at, v.version FROM edit_version v JOIN register r ON r.id = v.register_id
            WHERE v.edit_id = \(id) ORDER BY v.register_id, v.day, v.at
            """)
        var entries: [Int64: RegisterEntry] = [:]
        let meters = Set(try rows.map { try $0.get(1, as: Identifier<Meter>.self) })
        for entry in try connection.meterEntries(Array(meters)).flatMap(\.registers) {
            entries[entry.id] = entry
        }
        let withdrawn = EditRun.withdrawn(.absent)
        for row in rows {
            guard let entry = entries[try row.get(0)] else { continue }
            let version: Int32 = try row.get(4)
            if let day: Day = try row.get(2), let resolution = entry.register.resolution {
                let length = resolution.slots(of: day)
                let stored = try connection.dayBlocks([(entry.id, day, day.adding(days: 1))])[entry.id]?.days[day] ?? []
                let before = DayBlock.fold(stored.map(\.overlay).filter { $0.version < version }, slots: length)
                let after = DayBlock.fold(stored.map(\.overlay), slots: length)
                let own = DayBlock.fold(stored.map(\.overlay).filter { $0.version == version }, slots: length)
                try edit.change(
                    entry, from: LocalTime.berlin.start(of: day), until: LocalTime.berlin.start(of: day.adding(days: 1)), delivery: delivery
                ) { start, current, _ in
                    guard let slot = resolution.slot(at: start, of: day), own.status(slot) != .absent,
                        after.versions[slot] == version || (after.versions[slot] > version && current.mark.isAutomatic)
                    else { return nil }
                    let mark = before.mark(slot)
                    // What was estimated before, or was not there, is estimated again from what is known now.
                    if mark.status == .absent || mark.isAutomatic { return current.mark.isAutomatic ? nil : withdrawn }
                    return EditRun.Value(micro: before.values[slot], mark: mark)
                }
            } else if let at: Instant = try row.get(3) {
                let before = try connection.optional(
                    """
                    SELECT at, version, value_micro, status, method, reason FROM register_reading
                    WHERE register_id = \(entry.id) AND at = \(at) AND version < \(version) ORDER BY version DESC LIMIT 1
                    """, { try RegisterReading($0, from: 0) })
                let last: Int32 = try connection.one(
                    "SELECT max(version) FROM register_reading WHERE register_id = \(entry.id) AND at = \(at)")
                guard last == version else { continue }
                try edit.changeReadings(entry, from: at, through: at, delivery: delivery) { _, current, _ in
                    before.map { EditRun.Value(micro: $0.micro, mark: $0.mark) } ?? EditRun.withdrawn(current)
                }
            }
        }
    }
}
