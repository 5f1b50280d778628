import Values

// What keeps a quantity from being known. Each is for a person: it names the meter, the days and the mend.

extension Usage {
    /// The days of the period on which no meter hung.
    static func daysWithoutMeter(_ input: UsageInput, period: DayRange, time: LocalTime) -> [Finding] {
        var gaps = [period]
        for usage in input.meters {
            gaps = gaps.flatMap { gap in without(usage.installation, gap) }
        }
        return gaps.map { gap in
            let until = gap.until ?? gap.from
            return Finding(
                rule: "no-meter", severity: .failure, from: time.start(of: gap.from), until: time.start(of: until),
                inputs: [.init("days", String(gap.count ?? 0))], threshold: "a meter on each day of the period",
                explanation:
                    "Vom \(Wording.day(gap.from)) bis zum \(Wording.day(until.adding(days: -1))) ist an der Messstelle kein Zähler "
                    + "eingebaut. Bitte den Einbau oder das Vertragsdatum berichtigen.")
        }
    }

    private static func without(_ taken: DayRange, _ range: DayRange) -> [DayRange] {
        guard let common = taken.intersection(range) else { return [range] }
        let before = DayRange(checked: range.from, until: common.from)
        let after = common.until.flatMap { end in end == range.until ? nil : DayRange(checked: end, until: range.until) }
        return [before, after].compactMap(\.self)
    }

    static func noBasis(_ register: Register, range: DayRange, readings: Int, time: LocalTime) -> Finding {
        let until = range.until ?? range.from
        return Finding(
            rule: "no-reading", severity: .failure, from: time.start(of: range.from), until: time.start(of: until),
            inputs: [
                .init("meter", register.serial), .init("obis", register.obis.description), .init("usable readings", String(readings)),
            ],
            threshold: "two readings, or one and a complete series",
            explanation:
                "Zähler \(register.serial), \(register.obis): Für \(Wording.day(range.from)) bis \(Wording.day(until.adding(days: -1))) "
                + (readings == 0 ? "liegt kein verwertbarer Zählerstand vor." : "liegt nur ein verwertbarer Zählerstand vor.")
                + " Der Verbrauch lässt sich nicht ermitteln; bitte einen Stand nachtragen.")
    }

    static func incomplete(_ channel: Register, range: DayRange, missingDays: Int, time: LocalTime) -> Finding {
        let until = range.until ?? range.from
        return Finding(
            rule: "series-incomplete", severity: .failure, from: time.start(of: range.from), until: time.start(of: until),
            inputs: [
                .init("meter", channel.serial), .init("obis", channel.obis.description),
                .init("days", String(range.count ?? 0)), .init("incomplete days", String(missingDays)),
            ],
            threshold: "a usable value in each slot",
            explanation:
                "Zähler \(channel.serial), \(channel.obis): An \(missingDays) von \(range.count ?? 0) Tagen ab \(Wording.day(range.from)) "
                + "fehlen Lastgangwerte, und es gibt keinen Zählerstand, aus dem sie zu ermitteln wären.")
    }
}
