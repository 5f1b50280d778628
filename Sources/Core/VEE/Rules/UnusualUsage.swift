public import Metering
public import Values

/// The use of a period beside that of others.
public struct PeriodUsage: RuleSubject {
    /// A use and what it is measured by.
    public struct Part: Hashable, Sendable {
        public var range: DayRange
        /// 10^-6 of the unit, after the factor.
        public var consumption: Int64
        /// The degree days or h(T) of its days where weather decides; nil: its days count.
        public var weight: Int64?
        public init(_ range: DayRange, consumption: Int64, weight: Int64? = nil) {
            self.range = range
            self.consumption = consumption
            self.weight = weight
        }
        /// Days, or the weight.
        var measure: Int128 { weight.map { Int128($0) } ?? Int128(range.count ?? 0) }
    }
    public var register: Register
    public var current: Part
    /// The period before, and the same period of the year before.
    public var previous: Part?
    public var lastYear: Part?

    public init(register: Register, current: Part, previous: Part? = nil, lastYear: Part? = nil) {
        self.register = register
        self.current = current
        self.previous = previous
        self.lastYear = lastYear
    }
}

extension Rules {
    /// B8: low ≤ use per day ÷ that of a reference ≤ high; gas and heat per degree day.
    ///
    /// A use that agrees with the same period of last year or with the period before is usual: both must object. The finding
    /// names last year's, which has the same season, where there is one. Days of 0 weight (no heating) cannot be judged.
    public static let unusualUsage = Rule<PeriodUsage>(
        RuleText(
            "unusual-usage", "B8", .warning, .keeps, german: "Verbrauch ungewöhnlich hoch oder niedrig",
            english: "Usage unusually high or low", action: "Bitte Ablesung prüfen oder beim Kunden nachfragen.")
    ) { subject, parameters in
        guard let bands = parameters.usageBands else { return [] }
        let judged = [("last year", subject.lastYear), ("previous period", subject.previous)].compactMap { name, part in
            part.map { (name, $0) }
        }.compactMap { name, part in UsageVerdict(name, subject.current, part, bands: bands) }
        guard let first = judged.first, judged.allSatisfy({ !$0.holds }) else { return [] }
        let unit = subject.register.unit
        let (from, until) = (subject.current.range.from, subject.current.range.until ?? subject.current.range.from)
        let per = subject.current.weight == nil ? "je Tag" : "je Gradtag"
        return [
            Hit(
                from: LocalTime.berlin.start(of: from), until: LocalTime.berlin.start(of: until),
                inputs: [
                    .init("consumption", Measure(micro: subject.current.consumption, unit: unit).description),
                    .init(first.name, Measure(micro: first.reference.consumption, unit: unit).description),
                    .init("share", "\(first.percent) %"), .init("corrected for weather", subject.current.weight == nil ? "no" : "yes"),
                ],
                threshold: "\(first.band.lowPercent)…\(first.band.highPercent) %",
                explanation: "Verbrauch \(Wording.amount(subject.current.consumption, unit)) vom \(Wording.day(from)) bis "
                    + "\(Wording.day(until.adding(days: -1))): \(per) \(first.percent) % des Vergleichszeitraums ab "
                    + "\(Wording.day(first.reference.range.from)) (\(Wording.amount(first.reference.consumption, unit))); üblich sind "
                    + "\(first.band.lowPercent) bis \(first.band.highPercent) %.")
        ]
    }
}

/// One comparison of B8.
private struct UsageVerdict {
    let name: String
    let reference: PeriodUsage.Part
    let band: UsageBand
    /// The use per day in percent of the reference's, rounded half away from zero.
    let percent: Int64
    let holds: Bool

    /// nil where one of the two cannot be measured: no days, no use before, or one with a weight and one without.
    init?(_ name: String, _ current: PeriodUsage.Part, _ reference: PeriodUsage.Part, bands: [UsageBand]) {
        let (now, then) = (current.measure, reference.measure)
        guard now > 0, then > 0, reference.consumption > 0, (current.weight == nil) == (reference.weight == nil) else { return nil }
        let days = Int128(max(1, reference.range.count ?? 1))
        let perDay = Int64(clamping: Int128(reference.consumption) / days)
        guard let band = bands.first(where: { $0.upToMicroPerDay.map { perDay <= $0 } ?? true }) else { return nil }
        // current ÷ now against reference ÷ then, cross-multiplied; beyond 128 bits there is nothing to judge.
        let (left, overLeft) = Int128(current.consumption).multipliedReportingOverflow(by: then)
        let (right, overRight) = Int128(reference.consumption).multipliedReportingOverflow(by: now)
        let (hundred, over) = left.multipliedReportingOverflow(by: 100)
        guard !overLeft, !overRight, !over, right < Int128.max / 1_000_000 else { return nil }
        self.name = name
        self.reference = reference
        self.band = band
        percent = Int64(clamping: Rounding.halfAwayFromZero.divide(hundred, by: right))
        func limit(_ percent: Int64) -> Int128 { right * Int128(min(max(percent, 0), 1_000_000)) }
        let isUsual = hundred >= limit(band.lowPercent) && hundred <= limit(band.highPercent)
        let expected = Int128(reference.consumption) * now / then
        let difference = (Int128(current.consumption) - expected).magnitude
        let span = UInt128(max(1, current.range.count ?? 1))
        holds = isUsual || difference < UInt128(band.leastDifferenceMicroPerDay.magnitude) * span
    }
}
