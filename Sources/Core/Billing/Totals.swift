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
        // A bill has one tax, or a few.
        var nets: [(tax: Tax, net: Money)] = []
        for index in lines.indices {
            let (tax, amount) = (lines[index].tax, lines[index].amount)
            guard let place = nets.firstIndex(where: { $0.tax == tax }) else {
                nets.append((tax, amount))
                continue
            }
            let (sum, over) = nets[place].net.cents.addingReportingOverflow(amount.cents)
            if over { throw Overflow() }
            nets[place].net = Money(cents: sum)
        }
        if nets.count > 1 { nets.sort { $0.tax < $1.tax } }
        var groups: [Group] = []
        var total: Int128 = 0
        for (tax, net) in nets {
            let amount = tax.isOutside ? .zero : try tax.rate.tax(on: net)
            groups.append(Group(tax: tax, net: net, amount: amount))
            total += Int128(net.cents) + Int128(amount.cents)
        }
        _ = try Overflow.checked(total)
        self.groups = groups
    }
    /// The nets of `lines`, and by rate the tax of `right` less that of `billed`.
    /// - Throws: `Overflow`.
    init(_ lines: [Line], taxedAs right: Totals, less billed: [Totals]) throws(Overflow) {
        var amounts: [Tax: Int128] = [:]
        for group in right.groups { amounts[group.tax, default: 0] += Int128(group.amount.cents) }
        for group in billed.flatMap(\.groups) { amounts[group.tax, default: 0] -= Int128(group.amount.cents) }
        let nets = Dictionary(uniqueKeysWithValues: try Totals(lines).groups.map { ($0.tax, $0.net) })
        // A rate whose lines all say the same has no net here, and no tax: both are the same sums.
        let taxes = Set(nets.keys).union(amounts.filter { $0.value != 0 }.keys).sorted()
        var groups: [Group] = []
        var total: Int128 = 0
        for tax in taxes {
            let net = nets[tax] ?? .zero
            let amount = try Overflow.checked(amounts[tax] ?? 0)
            groups.append(Group(tax: tax, net: net, amount: Money(cents: amount)))
            total += Int128(net.cents) + Int128(amount)
        }
        _ = try Overflow.checked(total)
        self.groups = groups
    }
    private init(groups: [Group]) { self.groups = groups }

    /// With the other sign; nothing is rounded again.
    public var reversed: Totals { Totals(groups: groups.map { Group(tax: $0.tax, net: -$0.net, amount: -$0.amount) }) }
}
