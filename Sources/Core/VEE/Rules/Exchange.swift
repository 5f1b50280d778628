public import Metering
import Values

extension Rules {
    /// C5: a meter was exchanged. Nothing is wrong; the numbers are shown so that nobody subtracts across the two meters.
    public static let exchange = Rule<MeterExchange>(
        RuleText(
            "exchange", "C5", .event, .keeps, german: "Zählerwechsel", english: "Meter exchange")
    ) { exchange, _ in
        let at = LocalTime.berlin.start(of: exchange.day)
        let unit = exchange.removed.register.unit
        guard let consumption = try? exchange.consumption() else { return [] }
        return [
            Hit(
                from: exchange.removed.begin.at, until: exchange.installed.end?.at ?? at,
                inputs: [
                    .init("removed", exchange.removed.register.serial), .init("installed", exchange.installed.register.serial),
                    .init("final reading", exchange.removed.end.map { Measure(micro: $0.micro, unit: unit).description } ?? "missing"),
                    .init(
                        "start reading", Measure(micro: exchange.installed.begin.micro, unit: exchange.installed.register.unit).description),
                    .init("consumption", Measure(micro: consumption, unit: unit).description),
                ],
                threshold: "never subtract across meters",
                explanation:
                    "Am \(Wording.day(exchange.day)) ersetzt durch Zähler \(exchange.installed.register.serial). Verbrauch über den Wechsel: "
                    + "\(Wording.amount(consumption, unit)), je Zähler aus seinen eigenen Ständen.")
        ]
    }
}
