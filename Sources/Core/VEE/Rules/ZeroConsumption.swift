import Metering
import Values

extension Rules {
    /// B2: an active point that counts nothing for days. Off unless `zeroDays` is set. Gas and heat are missed in the cold only.
    public static let zeroConsumption = Rule<DailyUsage>(
        RuleText(
            "zero-consumption", "B2", .warning, .keeps, german: "Kein Verbrauch über Tage", english: "No consumption for days")
    ) { usage, parameters in
        guard let limit = parameters.zeroDays, limit > 0 else { return [] }
        var hits: [Hit] = []
        var begin: Day?
        var length = 0
        func close(before end: Day) {
            guard let first = begin, length >= limit, usage.mustHeat(before: end, days: limit) else { return }
            hits.append(
                Hit(
                    from: LocalTime.berlin.start(of: first), until: LocalTime.berlin.start(of: end),
                    inputs: [.init("days", String(length))],
                    threshold: "< \(limit) days",
                    explanation:
                        "Seit dem \(Wording.day(first)) an \(length) Tagen kein Verbrauch (Grenze \(limit) Tage). Leerstand, Sperrung oder defekter Zähler?"
                ))
        }
        for (day, sum) in usage.days {
            if sum.isComplete, sum.micro == 0 {
                if begin.map({ $0.days(until: day) != length }) ?? true {
                    close(before: begin?.adding(days: length) ?? day)
                    (begin, length) = (day, 0)
                }
                length += 1
            } else {
                close(before: begin?.adding(days: length) ?? day)
                (begin, length) = (nil, 0)
            }
        }
        if let first = begin { close(before: first.adding(days: length)) }
        return hits
    }
}

extension DailyUsage {
    /// Below this mean, in 10^-4 °C, gas is used for heating (reference, table B).
    private static let coldBelow = 120_000
    /// The season in which heat is delivered, October to April.
    private static let heatingMonths: Set<Int> = [10, 11, 12, 1, 2, 3, 4]

    /// Whether use had to be expected on the last `days` before `end`: of gas where it is known that they were cold on average.
    fileprivate func mustHeat(before end: Day, days: Int) -> Bool {
        let last = (1...max(1, days)).map { end.adding(days: -$0) }
        switch register.commodity {
        case .electricity, .water: return true
        case .heat: return last.allSatisfy { DailyUsage.heatingMonths.contains($0.components.month) }
        case .gas:
            let known = last.compactMap { temperatures[$0]?.tenThousandths }
            return !known.isEmpty && known.reduce(0) { $0 + Int($1) } < DailyUsage.coldBelow * known.count
        }
    }
}
