internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// Who delivers: the last value of every channel, what came in the last days, and which readings are only estimates. A handful of
/// statements over all points; only those that stand out are looked at one by one.
struct DeliverySurvey: Sendable {
    static let rules = [Rules.silence.text.name, Rules.siblings.text.name, Rules.prolongedEstimation.text.name]

    /// A channel that hangs somewhere today.
    struct Channel: Sendable {
        let register: Identifier<Register>
        let meter: Identifier<Meter>
        let key: ThresholdKey
        let installed: Day
        /// The end of the last slot that was delivered.
        let last: Instant?
        /// The last day on which something stands in for values.
        let estimatedDay: Day?
    }

    let now: Instant
    let today: Day
    let window: DayRange
    let book: ThresholdBook<ValidationParameters>
    let channels: [Channel]
    let counts: [ChannelCount]
    /// Meters of which some registers were read lately and others were not, with those that were.
    let unevenMeters: [Identifier<Meter>: [(register: Identifier<Register>, last: Instant?)]]
    /// Registers whose latest reading is no measurement.
    let estimatedRegisters: [(register: Identifier<Register>, meter: Identifier<Meter>)]
    let readRegisters: Int

    init(now: Instant, in connection: Connection) throws {
        self.now = now
        today = LocalTime.berlin.day(of: now)
        window = DayRange(from: today.adding(days: -SurveyMeteringPoints.coverageDays), until: today)
        book = try connection.thresholdBook()
        channels = try DeliverySurvey.channels(on: today, in: connection)
        counts = try connection.channelCounts(window)
        (unevenMeters, readRegisters) = try DeliverySurvey.readings(on: today, now: now, in: connection)
        estimatedRegisters = try connection.query(
            """
            SELECT r.id, r.meter_id FROM register r JOIN installation i ON i.meter_id = r.meter_id AND i.valid @> \(today)
            CROSS JOIN LATERAL (SELECT status FROM register_reading x WHERE x.register_id = r.id ORDER BY x.at DESC, x.version DESC LIMIT 1) l
            WHERE r.resolution_seconds IS NULL AND l.status NOT IN (1, 5)
            """
        ).map { (try $0.get(0), try $0.get(1)) }
    }

    private static func channels(on today: Day, in connection: Connection) throws -> [Channel] {
        try connection.query(
            """
            SELECT r.id, r.meter_id, p.commodity, p.customer_class, lower(i.valid), r.resolution_seconds, l.day, l.until_slot, e.day
            FROM register r JOIN installation i ON i.meter_id = r.meter_id AND i.valid @> \(today) JOIN metering_point p ON p.id = i.metering_point_id
            LEFT JOIN LATERAL (
                SELECT b.day, b.first_slot + b.slots AS until_slot FROM day_block b WHERE b.register_id = r.id AND b.delivery_id IS NOT NULL
                ORDER BY b.day DESC, b.first_slot + b.slots DESC LIMIT 1
            ) l ON true
            LEFT JOIN LATERAL (SELECT max(m.day) AS day FROM day_block m WHERE m.register_id = r.id AND m.delivery_id IS NULL) e ON true
            WHERE r.resolution_seconds IS NOT NULL
            """
        ).map { row in
            let width: Int32 = try row.get(5)
            let day: Day? = try row.get(6)
            let slot: Int32? = try row.get(7)
            let resolution = Resolution(storedSeconds: width) ?? .day
            return Channel(
                register: try row.get(0), meter: try row.get(1),
                key: ThresholdKey(
                    try StoredValueError.parsed(row.get(2), "a commodity") { Commodity(rawValue: $0) },
                    try StoredValueError.parsed(row.get(3), "a class") { CustomerClass(rawValue: $0) }),
                installed: try row.get(4), last: day.flatMap { day in slot.map { resolution.start(of: Int($0), of: day) } },
                estimatedDay: try row.get(8))
        }
    }

    /// The last readings of the registers of meters that have several, where they are far apart; and how many registers were read ever.
    private static func readings(on today: Day, now: Instant, in connection: Connection) throws -> (
        [Identifier<Meter>: [(register: Identifier<Register>, last: Instant?)]], Int
    ) {
        var meters: [Identifier<Meter>: [(register: Identifier<Register>, last: Instant?)]] = [:]
        var read = 0
        for row in try connection.query(
            """
            SELECT r.meter_id, r.id, l.at FROM register r JOIN installation i ON i.meter_id = r.meter_id AND i.valid @> \(today)
            LEFT JOIN LATERAL (SELECT x.at FROM register_reading x WHERE x.register_id = r.id ORDER BY x.at DESC LIMIT 1) l ON true
            WHERE r.resolution_seconds IS NULL
            """)
        {
            let last: Instant? = try row.get(2)
            if last != nil { read += 1 }
            meters[try row.get(0), default: []].append((try row.get(1), last))
        }
        let reach = Int64(SurveyMeteringPoints.siblingDays) * 86_400
        let uneven = meters.filter { _, registers in
            guard registers.count > 1, let latest = registers.compactMap(\.last).max(), latest.adding(seconds: reach) >= now else {
                return false
            }
            return registers.contains { $0.last.map { $0.adding(seconds: reach) < latest } ?? true }
        }
        return (uneven, read)
    }

    private func parameters(_ key: ThresholdKey) -> ValidationParameters {
        book[key, today]
    }

    /// Channels that have no value at all for longer than they may.
    private var silent: Set<Identifier<Register>> {
        Set(
            channels.filter { channel in
                let since = channel.last ?? LocalTime.berlin.start(of: channel.installed)
                return since.seconds(until: now) > parameters(channel.key).silenceSeconds
            }.map(\.register))
    }

