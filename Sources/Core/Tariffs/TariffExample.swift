public import Values

/// A small bill that a tariff file promises: computed whenever the file is loaded. A file whose examples do not come out
/// is refused.
public struct TariffExample: Hashable, Sendable {
    public let period: DayRange
    /// Register or zone to the quantity in 10^-6 of the component's unit; `kW` is the highest load.
    public let quantities: [MeasuredRegister: Int64]
    /// Slots that are priced by spot prices; empty: none.
    public let intervals: [Series]
    /// `contractStart` is the first day of the contract; without it nothing that counts months applies.
    public let attributes: [String: String]
    /// Component ids, `net`, `gross`, and `vat19`, `vat7`… to amounts.
    public let expect: [String: Money]

    public init(
        period: DayRange, quantities: [MeasuredRegister: Int64], intervals: [Series] = [], attributes: [String: String],
        expect: [String: Money]
    ) {
        self.period = period
        self.quantities = quantities
        self.intervals = intervals
        self.attributes = attributes
        self.expect = expect
    }

    /// One amount that came out otherwise.
    public struct Mismatch: Hashable, Sendable {
        public let name: String
        public let expected: Money?
        public let computed: Money?
    }

    /// The attribute that says when the contract began.
    public static let startAttribute = "contractStart"
    /// The first day of a contract, if its attributes name one that is no mistake.
    public static func start(in attributes: [String: String]) -> Day? {
        attributes[startAttribute].flatMap { Day(entered: $0) }
    }

    /// Computes the example by a version; the empty list is success.
    ///
    /// Its quantity is taken as one span: what the version's prices make of it, not how a year is split.
    /// - Throws: `RatingProblem`.
    public func mismatches(in version: TariffVersion, _ prices: PriceCatalog) throws(RatingProblem) -> [Mismatch] {
        let amounts = try computed(in: version, prices).amounts
        return expect.keys.sorted().compactMap { name in
            amounts[name] == expect[name] ? nil : Mismatch(name: name, expected: expect[name], computed: amounts[name])
        }
    }

    /// What bears which tax, gross: how a customer of this tariff is taxed before there is a bill.
    /// - Throws: `RatingProblem`.
    public func grossByTax(in version: TariffVersion, _ prices: PriceCatalog) throws(RatingProblem) -> [(tax: Tax, gross: Money)] {
        var parts: [(tax: Tax, gross: Money)] = []
        for (tax, net) in try computed(in: version, prices).nets.sorted(by: { $0.key < $1.key }) {
            let due: Money
            do { due = tax.isOutside ? .zero : try tax.rate.tax(on: Money(cents: net)) } catch { throw .overflow(component: "vat") }
            parts.append((tax, Money(cents: net) + due))
        }
        return parts
    }

    /// By component, `net`, `gross` and tax; and the net cents of each tax.
    private func computed(
        in version: TariffVersion, _ prices: PriceCatalog
    ) throws(RatingProblem) -> (amounts: [String: Money], nets: [Tax: Int64]) {
        var amounts: [String: Money] = [:]
        var quantity: [String: Int64] = [:]
        var nets: [Tax: Int64] = [:]
        // A file is input: sums of what stands in it may leave their range, and then they say so.
        func sum(_ numbers: some Sequence<Int64>, _ component: String) throws(RatingProblem) -> Int64 {
            guard let sum = Int64(exactly: numbers.reduce(Int128(0)) { $0 + Int128($1) }) else { throw .overflow(component: component) }
            return sum
        }
        let utilisation = try utilisation(version)
        let start = TariffExample.start(in: attributes)
        for component in version.components {
            let holds = component.conditions.hold(
                on: period.from, contractStart: start, utilisation: utilisation, attributes: attributes)
            guard holds else { continue }
            var basis = try basis(component, version.rules, prices, start)
            basis.charged = Money(cents: try sum(component.charge.components.compactMap { amounts[$0]?.cents }, component.id))
            basis.chargedMicro = try sum(component.charge.components.compactMap { quantity[$0] }, component.id)
            guard let tax = prices.vat.tax(component.tax(for: attributes), version.commodity, on: period.lastDay ?? period.from) else {
                throw .missingTaxRate(component: component.id, period.from)
            }
            let explained = try version.explain(component, span: period, basis: basis, attributes: attributes, prices: prices, tax: tax)
            guard let explanation = explained else { continue }
            let amount: Money
            do { amount = try explanation.amount(version.rules.rounding) } catch { throw .overflow(component: component.id) }
            amounts[component.id] = amount
            quantity[component.id] = explanation.quantity?.micro
            nets[tax] = try sum([nets[tax] ?? 0, amount.cents], component.id)
        }
        var taxes: [Int64] = []
        for (tax, net) in nets where !tax.isOutside {
            let due: Money
            do { due = try tax.rate.tax(on: Money(cents: net)) } catch { throw .overflow(component: "vat") }
            amounts["vat\(tax.rate.percent)"] = due
            taxes.append(due.cents)
        }
        let net = try sum(nets.values, "net")
        amounts["net"] = Money(cents: net)
        amounts["gross"] = Money(cents: try sum(taxes + [net], "gross"))
        return (amounts, nets)
    }

