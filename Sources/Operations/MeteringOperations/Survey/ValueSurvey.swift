internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// Rules that need days, not deliveries: what is usual at this time of day (B7), peaks and months (B8, B9), readings beside
/// readings (B8, B10, C7), nothing for days (B2), something where nothing should be (B3), water that never rests (E1).
///
/// Only what is switched on for a register is loaded and asked.
struct ValueSurvey {
    static let rules = [
        Rules.outlier.text.name, Rules.unusualUsage.text.name, Rules.historicalPeak.text.name, Rules.advanceChange.text.name,
        Rules.misread.text.name, Rules.zeroConsumption.text.name, Rules.inactiveUsage.text.name, Rules.leak.text.name,
    ]
    /// How far back like days are looked for.
    private static let reach = EstimationParameters().likeDayDistance
    /// On the first days of a month the month before is judged as a whole.
    private static let daysOfMonth = 3

    let today: Day
    let now: Instant
    var findings = SurveyFindings()
    private(set) var registers: [Int64] = []
    /// When pipes burst behind the meters of the page: what was used then says nothing about any other time.
    private var bursts: [Identifier<Meter>: [Range<Instant>]] = [:]

    init(today: Day, now: Instant) {
        self.today = today
        self.now = now
    }

    /// The days before today on which a point had a state of its own.
    struct PointState {
        let state: InactiveUsage.State
        let days: DayRange
    }

    mutating func judge(_ meters: [Identifier<Meter>], in connection: Connection) throws {
        let entries = try connection.meterEntries(meters).flatMap(\.registers).filter {
            $0.register.installations[today.adding(days: -1)] != nil
        }
        registers = entries.map(\.id)
        let points = Array(Set(entries.compactMap { $0.register.installations[today.adding(days: -1)] }))
        let holidays = try connection.holidays(atPoints: points)
        let states = try connection.pointStates(points, until: today)
        let readings = try connection.lastReadings(entries.filter { $0.register.resolution == nil }.map(\.id), known: now)
        let channels = entries.filter { $0.register.resolution != nil }
        let days = try connection.dayBlocks(
            channels.compactMap { entry -> (register: Int64, from: Day, until: Day)? in
                let point = entry.register.installations[today.adding(days: -1)]
                return first(entry, states: point.flatMap { states[$0] } ?? []).map { (entry.id, $0, today) }
            })
        let cold = try temperatures(channels, in: connection)
        bursts = try connection.bursts(ofMeters: Array(Set(entries.map(\.register.meter))))
        for entry in entries {
            guard let point = entry.register.installations[today.adding(days: -1)] else { continue }
            if let resolution = entry.register.resolution {
                guard let stored = days[entry.id] else { continue }
                var folded: [Day: DaySlots] = [:]
                for day in stored.days.keys where entry.register.installations[day] == point {
                    folded[day] = stored.fold(day, resolution: resolution)
                }
                try judge(entry, folded, holidays[point] ?? HolidayCalendar(code: "SH"), states[point] ?? [], cold[point] ?? [:])
            } else {
                try judge(entry, readings[entry.id] ?? [], states[point] ?? [])
            }
        }
        let leaking = try connection.lastAlarms(
            .leak, of: meters, since: LocalTime.berlin.start(of: today.adding(days: -ValueSurvey.alarmDays)))
        if !leaking.isEmpty { judge(leaking, of: entries) }
    }

    /// An alarm lasts until a meter was quiet for so many days: some send once a day.
    private static let alarmDays = 2

    /// E1 by the meter's own word.
    private mutating func judge(_ leaking: [Identifier<Meter>: (from: Instant, until: Instant)], of entries: [RegisterEntry]) {
        // What the values say themselves says more.
        let leak = Rules.leak.text.name
        var spoken = Set(
            entries.filter { entry in findings.drafts.contains { $0.finding.rule == leak && $0.register == entry.register.id } }.map(
                \.register.meter))
        for entry in entries.sorted(by: { $0.register.resolution != nil && $1.register.resolution == nil }) {
            guard let alarm = leaking[entry.register.meter], entry.register.commodity == .water || entry.register.commodity == .heat,
                spoken.insert(entry.register.meter).inserted
            else { continue }
            let minima = DailyMinima(register: entry.register, days: [], alarms: [.leak], alarmAt: alarm)
            findings.add(Rules.leak.findings(on: minima, parameters: entry.parameters(on: today)), entry)
        }
    }