    /// Channels with slots for which there is neither a value nor a stand-in, although later values are there.
    var holes: Set<Int64> {
        let silent = silent
        return Set(counts.filter { $0.missing > 0 && $0.received > 0 && !silent.contains($0.register) }.map(\.register.number))
    }
    var metersWithHoles: Set<Identifier<Meter>> {
        let holes = holes
        return Set(counts.filter { holes.contains($0.register.number) }.map(\.meter))
    }

    /// What rules D1 to D3 say.
    func findings(in connection: Connection) throws -> SurveyFindings {
        let silent = silent
        let late = channels.filter { channel in
            let end = channel.estimatedDay.map { LocalTime.berlin.start(of: $0.adding(days: 1)) }
            return channel.last.flatMap { last in end.map { $0.seconds(until: last) < 0 } } ?? false
        }
        let uncovered = counts.filter { count in
            !silent.contains(count.register)
                && Int128(count.received) * 100 < Int128(count.expected) * Int128(parameters(count.key).coveragePercent)
        }
        // A channel of a meter whose others deliver.
        let byMeter = Dictionary(grouping: counts, by: \.meter).filter { _, counts in
            counts.count > 1 && counts.contains { $0.received > 0 } && counts.contains { $0.received == 0 }
        }
        var wanted = Set(uncovered.map(\.meter)).union(late.map(\.meter)).union(byMeter.keys).union(unevenMeters.keys)
        wanted.formUnion(estimatedRegisters.map(\.meter))
        wanted.formUnion(channels.filter { silent.contains($0.register) }.map(\.meter))
        var entries: [Int64: RegisterEntry] = [:]
        var rest = wanted.sorted()[...]
        while !rest.isEmpty {
            for meter in try connection.meterEntries(Array(rest.prefix(2_000))) {
                for entry in meter.registers { entries[entry.id] = entry }
            }
            rest = rest.dropFirst(2_000)
        }

        var findings = SurveyFindings()
        let start = LocalTime.berlin.start(of: window.from)
        let end = LocalTime.berlin.start(of: today)
        let states = Dictionary(uncovered.map { ($0.register, $0) }) { first, _ in first }
        for channel in channels {
            guard let entry = entries[channel.register.number] else { continue }
            let parameters = entry.parameters(on: today)
            if silent.contains(channel.register) {
                let since = channel.last ?? LocalTime.berlin.start(of: channel.installed)
                let state = DeliveryState(
                    register: entry.register, last: channel.last, now: now, coverage: .init(from: since, received: 0, expected: 0))
                findings.add(Rules.silence.findings(on: state, parameters: parameters), entry)
            } else if let count = states[channel.register] {
                let state = DeliveryState(
                    register: entry.register, last: channel.last, now: now,
                    coverage: .init(
                        from: LocalTime.berlin.start(of: count.days.from), received: count.received, expected: count.expected))
                findings.add(Rules.silence.findings(on: state, parameters: parameters), entry)
            }
            if let last = channel.last, let day = channel.estimatedDay {
                let until = LocalTime.berlin.start(of: day.adding(days: 1))
                guard last < until else { continue }
                let streak = EstimationStreak(register: entry.register, readings: 0, from: last, until: until)
                findings.add(Rules.prolongedEstimation.findings(on: streak, parameters: parameters), entry)
            }
        }
        for (_, counts) in byMeter.sorted(by: { $0.key < $1.key }) {
            let registers = counts.compactMap { entries[$0.register.number] }
            let present = Set(counts.filter { $0.received > 0 }.map(\.register))
            // The finding stands at one that is missing.
            let ordered = registers.sorted { !present.contains($0.register.id) && present.contains($1.register.id) }
            guard let coverage = DeviceCoverage(registers: ordered.map(\.register), present: present, from: start, until: end),
                let entry = ordered.first
            else { continue }
            findings.add(Rules.siblings.findings(on: coverage, parameters: entry.parameters(on: today)), entry)
        }
        try addReadings(entries, &findings, in: connection)
        return findings
    }

    private func addReadings(_ entries: [Int64: RegisterEntry], _ findings: inout SurveyFindings, in connection: Connection) throws {
        let reach = Int64(SurveyMeteringPoints.siblingDays) * 86_400
        for (_, registers) in unevenMeters.sorted(by: { $0.key < $1.key }) {
            guard let latest = registers.compactMap(\.last).max() else { continue }
            let present = Set(registers.filter { $0.last.map { $0.adding(seconds: reach) >= latest } ?? false }.map(\.register))
            let ordered = registers.compactMap { entries[$0.register.number] }.sorted {
                !present.contains($0.register.id) && present.contains($1.register.id)
            }
            guard let entry = ordered.first,
                let coverage = DeviceCoverage(
                    registers: ordered.map(\.register), present: present, from: latest.adding(seconds: -reach), until: latest)
            else { continue }
            findings.add(Rules.siblings.findings(on: coverage, parameters: entry.parameters(on: today)), entry)
        }
        var readings: [Int64: [RegisterReading]] = [:]
        for row in try connection.query(
            """
            SELECT w.id, x.at, x.version, x.value_micro, x.status, x.method, x.reason FROM unnest(\(estimatedRegisters.map(\.register))) AS w (id)
            CROSS JOIN LATERAL (
                SELECT DISTINCT ON (r.at) * FROM register_reading r WHERE r.register_id = w.id ORDER BY r.at DESC, r.version DESC LIMIT 24
            ) x
            """)
        {
            readings[try row.get(0), default: []].append(try RegisterReading(row, from: 1))
        }
        for (register, _) in estimatedRegisters {
            guard let entry = entries[register.number],
                let streak = EstimationStreak(register: entry.register, readings: readings[register.number] ?? [])
            else { continue }
            findings.add(Rules.prolongedEstimation.findings(on: streak, parameters: entry.parameters(on: today)), entry)
        }
    }
}
