internal import Tariffs
internal import Values

/// Consumption per day against that of the period before. Beyond twice of it the customer may withhold payment (§ 17(1)
/// StromGVV), so somebody looks first. Nothing at all where something was used is only said: houses stand empty.
struct UnusualConsumption: BillCheck {
    func results(_ bill: CheckedBill) -> [CheckResult] { bill.draft.supplies.compactMap { result($0, bill.parameters) } }

    private func result(_ supply: Supply, _ parameters: CheckParameters) -> CheckResult? {
        guard let now = supply.consumption, let before = supply.previous, before.consumption.unit == now.unit,
            let days = supply.period.count, let daysBefore = before.period.count, days > 0, daysBefore > 0
        else { return nil }
        let unit = now.unit.rawValue
        if now.micro == 0, before.consumption.micro > 0 {
            return CheckResult(
                code: "no-consumption", weight: .notice,
                explanation: "Kein Verbrauch; im Zeitraum davor waren es \(before.consumption.number) \(unit).")
        }
        // Per day on both sides, without a division: now / days > factor × before / daysBefore.
        let left = Int128(now.micro) * Int128(daysBefore)
        let right = Int128(parameters.consumptionFactor) * Int128(before.consumption.micro) * Int128(days)
        let isSmall = Int128(now.micro) * 365 < Int128(parameters.consumptionFloor) * Int128(days)
        guard left > right, before.consumption.micro > 0, !isSmall else { return nil }
        return CheckResult(
            code: "unusual-consumption", weight: .hold,
            explanation:
                "Vertrag \(supply.contract.number): \(now.number) \(unit) in \(days) Tagen, davor \(before.consumption.number) \(unit) in \(daysBefore) Tagen; das ist je Tag mehr als das \(parameters.consumptionFactor)fache."
        )
    }
}
