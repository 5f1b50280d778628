internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// A register with the readings that arrived for it; nearly always one.
struct RegisterWork {
    let entry: RegisterEntry
    let first: IncomingReading
    var more: [IncomingReading] = []
    init(_ entry: RegisterEntry, _ first: IncomingReading) {
        self.entry = entry
        self.first = first
    }
    var incoming: [IncomingReading] { [first] + more }
    /// The first and the last moment.
    var bounds: (low: Instant, high: Instant) {
        more.reduce(into: (low: first.at, high: first.at)) { bounds, reading in
            bounds.low = min(bounds.low, reading.at)
            bounds.high = max(bounds.high, reading.at)
        }
    }
}

/// A row of `register_reading` to be written.
struct NewReading {
    let register: Int64
    let at: Instant
    let version: Int32
    let micro: Int64
    let mark: Mark
    /// nil: made here.
    let delivery: Identifier<Delivery>?
    var author = ""
}

/// What is known of a register at an instant: the latest version, and the latest one that was received.
private struct KnownReading {
    var current: RegisterReading
    var received: RegisterReading?
}

extension IngestRun {
    /// Steps 5 and 6 for register readings: compares, validates against the neighbours in time, collects what is new.
    func takeReadings() throws {
        guard !registers.isEmpty else { return }
        let latest = try latestReadings()
        // Nearly all readings are the latest of their register, and the one before them is sound. For the others, what lies
        // around them is read as well.
        let late = registers.indices.filter { place in
            guard let last = latest[place] else { return false }
            return last.at >= registers[place].bounds.low || last.status != .measured || !registers[place].entry.closesSpan(at: last.at)
        }
        var around = try surroundings(of: late)
        // Those that are new stand together by message and kind: they are counted together.
        var accepted: (message: Int, commodity: Commodity, count: Int) = (0, .electricity, 0)
        func count() {
            guard accepted.count > 0 else { return }
            messages[accepted.message].receipt.accepted += accepted.count
            messages[accepted.message].count(.accepted, accepted.count, accepted.commodity)
        }
        defer { count() }
        readings.reserveCapacity(registers.count)
        lesson.readings.reserveCapacity(registers.count)
        for (place, work) in registers.enumerated() {
            let last: RegisterReading?
            if work.more.isEmpty, around[place] == nil, let known = latest[place], repeats(work.first, known) {
                countAgain(work.first, work.entry)
                continue
            }
            if work.more.isEmpty, around[place] == nil {
                last = takeNewest(work.first, work.entry, after: latest[place])
                let commodity = work.entry.register.commodity
                if accepted.message != work.first.message || accepted.commodity != commodity {
                    count()
                    accepted = (work.first.message, commodity, 0)
                }
                accepted.count += 1
            } else {
                var list = around.removeValue(forKey: place) ?? latest[place].map { [KnownReading(current: $0, received: nil)] } ?? []
                list.sort { $0.current.at < $1.current.at }
                // In order of time, so that each is judged by the one before it; of one instant in the order they were sent.
                let incoming = work.incoming.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
                for reading in incoming.map(\.element) { take(reading, work.entry, &list) }
                // What follows a doubted reading says more about that one.
                if let doubted = latest[place], doubted.status == .rejected { unsettle(work.entry, doubted.at, by: work.first.message) }
                last = list.last?.current
            }
            // Of what lies around a late reading not all is read; the last one was known before.
            guard let newest = [last, latest[place]].compactMap(\.self).max(by: { ($0.at, $0.version) < ($1.at, $1.version) }) else {
                continue
            }
            lesson.readings.append((work.entry.id, newest))
        }
    }

