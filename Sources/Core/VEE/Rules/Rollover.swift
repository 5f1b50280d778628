import Metering
public import Values

extension Rules {
    static let backwardsText = RuleText(
        "register-backwards", "C3", .failure, .rejects, german: "Zählerstand fällt ohne plausiblen Überlauf",
        english: "The register fell without a plausible rollover")

    /// By how much a register fell without a rollover that explains it; nil if it did not.
    ///
    /// For those who compare many readings and want no words about it.
    /// - Parameters:
    ///   - reading: the register's parameters on the day of the first reading.
    ///   - capacity: what can pass it, by the thresholds of the second reading.
    static func fall(
        from first: RegisterReading, to second: RegisterReading, _ reading: Register.Parameters, _ capacity: Capacity?
    ) -> Int64? {
        // A substitute that a measurement undercuts is C8's business.
        guard second.micro < first.micro, first.status == .measured || second.status != .measured else { return nil }
        guard case .backwards(let fall)? = try? Advance.between(first, second, parameters: reading, capacity: capacity) else { return nil }
        return fall
    }

    /// C3, the bad half: the register fell, and no rollover explains it.
    public static let backwards = Rule<ReadingPair>(backwardsText) { pair, parameters in
        let capacity = pair.register.ceiling(percent: parameters.ceilingPercent)
        return pair.neighbours.compactMap { first, second in
            guard second.micro < first.micro else { return nil }
            let reading = pair.register.parameters(on: LocalTime.berlin.day(of: first.at))
            guard let fall = fall(from: first, to: second, reading, capacity) else { return nil }
            let unit = pair.register.unit
            let why =
                switch (reading.digits, capacity) {
                case (nil, _): "Die Stellenzahl des Zählwerks ist nicht bekannt, ein Überlauf lässt sich nicht prüfen."
                case (_, nil): "Die Anschlussleistung ist nicht bekannt, und der Stand lag nicht kurz vor dem Ende des Zählwerks."
                default: "Ein Überlauf bei \(reading.digits ?? 0) Stellen wäre in dieser Zeit nicht möglich."
                }
            return Hit(
                from: first.at, until: second.at,
                inputs: [
                    .init("earlier", Measure(micro: first.micro, unit: unit).description),
                    .init("later", Measure(micro: second.micro, unit: unit).description),
                    .init("digits", reading.digits.map(String.init) ?? "unknown"),
                    .init("capacity", capacity?.limit.description ?? "unknown"),
                ],
                threshold: "later ≥ earlier, or factor × wrap ÷ time ≤ \(capacity?.percent ?? parameters.ceilingPercent) % of capacity",
                explanation:
                    "Der Stand fällt von \(Wording.amount(first.micro, unit)) (\(Wording.time(first.at))) auf \(Wording.amount(second.micro, unit)) "
                    + "(\(Wording.time(second.at))), um \(Wording.amount(fall, unit)). \(why) Bitte Ablesung oder Zählerwechsel prüfen.")
        }
    }

    /// Falls of readings that follow each other as one finding: a register that fell once is doubted at every later reading, and that is
    /// one thing to mend. In order of time; nil if there is none.
    public static func oneFall(of falls: [Finding]) -> Finding? {
        guard let first = falls.first, falls.count > 1 else { return falls.first }
        let until = falls.map(\.until).max() ?? first.until
        return Finding(
            rule: first.rule, severity: first.severity, from: falls.map(\.from).min() ?? first.from, until: until,
            inputs: first.inputs + [.init("readings", String(falls.count))], threshold: first.threshold,
            explanation: first.explanation + " Das gilt für \(falls.count) Stände bis \(Wording.time(until)).")
    }

    /// C3, the good half: past the last digit and on from zero (MSCONS Z85 "Realer Zählerüberlauf geprüft").
    public static let rollover = Rule<ReadingPair>(
        RuleText(
            "rollover", "C3", .event, .keeps, german: "Zählerüberlauf, geprüft", english: "Register rollover, checked")
    ) { pair, parameters in
        let capacity = pair.register.ceiling(percent: parameters.ceilingPercent)
        return pair.neighbours.compactMap { first, second in
            guard second.micro < first.micro else { return nil }
            let reading = pair.register.parameters(on: LocalTime.berlin.day(of: first.at))
            guard case .rollover(let wrap)? = try? Advance.between(first, second, parameters: reading, capacity: capacity) else {
                return nil
            }
            let unit = pair.register.unit
            return Hit(
                from: first.at, until: second.at,
                inputs: [
                    .init("earlier", Measure(micro: first.micro, unit: unit).description),
                    .init("later", Measure(micro: second.micro, unit: unit).description),
                    .init("digits", String(reading.digits ?? 0)), .init("advance", Measure(micro: wrap, unit: unit).description),
                ],
                threshold: capacity.map { "factor × wrap ÷ time ≤ \($0.percent) % of capacity" } ?? "wrap ≤ 5 % of the register's range",
                explanation: "Überlauf bei \(reading.digits ?? 0) Stellen: von \(Wording.amount(first.micro, unit)) über Null auf "
                    + "\(Wording.amount(second.micro, unit)), das sind \(Wording.amount(wrap, unit)). Der Verbrauch ist plausibel.")
        }
    }

    /// C8: a measurement below the estimate before it. The measurement holds; the estimate is made anew.
    public static let belowEstimate = Rule<ReadingPair>(
        RuleText(
            "reading-below-estimate", "C8", .warning, .keeps, german: "Gemessener Stand liegt unter dem geschätzten davor",
            english: "A measured reading lies below the estimate before it")
    ) { pair, _ in
        pair.neighbours.compactMap { first, second in
            guard second.micro < first.micro, first.status != .measured, second.status == .measured else { return nil }
            let unit = pair.register.unit
            return Hit(
                from: first.at, until: second.at,
                inputs: [
                    .init("estimate", Measure(micro: first.micro, unit: unit).description),
                    .init("reading", Measure(micro: second.micro, unit: unit).description),
                ],
                threshold: "reading ≥ estimate",
                explanation: "Gemessen \(Wording.amount(second.micro, unit)) (\(Wording.time(second.at))), geschätzt waren davor "
                    + "\(Wording.amount(first.micro, unit)) (\(Wording.time(first.at))). Der geschätzte Stand gilt nicht mehr; bereits Abgerechnetes ist zu berichtigen."
            )
        }
    }
}