    /// A bill rounds what was measured before it is charged, and so does its example; a load and slots at market prices it does not.
    private func basis(
        _ component: PriceComponent, _ rules: RatingRules, _ prices: PriceCatalog, _ start: Day?
    ) throws(RatingProblem) -> RatingBasis {
        func rounded(_ register: MeasuredRegister) throws(RatingProblem) -> Int64 {
            guard let micro = rules.rounded(Int128(try micro(register))) else { throw .overflow(component: component.id) }
            return micro
        }
        var basis = RatingBasis()
        if let measured = component.charge.measured {
            basis.quantity = Measure(micro: try rounded(measured.register), unit: measured.unit)
        }
        switch component.charge {
        case .tiered(let tiers) where tiers.split == .shared: basis.beside = Measure(micro: try micro(.total), unit: tiers.unit)
        case .wasteWater: basis.beside = Measure(micro: try rounded(.deduction), unit: .cubicMetre)
        case .reactive: basis.beside = Measure(micro: try rounded(.total), unit: .kilowattHour)
        case .demand: basis.peak = PeakLoad(micro: try micro(.demand), at: nil)
        case .dynamic(let dynamic):
            guard let spot = prices.spots[dynamic.series] else { throw .missingSeries(dynamic.series) }
            var cost = SpotCost()
            for series in intervals {
                do { cost = try cost.adding(spot.cost(of: series, cap: dynamic.cap, floor: dynamic.floor)) } catch is Overflow {
                    throw .overflow(component: component.id)
                } catch let problem as IntervalProblem {
                    if case .noPrice(let at) = problem { throw .missingPrice(dynamic.series, LocalTime.berlin.day(of: at)) }
                    throw .missingIntervals(component: component.id)
                } catch { throw .missingIntervals(component: component.id) }
            }
            basis.spot = cost
        case .bonus(let bonus): basis.times = start.map { bonus.occurrences(in: period, contractStart: $0) } ?? 0
        default: break
        }
        return basis
    }

    /// 10^-6 hours of the year; nil without energy and load.
    private func utilisation(_ version: TariffVersion) throws(RatingProblem) -> Int64? {
        guard let peak = quantities[.demand], peak > 0 else { return nil }
        return version.utilisation(energy: try micro(.total), peak: peak, over: period)
    }

    private func micro(_ register: MeasuredRegister) throws(RatingProblem) -> Int64 {
        if let own = quantities[register] { return own }
        guard register == .total else { return 0 }
        // Without a total: what was counted in parts.
        let whole = quantities.reduce(Int128(0)) { sum, entry in
            switch entry.key {
            case .high, .low, .zone: sum + Int128(entry.value)
            case .total, .feedIn, .reactive, .deduction, .demand: sum
            }
        }
        guard let sum = Int64(exactly: whole) else { throw .overflow(component: MeasuredRegister.total.rawValue) }
        return sum
    }
}

extension TariffVersion {
    /// The hours of a year in which the highest load would have used the energy, 10^-6 h: what a period shorter than a year used
    /// counts for its share of the year.
    public func utilisation(energy: Int64, peak: Int64, over period: DayRange) -> Int64? {
        guard peak > 0 else { return nil }
        guard let share = try? rules.fixed.share(of: period, per: .year), share.numerator > 0 else { return nil }
        let (dividend, over) = (Int128(energy) * 1_000_000).multipliedReportingOverflow(by: Int128(share.denominator))
        let (divisor, wide) = Int128(peak).multipliedReportingOverflow(by: Int128(share.numerator))
        if over || wide { return nil }
        return Int64(exactly: rules.rounding.divide(dividend, by: divisor))
    }
}
