import Metering
import Values

extension Rules {
    /// B5: |x − x_prev| ÷ x_prev ≤ T, x_prev the last value before it. Off unless switched on: at homes nearly every step is large.
    ///
    /// One finding for the largest step of a piece, with the number of the others. A step from zero has no quotient.
    public static let step = Rule<IntervalPiece>(
        RuleText(
            "step", "B5", .warning, .keeps, german: "Sprung zwischen aufeinanderfolgenden Werten",
            english: "A jump between consecutive values", action: "Bitte den Verlauf ansehen; der Wert bleibt gültig.")
    ) { piece, parameters in
        guard let percent = parameters.stepPercent else { return [] }
        var previous: Int64?
        var worst: (slot: Int, before: Int64, value: Int64)?
        var steps = 0
        for (slot, (value, status)) in zip(piece.values, piece.statuses).enumerated() where status != ValueStatus.absent.rawValue {
            defer { previous = value }
            guard let before = previous, before > 0 else { continue }
            let change = (Int128(value) - Int128(before)).magnitude
            guard change * 100 > UInt128(percent.magnitude) * UInt128(before) else { continue }
            steps += 1
            if let known = worst,
                change * UInt128(known.before) <= (Int128(known.value) - Int128(known.before)).magnitude * UInt128(before)
            {
                continue
            }
            worst = (slot, before, value)
        }
        guard let worst else { return [] }
        let unit = piece.register.unit
        return [
            Hit(
                from: piece.instant(worst.slot), until: piece.instant(worst.slot + 1), slots: piece.inDay(worst.slot..<worst.slot + 1),
                inputs: [
                    .init("before", Measure(micro: worst.before, unit: unit).description),
                    .init("value", Measure(micro: worst.value, unit: unit).description), .init("steps", String(steps)),
                ],
                threshold: "|x − before| ÷ before ≤ \(percent) %",
                explanation: "Von \(Wording.amount(worst.before, unit)) auf \(Wording.amount(worst.value, unit)) um "
                    + "\(Wording.time(piece.instant(worst.slot))); \(steps) Sprünge über \(percent) % in dieser Lieferung.")
        ]
    }
}
