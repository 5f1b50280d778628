import Values

/// Finds what a register showed at the first moment of a day: by a reading, by division between two, or by carrying on.
struct Boundary {
    /// Unrolled, in 10^-6 of the register's unit and before its factor.
    var counted: Int64
    var ref: ReadingRef
    /// What it was worked out from; nil for one that was read.
    var basis: ReadingBasis?
    /// Set where no reading lies on one side.
    var finding: Finding?

    /// Which end of the installation the day is, if any: there a reading of the same day is as good as one of midnight,
    /// because the meter counted nothing before it hung and nothing after it was taken down.
    enum Edge { case inner, hung, removed }

    /// Looks at its arguments and keeps none, unlike an initializer, which would be given copies.
    static func at(
        _ day: Day, edge: Edge, chain: ReadingChain, usage: MeterUsage, ways: DivisionWays, own: DayRange? = nil, time: LocalTime
    ) throws(Overflow) -> Boundary? {
        let knots = chain.knots
        let at = time.start(of: day)
        let parameters = chain.register.parameters(on: edge == .removed ? day.adding(days: -1) : day)
        func made(
            _ counted: Int64, _ origin: Division, _ first: ReadingChain.Knot, _ second: ReadingChain.Knot? = nil
        ) -> Boundary {
            let ref = ReadingRef(
                at: at, micro: chain.shown(counted, at: at, parameters: parameters), unit: chain.register.unit,
                status: .estimated, method: 0, version: nil, origin: origin)
            return Boundary(counted: counted, ref: ref, basis: ReadingBasis(first.reading, second?.reading))
        }
        /// The same by intervals: which they were.
        func measured(
            _ counted: Int64, _ first: ReadingChain.Knot, _ second: ReadingChain.Knot?, _ from: Instant, _ until: Instant
        ) -> Boundary {
            var boundary = made(counted, .intervals, first, second)
            boundary.basis?.slots = usage.dividingSlots(from, until, time: time)
            boundary.basis?.times = usage.daily.isEmpty ? usage.weighing?.times : nil
            return boundary
        }
        func read(_ knot: ReadingChain.Knot) -> ReadingRef {
            ReadingRef(
                at: knot.reading.at, micro: knot.reading.micro, unit: chain.register.unit, status: knot.reading.status,
                method: knot.reading.method, version: knot.reading.version > 0 ? knot.reading.version : nil,
                origin: knot.reading.status == .measured ? .measured : .estimated)
        }
        let later = knots.firstIndex { $0.reading.at >= at } ?? knots.count
        if later < knots.count, knots[later].reading.at == at {
            return Boundary(counted: knots[later].counted, ref: read(knots[later]))
        }
        if edge == .hung, later == 0, let first = knots.first, first.reading.at <= time.start(of: day.adding(days: 1)) {
            return Boundary(counted: first.counted, ref: read(first))
        }
        if edge == .removed, later == knots.count, let last = knots.last, last.reading.at >= time.start(of: day.adding(days: -1)) {
            return Boundary(counted: last.counted, ref: read(last))
        }
        if later > 0, later < knots.count {
            let (before, after) = (knots[later - 1], knots[later])
            for (weights, origin) in [(ways.intervals, Division.intervals), (ways.profile, .profile), (ways.even, .dayLinear)] {
                guard let weights, let first = weights.between(before.reading.at, at),
                    let second = weights.between(at, after.reading.at), first + second > 0
                else { continue }
                let (product, over) = (Int128(after.counted) - Int128(before.counted)).multipliedReportingOverflow(by: first)
                if over { throw Overflow() }
                let counted = try Overflow.checked(
                    Int128(before.counted) + Rounding.halfAwayFromZero.divide(product, by: first + second))
                var boundary =
                    origin == .intervals
                    ? measured(counted, before, after, before.reading.at, after.reading.at) : made(counted, origin, before, after)
                if origin == .intervals {
                    boundary.ref.share = IntervalShare(
                        since: before.reading.at, until: after.reading.at, part: try DayWeights.amount(first),
                        whole: try DayWeights.amount(first + second))
                }
                return boundary
            }
            return nil
        }
        // Beyond the first or the last reading: by what the channel counted, else as the profile goes, else by the average day.
        guard let nearest = later == 0 ? knots.first : knots.last else { return nil }
        let (from, until) = later == 0 ? (at, nearest.reading.at) : (nearest.reading.at, at)
        let sign: Int128 = later == 0 ? -1 : 1
        if let amount = try Boundary.channelAmount(from, until, usage: usage, ways: ways, on: day) {
            let counted = max(0, try Overflow.checked(Int128(nearest.counted) + sign * Int128(amount)))
            return measured(counted, nearest, nil, from, until)
        }
        guard let (first, last) = chain.ends(of: own, time: time), first.reading.at < last.reading.at,
            let known = ways.even.between(first.reading.at, last.reading.at), known > 0,
            let absent = ways.even.between(from, until)
        else { return nil }
        let (part, whole) = ways.carried(from, until, known: first.reading.at, last.reading.at) ?? (absent, known)
        let (product, over) = (Int128(last.counted) - Int128(first.counted)).multipliedReportingOverflow(by: part)
        if over { throw Overflow() }
        // An estimated reading is cut to what the register can show (California VEE, estimated register reads).
        let least = Int128(parameters.leastDigitMicro)
        let amount = Rounding.towardsZero.divide(product, by: whole * least) * least
        let counted = max(0, try Overflow.checked(Int128(nearest.counted) + sign * amount))
        var boundary = made(counted, .estimated, first, last)
        boundary.finding = missing(
            at: at, nearest: nearest.reading, register: chain.register, carried: absent > known ? .failure : .warning)
        return boundary
    }

