internal import Tariffs
internal import Values

/// A bill over nothing, over less than nothing where nothing is fed in, or over very much.
struct UnusualAmount: BillCheck {
    func results(_ bill: CheckedBill) -> [CheckResult] {
        let draft = bill.draft
        let gross = draft.totals.gross
        if draft.lines.isEmpty {
            return [
                CheckResult(
                    code: "no-amount", weight: .hold, explanation: "Die Rechnung hat keine Position. Bitte Tarif und Vertrag prüfen.")
            ]
        }
        if gross == .zero {
            return [
                CheckResult(
                    code: "no-amount", weight: .hold, explanation: "Die Rechnung lautet auf 0,00 EUR. Bitte Tarif und Zählerstände prüfen.")
            ]
        }
        // A correction gives back, a roof is paid for; a bill that owes the customer money for what he used is wrong.
        if draft.totals.net.isNegative, draft.kind != .correction, !draft.lines.contains(where: { $0.service == .feedIn }) {
            return [
                CheckResult(
                    code: "negative-amount", weight: .hold,
                    explanation:
                        "Die Rechnung ergibt \(gross) EUR, obwohl nichts eingespeist wurde. Bitte Preise, Boni und Zählerstände prüfen.")
            ]
        }
        let days = max(1, draft.period.count ?? 365)
        guard Int128(gross.magnitude.cents) * 365 > Int128(bill.parameters.hugeAmount.cents) * Int128(max(days, 28)) else { return [] }
        return [
            CheckResult(
                code: "huge-amount", weight: .hold,
                explanation: "Der Bruttobetrag von \(gross) EUR liegt, auf ein Jahr gerechnet, über \(bill.parameters.hugeAmount) EUR.")
        ]
    }
}
