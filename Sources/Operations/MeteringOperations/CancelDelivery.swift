internal import Metering
public import Postgres
internal import VEE
public import Values

/// Cancels a delivery as a whole: where its values still stand, what other deliveries said before stands again, and where
/// nobody had said anything, nothing is believed and what can be estimated is. The history stays; the same delivery may come
/// again and is then taken like a new one. `UndoEdit` takes the cancellation back.
public struct CancelDelivery: Sendable {
    let pool: Pool
    let directory: MeterDirectory
    /// - Parameter directory: as for ``EditValues``.
    public init(pool: Pool, directory: MeterDirectory = MeterDirectory()) {
        self.pool = pool
        self.directory = directory
    }

    /// - Throws: `EditRefusal`.
    public func callAsFunction(_ id: Int64, author: String, reason: String, now: Instant) async throws -> EditRecord {
        let reaches = try await pool.with { try CancelDelivery.reaches(of: id, in: $0) }
        return try await directory.gate.pass(Set(reaches.map(\.serial))) {
            try await pool.transaction(retries: VersionCollision.retries) { connection in
                try VersionCollision.asSerializationFailure {
                    try CancelDelivery.run(id, reaches, author: author, reason: reason, now: now, in: connection)
                }
            }
        }
    }

    /// A register of which a delivery brought values, and their days.
    private struct Reach: Sendable {
        let register: Int64
        let meter: Identifier<Meter>
        let serial: String
        let days: DayRange
    }

    /// The journal knows which registers a transaction wrote; deliveries from before there was one are looked for themselves.
    private static func reaches(of id: Int64, in connection: Connection) throws -> [Reach] {
        let rows = try connection.query(
            """
            SELECT DISTINCT u.register_id, r.meter_id, m.serial, c.days FROM delivery d
            JOIN reading_change c ON c.known_since = d.received_at AND c.kind = 'delivery' CROSS JOIN LATERAL unnest(day_block_values(c.registers, c.count)) AS u (register_id)
            JOIN register r ON r.id = u.register_id JOIN meter m ON m.id = r.meter_id WHERE d.id = \(id)
            """)
        let known = try rows.map { Reach(register: try $0.get(0), meter: try $0.get(1), serial: try $0.get(2), days: try $0.get(3)) }
        if !known.isEmpty { return known }
        return try connection.query(
            """
            SELECT x.register_id, r.meter_id, m.serial, daterange(min(x.day), max(x.day) + 1) FROM (
                SELECT register_id, day FROM day_block WHERE delivery_id = \(id)
                UNION ALL SELECT register_id, (at AT TIME ZONE 'Europe/Berlin')::date FROM register_reading WHERE delivery_id = \(id)
            ) x JOIN register r ON r.id = x.register_id JOIN meter m ON m.id = r.meter_id GROUP BY x.register_id, r.meter_id, m.serial
            """
        ).map { Reach(register: try $0.get(0), meter: try $0.get(1), serial: try $0.get(2), days: try $0.get(3)) }
    }

    private static func run(_ id: Int64, _ reaches: [Reach], author: String, reason: String, now: Instant, in connection: Connection) throws
        -> EditRecord
    {
        guard let record = try connection.deliveries("WHERE d.id = \(id)").first else { throw EditRefusal.unknownDelivery(id) }
        guard record.cancelledBy == nil else { throw EditRefusal.alreadyCancelled(id) }
        let edit = try EditRun(.cancelDelivery, author: author, reason: reason, now: now, connection: connection)
        let delivery = Identifier<Delivery>(id)
        var entries: [Int64: RegisterEntry] = [:]
        for entry in try connection.meterEntries(Array(Set(reaches.map(\.meter)))).flatMap(\.registers) {
            entries[entry.id] = entry
        }
        for reach in reaches {
            guard let entry = entries[reach.register], let until = reach.days.until else { continue }
            if let resolution = entry.register.resolution {
                let own = try connection.query(
                    """
                    SELECT day, array_agg(version) FROM day_block WHERE register_id = \(reach.register) AND day >= \(reach.days.from)
                    AND day < \(until) AND delivery_id = \(delivery) GROUP BY day ORDER BY day
                    """
                ).map { (day: try $0.get(0, as: Day.self), versions: try $0.get(1, as: [Int32].self)) }
                for (day, versions) in own {
                    let gone = try cancelled(entry, day, in: connection)
                    try withdraw(entry, resolution, day, Set(versions), gone, delivery, edit)
                }
            } else {
                try withdraw(entry, reach.days, until, delivery, edit)
            }
        }
        let kept = try edit.finish()
        try connection.execute("INSERT INTO delivery_cancellation (delivery_id, edit_id) VALUES (\(delivery), \(kept.id))")
        return kept
    }

