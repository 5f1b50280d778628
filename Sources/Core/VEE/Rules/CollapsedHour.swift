import Metering
import Values

extension Rules {
    /// A8: 02:00 to 03:00 comes twice in October, and both passes are there. A sender that thinks in wall clocks merges or drops
    /// one; then nobody knows which hour the other holds, so it falls and both are estimated, scaled to the register.
    public static let collapsedHour = Rule<IntervalPiece>(
        RuleText(
            "collapsed-hour", "A8", .failure, .rejects, german: "Die doppelte Stunde der Zeitumstellung ist nur einmal da",
            english: "The hour that comes twice in October is there once",
            action: "Bitte mit Zeitzone neu liefern lassen: die erste Stunde mit +02:00, die zweite mit +01:00.")
    ) { piece, _ in
        // Clocks change on Sundays; all other days are through here.
        guard piece.day.weekday == 7, case .seconds(let seconds) = piece.resolution, LocalTime.berlin.length(of: piece.day) == 90_000
        else { return [] }
        let hour = 3_600 / Int(seconds)
        let first = 2 * hour..<3 * hour
        let second = 3 * hour..<4 * hour
        let end = piece.firstSlot + piece.values.count
        func present(_ slots: Range<Int>) -> Int {
            let low = max(slots.lowerBound, piece.firstSlot), high = min(slots.upperBound, end)
            guard low < high else { return 0 }
            let base = piece.statuses.startIndex - piece.firstSlot
            return (low..<high).count { piece.statuses[base + $0] != ValueStatus.absent.rawValue }
        }
        func hit(_ slots: Range<Int>?, _ from: Int, _ until: Int, _ inputs: [Finding.Input], _ explanation: String) -> Hit {
            Hit(
                from: piece.instant(from - piece.firstSlot), until: piece.instant(until - piece.firstSlot), slots: slots,
                severity: slots == nil ? .warning : nil, inputs: inputs, threshold: "both passes, \(hour) values each",
                explanation: explanation)
        }
        // The piece speaks of both passes and of what lies beside them, and one pass is missing as a whole.
        if piece.firstSlot <= first.lowerBound, end >= second.upperBound {
            let counts = (present(first), present(second))
            if (counts.0 == 0) != (counts.1 == 0) {
                let there = counts.0 == 0 ? second : first
                return [
                    hit(
                        there, first.lowerBound, second.upperBound,
                        [.init("first pass", "\(counts.0)"), .init("second pass", "\(counts.1)")],
                        "Am \(Wording.day(piece.day)) kommt die Stunde von 2 bis 3 Uhr zweimal, geliefert wurde nur der "
                            + "\(counts.0 == 0 ? "zweite" : "erste") Durchgang. Ob er die Menge einer oder zweier Stunden trägt, ist nicht zu "
                            + "erkennen; beide werden ersetzt.")
                ]
            }
        }
        // A whole day of 24 hours where the day has 25: likely all values from 2 or 3 o'clock on stand an hour early.
        if piece.firstSlot == 0, piece.values.count == 24 * hour, piece.now >= piece.instant(25 * hour) {
            return [
                hit(
                    nil, 0, 25 * hour, [.init("values", "\(24 * hour)"), .init("slots", "\(25 * hour)")],
                    "Der \(Wording.day(piece.day)) hat 25 Stunden, geliefert wurden die Werte von 24. Vermutlich fehlt der zweite Durchgang "
                        + "der Stunde von 2 bis 3 Uhr, und alles danach steht eine Stunde zu früh.")
            ]
        }
        return []
    }
}
