internal import Metering
internal import Tariffs
internal import Values

/// No register counted backwards. A rollover was taken into account before; what is still negative is a wrong reading or a wrong
/// exchange. Nor did deduction meters count more than the meter before them.
struct NegativeConsumption: BillCheck {
    func results(_ bill: CheckedBill) -> [CheckResult] {
        backwards(bill.draft) + overdrawn(bill.draft)
    }

    /// More than there was cannot be left out: the line would come to nothing, as if nothing had reached the sewer.
    private func overdrawn(_ draft: InvoiceDraft) -> [CheckResult] {
        draft.lines.compactMap { line in
            guard !line.deducted.isEmpty, case .reduced(let quantity, let less, _) = line.explanation.product, less.micro > quantity.micro
            else { return nil }
            return CheckResult(
                code: "negative-consumption", weight: .hold,
                explanation:
                    "\(line.label.de) ab \(line.period.from.german): Der Abzugszähler zeigt \(less.number) \(less.unit.rawValue), "
                    + "der Hauptzähler nur \(quantity.number) \(quantity.unit.rawValue). Bitte Zählerstände prüfen.")
        }
    }

    private func backwards(_ draft: InvoiceDraft) -> [CheckResult] {
        draft.meters.filter { $0.quantity.micro < 0 }.map { row in
            CheckResult(
                code: "negative-consumption", weight: .hold,
                explanation:
                    "Zähler \(row.serial) (\(row.obis)) ergibt vom \(row.range.from.german) an die Menge \(row.quantity.number) \(row.quantity.unit.rawValue). Bitte Zählerstände prüfen."
            )
        }
    }
}
