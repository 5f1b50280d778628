import Values

/// All rules, with number, severity and description: the list is the specification.
public enum RuleCatalog {
    /// A2. Ingest compares the stored values slot by slot; this is its name where the same message number brings other content.
    public static let messageIdReused = RuleText(
        "message-id-reused", "A2", .warning, .keeps, german: "Nachrichtennummer mit anderem Inhalt erneut verwendet",
        english: "A message number was used again with other content")
    /// A2: same key and same value.
    public static let duplicate = RuleText(
        "duplicate", "A2", .event, .keeps, german: "Wert ist schon bekannt und bleibt unverändert",
        english: "The value is known already and stays as it is")

    /// A2: what a person decided was replaced by a measurement that came later.
    public static let decisionReplaced = RuleText(
        "decision-replaced", "A2", .warning, .keeps, german: "Eine Messung hat einen von einer Person festgelegten Wert ersetzt",
        english: "A measurement has replaced a value that a person decided on")

    /// A2: a sender put an estimate where it had sent a measurement. What came last holds, as with every correction, but a late
    /// message in the wrong order looks the same.
    public static let measurementDisplaced = RuleText(
        "measurement-displaced", "A2", .warning, .keeps, german: "Ein Ersatzwert des Absenders hat eine Messung ersetzt",
        english: "An estimate of the sender has taken the place of a measurement")

    /// C5, C8: a meter was taken off, moved or reset and nobody read it.
    public static let readingEstimated = RuleText(
        "reading-estimated", "C5", .warning, .keeps, german: "Stand bei einem Ereignis am Zähler nicht abgelesen, sondern geschätzt",
        english: "The reading at an event of the meter was not taken but estimated")

    /// In the order of the reference.
    public static let all: [RuleText] = [
        Admission.identity, duplicate, messageIdReused, Rules.estimateReplaced.text, decisionReplaced, measurementDisplaced,
        Admission.raster, Rules.clock.text, Admission.future, Rules.futureText,
        Rules.gap.text, Estimation.withoutBasis, Rules.overlap.text, Rules.collapsedHour.text,
        Rules.negative.text, Rules.zeroConsumption.text, Rules.inactiveUsage.text, Rules.spike.text, Rules.step.text,
        Rules.physicalCeiling.text, Rules.advanceCeiling.text, Rules.outlier.text, Rules.unusualUsage.text,
        Rules.historicalPeak.text, Rules.advanceChange.text,
        Rules.registerAgainstIntervals.text, Rules.tariffSum.text, Rules.backwardsText, Rules.rollover.text, Admission.digits,
        Rules.exchange.text, readingEstimated, Rules.multiplier.text, Rules.misread.text, Rules.belowEstimate.text,
        Rules.siblings.text, Rules.prolongedEstimation.text, Rules.silence.text,
        Rules.leak.text, Rules.burst.text, Rules.backflow.text, Rules.deviceAlarm.text, Rules.deviceEvent.text, Rules.heatBalance.text,
        Rules.gasSynchrony.text,
    ]

    public static func rule(named name: String) -> RuleText? { all.first { $0.name == name } }
}
