public import Metering
public import Postgres
public import Values

/// Loads what the usage of metering points is computed from: a page of points in a handful of statements.
public struct LoadUsage: Sendable {
    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Parameter asOf: what was known then; nil: what is known now.
    /// - Precondition: `period` has an end.
    /// - Returns: an input per point; a point without a meter has one without meters.
    public func callAsFunction(
        _ points: [Identifier<MeteringPoint>], period: DayRange, asOf: Instant? = nil
    ) async throws -> [Identifier<MeteringPoint>: UsageInput] {
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) {
            try LoadUsage.load(points, period: period, asOf: asOf, in: $0)
        }
    }

    /// The same, inside the caller's transaction. That should be a snapshot (REPEATABLE READ): it takes several statements, and
    /// what commits between them would mix two states of knowledge.
    public static func load(
        _ points: [Identifier<MeteringPoint>], period: DayRange, asOf: Instant? = nil, in connection: Connection
    ) throws -> [Identifier<MeteringPoint>: UsageInput] {
        guard let until = period.until else { preconditionFailure("usage is of a period with an end") }
        // Pressures and temperatures are not used up.
        let registers = try connection.registers(ofMeters: connection.meterIds(ofPoints: points)).filter { !$0.unit.isState }
        let readings = try connection.readings(
            of: registers.filter { $0.resolution == nil }.map(\.id), around: period.from, until, asOf: asOf)
        var (daily, weights, weighing) = try connection.dailySums(
            of: registers, readings: readings, from: period.from, until: until, asOf: asOf)
        var byPoint: [Identifier<MeteringPoint>: [Register]] = [:]
        for register in registers {
            for point in Set(register.installations.entries.map(\.value)) { byPoint[point, default: []].append(register) }
        }
        // Virtual points have channels that nobody delivers.
        let reader = VirtualReader(connection: connection, asOf: asOf)
        for stored in try reader.formulas(of: points) {
            let channel = stored.channel
            byPoint[stored.point, default: []].append(channel)
            for (day, computed) in try reader.days(stored, period) {
                var sum = try computed.slots.sum()
                sum.runs = computed.slots.versionRuns
                daily[channel.id, default: [:]][day] = sum
            }
        }
        return Dictionary(
            points.map {
                (
                    $0,
                    UsageInput(
                        point: $0, registers: byPoint[$0] ?? [], readings: readings, daily: daily, weights: weights, weighing: weighing)
                )
            }
        ) { $1 }
    }
}

extension Connection {
    /// The current readings of a period with the nearest few usable ones on both sides: a boundary between readings needs both,
    /// and no row of rejected ones hides them. What counts are moments: one that was corrected often hides no other.
    fileprivate func readings(
        of registers: [Identifier<Register>], around from: Day, _ until: Day, asOf: Instant?
    ) throws -> [Identifier<Register>: [RegisterReading]] {
        guard !registers.isEmpty else { return [:] }
        let (low, high) = (LocalTime.berlin.start(of: from), LocalTime.berlin.start(of: until))
        var found: [Identifier<Register>: [RegisterReading]] = [:]
        for row in try query(
            """
            SELECT w.id, r.at, r.version, r.value_micro, r.status, r.method, r.reason
            FROM unnest(\(registers)) AS w (id) CROSS JOIN LATERAL (
                (SELECT * FROM (SELECT DISTINCT ON (p.at) * FROM register_reading p WHERE p.register_id = w.id AND p.at < \(low)
                    AND (\(asOf)::timestamptz IS NULL OR p.known_since <= \(asOf)) ORDER BY p.at DESC, p.version DESC
                ) b WHERE b.status < 5 ORDER BY b.at DESC LIMIT 4)
                UNION ALL
                (SELECT * FROM register_reading i WHERE i.register_id = w.id AND i.at BETWEEN \(low) AND \(high)
                    AND (\(asOf)::timestamptz IS NULL OR i.known_since <= \(asOf)))
                UNION ALL
                (SELECT * FROM (SELECT DISTINCT ON (n.at) * FROM register_reading n WHERE n.register_id = w.id AND n.at > \(high)
                    AND (\(asOf)::timestamptz IS NULL OR n.known_since <= \(asOf)) ORDER BY n.at, n.version DESC
                ) b WHERE b.status < 5 ORDER BY b.at LIMIT 4)
            ) r ORDER BY w.id, r.at, r.version DESC
            """)
        {
            let id: Identifier<Register> = try row.get(0)
            let reading = try RegisterReading(row, from: 1)
            // The highest version of an instant comes first; the others are history.
            if found[id]?.last?.at != reading.at { found[id, default: []].append(reading) }
        }
        return found
    }