    /// What the paired channel counted between two instants, in 10^-6 of the register's unit before its factor.
    private static func channelAmount(_ from: Instant, _ until: Instant, usage: MeterUsage, ways: DivisionWays, on day: Day)
        throws(Overflow) -> Int64?
    {
        guard let channel = usage.channel, let weight = ways.intervals?.between(from, until) else { return nil }
        let consumed = try channel.parameters(on: day).factor.times(micro: try DayWeights.amount(weight))
        guard let same = try channel.unit.convert(micro: consumed, to: usage.register.unit) else { return nil }
        let factor = usage.register.parameters(on: day).factor
        guard factor.millionths > 0 else { return nil }
        return try Overflow.checked(Rounding.halfAwayFromZero.divide(Int128(same) * 1_000_000, by: Int128(factor.millionths)))
    }

    private static func missing(at: Instant, nearest: RegisterReading, register: Register, carried severity: Finding.Severity) -> Finding {
        Finding(
            rule: "reading-missing", severity: severity, from: min(at, nearest.at), until: max(at, nearest.at),
            inputs: [
                .init("meter", register.serial), .init("obis", register.obis.description),
                .init("nearest", "\(Measure(micro: nearest.micro, unit: register.unit)) at \(nearest.at)"),
            ],
            threshold: "a reading on both sides of the boundary",
            explanation: "Zähler \(register.serial), \(register.obis): Zum \(Wording.time(at)) fehlt ein Zählerstand, der nächste ist vom "
                + "\(Wording.time(nearest.at)). Der Stand wurde aus dem mittleren Tagesverbrauch geschätzt; bitte ablesen.")
    }
}

extension MeterUsage {
    /// What the slots say of themselves whose sums divide an advance between two moments, whole days as the sums are; nil where it is not
    /// known of all of them.
    fileprivate func dividingSlots(_ from: Instant, _ until: Instant, time: LocalTime) -> SlotRuns? {
        let (sums, channel) = daily.isEmpty ? (weights, weighing?.channel) : (daily, self.channel)
        guard let channel, let resolution = channel.resolution else { return nil }
        var day = time.day(of: from)
        let start = resolution.start(of: 0, of: day, in: time)
        var runs: [VersionRun] = []
        while time.start(of: day) < until {
            guard let sum = sums[day], !sum.runs.isEmpty else { return nil }
            for run in sum.runs { runs.extend(by: run) }
            day = day.adding(days: 1)
        }
        return runs.isEmpty ? nil : SlotRuns(start: start, resolution: resolution, runs: runs, channel: channel.obis)
    }
}
