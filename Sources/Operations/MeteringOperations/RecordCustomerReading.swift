public import Metering
public import Postgres
internal import VEE
public import Values

/// Takes a reading that a customer read: on a card, on the telephone, in a portal. It is measured, and says by whom
/// (MSCONS Z83); one that lies far from what was to be expected is taken only when it was looked at twice.
public struct RecordCustomerReading: Sendable {
    public struct Request: Hashable, Sendable {
        public var meteringPoint: String
        /// nil: the one that hangs there.
        public var meter: String?
        public var at: Instant
        public var readings: [DeviceReading]
        /// The digits were compared again.
        public var isConfirmed: Bool
        public var author: String
        public var reason: String
        public init(
            meteringPoint: String, meter: String? = nil, at: Instant, readings: [DeviceReading], isConfirmed: Bool = false, author: String,
            reason: String
        ) {
            self.meteringPoint = meteringPoint
            self.meter = meter
            self.at = at
            self.readings = readings
            self.isConfirmed = isConfirmed
            self.author = author
            self.reason = reason
        }
    }

    let pool: Pool
    let directory: MeterDirectory
    /// - Parameter directory: as for ``EditValues``.
    public init(pool: Pool, directory: MeterDirectory = MeterDirectory()) {
        self.pool = pool
        self.directory = directory
    }

    /// - Throws: `DeviceRefusal`, `UnknownMeteringPoint`.
    public func callAsFunction(_ request: Request, now: Instant) async throws -> DeliveryReceipt {
        let serial = try await pool.with { try RecordCustomerReading.meter(of: request, in: $0) }
        return try await directory.gate.pass([serial]) {
            try await pool.transaction(retries: VersionCollision.retries) { connection in
                try VersionCollision.asSerializationFailure { try RecordCustomerReading.run(request, serial, now: now, in: connection) }
            }
        }
    }

    private static func meter(of request: Request, in connection: Connection) throws -> String {
        let day = LocalTime.berlin.day(of: request.at)
        let hanging = try connection.meteringPoint(request.meteringPoint).devices.filter { device in
            device.installation.contains(day)
                && request.readings.allSatisfy { reading in
                    device.registers.contains { $0.obis == reading.obis && $0.resolution == nil }
                }
        }.map(\.serial)
        if let meter = request.meter {
            guard hanging.contains(meter) else { throw DeviceRefusal.notInstalled(serial: meter, on: day) }
            return meter
        }
        guard let only = hanging.last else {
            throw DeviceRefusal.unknownRegister(
                serial: request.meteringPoint, obis: request.readings.first?.obis ?? ObisCode(1, 0, 1, 8, 0))
        }
        return only
    }

    private static func run(_ request: Request, _ serial: String, now: Instant, in connection: Connection) throws -> DeliveryReceipt {
        let run = try DeviceRun(
            author: request.author, reason: request.reason, now: now, changesMasterData: false, connection: connection)
        let day = LocalTime.berlin.day(of: request.at)
        let device = try run.device(serial, on: day)
        if !request.isConfirmed {
            for reading in request.readings { try judge(reading, of: device, at: request.at, run) }
        }
        let receipt = try run.store(
            request.readings, of: serial, device.registers, at: request.at, source: "customer-reading", because: .customerReading)
        try connection.execute(
            """
            INSERT INTO device_event (metering_point_id, meter_id, kind, day, known_since, author, reason, details)
            VALUES (\(device.point), \(device.id), 'customer-reading', \(day), \(now), \(run.author), \(run.reason),
                \(JSONB(text: Connection.json(MeterLife.inputs(request.readings, device.registers)))))
            """)
        return receipt
    }

    /// - Throws: `DeviceRefusal.implausible`.
    private static func judge(_ reading: DeviceReading, of device: DeviceRun.Device, at: Instant, _ run: DeviceRun) throws {
        guard let register = device.registers.first(where: { $0.obis == reading.obis && $0.resolution == nil }) else { return }
        guard let entry = try run.connection.meterEntries([device.id]).flatMap(\.registers).first(where: { $0.register.id == register.id })
        else { return }
        let band = entry.parameters(at: at)
        guard let span = entry.span(at: at) else { return }
        let earlier = try run.connection.query(
            """
            SELECT at, version, value_micro, status, method, reason FROM (
                SELECT DISTINCT ON (at) * FROM register_reading
                WHERE register_id = \(register.id) AND at >= \(span.from) AND at < \(at) ORDER BY at DESC, version DESC LIMIT 40
            ) r WHERE status < 5 ORDER BY at DESC
            """
        ).map { try RegisterReading($0, from: 0) }
        guard let last = earlier.first else { return }
        // Against the year before the last reading, or as much of it as there is.
        guard let first = earlier.last(where: { $0.at >= last.at.adding(seconds: -400 * 86_400) }), first.at < last.at else { return }
        let parameters = register.parameters(on: LocalTime.berlin.day(of: last.at))
        let now = RegisterReading(at: at, micro: reading.micro)
        guard let used = try Advance.between(first, last, parameters: parameters, capacity: register.ceiling()).micro else { return }
        let time = Int128(first.at.seconds(until: last.at))
        let expected = Int128(used) * Int128(last.at.seconds(until: at)) / max(time, 1)
        let low = expected * Int128(band.customerLowPercent) / 100 - Int128(band.customerSlackMicro)
        let high = expected * Int128(band.customerHighPercent) / 100 + Int128(band.customerSlackMicro)
        let advance = try Advance.between(last, now, parameters: parameters, capacity: register.ceiling()).micro.map { Int128($0) }
        guard let advance, advance >= low, advance <= high else {
            func shown(_ micro: Int128) -> String {
                let value = max(0, Int128(last.micro) + micro)
                let wrapped = parameters.wrapMicro.map { value % Int128($0) } ?? value
                return "\(Measure(micro: Int64(clamping: wrapped), unit: register.unit))"
            }
            throw DeviceRefusal.implausible(obis: reading.obis, expected: "\(shown(max(0, low))) to \(shown(high))")
        }
    }
}
