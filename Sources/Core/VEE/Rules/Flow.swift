public import Metering
public import Values

/// A stretch of a water or heat channel with what the meter says of itself.
public struct FlowObservation: RuleSubject {
    /// In order of time. What flows on over midnight is one flow.
    public var pieces: [IntervalPiece]
    public var alarms: Set<DeviceAlarm>
    /// When the meter said so; nil: all through the piece.
    public var alarmAt: Instant?
    public let register: Register
    public init(piece: IntervalPiece, alarms: Set<DeviceAlarm> = [], alarmAt: Instant? = nil) {
        self.init(register: piece.register, pieces: [piece], alarms: alarms, alarmAt: alarmAt)
    }
    public init(register: Register, pieces: [IntervalPiece], alarms: Set<DeviceAlarm> = [], alarmAt: Instant? = nil) {
        self.register = register
        self.pieces = pieces
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
        let (first, last) = (pieces.first, pieces.last)
        let from = alarmAt ?? first?.instant(0) ?? Instant(microseconds: 0)
        return (from, alarmAt ?? last.map { $0.instant($0.values.count) } ?? from)
    }

    /// Slots in a row with the same fault.
    fileprivate struct Run {
        var from: Instant
        var until: Instant
        var least: Int64
        var greatest: Int64
    }

    fileprivate func runs(within limits: (IntervalPiece) -> ClosedRange<Int64>) -> [Run] {
        var runs: [Run] = []
        for piece in pieces {
            let limits = limits(piece)
            for slots in piece.runs(where: { value, status in status != ValueStatus.absent.rawValue && !limits.contains(value) }) {
                let values = piece.values[piece.values.startIndex + slots.lowerBound..<piece.values.startIndex + slots.upperBound]
                let run = Run(
                    from: piece.instant(slots.lowerBound), until: piece.instant(slots.upperBound), least: values.min() ?? 0,
                    greatest: values.max() ?? 0)
                if let last = runs.last, last.until == run.from {
                    runs[runs.count - 1] = Run(
                        from: last.from, until: run.until, least: min(last.least, run.least), greatest: max(last.greatest, run.greatest))
                } else {
                    runs.append(run)
                }
            }
        }
        return runs
    }
}

extension Register {
    /// The meter's size; that of most homes where nobody stored it.
    fileprivate func burstCapacity(_ parameters: ValidationParameters) -> Capacity? {
        if capacity != nil { return capacity(percent: parameters.burstPercent) }
        return parameters.burstSizeMicro.flatMap {
            Capacity(limit: Measure(micro: $0, unit: .cubicMetrePerHour), unit: unit, percent: parameters.burstPercent)
        }
    }
}

extension IntervalPiece {
    /// The most that may flow in a slot before it looks like a burst; nil where the meter's size is not known.
    fileprivate func burstLimit(_ parameters: ValidationParameters) -> Int64? {
        let seconds = Int64(resolution.nominalSeconds)
        guard let capacity = register.burstCapacity(parameters) else { return nil }
        return (try? capacity.most(in: seconds * 1_000_000, factor: register.parameters(on: day).factor)).flatMap(\.self)
    }

    /// Whether any value of it flows backwards or as strongly as in a burst: then what lies around it is to be seen as well.
    public func flowsOddly(_ parameters: ValidationParameters = .init()) -> Bool {
        let limit = burstLimit(parameters) ?? .max
        return zip(values, statuses).contains { value, status in
            status != ValueStatus.absent.rawValue && (value < 0 || value > limit)
        }
    }
}

extension Rules {
    /// E2, burst: for more than half an hour above 0.8 × Q3, the meter's size; or the meter says so.
    public static let burst = Rule<FlowObservation>(
        RuleText(
            "burst", "E2", .event, .keeps, german: "Rohrbruch vermutet", english: "Burst pipe suspected",
            action: "Bitte den Kunden sofort benachrichtigen.")
    ) { subject, parameters in
        let unit = subject.register.unit
        let isAssumed = subject.register.capacity == nil
        var hits: [Hit] = []
        if let piece = subject.pieces.last, let most = piece.burstLimit(parameters),
            let capacity = subject.register.burstCapacity(parameters)
        {
            for run in subject.runs(within: { .min...($0.burstLimit(parameters) ?? .max) })
            where run.from.seconds(until: run.until) > parameters.burstSeconds {
                let minutes = run.from.seconds(until: run.until) / 60
                hits.append(
                    Hit(
                        from: run.from, until: run.until,
                        inputs: [
                            .init("greatest", Measure(micro: run.greatest, unit: unit).description),
                            .init("size", capacity.limit.description), .init("minutes", String(minutes)),
                        ],
                        threshold: "> \(Measure(micro: most, unit: unit)) for > \(parameters.burstSeconds / 60) min",
                        explanation:
                            "Ab \(Wording.time(run.from)) \(minutes) Minuten lang über "
                            + "\(parameters.burstPercent) % des Dauerdurchflusses (\(Wording.amount(capacity.limit.micro, capacity.limit.unit))\(isAssumed ? ", angenommen: die Zählergröße ist nicht hinterlegt" : "")), "
                            + "höchstens \(Wording.amount(run.greatest, unit)) je Zeitraum."))
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
        let unit = subject.register.unit
        let hits = subject.runs(within: { _ in 0 ... .max }).map { run in
            Hit(
                from: run.from, until: run.until, inputs: [.init("value", Measure(micro: run.least, unit: unit).description)],
                threshold: "≥ 0 \(unit.symbol)",
                explanation: "Ab \(Wording.time(run.from)) fließt es rückwärts: \(Wording.amount(run.least, unit)).")
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
