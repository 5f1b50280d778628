public import Metering
public import Values

/// What a device believes the time is, beside what it is.
public struct ClockReading: RuleSubject {
    public var register: Register
    public var device: Instant
    public var server: Instant
    public init(register: Register, device: Instant, server: Instant) {
        self.register = register
        self.device = device
        self.server = server
    }
}

extension Rules {
    /// A4: |device clock − server clock| ≤ tolerance. Beyond one interval the values stand in the wrong slots.
    public static let clock = Rule<ClockReading>(
        RuleText(
            "clock", "A4", .warning, .keeps, german: "Uhr des Geräts geht falsch", english: "The device's clock is off",
            action: "Bitte die Uhr stellen; betroffene Werte tragen den Grund „Uhrzeit gestellt“ (ZA0).")
    ) { subject, parameters in
        let (difference, over) = subject.device.microseconds.subtractingReportingOverflow(subject.server.microseconds)
        let seconds = over ? Int64.max : Int64(clamping: difference.magnitude / 1_000_000)
        guard seconds > parameters.clockToleranceSeconds || over else { return [] }
        let interval = subject.register.resolution.map { Int64($0.nominalSeconds) }
        let shifts = interval.map { seconds > $0 } ?? false
        return [
            Hit(
                from: min(subject.device, subject.server), until: max(subject.device, subject.server),
                severity: shifts ? .failure : .warning,
                inputs: [
                    .init("device", subject.device.description), .init("server", subject.server.description),
                    .init("difference", "\(seconds) s"), .init("correction reason", "ZA0"),
                ],
                threshold: "≤ \(parameters.clockToleranceSeconds) s" + (interval.map { "; > \($0) s fails" } ?? ""),
                explanation:
                    "Die Uhr geht um \(seconds) Sekunden \(difference < 0 ? "nach" : "vor") (erlaubt \(parameters.clockToleranceSeconds))."
                    + (shifts ? " Das ist mehr als ein Zeitraum des Kanals: die Werte stehen an falscher Stelle." : ""))
        ]
    }
}
