import Values

/// The usable readings of one register in one installation, unrolled: `counted` never falls, rollovers are already added.
/// Readings that contradict the rest are left out and reported; consumption is never negative.
struct ReadingChain {
    struct Knot: Hashable {
        var reading: RegisterReading
        /// What the register would show if it had endless digits, in 10^-6 of its unit.
        var counted: Int64
    }

    private(set) var knots: [Knot] = []
    private(set) var findings: [Finding] = []
    let register: Register

    init(_ readings: [RegisterReading], of register: Register, installed: DayRange, time: LocalTime) throws(Overflow) {
        self.register = register
        let capacity = register.capacity()
        let begin = time.start(of: installed.from)
        // A reading exactly at the removal still belongs to this meter.
        let end = installed.until.map { time.start(of: $0) }
        let usable =
            readings
            .filter { reading in reading.status.isUsable && reading.at >= begin && (end.map { reading.at <= $0 } ?? true) }
            .sorted { $0.at == $1.at ? $0.version > $1.version : $0.at < $1.at }
        for reading in usable where knots.last?.reading.at != reading.at {
            try add(reading, capacity: capacity, time: time)
        }
    }

    private mutating func add(_ reading: RegisterReading, capacity: Capacity?, time: LocalTime) throws(Overflow) {
        guard let last = knots.last else {
            knots.append(Knot(reading: reading, counted: reading.micro))
            return
        }
        let parameters = register.parameters(on: time.day(of: last.reading.at))
        let advance = try Advance.between(last.reading, reading, parameters: parameters, capacity: capacity)
        if let micro = advance.micro {
            knots.append(Knot(reading: reading, counted: try Overflow.checked(Int128(last.counted) + Int128(micro))))
        } else if last.reading.status != .measured, reading.status == .measured {
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

    /// What the register shows for a counted amount.
    func shown(_ counted: Int64, parameters: Register.Parameters) -> Int64 {
        guard let turn = parameters.wrapMicro else { return counted }
        let rest = counted % turn
        return rest < 0 ? rest + turn : rest
    }
}
