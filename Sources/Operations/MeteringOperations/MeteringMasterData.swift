public import MasterDataFormat
internal import Metering
public import Postgres
public import Values

/// The metering part of a master data document, written inside the caller's transaction: what exists under the same key is
/// updated from its date on, what is absent stays. Set by set, so that a hundred thousand points take a handful of statements.
public enum MeteringMasterData {
    /// How much a document brought.
    public struct Outcome: Hashable, Sendable {
        /// In the document.
        public var meteringPoints = 0
        public var meters = 0
        public var registers = 0
        /// What became of them.
        public var pointChanges = Changes()
        public var meterChanges = Changes()
        public var registerChanges = Changes()
    }
    /// How many of a kind are new, or other than before.
    public struct Changes: Hashable, Sendable {
        public var created = 0
        public var updated = 0
        public var unchanged = 0
        init(of count: Int = 0, created: Int = 0, updated: Int = 0) {
            self.created = created
            self.updated = updated
            unchanged = max(count - created - updated, 0)
        }
    }

    /// - Parameter now: when it is said; then what changed for readings that are there goes into the journal of changes, too. nil: the
    ///   caller keeps an event of its own.
    /// - Throws: `MasterDataRefusal` with all conflicts; the caller's transaction must then be rolled back. `DatabaseError`.
    @discardableResult
    public static func write(_ points: [MasterDataDocument.MeteringPoint], now: Instant? = nil, in connection: Connection) throws -> Outcome
    {
        guard !points.isEmpty else { return Outcome() }
        // First, because it also makes writers of master data wait for each other.
        try connection.execute("UPDATE master_data_version SET version = version + 1")
        var writer = MasterDataWriter(connection: connection)
        try writer.write(points)
        if !writer.problems.isEmpty { throw MasterDataRefusal(Array(writer.problems.prefix(200))) }
        if let now { try writer.tell(now) }
        return writer.outcome
    }
}

/// One write, step by step.
struct MasterDataWriter {
    let connection: Connection
    var problems: [MasterDataProblem] = []
    var outcome = MeteringMasterData.Outcome()
    /// Since when registers of a meter hang elsewhere, or a register counts by other parameters.
    var moved: [Identifier<Meter>: Day] = [:]
    var recounted: [Identifier<Register>: Day] = [:]
    private var newMeters: Set<Identifier<Meter>> = []
    private var newRegisters: Set<Identifier<Register>> = []

    init(connection: Connection) { self.connection = connection }

    /// A meter of the document with its place in it.
    struct Device {
        let path: String
        let point: Identifier<MeteringPoint>
        let id: Identifier<Meter>
        let meter: MasterDataDocument.Meter
    }

    /// Those who follow the readings hear that they mean something else from a day on.
    func tell(_ now: Instant) throws {
        var days = recounted
        if !moved.isEmpty {
            for row in try connection.query("SELECT id, meter_id FROM register WHERE meter_id = ANY(\(Array(moved.keys)))") {
                let id: Identifier<Register> = try row.get(0)
                guard let day = moved[try row.get(1)] else { continue }
                days[id] = min(days[id] ?? day, day)
            }
        }
        var journal = ReadingJournal()
        for (register, day) in days { journal.note(register.number, DayRange(from: day), .device) }
        try journal.write(knownSince: now, in: connection)
    }

    mutating func refuse(_ path: String, _ message: String) {
        problems.append(MasterDataProblem(path: path, code: "conflict", message: message))
    }

    mutating func write(_ points: [MasterDataDocument.MeteringPoint]) throws {
        let ids = try upsert(points)
        guard problems.isEmpty else { return }
        let devices = try devices(points, ids)
        try install(devices)
        guard problems.isEmpty else { return }
        let registers = try upsertRegisters(devices)
        guard problems.isEmpty else { return }
        try upsertParameters(devices, registers)
        outcome.meterChanges = .init(
            of: outcome.meters, created: newMeters.count, updated: Set(moved.keys).subtracting(newMeters).count)
        outcome.registerChanges = .init(
            of: Set(devices.flatMap { device in device.meter.registers.map { RegisterKey(meter: device.id, obis: $0.obis.description) } })
                .count,
            created: newRegisters.count, updated: Set(recounted.keys).subtracting(newRegisters).count)
    }

    /// What is stored of points, to be compared: a document that says again what is known changes nothing.
    private func stored(_ codes: [String]) throws -> [String: String] {
        var known: [String: String] = [:]
        for row in try connection.query("SELECT code, md5(p::text) FROM metering_point p WHERE code = ANY(\(codes))") {
            known[try row.get(0)] = try row.get(1)
        }
        return known
    }

