internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// One edit inside its transaction: writes versions, remembers which, lets the estimates around them follow, and is kept.
final class EditRun {
    /// A value with what stands beside it.
    struct Value: Hashable {
        var micro: Int64
        var mark: Mark
        static let absent = Value(micro: 0, mark: .absent)
    }
    /// A version it wrote.
    private struct Written {
        let register: Int64
        let day: Day?
        let at: Instant?
        let version: Int32
    }

    let connection: Connection
    let action: EditAction
    let author: String
    let reason: String
    let now: Instant
    let id: Int64
    private var written: [Written] = []
    private var slots = 0
    private var points: Set<Identifier<MeteringPoint>> = []
    private var unsettled: [Int64: UnsettledChannel] = [:]
    private var unsettledRegisters: [Int64: UnsettledRegister] = [:]

    /// - Throws: `EditRefusal` without author or reason.
    init(_ action: EditAction, author: String, reason: String, now: Instant, connection: Connection) throws {
        guard author.contains(where: { !$0.isWhitespace }) else { throw EditRefusal.missingAuthor }
        guard reason.contains(where: { !$0.isWhitespace }) else { throw EditRefusal.missingReason }
        self.connection = connection
        self.action = action
        self.author = author
        self.reason = reason
        self.now = now
        id = try connection.one("SELECT nextval(pg_get_serial_sequence('edit', 'id'))")
    }

    /// Longer spans are no edit but a migration.
    static let longestSeconds: Int64 = 400 * 86_400

    /// Lays a version over the slots of a channel that begin within a time and at which the meter hung.
    ///
    /// - Parameters:
    ///   - delivery: what is said in the name of a delivery (its withdrawal) and so counts as received.
    ///   - body: from the start, what holds and what was received last, to what shall hold; nil: it stays.
    /// - Returns: how many slots it changed.
    @discardableResult
    func change(
        _ entry: RegisterEntry, from: Instant, until: Instant, delivery: Identifier<Delivery>? = nil,
        _ body: (_ start: Instant, _ current: Value, _ received: Value) throws -> Value?
    ) throws -> Int {
        guard let resolution = entry.register.resolution, from < until else { return 0 }
        let time = LocalTime.berlin
        let first = time.day(of: from)
        let end = time.day(of: Instant(microseconds: until.microseconds - 1)).adding(days: 1)
        let stored = try connection.dayBlocks([(entry.id, first, end)])[entry.id] ?? ChannelDays()
        var blocks: [NewBlock] = []
        var count = 0
        for day in DayRange(from: first, until: end).days {
            let length = resolution.slots(of: day)
            let known = stored.days[day] ?? []
            let current = DayBlock.fold(known.map(\.overlay), slots: length)
            let received = DayBlock.fold(known.filter(\.isDelivered).map(\.overlay), slots: length)
            var values = [Value](repeating: .absent, count: length)
            for slot in 0..<length {
                let start = resolution.start(of: slot, of: day)
                guard start >= from, start < until, entry.holdsSlot(at: start) else { continue }
                let held = Value(micro: current.values[slot], mark: current.mark(slot))
                let new = try body(start, held, Value(micro: received.values[slot], mark: received.mark(slot)))
                if let new, new != held { values[slot] = new }
            }
            let changed = values.indices.filter { values[$0].mark.status != .absent }
            guard let low = changed.first, let high = changed.last else { continue }
            count += changed.count
            let version = stored.lastVersion(day) + 1
            blocks.append(
                NewBlock(
                    register: entry.id, day: day, version: version, firstSlot: low, slots: high - low + 1,
                    values: DayBlock.pack(values[low...high].map(\.micro)),
                    marks: DayBlock.pack(marks: MarkRun.runs(of: values[low...high].map(\.mark))),
                    delivery: delivery, author: author))
            written.append(Written(register: entry.id, day: day, at: nil, version: version))
            unsettle(entry, day)
            if let point = entry.point(at: time.start(of: day)) { points.insert(point) }
        }
        try connection.insert(blocks, knownSince: now)
        slots += count
        return count
    }

