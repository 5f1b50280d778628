internal import MasterDataFormat
internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// Something that happens to a meter, inside its transaction: the readings that go with it, the event with author and reason,
/// and the journal.
struct DeviceRun {
    let connection: Connection
    let author: String
    let reason: String
    let now: Instant

    /// - Parameter changesMasterData: what every reader of master data then learns of; a reading alone does not.
    init(author: String, reason: String, now: Instant, changesMasterData: Bool = true, connection: Connection) throws {
        guard author.contains(where: { !$0.isWhitespace }) else { throw DeviceRefusal.missingAuthor }
        self.connection = connection
        self.author = author
        self.reason = reason
        self.now = now
        // First, because it also makes writers of master data wait for each other.
        if changesMasterData { try connection.execute("UPDATE master_data_version SET version = version + 1") }
    }

    /// A meter and where it hung on a day.
    struct Device {
        let id: Identifier<Meter>
        let serial: String
        let registers: [Register]
        let stay: Timeline<Identifier<MeteringPoint>>.Entry
        var point: Identifier<MeteringPoint> { stay.value }
    }

    func device(_ serial: String, on day: Day) throws -> Device {
        guard !serial.utf8.contains(0), let id = try connection.meterIds(ofSerials: [serial]).first?.id else {
            throw DeviceRefusal.unknownMeter(serial)
        }
        let registers = try connection.registers(ofMeters: [id])
        guard let stay = registers.first?.installations.entries.first(where: { $0.range.contains(day) }) else {
            throw DeviceRefusal.notInstalled(serial: serial, on: day)
        }
        return Device(id: id, serial: serial, registers: registers, stay: stay)
    }

    func code(of point: Identifier<MeteringPoint>) throws -> String {
        try connection.one("SELECT code FROM metering_point WHERE id = \(point)")
    }

    /// The readings of all registers of a meter at the first moment of a day: as read, else as stored, else estimated.
    ///
    /// What is told ahead of its day has no readings yet; they come with the deliveries of that day.
    /// - Throws: `DeviceRefusal.missingReading` if one can be told from nothing.
    func readings(_ given: [DeviceReading], of device: Device, on day: Day, obis: ObisCode? = nil) throws -> [DeviceReading] {
        for reading in given where !device.registers.contains(where: { $0.obis == reading.obis && $0.resolution == nil }) {
            throw DeviceRefusal.unknownRegister(serial: device.serial, obis: reading.obis)
        }
        let at = LocalTime.berlin.start(of: day)
        if at > now, given.isEmpty { return [] }
        return try device.registers.filter { $0.resolution == nil && (obis == nil || $0.obis == obis) }.map { register in
            if let reading = given.first(where: { $0.obis == register.obis }) { return reading }
            if let stored = try connection.standingReading(of: register, at: at) {
                return DeviceReading(obis: register.obis, micro: stored.micro, isEstimated: stored.isEstimated)
            }
            guard let micro = try connection.estimatedReading(of: register, at: device.point, on: day) else {
                throw DeviceRefusal.missingReading(serial: device.serial, obis: register.obis)
            }
            return DeviceReading(obis: register.obis, micro: micro, isEstimated: true)
        }
    }

    /// Stores readings over the road of all readings: compared, judged, and the channels settled.
    /// - Throws: `DeviceRefusal.impossibleReading`.
    @discardableResult
    func store(
        _ readings: [DeviceReading], of serial: String, _ registers: [Register], at: Instant, source: String,
        because reason: EstimationReason
    ) throws -> DeliveryReceipt {
        guard !readings.isEmpty else { return DeliveryReceipt(messageId: "") }
        var batch = ReadingBatch(messageId: "\(source)-\(serial)-\(LocalTime.berlin.text(at))", source: source)
        var text = "\(source) \(serial) \(LocalTime.berlin.text(at)) \(author)"
        for reading in readings {
            let unit = registers.first { $0.obis == reading.obis && $0.resolution == nil }?.unit ?? .kilowattHour
            batch.registers.append(
                .init(
                    index: Int32(clamping: batch.registers.count), meter: batch.meter(serial), unit: unit,
                    status: reading.isEstimated ? .estimated : .measured, obis: reading.obis, at: at, micro: reading.micro))
            text += "\n\(reading.obis)=\(DecimalText.format(reading.micro, scale: 6))\(reading.isEstimated ? " estimated" : "")"
        }
        let parcel = IngestReadings.Parcel(batch: batch, body: Array(text.utf8), format: source)
        // The shared directory must not learn of what a rollback takes back.
        let receipts = try IngestReadings.run(
            [parcel], directory: MeterDirectory(), now: now, reason: reason, in: connection)
        if let fault = receipts.first?.errors.first {
            let obis = readings.indices.contains(fault.index) ? readings[fault.index].obis : readings.first?.obis
            throw DeviceRefusal.impossibleReading(obis: obis ?? ObisCode(1, 0, 1, 8, 0), why: fault.message)
        }
        return receipts.first ?? DeliveryReceipt(messageId: batch.messageId)
    }

