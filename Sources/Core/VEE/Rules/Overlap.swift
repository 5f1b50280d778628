public import Metering
public import Values

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
        let runs = clashes.keys.sorted().reduce(into: [Range<Int>]()) { runs, slot in
            if let last = runs.last, last.upperBound == slot {
                runs[runs.count - 1] = last.lowerBound..<slot + 1
            } else {
                runs.append(slot..<slot + 1)
            }
        }
        return runs.map { run in
            let (from, until) = (
                resolution.start(of: run.lowerBound, of: subject.day), resolution.start(of: run.upperBound, of: subject.day)
            )
            guard run.count == 1, let (first, second) = clashes[run.lowerBound] else {
                return contradicted(run.count, of: resolution, from: from, until: until, slots: run)
            }
            let unit = subject.register.unit
            let start = from
            return Hit(
                from: from, until: until, slots: run,
                inputs: [
                    .init("first", Measure(micro: first, unit: unit).description),
                    .init("second", Measure(micro: second, unit: unit).description),
                ],
                threshold: "one value per slot",
                explanation: "Die Lieferung nennt für \(Wording.time(start)) zwei Werte, \(Wording.amount(first, unit)) und "
                    + "\(Wording.amount(second, unit)). Keiner wird abgerechnet; bitte neu liefern.")
        }
    }

    /// The same for a run that was put together of what several pieces of a file said.
    public static func contradiction(of channel: Register, _ count: Int, from: Instant, until: Instant) -> Finding {
        contradicted(count, of: channel.resolution ?? .day, from: from, until: until).finding(of: overlap.text, channel)
    }

    private static func contradicted(_ count: Int, of resolution: Resolution, from: Instant, until: Instant, slots: Range<Int>? = nil)
        -> Hit
    {
        Hit(
            from: from, until: until, slots: slots, inputs: [.init("slots", String(count))], threshold: "one value per slot",
            explanation: "Die Lieferung nennt für \(count) × \(Wording.slot(resolution)) ab \(Wording.time(from)) bis "
                + "\(Wording.time(until)) je zwei Werte; der Werdegang jedes Werts zeigt beide. Keiner wird abgerechnet; bitte neu liefern."
        )
    }
}
