public import Metering
public import Values

/// The factor a message names for a register.
public struct NamedFactor: RuleSubject {
    public var register: Register
    public var at: Instant
    /// nil: the message says that the factor is wrong, and not which one is right.
    public var factor: Ratio?
    public init(register: Register, at: Instant, factor: Ratio?) {
        self.register = register
        self.at = at
        self.factor = factor
    }
}

extension Rules {
    /// C6: the factor in the message is that of the master data, exactly.
    public static let multiplier = Rule<NamedFactor>(
        RuleText(
            "multiplier", "C6", .failure, .keeps, german: "Wandlerfaktor der Lieferung weicht von den Stammdaten ab",
            english: "The factor in the message differs from the master data",
            action: "Bitte Stammdaten und Einbau vergleichen; Grund der Korrektur „Falscher Wandlerfaktor“ (ZA3).")
    ) { subject, _ in
        let known = subject.register.parameters(on: LocalTime.berlin.day(of: subject.at)).factor
        guard subject.factor != known else { return [] }
        guard let sent = subject.factor else {
            return [
                Hit(
                    from: subject.at, until: subject.at,
                    inputs: [.init("master data", known.description), .init("correction reason", "ZA3")], threshold: "= \(known)",
                    explanation:
                        "Der Absender meldet einen falschen Wandlerfaktor; die Stammdaten haben \(Wording.number(known.millionths)).")
            ]
        }
        return [
            Hit(
                from: subject.at, until: subject.at,
                inputs: [
                    .init("message", sent.description), .init("master data", known.description),
                    .init("correction reason", "ZA3"),
                ],
                threshold: "= \(known)",
                explanation: "Die Lieferung nennt den Faktor \(Wording.number(sent.millionths)), die Stammdaten "
                    + "\(Wording.number(known.millionths)).")
        ]
    }
}
