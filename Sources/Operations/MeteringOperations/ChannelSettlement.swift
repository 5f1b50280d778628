internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// Looks at one channel again: fills its gaps, renews or takes back estimates, compares it with its register, and brings its open
/// findings into line.
///
/// What is estimated is a function of what is known, not of the order in which it came, nor of what was estimated before: gaps
/// and spans between readings are always seen whole, with all like days around them (``ChannelView``).
struct ChannelSettlement {
    let entry: RegisterEntry
    /// Who or what made this necessary, in German: what a finding that closes says of it.
    let cause: String
    /// Also gaps that nothing closes yet: for a period somebody asks for.
    var fillsOpenEnds = false

    var channel: Register { entry.register }
    static let time = LocalTime.berlin

    struct Outcome {
        /// Findings that were not open before.
        var opened = 0
        /// Slots that were estimated, or estimated anew with another result.
        var estimated = 0
    }

    /// Writes findings, and estimates into the batch.
    /// - Parameters:
    ///   - message: in whose answer the findings count.
    ///   - batch: made for this channel and these days; to be flushed.
    func run(from first: Day, through last: Day, message: IngestMessage? = nil, in batch: SettlementBatch) throws -> Outcome {
        var outcome = Outcome()
        // Between two installations nothing is missing, and another place's days say nothing about this one's.
        for installation in channel.installations.pieces(in: DayRange(from: first, until: last.adding(days: 1))) {
            guard let until = installation.range.until,
                let home = channel.installations.entries.first(where: { $0.range.contains(installation.range.from) })
            else { continue }
            let view = try ChannelView(
                entry, touched: DayRange(from: installation.range.from, until: until), home: home.range, in: batch)
            let part = try settle(view, at: installation.value, message, in: batch)
            outcome.opened += part.opened
            outcome.estimated += part.estimated
        }
        return outcome
    }

    private func settle(_ view: ChannelView, at point: Identifier<MeteringPoint>, _ message: IngestMessage?, in batch: SettlementBatch)
        throws -> Outcome
    {
        let connection = batch.connection
        // A channel from which nothing ever came is silent, not full of holes.
        guard !view.stored.days.isEmpty else { return Outcome() }
        let time =
            fillsOpenEnds ? view.resolution.start(of: 0, of: view.touched.from)..<view.resolution.start(of: 0, of: view.end) : view.target
        var days = view.known
        let holidays = batch.holidays(at: point)
        let zeros = fillsOpenEnds ? try unusedDays(view, at: point, in: connection) : []
        for zero in zeros {
            days[zero.day, default: DaySlots(empty: view.resolution.slots(of: zero.day))].lay(
                zero.overlay(version: .max, knownSince: batch.now))
        }
        let span = DayRange(from: view.low, until: view.high.adding(days: 1))
        // Methods 1 and 2, before all others.
        let references =
            try batch.hasReferences(point)
            ? ReferenceValues(channel: channel, point: point, connection: connection).estimates(
                days, target: fillsOpenEnds ? view.touched : span, isOpen: fillsOpenEnds)
            : []
        for reference in references {
            days[reference.day, default: DaySlots(empty: view.resolution.slots(of: reference.day))].lay(
                reference.overlay(version: .max, knownSince: batch.now))
        }
        let told = references.filter { reference in view.standing[reference.day].map { !reference.says(what: $0) } ?? true }
        var window = EstimationWindow(
            channel: channel, register: entry.partner, days: days, readings: entry.partner.flatMap { view.readings[$0.id] } ?? [],
            target: span, fillsOpenEnds: fillsOpenEnds)
        window.time = time
        window.buckets = TariffBucket.buckets(of: entry.buckets, on: view.low).map { register, times in
            TariffBucket(register: register, times: times, readings: view.readings[register.id] ?? [])
        }
        window.known = view.loaded
        window.removal = view.removal
        window.standing = view.standing
        window.closesSilence = fillsOpenEnds
        let plan = try EstimationPlan(window, parameters: .defaults(for: channel), holidays: holidays) { entry.parameters(at: $0) }
        let aids =
            plan.asksForAids
            ? try connection.estimationAids(
                for: channel, at: point, target: span, holidays: holidays)
            : EstimationAids()
        let result = try plan.fill(aids)
        write(zeros + told + result.estimates, taking: result.unsupported, view, in: batch)
        let opened = try OpenFindings(entry: entry, now: batch.now, cause: cause).settle(
            findings(view, result, now: batch.now), beside: batch.open(entry.id, within: time), message, in: connection)
        let slots = (zeros + told + result.estimates).reduce(0) { sum, estimate in
            estimate.marks.reduce(sum) { $0 + ($1.mark.status == .absent ? 0 : $1.count) }
        }
        return Outcome(opened: opened, estimated: slots)
    }