    /// Day sums of the channels, as far as the readings of the registers reach that they belong to; and of the channels of all rates what
    /// fell on each tariff register beside them.
    fileprivate func dailySums(
        of registers: [Register], readings: [Identifier<Register>: [RegisterReading]], from: Day, until: Day, asOf: Instant?
    ) throws -> (
        daily: [Identifier<Register>: [Day: DaySum]], weights: [Identifier<Register>: [Day: DaySum]],
        weighing: [Identifier<Register>: MeterUsage.Weighing]
    ) {
        let time = LocalTime.berlin
        let channels = registers.filter { $0.resolution != nil }
        var rates: [Identifier<Register>: [Register]] = [:]
        for channel in channels { rates[channel.id] = channel.rates(among: registers) }
        let wanted = channels.map { channel in
            let partners = registers.filter {
                $0.resolution == nil && $0.meter == channel.meter && $0.obis == channel.obis.registerOfChannel
            }
            var (low, high) = (from, until)
            // Between two readings the intervals divide the advance, so all of the span is needed.
            for known in (partners + (rates[channel.id] ?? [])).compactMap({ readings[$0.id] }) {
                if let last = known.last(where: { $0.at < time.start(of: from) && $0.status.isUsable }) {
                    low = min(low, time.day(of: last.at))
                }
                if let first = known.first(where: { $0.at > time.start(of: until) && $0.status.isUsable }) {
                    high = max(high, time.day(of: first.at).adding(days: 1))
                }
            }
            return (register: channel.id.number, from: low, until: high)
        }
        let stored = try dayBlocks(wanted, asOf: asOf)
        var sums: [Identifier<Register>: [Day: DaySum]] = [:]
        var weights: [Identifier<Register>: [Day: DaySum]] = [:]
        var weighing: [Identifier<Register>: MeterUsage.Weighing] = [:]
        var masks = TariffMasks()
        for channel in channels {
            guard let resolution = channel.resolution, let days = stored[channel.id.number] else { continue }
            for day in days.days.keys {
                guard let fold = days.fold(day, resolution: resolution) else { continue }
                var whole = try fold.sum()
                // A bill names them, whether it is of these sums or they divide what a register counted.
                whole.runs = fold.versionRuns
                sums[channel.id, default: [:]][day] = whole
                guard let rates = rates[channel.id], !rates.isEmpty else { continue }
                for (register, times, weight) in try masks.sums(of: fold, whole, resolution, rates, on: day) {
                    weights[register.id, default: [:]][day] = weight
                    if weighing[register.id] == nil { weighing[register.id] = MeterUsage.Weighing(channel: channel, times: times) }
                    if weighing[register.id]?.times != times { weighing[register.id]?.times = nil }
                }
            }
        }
        return (sums, weights, weighing)
    }
}

extension Register {
    /// The tariff registers without a channel of their own beside this channel of all rates.
    fileprivate func rates(among registers: [Register]) -> [Register] {
        guard let total = obis.registerOfChannel, total.e == 0 else { return [] }
        return registers.filter { register in
            guard register.resolution == nil, register.meter == meter, register.unit.dimension == unit.dimension, register.obis.e != 0
            else {
                return false
            }
            return ObisCode(register.obis.a, register.obis.b, register.obis.c, register.obis.d, 0) == total
        }
    }
}
