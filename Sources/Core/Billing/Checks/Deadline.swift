internal import Tariffs
internal import Values

/// Whether the bill comes in time: six weeks after the end of the period or contract, three for a monthly one (§ 40c(2) EnWG).
/// It is said and not held: a late bill does not get better by waiting.
struct Deadline: BillCheck {
    func results(_ bill: CheckedBill) -> [CheckResult] {
        guard let end = bill.draft.period.until, bill.draft.kind != .correction else { return [] }
        let days = bill.draft.kind == .monthly ? bill.parameters.monthlyDeadlineDays : bill.parameters.deadlineDays
        let last = end.adding(days: Int(days))
        guard bill.issuedOn > last else { return [] }
        return [
            CheckResult(
                code: "deadline-missed", weight: .notice,
                explanation:
                    "Die Rechnung hätte bis zum \(last.german) gestellt sein müssen (§ 40c EnWG), das ist \(last.days(until: bill.issuedOn)) Tage her."
            )
        ]
    }
}
