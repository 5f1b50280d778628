internal import Metering
internal import Postgres
internal import Values

/// A stored text that is none of its kind: somebody wrote to the database past the program.
public struct StoredValueError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    init(_ text: String, _ what: String) { description = "the database holds \"\(text.prefix(64))\" where \(what) belongs" }

    static func parsed<Value>(_ text: String, _ what: String, _ parse: (String) -> Value?) throws(StoredValueError) -> Value {
        guard let value = parse(text) else { throw StoredValueError(text, what) }
        return value
    }
}

extension Connection {
    /// The meters of these serials, in no order; unknown ones are left out.
    func meterIds(ofSerials serials: [String]) throws -> [(id: Identifier<Meter>, serial: String)] {
        try query("SELECT id, serial FROM meter WHERE serial = ANY(\(serials))").map { row in
            (try row.get(0), try row.get(1))
        }
    }

    /// The meters that hang or hung at these points, in no order.
    func meterIds(ofPoints points: [Identifier<MeteringPoint>]) throws -> [Identifier<Meter>] {
        try query("SELECT DISTINCT meter_id FROM installation WHERE metering_point_id = ANY(\(points))").map { try $0.get(0) }
    }

    /// All registers of these meters with parameters and installations, by meter and OBIS code.
    ///
    /// `OFFSET 0` makes each of these a walk down keys, meter by meter: before somebody analyses the tables after an import,
    /// the planner would rather read all parameters of all registers.
    ///
    /// A meter's commodity and capacity are those of the place where it hung last.
    func registers(ofMeters meters: [Identifier<Meter>]) throws -> [Register] {
        guard !meters.isEmpty else { return [] }
        var places: [Identifier<Meter>: [Place]] = [:]
        for row in try query(
            """
            SELECT i.meter_id, i.metering_point_id, i.valid, p.commodity, p.capacity_micro, p.capacity_unit
            FROM (SELECT DISTINCT unnest(\(meters))) AS m (id)
            CROSS JOIN LATERAL (SELECT * FROM installation i WHERE i.meter_id = m.id OFFSET 0) i
            CROSS JOIN LATERAL (SELECT * FROM metering_point p WHERE p.id = i.metering_point_id OFFSET 0) p
            ORDER BY i.meter_id, lower(i.valid)
            """)
        {
            places[try row.get(0), default: []].append(try Place(row))
        }
        var parameters: [Identifier<Register>: [(from: Day, value: Register.Parameters)]] = [:]
        for row in try query(
            """
            SELECT p.register_id, p.valid_from, p.digits, p.decimals, p.factor_micro, p.tariff_times
            FROM (SELECT DISTINCT unnest(\(meters))) AS m (id)
            CROSS JOIN LATERAL (SELECT r.id FROM register r WHERE r.meter_id = m.id OFFSET 0) r
            CROSS JOIN LATERAL (SELECT * FROM register_parameters p WHERE p.register_id = r.id OFFSET 0) p
            """)
        {
            let digits: Int16? = try row.get(2)
            let decimals: Int16 = try row.get(3)
            let times: String? = try row.get(5)
            let value = Register.Parameters(
                digits: digits.map(Int.init), decimals: Int(decimals), factor: Ratio(millionths: try row.get(4)),
                tariffTimes: try times.map { try StoredValueError.parsed($0, "tariff times") { TariffTimes($0) } })
            parameters[try row.get(0), default: []].append((try row.get(1), value))
        }
        var resets: [Identifier<Register>: [Register.Reset]] = [:]
        for row in try query(
            """
            SELECT s.register_id, s.at, s.before_micro, s.after_micro, s.is_estimated
            FROM register_reset s JOIN register r ON r.id = s.register_id WHERE r.meter_id = ANY(\(meters)) ORDER BY s.register_id, s.at
            """)
        {
            resets[try row.get(0), default: []].append(
                .init(at: try row.get(1), before: try row.get(2), after: try row.get(3), isEstimated: try row.get(4)))
        }
        return try query(
            """
            SELECT r.id, r.meter_id, m.serial, r.obis, r.unit, r.resolution_seconds
            FROM (SELECT DISTINCT unnest(\(meters))) AS w (id)
            CROSS JOIN LATERAL (SELECT * FROM meter m WHERE m.id = w.id OFFSET 0) m
            CROSS JOIN LATERAL (SELECT * FROM register r WHERE r.meter_id = m.id OFFSET 0) r
            ORDER BY r.meter_id, r.obis
            """
        ).compactMap { row -> Register? in
            let id: Identifier<Register> = try row.get(0)
            let meter: Identifier<Meter> = try row.get(1)
            // A meter that never hung anywhere measures nothing for us yet.
            guard let hung = places[meter], let last = hung.last else { return nil }
            let seconds: Int32? = try row.get(5)
            return Register(
                id: id, meter: meter, serial: try row.get(2),
                obis: try StoredValueError.parsed(row.get(3), "an OBIS code") { ObisCode($0) },
                unit: try StoredValueError.parsed(row.get(4), "a unit") { UnitCode(rawValue: $0) },
                resolution: try seconds.map { seconds in
                    try StoredValueError.parsed("\(seconds)", "a resolution") { _ in Resolution(storedSeconds: seconds) }
                },
                parameters: Timeline(steps: parameters[id] ?? []), commodity: last.commodity,
                installations: try Timeline(hung.map { .init($0.range, $0.point) }), capacity: last.capacity, resets: resets[id] ?? [])
        }
    }

    private struct Place {
        let point: Identifier<MeteringPoint>
        let range: DayRange
        let commodity: Commodity
        let capacity: Measure?

        init(_ row: Row) throws {
            point = try row.get(1)
            range = try row.get(2)
            commodity = try StoredValueError.parsed(row.get(3), "a commodity") { Commodity(rawValue: $0) }
            let micro: Int64? = try row.get(4)
            let unit: String? = try row.get(5)
            capacity = try micro.flatMap { micro in
                try unit.map { Measure(micro: micro, unit: try StoredValueError.parsed($0, "a unit") { UnitCode(rawValue: $0) }) }
            }
        }
    }
}
