public import Metering
public import Values

extension Rules {
    /// A6, within what the sender declared: the slots named without a value. Gaps between deliveries show when the day is seen
    /// whole, which is estimation's work.
    public static let gap = Rule<IntervalPiece>(
        RuleText(
            "gap", "A6", .warning, .keeps, german: "Ein Zeitraum wurde ohne Wert gemeldet", english: "A slot was declared without a value")
    ) { piece, _ in
        let absent = ValueStatus.absent.rawValue
        guard piece.statuses.contains(absent) else { return [] }
        return piece.runs { _, status in status == absent }.map { run in
            declared(
                run.count, of: piece.resolution, from: piece.instant(run.lowerBound), until: piece.instant(run.upperBound),
                slots: piece.inDay(run))
        }
    }

    /// The same for a run that was put together of what several messages declared.
    public static func declaredGap(of channel: Register, _ count: Int, from: Instant, until: Instant) -> Finding {
        declared(count, of: channel.resolution ?? .day, from: from, until: until).finding(of: gap.text, channel)
    }

    private static func declared(_ count: Int, of resolution: Resolution, from: Instant, until: Instant, slots: Range<Int>? = nil) -> Hit {
        Hit(
            from: from, until: until, slots: slots, inputs: [.init("missing", String(count))], threshold: "0 missing",
            explanation: "\(count) × \(Wording.slot(resolution)) fehlt ab \(Wording.time(from)) bis \(Wording.time(until)); "
                + "der Absender hat den Zeitraum ohne Wert gemeldet. Es wird ein Ersatzwert gebildet.")
    }
}