    private mutating func upsert(_ points: [MasterDataDocument.MeteringPoint]) throws -> [String: Identifier<MeteringPoint>] {
        var seen: [String: Int] = [:]
        for (index, point) in points.enumerated() {
            if let first = seen.updateValue(index, forKey: point.code.text) {
                refuse("/meteringPoints/\(index)/code", "the code stands at /meteringPoints/\(first), too")
            }
        }
        guard problems.isEmpty else { return [:] }
        let before = try stored(points.map(\.code.text))
        let rows = try connection.query(
            """
            INSERT INTO metering_point (code, commodity, state, street, house, postcode, city, latitude, longitude, capacity_micro, capacity_unit,
                customer_class, profile, temperature_station, annual_forecast_micro)
            SELECT code, commodity, state, street, house, postcode, city, lat::numeric / 1000000, lon::numeric / 1000000, capacity, unit,
                coalesce(class, 'household'), profile, station, forecast
            FROM unnest(\(points.map(\.code.text)), \(points.map(\.commodity.rawValue)), \(points.map(\.state)),
                \(points.map(\.address?.street)), \(points.map(\.address?.house)), \(points.map(\.address?.postcode)), \(points.map(\.address?.city)),
                \(points.map(\.coordinates?.latitudeMicro)), \(points.map(\.coordinates?.longitudeMicro)),
                \(points.map(\.capacity?.micro)), \(points.map(\.capacity?.unit.rawValue)), \(points.map(\.supply.customerClass)),
                \(points.map(\.supply.profile)), \(points.map(\.supply.temperatureStation)), \(points.map(\.supply.annualForecastMicro)))
                AS p (code, commodity, state, street, house, postcode, city, lat, lon, capacity, unit, class, profile, station, forecast)
            ON CONFLICT (code) DO UPDATE SET
                state = coalesce(excluded.state, metering_point.state), street = coalesce(excluded.street, metering_point.street),
                house = coalesce(excluded.house, metering_point.house), postcode = coalesce(excluded.postcode, metering_point.postcode),
                city = coalesce(excluded.city, metering_point.city), latitude = coalesce(excluded.latitude, metering_point.latitude),
                longitude = coalesce(excluded.longitude, metering_point.longitude),
                capacity_micro = coalesce(excluded.capacity_micro, metering_point.capacity_micro),
                capacity_unit = coalesce(excluded.capacity_unit, metering_point.capacity_unit),
                profile = coalesce(excluded.profile, metering_point.profile),
                temperature_station = coalesce(excluded.temperature_station, metering_point.temperature_station),
                annual_forecast_micro = coalesce(excluded.annual_forecast_micro, metering_point.annual_forecast_micro)
            RETURNING id, code, commodity
            """)
        // A document that says nothing of the class leaves it; the column itself cannot be empty.
        let classed = points.filter { $0.supply.customerClass != nil }
        try connection.execute(
            """
            UPDATE metering_point p SET customer_class = c.class FROM unnest(\(classed.map(\.code.text)), \(classed.map(\.supply.customerClass))) AS c (code, class)
            WHERE p.code = c.code AND p.customer_class <> c.class
            """)
        var ids: [String: Identifier<MeteringPoint>] = [:]
        for row in rows {
            let code: String = try row.get(1)
            ids[code] = try row.get(0)
            let commodity: String = try row.get(2)
            if let index = seen[code], points[index].commodity.rawValue != commodity {
                refuse("/meteringPoints/\(index)/commodity", "the point is stored as \(commodity); a point never changes its commodity")
            }
        }
        outcome.meteringPoints = points.count
        let after = try stored(points.map(\.code.text))
        outcome.pointChanges = .init(
            of: points.count, created: points.count - before.count, updated: before.count { after[$0.key] != $0.value })
        return ids
    }

    private mutating func devices(_ points: [MasterDataDocument.MeteringPoint], _ ids: [String: Identifier<MeteringPoint>]) throws
        -> [Device]
    {
        let serials = Array(Set(points.flatMap { $0.meters.map(\.serial) })).sorted()
        newMeters = Set(
            try connection.query("INSERT INTO meter (serial) SELECT unnest(\(serials)) ON CONFLICT (serial) DO NOTHING RETURNING id").map {
                try $0.get(0, as: Identifier<Meter>.self)
            })
        let meters = Dictionary(try connection.meterIds(ofSerials: serials).map { ($0.serial, $0.id) }) { $1 }
        outcome.meters = serials.count
        var devices: [Device] = []
        for (index, point) in points.enumerated() {
            for (place, meter) in point.meters.enumerated() {
                guard let pointId = ids[point.code.text], let id = meters[meter.serial] else { continue }
                devices.append(Device(path: "/meteringPoints/\(index)/meters/\(place)", point: pointId, id: id, meter: meter))
            }
        }
        return devices
    }

