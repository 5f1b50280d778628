internal import Metering
public import Postgres
internal import VEE
public import Values

/// Everything that was ever known about one value: each version with who said it, since when, and why.
public struct ReadHistory: Sendable {
    public struct Version: Hashable, Sendable {
        public var meter: String
        /// The first moment of the slot, or the moment of the reading.
        public var at: Instant
        public var version: Int32
        public var knownSince: Instant
        /// 10^-6 of the register's unit.
        public var micro: Int64
        public var status: ValueStatus
        public var method: String?
        public var reason: String?
        /// Empty for what was delivered; VEE for what was estimated here. Where an edit was taken back: who did, also for the estimate
        /// that stands again because of it.
        public var author: String
        /// The message that brought it.
        public var delivery: Int64?
        public var source: String?
        public var messageId: String?
        /// The edit that wrote it, with the person's words; of an undo they name the edit that it took back.
        public var edit: Int64?
        public var editReason: String?
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter at: a moment within the slot, or that of the reading.
    /// - Returns: oldest first, by meter; empty if nothing was ever known.
    /// - Throws: `UnknownMeteringPoint`.
    public func callAsFunction(_ meteringPoint: String, obis: ObisCode, at: Instant) async throws -> [Version] {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let point = try connection.meteringPointId(meteringPoint)
            let registers = try connection.registers(ofMeters: connection.meterIds(ofPoints: [point])).filter { register in
                register.obis == obis && register.isInstalled(at: at) && register.installations.entries.contains { $0.value == point }
            }
            return try registers.flatMap { register in
                if let resolution = register.resolution {
                    try ReadHistory.slot(register, resolution, at, connection)
                } else {
                    try ReadHistory.reading(register, at, connection)
                }
            }
        }
    }

    private static let told: SQL = """
        LEFT JOIN delivery d ON d.id = x.delivery_id
        LEFT JOIN LATERAL (SELECT e.id, e.reason, e.author, e.undoes FROM edit_version v JOIN edit e ON e.id = v.edit_id
            WHERE v.register_id = x.register_id AND v.version = x.version AND v.day IS NOT DISTINCT FROM x.day AND v.at IS NOT DISTINCT FROM x.at) e ON true
        """

    private static func slot(_ register: Register, _ resolution: Resolution, _ at: Instant, _ connection: Connection) throws -> [Version] {
        let day = LocalTime.berlin.day(of: at)
        let count = resolution.slots(of: day)
        guard let slot = (0..<count).last(where: { resolution.start(of: $0, of: day) <= at }) else { return [] }
        let start = resolution.start(of: slot, of: day)
        return try connection.query(
            """
            SELECT x.version, x.known_since, x.first_slot, x.slots, x.values, x.marks, coalesce(e.author, x.author), x.delivery_id, d.source, d.message_id,
                e.id, e.reason, e.undoes
            FROM (SELECT *, NULL::timestamptz AS at FROM day_block WHERE register_id = \(register.id) AND day = \(day)
                AND first_slot <= \(Int32(slot)) AND first_slot + slots > \(Int32(slot))) x \(told) ORDER BY x.version
            """
        ).compactMap { row in
            let first: Int32 = try row.get(2)
            let slots: Int32 = try row.get(3)
            let overlay = try Overlay(
                version: row.get(0), knownSince: row.get(1), firstSlot: Int(first), slots: Int(slots), packedValues: row.get(4),
                packedMarks: row.get(5))
            let fold = DayBlock.fold([overlay], slots: count)
            guard fold.status(slot) != .absent else { return nil }
            return try version(register, start, overlay.version, overlay.knownSince, fold.values[slot], fold.mark(slot), row, from: 6)
        }
    }

    private static func reading(_ register: Register, _ at: Instant, _ connection: Connection) throws -> [Version] {
        try connection.query(
            """
            SELECT x.at, x.version, x.value_micro, x.status, x.method, x.reason, x.known_since, coalesce(e.author, x.author), x.delivery_id, d.source, d.message_id,
                e.id, e.reason, e.undoes
            FROM (SELECT *, NULL::date AS day FROM register_reading WHERE register_id = \(register.id) AND at = \(at)) x \(told) ORDER BY x.version
            """
        ).map { row in
            let reading = try RegisterReading(row, from: 0)
            return try version(register, at, reading.version, row.get(6), reading.micro, reading.mark, row, from: 7)
        }
    }

    /// From the columns author, delivery, source, message, edit, its reason, the edit it took back.
    private static func version(
        _ register: Register, _ at: Instant, _ version: Int32, _ knownSince: Instant, _ micro: Int64, _ mark: Mark, _ row: Row,
        from column: Int
    ) throws -> Version {
        let undone: Int64? = try row.get(column + 6)
        let words: String? = try row.get(column + 5)
        return Version(
            meter: register.serial, at: at, version: version, knownSince: knownSince, micro: micro, status: mark.status,
            method: EstimationMethod.text(mark.method), reason: EstimationReason.text(mark.reason), author: try row.get(column),
            delivery: try row.get(column + 1), source: try row.get(column + 2), messageId: try row.get(column + 3),
            edit: try row.get(column + 4),
            editReason: undone.map { number in ["Rücknahme von Bearbeitung \(number)", words].compactMap(\.self).joined(separator: ": ") }
                ?? words)
    }
}
