internal import Billing
internal import Postgres
internal import Tariffs
internal import Values

/// What a year of a contract costs by the last bill that stands, corrections included: what instalments are in proportion to
/// (§ 13(1) StromGVV).
///
/// An interim bill is none of them: a winter's quarter is no measure of a year.
struct BilledYear {
    /// Row and number of the bill.
    let invoice: (id: Int64, number: String)
    /// The first day that it does not bill.
    let end: Day
    /// Gross of 365 days.
    let yearly: Money
    /// How it is taxed.
    let taxes: [(tax: Tax, gross: Money)]

    /// - Returns: nil where nothing of the contract is billed.
    /// - Throws: ``BillingRefusal/damaged(_:)``.
    static func load(_ contract: String, _ stored: inout StoredBill, in connection: Connection) throws -> BilledYear? {
        let last = try connection.optional(
            """
            SELECT i.id, i.number, upper(v.period) FROM invoice_coverage v JOIN invoice i ON i.id = v.invoice_id
            WHERE v.contract_number = \(contract) AND v.is_standing AND i.kind <> 'interim' ORDER BY upper(v.period) DESC LIMIT 1
            """
        ) { (id: try $0.get(0) as Int64, number: try $0.get(1) as String, end: try $0.get(2) as Day) }
        guard let last else { return nil }
        // As corrected, and only what this contract has on the bill: a collective bill names several.
        let documents = try StandingBill.page(after: last.id - 1, limit: 1, numbers: [last.number], in: connection).first?.documents
        var gross: [Tax: Money] = [:]
        var days = 0
        do {
            for draft in try stored.drafts(of: documents ?? [last.number], in: connection) {
                let own = draft.supplies.indices.filter { draft.supplies[$0].contract.number == contract }
                days = own.compactMap { draft.supplies[$0].period.count }.reduce(0, +)
                for share in try draft.grossByTax(of: own) { gross[share.tax, default: .zero] += share.gross }
            }
        } catch is StoredBill.Damage { throw BillingRefusal.damaged(last.number) }
        let taxes = gross.sorted { $0.key < $1.key }.map { (tax: $0.key, gross: $0.value) }
        let sum = Int128(taxes.map(\.gross).total().cents)
        let yearly = days > 0 ? Rounding.halfAwayFromZero.divide(sum * 365, by: Int128(days)) : 0
        return BilledYear(invoice: (last.id, last.number), end: last.end, yearly: Money(cents: Int64(clamping: yearly)), taxes: taxes)
    }
}
