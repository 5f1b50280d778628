internal import Metering
internal import Values

/// No register counted backwards. A rollover was taken into account before; what is still negative is a wrong reading or a wrong
/// exchange.
struct NegativeConsumption: BillCheck {
    func results(_ bill: CheckedBill) -> [CheckResult] {
        bill.draft.meters.filter { $0.quantity.micro < 0 }.map { row in
            CheckResult(
                code: "negative-consumption", weight: .hold,
                explanation:
                    "Zähler \(row.serial) (\(row.obis)) ergibt vom \(row.range.from.german) an die Menge \(row.quantity.number) \(row.quantity.unit.rawValue). Bitte Zählerstände prüfen."
            )
        }
    }
}
