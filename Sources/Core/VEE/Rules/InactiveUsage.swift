public import Metering
public import Values

/// What a point counted while nobody was to use anything there.
public struct InactiveUsage: RuleSubject {
    /// Why nothing should flow.
    public enum State: String, Hashable, Sendable, Codable {
        case disconnected, inactive, vacant
        var german: String {
            switch self {
            case .disconnected: "gesperrt"
            case .inactive: "stillgelegt"
            case .vacant: "leer"
            }
        }
    }
    public var register: Register
    public var state: State
    public var from: Instant
    public var until: Instant
    /// 10^-6 of the register's unit, after the factor.
    public var consumption: Int64
    public init(register: Register, state: State, from: Instant, until: Instant, consumption: Int64) {
        self.register = register
        self.state = state
        self.from = from
        self.until = until
        self.consumption = consumption
    }
}

extension Rules {
    /// B3: a disconnected or inactive point counts nothing but the tolerance.
    public static let inactiveUsage = Rule<InactiveUsage>(
        RuleText(
            "inactive-usage", "B3", .failure, .keeps, german: "Verbrauch an einer gesperrten oder stillgelegten Messstelle",
            english: "Usage at a disconnected or inactive point",
            action: "Bitte vor Ort prüfen: ungemeldeter Einzug, aufgehobene Sperre oder vertauschter Zähler.")
    ) { subject, parameters in
        guard subject.consumption > parameters.inactiveToleranceMicro else { return [] }
        let unit = subject.register.unit
        return [
            Hit(
                from: subject.from, until: subject.until,
                inputs: [
                    .init("consumption", Measure(micro: subject.consumption, unit: unit).description),
                    .init("state", subject.state.rawValue),
                ],
                threshold: "≤ \(Measure(micro: parameters.inactiveToleranceMicro, unit: unit))",
                explanation:
                    "Von \(Wording.time(subject.from)) bis \(Wording.time(subject.until)) ist die Messstelle \(subject.state.german), "
                    + "gezählt wurden \(Wording.amount(subject.consumption, unit)).")
        ]
    }
}
