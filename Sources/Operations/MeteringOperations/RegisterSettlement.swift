internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// Judges the readings around a changed one again: what was rejected because of a wrong reading counts once that is corrected or
/// withdrawn, and what was let pass because of it is asked again. Findings about them open, change and close with it.
///
/// Which of those that contradict each other are believed is for `ReadingContest` to say: it follows from the readings alone, not
/// from the order in which they came.
struct RegisterSettlement {
    /// Rules whose findings follow from a reading and its neighbours.
    private static let rules =
        [Rules.backwards, Rules.rollover, Rules.belowEstimate, Rules.advanceCeiling].map(\.text.name) + [RuleCatalog.readingEstimated.name]

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
        /// From the first to the last moment at which something changed.
        var touched: ClosedRange<Instant>
        /// Whether a reading became rejected or valid.
        var isChanged = false
        /// How many became rejected.
        var rejected = 0
    }

    /// Readings of another installation, or behind a reset, are of another sequence: each is judged by itself.
    /// - Parameters: the first and the last moment of which a reading was changed, added or withdrawn.
    func run(from first: Instant, through last: Instant, message: IngestMessage? = nil, in connection: Connection) throws -> Outcome {
        var outcome = Outcome(touched: first...max(first, last))
        var fallen: Set<Instant> = []
        let homes = entry.spans(from: first, through: last)
        for home in homes {
            let goesOn = homes.contains { $0.from == home.until && $0.until > home.until }
            let piece = try run(
                from: max(first, home.from), through: min(max(first, last), home.until), home, goesOn: goesOn, &fallen, message,
                in: connection)
            outcome.opened += piece.opened
            outcome.rejected += piece.rejected
            outcome.isChanged = outcome.isChanged || piece.isChanged
            outcome.touched =
                min(outcome.touched.lowerBound, piece.touched.lowerBound)...max(outcome.touched.upperBound, piece.touched.upperBound)
            guard let days = piece.days else { continue }
            outcome.days = outcome.days?.spanning(days) ?? days
        }
        return outcome
    }

    /// One sequence.
    /// - Parameters:
    ///   - goesOn: the reading that ends it begins another one, which has the last word.
    ///   - fallen: moments whose readings the sequence before rejected.
    private func run(
        from first: Instant, through last: Instant, _ home: (from: Instant, until: Instant), goesOn: Bool, _ fallen: inout Set<Instant>,
        _ message: IngestMessage?, in connection: Connection
    ) throws -> Outcome {
        var outcome = Outcome(touched: first...max(first, last))
        var touched = [first, last]
        let row = try self.row(first, last, home, in: connection)
        var changed: [NewReading] = []
        var wanted: [OpenFindings.Wanted] = []
        var previous = row.known[..<row.places.lowerBound].last { $0.status.isUsable }
        let begin = previous
        // What falls reading after reading is one finding that goes on.
        var falls: [Finding] = []
        func endFall() {
            if let fall = Rules.oneFall(of: falls) { wanted.append(.holds(fall)) }
            falls = []
        }
        for place in row.places {
            let (reading, judged) = (row.known[place], row.contest.readings[place])
            let next = row.believed[place] ? nil : row.believed[(place + 1)...].firstIndex(of: true).map { row.contest.readings[$0] }
            let verdict = Validation.check(
                ReadingPair(register: entry.register, reading: judged, previous: previous, next: next, now: now),
                parameters: entry.parameters(at: reading.at))
            // What a person decided on is not held against them.
            if !reading.mark.isDecision {
                let (down, others) = verdict.findings.parted { $0.rule == Rules.backwards.text.name }
                falls += down
                wanted += others.map(OpenFindings.Wanted.holds)
            }
            var mark = mark(of: reading, sent: row.sent[reading.at], verdict)
            if fallen.contains(reading.at), !reading.mark.isDecision { mark = OpenFindings.doubted }
            if mark == OpenFindings.doubted { fallen.insert(reading.at) }
            let isOpen = goesOn && reading.at == home.until && mark != OpenFindings.doubted
            if mark != reading.mark, !isOpen {
                changed.append(
                    NewReading(
                        register: entry.id, at: reading.at, version: reading.version + 1, micro: reading.micro, mark: mark, delivery: nil,
                        author: Machine.rules))
                touched.append(reading.at)
                outcome.isChanged = true
            }
            guard mark.status.isUsable else { continue }
            endFall()
            previous = judged
            previous?.status = mark.status
            previous?.reason = mark.reason
        }
        endFall()
        outcome.rejected = changed.count { $0.mark.status == .rejected }
        try connection.insert(changed, knownSince: now)
        let judged = row.known[row.places]
        let low = min(begin?.at ?? first, judged.first?.at ?? first, first)
        let high = max(judged.last?.at ?? last, last)
        outcome.opened = try OpenFindings(entry: entry, now: now, cause: cause, rules: Self.rules).settle(
            { open in
                wanted.filter { want in
                    guard case .holds(let finding) = want else { return true }
                    return Self.rules.contains(finding.rule)
                } + open.filter { $0.rule == RuleCatalog.readingEstimated.name && !row.isRead(at: $0.from) }.map { .stays($0.id) }
            }, within: low..<Instant(microseconds: max(high.microseconds, low.microseconds + 1)), message, in: connection)
        if let from = touched.min(), let through = touched.max() {
            outcome.touched = from...through
            outcome.days = DayRange(
                from: Self.time.day(of: Instant(microseconds: from.microseconds - 1)), until: Self.time.day(of: through).adding(days: 1))
        }
        return outcome
    }

    /// What stands beside a reading after it was judged. What a person decided, and what the sender took back, is not ours to change.
    private func mark(of reading: RegisterReading, sent: Mark?, _ verdict: Validation.ReadingVerdict) -> Mark {
        if reading.mark.isDecision { return reading.mark }
        if verdict.isRejected { return Mark(status: .rejected, reason: EstimationReason.failedValidation.rawValue) }
        var mark = reading.hasFallen ? sent ?? .measured : reading.mark
        if mark.reason == EstimationReason.none.rawValue || mark.reason == EstimationReason.rollover.rawValue {
            mark.reason = verdict.reason.rawValue
        }
        return mark
    }

    /// The readings around a change that have to be judged.
    private struct Row {
        /// What holds.
        var known: [RegisterReading]
        /// As they were sent.
        var contest: ReadingContest
        var believed: [Bool]
        /// What stood beside those that a rule rejected when they came; nil: they were measured.
        var sent: [Instant: Mark]
        var places: Range<Int>

        /// Whether somebody read the register at a moment, or said what it showed: then it is estimated no more.
        func isRead(at instant: Instant) -> Bool {
            known.contains { $0.at == instant && ($0.status == .measured || $0.mark.isDecision) }
        }
    }

    /// How many believed readings are looked at on both sides, first and at most.
    private static let reach = (first: 24, last: 1_536)

    private func row(_ first: Instant, _ last: Instant, _ home: (from: Instant, until: Instant), in connection: Connection) throws -> Row {
        var reach = Self.reach.first
        while true {
            let known = try around(first, last, home, reach: reach, in: connection).filter { $0.hasFallen || $0.status.isUsable }
            let marks = try sent(known.filter(\.hasFallen).map(\.at), in: connection)
            let asSent = known.map { reading in
                guard reading.hasFallen else { return reading }
                let mark = marks[reading.at] ?? .measured
                return RegisterReading(
                    at: reading.at, micro: reading.micro, status: mark.status, method: mark.method, reason: mark.reason,
                    version: reading.version)
            }
            let contest = ReadingContest(register: entry.register, readings: asSent) { [entry] in entry.parameters(at: $0) }
            let contested = contest.places(from: first, through: last)
            // Who contradicts whom may go on behind what was read.
            let isCut =
                contested?.lowerBound == 0 && known.count(where: { $0.at < first && $0.status.isUsable }) >= reach
                || contested?.upperBound == known.count - 1 && known.count(where: { $0.at > last && $0.status.isUsable }) >= reach
            if isCut, reach < Self.reach.last {
                reach *= 8
                continue
            }
            let believed = contest.believed()
            let begin = known.lastIndex { $0.at < first && $0.status.isUsable }.map { $0 + 1 } ?? 0
            let low = min(begin, contested?.lowerBound ?? begin)
            // Two behind: one whose predecessor changed, and one to hold the doubted ones between them against.
            var high = max(known.lastIndex { $0.at <= last }.map { $0 + 1 } ?? 0, (contested?.upperBound).map { $0 + 1 } ?? 0)
            var behind = 0
            while high < known.count, behind < 2 {
                if believed[high] { behind += 1 }
                high += 1
            }
            return Row(known: known, contest: contest, believed: believed, sent: marks, places: min(low, high)..<high)
        }
    }

    /// What was sent beside readings, as far as it was something else than a rule's word.
    private func sent(_ moments: [Instant], in connection: Connection) throws -> [Instant: Mark] {
        guard !moments.isEmpty else { return [:] }
        let rows = try connection.query(
            """
            SELECT DISTINCT ON (at) at, version, value_micro, status, method, reason FROM register_reading
            WHERE register_id = \(entry.id) AND at = ANY(\(moments)) AND delivery_id IS NOT NULL ORDER BY at, version DESC
            """
        ).map { try RegisterReading($0, from: 0) }
        return Dictionary(rows.filter(\.status.isUsable).map { ($0.at, $0.mark) }) { first, _ in first }
    }

    /// The readings that hold around a time, rejected ones included, up to some usable ones before and behind.
    private func around(
        _ first: Instant, _ last: Instant, _ home: (from: Instant, until: Instant), reach: Int, in connection: Connection
    ) throws -> [RegisterReading] {
        try connection.query(
            """
            SELECT DISTINCT ON (at) at, version, value_micro, status, method, reason FROM register_reading
            WHERE register_id = \(entry.id) AND at BETWEEN \(home.from) AND \(home.until)
            AND at >= coalesce((SELECT at FROM (
                SELECT DISTINCT ON (at) at, status FROM register_reading WHERE register_id = \(entry.id) AND at < \(first) ORDER BY at DESC, version DESC
            ) b WHERE status < 5 ORDER BY at DESC OFFSET \(reach - 1) LIMIT 1), \(home.from))
            AND at <= coalesce((SELECT at FROM (
                SELECT DISTINCT ON (at) at, status FROM register_reading WHERE register_id = \(entry.id) AND at > \(last) ORDER BY at, version DESC
            ) a WHERE status < 5 ORDER BY at OFFSET \(reach - 1) LIMIT 1), 'infinity')
            ORDER BY at, version DESC
            """
        ).map { try RegisterReading($0, from: 0) }
    }
}

extension [Finding] {
    /// Those for which a test holds, and the others.
    fileprivate func parted(by test: (Finding) -> Bool) -> (those: [Finding], others: [Finding]) {
        (filter(test), filter { !test($0) })
    }
}

extension RegisterReading {
    /// Whether a rule doubts it; it was sent as something else.
    var hasFallen: Bool { status == .rejected && reason == EstimationReason.failedValidation.rawValue }
}
