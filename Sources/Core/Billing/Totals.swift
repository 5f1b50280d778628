public import Tariffs
public import Values

/// What a bill comes to: net by tax rate, tax once per rate on the sum, gross.
public struct Totals: Hashable, Sendable {
    public struct Group: Hashable, Sendable {
        public let tax: Tax
        public let net: Money
        public let amount: Money
    }
    /// Higher rates first, what is outside of tax last.
    public let groups: [Group]
    public var net: Money { groups.map(\.net).total() }
    public var tax: Money { groups.map(\.amount).total() }
    public var gross: Money { net + tax }

    /// - Throws: `Overflow`.
    init(_ lines: [Line]) throws(Overflow) {
        var nets: [Tax: Money] = [:]
        for line in lines {
            let (sum, over) = (nets[line.tax]?.cents ?? 0).addingReportingOverflow(line.amount.cents)
            if over { throw Overflow() }
            nets[line.tax] = Money(cents: sum)
        }
        var groups: [Group] = []
        var total: Int128 = 0
        for (tax, net) in nets.sorted(by: { $0.key < $1.key }) {
            let amount = tax.isOutside ? .zero : try tax.rate.tax(on: net)
            groups.append(Group(tax: tax, net: net, amount: amount))
            total += Int128(net.cents) + Int128(amount.cents)
        }
        _ = try Overflow.checked(total)
        self.groups = groups
    }
    private init(groups: [Group]) { self.groups = groups }

    /// With the other sign; nothing is rounded again.
    public var reversed: Totals { Totals(groups: groups.map { Group(tax: $0.tax, net: -$0.net, amount: -$0.amount) }) }
}