    private var month: DayRange? {
        let (year, month, day) = today.components
        return day <= ValueSurvey.daysOfMonth ? DayRange.month(year, month).from.adding(months: -1).month : nil
    }

    /// The first day that has to be loaded; nil if no rule asks for any.
    private func first(_ entry: RegisterEntry, states: [PointState]) -> Day? {
        let parameters = entry.parameters(on: today)
        var back: [Int] = []
        if parameters.outlierMultiple != nil, parameters.asks(Rules.outlier.text) {
            back.append(ValueSurvey.reach + SurveyMeteringPoints.judgedDays)
        }
        if let days = parameters.zeroDays, parameters.asks(Rules.zeroConsumption.text) {
            back.append(days + SurveyMeteringPoints.judgedDays)
        }
        if parameters.leakLeastDigits != nil, entry.register.isWater, parameters.asks(Rules.leak.text) {
            back.append(parameters.leakDays + 4)
        }
        // B3 sums what was used since the state began.
        for state in states where judged.contains(where: state.days.contains) { back.append(begin(of: state).days(until: today)) }
        if month != nil, parameters.peakPercent != nil || parameters.usageBands != nil { back.append(70) }
        return back.max().map { today.adding(days: -$0) }
    }

    private var judged: [Day] { (1...SurveyMeteringPoints.judgedDays).map { today.adding(days: -$0) } }

    /// Since when a state's use is summed: its begin, but no further back than the year before. A moment that moved from day to
    /// day would make a new finding of the old use.
    private func begin(of state: PointState) -> Day { max(state.days.from, Day(today.year - 1, 1, 1)) }

    private mutating func judge(
        _ entry: RegisterEntry, _ folded: [Day: DaySlots], _ holidays: HolidayCalendar, _ states: [PointState],
        _ temperatures: [Day: Temperature]
    ) throws {
        let register = entry.register
        let parameters = entry.parameters(on: today)
        if parameters.outlierMultiple != nil {
            for day in judged {
                guard let slots = folded[day] else { continue }
                let piece = IntervalPiece(
                    register: register, day: day, firstSlot: 0, values: slots.values[...],
                    statuses: slots.statuses.map { $0 == ValueStatus.measured.rawValue ? $0 : ValueStatus.absent.rawValue }[...], now: now)
                let history = LikeDayHistory(piece: piece, folded: folded, holidays: holidays, parameters: entry.parameters(on: day))
                findings.add(Rules.outlier.findings(on: history, parameters: entry.parameters(on: day)), entry)
            }
        }
        if parameters.leakLeastDigits != nil, register.isWater {
            let lately = folded.filter { $0.key >= today.adding(days: -parameters.leakDays - 4) }
            let minima = DailyMinima(register: register, folded: lately)
            // Only what still flows: a leak that was mended days ago is over.
            let hits = Rules.leak.findings(on: minima, parameters: parameters).filter {
                $0.until >= LocalTime.berlin.start(of: today.adding(days: -1))
            }
            findings.add(hits, entry)
        }
        if let zeroDays = parameters.zeroDays {
            // Days on which nobody was to use anything interrupt what the others say, and no more.
            let days = try folded.filter { entry in
                entry.key >= today.adding(days: -zeroDays - SurveyMeteringPoints.judgedDays)
                    && !states.contains { $0.days.contains(entry.key) }
            }.sorted { $0.key < $1.key }.map { (day: $0.key, sum: try $0.value.sum()) }
            let usage = DailyUsage(register: register, days: days, temperatures: temperatures)
            let hits = Rules.zeroConsumption.findings(on: usage, parameters: parameters).filter {
                $0.until >= LocalTime.berlin.start(of: today.adding(days: -1))
            }
            findings.add(hits, entry)
        }
        for state in states {
            let begin = begin(of: state)
            var total: Int128 = 0
            for day in folded.keys.sorted() where day >= begin && state.days.contains(day) {
                guard let sum = try folded[day]?.sum(), sum.usable > 0, sum.micro != 0 else { continue }
                total += Int128(try register.parameters(on: day).factor.times(micro: sum.micro))
                guard judged.contains(day) else { continue }
                let usage = InactiveUsage(
                    register: register, state: state.state, from: LocalTime.berlin.start(of: begin),
                    until: LocalTime.berlin.start(of: day.adding(days: 1)), consumption: try Overflow.checked(total))
                findings.add(Rules.inactiveUsage.findings(on: usage, parameters: entry.parameters(on: day)), entry)
            }
        }
        if let month { try judge(month, entry, folded, parameters) }
    }