    /// Deliveries that stand cancelled: their values are no fallback for those of another.
    private static let isCancelled: SQL = """
        EXISTS (SELECT FROM delivery_cancellation c WHERE c.delivery_id = x.delivery_id
            AND NOT EXISTS (SELECT FROM edit u WHERE u.undoes = c.edit_id))
        """

    private static func cancelled(_ entry: RegisterEntry, _ day: Day, in connection: Connection) throws -> Set<Int32> {
        Set(
            try connection.query(
                "SELECT x.version FROM day_block x WHERE x.register_id = \(entry.id) AND x.day = \(day) AND \(isCancelled)"
            )
            .map { try $0.get(0, as: Int32.self) })
    }

    private static let nothing = Mark(status: .rejected, reason: EstimationReason.withdrawn.rawValue)

    private static func withdraw(
        _ entry: RegisterEntry, _ resolution: Resolution, _ day: Day, _ versions: Set<Int32>, _ gone: Set<Int32>,
        _ delivery: Identifier<Delivery>, _ edit: EditRun
    ) throws {
        let length = resolution.slots(of: day)
        let stored = try edit.connection.dayBlocks([(entry.id, day, day.adding(days: 1))])[entry.id]?.days[day] ?? []
        let now = DayBlock.fold(stored.map(\.overlay), slots: length)
        let others = DayBlock.fold(
            stored.filter { $0.isDelivered && !versions.contains($0.overlay.version) && !gone.contains($0.overlay.version) }.map(\.overlay),
            slots: length)
        let end = LocalTime.berlin.start(of: day.adding(days: 1))
        try edit.change(entry, from: LocalTime.berlin.start(of: day), until: end, delivery: delivery) { start, current, _ in
            guard let slot = resolution.slot(at: start, of: day), versions.contains(now.versions[slot]) else { return nil }
            if others.status(slot) != .absent { return EditRun.Value(micro: others.values[slot], mark: others.mark(slot)) }
            return EditRun.Value(micro: current.micro, mark: nothing)
        }
    }

    private static func withdraw(
        _ entry: RegisterEntry, _ days: DayRange, _ until: Day, _ delivery: Identifier<Delivery>, _ edit: EditRun
    ) throws {
        let (low, high) = (LocalTime.berlin.start(of: days.from), LocalTime.berlin.start(of: until))
        let standing = try edit.connection.query(
            """
            SELECT at FROM (
                SELECT DISTINCT ON (at) at, delivery_id FROM register_reading WHERE register_id = \(entry.id) AND at BETWEEN \(low) AND \(high)
                ORDER BY at, version DESC
            ) r WHERE delivery_id = \(delivery) ORDER BY at
            """
        ).map { try $0.get(0, as: Instant.self) }
        for at in standing {
            let before = try edit.connection.optional(
                """
                SELECT x.at, x.version, x.value_micro, x.status, x.method, x.reason FROM register_reading x
                WHERE x.register_id = \(entry.id) AND x.at = \(at) AND x.delivery_id <> \(delivery) AND NOT \(isCancelled)
                ORDER BY x.version DESC LIMIT 1
                """, { try RegisterReading($0, from: 0) })
            try edit.changeReadings(entry, from: at, through: at, delivery: delivery) { _, current, _ in
                before.map { EditRun.Value(micro: $0.micro, mark: $0.mark) } ?? EditRun.Value(micro: current.micro, mark: nothing)
            }
        }
    }
}
