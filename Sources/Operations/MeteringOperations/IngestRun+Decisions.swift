internal import Metering
internal import VEE
internal import Values

/// What deliveries may do to values that a person decided on: a measurement takes their place and says so; what a sender
/// estimates does not.
extension IngestRun {
    /// - Parameters:
    ///   - overlay: what a message says of a day.
    ///   - current: the day before it.
    /// - Returns: the decisions to be laid on top again; nil if there are none.
    func decisions(under overlay: Overlay, _ current: DaySlots, _ work: DayWork, _ message: IngestMessage?) -> Overlay? {
        guard current.reasons.contains(EstimationReason.person.rawValue) else { return nil }
        var after = current
        after.lay(overlay)
        var kept: [Int] = []
        var replaced: [Int] = []
        for slot in 0..<current.count where after.versions[slot] == overlay.version && current.mark(slot).isDecision {
            if after.status(slot) == .measured {
                if after.values[slot] != current.values[slot] { replaced.append(slot) }
            } else {
                kept.append(slot)
            }
        }
        if let first = replaced.first, let last = replaced.last {
            let (from, until) = (work.resolution.start(of: first, of: work.day), work.resolution.start(of: last + 1, of: work.day))
            note([IngestRun.replaced(work.entry.register, from, until, count: replaced.count)], work.entry, message)
        }
        guard let first = kept.first, let last = kept.last else { return nil }
        return Overlay(
            version: overlay.version + 1, knownSince: now, firstSlot: first, values: Array(current.values[first...last]),
            marks: MarkRun.runs(of: (first...last).map { kept.contains($0) ? current.mark($0) : .absent }))
    }

    /// The same for a register reading that arrived.
    /// - Returns: what holds.
    func weigh(_ reading: RegisterReading, against decided: RegisterReading, _ entry: RegisterEntry, _ message: IngestMessage)
        -> RegisterReading
    {
        if reading.status == .measured {
            if decided.micro != reading.micro {
                note([IngestRun.replaced(entry.register, reading.at, reading.at, count: 1)], entry, message)
            }
            return reading
        }
        var kept = decided
        kept.version = reading.version + 1
        readings.append(
            NewReading(
                register: entry.id, at: reading.at, version: kept.version, micro: kept.micro, mark: kept.mark, delivery: nil,
                author: Machine.estimation)
        )
        return kept
    }

    /// Whether a measurement gave way to something that is none.
    static func isDisplaced(_ old: ValueStatus, by new: ValueStatus) -> Bool {
        old == .measured && (new == .estimated || new == .substituted || new == .provisional)
    }

    static func displaced(_ register: Register, _ from: Instant, _ until: Instant, count: Int) -> Finding {
        changed(
            RuleCatalog.measurementDisplaced, register, from, until, count: count, threshold: "measured values stay measured",
            "\(count == 1 ? "steht ein Ersatzwert" : "stehen \(count) Ersatzwerte") des Absenders, wo er zuvor gemessene Werte gesendet "
                + "hatte. Kam die Nachricht nur verspätet, bitte die Lieferung zurücknehmen; dann gilt wieder die Messung.")
    }

    static func replaced(_ register: Register, _ from: Instant, _ until: Instant, count: Int) -> Finding {
        changed(
            RuleCatalog.decisionReplaced, register, from, until, count: count, threshold: "what a person decided",
            "hat eine Messung \(count) von einer Person festgelegte \(count == 1 ? "Wert" : "Werte") ersetzt. Bitte prüfen, welcher gelten soll."
        )
    }

    /// What took the place of what.
    private static func changed(
        _ rule: RuleText, _ register: Register, _ from: Instant, _ until: Instant, count: Int, threshold: String, _ what: String
    ) -> Finding {
        Finding(
            rule: rule.name, severity: rule.severity, from: from, until: until,
            inputs: [.init("meter", register.serial), .init("obis", register.obis.description), .init("values", String(count))],
            threshold: threshold, explanation: "Zähler \(register.serial), \(register.obis): Ab \(Wording.time(from)) \(what)")
    }
}
