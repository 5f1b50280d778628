internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// Looks at one channel again: fills its gaps, renews estimates that know better now, compares it with its register.
///
/// What is estimated is a function of what was measured, not of the order in which it came: the window always holds whole
/// gaps, whole spans between register readings, and all like days.
struct ChannelSettlement {
    let entry: RegisterEntry
    let now: Instant
    /// Also gaps that nothing closes yet: for a period somebody asks for.
    var fillsOpenEnds = false

    private var channel: Register { entry.register }
    private var reach: Int { EstimationParameters().likeDayDistance }
    private static let time = LocalTime.berlin

    struct Outcome {
        /// To be written by the caller, who knows the message.
        var findings: [Finding] = []
        /// Slots that were estimated, or estimated anew with another result.
        var estimated = 0
    }

    /// Writes estimates.
    func run(from first: Day, through last: Day, in connection: Connection) throws -> Outcome {
        let (low, high) = try hull(first, last, in: connection)
        var outcome = Outcome()
        // Between two installations nothing is missing.
        for entry in channel.installations.pieces(in: DayRange(from: low, until: high.adding(days: 1))) {
            guard let until = entry.range.until else { continue }
            let part = try fill(DayRange(from: entry.range.from, until: until), at: entry.value, in: connection)
            outcome.findings += part.findings
            outcome.estimated += part.estimated
        }
        return outcome
    }

    /// The days from which and up to which everything has to be seen together.
    private func hull(_ first: Day, _ last: Day, in connection: Connection) throws -> (low: Day, high: Day) {
        var (low, high) = (first, last)
        if !fillsOpenEnds {
            // Estimates in reach may have used, or missed, a day that was touched.
            let near = try connection.query(
                """
                SELECT min(day), max(day) FROM day_block
                WHERE delivery_id IS NULL AND register_id = \(channel.id) AND day BETWEEN \(low.adding(days: -reach)) AND \(high.adding(days: reach))
                """)[0]
            if let day: Day = try near.get(0) { low = min(low, day) }
            if let day: Day = try near.get(1) { high = max(high, day) }
        }
        // A gap is seen whole, also where it reaches beyond the days in question.
        let beside = try connection.query(
            """
            SELECT (SELECT max(day) FROM day_block WHERE register_id = \(channel.id) AND day < \(low)),
                (SELECT min(day) FROM day_block WHERE register_id = \(channel.id) AND day > \(high))
            """)[0]
        if let day: Day = try beside.get(0) { low = day }
        if let day: Day = try beside.get(1) { high = day }
        let registers = ([entry.partner].compactMap(\.self) + entry.buckets).map(\.id)
        guard !registers.isEmpty else { return (low, high) }
        let (from, until) = (Self.time.start(of: low), Self.time.start(of: high.adding(days: 1)))
        let readings = try connection.query(
            """
            SELECT (SELECT max(at) FROM register_reading WHERE register_id = ANY(\(registers)) AND at <= \(from) AND status = 1),
                (SELECT min(at) FROM register_reading WHERE register_id = ANY(\(registers)) AND at >= \(until) AND status = 1),
                EXISTS (SELECT FROM register_reading WHERE register_id = ANY(\(registers)) AND at > \(from) AND at < \(until) AND status = 1)
            """)[0]
        let before: Instant? = try readings.get(0)
        let after: Instant? = try readings.get(1)
        let isInside: Bool = try readings.get(2)
        // A reading without a counterpart spans nothing.
        if let before, isInside || after != nil { low = min(low, Self.time.day(of: before)) }
        if let after, isInside || before != nil {
            let day = Self.time.day(of: after)
            high = max(high, Self.time.start(of: day) == after ? day.adding(days: -1) : day)
        }
        return (low, high)
    }

