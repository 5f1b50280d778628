public import Tariffs
public import Values

/// A tax, levy or network charge that the prices contain; or what burning the gas sets free (§ 3 CO2KostAufG).
public struct BreakdownRow: Hashable, Sendable {
    /// Carbon dioxide of the quantity.
    public struct Emission: Hashable, Sendable {
        /// 10^-6 kg per kWh of the upper heating value.
        public let factor: Int64
        /// 10^-6 kg, rounded to a tenth of a kilogram.
        public let mass: Int64
    }
    public let series: SeriesKey
    public let label: Label
    public let period: DayRange
    /// kWh, or kW of the highest load; nil: per year, of nothing else. Below zero where it is taken back.
    public let quantity: Measure?
    /// Nothing where it is an emission.
    public let price: Price
    public let amount: Money
    public var emission: Emission?
    /// Which of the bill's supplies it is contained in, counted from 0.
    public internal(set) var supply = 0

    /// The same with what was drawn in its days.
    func of(_ quantity: Measure, amount: Money, emission: Emission? = nil) -> BreakdownRow {
        BreakdownRow(series: series, label: label, period: period, quantity: quantity, price: price, amount: amount, emission: emission)
    }

    /// The same taken back, as the lines of a Storno are. Nothing is rounded again.
    public var reversed: BreakdownRow {
        BreakdownRow(
            series: series, label: label, period: period,
            quantity: quantity.map { Measure(micro: 0 &- $0.micro, unit: $0.unit) }, price: price, amount: -amount,
            emission: emission.map { Emission(factor: $0.factor, mass: 0 &- $0.mass) }, supply: supply)
    }
}

/// Whether a correction by difference says what the prices of the difference contain (§ 40(3) EnWG). Stored with it, like
/// ``CorrectionTax``: what was issued is computed again as it was issued.
public enum CorrectionBreakdown: String, Sendable, Hashable, CaseIterable {
    /// Documents from before it was said.
    case none
    /// By levy, days and price what the right bill contains less what the documents so far say: all of them together are the right bill.
    case ofDifference = "of-difference"
}

extension InvoiceDraft {
    /// What the prices of a difference contain: of each levy, price and stretch of days the right quantity less those billed; what says
    /// the same on both sides is left out.
    ///
    /// - Parameters:
    ///   - billed: the original and the corrections that followed it.
    ///   - unit: whether contracts or places on the paper are told apart.
    /// - Throws: `Overflow`.
    func breakdown(beyond billed: [InvoiceDraft], by unit: SupplyUnit) throws(Overflow) -> [BreakdownRow] {
        struct Key: Hashable {
            let owner: String
            let series: SeriesKey
            let period: DayRange
            let unit: UnitCode?
            let price: Price
            let factor: Int64?
        }
        struct Sum {
            let row: BreakdownRow
            var micro: Int128 = 0
            var cents: Int128 = 0
            var mass: Int128 = 0
        }
        func owner(_ row: BreakdownRow, on draft: InvoiceDraft) -> String {
            unit == .contract && draft.supplies.indices.contains(row.supply)
                ? draft.supplies[row.supply].contract.number : "\(row.supply)"
        }
        var order: [Key] = []
        var sums: [Key: Sum] = [:]
        func add(_ draft: InvoiceDraft, _ sign: Int128) {
            for row in draft.breakdown {
                let key = Key(
                    owner: owner(row, on: draft), series: row.series, period: row.period, unit: row.quantity?.unit, price: row.price,
                    factor: row.emission?.factor)
                if sums[key] == nil {
                    order.append(key)
                    var placed = row
                    // Where the contract stands here: supplies may stand at other places by now, or be cut in two.
                    if sign < 0, unit == .contract {
                        let own = supplies.indices.filter { supplies[$0].contract.number == key.owner }
                        placed.supply = own.first { supplies[$0].period.overlaps(row.period) } ?? own.first ?? row.supply
                    }
                    sums[key] = Sum(row: placed)
                }
                sums[key]?.micro += sign * Int128(row.quantity?.micro ?? 0)
                sums[key]?.cents += sign * Int128(row.amount.cents)
                sums[key]?.mass += sign * Int128(row.emission?.mass ?? 0)
            }
        }
        add(self, 1)
        for draft in billed { add(draft, -1) }
        var rows: [BreakdownRow] = []
        for key in order {
            guard let sum = sums[key], sum.micro != 0 || sum.cents != 0 || sum.mass != 0 else { continue }
            let mass = try Overflow.checked(sum.mass)
            let micro = try Overflow.checked(sum.micro)
            rows.append(
                BreakdownRow(
                    series: key.series, label: sum.row.label, period: key.period,
                    quantity: key.unit.map { Measure(micro: micro, unit: $0) },
                    price: key.price, amount: Money(cents: try Overflow.checked(sum.cents)),
                    emission: key.factor.map { .init(factor: $0, mass: mass) }, supply: sum.row.supply))
        }
        return rows
    }
}
