public import Postgres
public import Values

/// What a register showed when something happened to its meter.
public struct DeviceReading: Hashable, Sendable {
    public var obis: ObisCode
    /// 10^-6 of the register's unit.
    public var micro: Int64
    /// Nobody read it.
    public var isEstimated: Bool
    public init(obis: ObisCode, micro: Int64, isEstimated: Bool = false) {
        self.obis = obis
        self.micro = micro
        self.isEstimated = isEstimated
    }
}

/// Something that happened to a meter: who says so, and why.
public struct DeviceEvent: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case installation, exchange, removal, relocation, factor, reset
        case customerReading = "customer-reading"
    }
    public var id: Int64
    public var kind: Kind
    public var meteringPoint: String
    public var meter: String
    public var day: Day
    public var knownSince: Instant
    public var author: String
    public var reason: String
    /// What it was about, in the field's words: readings, factors, serials.
    public var details: [Finding.Input]
}

/// The life of the meters of a metering point, newest first.
public struct ListDeviceEvents: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Throws: `UnknownMeteringPoint`.
    public func callAsFunction(_ meteringPoint: String) async throws -> [DeviceEvent] {
        try await pool.with { connection in
            let point = try connection.meteringPointId(meteringPoint)
            return try connection.query(
                """
                SELECT e.id, e.kind, m.serial, e.day, e.known_since, e.author, e.reason, e.details
                FROM device_event e JOIN meter m ON m.id = e.meter_id WHERE e.metering_point_id = \(point) ORDER BY e.id DESC
                """
            ).map { row in
                DeviceEvent(
                    id: try row.get(0), kind: try StoredValueError.parsed(row.get(1), "a kind of event") { DeviceEvent.Kind(rawValue: $0) },
                    meteringPoint: meteringPoint, meter: try row.get(2), day: try row.get(3), knownSince: try row.get(4),
                    author: try row.get(5), reason: try row.get(6), details: try Connection.inputs(row.get(7, as: JSONB.self)))
            }
        }
    }
}
