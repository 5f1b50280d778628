internal import Metering
public import Postgres
internal import VEE
public import Values

/// Everything that was ever known about one value: each version with who said it, since when, and why.
public struct ReadHistory: Sendable {
    public struct Version: Hashable, Sendable {
        public var meteringPoint: String
        /// The serial; of a computed value the code of its point.
        public var meter: String
        public var obis: ObisCode
        /// The first moment of the slot, or the moment of the reading.
        public var at: Instant
        public var version: Int32
        public var knownSince: Instant
        /// 10^-6 of `unit`.
        public var micro: Int64
        public var unit: UnitCode
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
        /// Of a computed value: the versions of its parts that came with this one, as they were
        /// delivered, before factors. Over the history each version of each part is told once.
        public var sources: [Version] = []
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameters:
    ///   - at: a moment within the slot, or that of the reading.
    ///   - asOf: only what was known then; nil: everything.
    /// - Returns: oldest first, by meter; computed values last; empty if nothing was ever known.
    /// - Throws: `UnknownMeteringPoint`.
    public func callAsFunction(_ meteringPoint: String, obis: ObisCode, at: Instant, asOf: Instant? = nil) async throws -> [Version] {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let point = try connection.meteringPointId(meteringPoint)
            let measured = try ReadHistory.registers(point, obis, at: at, connection).flatMap { register in
                if let resolution = register.resolution {
                    let (day, slot) = resolution.slot(at: at)
                    return try ReadHistory.slots(register, resolution, day, slot..<slot + 1, of: meteringPoint, connection)
                } else {
                    return try ReadHistory.reading(register, at, of: meteringPoint, connection)
                }
            }.filter { version in asOf.map { version.knownSince <= $0 } ?? true }
            return try measured + ComputedHistory(connection: connection, at: at, asOf: asOf).versions(of: point, meteringPoint, obis)
        }
    }

    /// Registers of a code that hung at a point at a moment; a reading at the moment of removal belongs to the removed meter.
    static func registers(
        _ point: Identifier<MeteringPoint>, _ obis: ObisCode, at: Instant, _ connection: Connection
    ) throws -> [Register] {
        try connection.registers(ofMeters: connection.meterIds(ofPoints: [point])).filter { register in
            register.obis == obis
                && register.installations.entries.contains { stay in
                    guard stay.value == point, LocalTime.berlin.start(of: stay.range.from) <= at else { return false }
                    guard let end = stay.range.until.map({ LocalTime.berlin.start(of: $0) }) else { return true }
                    return at < end || (at == end && register.resolution == nil)
                }
        }
    }

    private static let told: SQL = """
        LEFT JOIN delivery d ON d.id = x.delivery_id
        LEFT JOIN LATERAL (SELECT e.id, e.reason, e.author, e.undoes FROM edit_version v JOIN edit e ON e.id = v.edit_id
            WHERE v.register_id = x.register_id AND v.version = x.version AND v.day IS NOT DISTINCT FROM x.day AND v.at IS NOT DISTINCT FROM x.at) e ON true
        """

    /// Every version of slots of a day, by version and slot.
    static func slots(
        _ register: Register, _ resolution: Resolution, _ day: Day, _ range: Range<Int>, of code: String, _ connection: Connection
    ) throws -> [Version] {
        let count = resolution.slots(of: day)
        return try connection.query(
            """
            SELECT x.version, x.known_since, x.first_slot, x.slots, x.values, x.marks, coalesce(e.author, x.author), x.delivery_id, d.source, d.message_id,
                e.id, e.reason, e.undoes
            FROM (SELECT *, NULL::timestamptz AS at FROM day_block WHERE register_id = \(register.id) AND day = \(day)
                AND first_slot < \(Int32(clamping: range.upperBound)) AND first_slot + slots > \(Int32(clamping: range.lowerBound))) x \(told) ORDER BY x.version
            """
        ).flatMap { row in
            let first: Int32 = try row.get(2)
            let slots: Int32 = try row.get(3)
            let overlay = try Overlay(
                version: row.get(0), knownSince: row.get(1), firstSlot: Int(first), slots: Int(slots), packedValues: row.get(4),
                packedMarks: row.get(5))
            let fold = DayBlock.fold([overlay], slots: count)
            return try range.clamped(to: 0..<count).filter { fold.status($0) != .absent }.map { slot in
                try version(
                    register, code, resolution.start(of: slot, of: day), overlay.version, overlay.knownSince, fold.values[slot],
                    fold.mark(slot), row, from: 6)
            }
        }
    }

    private static func reading(_ register: Register, _ at: Instant, of code: String, _ connection: Connection) throws -> [Version] {
        try connection.query(
            """
            SELECT x.at, x.version, x.value_micro, x.status, x.method, x.reason, x.known_since, coalesce(e.author, x.author), x.delivery_id, d.source, d.message_id,
                e.id, e.reason, e.undoes
            FROM (SELECT *, NULL::date AS day FROM register_reading WHERE register_id = \(register.id) AND at = \(at)) x \(told) ORDER BY x.version
            """
        ).map { row in
            let reading = try RegisterReading(row, from: 0)
            return try version(register, code, at, reading.version, row.get(6), reading.micro, reading.mark, row, from: 7)
        }
    }

    /// From the columns author, delivery, source, message, edit, its reason, the edit it took back.
    private static func version(
        _ register: Register, _ code: String, _ at: Instant, _ version: Int32, _ knownSince: Instant, _ micro: Int64, _ mark: Mark,
        _ row: Row, from column: Int
    ) throws -> Version {
        let undone: Int64? = try row.get(column + 6)
        let words: String? = try row.get(column + 5)
        return Version(
            meteringPoint: code, meter: register.serial, obis: register.obis, at: at, version: version, knownSince: knownSince,
            micro: micro, unit: register.unit, status: mark.status,
            method: EstimationMethod.word(raw: mark.method), reason: EstimationReason.word(raw: mark.reason), author: try row.get(column),
            delivery: try row.get(column + 1), source: try row.get(column + 2), messageId: try row.get(column + 3),
            edit: try row.get(column + 4),
            editReason: undone.map { number in ["Rücknahme von Bearbeitung \(number)", words].compactMap(\.self).joined(separator: ": ") }
                ?? words)
    }
}