    /// Registers by meter and code; new ones are made, known ones must agree.
    private mutating func upsertRegisters(_ devices: [Device]) throws -> [RegisterKey: Identifier<Register>] {
        let wanted = devices.flatMap { device in device.meter.registers.map { (device, $0) } }
        newRegisters = Set(
            try connection.query(
                """
                INSERT INTO register (meter_id, obis, unit, resolution_seconds)
                SELECT * FROM unnest(\(wanted.map(\.0.id)), \(wanted.map(\.1.obis.description)), \(wanted.map(\.1.unit.rawValue)),
                    \(wanted.map(\.1.resolution?.storedSeconds)))
                ON CONFLICT (meter_id, obis) DO NOTHING RETURNING id
                """
            ).map { try $0.get(0, as: Identifier<Register>.self) })
        var ids: [RegisterKey: Identifier<Register>] = [:]
        var stored: [RegisterKey: (unit: String, resolution: Int32?)] = [:]
        for row in try connection.query(
            "SELECT id, meter_id, obis, unit, resolution_seconds FROM register WHERE meter_id = ANY(\(devices.map(\.id)))")
        {
            let key = RegisterKey(meter: try row.get(1), obis: try row.get(2))
            ids[key] = try row.get(0)
            stored[key] = (try row.get(3), try row.get(4))
        }
        for device in devices {
            for (index, register) in device.meter.registers.enumerated() {
                guard let known = stored[RegisterKey(meter: device.id, obis: register.obis.description)] else { continue }
                let path = "\(device.path)/registers/\(index)"
                if known.unit != register.unit.rawValue {
                    refuse("\(path)/unit", "the register is stored in \(known.unit); readings would change their meaning")
                }
                if let resolution = register.resolution, resolution.storedSeconds != known.resolution {
                    refuse("\(path)/resolution", "the register is stored with another resolution; readings would change their meaning")
                }
            }
        }
        outcome.registers = wanted.count
        return ids
    }

    private mutating func upsertParameters(_ devices: [Device], _ ids: [RegisterKey: Identifier<Register>]) throws {
        var known: [Identifier<Register>: [(from: Day, value: Register.Parameters)]] = [:]
        for row in try connection.query(
            """
            SELECT register_id, valid_from, digits, decimals, factor_micro, tariff_times FROM register_parameters
            WHERE register_id = ANY(\(Array(ids.values))) ORDER BY register_id, valid_from
            """)
        {
            let digits: Int16? = try row.get(2)
            let decimals: Int16 = try row.get(3)
            let times: String? = try row.get(5)
            let value = Register.Parameters(
                digits: digits.map(Int.init), decimals: Int(decimals), factor: Ratio(millionths: try row.get(4)),
                tariffTimes: times.flatMap { TariffTimes($0) })
            known[try row.get(0), default: []].append((try row.get(1), value))
        }
        struct Step: Hashable {
            let register: Identifier<Register>
            let from: Day
        }
        var steps: [Step: Register.Parameters] = [:]
        for device in devices {
            for register in device.meter.registers {
                guard let id = ids[RegisterKey(meter: device.id, obis: register.obis.description)] else { continue }
                let held = known[id]?.last { $0.from <= device.meter.from }?.value
                let value = Register.Parameters(
                    digits: register.digits ?? held?.digits, decimals: register.decimals ?? held?.decimals ?? 3,
                    factor: register.factor ?? held?.factor ?? .one, tariffTimes: register.tariffTimes ?? held?.tariffTimes)
                if held != value { steps[Step(register: id, from: device.meter.from)] = value }
            }
        }
        guard !steps.isEmpty else { return }
        let list = Array(steps)
        for step in list {
            let known = recounted[step.key.register] ?? step.key.from
            recounted[step.key.register] = min(known, step.key.from)
        }
        try connection.execute(
            """
            INSERT INTO register_parameters (register_id, valid_from, digits, decimals, factor_micro, tariff_times)
            SELECT * FROM unnest(\(list.map(\.key.register)), \(list.map(\.key.from)), \(list.map { $0.value.digits.map(Int16.init) }),
                \(list.map { Int16($0.value.decimals) }), \(list.map(\.value.factor.millionths)), \(list.map { $0.value.tariffTimes?.description }))
            ON CONFLICT (register_id, valid_from) DO UPDATE
            SET digits = excluded.digits, decimals = excluded.decimals, factor_micro = excluded.factor_micro, tariff_times = excluded.tariff_times
            """)
    }
}

/// What names a register in the database.
struct RegisterKey: Hashable {
    let meter: Identifier<Meter>
    let obis: String
}
