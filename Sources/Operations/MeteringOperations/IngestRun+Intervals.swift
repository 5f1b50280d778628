internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// A channel's local day with what arrived for it.
struct DayWork {
    let entry: RegisterEntry
    let day: Day
    var pieces: [IncomingPiece] = []
    var stored: [StoredBlock] = []
    /// Whether anything was written, and where the day then has no usable value.
    var isWritten = false
    var shape = DayShape()

    init(_ entry: RegisterEntry, day: Day) {
        self.entry = entry
        self.day = day
    }
    var resolution: Resolution { entry.register.resolution ?? .day }
}

/// Where a day has holes: slots that are absent, rejected, or made here and so open to better knowledge.
struct DayShape {
    var begins = false
    var inside = false
    var ends = false
    var isFull: Bool { !begins && !inside && !ends }

    init() {}
    init(_ day: DaySlots) {
        let holes = (0..<day.count).filter { slot in
            let mark = day.mark(slot)
            return !mark.status.isUsable || (mark.status == .estimated && EstimationMethod(rawValue: mark.method)?.isCascade == true)
        }
        guard let first = holes.first, let last = holes.last else { return }
        begins = first == 0
        ends = last == day.count - 1
        // A run from the begin or up to the end is none inside.
        var low = 0
        var high = day.count - 1
        for hole in holes where hole == low { low += 1 }
        for hole in holes.reversed() where hole == high { high -= 1 }
        inside = holes.contains { $0 > low && $0 < high }
    }
}

extension IngestRun {
    /// Steps 4 to 6 for intervals: compares with what is stored, validates, and packs what is new.
    func takeIntervals() throws {
        guard !days.isEmpty else { return }
        let runs = dayRuns()
        let neighbours = try loadDays(runs)
        for index in days.indices {
            if days[index].stored.isEmpty, days[index].pieces.count == 1 { plain(&days[index]) } else { merge(&days[index]) }
        }
        try look(around: runs, neighbours: neighbours)
    }

    /// Consecutive days of one channel.
    struct DayRun {
        let entry: RegisterEntry
        var first: Day
        var last: Day
        var works: [Int]
    }

    private func dayRuns() -> [DayRun] {
        var runs: [DayRun] = []
        let order = days.indices.sorted { (days[$0].entry.id, days[$0].day) < (days[$1].entry.id, days[$1].day) }
        for index in order {
            let work = days[index]
            if let last = runs.last, last.entry.id == work.entry.id, last.last.adding(days: 1) == work.day {
                runs[runs.count - 1].last = work.day
                runs[runs.count - 1].works.append(index)
            } else {
                runs.append(DayRun(entry: work.entry, first: work.day, last: work.day, works: [index]))
            }
        }
        return runs
    }

    /// Fills `stored`; returns the shapes of the days beside the runs, of which the values are not needed.
    private func loadDays(_ runs: [DayRun]) throws -> [DayKey: DayShape] {
        var places: [DayKey: Int] = [:]
        places.reserveCapacity(days.count)
        for (index, work) in days.enumerated() { places[DayKey(register: work.entry.id, day: work.day)] = index }
        var beside: [DayKey: (resolution: Resolution, overlays: [Overlay])] = [:]
        var resolutions: [Int64: Resolution] = [:]
        for row in try connection.query(
            """
            SELECT b.register_id, b.day, b.version, b.known_since, b.delivery_id IS NOT NULL, b.first_slot, b.slots,
                CASE WHEN b.day BETWEEN w.low AND w.high THEN b.values END, b.marks
            FROM unnest(\(runs.map(\.entry.id)), \(runs.map(\.first)), \(runs.map(\.last))) AS w (register_id, low, high)
            CROSS JOIN LATERAL (SELECT * FROM day_block d WHERE d.register_id = w.register_id AND d.day BETWEEN w.low - 1 AND w.high + 1 OFFSET 0) b
            ORDER BY b.register_id, b.day, b.version
            """)
        {
            let key = DayKey(register: try row.get(0), day: try row.get(1))
            let first: Int32 = try row.get(5)
            let slots: Int32 = try row.get(6)
            let marks: [UInt8] = try row.get(8)
            if let values: [UInt8] = try row.get(7), let place = places[key] {
                let overlay = try Overlay(
                    version: row.get(2), knownSince: row.get(3), firstSlot: Int(first), slots: Int(slots), packedValues: values,
                    packedMarks: marks)
                days[place].stored.append(StoredBlock(overlay: overlay, isDelivered: try row.get(4)))
            } else {
                if resolutions.isEmpty { for run in runs { resolutions[run.entry.id] = run.entry.register.resolution } }
                let overlay = Overlay(
                    version: try row.get(2), knownSince: try row.get(3), firstSlot: Int(first),
                    values: Array(repeating: 0, count: Int(slots)),
                    marks: try DayBlock.unpackMarks(marks, count: Int(slots)))
                beside[key, default: (resolutions[key.register] ?? .day, [])].overlays.append(overlay)
            }
        }
        return beside.reduce(into: [:]) { shapes, pair in
            let slots = pair.value.resolution.slots(of: pair.key.day)
            // Nearly always one row that covers the day with one mark.
            if let only = pair.value.overlays.first, pair.value.overlays.count == 1, only.firstSlot == 0,
                only.marks == [MarkRun(count: slots, mark: .measured)]
            {
                shapes[pair.key] = DayShape()
            } else {
                shapes[pair.key] = DayShape(DayBlock.fold(pair.value.overlays, slots: slots))
            }
        }
    }