    /// A month that is over beside the one before it.
    private mutating func judge(_ month: DayRange, _ entry: RegisterEntry, _ folded: [Day: DaySlots], _ parameters: ValidationParameters)
        throws
    {
        guard let resolution = entry.register.resolution else { return }
        let before = month.from.adding(months: -1).month
        guard let current = try MonthOfDays(month, folded, entry.register),
            let previous = try MonthOfDays(before, folded, entry.register)
        else { return }
        let comparison = PeakComparison(
            register: entry.register, at: resolution.start(of: current.peakSlot, of: current.peakDay), peak: current.peak,
            previousAt: resolution.start(of: previous.peakSlot, of: previous.peakDay), previousPeak: previous.peak)
        findings.add(Rules.historicalPeak.findings(on: comparison, parameters: parameters), entry)
        // Without temperatures a heating's month says nothing about the next.
        guard entry.register.commodity == .electricity || entry.register.commodity == .water else { return }
        let usage = PeriodUsage(
            register: entry.register, current: .init(month, consumption: current.sum), previous: .init(before, consumption: previous.sum))
        findings.add(Rules.unusualUsage.findings(on: usage, parameters: parameters), entry)
    }

    /// The last readings of a register, the latest first.
    private mutating func judge(_ entry: RegisterEntry, _ readings: [RecentReading], _ states: [PointState]) throws {
        guard let latest = readings.first, latest.isFresh, let home = entry.span(at: latest.reading.at) else { return }
        let usable = readings.dropFirst().map(\.reading).filter { $0.status.isUsable && $0.at >= home.from && $0.at < latest.reading.at }
        guard let last = usable.first else { return }
        let register = entry.register
        let time = LocalTime.berlin
        let parameters = entry.parameters(at: latest.reading.at)
        func advance(_ first: RegisterReading, _ second: RegisterReading) throws -> Int64? {
            try Advance.between(
                first, second, parameters: register.parameters(on: time.day(of: first.at)),
                capacity: register.ceiling(percent: parameters.ceilingPercent)
            ).micro
        }
        let counted = try latest.reading.status.isUsable ? advance(last, latest.reading) : nil
        if let counted {
            for state in states {
                let from = time.start(of: state.days.from)
                guard last.at >= from, state.days.until.map({ latest.reading.at <= time.start(of: $0) }) ?? true else { continue }
                let used = try register.parameters(on: time.day(of: last.at)).factor.times(micro: counted)
                let usage = InactiveUsage(
                    register: register, state: state.state, from: last.at, until: latest.reading.at, consumption: used)
                findings.add(Rules.inactiveUsage.findings(on: usage, parameters: parameters), entry)
            }
        }
        // The use before: over the spans of the last year or so, not the last one alone, which may be a holiday.
        guard let place = usable.lastIndex(where: { $0.at.seconds(until: last.at) <= 500 * 86_400 && $0.at < last.at }) else { return }
        let first = usable[place]
        let bursts = bursts[register.meter] ?? []
        func isBurst(_ from: Instant, _ until: Instant) -> Bool { bursts.contains { $0.lowerBound < until && from < $0.upperBound } }
        // The burst is told as what it is: no slip of the pen, and no usual use either.
        guard !isBurst(last.at, latest.reading.at) else { return }
        /// What was used without bursts, as if their days had been like the others.
        func undisturbed(_ measure: (_ earlier: RegisterReading, _ later: RegisterReading) throws -> Int64?) throws -> Int64? {
            var (sum, seconds): (Int128, Int128) = (0, 0)
            for (later, earlier) in zip(usable[...place], usable[...place].dropFirst()) where !isBurst(earlier.at, later.at) {
                guard let part = try measure(earlier, later) else { return nil }
                sum += Int128(part)
                seconds += Int128(earlier.at.seconds(until: later.at))
            }
            return seconds > 0 ? try Overflow.checked(sum * Int128(first.at.seconds(until: last.at)) / seconds) : nil
        }
        let isDisturbed = isBurst(first.at, last.at)
        guard let before = isDisturbed ? try undisturbed(advance) : try advance(first, last) else { return }
        let (length, span) = (first.at.seconds(until: last.at), last.at.seconds(until: latest.reading.at))
        guard length >= 86_400, span >= 86_400 else { return }
        let expected = Int128(before) * Int128(span) / Int128(length)
        func factor(_ reading: RegisterReading) -> Ratio { register.parameters(on: time.day(of: reading.at)).factor }
        // Between two readings one factor holds, over all of them perhaps not.
        func used(_ readings: ArraySlice<RegisterReading>) throws -> Int64? {
            if isDisturbed {
                return try undisturbed { earlier, later in
                    guard let part = try advance(earlier, later) else { return nil }
                    return try factor(earlier).times(micro: part)
                }
            }
            guard readings.contains(where: { factor($0) != factor(last) }) else { return try factor(last).times(micro: before) }
            var sum: Int128 = 0
            for (later, earlier) in zip(readings, readings.dropFirst()) {
                guard let part = try advance(earlier, later) else { return nil }
                sum += Int128(try factor(earlier).times(micro: part))
            }
            return try Overflow.checked(sum)
        }
        if let counted, let usedBefore = try used(usable[...place]) {
            let used = try factor(last).times(micro: counted)
            findings.add(
                Rules.advanceChange.findings(
                    on: ConsecutiveAdvances(
                        register: register, previous: .init(from: first.at, until: last.at, advance: usedBefore),
                        current: .init(from: last.at, until: latest.reading.at, advance: used)), parameters: parameters), entry)
            if register.commodity == .electricity || register.commodity == .water,
                let now = DayRange(checked: time.day(of: last.at), until: time.day(of: latest.reading.at)),
                let then = DayRange(checked: time.day(of: first.at), until: time.day(of: last.at))
            {
                findings.add(
                    Rules.unusualUsage.findings(
                        on: PeriodUsage(
                            register: register, current: .init(now, consumption: used), previous: .init(then, consumption: usedBefore)),
                        parameters: parameters), entry)
            }
        }
        // Wide: a reading is called misread only if it is far from everything, and a slip of the pen explains it.
        let band = Int64(clamping: Int128(last.micro) + expected / 4)...Int64(clamping: Int128(last.micro) + max(expected * 3, 1_000_000))
        findings.add(
            Rules.misread.findings(
                on: ExpectedReading(register: register, reading: latest.reading, expected: band), parameters: parameters),
            entry)
    }
}

