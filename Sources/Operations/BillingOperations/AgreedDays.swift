internal import Billing
internal import Metering
internal import TariffFiles
internal import Tariffs
internal import Values

/// A contract over the days of its bill with all that was agreed on them. A run and a correction ask it the same, so that what is right
/// does not depend on who computes it.
struct AgreedDays {
    let contract: Billing.BilledContract
    let point: Int64
    let period: DayRange
    /// Empty: nothing changed.
    let terms: [AgreedTerms]

    /// What was used, divided by the tariff's profile inside the days, and at their begin by the rules of the days before.
    /// - Parameters:
    ///   - input: of the point.
    ///   - plan: of the tariff over these days and terms.
    /// - Throws: ``Hindrance`` where one of the terms says of its tax what nobody knows; `Overflow`.
    func usage(
        _ input: UsageInput, _ plan: BillPlan, _ chain: TariffChain, _ earlier: EarlierTerms, _ catalog: TariffCatalog,
        _ profiles: inout DivisionProfiles
    ) throws -> (pieces: [UsagePiece], findings: [Finding]) {
        for attributes in [contract.attributes] + terms.map(\.attributes) {
            if let wrong = plan.unknownTaxWord(attributes) { throw Hindrance.unknownTaxWord(wrong.name, wrong.word) }
        }
        var input = input
        if let rules = chain.rules(over: period) {
            input.totals = profiles.totals(rules, contract.tariff.commodity, attributes: contract.attributes, around: period)
            input.seam = earlier.seam(
                contract, on: terms.first?.attributes ?? contract.attributes, point, period, rules, catalog.chains, &profiles)
        }
        input.own = contract.own
        return try Usage.pieces(input, period: period, cuts: plan.cuts(for: contract))
    }
}