    private func fill(_ target: DayRange, at point: Identifier<MeteringPoint>, in connection: Connection) throws -> Outcome {
        guard let resolution = channel.resolution, let end = target.until else { return Outcome() }
        let stored =
            try connection.dayBlocks([(channel.id.number, target.from.adding(days: -reach), end.adding(days: reach))])[channel.id.number]
            ?? ChannelDays()
        // A channel from which nothing ever came is silent, not full of holes.
        guard !stored.days.isEmpty else { return Outcome() }
        var days: [Day: DaySlots] = [:]
        for day in stored.days.keys { days[day] = stored.fold(day, resolution: resolution) }
        let holidays = try connection.holidays(atPoints: [point])[point] ?? HolidayCalendar(code: nil)
        let zeros = fillsOpenEnds ? try unusedDays(target, at: point, days, resolution, in: connection) : []
        for zero in zeros {
            days[zero.day, default: DaySlots(empty: resolution.slots(of: zero.day))].lay(zero.overlay(version: .max, knownSince: now))
        }
        let references = try references(days, stored, target, at: point, in: connection)
        for reference in references {
            days[reference.day, default: DaySlots(empty: resolution.slots(of: reference.day))].lay(
                reference.overlay(version: .max, knownSince: now))
        }
        var window = EstimationWindow(
            channel: channel, register: entry.partner, days: days,
            readings: try entry.partner.map { try readings(of: $0, target, in: connection) } ?? [], target: target,
            fillsOpenEnds: fillsOpenEnds)
        window.buckets = try TariffBucket.buckets(of: entry.buckets, on: target.from).map { register, times in
            TariffBucket(register: register, times: times, readings: try readings(of: register, target, in: connection))
        }
        // A short gap is bridged by its ends; only for a longer one it is worth asking what else is known.
        if hasLongGap(target, days, resolution) {
            window.aids = try connection.estimationAids(for: channel, at: point, target: target, holidays: holidays)
        }
        let result = try Estimation.fill(
            window, holidays: holidays, parameters: .defaults(for: channel), validation: entry.parameters(on: target.from))
        var versions: [Day: Int32] = [:]
        var blocks: [NewBlock] = []
        for estimate in zeros + references + result.estimates {
            let version = (versions[estimate.day] ?? stored.lastVersion(estimate.day)) + 1
            versions[estimate.day] = version
            blocks.append(
                NewBlock(
                    register: channel.id.number, day: estimate.day, version: version, firstSlot: estimate.firstSlot,
                    slots: estimate.values.count,
                    values: DayBlock.pack(estimate.values), marks: DayBlock.pack(marks: estimate.marks), delivery: nil, author: "VEE"))
        }
        try connection.insert(blocks, knownSince: now)
        try resolve(target, except: result.findings, stored, resolution, in: connection)
        let slots = (zeros + references + result.estimates).reduce(0) { sum, estimate in
            estimate.marks.reduce(sum) { $0 + ($1.mark.status == .absent ? 0 : $1.count) }
        }
        return Outcome(findings: result.findings, estimated: slots)
    }

    private func hasLongGap(_ target: DayRange, _ days: [Day: DaySlots], _ resolution: Resolution) -> Bool {
        let limit = EstimationParameters.defaults(for: channel.commodity).linearLimitSeconds
        var gap: Int64 = 0
        for day in target.days {
            guard let slots = days[day] else { return true }
            for slot in slots.values.indices {
                let mark = slots.mark(slot)
                let isMade = mark.status == .estimated && EstimationMethod(rawValue: mark.method)?.isCascade == true
                guard !mark.status.isUsable || isMade else { gap = 0; continue }
                gap += Int64(resolution.storedSeconds)
                if gap > limit { return true }
            }
        }
        return false
    }

    /// Method 9: zero for slots of days on which nobody was to use anything. Where a register counts beside the channel, it knows
    /// better.
    private func unusedDays(
        _ target: DayRange, at point: Identifier<MeteringPoint>, _ days: [Day: DaySlots], _ resolution: Resolution,
        in connection: Connection
    ) throws -> [Estimate] {
        guard entry.partner == nil, let end = target.until else { return [] }
        return try connection.pointStates([point], until: end)[point]?.flatMap { state -> [Estimate] in
            let reason: EstimationReason = state.state == .vacant ? .vacancy : .shutdown
            return (state.days.intersection(target)?.days.map(\.self) ?? []).flatMap { day -> [Estimate] in
                let count = resolution.slots(of: day)
                let slots = days[day] ?? DaySlots(empty: count)
                let holes = (0..<count).filter { slots.status($0) == .absent }
                // Runs of holes.
                return holes.reduce(into: [Range<Int>]()) { runs, slot in
                    if let last = runs.last, last.upperBound == slot {
                        runs[runs.count - 1] = last.lowerBound..<slot + 1
                    } else {
                        runs.append(slot..<slot + 1)
                    }
                }.map { Estimation.zero(day: day, slots: $0, reason: reason) }
            }
        } ?? []
    }

