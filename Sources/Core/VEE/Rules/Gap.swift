public import Metering
public import Values

extension Rules {
    /// A6, within what the sender declared: the slots named without a value. Gaps between deliveries show when the channel is seen
    /// whole (``missing(of:_:from:until:)``).
    public static let gap = Rule<IntervalPiece>(
        RuleText(
            "gap", "A6", .warning, .keeps, german: "Werte fehlen", english: "Values are missing")
    ) { piece, _ in
        let absent = ValueStatus.absent.rawValue
        guard piece.statuses.contains(absent) else { return [] }
        return piece.runs { _, status in status == absent }.map { run in
            missing(
                run.count, of: piece.resolution, from: piece.instant(run.lowerBound), until: piece.instant(run.upperBound),
                slots: piece.inDay(run))
        }
    }

    /// The same for a run of slots that were declared without a value, or not sent at all while something came behind them: however it
    /// grows, one stretch is one finding.
    public static func missing(of channel: Register, _ count: Int, from: Instant, until: Instant) -> Finding {
        missing(count, of: channel.resolution ?? .day, from: from, until: until).finding(of: gap.text, channel)
    }

    private static func missing(_ count: Int, of resolution: Resolution, from: Instant, until: Instant, slots: Range<Int>? = nil) -> Hit {
        Hit(
            from: from, until: until, slots: slots, inputs: [.init("missing", String(count))], threshold: "0 missing",
            explanation: "\(count) × \(Wording.slot(resolution)) fehlt ab \(Wording.time(from)) bis \(Wording.time(until)). "
                + "Es wird ein Ersatzwert gebildet, bis der Absender nachliefert.")
    }
}