    /// The last reading of each register: remembered, or one walk down the key.
    private func latestReadings() throws -> [RegisterReading?] {
        var known = ends.lastReadings(of: registers.lazy.map(\.entry.id))
        let unknown = known.indices.filter { known[$0] == nil }
        guard !unknown.isEmpty else { return known }
        for row in try connection.query(
            """
            SELECT w.place, r.at, r.value_micro, (r.version::bigint << 32) | (r.status << 16) | (r.method << 8) | r.reason
            FROM unnest(\(unknown.map(Int64.init)), \(unknown.map { registers[$0].entry.id })) AS w (place, register_id)
            CROSS JOIN LATERAL (
                SELECT p.at, p.version, p.value_micro, p.status::integer, p.method::integer, p.reason::integer FROM register_reading p
                WHERE p.register_id = w.register_id ORDER BY p.at DESC, p.version DESC LIMIT 1
            ) r
            """)
        {
            let place: Int64 = try row.get(0)
            let packed: Int64 = try row.get(3)
            let status = ValueStatus(rawValue: UInt8(truncatingIfNeeded: packed >> 16)) ?? .rejected
            known[Int(place)] = RegisterReading(
                at: try row.get(1), micro: try row.get(2), status: status, method: UInt8(truncatingIfNeeded: packed >> 8),
                reason: UInt8(truncatingIfNeeded: packed), version: Int32(truncatingIfNeeded: packed >> 32))
        }
        return known
    }

    /// What lies between the first and the last incoming reading with all versions, and a few believed readings on both sides,
    /// of which only what is current matters: a row of rejected ones must not hide the good one behind them.
    private func surroundings(of places: [Int]) throws -> [Int: [KnownReading]] {
        guard !places.isEmpty else { return [:] }
        var known: [Int: [KnownReading]] = [:]
        let bounds = places.map { registers[$0].bounds }
        for row in try connection.query(
            """
            SELECT w.place, r.at, r.version, r.value_micro, r.status, r.method, r.reason, r.delivery_id IS NOT NULL
            FROM unnest(\(places.map(Int64.init)), \(places.map { registers[$0].entry.id }), \(bounds.map(\.low)), \(bounds.map(\.high)))
                AS w (place, register_id, low, high)
            CROSS JOIN LATERAL (
                (SELECT * FROM (SELECT DISTINCT ON (p.at) * FROM register_reading p WHERE p.register_id = w.register_id AND p.at < w.low
                    ORDER BY p.at DESC, p.version DESC) q WHERE q.status < 5 LIMIT 4)
                UNION ALL
                (SELECT * FROM register_reading i WHERE i.register_id = w.register_id AND i.at BETWEEN w.low AND w.high)
                UNION ALL
                (SELECT * FROM (SELECT DISTINCT ON (n.at) * FROM register_reading n WHERE n.register_id = w.register_id AND n.at > w.high
                    ORDER BY n.at, n.version DESC) q WHERE q.status < 5 LIMIT 4)
            ) r
            """)
        {
            let place: Int = try row.get(0)
            known[place, default: []].merge(try RegisterReading(row, from: 1), isReceived: try row.get(7))
        }
        return known
    }

    /// A reading behind all that is known of its register: new, and judged by the last one alone. The caller counts it.
    /// - Returns: what is stored.
    private func takeNewest(_ incoming: IncomingReading, _ entry: RegisterEntry, after last: RegisterReading?) -> RegisterReading {
        let span = entry.span(at: incoming.at)
        let previous = last.flatMap { last in
            span.map { last.status.isUsable && $0.from <= last.at && last.at <= $0.until } ?? false ? last : nil
        }
        let reading = store(incoming, entry, version: 1, previous: previous, next: nil).stored
        // Which of two that contradict each other is wrong, not their order says.
        if reading.hasFallen { unsettle(entry, incoming.at, by: incoming.message) }
        if let previous { close(previous, reading, entry, incoming.message) }
        return reading
    }

    /// The span between two readings that follow each other is compared with the channel.
    private func close(_ first: RegisterReading, _ second: RegisterReading, _ entry: RegisterEntry, _ message: Int) {
        guard let channel = entry.partner, first.status == .measured, second.status == .measured, entry.closesSpan(at: second.at) else {
            return
        }
        spans.append(CloseSpan(register: entry, channel: channel.id.number, first: first, second: second, message: message))
    }

