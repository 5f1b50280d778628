internal import Metering
internal import Postgres
internal import VEE
internal import Values

/// What a message says of a meter beside its values.
struct IncomingReport {
    let meter: MeterEntry
    let report: DeviceReport
    let message: Int
}

extension IngestRun {
    /// Settled by a person, an alarm that goes on is told again after so many seconds.
    private static let quietSeconds: Int64 = 14 * 86_400

    /// Rules C6 and E1 to E4, where somebody said what they need. After the values of the same message were written: heat and gas
    /// are compared with what the registers counted meanwhile.
    ///
    /// A device repeats an alarm with each telegram: while it is on the worklist, it is not said again. A message that comes again
    /// only says what was not kept when it came first.
    func takeReports() throws {
        let reports = reports.filter { !$0.meter.registers.isEmpty }
        guard !reports.isEmpty else { return }
        let outcomes = try connection.insert(
            reports.map { incoming in
                NewReport(
                    meter: incoming.meter.registers[0].register.meter, report: incoming.report,
                    delivery: messages[incoming.message].delivery,
                    isRepeated: messages[incoming.message].original != nil)
            }, knownSince: now)
        var found: [(entry: RegisterEntry, finding: Finding, message: Int)] = []
        for (incoming, outcome) in zip(reports, outcomes) {
            let message = messages[incoming.message]
            if outcome != .known { message.keepsReports = true }
            if outcome == .known, message.original != nil { continue }
            let said = try findings(on: incoming)
            if outcome == .corrected, let subject = incoming.judged {
                // What the same transaction said before is no more.
                found.removeAll { subject.speaks(of: $0.entry, $0.finding.rule, $0.finding.from, $0.finding.until) }
                try correct(incoming, subject, said)
            } else {
                for (entry, findings) in said {
                    // An event of which only the end became known was told when it began.
                    let news = outcome == .corrected ? findings.filter { $0.rule != Rules.deviceEvent.text.name } : findings
                    found += news.map { (entry, $0, incoming.message) }
                }
            }
        }
        guard !found.isEmpty else { return }
        var told = try connection.registersTold(
            Array(Set(found.map(\.finding.rule))), of: found.map(\.entry.id), since: now.adding(seconds: -IngestRun.quietSeconds))
        for (entry, finding, message) in found {
            guard told.insert(ToldFinding(register: entry.id, rule: finding.rule, alarm: finding.alarm)).inserted else { continue }
            let isInformation = finding.rule == Rules.deviceEvent.text.name
            if !isInformation { messages[message].receipt.findings += 1 }
            self.findings.append(
                FindingDraft(
                    finding: finding, register: entry.register.id, point: entry.point(at: finding.from), message: messages[message],
                    isSettled: isInformation))
        }
    }

    /// Another factor or other temperatures for the same time: what was found of the former ones goes with them, and nothing else.
    private func correct(
        _ incoming: IncomingReport, _ subject: JudgedReport, _ said: [(entry: RegisterEntry, findings: [Finding])]
    ) throws {
        let at = incoming.report.at
        let message = messages[incoming.message]
        for entry in subject.entries {
            let wanted = said.filter { $0.entry.id == entry.id }.flatMap(\.findings).map(OpenFindings.Wanted.holds)
            message.receipt.findings += try OpenFindings(entry: entry, now: now, cause: cause(message), rules: [subject.rule]).settle(
                { open in
                    wanted + open.filter { !subject.speaks(of: entry, $0.rule, $0.from, $0.until) }.map { .stays($0.id) }
                }, within: at..<Instant(microseconds: at.microseconds + 1), message, in: connection)
        }
    }

    private func findings(on incoming: IncomingReport) throws -> [(RegisterEntry, [Finding])] {
        let (meter, report) = (incoming.meter, incoming.report)
        switch report.content {
        case .alarm(let alarm):
            guard let entry = meter.spokesman else { return [] }
            let subject = AlarmedMeter(register: entry.register, alarm: alarm, at: report.at)
            return [(entry, Rules.findings(on: subject, parameters: entry.parameters(at: report.at)))]
        case .factor(let obis, let factor):
            return meter.registers(named: obis).map { entry in
                let subject = NamedFactor(register: entry.register, at: report.at, factor: factor)
                return (entry, Rules.multiplier.findings(on: subject, parameters: entry.parameters(at: report.at)))
            }
        case .temperatures(let flow, let back): return try heat(meter, report, flow: flow, back: back)
        case .heat(let power, let volumeFlow, let flow, let back):
            return heatNow(meter, report, power: power, volumeFlow: volumeFlow, flow: flow, back: back)
        case .conversion(let z): return try gas(meter, report, z)
        }
    }

    /// E3 over a time: what energy and volume registers counted between two moments, and the mean temperatures.
    private func heat(_ meter: MeterEntry, _ report: DeviceReport, flow: Int32, back: Int32) throws -> [(RegisterEntry, [Finding])] {
        guard let energy = meter.energy,
            let volume = meter.registers.first(where: { $0.register.unit.dimension == .volume }),
            let counted = try use(of: meter, .energy, report), let flowed = try use(of: meter, .volume, report)
        else { return [] }
        let subject = HeatMeasurement(
            register: energy.register, from: report.at, until: report.until, energy: counted,
            volume: try volume.register.unit.convert(micro: flowed, to: .cubicMetre) ?? 0, flow: Temperature(tenThousandths: flow),
            back: Temperature(tenThousandths: back))
        return [(energy, Rules.heatBalance.findings(on: subject, parameters: energy.parameters(at: report.at)))]
    }

