public import Metering
public import Values

/// When a register was last heard of, and how much of what was due has come.
public struct DeliveryState: RuleSubject {
    public var register: Register
    /// nil: never.
    public var last: Instant?
    public var now: Instant
    /// Values due and come in the span that is watched; nil: not watched.
    public var coverage: Coverage?

    /// So many of so many.
    public struct Coverage: Hashable, Sendable {
        public var from: Instant
        public var received: Int
        public var expected: Int
        public init(from: Instant, received: Int, expected: Int) {
            self.from = from
            self.received = received
            self.expected = expected
        }
    }
    public init(register: Register, last: Instant?, now: Instant, coverage: Coverage? = nil) {
        self.register = register
        self.last = last
        self.now = now
        self.coverage = coverage
    }
}

extension Rules {
    /// D3: delivery surveillance. Silence beyond the limit, or too little of what was due.
    public static let silence = Rule<DeliveryState>(
        RuleText(
            "silence", "D3", .event, .keeps, german: "Messwerte bleiben aus", english: "Readings stay away",
            action: "Bitte Gateway und Kommunikationsweg prüfen.")
    ) { subject, parameters in
        let since = subject.last ?? subject.coverage?.from
        let quiet = since.map { $0.seconds(until: subject.now) }
        if let since, let quiet, quiet > parameters.silenceSeconds {
            return [
                Hit(
                    from: since, until: subject.now,
                    inputs: [.init("last", subject.last?.description ?? "never"), .init("hours", String(quiet / 3_600))],
                    threshold: "≤ \(parameters.silenceSeconds / 3_600) h",
                    explanation: (subject.last.map { "Letzter Wert um \(Wording.time($0))" } ?? "Noch nie ein Wert")
                        + ", seit \(quiet / 3_600) Stunden nichts (erlaubt \(parameters.silenceSeconds / 3_600)).")
            ]
        }
        guard let coverage = subject.coverage, coverage.expected > 0,
            Int128(coverage.received) * 100 < Int128(coverage.expected) * Int128(parameters.coveragePercent)
        else { return [] }
        let share = Int128(coverage.received) * 100 / Int128(coverage.expected)
        return [
            Hit(
                from: coverage.from, until: subject.now,
                inputs: [.init("received", String(coverage.received)), .init("expected", String(coverage.expected))],
                threshold: "≥ \(parameters.coveragePercent) %",
                explanation: "Seit \(Wording.time(coverage.from)) kamen \(coverage.received) von \(coverage.expected) Werten (\(share) %); "
                    + "erwartet sind \(parameters.coveragePercent) %.")
        ]
    }
}
