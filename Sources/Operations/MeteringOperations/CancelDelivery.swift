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
        let own = try CancelDelivery.own(delivery, reaches, in: connection)
        for register in Set(reaches.map(\.register)).sorted() {
            guard let entry = entries[register] else { continue }
            try restoration.restore(entry, own.days[register] ?? [], delivery: delivery, edit)
            try restoration.restore(entry, at: own.moments[register] ?? [], delivery: delivery, edit)
        }
        let kept = try edit.finish()
        try connection.execute("INSERT INTO delivery_cancellation (delivery_id, edit_id) VALUES (\(delivery), \(kept.id))")
        return kept
    }

    /// The days and moments of which the delivery brought values, by register.
    private static func own(_ delivery: Identifier<Delivery>, _ reaches: [Reach], in connection: Connection) throws -> (
        days: [Int64: [Day]], moments: [Int64: [Instant]]
    ) {
        let bounded = reaches.compactMap { reach in reach.days.until.map { (reach.register, reach.days.from, $0) } }
        var (days, moments): ([Int64: [Day]], [Int64: [Instant]]) = ([:], [:])
        for row in try connection.query(
            """
            SELECT DISTINCT b.register_id, b.day FROM unnest(\(bounded.map(\.0)), \(bounded.map(\.1)), \(bounded.map(\.2))) AS w (register_id, low, high)
            CROSS JOIN LATERAL (SELECT * FROM day_block d WHERE d.register_id = w.register_id AND d.day >= w.low AND d.day < w.high OFFSET 0) b
            WHERE b.delivery_id = \(delivery) ORDER BY b.register_id, b.day
            """)
        { days[try row.get(0), default: []].append(try row.get(1)) }
        let time = LocalTime.berlin
        for row in try connection.query(
            """
            SELECT DISTINCT b.register_id, b.at FROM unnest(\(bounded.map(\.0)), \(bounded.map { time.start(of: $0.1) }), \(bounded.map { time.start(of: $0.2) })) AS w (register_id, low, high)
            CROSS JOIN LATERAL (SELECT * FROM register_reading r WHERE r.register_id = w.register_id AND r.at BETWEEN w.low AND w.high OFFSET 0) b
            WHERE b.delivery_id = \(delivery) ORDER BY b.register_id, b.at
            """)
        { moments[try row.get(0), default: []].append(try row.get(1)) }
        return (days, moments)
    }
}
