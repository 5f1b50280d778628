public import Metering
public import Values

/// What a register counted in two spans that follow each other.
public struct ConsecutiveAdvances: RuleSubject {
    /// An advance in 10^-6 of the register's unit, after the factor.
    public struct Span: Hashable, Sendable {
        public var from: Instant
        public var until: Instant
        public var advance: Int64
        public init(from: Instant, until: Instant, advance: Int64) {
            self.from = from
            self.until = until
            self.advance = advance
        }
    }
    public var register: Register
    public var previous: Span
    public var current: Span
    public init(register: Register, previous: Span, current: Span) {
        self.register = register
        self.previous = previous
        self.current = current
    }
}

extension Rules {
    /// B10: 100 × |u_cur − u_prev| ÷ u_cur ≤ T, u per day. A current use of zero is B2's business.
    public static let advanceChange = Rule<ConsecutiveAdvances>(
        RuleText(
            "advance-change", "B10", .warning, .keeps, german: "Tagesverbrauch zwischen Ablesungen stark verändert",
            english: "The use per day changed much between readings", action: "Bitte Ablesung prüfen.")
    ) { subject, parameters in
        let (now, then) = (subject.current, subject.previous)
        let (length, before) = (
            Int128(now.until.microseconds) - Int128(now.from.microseconds),
            Int128(then.until.microseconds) - Int128(then.from.microseconds)
        )
        guard let percent = parameters.advanceChangePercent, now.advance > 0, then.advance >= 0, length > 0, before > 0 else { return [] }
        // u_cur − u_prev over the common denominator length × before, then over u_cur.
        let (left, overA) = Int128(now.advance).multipliedReportingOverflow(by: before)
        let (right, overB) = Int128(then.advance).multipliedReportingOverflow(by: length)
        guard !overA, !overB else { return [] }
        // Thousandths keep the product within 128 bits, and no threshold is that fine.
        let scaled = max(1, left / 100_000)
        guard (left - right).magnitude / 1_000 > UInt128(scaled) * UInt128(min(percent.magnitude, 100_000)) else { return [] }
        let unit = subject.register.unit
        func perDay(_ advance: Int64, _ microseconds: Int128) -> Int64 {
            Int64(clamping: Rounding.halfAwayFromZero.divide(Int128(advance) * 86_400_000_000, by: microseconds))
        }
        let (current, previous) = (perDay(now.advance, length), perDay(then.advance, before))
        return [
            Hit(
                from: now.from, until: now.until,
                inputs: [
                    .init("per day", Measure(micro: current, unit: unit).description),
                    .init("per day before", Measure(micro: previous, unit: unit).description),
                ],
                threshold: "100 × |current − previous| ÷ current ≤ \(percent)",
                explanation:
                    "Von \(Wording.time(now.from)) bis \(Wording.time(now.until)) täglich \(Wording.amount(current, unit)), davor täglich "
                    + "\(Wording.amount(previous, unit)); die Änderung liegt über \(percent) % des neuen Werts.")
        ]
    }
}
