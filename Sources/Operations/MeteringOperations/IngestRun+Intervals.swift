internal import Metering
internal import Postgres
internal import VEE
internal import Values

extension IngestRun {
    /// Steps 4 to 6 for intervals: compares with what is stored, validates, and packs what is new.
    func takeIntervals() throws {
        guard !days.isEmpty else { return }
        let runs = dayRuns()
        let (next, others) = continuations(of: runs)
        let neighbours = try loadDays(others)
        for index in days.indices {
            if days[index].isPlain(slotsOf: { $0.range.count }) { plain(&days[index]) } else { merge(&days[index]) }
        }
        for (run, end) in next { look(at: run, behind: end) }
        try look(around: others, neighbours: neighbours)
    }

    /// The way of nearly all pieces: nothing is stored of their slots, and one piece brings them. No look at single values
    /// but that of the rules.
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
        message.count(.accepted, sent, work.entry.register.commodity)

        let values = message.values[piece.range]
        let judged = IntervalPiece(
            register: work.entry.register, day: work.day, firstSlot: piece.firstSlot, values: values, statuses: statuses, now: now)
        let verdict = Validation.check(judged, parameters: work.entry.parameters(on: work.day))
        note(verdict.findings, work.entry, message)
        if FlowSettlement.concerns(work.entry.register), judged.flowsOddly(work.entry.parameters(on: work.day)) {
            unsettleFlow(work.entry, work.day, by: piece.message)
        }
        // What a piece declares or a rule rejects is told of the day as a whole.
        if !verdict.findings.isEmpty { unsettle(work.entry, work.day, by: piece.message) }
        let firstSlot = piece.firstSlot + first - piece.range.lowerBound
        var marks = MarkRun.runs(ofStatuses: statuses[first...last])
        let batch = message.parcel.batch
        if !verdict.rejected.isEmpty || reason != .none || message.hasMarks || marks.contains(where: { $0.mark.status == .rejected }) {
            marks = MarkRun.runs(
                of: (first...last).map { place in
                    mark(
                        ValueStatus(rawValue: statuses[place]) ?? .absent,
                        isRejected: verdict.rejects(piece.firstSlot + place - piece.range.lowerBound)
                            && statuses[place] == ValueStatus.measured.rawValue, method: batch.method(at: place),
                        reason: batch.reason(at: place), clock: message.clockReason)
                })
        }
        blocks.append(
            NewBlock(
                register: work.entry.id, day: work.day, version: work.lastVersion + 1, firstSlot: firstSlot, slots: last - first + 1,
                values: DayBlock.pack(values[first...last]), marks: DayBlock.pack(marks: marks), delivery: message.delivery))
        let fallen =
            verdict.rejected.isEmpty
            ? []
            : (first...last).filter { place in
                statuses[place].isSentOtherwise && verdict.rejects(piece.firstSlot + place - piece.range.lowerBound)
            }
        if let overlay = ruling(
            fallen.map { ($0 - piece.range.lowerBound + piece.firstSlot, values[$0], batch.method(at: $0)) },
            version: work.lastVersion + 2, work)
        {
            write(overlay, work)
        }
        work.isWritten = true
        let slots = work.resolution.slots(of: work.day)
        let written = firstSlot..<firstSlot + last - first + 1
        let coverage = work.coverage ?? written
        work.shape.begins = min(written.lowerBound, coverage.lowerBound) > 0
        work.shape.ends = max(written.upperBound, coverage.upperBound) < slots
        // Rejected slots count as holes wherever they lie: looking once too often does no harm.
        work.reaches = max(written.upperBound, coverage.upperBound)
        work.shape.inside =
            !verdict.rejected.isEmpty || marks.contains { !$0.mark.status.isUsable }
            || written.lowerBound > coverage.upperBound || written.upperBound < coverage.lowerBound
    }

    /// What a rule says of slots that were sent as something else than measured: a version of its own behind what was sent, so that the
    /// history shows both. What was measured needs none, because nothing else can have been said of it. How it was made stays beside it.
    private func ruling(_ slots: [SaidSlots.Fallen], version: Int32, _ work: DayWork) -> Overlay? {
        guard let first = slots.first?.slot, let last = slots.last?.slot else { return nil }
        let said = Dictionary(slots.map { ($0.slot, $0) }) { $1 }
        return Overlay(
            version: version, knownSince: now, firstSlot: first, values: (first...last).map { said[$0]?.micro ?? 0 },
            marks: MarkRun.runs(
                of: (first...last).map { slot in said[slot].map { mark(.rejected, isRejected: true, method: $0.method) } ?? .absent }))
    }

    private func write(_ ruling: Overlay, _ work: DayWork) {
        blocks.append(
            NewBlock(
                register: work.entry.id, day: work.day, version: ruling.version, firstSlot: ruling.firstSlot, slots: ruling.values.count,
                values: DayBlock.pack(ruling.values), marks: DayBlock.pack(marks: ruling.marks), delivery: nil, author: Machine.rules))
    }

    /// What is stored beside a value: what the sender said, unless a rule or our own purpose says more.
    func mark(_ status: ValueStatus, isRejected: Bool, method: UInt8 = 0, reason sent: UInt8 = 0, clock: UInt8 = 0) -> Mark {
        // How it was made stays beside what is rejected: somebody may accept it, and it goes out as it came.
        if isRejected { return Mark(status: .rejected, method: method, reason: EstimationReason.failedValidation.rawValue) }
        if status == .rejected {
            // What the sender calls implausible is not ours to judge anew, as what our rules rejected is.
            let isOurs = sent == EstimationReason.none.rawValue || sent == EstimationReason.failedValidation.rawValue
            return Mark(status: .rejected, method: method, reason: isOurs ? EstimationReason.withdrawn.rawValue : sent)
        }
        if status == .absent { return .absent }
        // What a withdrawal brings back stands as it was sent.
        return Mark(
            status: status, method: method, reason: reason == .none || reason == .withdrawn ? (sent == 0 ? clock : sent) : reason.rawValue)
    }

    /// Something is stored of the day, or several pieces bring it: slot by slot.
    private func merge(_ work: inout DayWork) {
        let slots = work.resolution.slots(of: work.day)
        var received = DaySlots(empty: slots)
        var current = DaySlots(empty: slots)
        var said = SaidSlots()
        for block in work.stored {
            if let delivery = block.delivery {
                received.lay(block.overlay)
                said.senders[block.overlay.version] = delivery
            }
            current.lay(block.overlay)
        }
        var version = work.stored.map(\.overlay.version).max() ?? 0
        let old = current
        let before = work.stored.contains { !$0.isDelivered } ? current : nil
        let hadRejected = received.statuses.contains(ValueStatus.rejected.rawValue)
        let foundBefore = findings.count
        var start = 0
        while start < work.pieces.count {
            let message = work.pieces[start].message
            if start == 0 || work.pieces[start - 1].message != message { said.begin(messages[message], work) }
            let end = said.end(of: work.pieces, from: start, messages[message])
            if let overlay = overlay(of: work.pieces[start..<end], work, &said, received: &received, version: version + 1) {
                version += 1
                received.lay(overlay)
                said.senders[version] = messages[message].delivery.number
                let kept = decisions(under: overlay, current, work, messages[message])
                current.lay(overlay)
                if let ruling = ruling(said.fallen, version: version + 1, work) {
                    version += 1
                    current.lay(ruling)
                    write(ruling, work)
                }
                if var kept {
                    version += 1
                    kept.version = version
                    current.lay(kept)
                    blocks.append(
                        NewBlock(
                            register: work.entry.id, day: work.day, version: kept.version, firstSlot: kept.firstSlot,
                            slots: kept.values.count,
                            values: DayBlock.pack(kept.values), marks: DayBlock.pack(marks: kept.marks), delivery: nil,
                            author: Machine.estimation))
                }
                work.isWritten = true
            }
            if end == work.pieces.count || work.pieces[end].message != message { said.finish(messages[message], work) }
            start = end
        }
        work.shape = DayShape(current)
        work.reaches = (current.statuses.lastIndex { ValueStatus(rawValue: $0)?.isUsable ?? false } ?? -1) + 1
        if findings.count > foundBefore || hadRejected && work.isWritten {
            unsettle(work.entry, work.day, by: work.pieces.last?.message)
        }
        if let before, work.isWritten { noteReplaced(before, by: current, work) }
        if work.isWritten { noteDisplaced(old, by: current, work) }
    }

    /// Says where an estimate that was sent has taken the place of another measured value.
    private func noteDisplaced(_ before: DaySlots, by current: DaySlots, _ work: DayWork) {
        let displaced = before.values.indices.filter { slot in
            IngestRun.isDisplaced(before.status(slot), by: current.status(slot)) && current.values[slot] != before.values[slot]
        }
        guard let first = displaced.first, let last = displaced.last, let piece = work.pieces.last else { return }
        let (from, until) = (work.resolution.start(of: first, of: work.day), work.resolution.start(of: last + 1, of: work.day))
        note([IngestRun.displaced(work.entry.register, from, until, count: displaced.count)], work.entry, messages[piece.message])
    }

    /// Says what measured values changed where estimates of ours stood; nothing if these had been right.
    private func noteReplaced(_ before: DaySlots, by current: DaySlots, _ work: DayWork) {
        let replaced = before.values.indices.filter { slot in
            before.status(slot) == .estimated && EstimationMethod(rawValue: before.methods[slot])?.isCascade == true
                && current.status(slot) == .measured && current.values[slot] != before.values[slot]
        }
        guard let first = replaced.first, let last = replaced.last else { return }
        func sum(_ slots: DaySlots) -> Int64 { Int64(clamping: replaced.reduce(Int128(0)) { $0 + Int128(slots.values[$1]) }) }
        let subject = ReplacedEstimate(
            register: work.entry.register, from: work.resolution.start(of: first, of: work.day),
            until: work.resolution.start(of: last + 1, of: work.day), slots: replaced.count, estimated: sum(before), measured: sum(current))
        let message = work.pieces.last.map { messages[$0.message] }
        findings += Rules.estimateReplaced.findings(on: subject, parameters: work.entry.parameters(on: work.day)).map {
            FindingDraft(
                finding: $0, register: work.entry.register.id, point: work.entry.point(at: $0.from), message: message, isSettled: true)
        }
    }

    /// Whether a gap that a sender declares was filled before by what others sent.
    private func isReceived(_ finding: Finding, _ work: DayWork, _ received: DaySlots) -> Bool {
        guard finding.rule == Rules.gap.text.name else { return false }
        return !(0..<received.count).contains { slot in
            let start = work.resolution.start(of: slot, of: work.day)
            return finding.from <= start && start < finding.until && received.status(slot) == .absent
        }
    }

    /// What one message says of a day, as far as it is news; nil if all of it is known.
    private func overlay(
        of pieces: ArraySlice<IncomingPiece>, _ work: DayWork, _ said: inout SaidSlots, received: inout DaySlots, version: Int32
    ) -> Overlay? {
        guard let number = pieces.first?.message else { return nil }
        let message = messages[number]
        let commodity = work.entry.register.commodity
        let sentStatuses = message.parcel.batch.statuses
        var values = [Int64](repeating: 0, count: received.count)
        var statuses = [ValueStatus](repeating: .absent, count: received.count)
        var rejected: [Range<Int>] = []
        // Where each slot was sent, as far as its sender said more than its status.
        var places = [Int](repeating: -1, count: message.hasMarks ? received.count : 0)
        var known = received
        for piece in pieces {
            var tally = IngestMessage.Tally()
            for place in piece.range {
                let slot = piece.firstSlot + place - piece.range.lowerBound
                guard let status = ValueStatus(rawValue: sentStatuses[place]), status != .absent, slot < known.count else { continue }
                let value = message.values[place]
                let isSaid = said.isSaid(slot, known, by: message)
                switch News(value, status, against: known.values[slot], known.mark(slot)) {
                case .duplicate:
                    tally.duplicates += 1
                    said.repeated.insert(slot)
                    continue
                case .accepted: tally.accepted += 1
                case .revised: tally.revised += 1
                }
                if isSaid, known.values[slot] != value { said.contradict(slot, known.values[slot], value) }
                values[slot] = value
                statuses[slot] = status
                if !places.isEmpty { places[slot] = place }
                known.values[slot] = value
                known.statuses[slot] = status.rawValue
                known.reasons[slot] = mark(status, isRejected: false).reason
            }
            message.receipt.accepted += Int(tally.accepted)
            message.receipt.duplicates += Int(tally.duplicates)
            message.receipt.revised += Int(tally.revised)
            message.count(.accepted, Int(tally.accepted), commodity)
            message.count(.duplicates, Int(tally.duplicates), commodity)
            message.count(.revised, Int(tally.revised), commodity)
            guard tally.accepted + tally.revised > 0 else { continue }
            // Of a day that came in pieces, or of which something was corrected, the pipe is seen as a whole.
            if FlowSettlement.concerns(work.entry.register) { unsettleFlow(work.entry, work.day, by: number) }
            let verdict = Validation.check(
                IntervalPiece(
                    register: work.entry.register, day: work.day, firstSlot: piece.firstSlot, values: message.values[piece.range],
                    statuses: sentStatuses[piece.range], now: now),
                parameters: work.entry.parameters(on: work.day))
            note(verdict.findings.filter { !isReceived($0, work, received) }, work.entry, message)
            rejected += verdict.rejected
        }
        if let items = said.contradictions(of: work) {
            let verdict = Validation.check(items, parameters: work.entry.parameters(on: work.day))
            note(verdict.findings, work.entry, message)
            rejected += verdict.rejected
        }
        guard let first = statuses.firstIndex(where: { $0 != .absent }), let last = statuses.lastIndex(where: { $0 != .absent }) else {
            return nil
        }
        let marks = MarkRun.runs(
            of: (first...last).map { slot in
                let place = places.isEmpty ? -1 : places[slot]
                return statuses[slot] == .absent
                    ? Mark.absent
                    : mark(
                        statuses[slot], isRejected: statuses[slot] == .measured && rejected.contains { $0.contains(slot) },
                        method: message.parcel.batch.method(at: place), reason: message.parcel.batch.reason(at: place),
                        clock: message.clockReason)
            })
        said.fallen = (first...last).filter { slot in
            statuses[slot].rawValue.isSentOtherwise && rejected.contains { $0.contains(slot) }
        }.map { ($0, values[$0], places.isEmpty ? 0 : message.parcel.batch.method(at: places[$0])) }
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

extension UInt8 {
    /// Of a status that was sent: whether it says something, and neither that it was measured nor that nobody shall believe it.
    fileprivate var isSentOtherwise: Bool {
        self != ValueStatus.absent.rawValue && self != ValueStatus.measured.rawValue && self != ValueStatus.rejected.rawValue
    }
}
