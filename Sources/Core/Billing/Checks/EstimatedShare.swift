internal import Metering
internal import Tariffs
internal import Values

/// How much of what is charged rests on estimates (§ 40a(2) EnWG allows them where nobody could read).
///
/// What ends with an estimate holds beyond the limit: nobody has seen the meter at the end of the period, and a person may still have
/// it read. Where both ends are estimates nobody has seen it for two periods, and that is how bills over 12,000 EUR came about
/// (reference billing 7): it says so. What a reading has ended is mended by it, whatever it began with, and is only to be known.
///
/// Each unit is looked at by itself: on a paper of several contracts, cubic metres are few beside kilowatt hours.
struct EstimatedShare: BillCheck {
    func results(_ bill: CheckedBill) -> [CheckResult] {
        var units: [UnitCode] = []
        for row in bill.draft.meters where !units.contains(row.quantity.unit) { units.append(row.quantity.unit) }
        let found = units.compactMap { unit in result(bill.draft.meters.filter { $0.quantity.unit == unit }, bill.parameters) }
        // One of them is enough, the heaviest.
        return Array((found.filter { $0.weight == .hold } + found.filter { $0.weight == .notice }).prefix(1))
    }

    private func result(_ rows: [MeterRow], _ parameters: CheckParameters) -> CheckResult? {
        var whole: Int128 = 0
        var estimated: Int128 = 0
        var twice: Int128 = 0
        var unread: Int128 = 0
        for row in rows where row.quantity.micro > 0 {
            let quantity = Int128(row.quantity.micro)
            whole += quantity
            guard row.division == .estimated else { continue }
            estimated += quantity
            if row.end?.origin == .estimated { unread += quantity }
            if row.begin?.origin == .estimated && row.end?.origin == .estimated { twice += quantity }
        }
        let limit = Int128(parameters.estimatedPercent)
        guard whole > 0, estimated * 100 > whole * limit else { return nil }
        if twice * 100 > whole * limit {
            return CheckResult(
                code: "estimated-again", weight: .hold,
                explanation:
                    "\(twice * 100 / whole) % der Menge liegen zwischen zwei geschätzten Ständen, erlaubt sind \(limit) %. Bitte ablesen lassen."
            )
        }
        return CheckResult(
            code: "estimated-share", weight: unread * 100 > whole * limit ? .hold : .notice,
            explanation: "\(estimated * 100 / whole) % der Menge sind geschätzt, vorgesehen sind höchstens \(limit) %.")
    }
}