    /// E3 at a moment: power against flow and temperatures, as the energy of an hour. What is shown is rounded, temperatures
    /// perhaps to whole degrees and power to hundreds of watts; a small load says nothing.
    private func heatNow(_ meter: MeterEntry, _ report: DeviceReport, power: Int64, volumeFlow: Int64, flow: Int32, back: Int32) -> [(
        RegisterEntry, [Finding]
    )] {
        let spread = Int64(flow) - Int64(back)
        guard let energy = meter.energy, power >= 1_000_000, spread >= 100_000, volumeFlow > 0 else { return [] }
        let degree = Int64(clamping: Int128(volumeFlow) * 1_163 / 1_000)
        // The rule takes energy in the register's unit.
        guard let own = try? UnitCode.kilowattHour.convert(micro: power, to: energy.register.unit) else { return [] }
        let subject = HeatMeasurement(
            register: energy.register, from: report.at, until: report.at, energy: own, volume: volumeFlow,
            flow: Temperature(tenThousandths: flow), back: Temperature(tenThousandths: back), rounding: degree + 50_000)
        return [(energy, Rules.heatBalance.findings(on: subject, parameters: energy.parameters(at: report.at)))]
    }

    /// E4: operating volume of the meter against the normal volume of its corrector.
    private func gas(_ meter: MeterEntry, _ report: DeviceReport, _ z: Ratio) throws -> [(RegisterEntry, [Finding])] {
        guard let normal = meter.normalVolume,
            let vb = try use(of: meter, .volume, report, where: { $0.isOperatingVolume }),
            let vn = try use(of: meter, .volume, report, where: { $0.isNormalVolume })
        else { return [] }
        let subject = CorrectorPair(
            register: normal.register, from: report.at, until: report.until, operating: vb, normal: vn, conversion: z)
        return [(normal, Rules.gasSynchrony.findings(on: subject, parameters: normal.parameters(at: report.at)))]
    }

    /// What the meter counted between the moments of a report, in 10^-6 of the register's unit after its factor: by a register
    /// that was read at both, else by a channel without a gap between them; nil if nobody knows.
    private func use(
        of meter: MeterEntry, _ dimension: UnitCode.Dimension, _ report: DeviceReport, where belongs: (ObisCode) -> Bool = { _ in true }
    ) throws -> Int64? {
        guard report.at < report.until else { return nil }
        let entries = meter.registers.filter { $0.register.unit.dimension == dimension && belongs($0.register.obis) }
        let day = LocalTime.berlin.day(of: report.at)
        for entry in entries where entry.register.resolution == nil {
            let readings = try connection.query(
                """
                SELECT DISTINCT ON (at) at, version, value_micro, status, method, reason FROM register_reading
                WHERE register_id = \(entry.id) AND at IN (\(report.at), \(report.until)) ORDER BY at, version DESC
                """
            ).map { try RegisterReading($0, from: 0) }
            guard readings.count == 2, readings.allSatisfy(\.status.isUsable),
                !entry.register.wasReset(between: report.at, and: report.until)
            else { continue }
            let parameters = entry.register.parameters(on: day)
            let advance = try Advance.between(readings[0], readings[1], parameters: parameters, capacity: entry.register.ceiling())
            if let micro = advance.micro { return try parameters.factor.times(micro: micro) }
        }
        for entry in entries where entry.register.resolution != nil {
            let stored = try connection.dayBlocks([(entry.id, day, LocalTime.berlin.day(of: report.until).adding(days: 1))])[entry.id]
            if let sum = try stored?.sum(of: entry.register, from: report.at, until: report.until), sum.isComplete {
                return try entry.register.parameters(on: day).factor.times(micro: sum.micro)
            }
        }
        return nil
    }
}

/// Which findings a report may open, and so a later one of the same moment close.
private struct JudgedReport {
    let rule: String
    let entries: [RegisterEntry]
    let at: Instant
    /// Whether it speaks of a moment; else of the time that follows.
    let isMoment: Bool

    func speaks(of entry: RegisterEntry, _ rule: String, _ from: Instant, _ until: Instant) -> Bool {
        rule == self.rule && from == at && (from == until) == isMoment && entries.contains { $0.id == entry.id }
    }
}

extension IncomingReport {
    /// nil: an alarm. What a meter said of itself is not taken back by saying more.
    fileprivate var judged: JudgedReport? {
        switch report.content {
        case .alarm: nil
        case .factor(let obis, _):
            JudgedReport(rule: Rules.multiplier.text.name, entries: meter.registers(named: obis), at: report.at, isMoment: true)
        case .temperatures:
            JudgedReport(rule: Rules.heatBalance.text.name, entries: [meter.energy].compactMap(\.self), at: report.at, isMoment: false)
        case .heat:
            JudgedReport(rule: Rules.heatBalance.text.name, entries: [meter.energy].compactMap(\.self), at: report.at, isMoment: true)
        case .conversion:
            JudgedReport(
                rule: Rules.gasSynchrony.text.name, entries: [meter.normalVolume].compactMap(\.self), at: report.at, isMoment: false)
        }
    }
}

extension MeterEntry {
    /// All registers and channels without a code.
    fileprivate func registers(named obis: ObisCode?) -> [RegisterEntry] { registers.filter { obis == nil || $0.register.obis == obis } }
    fileprivate var energy: RegisterEntry? { registers.first { $0.register.unit.dimension == .energy } }
    fileprivate var normalVolume: RegisterEntry? { registers.first { $0.register.obis.isNormalVolume } }

    /// The register that stands for the meter where one of them must: a channel before a counter.
    var spokesman: RegisterEntry? { registers.first { $0.register.resolution != nil } ?? registers.first }
}
