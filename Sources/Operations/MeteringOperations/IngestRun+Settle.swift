internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// A register reading that was stored, with its neighbours: the spans it closes are compared with the channel.
struct CloseSpan {
    let register: RegisterEntry
    let channel: Register
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
        let pairs = spans.flatMap { span in span.pairs.map { (span: span, first: $0.first, second: $0.second) } }
        guard let low = pairs.map(\.first.at).min(), let high = pairs.map(\.second.at).max() else { return }
        var estimated: [Int64: [Day]] = [:]
        for row in try connection.query(
            """
            SELECT register_id, day FROM day_block WHERE delivery_id IS NULL AND register_id = ANY(\(Array(Set(pairs.map(\.span.channel.id)))))
            AND day BETWEEN \(time.day(of: low)) AND \(time.day(of: high))
            """)
        {
            estimated[try row.get(0), default: []].append(try row.get(1))
        }
        var wanted: [ClosedSpan] = []
        for pair in pairs {
            let (from, through) = (time.day(of: pair.first.at), time.day(of: pair.second.at))
            if estimated[pair.span.channel.id.number]?.contains(where: { $0 >= from && $0 <= through }) ?? false {
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

    private typealias ClosedSpan = (span: CloseSpan, first: RegisterReading, second: RegisterReading)

    /// Compares what registers counted with their channels.
    private func compare(_ wanted: some Sequence<ClosedSpan>) throws {
        let time = LocalTime.berlin
        let stored = try connection.dayBlocks(
            wanted.map { ($0.span.channel.id.number, time.day(of: $0.first.at), time.day(of: $0.second.at).adding(days: 1)) })
        for pair in wanted {
            guard let days = stored[pair.span.channel.id.number],
                let sum = try days.sum(of: pair.span.channel, from: pair.first.at, until: pair.second.at),
                sum.usable > 0
            else { continue }
            guard sum.isComplete else {
                touch(pair.span, time.day(of: pair.first.at), time.day(of: pair.second.at))
                continue
            }
            let span = ChannelSpan(
                register: pair.span.register.register, channel: pair.span.channel, first: pair.first, second: pair.second, intervals: sum)
            for finding in Validation.check(span, parameters: pair.span.register.parameters(at: pair.first.at)) {
                messages[pair.span.message].receipt.findings += 1
                findings.append(
                    FindingDraft(
                        finding: finding, register: pair.span.channel.id, point: pair.span.register.point(at: pair.first.at),
                        message: messages[pair.span.message]))
            }
        }
    }

    private func touch(_ span: CloseSpan, _ from: Day, _ through: Day) {
        let entry = RegisterEntry(span.channel, partner: span.register.register, thresholds: span.register.thresholds)
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
