public import Tariffs
public import Values

/// How a contract pays in advance after a bill (Abschlag).
public struct InstalmentRule: Hashable, Sendable {
    /// Instalments of a year; eleven where the bill takes the place of the twelfth.
    public var count: Int
    /// The first one is due on this day, each further one a month later.
    public var firstDue: Day
    /// Amounts are rounded to a multiple of it, half up; whole euros by default.
    public var step: Money
    /// The day of the month that was agreed: in a month that is shorter, its last day, and the next month the agreed one again. nil
    /// only for plans from before it was kept: they count months from `firstDue`, and ask for a step where less is due.
    public var dueDay: Int?
    /// The contract's end, where it is known: nobody pays in advance for days after it. nil in plans from before it was kept, too.
    public var until: Day?
    /// Where the year ends that is paid in advance: the next bill asks for what comes after. nil for agreed plans, and in those from
    /// before it was kept.
    public private(set) var yearEnd: Day?
    /// Instalments of that year that the plan before has asked for already.
    public private(set) var asked = 0
    /// What a plan that runs divides by; see ``dividing(like:each:)``.
    private var ownDivisor: Int?

    /// - Parameter dueDay: 1…31; nil: that of the first.
    /// - Precondition: 1…12 instalments, a step above zero.
    public init(count: Int, firstDue: Day, step: Money = Money(cents: 100), dueDay: Int? = nil) {
        precondition((1...12).contains(count) && step > .zero, "a year has up to twelve instalments of an amount")
        self.count = count
        self.firstDue = firstDue
        self.step = step
        self.dueDay = dueDay ?? firstDue.dayOfMonth
    }

    /// A part of a year's cost that may be missed by a late start: a bill has six weeks (§ 40c(2) EnWG) and is due two weeks later.
    static let mostMissed = 2

    /// The same within the year after billed days: an instalment that falls behind it would be set off a year too late.
    ///
    /// Where that year is over already, it is the one in which the first instalment falls due.
    /// - Parameters:
    ///   - end: exclusive: the first day that is not billed.
    ///   - asked: days of instalments that are requested, of whatever year.
    public func within(yearAfter end: Day, asked: [Day] = []) -> InstalmentRule {
        var years = 1
        while end.adding(months: 12 * years) <= firstDue { years += 1 }
        let year = DayRange(from: end.adding(months: 12 * (years - 1)), until: end.adding(months: 12 * years))
        return within(yearUntil: year.until, asked: asked.count(where: year.contains))
    }
    /// As it was stored.
    public func within(yearUntil end: Day?, asked: Int) -> InstalmentRule {
        var rule = self
        rule.yearEnd = end
        rule.asked = max(0, asked)
        return rule
    }

    /// The same with the parts of a plan that runs, so that its amount and the right one differ by what a year costs and nothing else.
    public func dividing(like yearly: Money, each: Money) -> InstalmentRule {
        var rule = self
        let parts = (max(1, count - InstalmentRule.mostMissed)...count).reversed()
        rule.ownDivisor =
            parts.first { InstalmentPlan.steps(yearly, self.step, $0) * Int128(self.step.cents) == Int128(each.cents) } ?? count
        return rule
    }

    /// The days on which instalments fall due: monthly, in the year, and as long as the contract lasts.
    public var dues: [Day] { inYear.filter { due in until.map { due < $0 } ?? true } }

    private var inYear: [Day] {
        (0..<count).map { month in
            let day = firstDue.adding(months: month)
            return dueDay.map { InstalmentRule.due($0, inMonthOf: day) } ?? day
        }.filter { due in yearEnd.map { due < $0 } ?? true }
    }

    /// What a year's cost is divided by: those of the agreed number that are left of the year, with those that were asked for, so that
    /// the year is paid when its bill comes (§ 13(1) StromGVV: in proportion to the time that is paid for). A contract that ends pays
    /// fewer of the same. Where a bill comes so late that more than two are missing, the rest waits for the next bill: nobody pays a
    /// year's cost in a few months because his supplier was late.
    public var divisor: Int {
        if let ownDivisor { return ownDivisor }
        guard yearEnd != nil else { return count }
        return min(count, max(inYear.count + asked, count - InstalmentRule.mostMissed, 1))
    }

    /// The day of the agreed number in the month of `day`, or its last.
    public static func due(_ dueDay: Int, inMonthOf day: Day) -> Day {
        let first = day.startOfMonth
        return min(first.adding(days: dueDay - 1), first.adding(months: 1).adding(days: -1))
    }
}

/// The part of an instalment that bears one tax.
public struct InstalmentShare: Hashable, Sendable {
    public let tax: Tax
    public let gross: Money
    /// Contained in `gross`, rounded once per share.
    public let amount: Money
    public init(tax: Tax, gross: Money, amount: Money) {
        self.tax = tax
        self.gross = gross
        self.amount = amount
    }
}

