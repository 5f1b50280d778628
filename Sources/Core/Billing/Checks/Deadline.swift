internal import Tariffs
internal import Values

/// Whether the bill comes in time: six weeks after the end of the period or contract, three for a monthly one of electricity (§ 40c(2) EnWG).
/// The weeks begin with the day after the end (§ 187 BGB), so a period to 31 December is billed by 11 February.
/// Heat and water know no such deadline (AVBFernwärmeV, AVBWasserV). Whether it is said or holds is a parameter; held, it goes out once a
/// person has said why.
struct Deadline: BillCheck {
    func results(_ bill: CheckedBill) -> [CheckResult] {
        guard let end = bill.draft.period.until, bill.draft.kind != .correction else { return [] }
        // On a paper with several commodities the energy decides.
        guard bill.draft.supplies.contains(where: { [Commodity.electricity, .gas].contains($0.contract.tariff.commodity) }) else {
            return []
        }
        let isShort = bill.draft.kind == .monthly && bill.draft.commodity == .electricity
        let days = isShort ? bill.parameters.monthlyDeadlineDays : bill.parameters.deadlineDays
        // The period's end is exclusive: it is the first of the days that count.
        let last = end.adding(days: Int(days) - 1)
        guard bill.issuedOn > last else { return [] }
        return [
            CheckResult(
                code: "deadline-missed", weight: bill.parameters.missedDeadline,
                explanation:
                    "Die Rechnung hätte bis zum \(last.german) gestellt sein müssen (§ 40c EnWG), das ist \(last.days(until: bill.issuedOn)) Tage her."
            )
        ]
    }
}
