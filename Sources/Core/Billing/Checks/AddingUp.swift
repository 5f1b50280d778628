internal import Tariffs
internal import Values

/// The bill's own numbers add up: lines to net, net by rate to tax, all of it to the amount due.
///
/// They do by construction. That a bill of £1,873 went out whose own numbers did not (reference billing 7) is why it is looked at
/// again where nobody expects it.
struct AddingUp: BillCheck {
    func results(_ bill: CheckedBill) -> [CheckResult] {
        let draft = bill.draft
        var wrong: [String] = []
        if draft.lines.map(\.amount).total() != draft.totals.net { wrong.append("die Positionen ergeben nicht die Nettosumme") }
        for group in draft.totals.groups {
            let net = draft.lines.filter { $0.tax == group.tax }.map(\.amount).total()
            if net != group.net { wrong.append("die Positionen zu \(group.tax.rate.percent) % ergeben nicht deren Nettosumme") }
            // Of a correction it is the tax of the right bill less that of the documents so far.
            if group.tax.isOutside || draft.kind == .correction { continue }
            if (try? group.tax.rate.tax(on: group.net)) != group.amount {
                wrong.append("die Steuer zu \(group.tax.rate.percent) % stimmt nicht")
            }
        }
        if draft.totals.net + draft.totals.tax != draft.totals.gross { wrong.append("Netto und Steuer ergeben nicht den Bruttobetrag") }
        if draft.totals.gross - draft.instalments.map(\.gross).total() != draft.due {
            wrong.append("Bruttobetrag und Abschläge ergeben nicht den Zahlbetrag")
        }
        for line in draft.lines where line.position < 1 { wrong.append("eine Position hat keine Nummer") }
        guard !wrong.isEmpty else { return [] }
        return [
            CheckResult(code: "not-adding-up", weight: .hold, explanation: "Die Rechnung geht nicht auf: \(wrong.joined(separator: ", ")).")
        ]
    }
}
