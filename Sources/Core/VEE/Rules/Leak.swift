public import Metering
public import Values

/// The least flow of each day of a water channel.
public struct DailyMinima: RuleSubject {
    /// One local day.
    public struct Minimum: Hashable, Sendable {
        public var day: Day
        /// The least interval in 10^-6 of the unit; nil if a slot of the day is missing.
        public var micro: Int64?
        public init(_ day: Day, micro: Int64?) {
            self.day = day
            self.micro = micro
        }
    }
    public var register: Register
    /// In order of days.
    public var days: [Minimum]
    /// What the meter itself reports.
    public var alarms: Set<DeviceAlarm>
    /// When it did; nil: on the days.
    public var alarmAt: (from: Instant, until: Instant)?
    public init(
        register: Register, days: [Minimum], alarms: Set<DeviceAlarm> = [], alarmAt: (from: Instant, until: Instant)? = nil
    ) {
        self.register = register
        self.days = days
        self.alarms = alarms
        self.alarmAt = alarmAt
    }
    /// From folded days; a day with a slot that is not measured has no minimum.
    public init(
        register: Register, folded: [Day: DaySlots], alarms: Set<DeviceAlarm> = [], alarmAt: (from: Instant, until: Instant)? = nil
    ) {
        self.init(
            register: register,
            days: folded.sorted { $0.key < $1.key }.map { day, slots in
                Minimum(day, micro: slots.values.indices.allSatisfy { slots.status($0) == .measured } ? slots.values.min() : nil)
            }, alarms: alarms, alarmAt: alarmAt)
    }
}

extension Rules {
    /// E1: water that never rests: above the least digit in every slot of so many days in a row, or the meter says so.
    public static let leak = Rule<DailyMinima>(
        RuleText(
            "leak", "E1", .event, .keeps, german: "Dauerdurchfluss, vermutlich Leck", english: "Continuous flow, probably a leak",
            action: "Bitte den Kunden benachrichtigen.")
    ) { subject, parameters in
        let unit = subject.register.unit
        var run: [DailyMinima.Minimum] = []
        var longest: [DailyMinima.Minimum] = []
        if let digits = parameters.leakLeastDigits {
            for day in subject.days {
                let limit = digits * subject.register.parameters(on: day.day).leastDigitMicro
                guard let least = day.micro, least > limit else { run = []; continue }
                run = run.last.map { $0.day.adding(days: 1) == day.day } ?? true ? run + [day] : [day]
                if run.count > longest.count { longest = run }
            }
        }
        let flows = longest.count >= parameters.leakDays
        let span = (flows ? longest : subject.days)
        let days = span.first.flatMap { first in
            span.last.map { (LocalTime.berlin.start(of: first.day), LocalTime.berlin.start(of: $0.day.adding(days: 1))) }
        }
        guard flows || subject.alarms.contains(.leak), let (from, until) = flows ? days : subject.alarmAt ?? days else { return [] }
        let least = longest.compactMap(\.micro).min() ?? 0
        return [
            Hit(
                from: from, until: until,
                inputs: [
                    .init("least flow", Measure(micro: least, unit: unit).description), .init("days", String(longest.count)),
                    .init("meter alarm", subject.alarms.contains(.leak) ? "yes" : "no"),
                ],
                threshold: "min of a day ≤ \(parameters.leakLeastDigits ?? 0) least digit, for \(parameters.leakDays) days",
                explanation: flows
                    ? "Seit \(Wording.day(longest[0].day)) an \(longest.count) Tagen kein Zeitraum ohne Durchfluss, mindestens "
                        + "\(Wording.amount(least, unit)) je \(subject.register.resolution.map(Wording.slot) ?? "Wert")."
                    : "Der Zähler meldet ein Leck.")
        ]
    }
}
