import Values

/// How much of an advance falls on which days, as running totals: a question about two instants costs two look-ups, whatever
/// lies between them. A bill of a smart meter asks two dozen times about the same year.
struct DayWeights {
    /// One unit of weight is so fine that a part of a day (an hour of 23, 24 or 25) is told apart.
    private static let fine: Int128 = 86_400

    private let first: Day
    /// Weights of the days before each day; empty for equal days.
    private let totals: [Int128]
    /// Days without a weight before each day.
    private let missing: [Int32]
    private let time: LocalTime

    /// Every day weighs the same.
    init(evenIn time: LocalTime) {
        first = Day(number: 0)
        totals = []
        missing = []
        self.time = time
    }

    /// - Parameter weight: the weight of a day; nil or negative: it has none.
    /// - Returns: nil if `days` holds no day.
    init?(_ days: Range<Int32>, in time: LocalTime, weight: (Day) -> Int64?) {
        guard !days.isEmpty else { return nil }
        first = Day(number: days.lowerBound)
        self.time = time
        var totals: [Int128] = [0]
        var missing: [Int32] = [0]
        totals.reserveCapacity(days.count + 1)
        missing.reserveCapacity(days.count + 1)
        var total: Int128 = 0
        var gaps: Int32 = 0
        for number in days {
            if let known = weight(Day(number: number)), known >= 0 { total += Int128(known) } else { gaps += 1 }
            totals.append(total)
            missing.append(gaps)
        }
        self.totals = totals
        self.missing = missing
    }

    /// Whether both weigh every day alike.
    func isSame(as other: DayWeights) -> Bool { first == other.first && totals == other.totals && missing == other.missing }

    /// The weight between two instants; nil if a day between them has none.
    func between(_ from: Instant, _ until: Instant) -> Int128? {
        guard from < until else { return 0 }
        guard let low = position(from), let high = position(until), low.missing == high.missing, !low.isMissing, !high.isMissing else {
            return nil
        }
        return high.weight - low.weight
    }

    private func position(_ instant: Instant) -> (weight: Int128, missing: Int32, isMissing: Bool)? {
        let day = time.day(of: instant)
        let elapsed = instant.microseconds - time.start(of: day).microseconds
        // Nearly all questions are about midnights, which need no length.
        let part = elapsed == 0 ? 0 : DayWeights.fine * Int128(elapsed) / (Int128(time.length(of: day)) * 1_000_000)
        if totals.isEmpty { return (Int128(day.number) * DayWeights.fine + part, 0, false) }
        let index = first.days(until: day)
        guard index >= 0, index < totals.count else { return nil }
        if part == 0 { return (totals[index] * DayWeights.fine, missing[index], false) }
        guard index + 1 < totals.count else { return nil }
        return (
            totals[index] * DayWeights.fine + (totals[index + 1] - totals[index]) * part, missing[index],
            missing[index + 1] != missing[index]
        )
    }

    /// The weight of channel sums as an amount of the channel, in 10^-6 of its unit.
    static func amount(_ weight: Int128) throws(Overflow) -> Int64 {
        try Overflow.checked(Rounding.halfAwayFromZero.divide(weight, by: fine))
    }
}

/// The ways to divide an advance of one register: by its channel, or that of all rates; by a profile; by days.
struct DivisionWays {
    let intervals: DayWeights?
    let profile: DayWeights?
    let even: DayWeights

    /// By which weights what was counted between two readings is carried on over days beyond them; nil without a profile of all of them,
    /// or where it gives the days that were counted too little weight to say anything of the others: a summer's gas is no basis for a
    /// winter.
    func carried(_ from: Instant, _ until: Instant, known first: Instant, _ last: Instant) -> (part: Int128, whole: Int128)? {
        guard let profile, let part = profile.between(from, until), let whole = profile.between(first, last), whole > 0, part <= 4 * whole
        else { return nil }
        return (part, whole)
    }

    /// The same with another profile, or none.
    func dividing(by totals: ProfileTotals?) -> DivisionWays { DivisionWays(intervals: intervals, profile: totals?.weights, even: even) }

    private init(intervals: DayWeights?, profile: DayWeights?, even: DayWeights) {
        self.intervals = intervals
        self.profile = profile
        self.even = even
    }

    init(
        _ usage: MeterUsage, chain: ReadingChain, span: DayRange, profile: [Day: Int64], totals: ProfileTotals? = nil, time: LocalTime
    ) {
        even = DayWeights(evenIn: time)
        let sums = usage.daily.isEmpty ? usage.weights : usage.daily
        guard !sums.isEmpty || (totals == nil && !profile.isEmpty) else {
            intervals = nil
            self.profile = totals?.weights
            return
        }
        let from = min(span.from, chain.knots.first.map { time.day(of: $0.reading.at) } ?? span.from)
        let end = span.until ?? span.from
        let until = max(end, chain.knots.last.map { time.day(of: $0.reading.at).adding(days: 1) } ?? end)
        let days = from.number..<max(from.number, until.number)
        intervals =
            sums.isEmpty ? nil : DayWeights(days, in: time) { day in sums[day].flatMap { $0.isComplete ? $0.micro : nil } }
        self.profile = totals?.weights ?? (profile.isEmpty ? nil : DayWeights(days, in: time) { profile[$0] })
    }
}