    /// The way of nearly all pieces: nothing is stored of the day, and one piece brings it. No look at single values but
    /// that of the rules.
    private func plain(_ work: inout DayWork) {
        guard let piece = work.pieces.first else { return }
        let message = messages[piece.message]
        let statuses = message.parcel.batch.statuses[piece.range]
        let absent = ValueStatus.absent.rawValue
        let missing = statuses.count { $0 == absent }
        guard missing < statuses.count, let first = statuses.firstIndex(where: { $0 != absent }),
            let last = statuses.lastIndex(where: { $0 != absent })
        else { return }
        let sent = statuses.count - missing
        message.receipt.accepted += sent
        message.count(\.accepted, sent, work.entry.register.commodity)

        let values = message.values[piece.range]
        let verdict = Validation.check(
            IntervalPiece(
                register: work.entry.register, day: work.day, firstSlot: piece.firstSlot, values: values, statuses: statuses, now: now),
            parameters: parameters)
        note(verdict.findings, work.entry, message)
        let firstSlot = piece.firstSlot + first - piece.range.lowerBound
        var marks = MarkRun.runs(ofStatuses: statuses[first...last])
        if !verdict.rejected.isEmpty || reason != .none || marks.contains(where: { $0.mark.status == .rejected }) {
            marks = MarkRun.runs(
                of: (first...last).map { place in
                    mark(
                        ValueStatus(rawValue: statuses[place]) ?? .absent,
                        isRejected: verdict.rejects(piece.firstSlot + place - piece.range.lowerBound))
                })
        }
        blocks.append(
            NewBlock(
                register: work.entry.id, day: work.day, version: 1, firstSlot: firstSlot, slots: last - first + 1,
                values: DayBlock.pack(values[first...last]), marks: DayBlock.pack(marks: marks), delivery: message.delivery))
        work.isWritten = true
        let slots = work.resolution.slots(of: work.day)
        work.shape.begins = firstSlot > 0
        work.shape.ends = firstSlot + last - first + 1 < slots
        // Rejected slots count as holes wherever they lie: looking once too often does no harm.
        work.shape.inside = !verdict.rejected.isEmpty || marks.contains { !$0.mark.status.isUsable }
    }

    /// What is stored beside a value: what the sender said, unless a rule or our own purpose says more.
    func mark(_ status: ValueStatus, isRejected: Bool) -> Mark {
        if isRejected { return Mark(status: .rejected, reason: EstimationReason.failedValidation.rawValue) }
        if status == .rejected { return Mark(status: .rejected, reason: EstimationReason.withdrawn.rawValue) }
        return Mark(status: status, reason: status == .absent ? 0 : reason.rawValue)
    }

    /// Something is stored of the day, or several pieces bring it: slot by slot.
    private func merge(_ work: inout DayWork) {
        let slots = work.resolution.slots(of: work.day)
        var received = DaySlots(empty: slots)
        var current = DaySlots(empty: slots)
        for block in work.stored {
            if block.isDelivered { received.lay(block.overlay) }
            current.lay(block.overlay)
        }
        var version = work.stored.map(\.overlay.version).max() ?? 0
        var start = 0
        while start < work.pieces.count {
            let message = work.pieces[start].message
            var end = start + 1
            while end < work.pieces.count, work.pieces[end].message == message { end += 1 }
            if let overlay = overlay(of: work.pieces[start..<end], work, received: &received, version: version + 1) {
                version += 1
                received.lay(overlay)
                current.lay(overlay)
                work.isWritten = true
            }
            start = end
        }
        work.shape = DayShape(current)
    }