    /// Writes versions of the readings of a register at the moments of a time, both ends included.
    ///
    /// - Parameter also: moments at which there is no reading yet.
    /// - Returns: how many it changed.
    @discardableResult
    func changeReadings(
        _ entry: RegisterEntry, from: Instant, through: Instant, also: [Instant] = [], delivery: Identifier<Delivery>? = nil,
        _ body: (_ at: Instant, _ current: Value, _ received: Value) throws -> Value?
    ) throws -> Int {
        var known: [Instant: (current: RegisterReading, received: RegisterReading?)] = [:]
        for row in try connection.query(
            """
            SELECT at, version, value_micro, status, method, reason, delivery_id IS NOT NULL FROM register_reading
            WHERE register_id = \(entry.id) AND at BETWEEN \(from) AND \(through) ORDER BY at, version
            """)
        {
            let reading = try RegisterReading(row, from: 0)
            let isReceived: Bool = try row.get(6)
            known[reading.at] = (reading, isReceived ? reading : known[reading.at]?.received)
        }
        var readings: [NewReading] = []
        for at in Set(known.keys).union(also).sorted() where entry.holdsReading(at: at) {
            let current = known[at].map { Value(micro: $0.current.micro, mark: $0.current.mark) } ?? .absent
            let received = known[at]?.received.map { Value(micro: $0.micro, mark: $0.mark) } ?? .absent
            guard let new = try body(at, current, received), new != current, new.mark.status != .absent else { continue }
            let version = (known[at]?.current.version ?? 0) + 1
            readings.append(
                NewReading(
                    register: entry.id, at: at, version: version, micro: new.micro, mark: new.mark, delivery: delivery, author: author))
            written.append(Written(register: entry.id, day: nil, at: at, version: version))
            if let point = entry.point(at: at) { points.insert(point) }
        }
        try connection.insert(readings, knownSince: now)
        slots += readings.count
        for at in readings.map(\.at) {
            unsettledRegisters[entry.id, default: UnsettledRegister(entry: entry, first: at, last: at, message: nil)].touch(at)
        }
        return readings.count
    }

    private func unsettle(_ entry: RegisterEntry, _ day: Day) {
        unsettled[entry.id, default: UnsettledChannel(entry: entry, first: day, last: day, message: nil)].touch(day)
    }

    /// Lets estimates follow what was written, and keeps the edit.
    /// - Parameter findings: that it closed.
    func finish(undoes: Int64? = nil, findings: [Int64] = []) throws -> EditRecord {
        for register in unsettledRegisters.values.sorted(by: { $0.entry.id < $1.entry.id }) {
            let outcome = try RegisterSettlement(entry: register.entry, now: now, cause: cause).run(
                from: register.first, through: register.last, in: connection)
            if let total = register.entry.total {
                _ = try TariffSettlement(total: total, now: now, cause: cause).run(
                    from: outcome.touched.lowerBound, through: outcome.touched.upperBound, in: connection)
            }
            guard let days = outcome.days, let paired = register.entry.channel else { continue }
            unsettle(paired, days.from)
            unsettle(paired, days.lastDay ?? days.from)
        }
        for channel in unsettled.values.sorted(by: { $0.entry.id < $1.entry.id }) {
            if FlowSettlement.concerns(channel.entry.register) {
                _ = try FlowSettlement(entry: channel.entry, now: now, cause: cause).run(
                    from: channel.first, through: channel.last, in: connection)
            }
            let batch = try SettlementBatch(
                [.init(entry: channel.entry, first: channel.first, last: channel.last)], now: now, in: connection)
            let settlement = ChannelSettlement(entry: channel.entry, cause: cause, fillsOpenEnds: action == .estimate)
            _ = try settlement.run(from: channel.first, through: channel.last, in: batch)
            let followed = try batch.flush()
            // What stands again because something was taken back is part of taking it back: its history says by whom.
            if action == .undo {
                written += followed.map { Written(register: $0.register, day: $0.day, at: nil, version: $0.version) }
            }
        }
        try connection.execute(
            """
            INSERT INTO edit (id, action, author, reason, at, undoes, slots) OVERRIDING SYSTEM VALUE
            VALUES (\(id), \(action.rawValue), \(author), \(reason), \(now), \(undoes), \(Int32(clamping: slots)))
            """)
        if !written.isEmpty {
            try connection.execute(
                """
                INSERT INTO edit_version (edit_id, register_id, day, at, version)
                SELECT \(id), * FROM unnest(\(written.map(\.register)), \(written.map(\.day)), \(written.map(\.at)), \(written.map(\.version)))
                """)
        }
        if !findings.isEmpty {
            try connection.execute("INSERT INTO edit_finding (edit_id, finding_id) SELECT \(id), unnest(\(findings))")
        }
        guard let record = try connection.edits("WHERE e.id = \(id)").first else { throw EditRefusal.unknownEdit(id) }
        return record
    }

    /// What a finding that closes says of it.
    private var cause: String { "Nach Bearbeitung \(id) durch \(author) nicht mehr zutreffend" }

    /// Rejected for now: the estimates fill it if they can.
    static func withdrawn(_ value: Value) -> Value {
        Value(micro: value.micro, mark: Mark(status: .rejected, reason: EstimationReason.person.rawValue))
    }
}
