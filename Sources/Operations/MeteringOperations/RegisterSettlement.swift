internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// Judges the readings around a changed one again: what was rejected because of a wrong reading counts once that is corrected or
/// withdrawn, and what was let pass because of it is asked again. Findings about them open, change and close with it.
///
/// A reading that stands is asked beside the one before it, one that was rejected beside both neighbours that stand: what stands
/// is not given up for what was doubted.
struct RegisterSettlement {
    /// Rules whose findings follow from a reading and its neighbours.
    private static let rules = [Rules.backwards, Rules.rollover, Rules.belowEstimate, Rules.advanceCeiling].map(\.text.name)

    private static let time = LocalTime.berlin

    let entry: RegisterEntry
    let now: Instant
    /// What made this necessary, in German.
    let cause: String

    struct Outcome {
        /// Findings that were not open before.
        var opened = 0
        /// Days of which the spans between readings have to be compared with the channel.
        var days: DayRange?
        /// Whether a reading became rejected or valid.
        var isChanged = false
    }

    /// - Parameters: the first and the last moment of which a reading was changed, added or withdrawn.
    func run(from first: Instant, through last: Instant, message: IngestMessage? = nil, in connection: Connection) throws -> Outcome {
        var outcome = Outcome()
        var touched = [first, last]
        guard let home = entry.span(at: first) else { return outcome }
        var readings = try around(first, last, home, in: connection)
        var changed: [NewReading] = []
        var wanted: [OpenFindings.Wanted] = []
        var previous: RegisterReading?
        let begin = readings.last { $0.at < first && $0.status.isUsable }
        for place in readings.indices {
            let reading = readings[place]
            guard begin.map({ reading.at > $0.at }) ?? true else {
                if reading.at == begin?.at { previous = reading }
                continue
            }
            let fell = reading.status == .rejected && reading.reason == EstimationReason.failedValidation.rawValue
            guard fell || reading.status.isUsable else { continue }
            var judged = reading
            if fell { judged.status = .measured }
            let next = fell ? readings[(place + 1)...].first { $0.status.isUsable } : nil
            let verdict = Validation.check(
                ReadingPair(register: entry.register, reading: judged, previous: previous, next: next, now: now),
                parameters: entry.parameters(at: reading.at))
            // What a person decided on is not held against them.
            if !reading.mark.isDecision { wanted += verdict.findings.map(OpenFindings.Wanted.holds) }
            let mark = mark(of: reading, verdict, fell: fell)
            if mark != reading.mark {
                changed.append(
                    NewReading(
                        register: entry.id, at: reading.at, version: reading.version + 1, micro: reading.micro, mark: mark, delivery: nil,
                        author: Machine.rules))
                touched.append(reading.at)
                outcome.isChanged = true
            }
            readings[place].status = mark.status
            readings[place].reason = mark.reason
            if mark.status.isUsable { previous = readings[place] }
        }
        try connection.insert(changed, knownSince: now)
        let low = begin?.at ?? readings.first?.at ?? first
        let high = max(readings.last?.at ?? last, last)
        let time = low..<Instant(microseconds: max(high.microseconds, low.microseconds + 1))
        let open = try OpenFindings.known(connection.query(OpenFindings.query(of: [entry.id], rules: Self.rules)))[entry.id] ?? []
        outcome.opened = try OpenFindings(entry: entry, now: now, cause: cause, rules: Self.rules).settle(
            { _ in
                wanted.filter { want in
                    guard case .holds(let finding) = want else { return true }
                    return Self.rules.contains(finding.rule)
                }
            }, beside: open.filter { $0.touches(time) }, message, in: connection)
        if let from = touched.min(), let through = touched.max() {
            outcome.days = DayRange(
                from: Self.time.day(of: Instant(microseconds: from.microseconds - 1)), until: Self.time.day(of: through).adding(days: 1))
        }
        return outcome
    }

    /// What stands beside a reading after it was judged. What a person decided, and what the sender took back, is not ours to change.
    private func mark(of reading: RegisterReading, _ verdict: Validation.ReadingVerdict, fell: Bool) -> Mark {
        if reading.mark.isDecision { return reading.mark }
        if verdict.isRejected { return Mark(status: .rejected, reason: EstimationReason.failedValidation.rawValue) }
        var mark = reading.mark
        if fell { mark = .measured }
        if mark.reason == EstimationReason.none.rawValue || mark.reason == EstimationReason.rollover.rawValue {
            mark.reason = verdict.reason.rawValue
        }
        return mark
    }

    /// The readings that hold from the second usable one before to the second usable one behind, rejected ones included.
    private func around(_ first: Instant, _ last: Instant, _ home: (from: Instant, until: Instant), in connection: Connection) throws
        -> [RegisterReading]
    {
        try connection.query(
            """
            SELECT DISTINCT ON (at) at, version, value_micro, status, method, reason FROM register_reading
            WHERE register_id = \(entry.id) AND at BETWEEN \(home.from) AND \(home.until)
            AND at >= coalesce((SELECT min(at) FROM (SELECT at FROM (
                SELECT DISTINCT ON (at) at, status FROM register_reading WHERE register_id = \(entry.id) AND at < \(first) ORDER BY at DESC, version DESC
            ) b WHERE status < 5 ORDER BY at DESC LIMIT 2) x), \(home.from))
            AND at <= coalesce((SELECT max(at) FROM (SELECT at FROM (
                SELECT DISTINCT ON (at) at, status FROM register_reading WHERE register_id = \(entry.id) AND at > \(last) ORDER BY at, version DESC
            ) a WHERE status < 5 ORDER BY at LIMIT 2) x), 'infinity')
            ORDER BY at, version DESC
            """
        ).map { try RegisterReading($0, from: 0) }
    }
}
