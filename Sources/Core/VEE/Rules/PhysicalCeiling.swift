import Metering
import Values

extension Rules {
    /// B6 for intervals: x ÷ dt ≤ 1.1 × P_max, for water 1.1 × Q4 = 1.1 × 1.25 × Q3. Says nothing where the capacity is unknown or of another dimension.
    public static let physicalCeiling = Rule<IntervalPiece>(
        RuleText(
            "physical-ceiling", "B6", .failure, .rejects, german: "Wert übersteigt die Anschlussleistung",
            english: "Value exceeds the connection's capacity")
    ) { piece, parameters in
        guard let greatest = piece.values.max(), greatest > 0,
            let capacity = piece.register.ceiling(percent: parameters.ceilingPercent)
        else { return [] }
        let seconds = piece.resolution.length(of: piece.day)
        let factor = piece.register.parameters(on: piece.day).factor
        // A limit beyond all integers limits nothing.
        guard let most = try? capacity.most(in: Int64(seconds) * 1_000_000, factor: factor), greatest > most else { return [] }
        let absent = ValueStatus.absent.rawValue
        return piece.runs { value, status in value > most && status != absent }.map { run in
            let worst = piece.values[piece.values.startIndex + run.lowerBound..<piece.values.startIndex + run.upperBound].max() ?? greatest
            return Hit(
                from: piece.instant(run.lowerBound), until: piece.instant(run.upperBound), slots: piece.inDay(run),
                inputs: [
                    .init("value", Measure(micro: worst, unit: piece.register.unit).description),
                    .init("capacity", capacity.limit.description), .init("seconds", String(seconds)), .init("slots", String(run.count)),
                ],
                threshold: "≤ \(Measure(micro: most, unit: piece.register.unit)) (\(capacity.percent) % × \(capacity.limit))",
                explanation: "\(Wording.slot(piece.resolution)) \(Wording.amount(worst, piece.register.unit)) ab "
                    + "\(Wording.time(piece.instant(run.lowerBound))) übersteigt, was der Anschluss hergibt: höchstens "
                    + "\(Wording.amount(most, piece.register.unit)) (\(capacity.percent) % von \(Wording.amount(capacity.limit.micro, capacity.limit.unit))). "
                    + "Der Wert wird nicht abgerechnet und ersetzt.")
        }
    }

    /// B6 for readings: what the register counted since its neighbour must have been able to flow. Both readings are rounded,
    /// so two least digits are allowed on top.
    public static let advanceCeiling = Rule<ReadingPair>(
        RuleText(
            "advance-ceiling", "B6", .failure, .rejects, german: "Zählerfortschritt übersteigt die Anschlussleistung",
            english: "The register's advance exceeds the connection's capacity")
    ) { pair, parameters in
        guard let capacity = pair.register.ceiling(percent: parameters.ceilingPercent) else { return [] }
        return pair.neighbours.compactMap { first, second in
            guard second.micro > first.micro else { return nil }
            let reading = pair.register.parameters(on: LocalTime.berlin.day(of: first.at))
            let (advance, over) = second.micro.subtractingReportingOverflow(first.micro)
            guard !over, let most = try? capacity.most(in: second.at.microseconds - first.at.microseconds, factor: reading.factor) else {
                return nil
            }
            let allowed = most.addingReportingOverflow(parameters.sumLeastDigits * reading.leastDigitMicro)
            guard !allowed.overflow, advance > allowed.partialValue else { return nil }
            let unit = pair.register.unit
            return Hit(
                from: first.at, until: second.at,
                inputs: [
                    .init("advance", Measure(micro: advance, unit: unit).description), .init("capacity", capacity.limit.description),
                    .init("hours", String(first.at.seconds(until: second.at) / 3_600)),
                ],
                threshold: "≤ \(Measure(micro: allowed.partialValue, unit: unit))",
                explanation: "Zwischen \(Wording.time(first.at)) (\(Wording.amount(first.micro, unit))) und \(Wording.time(second.at)) "
                    + "(\(Wording.amount(second.micro, unit))) liegen \(Wording.amount(advance, unit)); der Anschluss lässt in dieser Zeit höchstens "
                    + "\(Wording.amount(allowed.partialValue, unit)) zu. Bitte Ablesung prüfen (Zahlendreher, Kommastelle).")
        }
    }
}

extension ReadingPair {
    /// The reading with each neighbour, the earlier one first.
    var neighbours: [(RegisterReading, RegisterReading)] {
        switch (previous, next) {
        case (nil, nil): []
        case (let first?, nil): [(first, reading)]
        case (nil, let last?): [(reading, last)]
        case (let first?, let last?): [(first, reading), (reading, last)]
        }
    }
}
