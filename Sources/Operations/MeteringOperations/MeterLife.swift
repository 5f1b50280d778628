internal import MasterDataFormat
internal import Metering
public import Postgres
internal import VEE
public import Values

/// What happens to a meter between its installation and its scrapping. Each keeps who said so and why, takes the readings that
/// go with it, estimates those that nobody took and says so, and may be told ahead of its day or long after it.
public struct MeterLife: Sendable {
    /// What every event has: the first day on which it holds, and who says so.
    public struct Act: Hashable, Sendable {
        public var day: Day
        public var author: String
        public var reason: String
        public init(day: Day, author: String, reason: String) {
            self.day = day
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

    private func act(_ serial: String, _ act: Act, now: Instant, _ body: @escaping @Sendable (DeviceRun) throws -> Void) async throws {
        try await directory.gate.pass([serial]) {
            try await pool.transaction(retries: VersionCollision.retries) { connection in
                try VersionCollision.asSerializationFailure {
                    do {
                        try body(try DeviceRun(author: act.author, reason: act.reason, now: now, connection: connection))
                    } catch let refusal as MasterDataRefusal {
                        throw DeviceRefusal.conflict(refusal.problems.map(\.message))
                    }
                }
            }
        }
    }

    /// The meter is taken down; `day` is the first one without it.
    /// - Parameter readings: at that moment. Missing ones are estimated, with a finding.
    /// - Throws: `DeviceRefusal`.
    public func remove(_ serial: String, _ act: Act, readings: [DeviceReading], now: Instant) async throws {
        try await self.act(serial, act, now: now) { run in
            let device = try run.device(serial, on: act.day.adding(days: -1))
            let final = try run.readings(readings, of: device, on: act.day)
            try MeterLife.end(device, act.day, run)
            try run.store(
                final, of: serial, device.registers, at: LocalTime.berlin.start(of: act.day), source: "removal", because: .exchange)
            try run.tellEstimated(final, of: device, day: act.day, what: "dem Ausbau")
            try run.keep(.removal, device, at: device.point, day: act.day, details: MeterLife.inputs(final, device.registers))
            try run.connection.settleEnds(
                of: device.id, on: act.day, cause: "Nach dem Ausbau am \(act.day.german) nicht mehr zutreffend", now: now)
        }
    }

    /// The meter hangs at another point from `day` on. The same relocation told again changes nothing.
    /// - Parameter readings: at that moment; both points' last and first. Missing ones are estimated, with a finding.
    /// - Throws: `DeviceRefusal`.
    public func relocate(_ serial: String, to code: String, _ act: Act, readings: [DeviceReading], now: Instant) async throws {
        try await self.act(serial, act, now: now) { run in
            let device = try run.device(serial, on: act.day.adding(days: -1))
            guard
                let (target, commodity) = try run.connection.optional(
                    "SELECT id, commodity FROM metering_point WHERE code = \(code)",
                    { (try $0.get(0, as: Identifier<MeteringPoint>.self), try $0.get(1, as: String.self)) })
            else { throw DeviceRefusal.unknownPoint(code) }
            guard device.registers.first?.commodity.rawValue == commodity else { throw DeviceRefusal.differentCommodity(code) }
            if try MeterLife.isRepeated(device, to: target, code, act.day, readings, run) { return }
            let final = try run.readings(readings, of: device, on: act.day)
            try MeterLife.end(device, act.day, run)
            try run.connection.execute(
                "INSERT INTO installation (meter_id, metering_point_id, valid) VALUES (\(device.id), \(target), \(DayRange(from: act.day)))"
            )
            try run.store(
                final, of: serial, device.registers, at: LocalTime.berlin.start(of: act.day), source: "relocation", because: .exchange)
            try run.tellEstimated(final, of: device, day: act.day, what: "dem Umbau")
            let details = MeterLife.inputs(final, device.registers)
            try run.keep(
                .relocation, device, at: device.point, day: act.day, details: [.init("to", code)] + details)
            try run.keep(
                .relocation, device, at: target, day: act.day, details: [.init("from", try run.code(of: device.point))] + details)
        }
    }

    /// Whether the meter was brought to this point on this day already, with these readings.
    /// - Throws: `DeviceRefusal.conflict` if it hangs elsewhere from that day on or later, or was read otherwise.
    private static func isRepeated(
        _ device: DeviceRun.Device, to target: Identifier<MeteringPoint>, _ code: String, _ day: Day, _ readings: [DeviceReading],
        _ run: DeviceRun
    ) throws -> Bool {
        let behind = device.registers.first?.installations.entries.first { $0.range.from >= day }
        guard let behind else { return false }
        guard behind.range.from == day, behind.value == target, device.stay.range.until == day else {
            let place = try run.code(of: behind.value)
            throw DeviceRefusal.conflict([
                "Meter \(device.serial) hangs at \(place) from \(behind.range.from) on; choose a day behind its last move, or take that one back first."
            ])
        }
        let at = LocalTime.berlin.start(of: day)
        for reading in readings {
            guard let register = device.registers.first(where: { $0.obis == reading.obis && $0.resolution == nil }) else {
                throw DeviceRefusal.unknownRegister(serial: device.serial, obis: reading.obis)
            }
            let stored: Int64? = try run.connection.optional(
                "SELECT value_micro FROM register_reading WHERE register_id = \(register.id) AND at = \(at) ORDER BY version DESC LIMIT 1")
            guard stored == reading.micro else {
                let known = stored.map { "\(Measure(micro: $0, unit: register.unit))" } ?? "nothing"
                throw DeviceRefusal.conflict([
                    "Meter \(device.serial) was brought to \(code) on \(day) already, and \(reading.obis) is stored with \(known); correct the reading with an edit."
                ])
            }
        }
        return true
    }

    private static func end(_ device: DeviceRun.Device, _ day: Day, _ run: DeviceRun) throws {
        guard device.stay.range.until.map({ $0 >= day }) ?? true else { throw DeviceRefusal.notInstalled(serial: device.serial, on: day) }
        let midnight = LocalTime.berlin.start(of: day)
        let channels = device.registers.filter { $0.resolution != nil }.map(\.id)
        let behind: Day? = try run.connection.one(
            """
            SELECT least((SELECT min(day) FROM day_block WHERE register_id = ANY(\(channels)) AND day >= \(day) AND delivery_id IS NOT NULL),
                (SELECT min((at AT TIME ZONE 'Europe/Berlin')::date) FROM register_reading
                 WHERE register_id = ANY(\(device.registers.map(\.id))) AND at > \(midnight) AND status < 5))
            """, { try $0.get(0, as: Day?.self) })
        if let behind { throw DeviceRefusal.valuesBehind(serial: device.serial, since: behind) }
        try run.connection.execute(
            """
            UPDATE installation SET valid = \(DayRange(from: device.stay.range.from, until: day))
            WHERE meter_id = \(device.id) AND lower(valid) = \(device.stay.range.from)
            """)
    }

    /// Advance times another factor is consumption from `day` on: a transformer was changed.
    /// - Parameters:
    ///   - obis: nil: all registers and channels of the meter.
    ///   - readings: at that moment, because what was counted before has the old factor. Missing ones are estimated.
    /// - Throws: `DeviceRefusal`.
    public func changeFactor(
        _ serial: String, obis: ObisCode?, to factor: Ratio, _ act: Act, readings: [DeviceReading], now: Instant
    ) async throws {
        guard factor.millionths > 0 else { throw DeviceRefusal.badFactor }
        try await self.act(serial, act, now: now) { run in
            let device = try run.device(serial, on: act.day)
            let affected = device.registers.filter { obis == nil || $0.obis == obis }
            guard !affected.isEmpty else { throw DeviceRefusal.unknownRegister(serial: serial, obis: obis ?? ObisCode(1, 0, 1, 8, 0)) }
            // On the first day of an installation nothing was counted before.
            let isFirst = device.stay.range.from == act.day
            let known = isFirst ? readings : try run.readings(readings, of: device, on: act.day, obis: obis)
            let before = affected.map { ($0, $0.parameters(on: act.day.adding(days: -1)).factor) }
            for register in affected {
                let held = register.parameters(on: act.day)
                try run.connection.execute(
                    """
                    INSERT INTO register_parameters (register_id, valid_from, digits, decimals, factor_micro, tariff_times)
                    VALUES (\(register.id), \(act.day), \(held.digits.map(Int16.init)), \(Int16(held.decimals)), \(factor.millionths),
                        \(held.tariffTimes?.description))
                    ON CONFLICT (register_id, valid_from) DO UPDATE SET factor_micro = excluded.factor_micro
                    """)
            }
            try run.store(
                known, of: serial, device.registers, at: LocalTime.berlin.start(of: act.day), source: "factor", because: .exchange)
            try run.tellEstimated(known, of: device, day: act.day, what: "dem Wechsel des Wandlerfaktors")
            try run.keep(
                .factor, device, at: device.point, day: act.day,
                details: before.map { Finding.Input("factor \($0.0.obis)", "\($0.1) → \(factor)") }
                    + MeterLife.inputs(known, device.registers))
        }
    }

    /// A register was set to another value at the first moment of `day`; what it counted goes on.
    /// - Parameters:
    ///   - before: what it showed right before; nil: estimated, with a finding.
    ///   - after: what it showed right after, 10^-6 of its unit.
    /// - Throws: `DeviceRefusal`.
    public func reset(_ serial: String, obis: ObisCode, _ act: Act, before: Int64?, after: Int64 = 0, now: Instant) async throws {
        try await self.act(serial, act, now: now) { run in
            let device = try run.device(serial, on: act.day)
            guard let register = device.registers.first(where: { $0.obis == obis && $0.resolution == nil }) else {
                throw DeviceRefusal.unknownRegister(serial: serial, obis: obis)
            }
            let turn = register.parameters(on: act.day).wrapMicro
            for value in [before, after].compactMap(\.self) where value < 0 || (turn.map { value >= $0 } ?? false) {
                throw DeviceRefusal.impossibleReading(obis: obis, why: "the register cannot show this")
            }
            let given = before.map { [DeviceReading(obis: obis, micro: $0)] } ?? []
            guard let last = try run.readings(given, of: device, on: act.day, obis: obis).first else {
                throw DeviceRefusal.missingReading(serial: serial, obis: obis)
            }
            let at = LocalTime.berlin.start(of: act.day)
            let isNew = try run.connection.execute(
                """
                INSERT INTO register_reset (register_id, at, before_micro, is_estimated, after_micro, known_since, author)
                VALUES (\(register.id), \(at), \(last.micro), \(last.isEstimated), \(after), \(now), \(run.author)) ON CONFLICT DO NOTHING
                """)
            guard isNew == 1 else { throw DeviceRefusal.alreadyReset(serial: serial, obis: obis, on: act.day) }
            try run.tellEstimated([last], of: device, day: act.day, what: "der Rücksetzung")
            try MeterLife.judgeAgain(device, register, from: at, run)
            try run.keep(
                .reset, device, at: device.point, day: act.day,
                details: MeterLife.inputs([last], device.registers) + [
                    .init("after", "\(Measure(micro: after, unit: register.unit))")
                ])
        }
    }

    /// Readings behind the reset that were refused because they fell below those before it: that is why they did. What was
    /// found of them goes, and the channel beside the register is held against what it counted.
    private static func judgeAgain(_ device: DeviceRun.Device, _ register: Register, from at: Instant, _ run: DeviceRun) throws {
        let connection = run.connection
        guard
            let entry = try connection.meterEntries([device.id]).flatMap(\.registers).first(where: { $0.register.id == register.id })
        else { return }
        let last: Instant? = try connection.one(
            """
            SELECT max(at) FROM (
                SELECT DISTINCT ON (at) at, status, reason FROM register_reading WHERE register_id = \(register.id) AND at > \(at)
                ORDER BY at, version DESC
            ) r WHERE status = 5 AND reason = \(Int16(EstimationReason.failedValidation.rawValue))
            """, { try $0.get(0, as: Instant?.self) })
        let cause = "Nach der Rücksetzung des Zählwerks nicht mehr zutreffend"
        let outcome = try RegisterSettlement(entry: entry, now: run.now, cause: cause).run(
            from: at, through: max(at, last ?? at), in: connection)
        if let total = entry.total {
            _ = try TariffSettlement(total: total, now: run.now, cause: cause).run(
                from: outcome.touched.lowerBound, through: outcome.touched.upperBound, in: connection)
        }
        guard let days = outcome.days, let channel = entry.channel else { return }
        let (first, through) = (days.from, days.lastDay ?? days.from)
        let batch = try SettlementBatch([.init(entry: channel, first: first, last: through)], now: run.now, in: connection)
        _ = try ChannelSettlement(entry: channel, cause: cause).run(from: first, through: through, in: batch)
        try batch.flush()
    }

    static func inputs(_ readings: [DeviceReading], _ registers: [Register]) -> [Finding.Input] {
        readings.map { reading in
            let unit = registers.first { $0.obis == reading.obis && $0.resolution == nil }?.unit ?? .kilowattHour
            return .init(
                reading.obis.description, "\(Measure(micro: reading.micro, unit: unit))\(reading.isEstimated ? " (estimated)" : "")")
        }
    }
}
