internal import Metering
public import Postgres
internal import VEE
public import Values

/// Cancels a delivery as a whole: what would stand without it stands again (``Restoration``), be it of other deliveries or what a
/// person decided; where nobody else had said anything, nothing is believed and what can be estimated is. The history stays; the same delivery may come
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
        let restoration = Restoration(cancelled: delivery)
        var entries: [Int64: RegisterEntry] = [:]
        for entry in try connection.meterEntries(Array(Set(reaches.map(\.meter)))).flatMap(\.registers) {
            entries[entry.id] = entry
        }
        for reach in reaches {
            guard let entry = entries[reach.register], let until = reach.days.until else { continue }
            if entry.register.resolution != nil {
                let own = try connection.query(
                    """
                    SELECT DISTINCT day FROM day_block WHERE register_id = \(reach.register) AND day >= \(reach.days.from)
                    AND day < \(until) AND delivery_id = \(delivery) ORDER BY day
                    """
                ).map { try $0.get(0, as: Day.self) }
                for day in own { try restoration.restore(entry, day, delivery: delivery, edit) }
            } else {
                let (low, high) = (LocalTime.berlin.start(of: reach.days.from), LocalTime.berlin.start(of: until))
                let own = try connection.query(
                    """
                    SELECT DISTINCT at FROM register_reading WHERE register_id = \(entry.id) AND at BETWEEN \(low) AND \(high)
                    AND delivery_id = \(delivery) ORDER BY at
                    """
                ).map { try $0.get(0, as: Instant.self) }
                for at in own { try restoration.restore(entry, at: at, delivery: delivery, edit) }
            }
        }
        let kept = try edit.finish()
        try connection.execute("INSERT INTO delivery_cancellation (delivery_id, edit_id) VALUES (\(delivery), \(kept.id))")
        return kept
    }
}
