internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// What has to be seen of a channel to decide anew what stands around some touched days.
///
/// Whatever was known of a touched day may have been a like day of any gap within reach; each of those gaps is seen up to the
/// values on both sides of it, each span between readings that one of them lies in is seen from reading to reading, and gaps that
/// begin or end such a span are seen whole again, because their share of the span follows from their own ends.
struct ChannelView {
    let resolution: Resolution
    /// The days in question.
    let touched: DayRange
    /// The time whose gaps are decided anew: it begins and ends with a gap, or with a touched day.
    private(set) var target: Range<Instant>
    /// Everything between these days bears on the target; like days lie up to a reach further.
    private(set) var low: Day
    private(set) var high: Day
    private(set) var loaded: DayRange
    private(set) var stored = ChannelDays()
    /// Without what was estimated here.
    private(set) var known: [Day: DaySlots] = [:]
    /// As it stands.
    private(set) var standing: [Day: DaySlots] = [:]
    private(set) var readings: [Identifier<Register>: [RegisterReading]] = [:]

    /// Behind the last touched day.
    var end: Day { touched.until ?? touched.from.adding(days: 1) }

    private let register: Int64
    private let home: DayRange
    /// When the meter was taken down, if it was: nothing comes behind it, so that a gap before it is closed.
    let removal: Instant?
    private static let time = LocalTime.berlin
    /// How far like days lie.
    static let reach = EstimationParameters().likeDayDistance

    /// - Parameter home: the days on which the meter hangs there; nothing beyond them is looked at.
    init(_ entry: RegisterEntry, touched: DayRange, home: DayRange, in batch: SettlementBatch) throws {
        let connection = batch.connection
        resolution = entry.register.resolution ?? .day
        register = entry.id
        self.touched = touched
        self.home = home
        let isOver = home.until.map { $0 <= Self.time.day(of: batch.now) } ?? false
        removal = isOver ? home.until.map { (entry.register.resolution ?? .day).start(of: 0, of: $0) } : nil
        let first = touched.from
        let last = touched.lastDay ?? touched.from
        (low, high, loaded) = (first, last, touched)
        target = resolution.start(of: 0, of: first)..<resolution.start(of: 0, of: last.adding(days: 1))
        try load(first.adding(days: -2 * Self.reach), last.adding(days: 2 * Self.reach), in: batch)
        // The gaps within reach.
        let opening = try opening((-Self.reach...0).map { first.adding(days: $0) }, in: connection)
        let closing = try closing((0...Self.reach).map { last.adding(days: $0) }, in: connection)
        if let opening { low = opening.day }
        if let closing { high = closing.day }
        target = min(target.lowerBound, opening?.at ?? target.lowerBound)..<max(target.upperBound, closing?.at ?? target.upperBound)
        let (gapLow, gapHigh) = (low, high)
        for register in [entry.partner].compactMap(\.self) + entry.buckets {
            let span = try spans(of: register, target.lowerBound, target.upperBound, in: connection)
            readings[register.id] = span.readings
            if let begin = span.begin { low = min(low, Self.time.day(of: begin)) }
            if let end = span.end { high = max(high, Self.time.day(of: Instant(microseconds: end.microseconds - 1))) }
        }
        // Gaps that begin or end a span are seen whole, too.
        if low < gapLow { low = try self.opening([low], in: connection)?.day ?? low }
        if high > gapHigh { high = try self.closing([high], in: connection)?.day ?? high }
        try load(low.adding(days: -Self.reach), high.adding(days: Self.reach), in: batch)
    }

    /// Loads days, unless they are here.
    private mutating func load(_ first: Day, _ last: Day, in batch: SettlementBatch) throws {
        let wanted = DayRange(
            from: max(home.from, first), until: max(max(home.from, first), min(home.until ?? last.adding(days: 1), last.adding(days: 1))))
        if !stored.days.isEmpty, loaded.from <= wanted.from, let end = loaded.until, let other = wanted.until, other <= end { return }
        loaded = wanted
        guard let end = wanted.until else { return }
        stored = try batch.days(of: register, from: wanted.from, until: end)
        known = [:]
        standing = [:]
        for day in stored.days.keys {
            known[day] = stored.known(day, resolution: resolution)
            standing[day] = stored.fold(day, resolution: resolution)
        }
    }

    private func hasHole(_ day: Day) -> Bool {
        known[day].map { slots in (0..<slots.count).contains { !slots.status($0).isUsable } } ?? true
    }
    private func firstValue(_ day: Day) -> Int? { known[day].flatMap { slots in (0..<slots.count).first { slots.status($0).isUsable } } }
    private func lastValue(_ day: Day) -> Int? { known[day].flatMap { slots in (0..<slots.count).last { slots.status($0).isUsable } } }

