internal import Metering
public import Postgres
internal import VEE
public import Values

/// Values that nobody believes and in whose place something else stands: what a picture of a problem shows beside what holds.
///
/// A series says what holds, and where a stand-in was made, what was sent is in it no more. Whoever decides about the stand-in wants
/// to see what it stands for.
public struct ReadRejected: Sendable {
    public struct Value: Hashable, Sendable {
        public var meter: String
        /// The first moment of the slot, or the moment of the reading.
        public var at: Instant
        /// 10^-6 of the register's unit, as it was sent.
        public var micro: Int64
    }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter to: exclusive, at most 400 days behind `from`; later ones are left out.
    /// - Returns: in order of time; without those that are in the series as rejected.
    /// - Throws: `UnknownMeteringPoint`.
    public func callAsFunction(_ meteringPoint: String, obis: ObisCode, from: Instant, to: Instant) async throws -> [Value] {
        let end = min(to, from.adding(seconds: EditRun.longestSeconds))
        guard from < end else { return [] }
        return try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            let point = try connection.meteringPointId(meteringPoint)
            let registers = try connection.registers(ofMeters: connection.meterIds(ofPoints: [point])).filter { $0.obis == obis }
            return try registers.flatMap { register in
                if let resolution = register.resolution {
                    try ReadRejected.slots(register, resolution, from, end, connection)
                } else {
                    try ReadRejected.readings(register, from, end, connection)
                }
            }.sorted { ($0.at, $0.meter) < ($1.at, $1.meter) }
        }
    }

    private static func slots(
        _ register: Register, _ resolution: Resolution, _ from: Instant, _ to: Instant, _ connection: Connection
    ) throws -> [Value] {
        let time = LocalTime.berlin
        let first = time.day(of: from)
        let until = time.day(of: Instant(microseconds: to.microseconds - 1)).adding(days: 1)
        let stored = try connection.dayBlocks([(register.id.number, first, until)])[register.id.number] ?? ChannelDays()
        var found: [Value] = []
        for (day, blocks) in stored.days.sorted(by: { $0.key < $1.key }) {
            let count = resolution.slots(of: day)
            var rejected: [Int: Int64] = [:]
            var standing = DaySlots(empty: count)
            for block in blocks.sorted(by: { $0.overlay.version < $1.overlay.version }) {
                let own = DayBlock.fold([block.overlay], slots: count)
                for slot in 0..<count {
                    switch own.status(slot) {
                    // A stand-in that a person gave up was never sent.
                    case .rejected where own.mark(slot) != .retracted && ![.estimated, .substituted].contains(standing.status(slot)):
                        rejected[slot] = own.values[slot]
                    case .measured, .provisional: rejected[slot] = nil
                    default: break
                    }
                }
                standing.lay(block.overlay)
            }
            found += rejected.filter { standing.status($0.key) != .rejected }.map { slot, micro in
                Value(meter: register.serial, at: resolution.start(of: slot, of: day), micro: micro)
            }.filter { $0.at >= from && $0.at < to }
        }
        return found
    }

    private static func readings(_ register: Register, _ from: Instant, _ to: Instant, _ connection: Connection) throws -> [Value] {
        let rejected = Int16(ValueStatus.rejected.rawValue)
        return try connection.query(
            """
            SELECT DISTINCT ON (r.at) r.at, r.value_micro FROM register_reading r
            WHERE r.register_id = \(register.id) AND r.at >= \(from) AND r.at < \(to) AND r.status = \(rejected)
            AND r.method <> \(Int16(Mark.retracted.method)) AND r.delivery_id IS NOT NULL
            AND EXISTS (SELECT FROM register_reading l WHERE l.register_id = r.register_id AND l.at = r.at AND l.version > r.version
                AND l.status <> \(rejected) AND l.value_micro <> r.value_micro)
            ORDER BY r.at, r.version DESC
            """
        ).map { Value(meter: register.serial, at: try $0.get(0), micro: try $0.get(1)) }
    }
}