    private func take(_ incoming: IncomingReading, _ entry: RegisterEntry, _ list: inout [KnownReading]) {
        let message = messages[incoming.message]
        let commodity = entry.register.commodity
        let place = list.partitioningIndex { $0.current.at >= incoming.at }
        let same = place < list.count && list[place].current.at == incoming.at ? list[place] : nil
        switch same?.received.map({ News(incoming.micro, incoming.status, against: $0.micro, $0.mark) }) ?? .accepted {
        case .duplicate: return countAgain(incoming, entry)
        case .accepted where same == nil && place > 0 && repeats(incoming, list[place - 1].current): return countAgain(incoming, entry)
        case .accepted:
            message.receipt.accepted += 1
            message.count(.accepted, 1, commodity)
        case .revised:
            message.receipt.revised += 1
            message.count(.revised, 1, commodity)
        }
        // Readings of another installation are of another sequence.
        let span = entry.span(at: incoming.at)
        func usable(_ reading: KnownReading) -> Bool {
            reading.current.status.isUsable && span.map { $0.from <= reading.current.at && reading.current.at <= $0.until } ?? false
        }
        let previous = list[..<place].last(where: usable)?.current
        let next = list[(same == nil ? place : place + 1)...].first(where: usable)?.current
        let (reading, sent) = store(incoming, entry, version: (same?.current.version ?? 0) + 1, previous: previous, next: next)
        var new = KnownReading(current: reading, received: sent)
        if let before = same?.current { noteReplaced(before, by: reading, entry, message) }
        if let decided = same?.current, decided.mark.isDecision {
            new.current = weigh(reading, against: decided, entry, message)
        }
        if let old = same?.current, IngestRun.isDisplaced(old.status, by: new.current.status), old.micro != new.current.micro {
            note([IngestRun.displaced(entry.register, incoming.at, incoming.at, count: 1)], entry, message)
        }
        let isLast = same == nil && place == list.count
        let before = list[..<place].last { usable($0) && $0.current.status == .measured && entry.closesSpan(at: $0.current.at) }
        if same == nil { list.insert(new, at: place) } else { list[place] = new }
        // What comes behind all others concerns nobody but the one before it.
        if isLast, place == 0 || before != nil, !new.current.hasFallen {
            if let first = before?.current { close(first, new.current, entry, incoming.message) }
        } else {
            unsettle(entry, incoming.at, by: incoming.message)
        }
    }

    /// How long a telegram without a time of its own may be on its way, sent again and again.
    private static let resendSeconds: Int64 = 900

    /// Whether a telegram that does not say when it was made says what was known a moment ago: then it is the same one, sent again,
    /// and the time of its second reception says nothing.
    private func repeats(_ incoming: IncomingReading, _ last: RegisterReading) -> Bool {
        guard let received = messages[incoming.message].batch.receivedAt, incoming.at == received else { return false }
        return last.micro == incoming.micro && last.status == incoming.status && last.at < incoming.at
            && last.at.seconds(until: incoming.at) <= IngestRun.resendSeconds
    }

    private func countAgain(_ incoming: IncomingReading, _ entry: RegisterEntry) {
        let message = messages[incoming.message]
        message.receipt.duplicates += 1
        message.count(.duplicates, 1, entry.register.commodity)
    }

    /// Says what a reading that somebody took after all changed where an estimated one stood.
    private func noteReplaced(_ before: RegisterReading, by reading: RegisterReading, _ entry: RegisterEntry, _ message: IngestMessage) {
        guard before.status == .estimated, !before.mark.isDecision, reading.status == .measured, reading.micro != before.micro else {
            return
        }
        let subject = ReplacedEstimate(
            register: entry.register, from: reading.at, until: reading.at, slots: 1, estimated: before.micro, measured: reading.micro)
        findings += Rules.estimateReplaced.findings(on: subject, parameters: entry.parameters(at: reading.at)).map {
            FindingDraft(
                finding: $0, register: entry.register.id, point: entry.point(at: reading.at), message: message, isSettled: true)
        }
    }

