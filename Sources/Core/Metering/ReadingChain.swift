import Values

/// The usable readings of one register in one installation, unrolled: `counted` never falls, rollovers are already added.
/// Readings that contradict the rest are left out and reported; consumption is never negative.
struct ReadingChain {
    struct Knot: Hashable {
        var reading: RegisterReading
        /// What the register would show if it had endless digits, in 10^-6 of its unit.
        var counted: Int64
        /// Set at a reset: what it showed right after, and counts on from.
        var resumes: Int64?
        /// What the next reading is compared with.
        var base: RegisterReading {
            var base = reading
            if let resumes { base.micro = resumes }
            return base
        }
    }

    private(set) var knots: [Knot] = []
    private(set) var findings: [Finding] = []
    let register: Register

    init(_ readings: [RegisterReading], of register: Register, installed: DayRange, time: LocalTime) throws(Overflow) {
        self.register = register
        let capacity = register.ceiling()
        let begin = time.start(of: installed.from)
        // A reading exactly at the removal still belongs to this meter.
        let end = installed.until.map { time.start(of: $0) }
        var usable = readings.filter { reading in reading.status.isUsable && reading.at >= begin && (end.map { reading.at <= $0 } ?? true) }
        func isBefore(_ left: RegisterReading, _ right: RegisterReading) -> Bool {
            left.at == right.at ? left.version > right.version : left.at < right.at
        }
        // They come in order as a rule.
        if usable.indices.dropFirst().contains(where: { isBefore(usable[$0], usable[$0 - 1]) }) { usable.sort(by: isBefore) }
        knots.reserveCapacity(usable.count)
        var resets = register.resets[...]
        if !resets.isEmpty { resets = resets.filter { reset in reset.at > begin && (end.map { reset.at <= $0 } ?? true) }[...] }
        for reading in usable where knots.last?.reading.at != reading.at {
            while let reset = resets.first, reset.at <= reading.at {
                try add(reset, capacity: capacity, time: time)
                resets = resets.dropFirst()
            }
            // What was read at that moment, the reset says more exactly.
            if knots.last?.reading.at != reading.at { try add(reading, capacity: capacity, time: time) }
        }
        for reset in resets { try add(reset, capacity: capacity, time: time) }
    }

    /// What it showed right before ends one sequence, what it showed right after begins the next. One that contradicts what was
    /// read before it counts nothing, and the next sequence begins all the same.
    private mutating func add(_ reset: Register.Reset, capacity: Capacity?, time: LocalTime) throws(Overflow) {
        let reading = RegisterReading(at: reset.at, micro: reset.before, status: reset.isEstimated ? .estimated : .measured, version: 0)
        try add(reading, capacity: capacity, time: time)
        if knots.last?.reading.at != reset.at { knots.append(Knot(reading: reading, counted: knots.last?.counted ?? reset.before)) }
        knots[knots.count - 1].resumes = reset.after
    }

    private mutating func add(_ reading: RegisterReading, capacity: Capacity?, time: LocalTime) throws(Overflow) {
        guard let last = knots.last else {
            knots.append(Knot(reading: reading, counted: reading.micro))
            return
        }
        let parameters = register.parameters(on: time.day(of: last.reading.at))
        let advance = try Advance.between(last.base, reading, parameters: parameters, capacity: capacity)
        if let micro = advance.micro {
            knots.append(Knot(reading: reading, counted: try Overflow.checked(Int128(last.counted) + Int128(micro))))
        } else if last.reading.status != .measured, last.resumes == nil, reading.status == .measured {
            // A measurement beats the estimate it falls below (C8); what came before the estimate is looked at again.
            knots.removeLast()
            findings.append(
                finding(
                    rule: "reading-below-estimate", severity: .warning, last.reading, reading,
                    "Der gemessene Stand liegt unter dem geschätzten davor; der geschätzte bleibt außer Betracht."))
            try add(reading, capacity: capacity, time: time)
        } else {
            findings.append(
                finding(
                    rule: "register-backwards", severity: .failure, last.reading, reading,
                    "Der Stand fällt ohne plausiblen Überlauf; der spätere bleibt außer Betracht, bis einer der beiden berichtigt ist."))
        }
    }

    private func finding(rule: String, severity: Finding.Severity, _ first: RegisterReading, _ second: RegisterReading, _ why: String)
        -> Finding
    {
        let unit = register.unit
        return Finding(
            rule: rule, severity: severity, from: first.at, until: second.at,
            inputs: [
                .init("meter", register.serial), .init("obis", register.obis.description),
                .init("earlier", Measure(micro: first.micro, unit: unit).description),
                .init("later", Measure(micro: second.micro, unit: unit).description),
            ],
            threshold: "later ≥ earlier",
            explanation: "Zähler \(register.serial), \(register.obis): \(Wording.amount(first.micro, unit)) am \(Wording.time(first.at)), "
                + "\(Wording.amount(second.micro, unit)) am \(Wording.time(second.at)). " + why)
    }

    /// The first and the last reading of some days, by which an end beyond them is carried on: who used it before, or will after, used
    /// it otherwise. Of all that is known where two readings of these days are not.
    func ends(of days: DayRange?, time: LocalTime) -> (first: Knot, last: Knot)? {
        guard let first = knots.first, let last = knots.last else { return nil }
        guard let days else { return (first, last) }
        let from = time.start(of: days.from)
        let until = days.until.map { time.start(of: $0) }
        guard let begin = knots.first(where: { $0.reading.at >= from }),
            let end = knots.last(where: { knot in until.map { knot.reading.at <= $0 } ?? true }), begin.reading.at < end.reading.at
        else { return (first, last) }
        return (begin, end)
    }

    /// What the register shows for a counted amount at a moment: as the last reading before it, and on from there.
    func shown(_ counted: Int64, at: Instant, parameters: Register.Parameters) -> Int64 {
        guard let near = knots.last(where: { $0.reading.at <= at }) ?? knots.first else { return counted }
        let shown = Int128(near.reading.at <= at ? near.base.micro : near.reading.micro) + Int128(counted) - Int128(near.counted)
        guard let turn = parameters.wrapMicro else { return Int64(clamping: shown) }
        let rest = shown % Int128(turn)
        return Int64(clamping: rest < 0 ? rest + Int128(turn) : rest)
    }
}
