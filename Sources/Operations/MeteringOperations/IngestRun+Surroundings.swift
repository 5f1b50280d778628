internal import Metering
internal import Postgres
internal import VEE
internal import Values

extension IngestRun {
    /// Of the days that hold an estimate of ours, those on which one still stands: most are replaced within hours, and must
    /// not make every later delivery look again.
    private func standing(_ rows: [Row]) throws -> [Int64: [Day]] {
        guard !rows.isEmpty else { return [:] }
        var standing: [Int64: [Day]] = [:]
        var marks: [DayKey: [Overlay]] = [:]
        let keys = Set(try rows.map { DayKey(register: try $0.get(0), day: try $0.get(1)) })
        for row in try connection.query(
            """
            SELECT b.register_id, b.day, b.version, b.first_slot, b.slots, b.marks, b.known_since
            FROM unnest(\(keys.map(\.register)), \(keys.map(\.day))) AS w (register_id, day)
            CROSS JOIN LATERAL (SELECT * FROM day_block d WHERE d.register_id = w.register_id AND d.day = w.day OFFSET 0) b
            """)
        {
            let first: Int32 = try row.get(3)
            let slots: Int32 = try row.get(4)
            marks[DayKey(register: try row.get(0), day: try row.get(1)), default: []].append(
                Overlay(
                    version: try row.get(2), knownSince: try row.get(6), firstSlot: Int(first),
                    values: Array(repeating: 0, count: Int(slots)),
                    marks: try DayBlock.unpackMarks(row.get(5), count: Int(slots))))
        }
        // What this run is about to write counts, too.
        for work in days where work.isWritten && work.shape.isFull { marks[DayKey(register: work.entry.id, day: work.day)] = nil }
        for (key, overlays) in marks {
            let slots = overlays.map { $0.firstSlot + $0.values.count }.max() ?? 0
            let day = DayBlock.fold(overlays, slots: slots)
            let holds = (0..<slots).contains {
                day.mark($0).isAutomatic
            }
            if holds { standing[key.register, default: []].append(key.day) }
        }
        return standing
    }

    /// The runs that begin behind all that is stored of their channel, as far as that is remembered: nothing has to be read
    /// of them. The others have to be looked up.
    func continuations(of runs: [DayRun]) -> (next: [(run: DayRun, end: SeriesEnds.Channel)], others: [DayRun]) {
        var next: [(run: DayRun, end: SeriesEnds.Channel)] = []
        var others: [DayRun] = []
        let known = ends.ends(of: runs.map { ($0.entry.id, $0.entry.partner?.id.number) })
        for (place, run) in runs.enumerated() {
            // Several runs of one channel leave a hole between them.
            let isAlone =
                (place == 0 || runs[place - 1].entry.id != run.entry.id)
                && (place == runs.count - 1 || runs[place + 1].entry.id != run.entry.id)
            let (end, clean, quiet) = known[place]
            if isAlone, let end, run.first > end.last, let clean, clean <= run.first.adding(days: -IngestRun.reach),
                run.entry.partner == nil || quiet.map({ $0 <= LocalTime.berlin.start(of: run.first) }) ?? false
            {
                next.append((run, end))
            } else {
                others.append(run)
            }
        }
        return (next, others)
    }

    /// How far estimates reach for like days.
    private static let reach = EstimationParameters().likeDayDistance
    /// What a gap may be made of besides: the day of the same kind a year before.
    private static let year = 364

    /// What follows from a run that continues its channel: a hole between the two is closed on both sides now.
    func look(at run: DayRun, behind end: SeriesEnds.Channel) {
        guard run.works.contains(where: { days[$0].isWritten }) else { return }
        let isBeside = end.last == run.first.adding(days: -1)
        let around = Surroundings(before: isBeside ? end.shape : nil, after: nil, isKnownBefore: true, isKnownAfter: false)
        remember(run)
        guard around.leaveHoles(in: run.works.map { days[$0].shape }) else { return }
        unsettle(run)
    }

    /// The run is the end of its channel now.
    private func remember(_ run: DayRun) {
        let isWhole = run.works.allSatisfy { days[$0].isWritten }
        lesson.channels.append((run.entry.id, isWhole ? run.works.last.map { end(of: run, $0) } : nil))
    }

    private func end(of run: DayRun, _ work: Int) -> SeriesEnds.Channel {
        let work = days[work]
        return .init(last: run.last, shape: work.shape, until: work.resolution.start(of: work.reaches, of: run.last))
    }

    private func unsettle(_ run: DayRun) {
        let message = run.works.first.flatMap { days[$0].pieces.first?.message }
        unsettle(run.entry, run.first, by: message)
        unsettle(run.entry, run.last, by: message)
    }

