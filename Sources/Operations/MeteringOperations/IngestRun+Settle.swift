internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// A reading behind all others of its register, with the measured one before it: the span between them is compared with the
/// channel. What comes late is looked at by ``RegisterSettlement``.
struct CloseSpan {
    let register: RegisterEntry
    /// The number of its channel.
    let channel: Int64
    let first: RegisterReading
    let second: RegisterReading
    let message: Int
}

extension IngestRun {
    /// Step 8: judges readings again whose neighbours changed, compares registers and channels, and makes, renews or takes back
    /// estimates and findings where something around them changed.
    func settle() throws {
        // What is open is brought into line below, what was just found with it.
        try insertFindings()
        for register in unsettledRegisters.values.sorted(by: { $0.entry.id < $1.entry.id }) {
            let outcome = try RegisterSettlement(entry: register.entry, now: now, cause: cause(register.message)).run(
                from: register.first, through: register.last, message: register.message, in: connection)
            register.message?.receipt.findings += max(outcome.opened, fallen[register.entry.id] ?? 0)
            if let total = register.entry.total {
                unsettleTariffs(total, outcome.touched.lowerBound, outcome.touched.upperBound, register.message)
            }
            guard let days = outcome.days, let entry = register.entry.channel else { continue }
            for day in [days.from, days.lastDay ?? days.from] {
                unsettled[entry.id, default: UnsettledChannel(entry: entry, first: day, last: day, message: register.message)].touch(day)
            }
        }
        try settleTariffs()
        for channel in unsettledFlows.values.sorted(by: { $0.entry.id < $1.entry.id }) {
            channel.message?.receipt.findings += try FlowSettlement(entry: channel.entry, now: now, cause: cause(channel.message)).run(
                from: channel.first, through: channel.last, message: channel.message, in: connection)
        }
        try closeSpans()
        try insertFindings()
        try settle(unsettled)
        // Behind them: what they measured is an echo's year before.
        try settle(echoes)
        unsettled.merge(echoes) { $1 }
    }

    private func settle(_ channels: [Int64: UnsettledChannel]) throws {
        var rest = channels.values.sorted { $0.entry.id < $1.entry.id }[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(SettlementBatch.size)
            let batch = try SettlementBatch(
                chunk.map { .init(entry: $0.entry, first: $0.first, last: $0.last) }, now: now, in: connection)
            for channel in chunk {
                let settlement = ChannelSettlement(entry: channel.entry, cause: cause(channel.message))
                let outcome = try settlement.run(from: channel.first, through: channel.last, message: channel.message, in: batch)
                channel.message?.receipt.findings += outcome.opened
            }
            try batch.flush()
            rest = rest.dropFirst(chunk.count)
        }
    }

    private func insertFindings() throws {
        try connection.insert(findings, now: now)
        findings.removeAll()
    }

    /// What a finding that closes says of it.
    func cause(_ message: IngestMessage?) -> String {
        guard let message else { return "Nach neuen Werten nicht mehr zutreffend" }
        return "Nach Nachricht \(message.batch.messageId) von \(message.batch.source) nicht mehr zutreffend"
    }

    /// How many registers' channels are unpacked at a time.
    private static let registersAtOnce = 100

    private func closeSpans() throws {
        guard !spans.isEmpty else { return }
        let time = LocalTime.berlin
        var pairs: [(pair: CloseSpan, from: Day)] = []
        pairs.reserveCapacity(spans.count)
        for span in spans { pairs.append((span, time.day(of: span.first.at))) }
        // Of most channels it is known that nothing was estimated since then.
        let clean = ends.clean(pairs.lazy.map(\.pair.channel))
        let unclear = pairs.indices.filter { index in clean[index].map { $0 > pairs[index].from } ?? true }
        let estimated = try estimatedDays(
            unclear.map { (pairs[$0].pair.channel, pairs[$0].from, pairs[$0].pair.register.partner?.resolution) })
        let reached = reached(pairs.map(\.pair))
        var wanted: [CloseSpan] = []
        for (place, (pair, from)) in pairs.enumerated() {
            let through = time.day(of: pair.second.at)
            if estimated[pair.channel]?.contains(where: { $0.last >= from && $0.first <= through }) ?? false {
                touch(pair, from, through)
            } else if pair.first.at.seconds(until: pair.second.at) >= SumCheck.shortestSeconds {
                wanted.append(pair)
            } else if reached[place].map({ $0 > pair.first.at && $0 < pair.second.at }) ?? true {
                // Too short to be judged, but long enough to close the end of the channel.
                wanted.append(pair)
            }
        }
        // The readings of a register stand together. Many registers may close a year each, and a year unpacked is large.
        var rest = wanted[...]
        while !rest.isEmpty {
            var registers: Set<Int64> = []
            let chunk = rest.prefix { pair in
                registers.insert(pair.register.id)
                return registers.count <= IngestRun.registersAtOnce
            }
            try compare(chunk)
            rest = rest.dropFirst(chunk.count)
        }
    }

