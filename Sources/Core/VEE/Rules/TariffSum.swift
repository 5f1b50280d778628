import Metering
import Values

extension Rules {
    /// C2: the advances of HT and NT are the advance of the total register, but for two least digits of each register.
    public static let tariffSum = Rule<TariffAdvances>(
        RuleText(
            "tariff-registers", "C2", .failure, .keeps, german: "Tarifzählwerke und Gesamtzählwerk stimmen nicht überein",
            english: "Tariff registers and total register disagree")
    ) { subject, parameters in
        let day = LocalTime.berlin.day(of: subject.from)
        let unit = subject.total.register.unit
        var sum: Int128 = 0
        var tolerance: Int128 = 0
        for (index, part) in ([subject.total] + subject.parts).enumerated() {
            let reading = part.register.parameters(on: day)
            guard let consumed = try? reading.factor.times(micro: part.advance),
                let same = try? part.register.unit.convert(micro: consumed, to: unit),
                let least = try? reading.factor.times(micro: reading.leastDigitMicro),
                let step = try? part.register.unit.convert(micro: least, to: unit)
            else { return [] }
            sum += index == 0 ? -Int128(same) : Int128(same)
            tolerance += Int128(step) * Int128(parameters.tariffLeastDigits)
        }
        guard !subject.parts.isEmpty, sum.magnitude > tolerance.magnitude else { return [] }
        let difference = Int64(clamping: sum)
        return [
            Hit(
                from: subject.from, until: subject.until,
                inputs: [.init("total", Measure(micro: subject.total.advance, unit: unit).description)]
                    + subject.parts.map {
                        .init($0.register.obis.description, Measure(micro: $0.advance, unit: $0.register.unit).description)
                    },
                threshold: "≤ \(Measure(micro: Int64(clamping: tolerance), unit: unit))",
                explanation: "Von \(Wording.time(subject.from)) bis \(Wording.time(subject.until)) weicht die Summe der Tarifzählwerke um "
                    + "\(Wording.amount(difference, unit)) vom Gesamtzählwerk ab. Bitte Ablesung oder Tarifschaltung prüfen.")
        ]
    }
}
