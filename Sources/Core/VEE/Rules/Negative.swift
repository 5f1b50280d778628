import Metering
import Values

extension Rules {
    /// B1: an interval counts upwards, unless the channel is a net channel.
    public static let negative = Rule<IntervalPiece>(
        RuleText(
            "negative", "B1", .failure, .rejects, german: "Verbrauch ist negativ", english: "Consumption is negative")
    ) { piece, _ in
        // The least of all is one pass without a branch; only a piece that has something to say is looked at twice.
        guard let least = piece.values.min(), least < 0, !piece.isNet else { return [] }
        let absent = ValueStatus.absent.rawValue
        return piece.runs { value, status in value < 0 && status != absent }.map { run in
            let worst = piece.values[piece.values.startIndex + run.lowerBound..<piece.values.startIndex + run.upperBound].min() ?? least
            return Hit(
                from: piece.instant(run.lowerBound), until: piece.instant(run.upperBound), slots: piece.inDay(run),
                inputs: [.init("value", Measure(micro: worst, unit: piece.register.unit).description), .init("slots", String(run.count))],
                threshold: "≥ 0 \(piece.register.unit.symbol)",
                explanation:
                    "\(Wording.slot(piece.resolution)) \(Wording.amount(worst, piece.register.unit)) ab \(Wording.time(piece.instant(run.lowerBound))) "
                    + "ist negativ (\(run.count) Werte). Ein Bezugskanal zählt nur aufwärts; der Wert wird nicht abgerechnet und ersetzt.")
        }
    }
}
