import Metering
import Values

extension Rules {
    /// B2: an active point that counts nothing for days. Off unless `zeroDays` is set.
    public static let zeroConsumption = Rule<DailyUsage>(
        RuleText(
            "zero-consumption", "B2", .warning, .keeps, german: "Kein Verbrauch über Tage", english: "No consumption for days")
    ) { usage, parameters in
        guard let limit = parameters.zeroDays, limit > 0 else { return [] }
        var hits: [Hit] = []
        var begin: Day?
        var length = 0
        func close(before end: Day) {
            guard let first = begin, length >= limit else { return }
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
