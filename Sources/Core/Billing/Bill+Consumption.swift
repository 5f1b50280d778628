public import Metering
public import Tariffs
public import Values

extension Bill {
    /// What a contract used over some days as its bill would count it: in kWh of gas by the energy content of those days.
    ///
    /// The version says how, whether it held then or not: one that begins this year tells what last year used, too. Usage must be cut where
    /// ``consumptionCuts(of:by:prices:over:)`` says.
    /// - Returns: nil where the tariff measures nothing.
    /// - Throws: `BillingProblem` where the quantity cannot be told.
    public static func consumption(
        of contract: BilledContract, by version: PublishedTariff, prices: PriceCatalog, over period: DayRange, usage: [UsagePiece]
    ) throws(BillingProblem) -> Measure? {
        let plan = plan(version, prices, period)
        guard let stretch = plan.stretches.first, let unit = stretch.consumption else { return nil }
        var measured = Measured(usage, [], contract.attributes, prices, .current)
        guard let micro = Int64(exactly: try measured.total(unit: unit, stretch.range, of: stretch)) else { throw .overflow }
        return Measure(micro: micro, unit: unit)
    }

    /// Where usage is to be cut for ``consumption(of:by:prices:over:usage:)``.
    public static func consumptionCuts(
        of contract: BilledContract, by version: PublishedTariff, prices: PriceCatalog, over period: DayRange
    ) -> [Day] { plan(version, prices, period).cuts(for: contract) }

    private static func plan(_ version: PublishedTariff, _ prices: PriceCatalog, _ period: DayRange) -> BillPlan {
        BillPlan(tariffs: Timeline(steps: [(from: period.from, value: version)]), prices: prices, period: period)
    }
}
