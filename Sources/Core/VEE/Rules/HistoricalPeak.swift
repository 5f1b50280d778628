public import Metering
public import Values

/// The highest value of a period and of one of equal length before it.
public struct PeakComparison: RuleSubject {
    public var register: Register
    public var at: Instant
    /// Highest interval of the period, in 10^-6 of the channel's unit after the factor.
    public var peak: Int64
    public var previousPeak: Int64
    /// When the earlier one was.
    public var previousAt: Instant
    public init(register: Register, at: Instant, peak: Int64, previousAt: Instant, previousPeak: Int64) {
        self.register = register
        self.at = at
        self.peak = peak
        self.previousAt = previousAt
        self.previousPeak = previousPeak
    }
}

extension Rules {
    /// B9: peak ÷ previous peak ≤ T.
    public static let historicalPeak = Rule<PeakComparison>(
        RuleText(
            "historical-peak", "B9", .warning, .keeps, german: "Spitze weit über der des Zeitraums davor",
            english: "A peak far above that of the period before",
            action: "Bitte prüfen, ob die Anlage gewachsen ist oder der Wandlerfaktor falsch; der Wert bleibt gültig.")
    ) { subject, parameters in
        guard let percent = parameters.peakPercent, subject.previousPeak > 0,
            Int128(subject.peak) * 100 > Int128(subject.previousPeak) * Int128(percent)
        else { return [] }
        let unit = subject.register.unit
        let share = Int64(clamping: Int128(subject.peak) * 100 / Int128(subject.previousPeak))
        let width = Int64(subject.register.resolution?.nominalSeconds ?? 0)
        return [
            Hit(
                from: subject.at, until: subject.at.adding(seconds: width),
                inputs: [
                    .init("peak", Measure(micro: subject.peak, unit: unit).description),
                    .init("previous peak", Measure(micro: subject.previousPeak, unit: unit).description),
                    .init("previous at", subject.previousAt.description),
                ],
                threshold: "≤ \(percent) % of the previous peak",
                explanation:
                    "Höchster Wert \(Wording.amount(subject.peak, unit)) um \(Wording.time(subject.at)): \(share) % des bisher höchsten "
                    + "(\(Wording.amount(subject.previousPeak, unit)) um \(Wording.time(subject.previousAt))).")
        ]
    }
}
