internal import Metering
public import Postgres
public import ReadingFormats
internal import VEE
public import Values

/// Reads the values of a metering point: current ones, or those that were known at a moment.
public struct ReadSeries: Sendable {
    /// Which values.
    public struct Query: Hashable, Sendable {
        public var meteringPoint: String
        /// nil: all registers.
        public var obis: ObisCode?
        /// From this moment on; nil: from the first value.
        public var from: Instant?
        /// Before this moment; nil: to the last value.
        public var to: Instant?
        /// What was known then; nil: what is known now.
        public var asOf: Instant?
        /// The `next` of the page before.
        public var cursor: String?
        /// At most so many values in a page, 1…100,000; a local day is never cut.
        public var limit: Int

        public init(
            meteringPoint: String, obis: ObisCode? = nil, from: Instant? = nil, to: Instant? = nil, asOf: Instant? = nil,
            cursor: String? = nil,
            limit: Int = 10_000
        ) {
            self.meteringPoint = meteringPoint
            self.obis = obis
            self.from = from
            self.to = to
            self.asOf = asOf
            self.cursor = cursor
            self.limit = min(max(limit, 1), 100_000)
        }
    }
    /// The cursor is none of ours.
    public struct BadCursor: Error, Hashable, Sendable { public init() {} }

    let pool: Pool
    public init(pool: Pool) { self.pool = pool }

    /// - Throws: `UnknownMeteringPoint`, `BadCursor`.
    public func callAsFunction(_ query: Query) async throws -> SeriesDocument {
        // One snapshot for all statements of a page.
        try await pool.transaction(isolation: .repeatableRead, readOnly: true) { try ReadSeries.read(query, in: $0) }
    }

    /// The same, inside the caller's transaction, which should be a snapshot.
    static func read(_ query: Query, in connection: Connection) throws -> SeriesDocument {
        let cursor = try query.cursor.map { try Cursor($0) }
        let point = try connection.meteringPointId(query.meteringPoint)
        var registers = try connection.registers(ofMeters: connection.meterIds(ofPoints: [point])).sorted { $0.id < $1.id }
        if let obis = query.obis { registers.removeAll { $0.obis != obis } }
        if let cursor { registers.removeAll { $0.id.number < cursor.register } }
        var page = Page(point: point, query: query, connection: connection)
        // Series that are computed stand behind those that are delivered; their numbers are greater than any of a table.
        let reader = VirtualReader(connection: connection, asOf: query.asOf)
        let computed = try reader.formulas(of: [point]).filter { query.obis == nil || $0.formula.obis == query.obis }.drop { stored in
            // In order of days: of a formula that another one interrupts the last days stand behind those of the other.
            guard let cursor, cursor.register >= StoredFormula.offset else { return false }
            return stored.channel.id.number != cursor.register || !stored.valid.contains(LocalTime.berlin.day(of: cursor.at))
        }
        for register in registers {
            let start = cursor.flatMap { $0.register == register.id.number ? $0.at : nil }
            if try page.append(register, from: start) { break }
        }
        for stored in computed where page.next == nil {
            try page.append(stored, from: cursor.flatMap { $0.register == stored.channel.id.number ? $0.at : nil }, reader)
        }
        return SeriesDocument(meteringPoint: query.meteringPoint, series: page.series, next: page.next?.text)
    }

    /// Where a page begins: a register and a moment.
    struct Cursor: Hashable, Sendable {
        let register: Int64
        let at: Instant
        private static let first = LocalTime.berlin.start(of: Day(1, 1, 2))
        private static let end = LocalTime.berlin.start(of: Day(9999, 12, 31))

        init(register: Int64, at: Instant) {
            self.register = register
            self.at = at
        }
        init(_ text: String) throws(BadCursor) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let register = Int64(parts[0]), let number = Int64(parts[1]) else { throw BadCursor() }
            let at = Instant(microseconds: number)
            // Whoever writes cursors by hand must not lead us beyond the days that can be counted.
            guard at >= Cursor.first, at < Cursor.end else { throw BadCursor() }
            self.init(register: register, at: at)
        }
        var text: String { "\(register).\(at.microseconds)" }
    }
}

/// A page in the making.
private struct Page {
    let point: Identifier<MeteringPoint>
    let query: ReadSeries.Query
    let connection: Connection
    var series: [SeriesDocument.Register] = []
    var next: ReadSeries.Cursor?
    private var count = 0

    init(point: Identifier<MeteringPoint>, query: ReadSeries.Query, connection: Connection) {
        self.point = point
        self.query = query
        self.connection = connection
    }

    /// Adds the values of a register; true if the page is full and `next` says where to go on.
    mutating func append(_ register: Register, from start: Instant?) throws -> Bool {
        for entry in register.installations.entries where entry.value == point {
            let begin = LocalTime.berlin.start(of: entry.range.from)
            let end = entry.range.until.map { LocalTime.berlin.start(of: $0) }
            let low = [begin, start, query.from].compactMap(\.self).max() ?? begin
            if let end, low > end { continue }
            if try register.resolution == nil ? appendReadings(register, low, end) : appendSlots(register, low, end) { return true }
        }
        return false
    }

    private mutating func add(_ value: SeriesDocument.Value, of register: Register) {
        if series.last?.meter != register.serial || series.last?.obis != register.obis {
            series.append(
                .init(meter: register.serial, obis: register.obis, unit: register.unit, resolution: register.resolution, values: []))
        }
        series[series.count - 1].values.append(value)
        count += 1
    }