    /// Judges a reading that is news by its neighbours and puts it on the list of what is written. Of one that was sent as something else than
    /// measured the judgement is a version of its own, so that the history shows what was sent.
    private func store(
        _ incoming: IncomingReading, _ entry: RegisterEntry, version: Int32, previous: RegisterReading?, next: RegisterReading?
    ) -> (stored: RegisterReading, sent: RegisterReading) {
        let message = messages[incoming.message]
        var reading = RegisterReading(at: incoming.at, micro: incoming.micro, status: incoming.status, version: version)
        let verdict = Validation.check(
            ReadingPair(register: entry.register, reading: reading, previous: previous, next: next, now: now),
            parameters: entry.parameters(at: reading.at))
        // Of what has fallen the settlement says what it is: one finding, however many readings follow.
        let falls = verdict.isRejected ? verdict.findings.count { $0.rule == Rules.backwards.text.name } : 0
        if falls > 0 { fallen[entry.id, default: 0] += 1 }
        note(falls > 0 ? verdict.findings.filter { $0.rule != Rules.backwards.text.name } : verdict.findings, entry, message)
        let isMeasured = incoming.status == .measured || incoming.status == .rejected
        var stored = mark(
            incoming.status, isRejected: verdict.isRejected && isMeasured, method: incoming.method, reason: incoming.reason,
            clock: message.clockReason)
        if verdict.reason != .none, !verdict.isRejected, stored.status != .rejected { stored.reason = verdict.reason.rawValue }
        reading.status = stored.status
        reading.method = stored.method
        reading.reason = stored.reason
        readings.append(
            NewReading(
                register: entry.id, at: reading.at, version: reading.version, micro: reading.micro, mark: stored, delivery: message.delivery
            ))
        let sent = reading
        if verdict.isRejected, !isMeasured {
            reading.version += 1
            let ruling = mark(.rejected, isRejected: true, method: incoming.method)
            (reading.status, reading.method, reading.reason) = (ruling.status, ruling.method, ruling.reason)
            readings.append(
                NewReading(
                    register: entry.id, at: reading.at, version: reading.version, micro: reading.micro, mark: ruling,
                    delivery: nil, author: Machine.rules))
        }
        if entry.isTariff, let previous, reading.status.isUsable {
            advances.append(RegisterAdvance(entry: entry, first: previous, second: reading, message: incoming.message))
        }
        return (reading, sent)
    }
}

extension [KnownReading] {
    fileprivate mutating func merge(_ reading: RegisterReading, isReceived: Bool) {
        if let place = firstIndex(where: { $0.current.at == reading.at }) {
            if reading.version > self[place].current.version { self[place].current = reading }
            if isReceived, reading.version > self[place].received?.version ?? 0 { self[place].received = reading }
        } else {
            append(KnownReading(current: reading, received: isReceived ? reading : nil))
        }
    }
}

extension [KnownReading] {
    /// The first place for which `belongs` holds, of a list in which it holds from one place on.
    fileprivate func partitioningIndex(where belongs: (KnownReading) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension RegisterReading {
    /// From the columns at, version, value_micro, status, method, reason.
    init(_ row: Row, from column: Int) throws {
        let status: Int16 = try row.get(column + 3)
        let method: Int16 = try row.get(column + 4)
        let reason: Int16 = try row.get(column + 5)
        self.init(
            at: try row.get(column), micro: try row.get(column + 2),
            status: try StoredValueError.parsed("\(status)", "a status") { _ in ValueStatus(rawValue: UInt8(clamping: status)) },
            method: UInt8(clamping: method), reason: UInt8(clamping: reason), version: try row.get(column + 1))
    }
    var mark: Mark { Mark(status: status, method: method, reason: reason) }
}
