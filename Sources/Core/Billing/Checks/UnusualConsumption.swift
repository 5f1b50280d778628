internal import Tariffs
internal import Values

/// Consumption per day against that of the same days a year ago, and where those were not billed against what was to be expected.
/// Beyond twice of it the customer may withhold payment (§ 17(1) StromGVV), so somebody looks first. Nothing at all where something
/// was used is only said: houses stand empty.
struct UnusualConsumption: BillCheck {
    func results(_ bill: CheckedBill) -> [CheckResult] {
        bill.draft.supplies.enumerated().compactMap { index, supply in
            if let expected = bill.expected[index] { return result(supply, expected, bill.parameters(ofSupply: index)) }
            return result(supply, bill.parameters(ofSupply: index))
        }
    }

    private func result(_ supply: Supply, _ parameters: CheckParameters) -> CheckResult? {
        guard let now = supply.consumption, let before = supply.previous, before.consumption.unit == now.unit,
            let days = supply.period.count, let daysBefore = before.period.count, days > 0, daysBefore > 0
        else { return nil }
        let unit = now.unit.symbol
        if let same = before.sameDays(as: supply.period), same.consumption.unit == now.unit,
            // Of an empty house the whole year says more than the days of a month.
            same.consumption.micro > 0 || now.micro == 0
        {
            return result(supply, now, days, same, parameters)
        }
        if now.micro == 0, before.consumption.micro > 0 {
            return CheckResult(
                code: "no-consumption", weight: .notice,
                explanation: "Kein Verbrauch; im Zeitraum davor waren es \(before.consumption.number) \(unit).")
        }
        // Per day on both sides, without a division: now / days > percent × before / daysBefore.
        let left = Int128(now.micro) * Int128(daysBefore) * 100
        let right = Int128(parameters.consumptionPercent) * Int128(before.consumption.micro) * Int128(days)
        guard left > right, before.consumption.micro > 0, !isSmall(now.micro, days, parameters) else { return nil }
        return CheckResult(
            code: "unusual-consumption", weight: .hold,
            explanation:
                "Vertrag \(supply.contract.number): \(now.number) \(unit) in \(days) Tagen, davor \(before.consumption.number) \(unit) in \(daysBefore) Tagen; das ist je Tag mehr als \(UnusualConsumption.times(parameters))."
        )
    }

    private func result(
        _ supply: Supply, _ now: Measure, _ days: Int, _ same: PreviousPeriod.SameDays, _ parameters: CheckParameters
    ) -> CheckResult? {
        let unit = now.unit.symbol
        let told =
            switch same.basis {
            case .values: "nach den Messwerten"
            case .divided: "nach den Zählerständen und dem üblichen Verlauf"
            case .profile: "nach der letzten Rechnung und dem üblichen Verlauf"
            case .days: "anteilig nach Tagen"
            }
        if now.micro == 0, same.consumption.micro > 0 {
            return CheckResult(
                code: "no-consumption", weight: .notice,
                explanation: "Kein Verbrauch; in denselben Tagen des Vorjahres waren es \(same.consumption.number) \(unit) (\(told)).")
        }
        guard Int128(now.micro) * 100 > Int128(parameters.consumptionPercent) * Int128(same.consumption.micro), same.consumption.micro > 0,
            !isSmall(now.micro, days, parameters)
        else { return nil }
        return CheckResult(
            code: "unusual-consumption", weight: .hold,
            explanation:
                "Vertrag \(supply.contract.number): \(now.number) \(unit) in \(days) Tagen, in denselben Tagen des Vorjahres \(same.consumption.number) \(unit) (\(told)); das ist mehr als \(UnusualConsumption.times(parameters))."
        )
    }

    private func result(_ supply: Supply, _ expected: ExpectedConsumption, _ parameters: CheckParameters) -> CheckResult? {
        guard let now = supply.consumption, expected.consumption.unit == now.unit, let days = supply.period.count, days > 0 else {
            return nil
        }
        let unit = now.unit.symbol
        let basis =
            switch expected.basis {
            case .forecast: "nach dem erwarteten Jahresverbrauch"
            case .billed(let days): "nach den Rechnungen vom \(days.from.german) bis \(days.lastDay?.german ?? "")"
            }
        if now.micro == 0, expected.consumption.micro > 0 {
            return CheckResult(
                code: "no-consumption", weight: .notice,
                explanation: "Kein Verbrauch; \(basis) waren \(expected.consumption.number) \(unit) zu erwarten.")
        }
        guard Int128(now.micro) * 100 > Int128(parameters.consumptionPercent) * Int128(expected.consumption.micro),
            expected.consumption.micro > 0,
            !isSmall(now.micro, days, parameters)
        else { return nil }
        return CheckResult(
            code: "unusual-consumption", weight: .hold,
            explanation:
                "Vertrag \(supply.contract.number): \(now.number) \(unit) in \(days) Tagen, \(basis) waren \(expected.consumption.number) \(unit) zu erwarten; das ist mehr als \(UnusualConsumption.times(parameters))."
        )
    }

    private static func times(_ parameters: CheckParameters) -> String {
        let percent = parameters.consumptionPercent
        return percent % 100 == 0 ? "das \(percent / 100)fache" : "\(percent) %"
    }

    private func isSmall(_ micro: Int64, _ days: Int, _ parameters: CheckParameters) -> Bool {
        Int128(micro) * 365 < Int128(parameters.consumptionFloor) * Int128(days)
    }
}