    /// A month at a time, from the first day of the formula or the question; without an end up to the last day a source knows.
    mutating func append(_ stored: StoredFormula, from start: Instant?, _ reader: VirtualReader) throws {
        let time = LocalTime.berlin
        let channel = stored.channel
        let low = [time.start(of: stored.valid.from), start, query.from].compactMap(\.self).max() ?? time.start(of: stored.valid.from)
        let end: Day? = [stored.valid.until, query.to.map { time.day(of: Instant(microseconds: $0.microseconds - 1)).adding(days: 1) }]
            .compactMap(\.self).min()
        var day = time.day(of: low)
        var emptyMonths = 0
        while emptyMonths < 24, end.map({ day < $0 }) ?? true {
            let until = min(day.adding(days: 31), end ?? day.adding(days: 31))
            let days = try reader.days(stored, DayRange(from: day, until: until))
            emptyMonths = days.isEmpty ? emptyMonths + 1 : 0
            for present in days.keys.sorted() {
                guard let computed = days[present] else { continue }
                let slots = computed.slots
                if count >= query.limit {
                    next = .init(register: channel.id.number, at: time.start(of: present))
                    return
                }
                for slot in 0..<slots.count where slots.status(slot) != .absent {
                    let at = stored.formula.resolution.start(of: slot, of: present)
                    guard at >= low, query.to.map({ at < $0 }) ?? true else { continue }
                    add(
                        .init(
                            at: at, micro: slots.values[slot], status: slots.status(slot),
                            method: EstimationMethod.word(raw: slots.methods[slot]),
                            reason: nil, version: slots.versions[slot],
                            knownSince: computed.knownSince[slot]), of: channel)
                }
            }
            day = until
        }
    }

    /// A reading at the moment of removal belongs to the removed meter.
    private mutating func appendReadings(_ register: Register, _ low: Instant, _ end: Instant?) throws -> Bool {
        let rows = try connection.query(
            """
            SELECT * FROM (
                SELECT DISTINCT ON (at) at, version, value_micro, status, method, reason, known_since FROM register_reading
                WHERE register_id = \(register.id) AND at >= \(low) AND (\(end)::timestamptz IS NULL OR at <= \(end))
                AND (\(query.to)::timestamptz IS NULL OR at < \(query.to)) AND (\(query.asOf)::timestamptz IS NULL OR known_since <= \(query.asOf))
                ORDER BY at, version DESC
            ) r WHERE NOT (status = \(Int16(Mark.retracted.status.rawValue)) AND method = \(Int16(Mark.retracted.method))) ORDER BY at LIMIT \(query.limit - count + 1)
            """)
        for row in rows {
            let reading = try RegisterReading(row, from: 0)
            if count >= query.limit {
                next = .init(register: register.id.number, at: reading.at)
                return true
            }
            add(
                .init(
                    at: reading.at, micro: reading.micro, status: reading.status, method: EstimationMethod.word(raw: reading.method),
                    reason: EstimationReason.word(raw: reading.reason), version: reading.version, knownSince: try row.get(6),
                    codes: SeriesDocument.Codes(reading.mark, register.commodity, isReading: true)), of: register)
        }
        return false
    }

    private mutating func appendSlots(_ register: Register, _ low: Instant, _ end: Instant?) throws -> Bool {
        guard let resolution = register.resolution else { return false }
        let time = LocalTime.berlin
        let high = [end, query.to].compactMap(\.self).min()
        var day = time.day(of: low)
        // The day in which the last moment before `high` lies, exclusive.
        let last = high.map { time.day(of: Instant(microseconds: $0.microseconds - 1)).adding(days: 1) }
        while true {
            if let last, day >= last { return false }
            let wanted = max(1, (query.limit - count) / max(1, resolution.slots(of: day)) + 1)
            let days = try connection.query(
                """
                SELECT DISTINCT day FROM day_block WHERE register_id = \(register.id) AND day >= \(day) AND (\(last)::date IS NULL OR day < \(last))
                ORDER BY day LIMIT \(wanted)
                """
            ).map { try $0.get(0, as: Day.self) }
            guard let final = days.last else { return false }
            let stored =
                try connection.dayBlocks([(register.id.number, day, final.adding(days: 1))], asOf: query.asOf)[register.id.number]
                ?? ChannelDays()
            for present in days {
                if count >= query.limit {
                    next = .init(register: register.id.number, at: time.start(of: present))
                    return true
                }
                guard let blocks = stored.days[present] else { continue }
                add(
                    DayBlock.fold(blocks.map(\.overlay), slots: resolution.slots(of: present)), blocks, present, resolution, low, high,
                    register)
            }
            day = final.adding(days: 1)
            if days.count < wanted { return false }
        }
    }

    private mutating func add(
        _ fold: DaySlots, _ blocks: [StoredBlock], _ day: Day, _ resolution: Resolution, _ low: Instant, _ high: Instant?,
        _ register: Register
    ) {
        let since = Dictionary(blocks.map { ($0.overlay.version, $0.overlay.knownSince) }) { $1 }
        for slot in 0..<fold.count where fold.status(slot) != .absent {
            let start = resolution.start(of: slot, of: day)
            guard start >= low, high.map({ start < $0 }) ?? true else { continue }
            add(
                .init(
                    at: start, micro: fold.values[slot], status: fold.status(slot), method: EstimationMethod.word(raw: fold.methods[slot]),
                    reason: EstimationReason.word(raw: fold.reasons[slot]), version: fold.versions[slot],
                    knownSince: since[fold.versions[slot]] ?? start,
                    codes: SeriesDocument.Codes(fold.mark(slot), register.commodity, isReading: false)), of: register)
        }
    }
}