    /// Of ascending days the first with a hole, or, where that hole reaches beyond it, the day with the value before; and where the
    /// hole begins. nil without a hole. Days before all values have no gap.
    private func opening(_ days: [Day], in connection: Connection) throws -> (day: Day, at: Instant)? {
        guard let first = days.first(where: { home.contains($0) && hasHole($0) }), let last = days.last else { return nil }
        if let slots = known[first], slots.status(0).isUsable { return (first, resolution.start(of: 0, of: first)) }
        if let before = try value(from: first, step: -1, in: connection) {
            return (before.day, resolution.start(of: before.slot + 1, of: before.day))
        }
        let day = days.first { $0 >= first && firstValue($0) != nil } ?? last
        return (day, resolution.start(of: 0, of: day))
    }

    /// The same towards the end.
    private func closing(_ days: [Day], in connection: Connection) throws -> (day: Day, at: Instant)? {
        guard let last = days.last(where: { home.contains($0) && hasHole($0) }), let first = days.first else { return nil }
        let end = resolution.start(of: 0, of: last.adding(days: 1))
        if let slots = known[last], slots.status(slots.count - 1).isUsable { return (last, end) }
        if let after = try value(from: last, step: 1, in: connection) {
            return (after.day, resolution.start(of: after.slot, of: after.day))
        }
        if let removal, let until = home.until { return (until.adding(days: -1), removal) }
        let day = days.last { $0 <= last && firstValue($0) != nil } ?? first
        return (day, resolution.start(of: 0, of: day.adding(days: 1)))
    }

    /// The nearest slot with a value on one side of a day.
    private func value(from day: Day, step: Int, in connection: Connection) throws -> (day: Day, slot: Int)? {
        let end = (loaded.until ?? day).adding(days: -1)
        var next = day.adding(days: step)
        while next >= loaded.from, next <= end {
            if let slot = step < 0 ? lastValue(next) : firstValue(next) { return (next, slot) }
            next = next.adding(days: step)
        }
        // Beyond what is here: days on which somebody else than the estimation wrote, until one of them still says something.
        while home.contains(next) {
            let found: Day? =
                step < 0
                ? try connection.one(
                    """
                    SELECT (SELECT day FROM day_block WHERE register_id = \(register) AND day <= \(next) AND day >= \(home.from)
                        AND author <> ALL(\(Machine.all)) ORDER BY day DESC LIMIT 1)
                    """)
                : try connection.one(
                    """
                    SELECT (SELECT day FROM day_block WHERE register_id = \(register) AND day >= \(next) AND (\(home.until)::date IS NULL OR day < \(home.until))
                        AND author <> ALL(\(Machine.all)) ORDER BY day LIMIT 1)
                    """)
            guard let found else { return nil }
            let slots = try connection.dayBlocks([(register, found, found.adding(days: 1))])[register]?.known(found, resolution: resolution)
            let values = slots.map { slots in (0..<slots.count).filter { slots.status($0).isUsable } } ?? []
            if let slot = step < 0 ? values.last : values.first { return (found, slot) }
            next = found.adding(days: step)
        }
        return nil
    }

    /// The measured readings of a register between two moments, with those that open and close the spans there.
    private func spans(of register: Register, _ from: Instant, _ until: Instant, in connection: Connection) throws -> (
        begin: Instant?, end: Instant?, readings: [RegisterReading]
    ) {
        // Only those on the raster of the channel open or close a span.
        let raster: SQL =
            resolution.isDaily
            ? "(at AT TIME ZONE 'Europe/Berlin')::time = \(resolution == .day ? "00:00" : "06:00")::time"
            : "extract(epoch FROM at)::numeric % \(resolution.storedSeconds) = 0"
        let rows = try connection.query(
            """
            WITH ends AS (SELECT
                (SELECT at FROM (SELECT DISTINCT ON (at) at, status FROM register_reading WHERE register_id = \(register.id) AND at <= \(from)
                    ORDER BY at DESC, version DESC) b WHERE status = 1 AND \(raster) LIMIT 1) AS before,
                (SELECT at FROM (SELECT DISTINCT ON (at) at, status FROM register_reading WHERE register_id = \(register.id) AND at >= \(until)
                    ORDER BY at, version DESC) a WHERE status = 1 AND \(raster) LIMIT 1) AS after
            )
            SELECT e.before, e.after, r.* FROM ends e LEFT JOIN LATERAL (
                SELECT DISTINCT ON (at) at, version, value_micro, status, method, reason FROM register_reading
                WHERE register_id = \(register.id) AND at BETWEEN coalesce(e.before, \(from)) AND coalesce(e.after, \(until)) ORDER BY at, version DESC
            ) r ON true
            """)
        let before: Instant? = try rows.first?.get(0)
        let after: Instant? = try rows.first?.get(1)
        let readings = try rows.filter { try $0.get(2, as: Instant?.self) != nil }.map { try RegisterReading($0, from: 2) }
        let isInside = readings.contains { $0.at > from && $0.at < until && $0.status == .measured }
        // A reading without a counterpart spans nothing.
        return (isInside || after != nil ? before : nil, isInside || before != nil ? after : nil, readings)
    }
}