    /// Methods 1 and 2, before all others.
    private func references(
        _ days: [Day: DaySlots], _ stored: ChannelDays, _ target: DayRange, at point: Identifier<MeteringPoint>, in connection: Connection
    ) throws -> [Estimate] {
        // What was estimated here, or taken from a reference, is not known of the channel.
        var known = days
        for (day, blocks) in stored.days {
            let ours = Set(blocks.filter { !$0.isDelivered }.map(\.overlay.version))
            guard !ours.isEmpty, var slots = known[day] else { continue }
            for slot in 0..<slots.count where ours.contains(slots.versions[slot]) && slots.mark(slot).isReplaceable {
                slots.statuses[slot] = ValueStatus.absent.rawValue
            }
            known[day] = slots
        }
        let made = try ReferenceValues(channel: channel, point: point, connection: connection).estimates(
            known, target: target, isOpen: fillsOpenEnds)
        return made.filter { estimate in
            guard let slots = days[estimate.day] else { return true }
            return !estimate.says(what: slots)
        }
    }

    private func readings(of register: Register, _ target: DayRange, in connection: Connection) throws -> [RegisterReading] {
        guard let end = target.until else { return [] }
        return try connection.query(
            """
            SELECT DISTINCT ON (at) at, version, value_micro, status, method, reason FROM register_reading
            WHERE register_id = \(register.id) AND at BETWEEN \(Self.time.start(of: target.from)) AND \(Self.time.start(of: end))
            ORDER BY at, version DESC
            """
        ).map { try RegisterReading($0, from: 0) }
    }

    /// Findings that are no longer true are closed by who opened them.
    private func resolve(
        _ target: DayRange, except findings: [Finding], _ stored: ChannelDays, _ resolution: Resolution, in connection: Connection
    ) throws {
        guard let end = target.until else { return }
        let ours = [Estimation.withoutBasis.name, Rules.registerAgainstIntervals.text.name]
        let open = try connection.query(
            """
            SELECT id, rule, from_at, until_at FROM finding
            WHERE state = 'open' AND register_id = \(channel.id) AND rule = ANY(\(ours + [Rules.gap.text.name]))
            AND from_at >= \(Self.time.start(of: target.from)) AND until_at <= \(Self.time.start(of: end))
            """)
        var gone: [Int64] = []
        for row in open {
            let rule: String = try row.get(1)
            let (from, until): (Instant, Instant) = (try row.get(2), try row.get(3))
            let holds =
                rule == Rules.gap.text.name
                ? !isReceived(from, until, stored, resolution)
                : findings.contains { $0.rule == rule && $0.from == from && $0.until == until }
            if !holds { gone.append(try row.get(0)) }
        }
        guard !gone.isEmpty else { return }
        try connection.execute(
            """
            UPDATE finding SET state = 'resolved', resolved_at = \(now), resolved_by = 'VEE',
                resolution = 'Nach neuen Werten nicht mehr zutreffend' WHERE id = ANY(\(gone))
            """)
    }

    /// Whether every slot of a range has a value that was received.
    private func isReceived(_ from: Instant, _ until: Instant, _ stored: ChannelDays, _ resolution: Resolution) -> Bool {
        var day = Self.time.day(of: from)
        while Self.time.start(of: day) < until {
            let delivered = (stored.days[day] ?? []).filter(\.isDelivered).map(\.overlay)
            let slots = DayBlock.fold(delivered, slots: resolution.slots(of: day))
            for slot in 0..<slots.count where slots.status(slot) == .absent {
                let start = resolution.start(of: slot, of: day)
                if start >= from, start < until { return false }
            }
            day = day.adding(days: 1)
        }
        return true
    }
}
