internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// A register with the readings that arrived for it.
struct RegisterWork {
    let entry: RegisterEntry
    var incoming: [IncomingReading] = []
    init(_ entry: RegisterEntry) { self.entry = entry }
}

/// A row of `register_reading` to be written.
struct NewReading {
    let register: Int64
    let at: Instant
    let version: Int32
    let micro: Int64
    let mark: Mark
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
        let bounds = registers.map { work in
            work.incoming.reduce(into: (low: work.incoming[0].at, high: work.incoming[0].at)) { bounds, reading in
                bounds.low = min(bounds.low, reading.at)
                bounds.high = max(bounds.high, reading.at)
            }
        }
        var known = try latest()
        // Nearly all readings are the latest of their register, and the one before them is sound. For the others, what lies
        // around them is read as well.
        let late = registers.indices.filter { place in
            guard let last = known[place].first?.current else { return false }
            return last.at >= bounds[place].low || !last.status.isUsable
        }
        try loadSurroundings(of: late, bounds, into: &known)
        for (place, work) in registers.enumerated() {
            var list = known[place]
            if list.count > 1 { list.sort { $0.current.at < $1.current.at } }
            if work.incoming.count == 1 {
                take(work.incoming[0], work.entry, &list)
                continue
            }
            // In order of time, so that each is judged by the one before it; of one instant in the order they were sent.
            for reading in work.incoming.enumerated().sorted(by: { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }).map(\.element)
            {
                take(reading, work.entry, &list)
            }
        }
    }

    /// The last reading of each register: one walk down the key, and few columns, because this is done for every reading.
    private func latest() throws -> [[KnownReading]] {
        var known = [[KnownReading]](repeating: [], count: registers.count)
        for row in try connection.query(
            """
            SELECT w.place, r.at, r.value_micro, (r.version::bigint << 32) | (r.status << 16) | (r.method << 8) | r.reason
            FROM unnest(\(registers.map(\.entry.id))) WITH ORDINALITY AS w (register_id, place)
            CROSS JOIN LATERAL (
                SELECT p.at, p.version, p.value_micro, p.status::integer, p.method::integer, p.reason::integer FROM register_reading p
                WHERE p.register_id = w.register_id ORDER BY p.at DESC, p.version DESC LIMIT 1
            ) r
            """)
        {
            let place: Int64 = try row.get(0)
            let packed: Int64 = try row.get(3)
            let status = ValueStatus(rawValue: UInt8(truncatingIfNeeded: packed >> 16)) ?? .rejected
            let reading = RegisterReading(
                at: try row.get(1), micro: try row.get(2), status: status, method: UInt8(truncatingIfNeeded: packed >> 8),
                reason: UInt8(truncatingIfNeeded: packed), version: Int32(truncatingIfNeeded: packed >> 32))
            // Whether it was received is asked only of readings at the same moment, and those are read again.
            known[Int(place) - 1] = [KnownReading(current: reading, received: nil)]
        }
        return known
    }

    /// What lies between the first and the last incoming reading with all versions, and a few moments on both sides, of which
    /// only what is current matters.
    private func loadSurroundings(
        of places: [Int], _ bounds: [(low: Instant, high: Instant)], into known: inout [[KnownReading]]
    ) throws {
        guard !places.isEmpty else { return }
        for place in places { known[place] = [] }
        for row in try connection.query(
            """
            SELECT w.place, r.at, r.version, r.value_micro, r.status, r.method, r.reason, r.delivery_id IS NOT NULL
            FROM unnest(\(places.map(Int64.init)), \(places.map { registers[$0].entry.id }), \(places.map { bounds[$0].low }), \(places.map { bounds[$0].high }))
                AS w (place, register_id, low, high)
            CROSS JOIN LATERAL (
                (SELECT DISTINCT ON (p.at) * FROM register_reading p WHERE p.register_id = w.register_id AND p.at < w.low
                 ORDER BY p.at DESC, p.version DESC LIMIT 4)
                UNION ALL
                (SELECT * FROM register_reading i WHERE i.register_id = w.register_id AND i.at BETWEEN w.low AND w.high)
                UNION ALL
                (SELECT DISTINCT ON (n.at) * FROM register_reading n WHERE n.register_id = w.register_id AND n.at > w.high
                 ORDER BY n.at, n.version DESC LIMIT 4)
            ) r
            """)
        {
            let place: Int = try row.get(0)
            known[place].merge(try RegisterReading(row, from: 1), isReceived: try row.get(7))
        }
    }

    private func take(_ incoming: IncomingReading, _ entry: RegisterEntry, _ list: inout [KnownReading]) {
        let message = messages[incoming.message]
        let commodity = entry.register.commodity
        let place = list.partitioningIndex { $0.current.at >= incoming.at }
        let same = place < list.count && list[place].current.at == incoming.at ? list[place] : nil
        switch same?.received.map({ News(incoming.micro, incoming.status, against: $0.micro, $0.mark) }) ?? .accepted {
        case .duplicate:
            message.receipt.duplicates += 1
            return message.count(\.duplicates, 1, commodity)
        case .accepted:
            message.receipt.accepted += 1
            message.count(\.accepted, 1, commodity)
        case .revised:
            message.receipt.revised += 1
            message.count(\.revised, 1, commodity)
        }
        // Readings of another installation are of another sequence.
        let span = entry.span(at: incoming.at)
        func usable(_ reading: KnownReading) -> Bool {
            reading.current.status.isUsable && span.map { $0.from <= reading.current.at && reading.current.at <= $0.until } ?? false
        }
        let previous = list[..<place].last(where: usable)?.current
        let next = list[(same == nil ? place : place + 1)...].first(where: usable)?.current
        var reading = RegisterReading(
            at: incoming.at, micro: incoming.micro, status: incoming.status, version: (same?.current.version ?? 0) + 1)
        let verdict = Validation.check(
            ReadingPair(register: entry.register, reading: reading, previous: previous, next: next, now: now),
            parameters: entry.parameters(at: reading.at))
        note(verdict.findings, entry, message)
        var stored = mark(incoming.status, isRejected: verdict.isRejected, method: incoming.method, reason: incoming.reason)
        if verdict.reason != .none, stored.status != .rejected { stored.reason = verdict.reason.rawValue }
        reading.status = stored.status
        reading.method = stored.method
        reading.reason = stored.reason
        readings.append(
            NewReading(
                register: entry.id, at: reading.at, version: reading.version, micro: reading.micro, mark: stored, delivery: message.delivery
            ))
        let new = KnownReading(current: reading, received: reading)
        if same == nil { list.insert(new, at: place) } else { list[place] = new }
        if entry.isTariff, let previous, reading.status.isUsable {
            advances.append(RegisterAdvance(entry: entry, first: previous, second: reading, message: incoming.message))
        }
        guard let channel = entry.partner else { return }
        spans.append(
            CloseSpan(register: entry, channel: channel, reading: reading, previous: previous, next: next, message: incoming.message))
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
