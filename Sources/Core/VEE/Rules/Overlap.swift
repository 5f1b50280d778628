import Metering
import Values

extension Rules {
    /// A7: no two intervals of a message cover the same instant with different values. Neither can be preferred, so both fall.
    public static let overlap = Rule<OverlappingItems>(
        RuleText(
            "overlap", "A7", .failure, .rejects, german: "Zwei Werte für denselben Zeitraum in einer Lieferung",
            english: "Two values for the same slot in one delivery")
    ) { subject, _ in
        guard subject.items.count > 1, let resolution = subject.register.resolution else { return [] }
        let absent = ValueStatus.absent.rawValue
        var seen: [Int: Int64] = [:]
        var clashes: [Int: (Int64, Int64)] = [:]
        for item in subject.items {
            for (offset, (value, status)) in zip(item.values, item.statuses).enumerated() where status != absent {
                let slot = item.firstSlot + offset
                if let other = seen[slot], other != value { clashes[slot] = (other, value) }
                seen[slot] = value
            }
        }
        return clashes.keys.sorted().map { slot in
            let (first, second) = clashes[slot] ?? (0, 0)
            let unit = subject.register.unit
            let start = resolution.start(of: slot, of: subject.day)
            return Hit(
                from: start, until: resolution.start(of: slot + 1, of: subject.day), slots: slot..<slot + 1,
                inputs: [
                    .init("first", Measure(micro: first, unit: unit).description),
                    .init("second", Measure(micro: second, unit: unit).description),
                ],
                threshold: "one value per slot",
                explanation: "Die Lieferung nennt für \(Wording.time(start)) zwei Werte, \(Wording.amount(first, unit)) und "
                    + "\(Wording.amount(second, unit)). Keiner wird abgerechnet; bitte neu liefern.")
        }
    }
}
