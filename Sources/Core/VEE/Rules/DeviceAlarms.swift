public import Metering
public import Values

/// Something a meter, or who speaks for it, said of its own state.
public struct AlarmedMeter: RuleSubject {
    /// Stands for the meter in the finding.
    public var register: Register
    public var alarm: DeviceAlarm
    public var at: Instant
    public init(register: Register, alarm: DeviceAlarm, at: Instant) {
        self.register = register
        self.alarm = alarm
        self.at = at
    }
}

extension Rules {
    /// E2, the meter's own codes beside those of burst and backflow: opened, bypassed, broken, out of battery.
    public static let deviceAlarm = Rule<AlarmedMeter>(
        RuleText(
            "device-alarm", "E2", .warning, .keeps, german: "Zähler meldet eine Störung", english: "The meter reports trouble",
            action: "Bitte das Gerät prüfen.")
    ) { subject, _ in
        guard !subject.alarm.isInformation else { return [] }
        return [said(subject, threshold: "no alarm")]
    }

    /// E2, what happened to a meter without anybody having to do something: supply gone, clock set, reset.
    public static let deviceEvent = Rule<AlarmedMeter>(
        RuleText("device-event", "E2", .event, .keeps, german: "Zähler meldet ein Ereignis", english: "The meter reports an event")
    ) { subject, _ in
        guard subject.alarm.isInformation else { return [] }
        return [said(subject, threshold: "for information")]
    }

    /// What a report says, by the rule that is about it: E1, E2 or C6.
    public static func findings(on subject: AlarmedMeter, parameters: ValidationParameters) -> [Finding] {
        let flows = subject.register.commodity == .water || subject.register.commodity == .heat
        switch subject.alarm {
        case .leak where flows:
            let minima = DailyMinima(register: subject.register, days: [], alarms: [.leak], alarmAt: (subject.at, subject.at))
            return leak.findings(on: minima, parameters: parameters)
        case .burst where flows:
            return burst.findings(
                on: FlowObservation(register: subject.register, alarm: .burst, at: subject.at), parameters: parameters)
        case .reversed where flows, .dry where flows:
            return backflow.findings(
                on: FlowObservation(register: subject.register, alarm: subject.alarm, at: subject.at), parameters: parameters)
        case .multiplier:
            return multiplier.findings(
                on: NamedFactor(register: subject.register, at: subject.at, factor: nil), parameters: parameters)
        default:
            let rule = subject.alarm.isInformation ? deviceEvent : deviceAlarm
            return rule.findings(on: subject, parameters: parameters)
        }
    }

    private static func said(_ subject: AlarmedMeter, threshold: String) -> Hit {
        let words =
            switch subject.alarm {
            case .burst: "Rohrbruch"
            case .leak: "Leck"
            case .reversed: "Rückfluss oder Rückspeisung"
            case .dry: "trocken gelaufen"
            case .tamper: "Eingriff oder Manipulation"
            case .battery: "Batterie fast leer"
            case .defect: "Messeinrichtung gestört oder defekt"
            case .disturbed: "vorübergehende Störung"
            case .multiplier: "falscher Wandlerfaktor"
            case .outage: "Netz- oder Spannungsausfall"
            case .clock: "Uhr gestellt"
            case .reset: "Gerät zurückgesetzt"
            }
        return Hit(
            from: subject.at, until: subject.at, inputs: [.init("meter alarm", subject.alarm.rawValue)], threshold: threshold,
            explanation: "Am \(Wording.time(subject.at)) gemeldet: \(words).")
    }
}