/// What a customer pays in advance, and how that follows from a bill or an agreement.
public struct InstalmentPlan: Hashable, Sendable {
    public struct Instalment: Hashable, Sendable {
        public let due: Day
        public let gross: Money
        public let shares: [InstalmentShare]
        public var tax: Money { shares.map(\.amount).total() }
    }
    /// Number of the contract.
    public let contract: String
    /// What the year is expected to cost, gross.
    public let yearly: Money
    /// Gross amount and days of the bill it follows; nil where it was agreed.
    public let basis: Basis?
    public let step: Money
    /// Instalments of a whole year, as agreed.
    public let count: Int
    /// What the year's cost was divided by; see ``InstalmentRule/divisor``.
    public let divisor: Int
    /// At least one.
    public let instalments: [Instalment]
    /// See ``InstalmentRule/dueDay``.
    let dueDay: Int?
    /// See ``InstalmentRule/until``.
    let until: Day?

    public struct Basis: Hashable, Sendable {
        public let gross: Money
        public let days: Int
    }

    /// After a bill: its gross amount on a year of 365 days, in equal parts (§ 13(1) StromGVV: in proportion to the last billed
    /// period). Nothing for a contract that ends, and nothing where nothing is to be paid.
    static func following(
        contract: String, totals: Totals, period: DayRange, kind: BillKind, rule: InstalmentRule
    ) throws(Overflow) -> InstalmentPlan? {
        guard kind == .annual || kind == .interim, let days = period.count, days > 0, totals.gross > .zero else { return nil }
        let yearly = Money(
            cents: try Overflow.checked(Rounding.halfAwayFromZero.divide(Int128(totals.gross.cents) * 365, by: Int128(days))))
        return try InstalmentPlan(
            contract: contract, yearly: yearly, basis: Basis(gross: totals.gross, days: days),
            taxes: totals.groups.map { ($0.tax, $0.net + $0.amount) }, rule: rule)
    }

    /// An agreed plan.
    /// - Parameter taxes: how the yearly amount is taxed: gross amounts by tax, of which only the proportion counts.
    /// - Returns: nil where the year costs less than a step for each instalment: nobody pays more in advance than he will owe; and where
    ///   the contract ends before the first is due.
    /// - Throws: `Overflow`.
    public init?(contract: String, yearly: Money, basis: Basis? = nil, taxes: [(tax: Tax, gross: Money)], rule: InstalmentRule)
        throws(Overflow)
    {
        let step = Int128(rule.step.cents)
        let divisor = rule.divisor
        if rule.dueDay != nil, Int128(yearly.cents) < Int128(divisor) * step { return nil }
        let gross = Money(cents: try Overflow.checked(InstalmentPlan.steps(yearly, rule.step, divisor) * step))
        // A tax of which the bill had nothing, or less than nothing, has no part in what is paid in advance.
        let bearing = taxes.filter { $0.gross > .zero }
        let parts = gross.split(by: bearing.map(\.gross.cents))
        var shares: [InstalmentShare] = []
        for (bearing, part) in zip(bearing, parts) where part != .zero {
            shares.append(InstalmentShare(tax: bearing.tax, gross: part, amount: try InstalmentPlan.contained(bearing.tax, in: part)))
        }
        self.contract = contract
        self.yearly = yearly
        self.basis = basis
        self.step = rule.step
        count = rule.count
        self.divisor = divisor
        dueDay = rule.dueDay
        until = rule.until
        instalments = rule.dues.map { Instalment(due: $0, gross: gross, shares: shares) }
        if instalments.isEmpty { return nil }
    }

    /// One of `count` equal parts, in steps: at least one.
    fileprivate static func steps(_ yearly: Money, _ step: Money, _ count: Int) -> Int128 {
        max(1, Rounding.halfAwayFromZero.divide(Int128(yearly.cents), by: Int128(count) * Int128(step.cents)))
    }

    /// The tax in a gross amount.
    private static func contained(_ tax: Tax, in gross: Money) throws(Overflow) -> Money {
        if tax.isOutside { return .zero }
        let rate = Int128(tax.rate.basisPoints)
        return Money(cents: try Overflow.checked(Rounding.halfAwayFromZero.divide(Int128(gross.cents) * rate, by: 10_000 + rate)))
    }
}

extension [InstalmentShare] {
    /// The shares of a payment of `paid`: those booked if all is paid, else each in proportion, so that no cent is lost.
    /// - Throws: `Overflow`.
    public func paid(_ paid: Money) throws(Overflow) -> [InstalmentShare] {
        let gross = map(\.gross).total()
        guard paid != gross, gross != .zero else { return paid == gross ? self : [] }
        var shares: [InstalmentShare] = []
        for (share, part) in zip(self, paid.split(by: map(\.gross.cents))) where part != .zero {
            let tax = Rounding.halfAwayFromZero.divide(Int128(share.amount.cents) * Int128(part.cents), by: Int128(share.gross.cents))
            shares.append(InstalmentShare(tax: share.tax, gross: part, amount: Money(cents: try Overflow.checked(tax))))
        }
        return shares
    }

    /// What is left of them when `part` is taken away: nothing is computed a second time.
    public func less(_ part: [InstalmentShare]) -> [InstalmentShare] {
        compactMap { share in
            let taken = part.first { $0.tax == share.tax }
            let gross = share.gross - (taken?.gross ?? .zero)
            let amount = share.amount - (taken?.amount ?? .zero)
            return gross == .zero && amount == .zero ? nil : InstalmentShare(tax: share.tax, gross: gross, amount: amount)
        }
    }
}
