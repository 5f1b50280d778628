public import Metering
public import Values

/// Stand-ins that measured values took the place of, and what that changed.
public struct ReplacedEstimate: RuleSubject {
    public var register: Register
    public var from: Instant
    public var until: Instant
    /// Slots whose value changed.
    public var slots: Int
    /// Their sums before and after, in 10^-6 of the unit.
    public var estimated: Int64
    public var measured: Int64
    public init(register: Register, from: Instant, until: Instant, slots: Int, estimated: Int64, measured: Int64) {
        self.register = register
        self.from = from
        self.until = until
        self.slots = slots
        self.estimated = estimated
        self.measured = measured
    }
}

extension Rules {
    /// A2: estimates yield. Whoever used one, a bill or a report, may want to know by how much it was off.
    public static let estimateReplaced = Rule<ReplacedEstimate>(
        RuleText(
            "estimate-replaced", "A2", .event, .keeps, german: "Gemessene Werte haben Ersatzwerte abgelöst",
            english: "Measured values took the place of estimates")
    ) { subject, _ in
        guard subject.slots > 0 else { return [] }
        let unit = subject.register.unit
        return [
            Hit(
                from: subject.from, until: subject.until,
                inputs: [
                    .init("values", String(subject.slots)), .init("estimated", Measure(micro: subject.estimated, unit: unit).description),
                    .init("measured", Measure(micro: subject.measured, unit: unit).description),
                ],
                threshold: "",
                explanation: subject.from == subject.until
                    ? "Der geschätzte Stand vom \(Wording.time(subject.from)) ist durch einen abgelesenen ersetzt: "
                        + "\(Wording.amount(subject.measured, unit)) statt \(Wording.amount(subject.estimated, unit))."
                    : "\(subject.slots) Ersatzwerte von \(Wording.time(subject.from)) bis \(Wording.time(subject.until)) sind durch gemessene "
                        + "Werte abgelöst: \(Wording.amount(subject.measured, unit)) statt \(Wording.amount(subject.estimated, unit)).")
        ]
    }
}
