public import Metering
public import Values

/// How long nothing has been measured.
public struct EstimationStreak: RuleSubject {
    public var register: Register
    /// Estimated readings, or days of estimates, that follow each other up to `until`.
    public var readings: Int
    public var from: Instant
    public var until: Instant
    public init(register: Register, readings: Int, from: Instant, until: Instant) {
        self.register = register
        self.readings = readings
        self.from = from
        self.until = until
    }

    /// The streak at the end of a register's readings; nil if the last one is measured or there is none. Rejected ones do not count.
    public init?(register: Register, readings: [RegisterReading]) {
        let usable = readings.filter(\.status.isUsable).sorted { $0.at < $1.at }
        let streak = usable.reversed().prefix { $0.status != .measured }
        guard let last = streak.first, let first = streak.last else { return nil }
        let measured = usable.last { $0.status == .measured }?.at
        self.init(register: register, readings: streak.count, from: measured ?? first.at, until: last.at)
    }
}

extension Rules {
    /// D2: at most so many estimates in a row, for at most so many days.
    public static let prolongedEstimation = Rule<EstimationStreak>(
        RuleText(
            "prolonged-estimation", "D2", .warning, .keeps, german: "Seit Langem nur geschätzt", english: "Estimated for a long time",
            action: "Bitte eine Ablesung beauftragen.")
    ) { subject, parameters in
        let days = LocalTime.berlin.day(of: subject.from).days(until: LocalTime.berlin.day(of: subject.until))
        guard subject.readings > parameters.estimatedReadings || days > parameters.estimatedDays else { return [] }
        return [
            Hit(
                from: subject.from, until: subject.until,
                inputs: [.init("estimates", String(subject.readings)), .init("days", String(days))],
                threshold: "≤ \(parameters.estimatedReadings) estimates and ≤ \(parameters.estimatedDays) days",
                explanation:
                    "Seit \(Wording.time(subject.from)) nicht mehr gemessen: \(subject.readings) Ersatzwerte in Folge über \(days) Tage "
                    + "(erlaubt \(parameters.estimatedReadings) und \(parameters.estimatedDays) Tage).")
        ]
    }
}
