import Metering
import Values

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
            Hit(
                from: piece.instant(run.lowerBound), until: piece.instant(run.upperBound), slots: piece.inDay(run),
                inputs: [.init("missing", String(run.count)), .init("declared", String(piece.values.count))], threshold: "0 missing",
                explanation: "\(run.count) × \(Wording.slot(piece.resolution)) fehlt ab \(Wording.time(piece.instant(run.lowerBound))) "
                    + "bis \(Wording.time(piece.instant(run.upperBound))); der Absender hat den Zeitraum ohne Wert gemeldet. Es wird ein Ersatzwert gebildet."
            )
        }
    }
}