    /// Keeps the event, and tells those who follow that the registers mean something else from a day on.
    @discardableResult
    func keep(
        _ kind: DeviceEvent.Kind, _ device: Device, at point: Identifier<MeteringPoint>, day: Day, details: [Finding.Input]
    ) throws -> Int64 {
        var journal = ReadingJournal()
        for register in device.registers { journal.note(register.id.number, DayRange(from: day), .device) }
        try journal.write(knownSince: now, in: connection)
        return try connection.one(
            """
            INSERT INTO device_event (metering_point_id, meter_id, kind, day, known_since, author, reason, details)
            VALUES (\(point), \(device.id), \(kind.rawValue), \(day), \(now), \(author), \(reason), \(JSONB(text: Connection.json(details))))
            RETURNING id
            """)
    }

    /// Tells staff that a reading was not read but estimated.
    func tellEstimated(_ readings: [DeviceReading], of device: Device, day: Day, what: String) throws {
        let at = LocalTime.berlin.start(of: day)
        let drafts = readings.filter(\.isEstimated).compactMap { reading -> FindingDraft? in
            guard let register = device.registers.first(where: { $0.obis == reading.obis && $0.resolution == nil }) else { return nil }
            return FindingDraft(
                finding: Finding(
                    rule: RuleCatalog.readingEstimated.name, severity: RuleCatalog.readingEstimated.severity, from: at, until: at,
                    inputs: [
                        .init("meter", device.serial), .init("obis", reading.obis.description),
                        .init("estimated", "\(Measure(micro: reading.micro, unit: register.unit))"),
                    ], threshold: "a reading of that day",
                    explanation:
                        "Zähler \(device.serial), \(reading.obis): Bei \(what) am \(Wording.day(day)) wurde nicht abgelesen; der Stand "
                        + "\(Wording.amount(reading.micro, register.unit)) ist geschätzt. Liegt ein Foto oder Protokoll vor, bitte nachtragen."
                ),
                register: register.id, point: device.point, message: nil)
        }
        try connection.insert(drafts, now: now)
    }
}

extension Connection {
    /// What is believed of a register at a moment; nil if nothing is.
    func standingReading(of register: Register, at: Instant) throws -> (micro: Int64, isEstimated: Bool)? {
        let stored = try optional(
            "SELECT value_micro, status FROM register_reading WHERE register_id = \(register.id) AND at = \(at) ORDER BY version DESC LIMIT 1"
        ) { (micro: try $0.get(0, as: Int64.self), status: try $0.get(1, as: Int16.self)) }
        return stored.flatMap { $0.status < 5 ? ($0.micro, $0.status != 1) : nil }
    }

    /// What a register shows at the first moment of a day as its readings and its channel before it tell.
    func estimatedReading(of register: Register, at point: Identifier<MeteringPoint>, on day: Day) throws -> Int64? {
        let input = try LoadUsage.load([point], period: DayRange(from: day.adding(days: -400), until: day), in: self)[point]
        guard
            let usage = input?.meters.first(where: { $0.register.id == register.id && $0.installation.contains(day.adding(days: -1)) })
        else { return nil }
        return try Usage.reading(usage, at: day)?.micro
    }
}
