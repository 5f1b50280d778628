internal import Billing
internal import Metering
internal import Values

/// A register that has shown all nines shows zeros next: who subtracts the readings then finds another quantity than was charged.
extension BillWords {
    /// Beside the reading at the end; empty where the register only counted on.
    func rollover(_ row: MeterRow) -> String { row.rollovers == 0 ? "" : say(", nach Überlauf", ", after rollover") }

    /// What happened, and the sum that leads to the quantity; nil where the register only counted on.
    func rolledOver(_ row: MeterRow) -> String? {
        guard row.rollovers != 0 else { return nil }
        let told =
            row.rollovers > 0
            ? say(
                "Zähler \(row.serial) (\(row.obis)): Das Zählwerk hat seinen höchsten Stand überschritten und zählt von null weiter.",
                "Meter \(row.serial) (\(row.obis)): the register has passed its highest reading and counts on from zero.")
            : say(
                "Zähler \(row.serial) (\(row.obis)): Das Zählwerk ist rückwärts über null gelaufen.",
                "Meter \(row.serial) (\(row.obis)): the register has run backwards past zero.")
        guard let sum = sum(row) else { return told }
        return told + say(" Gezählt sind \(sum).", " It has counted \(sum).")
    }

    /// "100.000 − 97.812,4 + 2.072,2 = 4.259,8 kWh"; nil where readings and quantity do not tell how far the register counts.
    private func sum(_ row: MeterRow) -> String? {
        guard let size = row.registerSize, let begin = row.begin, let end = row.end else { return nil }
        func text(_ micro: Int64) -> String { number(DecimalText.format(micro, scale: 6)) }
        let times = row.rollovers.magnitude == 1 ? "" : "\(row.rollovers.magnitude) × "
        let all = "\(times)\(text(size))"
        let difference =
            row.rollovers > 0 ? "\(all) − \(text(begin.micro)) + \(text(end.micro))" : "\(text(end.micro)) − \(text(begin.micro)) − \(all)"
        guard row.factor != .one else { return "\(difference) = \(measure(row.quantity))" }
        return "(\(difference)) × \(number(row.factor.description)) = \(measure(row.quantity))"
    }
}
