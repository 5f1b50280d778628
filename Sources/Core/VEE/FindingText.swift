public import Values

extension Finding {
    /// The sentence for a person who reads English, told from what the finding is: the rule, what it looked at, and the threshold it
    /// was compared with. The German one is stored beside it as it was told when the finding was opened.
    public var english: String {
        let rule = RuleCatalog.rule(named: rule)
        var subject: [String] = []
        var numbers: [String] = []
        for input in inputs {
            switch input.name {
            case "meter": subject.append("Meter \(input.value)")
            case "obis": subject.append(input.value)
            default: numbers.append("\(input.name) \(input.value)")
            }
        }
        let when = from == until ? "at \(Finding.moment(from))" : "from \(Finding.moment(from)) to \(Finding.moment(until))"
        var sentence = (subject.isEmpty ? "" : subject.joined(separator: ", ") + ": ") + (rule?.english ?? self.rule) + ", \(when)"
        if !numbers.isEmpty { sentence += "; " + numbers.joined(separator: ", ") }
        sentence += ". Expected: \(threshold)."
        guard let proposal = rule?.proposal, proposal != .none else { return sentence }
        return sentence + " Proposed: \(proposal.english)."
    }

    /// `2026-12-31 23:45`, local time.
    private static func moment(_ instant: Instant) -> String {
        let time = LocalTime.berlin
        let (hour, minute, _) = time.timeOfDay(instant)
        return "\(time.day(of: instant)) \(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
    }
}