    /// Decides which channels have to be looked at again, from what lies around the days that were written.
    ///
    /// Nearly all deliveries continue a series that is whole up to here and end where nothing follows: for them these are
    /// two statements, and nothing else is read.
    func look(around runs: [DayRun], neighbours: [DayKey: DayShape]) throws {
        let written = runs.filter { run in run.works.contains { days[$0].isWritten } }
        guard let low = written.map(\.first).min(), let high = written.map(\.last).max() else { return }
        let (reach, year) = (IngestRun.reach, IngestRun.year)
        let ids = written.map(\.entry.id)
        let partners = written.map { $0.entry.partner?.id.number }
        let answers = try connection.pipeline([
            """
            SELECT register_id, day, day, true FROM day_block
            WHERE delivery_id IS NULL AND register_id = ANY(\(ids)) AND day BETWEEN \(low.adding(days: -reach)) AND \(high.adding(days: reach))
            UNION ALL
            SELECT register_id, day, day, true FROM day_block
            WHERE delivery_id IS NULL AND register_id = ANY(\(ids)) AND day BETWEEN \(low.adding(days: year)) AND \(high.adding(days: year))
            UNION ALL
            SELECT register_id, (from_at AT TIME ZONE 'Europe/Berlin')::date, (until_at AT TIME ZONE 'Europe/Berlin')::date, false FROM finding
            WHERE register_id = ANY(\(ids)) AND rule IN ('gap', 'gap-without-basis') AND (state = 'open' OR resolved_by NOT IN ('VEE', 'system'))
            """,
            """
            SELECT EXISTS (SELECT FROM day_block b WHERE b.register_id = w.id AND b.day < w.low - 1),
                EXISTS (SELECT FROM day_block b WHERE b.register_id = w.id AND b.day > w.high + 1),
                w.partner IS NOT NULL AND EXISTS (SELECT FROM register_reading r WHERE r.register_id = w.partner AND r.at > w.start)
            FROM unnest(\(ids), \(written.map(\.first)), \(written.map(\.last)), \(partners), \(written.map { LocalTime.berlin.start(of: $0.first) }))
                WITH ORDINALITY AS w (id, low, high, partner, start, place)
            ORDER BY w.place
            """,
        ])
        var estimated = try standing(answers[0].filter { try $0.get(3) }).mapValues { days in days.map { (first: $0, last: $0) } }
        // Gaps for which nothing stands in show by their findings.
        for row in try answers[0].filter({ try !$0.get(3, as: Bool.self) }) {
            estimated[try row.get(0), default: []].append((try row.get(1), try row.get(2)))
        }
        let madeHere = Set(try answers[0].map { try $0.get(0, as: Int64.self) })
        for (place, (run, row)) in zip(written, answers[1]).enumerated() {
            // What the same transaction brings of a channel is not stored yet.
            let hasRunBefore = place > 0 && written[place - 1].entry.id == run.entry.id
            let hasRunAfter = place + 1 < written.count && written[place + 1].entry.id == run.entry.id
            let around = Surroundings(
                before: neighbours[DayKey(register: run.entry.id, day: run.first.adding(days: -1))],
                after: neighbours[DayKey(register: run.entry.id, day: run.last.adding(days: 1))],
                isKnownBefore: try hasRunBefore || row.get(0), isKnownAfter: try hasRunAfter || row.get(1))
            func isMade(from first: Day, through last: Day) -> Bool {
                estimated[run.entry.id]?.contains { $0.last >= first && $0.first <= last } ?? false
            }
            let isNear = isMade(from: run.first.adding(days: -reach), through: run.last.adding(days: reach))
            if isMade(from: run.first.adding(days: year), through: run.last.adding(days: year)) {
                for day in [run.first, run.last] {
                    echo(run.entry, day.adding(days: year), by: run.works.first.flatMap { days[$0].pieces.first?.message })
                }
            }
            let isRead: Bool = try row.get(2)
            if around.isEnd {
                remember(run)
                if !madeHere.contains(run.entry.id) { lesson.clean.append((run.entry.id, run.first.adding(days: -reach))) }
                if !isRead, let partner = run.entry.partner {
                    lesson.quiet.append((partner.id.number, LocalTime.berlin.start(of: run.first)))
                }
            } else {
                lesson.channels.append((run.entry.id, nil))
            }
            guard isNear || isRead || around.leaveHoles(in: run.works.map { days[$0].shape }) else { continue }
            unsettle(run)
        }
    }
}

/// What lies beside consecutive days of a channel.
private struct Surroundings {
    /// The days right beside; nil if nothing is known of them.
    let before: DayShape?
    let after: DayShape?
    /// Whether anything is known further away.
    let isKnownBefore: Bool
    let isKnownAfter: Bool

    /// Whether nothing is known behind.
    var isEnd: Bool { after == nil && !isKnownAfter }

    /// Whether a hole has something on both sides.
    func leaveHoles(in shapes: [DayShape]) -> Bool {
        if shapes.contains(where: \.inside) { return true }
        for (left, right) in zip(shapes, shapes.dropFirst()) where left.ends || right.begins { return true }
        guard let first = shapes.first, let last = shapes.last else { return false }
        let opens = before.map { $0.ends || $0.inside || first.begins } ?? isKnownBefore
        let closes = after.map { $0.begins || $0.inside || last.ends } ?? isKnownAfter
        return opens || closes
    }
}
