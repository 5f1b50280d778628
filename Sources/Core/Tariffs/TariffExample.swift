public import Values

/// A small bill that a tariff file promises: computed whenever the file is loaded. A file whose examples do not come out
/// is refused.
public struct TariffExample: Hashable, Sendable {
    public let period: DayRange
    /// Register (`ET`, `HT`, `NT`) to the quantity in 10^-6 of the component's unit.
    public let quantities: [MeasuredRegister: Int64]
    public let attributes: [String: String]
    /// Component ids, `net`, `gross`, and `vat19`, `vat7`… to amounts.
    public let expect: [String: Money]

    public init(period: DayRange, quantities: [MeasuredRegister: Int64], attributes: [String: String], expect: [String: Money]) {
        self.period = period
        self.quantities = quantities
        self.attributes = attributes
        self.expect = expect
    }

    /// One amount that came out otherwise.
    public struct Mismatch: Hashable, Sendable {
        public let name: String
        public let expected: Money?
        public let computed: Money?
    }

    /// Computes the example by a version; the empty list is success.
    ///
    /// Its quantity is taken as one span: what the version's prices make of it, not how a year is split.
    /// - Throws: `RatingProblem`.
    public func mismatches(in version: TariffVersion, _ prices: PriceCatalog) throws(RatingProblem) -> [Mismatch] {
        var amounts: [String: Money] = [:]
        var nets: [Tax: Money] = [:]
        for component in version.components {
            var quantity: Measure?
            if let measured = component.charge.measured { quantity = Measure(micro: micro(measured.register), unit: measured.unit) }
            var charged = Money.zero
            if case .minimum(_, let of) = component.charge { charged = of.compactMap { amounts[$0] }.total() }
            guard
                let explanation = try version.explain(
                    component, span: period, quantity: quantity, attributes: attributes, prices: prices, charged: charged)
            else { continue }
            guard let tax = prices.vat.tax(component.tax, version.commodity, on: period.lastDay ?? period.from) else {
                throw .missingTaxRate(component: component.id, period.from)
            }
            do {
                let amount = try explanation.amount(version.rules.rounding)
                amounts[component.id] = amount
                nets[tax, default: .zero] += amount
            } catch { throw .overflow(component: component.id) }
        }
        let net = nets.values.total()
        var gross = net
        for (tax, sum) in nets where !tax.isOutside {
            do {
                let due = try tax.rate.tax(on: sum)
                amounts["vat\(tax.rate.percent)"] = due
                gross += due
            } catch { throw .overflow(component: "vat") }
        }
        amounts["net"] = net
        amounts["gross"] = gross
        return expect.keys.sorted().compactMap { name in
            amounts[name] == expect[name] ? nil : Mismatch(name: name, expected: expect[name], computed: amounts[name])
        }
    }

    private func micro(_ register: MeasuredRegister) -> Int64 {
        if let own = quantities[register] { return own }
        return register == .total ? quantities.values.reduce(0, +) : 0
    }
}
