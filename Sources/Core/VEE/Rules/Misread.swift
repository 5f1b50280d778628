public import Metering
internal import Values

/// A reading and the band in which it was expected.
public struct ExpectedReading: RuleSubject {
    public var register: Register
    public var reading: RegisterReading
    /// What the register may show, in 10^-6 of its unit: from the reading before it and the usual use.
    public var expected: ClosedRange<Int64>
    public init(register: Register, reading: RegisterReading, expected: ClosedRange<Int64>) {
        self.register = register
        self.reading = reading
        self.expected = expected
    }

    /// The readings that a slip of the pen would make of it and that are expected: two digits swapped, or the point moved by up to
    /// three places. Nearest to the middle of the band first; none that the register cannot show.
    public var suggestions: [Int64] {
        let parameters = register.parameters(on: LocalTime.berlin.day(of: reading.at))
        let least = parameters.leastDigitMicro
        guard reading.micro > 0, reading.micro % least == 0 else { return [] }
        let middle = Int128(expected.lowerBound) + Int128(expected.upperBound)
        var found: Set<Int64> = []
        func consider(_ steps: Int64) {
            let (micro, over) = steps.multipliedReportingOverflow(by: least)
            guard !over, micro != reading.micro, expected.contains(micro), parameters.wrapMicro.map({ micro < $0 }) ?? true else { return }
            found.insert(micro)
        }
        let steps = reading.micro / least
        var digits = String(steps).utf8.map { $0 }
        // A leading zero on the register may be one of the two.
        if let total = parameters.digits {
            digits = Array(repeating: UInt8(ascii: "0"), count: max(0, total + parameters.decimals - digits.count)) + digits
        }
        for first in digits.indices {
            for second in digits.indices where second > first && digits[first] != digits[second] {
                var swapped = digits
                swapped.swapAt(first, second)
                if let value = Int64(String(decoding: swapped, as: UTF8.self)) { consider(value) }
            }
        }
        for power in [10, 100, 1_000] as [Int64] {
            let (up, over) = steps.multipliedReportingOverflow(by: power)
            if !over { consider(up) }
            if steps % power == 0 { consider(steps / power) }
        }
        return found.sorted {
            let (left, right) = ((Int128($0) * 2 - middle).magnitude, (Int128($1) * 2 - middle).magnitude)
            return left == right ? $0 < $1 : left < right
        }
    }
}

extension Rules {
    /// C7: a reading outside of what is expected, of which two digits swapped or a moved point make an expected one. A suggestion;
    /// nothing is ever corrected by itself.
    public static let misread = Rule<ExpectedReading>(
        RuleText(
            "misread", "C7", .warning, .keeps, german: "Vermutlich Zahlendreher oder Kommafehler",
            english: "Probably swapped digits or a misplaced point",
            action: "Bitte am Zähler oder Foto prüfen und von Hand berichtigen; Grund der Korrektur „Fehlerhafte Ablesung“ (ZA4).")
    ) { subject, _ in
        guard !subject.expected.contains(subject.reading.micro) else { return [] }
        let suggestions = subject.suggestions.prefix(3)
        guard let best = suggestions.first else { return [] }
        let unit = subject.register.unit
        return [
            Hit(
                from: subject.reading.at, until: subject.reading.at,
                inputs: [
                    .init("reading", Measure(micro: subject.reading.micro, unit: unit).description),
                    .init("suggestions", suggestions.map { Measure(micro: $0, unit: unit).description }.joined(separator: "; ")),
                    .init("correction reason", "ZA4"),
                ],
                threshold:
                    "\(Measure(micro: subject.expected.lowerBound, unit: unit))…\(Measure(micro: subject.expected.upperBound, unit: unit))",
                explanation:
                    "Stand \(Wording.amount(subject.reading.micro, unit)) um \(Wording.time(subject.reading.at)) liegt außerhalb des "
                    + "Erwarteten (\(Wording.amount(subject.expected.lowerBound, unit)) bis \(Wording.amount(subject.expected.upperBound, unit))). "
                    + "Gemeint sein könnte \(Wording.amount(best, unit)).")
        ]
    }
}