    /// Stores estimates, and takes back those that nothing supports any more: what is known of such a slot stands there again.
    private func write(_ estimates: [Estimate], taking unsupported: [Day: [Int]], _ view: ChannelView, in batch: SettlementBatch) {
        var versions: [Day: Int32] = [:]
        var blocks: [NewBlock] = []
        func add(_ day: Day, _ first: Int, _ values: [Int64], _ marks: [MarkRun], _ author: String) {
            let version = (versions[day] ?? view.stored.lastVersion(day)) + 1
            versions[day] = version
            blocks.append(
                NewBlock(
                    register: channel.id.number, day: day, version: version, firstSlot: first, slots: values.count,
                    values: DayBlock.pack(values),
                    marks: DayBlock.pack(marks: marks), delivery: nil, author: author))
        }
        for estimate in estimates {
            add(estimate.day, estimate.firstSlot, estimate.values, estimate.marks, fillsOpenEnds ? Machine.asked : Machine.estimation)
        }
        for (day, slots) in unsupported.sorted(by: { $0.key < $1.key }) {
            let asked = view.stored.asked(day)
            let standing = view.standing[day]
            // What somebody asked for waits, like what it stands for.
            let gone = slots.filter { slot in standing.map { !asked.contains($0.versions[slot]) } ?? true }
            guard let first = gone.first, let last = gone.last else { continue }
            let known = view.known[day] ?? DaySlots(empty: last + 1)
            let marks = (first...last).map { slot -> Mark in
                guard gone.contains(slot) else { return .absent }
                return known.status(slot) == .absent ? .retracted : known.mark(slot)
            }
            add(day, first, Array(known.values[first...last]), MarkRun.runs(of: marks), Machine.estimation)
        }
        batch.write(blocks)
    }

    /// Method 9: zero for slots of days on which nobody was to use anything. Where a register counts beside the channel, it knows
    /// better.
    private func unusedDays(_ view: ChannelView, at point: Identifier<MeteringPoint>, in connection: Connection) throws -> [Estimate] {
        guard entry.partner == nil, let end = view.touched.until else { return [] }
        return try connection.pointStates([point], until: end)[point]?.flatMap { state -> [Estimate] in
            let reason: EstimationReason = state.state == .vacant ? .vacancy : .shutdown
            return (state.days.intersection(view.touched)?.days.map(\.self) ?? []).flatMap { day -> [Estimate] in
                let count = view.resolution.slots(of: day)
                let slots = view.standing[day] ?? DaySlots(empty: count)
                return (0..<count).filter { slots.status($0) == .absent }.runs.map { Estimation.zero(day: day, slots: $0, reason: reason) }
            }
        } ?? []
    }
}

extension Connection {
    /// Looks at the channels of a meter again that was taken down on a day: what they lack before it will not come by itself.
    func settleEnds(of meter: Identifier<Meter>, on day: Day, cause: String, now: Instant) throws {
        let last = day.adding(days: -1)
        let channels = try meterEntries([meter]).flatMap(\.registers).filter { $0.register.resolution != nil }
        guard !channels.isEmpty else { return }
        let batch = try SettlementBatch(channels.map { .init(entry: $0, first: last, last: last) }, now: now, in: self)
        for channel in channels { _ = try ChannelSettlement(entry: channel, cause: cause).run(from: last, through: last, in: batch) }
        try batch.flush()
    }
}
