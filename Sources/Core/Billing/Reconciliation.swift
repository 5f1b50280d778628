public import Tariffs
public import Values

/// What was charged for a component at a tax, by any number of lines of any number of bills.
public struct ChargedAmount: Hashable, Sendable {
    public let component: String
    public let service: BilledService
    public let tax: Tax
    public let amount: Money
    public init(component: String, service: BilledService, tax: Tax, amount: Money) {
        self.component = component
        self.service = service
        self.tax = tax
        self.amount = amount
    }
    public init(_ line: Line) {
        self.init(component: line.component, service: line.service, tax: line.tax, amount: line.amount)
    }
}

/// What is right, less what has been charged: a correction, a late reading and a repeated run are the same path, and a run
/// repeated finds nothing.
///
/// Compared by service, component and tax over the period, not line by line: a reading that arrives late cuts lines anew
/// without changing what is owed.
/// - Returns: the differences that are not zero, in order of service, component and tax.
public func reconcile(billed: [ChargedAmount], proposed: [Line]) -> [ChargedAmount] {
    struct Key: Hashable {
        let service: BilledService
        let component: String
        let tax: Tax
    }
    var sums: [Key: Money] = [:]
    for line in proposed { sums[Key(service: line.service, component: line.component, tax: line.tax), default: .zero] += line.amount }
    for line in billed { sums[Key(service: line.service, component: line.component, tax: line.tax), default: .zero] -= line.amount }
    return sums.filter { $0.value != .zero }
        .sorted { ($0.key.service, $0.key.component, $0.key.tax) < ($1.key.service, $1.key.component, $1.key.tax) }
        .map { ChargedAmount(component: $0.key.component, service: $0.key.service, tax: $0.key.tax, amount: $0.value) }
}
