import Metering
import Values

extension Rules {
    /// B4: (x₁ − x₃) ÷ x₃ ≤ T, with the values of the delivery in descending order (California VEE). Off for households, where a
    /// kettle is a spike (reference 2.7).
    ///
    /// Eight values are the least to call one of them out of the ordinary. Where the third highest is zero the quotient says nothing,
    /// and the ceiling has to.
    public static let spike = Rule<IntervalPiece>(
        RuleText(
            "spike", "B4", .failure, .rejects, german: "Einzelne Spitze weit über den übrigen Werten",
            english: "A single value far above the others",
            action: "Der Wert wird ersetzt; bitte bestätigen oder freigeben.")
    ) { piece, parameters in
        guard let percent = parameters.spikePercent, piece.values.count >= 8 else { return [] }
        var top: (Int64, Int64, Int64) = (.min, .min, .min)
        for (value, status) in zip(piece.values, piece.statuses) where status != ValueStatus.absent.rawValue && value > top.2 {
            if value > top.0 {
                top = (value, top.0, top.1)
            } else if value > top.1 {
                top = (top.0, value, top.1)
            } else {
                top.2 = value
            }
        }
        let (first, third) = (top.0, top.2)
        guard third > 0, (Int128(first) - Int128(third)) * 100 > Int128(percent) * Int128(third) else { return [] }
        let unit = piece.register.unit
        // What exceeds the limit falls, be it one value or two; the third highest never does.
        let runs = piece.runs { value, status in
            status != ValueStatus.absent.rawValue && (Int128(value) - Int128(third)) * 100 > Int128(percent) * Int128(third)
        }
        return runs.map { run in
            let slot = piece.values.startIndex + run.lowerBound
            return Hit(
                from: piece.instant(run.lowerBound), until: piece.instant(run.upperBound), slots: piece.inDay(run),
                inputs: [
                    .init("value", Measure(micro: piece.values[slot], unit: unit).description),
                    .init("third highest", Measure(micro: third, unit: unit).description),
                ],
                threshold: "(highest − third highest) ÷ third highest ≤ \(percent) %",
                explanation: "\(Wording.slot(piece.resolution)) \(Wording.amount(piece.values[slot], unit)) ab "
                    + "\(Wording.time(piece.instant(run.lowerBound))) liegt um mehr als \(percent) % über dem dritthöchsten Wert der Lieferung "
                    + "(\(Wording.amount(third, unit))).")
        }
    }
}
