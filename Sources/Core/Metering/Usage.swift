public import Values

/// The quantity of a metering point over a period, register by register, with its boundaries explained.
public enum Usage {
    /// The pieces of `period`, cut where `cuts` demand it, where a device changes and where a factor changes.
    ///
    /// A boundary with a reading of that moment takes it; between two readings the advance is divided by the intervals, by the
    /// profile, or day by day. Rounding is done on running totals: the pieces add up to the whole. What is missing is a
    /// finding; one of severity `failure` means that the quantity must not be billed before somebody has looked.
    /// - Precondition: `period` has an end.
    /// - Throws: `Overflow` if a quantity leaves Int64.
    public static func pieces(
        _ input: UsageInput, period: DayRange, cuts: [Day], time: LocalTime = .berlin
    ) throws(Overflow) -> (pieces: [UsagePiece], findings: [Finding]) {
        precondition(period.until != nil, "usage is of a period with an end")
        var pieces: [UsagePiece] = []
        var findings = daysWithoutMeter(input, period: period, time: time)
        for usage in input.meters {
            guard let span = usage.installation.intersection(period) else { continue }
            let result =
                usage.register.resolution == nil
                ? try registerPieces(
                    usage, span: span, cuts: cuts, input: input, seam: span.from == period.from ? input.seam : nil, time: time)
                : try channelPieces(
                    usage, channel: usage.register, obis: usage.register.obis.registerOfChannel ?? usage.register.obis, span: span,
                    cuts: cuts, time: time)
            pieces += result.pieces
            findings += result.findings
        }
        pieces.sort { ($0.obis, $0.range.from, $0.serial) < ($1.obis, $1.range.from, $1.serial) }
        return (pieces, findings)
    }

    private static func registerPieces(
        _ usage: MeterUsage, span: DayRange, cuts: [Day], input: UsageInput, seam: Seam?, time: LocalTime
    ) throws(Overflow) -> (pieces: [UsagePiece], findings: [Finding]) {
        let register = usage.register
        let chain = try ReadingChain(usage.readings, of: register, installed: usage.installation, time: time)
        if chain.knots.isEmpty, let channel = usage.channel, !usage.daily.isEmpty {
            return try channelPieces(usage, channel: channel, obis: register.obis, span: span, cuts: cuts, time: time)
        }
        let ways = DivisionWays(usage, chain: chain, span: span, profile: input.profile, totals: input.totals, time: time)
        var findings = chain.findings
        var pieces: [UsagePiece] = []
        // Products of counted amount and factor are summed exactly; only the running total is rounded.
        var exact: Int128 = 0
        var spent: Int64 = 0
        var begin: Boundary?
        // What a reset does to the figures, a cut there shows: each stretch ends and begins with what the register showed.
        let resets = chain.knots.filter { $0.resumes != nil }.map { time.day(of: $0.reading.at) }
        for range in span.split(at: cuts + register.parameters.changes(in: span) + resets) {
            guard let until = range.until else { break }
            let edge: Boundary.Edge = range.from == usage.installation.from ? .hung : .inner
            var first =
                if let begin { begin } else if let seam, edge == .inner {
                    try Boundary.at(
                        range.from, edge: edge, chain: chain, usage: usage, ways: ways.dividing(by: seam.totals), own: seam.own, time: time)
                } else {
                    try Boundary.at(range.from, edge: edge, chain: chain, usage: usage, ways: ways, own: input.own, time: time)
                }
            let second = try Boundary.at(
                until, edge: until == usage.installation.until ? .removed : .inner, chain: chain, usage: usage, ways: ways, own: input.own,
                time: time)
            let start = time.start(of: range.from)
            if let resumes = chain.knots.first(where: { $0.reading.at == start })?.resumes { first?.ref.micro = resumes }
            guard let first, let second else {
                return ([], findings + [noBasis(register, range: span, readings: chain.knots.count, time: time)])
            }
            if begin == nil { findings += [first.finding].compactMap(\.self) }
            findings += [second.finding].compactMap(\.self)
            begin = second
            let parameters = register.parameters(on: range.from)
            // A carried-on boundary may lie beyond a reading that fell out; consumption is never negative.
            let counted = max(0, Int128(second.counted) - Int128(first.counted))
            exact += counted * Int128(parameters.factor.millionths)
            let total = try Overflow.checked(Rounding.halfAwayFromZero.divide(exact, by: 1_000_000))
            pieces.append(
                UsagePiece(
                    serial: register.serial, obis: register.obis, tariffRegister: register.obis.tariffRegister, range: range,
                    quantity: Measure(micro: total - spent, unit: register.unit), factor: parameters.factor,
                    rollovers: rollovers(first, second, parameters), begin: first.ref, end: second.ref,
                    division: max(first.ref.origin, second.ref.origin), beginBasis: first.basis, endBasis: second.basis))
            spent = total
        }
        return (pieces, findings)
    }

    private static func rollovers(_ first: Boundary, _ second: Boundary, _ parameters: Register.Parameters) -> Int {
        guard let turn = parameters.wrapMicro else { return 0 }
        let shown = Int128(second.ref.micro) - Int128(first.ref.micro)
        return Int((Int128(second.counted) - Int128(first.counted) - shown) / Int128(turn))
    }

    /// A channel that stands for itself: the sums of its days.
    private static func channelPieces(
        _ usage: MeterUsage, channel: Register, obis: ObisCode, span: DayRange, cuts: [Day], time: LocalTime
    ) throws(Overflow) -> (pieces: [UsagePiece], findings: [Finding]) {
        let resolution = channel.resolution ?? .day
        var findings: [Finding] = []
        var pieces: [UsagePiece] = []
        var exact: Int128 = 0
        var spent: Int64 = 0
        for range in span.split(at: cuts + channel.parameters.changes(in: span)) {
            var missing = 0
            var estimated: Int32 = 0
            var sum: Int128 = 0
            var runs: [VersionRun] = []
            var areRunsKnown = true
            for day in range.days {
                guard let entry = usage.daily[day] else {
                    missing += 1
                    runs.extend(by: .absent(resolution.slots(of: day, in: time)))
                    continue
                }
                areRunsKnown = areRunsKnown && !entry.runs.isEmpty
                for run in entry.runs { runs.extend(by: run) }
                if !entry.isComplete { missing += 1 }
                estimated += entry.estimated
                sum += Int128(entry.micro)
            }
            if missing > 0 { findings.append(incomplete(channel, range: range, missingDays: missing, time: time)) }
            let factor = channel.parameters(on: range.from).factor
            let (product, over) = sum.multipliedReportingOverflow(by: Int128(factor.millionths))
            let (running, overSum) = exact.addingReportingOverflow(product)
            if over || overSum { throw Overflow() }
            exact = running
            let total = try Overflow.checked(Rounding.halfAwayFromZero.divide(exact, by: 1_000_000))
            pieces.append(
                UsagePiece(
                    serial: channel.serial, obis: obis, tariffRegister: obis.tariffRegister, range: range,
                    quantity: Measure(micro: total - spent, unit: channel.unit), factor: factor, begin: nil, end: nil,
                    division: estimated > 0 || missing > 0 ? .estimated : .intervals,
                    slots: areRunsKnown
                        ? SlotRuns(
                            start: resolution.start(of: 0, of: range.from, in: time), resolution: resolution, runs: runs,
                            channel: channel.obis) : nil))
            spent = total
        }
        return (pieces, findings)
    }
}
