public import Metering
public import Postgres
public import Values

/// A metering point with all devices that hang or hung there.
public struct MeteringPointDetails: Hashable, Sendable {
    public struct Device: Hashable, Sendable {
        public var serial: String
        public var installation: DayRange
        public var registers: [Register]
    }
    public var id: Identifier<MeteringPoint>
    public var code: String
    public var commodity: Commodity
    public var state: String?
    public var street: String?
    public var house: String?
    public var postcode: String?
    public var city: String?
    /// Degrees as plain decimals.
    public var latitude: String?
    public var longitude: String?
    public var capacity: Measure?
    /// In order of installation.
    public var devices: [Device]
}

/// There is no metering point of this code.
public struct UnknownMeteringPoint: Error, Hashable, Sendable {
    public let code: String
    public init(_ code: String) { self.code = code }
}

/// Looks a metering point up by its code.
public struct GetMeteringPoint: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Throws: `UnknownMeteringPoint`.
    public func callAsFunction(_ code: String) async throws -> MeteringPointDetails {
        try await pool.transaction(readOnly: true) { try $0.meteringPoint(code) }
    }
}

extension Connection {
    func meteringPointId(_ code: String) throws -> Identifier<MeteringPoint> {
        // A code with a NUL is a code that does not exist, not an error of the database.
        guard !code.utf8.contains(0), let id: Identifier<MeteringPoint> = try optional("SELECT id FROM metering_point WHERE code = \(code)")
        else {
            throw UnknownMeteringPoint(code)
        }
        return id
    }

    func meteringPoint(_ code: String) throws -> MeteringPointDetails {
        let id = try meteringPointId(code)
        var details = try one(
            """
            SELECT commodity, state, street, house, postcode, city, trim_scale(latitude)::text, trim_scale(longitude)::text, capacity_micro, capacity_unit
            FROM metering_point WHERE id = \(id)
            """
        ) { row in
            let micro: Int64? = try row.get(8)
            let unit: String? = try row.get(9)
            return MeteringPointDetails(
                id: id, code: code, commodity: try StoredValueError.parsed(row.get(0), "a commodity") { Commodity(rawValue: $0) },
                state: try row.get(1), street: try row.get(2), house: try row.get(3), postcode: try row.get(4), city: try row.get(5),
                latitude: try row.get(6), longitude: try row.get(7),
                capacity: try micro.flatMap { micro in
                    try unit.map { Measure(micro: micro, unit: try StoredValueError.parsed($0, "a unit") { UnitCode(rawValue: $0) }) }
                },
                devices: [])
        }
        let registers = Dictionary(grouping: try registers(ofMeters: meterIds(ofPoints: [id])), by: \.meter)
        for row in try query(
            """
            SELECT i.meter_id, m.serial, i.valid FROM installation i JOIN meter m ON m.id = i.meter_id
            WHERE i.metering_point_id = \(id) ORDER BY lower(i.valid), m.serial
            """)
        {
            let meter: Identifier<Meter> = try row.get(0)
            details.devices.append(.init(serial: try row.get(1), installation: try row.get(2), registers: registers[meter] ?? []))
        }
        return details
    }
}
