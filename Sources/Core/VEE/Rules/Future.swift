import Metering
import Values

extension Rules {
    static let futureText = RuleText(
        "future", "A5", .warning, .keeps, german: "Zeitstempel liegt in der Zukunft", english: "The time stamp lies in the future")

    /// A5 for intervals: a slot ends at most one slot ahead of now. Further than a day ahead nothing is admitted at all.
    public static let futureInterval = Rule<IntervalPiece>(futureText) { piece, _ in
        let count = piece.values.count
        guard count > 0, case let end = piece.instant(count), case let width = piece.instant(count - 1).seconds(until: end),
            end > piece.now.adding(seconds: width)
        else { return [] }
        return [
            Hit(
                from: piece.instant(0), until: end, inputs: [.init("end", end.description), .init("now", piece.now.description)],
                threshold: "end ≤ now + 1 interval",
                explanation:
                    "Der letzte Wert endet \(Wording.time(end)) und damit nach dem Eingang (\(Wording.time(piece.now))). Bitte die Uhr des Geräts prüfen."
            )
        ]
    }

    /// A5 for readings: a register is not read tomorrow; 15 minutes are left to clocks.
    public static let futureReading = Rule<ReadingPair>(futureText) { pair, _ in
        guard pair.reading.at > pair.now.adding(seconds: 900) else { return [] }
        return [
            Hit(
                from: pair.reading.at, until: pair.reading.at,
                inputs: [.init("at", pair.reading.at.description), .init("now", pair.now.description)],
                threshold: "at ≤ now + 15 min",
                explanation:
                    "Der Stand trägt die Zeit \(Wording.time(pair.reading.at)), eingegangen ist er \(Wording.time(pair.now)). Bitte die Uhr des Geräts prüfen."
            )
        ]
    }
}
