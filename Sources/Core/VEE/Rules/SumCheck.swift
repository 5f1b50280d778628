import Metering
public import Values

extension Rules {
    /// C1: |Σ x − m (R2 − R1)| ≤ max(k × m × 10^-dec, p × Σ x), judged where every slot between the readings has a value.
    public static let registerAgainstIntervals = Rule<ChannelSpan>(
        RuleText(
            "register-against-intervals", "C1", .failure, .keeps, german: "Summe des Lastgangs weicht vom Zählerfortschritt ab",
            english: "The sum of the intervals differs from the register's advance")
    ) { span, parameters in
        guard span.intervals.isComplete, let check = try? SumCheck(span, parameters: parameters), !check.holds else { return [] }
        return [check.hit]
    }
}

/// The numbers of rule C1, in consumption: after both factors, in the register's unit.
public struct SumCheck: Hashable, Sendable {
    public let from: Instant
    public let until: Instant
    public let unit: UnitCode
    /// m × (R2 − R1), in 10^-6.
    public let advance: Int64
    /// Σ x, in 10^-6.
    public let intervals: Int64
    /// What they may differ by, in 10^-6.
    public let tolerance: Int64

    /// Shorter spans are not judged where every slot has a value: both readings are rounded to the least digit, and what flows in an
    /// hour seldom exceeds that.
    public static let shortestSeconds: Int64 = 20 * 3_600

    /// - Returns: nil if the units do not convert or the register fell.
    /// - Throws: `Overflow`.
    public init?(_ span: ChannelSpan, parameters: ValidationParameters) throws(Overflow) {
        let day = LocalTime.berlin.day(of: span.first.at)
        let reading = span.register.parameters(on: day)
        guard
            let counted = try Advance.between(
                span.first, span.second, parameters: reading, capacity: span.register.ceiling(percent: parameters.ceilingPercent)
            ).micro,
            let sum = try span.channel.unit.convert(
                micro: try span.channel.parameters(on: day).factor.times(micro: span.intervals.micro), to: span.register.unit)
        else { return nil }
        from = span.first.at
        until = span.second.at
        unit = span.register.unit
        advance = try reading.factor.times(micro: counted)
        intervals = sum
        let digits = try reading.factor.times(micro: parameters.sumLeastDigits * reading.leastDigitMicro)
        tolerance = max(digits, try parameters.sumShare.times(micro: Int64(clamping: sum.magnitude)))
    }

    /// Intervals minus advance, in 10^-6.
    public var difference: Int128 { Int128(intervals) - Int128(advance) }
    public var holds: Bool { difference.magnitude <= UInt128(tolerance) }

    var hit: Hit {
        Hit(
            from: from, until: until,
            inputs: [
                .init("advance", Measure(micro: advance, unit: unit).description),
                .init("intervals", Measure(micro: intervals, unit: unit).description),
                .init("difference", Measure(micro: Int64(clamping: difference), unit: unit).description),
            ],
            threshold: "≤ \(Measure(micro: tolerance, unit: unit))",
            explanation:
                "Von \(Wording.time(from)) bis \(Wording.time(until)) zählte das Zählwerk \(Wording.amount(advance, unit)), der Lastgang ergibt "
                + "\(Wording.amount(intervals, unit)); die Abweichung von \(Wording.amount(Int64(clamping: difference), unit)) liegt über der Toleranz von "
                + "\(Wording.amount(tolerance, unit)). Bitte Faktor, Impulswertigkeit und Ablesung prüfen.")
    }
}