    /// Up to where the channels have values, as far as that is known: for spans too short to be looked at otherwise.
    private func reached(_ pairs: [CloseSpan]) -> [Instant?] {
        let short = pairs.filter { $0.first.at.seconds(until: $0.second.at) < SumCheck.shortestSeconds }
        guard !short.isEmpty else { return Array(repeating: nil, count: pairs.count) }
        var now: [Int64: Instant?] = [:]
        for (channel, at) in lesson.reached { now[channel] = .some(at) }
        for (channel, end) in lesson.channels { now[channel] = .some(end?.until) }
        let before = ends.reached(pairs.map(\.channel))
        return zip(pairs, before).map { pair, known in now[pair.channel] ?? known }
    }

    /// The days from `from` on of which something was made here, or nothing could be, by channel.
    private func estimatedDays(_ wanted: [(channel: Int64, from: Day, resolution: Resolution?)]) throws -> [Int64: [(
        first: Day, last: Day
    )]] {
        guard !wanted.isEmpty else { return [:] }
        var since: [Int64: Day] = [:]
        var resolutions: [Int64: Resolution] = [:]
        for (channel, from, resolution) in wanted {
            since[channel] = min(since[channel] ?? from, from)
            resolutions[channel] = resolution
        }
        var reached: [Int64: Instant] = [:]
        var estimated: [Int64: [(first: Day, last: Day)]] = [:]
        for row in try connection.query(
            """
            SELECT w.channel, b.day, b.last, b.slot FROM unnest(\(Array(since.keys)), \(Array(since.values))) AS w (channel, since)
            CROSS JOIN LATERAL (
                SELECT DISTINCT d.day, d.day AS last, NULL::integer AS slot FROM day_block d WHERE d.delivery_id IS NULL AND d.register_id = w.channel AND d.day >= w.since
                UNION ALL
                SELECT (f.from_at AT TIME ZONE 'Europe/Berlin')::date, (f.until_at AT TIME ZONE 'Europe/Berlin')::date, NULL FROM finding f
                WHERE f.register_id = w.channel AND f.rule IN ('gap', 'gap-without-basis') AND (f.state = 'open' OR f.resolved_by NOT IN ('VEE', 'system'))
                AND f.until_at >= w.since::timestamp AT TIME ZONE 'Europe/Berlin'
                UNION ALL
                SELECT e.day, e.day, max(e.first_slot + e.slots) FROM day_block e
                WHERE e.register_id = w.channel AND e.day = (SELECT max(m.day) FROM day_block m WHERE m.register_id = w.channel) GROUP BY e.day
            ) b
            """)
        {
            if let slot: Int32 = try row.get(3) {
                let channel: Int64 = try row.get(0)
                reached[channel] = resolutions[channel]?.start(of: Int(slot), of: try row.get(1))
                continue
            }
            estimated[try row.get(0), default: []].append((try row.get(1), try row.get(2)))
        }
        for (channel, from) in since {
            if estimated[channel] == nil { lesson.clean.append((channel, from)) }
            // Nothing came yet: no reading can lie before the end.
            lesson.reached.append((channel, reached[channel] ?? Instant(microseconds: 0)))
        }
        return estimated
    }

    /// Compares what registers counted with their channels.
    private func compare(_ wanted: some Sequence<CloseSpan>) throws {
        let time = LocalTime.berlin
        let stored = try connection.dayBlocks(
            wanted.map { ($0.channel, time.day(of: $0.first.at), time.day(of: $0.second.at).adding(days: 1)) })
        for pair in wanted {
            guard let channel = pair.register.partner, let days = stored[pair.channel],
                let sum = try days.sum(of: channel, from: pair.first.at, until: pair.second.at),
                sum.usable > 0
            else { continue }
            guard sum.isComplete else {
                touch(pair, time.day(of: pair.first.at), time.day(of: pair.second.at))
                continue
            }
            guard pair.first.at.seconds(until: pair.second.at) >= SumCheck.shortestSeconds,
                pair.register.register.countsThrough(from: pair.first.at, until: pair.second.at)
            else { continue }
            let span = ChannelSpan(
                register: pair.register.register, channel: channel, first: pair.first, second: pair.second, intervals: sum)
            for finding in Validation.check(span, parameters: pair.register.parameters(at: pair.first.at)) {
                messages[pair.message].receipt.findings += 1
                findings.append(
                    FindingDraft(
                        finding: finding, register: channel.id, point: pair.register.point(at: pair.first.at),
                        message: messages[pair.message]))
            }
        }
    }

    private func touch(_ span: CloseSpan, _ from: Day, _ through: Day) {
        guard let entry = span.register.channel else { return }
        unsettle(entry, from, by: span.message)
        unsettle(entry, through, by: span.message)
    }
}

extension ChannelDays {
    /// The usable values between two moments on the raster; nil if one lies off it.
    func sum(of channel: Register, from: Instant, until: Instant, time: LocalTime = .berlin) throws -> DaySum? {
        guard let resolution = channel.resolution else { return nil }
        if resolution == .gasDay, [from, until].contains(where: { resolution.slot(at: $0, of: time.day(of: $0)) == nil }) { return nil }
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