    /// What one message says of a day, as far as it is news; nil if all of it is known.
    private func overlay(of pieces: ArraySlice<IncomingPiece>, _ work: DayWork, received: inout DaySlots, version: Int32) -> Overlay? {
        guard let number = pieces.first?.message else { return nil }
        let message = messages[number]
        let commodity = work.entry.register.commodity
        let sentStatuses = message.parcel.batch.statuses
        var values = [Int64](repeating: 0, count: received.count)
        var statuses = [ValueStatus](repeating: .absent, count: received.count)
        var rejected: [Range<Int>] = []
        var known = received
        for piece in pieces {
            var tally = IngestMessage.Tally()
            for place in piece.range {
                let slot = piece.firstSlot + place - piece.range.lowerBound
                guard let status = ValueStatus(rawValue: sentStatuses[place]), status != .absent, slot < known.count else { continue }
                let value = message.values[place]
                switch News(value, status, against: known.values[slot], known.mark(slot)) {
                case .duplicate: tally.duplicates += 1; continue
                case .accepted: tally.accepted += 1
                case .revised: tally.revised += 1
                }
                values[slot] = value
                statuses[slot] = status
                known.values[slot] = value
                known.statuses[slot] = status.rawValue
                known.reasons[slot] = mark(status, isRejected: false).reason
            }
            message.receipt.accepted += Int(tally.accepted)
            message.receipt.duplicates += Int(tally.duplicates)
            message.receipt.revised += Int(tally.revised)
            message.count(\.accepted, Int(tally.accepted), commodity)
            message.count(\.duplicates, Int(tally.duplicates), commodity)
            message.count(\.revised, Int(tally.revised), commodity)
            guard tally.accepted + tally.revised > 0 else { continue }
            let verdict = Validation.check(
                IntervalPiece(
                    register: work.entry.register, day: work.day, firstSlot: piece.firstSlot, values: message.values[piece.range],
                    statuses: sentStatuses[piece.range], now: now),
                parameters: parameters)
            note(verdict.findings, work.entry, message)
            rejected += verdict.rejected
        }
        if pieces.count > 1 {
            let verdict = Validation.check(
                OverlappingItems(
                    register: work.entry.register, day: work.day,
                    items: pieces.map { piece in
                        .init(firstSlot: piece.firstSlot, values: message.values[piece.range], statuses: sentStatuses[piece.range])
                    }),
                parameters: parameters)
            note(verdict.findings, work.entry, message)
            rejected += verdict.rejected
        }
        guard let first = statuses.firstIndex(where: { $0 != .absent }), let last = statuses.lastIndex(where: { $0 != .absent }) else {
            return nil
        }
        let marks = MarkRun.runs(
            of: (first...last).map { slot in
                statuses[slot] == .absent ? Mark.absent : mark(statuses[slot], isRejected: rejected.contains { $0.contains(slot) })
            })
        let overlay = Overlay(version: version, knownSince: now, firstSlot: first, values: Array(values[first...last]), marks: marks)
        blocks.append(
            NewBlock(
                register: work.entry.id, day: work.day, version: version, firstSlot: first, slots: overlay.values.count,
                values: DayBlock.pack(overlay.values), marks: DayBlock.pack(marks: marks), delivery: message.delivery))
        return overlay
    }
}

/// What a value that arrives is, beside the one that was received before.
enum News {
    case accepted, duplicate, revised

    init(_ value: Int64, _ status: ValueStatus, against known: Int64, _ mark: Mark) {
        if mark.status == .absent {
            self = .accepted
        } else if value == known,
            status == mark.status
                || (mark.status == .rejected && mark.reason == EstimationReason.failedValidation.rawValue)
        {
            // What a rule rejected was sent as something else; sent again it is the same.
            self = .duplicate
        } else if mark.status.yieldsToMeasurement, mark.status != .rejected, status == .measured {
            // The sender's own estimate is replaced by what was measured; what was rejected is corrected.
            self = .accepted
        } else {
            self = .revised
        }
    }
}
