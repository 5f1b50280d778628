public import Metering
public import Values

/// A piece of a water or heat channel with what the meter says of itself.
public struct FlowObservation: RuleSubject {
    public var piece: IntervalPiece
    public var alarms: Set<DeviceAlarm>
    /// When the meter said so; nil: all through the piece.
    public var alarmAt: Instant?
    public var register: Register { piece.register }
    public init(piece: IntervalPiece, alarms: Set<DeviceAlarm> = [], alarmAt: Instant? = nil) {
        self.piece = piece
        self.alarms = alarms
        self.alarmAt = alarmAt
    }
    /// An alarm alone, without values beside it.
    public init(register: Register, alarm: DeviceAlarm, at: Instant) {
        let day = LocalTime.berlin.day(of: at)
        self.init(
            piece: IntervalPiece(register: register, day: day, firstSlot: 0, values: [], statuses: [], now: at), alarms: [alarm],
            alarmAt: at)
    }
    fileprivate var said: (from: Instant, until: Instant) {
        (alarmAt ?? piece.instant(0), alarmAt ?? piece.instant(piece.values.count))
    }
}

extension Rules {
    /// E2, burst: for more than half an hour above 0.8 × Q3, the meter's size; or the meter says so.
    public static let burst = Rule<FlowObservation>(
        RuleText(
            "burst", "E2", .event, .keeps, german: "Rohrbruch vermutet", english: "Burst pipe suspected",
            action: "Bitte den Kunden sofort benachrichtigen.")
    ) { subject, parameters in
        let piece = subject.piece
        let seconds = Int64(piece.resolution.nominalSeconds)
        let factor = piece.register.parameters(on: piece.day).factor
        let unit = piece.register.unit
        var hits: [Hit] = []
        if let capacity = piece.register.capacity(percent: parameters.burstPercent),
            let most = try? capacity.most(in: seconds * 1_000_000, factor: factor)
        {
            for run in piece.runs(where: { value, status in status != ValueStatus.absent.rawValue && value > most })
            where Int64(run.count) * seconds > parameters.burstSeconds {
                let greatest =
                    piece.values[piece.values.startIndex + run.lowerBound..<piece.values.startIndex + run.upperBound].max() ?? most
                hits.append(
                    Hit(
                        from: piece.instant(run.lowerBound), until: piece.instant(run.upperBound), slots: piece.inDay(run),
                        inputs: [
                            .init("greatest", Measure(micro: greatest, unit: unit).description),
                            .init("size", capacity.limit.description), .init("minutes", String(Int64(run.count) * seconds / 60)),
                        ],
                        threshold: "> \(Measure(micro: most, unit: unit)) for > \(parameters.burstSeconds / 60) min",
                        explanation:
                            "Ab \(Wording.time(piece.instant(run.lowerBound))) \(Int64(run.count) * seconds / 60) Minuten lang über "
                            + "\(parameters.burstPercent) % des Dauerdurchflusses (\(Wording.amount(capacity.limit.micro, capacity.limit.unit))), "
                            + "höchstens \(Wording.amount(greatest, unit)) je Zeitraum."))
            }
        }
        if hits.isEmpty, subject.alarms.contains(.burst) {
            hits.append(
                Hit(
                    from: subject.said.from, until: subject.said.until, inputs: [.init("meter alarm", "burst")],
                    threshold: "no alarm", explanation: "Der Zähler meldet einen Rohrbruch."))
        }
        return hits
    }

    /// E2, backflow: a flow below zero, or the meter reports a reversed or a dry flow.
    public static let backflow = Rule<FlowObservation>(
        RuleText(
            "backflow", "E2", .event, .keeps, german: "Rückfluss oder Störung am Zähler", english: "Backflow or trouble at the meter",
            action: "Bitte Einbaurichtung und Rückflussverhinderer prüfen.")
    ) { subject, _ in
        let piece = subject.piece
        let unit = piece.register.unit
        let hits = piece.runs { value, status in value < 0 && status != ValueStatus.absent.rawValue }.map { run in
            let worst = piece.values[piece.values.startIndex + run.lowerBound..<piece.values.startIndex + run.upperBound].min() ?? 0
            return Hit(
                from: piece.instant(run.lowerBound), until: piece.instant(run.upperBound), slots: piece.inDay(run),
                inputs: [.init("value", Measure(micro: worst, unit: unit).description)], threshold: "≥ 0 \(unit.symbol)",
                explanation: "Ab \(Wording.time(piece.instant(run.lowerBound))) fließt es rückwärts: \(Wording.amount(worst, unit)).")
        }
        let alarms = subject.alarms.intersection([DeviceAlarm.reversed, .dry]).map(\.rawValue).sorted()
        guard hits.isEmpty, !alarms.isEmpty else { return hits }
        return [
            Hit(
                from: subject.said.from, until: subject.said.until,
                inputs: [.init("meter alarm", alarms.joined(separator: ", "))], threshold: "no alarm",
                explanation: "Der Zähler meldet: "
                    + alarms.map { $0 == "reversed" ? "Rückfluss" : "trocken gelaufen" }.joined(separator: ", ") + ".")
        ]
    }
}
