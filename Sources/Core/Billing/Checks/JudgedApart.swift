internal import Tariffs
internal import Values

/// A contract that changed its tariff or its metering point inside the bill is computed in parts. What looks at the whole bill (the
/// highest load of the year, a minimum, a bonus of a share) then sees a part only, and no rule says whose it is: a person decides.
struct JudgedApart: BillCheck {
    func results(_ bill: CheckedBill) -> [CheckResult] {
        guard !bill.draft.judgedApart.isEmpty else { return [] }
        let names = bill.draft.judgedApart.map(\.de).joined(separator: ", ")
        return [
            CheckResult(
                code: "whole-bill-divided", weight: .hold,
                explanation:
                    "Tarif oder Messstelle des Vertrags wechselten im Zeitraum. Was für die ganze Rechnung gilt, ist für jeden Teil allein "
                    + "gerechnet: \(names). Bitte nachrechnen, was vereinbart ist.")
        ]
    }
}
