internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// A register reading that was stored, with its neighbours: the spans it closes are compared with the channel.
struct CloseSpan {
    let register: RegisterEntry
    /// The number of its channel.
    let channel: Int64
    let reading: RegisterReading
    let previous: RegisterReading?
    let next: RegisterReading?
    let message: Int

    /// The pairs of measured readings that it now separates or ends.
    var pairs: [(first: RegisterReading, second: RegisterReading)] {
        guard reading.status == .measured else { return [] }
        return [previous.map { ($0, reading) }, next.map { (reading, $0) }].compactMap(\.self).filter {
            $0.first.status == .measured && $0.second.status == .measured
        }
    }
}

extension IngestRun {
    /// Step 8: compares registers and channels, and makes or renews estimates where something around them changed.
    func settle() throws {
        try closeSpans()
        for channel in unsettled.values.sorted(by: { $0.entry.id < $1.entry.id }) {
            let settlement = ChannelSettlement(entry: channel.entry, now: now)
            let outcome = try settlement.run(from: channel.first, through: channel.last, in: connection)
            let drafts = outcome.findings.map { finding in
                FindingDraft(
                    finding: finding, register: channel.entry.register.id, point: channel.entry.point(at: finding.from),
                    message: channel.message)
            }
            let fresh = try connection.insert(drafts, now: now)
            channel.message?.receipt.findings += fresh
        }
    }

    /// Spans shorter than this are compared only if something in them was estimated: both readings are rounded to the least
    /// digit, and what flows in an hour seldom exceeds that.
    private static let shortSpan: Int64 = 20 * 3_600

    /// How many registers' channels are unpacked at a time.
    private static let registersAtOnce = 100

    private func closeSpans() throws {
        guard !spans.isEmpty else { return }
        let time = LocalTime.berlin
        var pairs: [(pair: ClosedSpan, from: Day)] = []
        pairs.reserveCapacity(spans.count)
        for span in spans {
            for (first, second) in span.pairs { pairs.append(((span, first, second), time.day(of: first.at))) }
        }
        // Of most channels it is known that nothing was estimated since then.
        let clean = ends.clean(pairs.lazy.map(\.pair.span.channel))
        let unclear = pairs.indices.filter { index in clean[index].map { $0 > pairs[index].from } ?? true }
        let estimated = try estimatedDays(unclear.map { (pairs[$0].pair.span.channel, pairs[$0].from) })
        var wanted: [ClosedSpan] = []
        for (pair, from) in pairs {
            let through = time.day(of: pair.second.at)
            if estimated[pair.span.channel]?.contains(where: { $0 >= from && $0 <= through }) ?? false {
                touch(pair.span, from, through)
            } else if pair.first.at.seconds(until: pair.second.at) >= IngestRun.shortSpan {
                wanted.append(pair)
            }
        }
        // The readings of a register stand together. Many registers may close a year each, and a year unpacked is large.
        var rest = wanted[...]
        while !rest.isEmpty {
            var registers: Set<Int64> = []
            let chunk = rest.prefix { pair in
                registers.insert(pair.span.register.id)
                return registers.count <= IngestRun.registersAtOnce
            }
            try compare(chunk)
            rest = rest.dropFirst(chunk.count)
        }
    }

    /// The days from `from` on of which something was made here, by channel.
    private func estimatedDays(_ wanted: [(channel: Int64, from: Day)]) throws -> [Int64: [Day]] {
        guard !wanted.isEmpty else { return [:] }
        var since: [Int64: Day] = [:]
        for (channel, from) in wanted { since[channel] = min(since[channel] ?? from, from) }
        var estimated: [Int64: [Day]] = [:]
        for row in try connection.query(
            """
            SELECT w.channel, b.day FROM unnest(\(Array(since.keys)), \(Array(since.values))) AS w (channel, since)
            CROSS JOIN LATERAL (
                SELECT DISTINCT d.day FROM day_block d WHERE d.delivery_id IS NULL AND d.register_id = w.channel AND d.day >= w.since
            ) b
            """)
        {
            estimated[try row.get(0), default: []].append(try row.get(1))
        }
        for (channel, from) in since where estimated[channel] == nil { lesson.clean.append((channel, from)) }
        return estimated
    }

    private typealias ClosedSpan = (span: CloseSpan, first: RegisterReading, second: RegisterReading)

    /// Compares what registers counted with their channels.
    private func compare(_ wanted: some Sequence<ClosedSpan>) throws {
        let time = LocalTime.berlin
        let stored = try connection.dayBlocks(
            wanted.map { ($0.span.channel, time.day(of: $0.first.at), time.day(of: $0.second.at).adding(days: 1)) })
        for pair in wanted {
            guard let channel = pair.span.register.partner, let days = stored[pair.span.channel],
                let sum = try days.sum(of: channel, from: pair.first.at, until: pair.second.at),
                sum.usable > 0
            else { continue }
            guard sum.isComplete else {
                touch(pair.span, time.day(of: pair.first.at), time.day(of: pair.second.at))
                continue
            }
            let span = ChannelSpan(
                register: pair.span.register.register, channel: channel, first: pair.first, second: pair.second, intervals: sum)
            for finding in Validation.check(span, parameters: pair.span.register.parameters(at: pair.first.at)) {
                messages[pair.span.message].receipt.findings += 1
                findings.append(
                    FindingDraft(
                        finding: finding, register: channel.id, point: pair.span.register.point(at: pair.first.at),
                        message: messages[pair.span.message]))
            }
        }
    }

    private func touch(_ span: CloseSpan, _ from: Day, _ through: Day) {
        guard let channel = span.register.partner else { return }
        let entry = RegisterEntry(channel, partner: span.register.register, thresholds: span.register.thresholds)
        unsettle(entry, from, by: span.message)
        unsettle(entry, through, by: span.message)
    }
}

extension ChannelDays {
    /// The usable values between two moments on the raster; nil if one lies off it.
    func sum(of channel: Register, from: Instant, until: Instant, time: LocalTime = .berlin) throws -> DaySum? {
        guard let resolution = channel.resolution else { return nil }
        var total: Int128 = 0
        var (usable, expected): (Int32, Int32) = (0, 0)
        var day = time.day(of: from)
        while time.start(of: day) < until {
            defer { day = day.adding(days: 1) }
            let slots = resolution.slots(of: day)
            var range = 0..<slots
            if time.start(of: day) < from {
                guard let slot = resolution.slot(at: from, of: day) else { return nil }
                range = slot..<slots
            }
            if time.start(of: day.adding(days: 1)) > until {
                guard let slot = resolution.slot(at: until, of: day) else { return nil }
                range = range.clamped(to: 0..<slot)
            }
            expected += Int32(range.count)
            guard let fold = fold(day, resolution: resolution) else { continue }
            for slot in range where fold.status(slot).isUsable {
                total += Int128(fold.values[slot])
                usable += 1
            }
        }
        return DaySum(micro: try Overflow.checked(total), usable: usable, expected: expected)
    }
}