/// The sum and the highest measured value of the days of a month after the factor of each; nil unless every slot is there.
private struct MonthOfDays {
    var sum: Int64 = 0
    var peak: Int64 = 0
    var peakDay: Day
    var peakSlot = 0

    init?(_ month: DayRange, _ folded: [Day: DaySlots], _ register: Register) throws {
        peakDay = month.from
        var total: Int128 = 0
        for day in month.days {
            guard let slots = folded[day] else { return nil }
            let daySum = try slots.sum()
            guard daySum.isComplete else { return nil }
            let factor = register.parameters(on: day).factor
            total += Int128(try factor.times(micro: daySum.micro))
            let measured = slots.values.indices.filter { slots.status($0) == .measured }
            guard let highest = measured.max(by: { slots.values[$0] < slots.values[$1] }) else { continue }
            let value = try factor.times(micro: slots.values[highest])
            if value > peak { (peak, peakDay, peakSlot) = (value, day, highest) }
        }
        sum = try Overflow.checked(total)
    }
}

extension ValidationParameters {
    func asks(_ rule: RuleText) -> Bool { !switchedOff.contains(rule.name) }
}

extension Register {
    /// E1 asks for water that flows: a channel of volume.
    fileprivate var isWater: Bool { commodity == .water && unit.dimension == .volume }
}

extension Day {
    fileprivate var month: DayRange { DayRange.month(components.year, components.month) }
}
