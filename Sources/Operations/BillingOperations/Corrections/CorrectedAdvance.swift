internal import Billing
internal import InvoiceFormats
internal import Ledger
internal import Postgres
internal import Values

/// What was paid in advance for the contracts of a corrected bill, as far as its document has to settle it.
///
/// A difference leaves instalments to the bills that follow. Where it turns out that a contract ended with the bill, none follows: the
/// document sets off what was paid, withdraws what was asked for, and ends the plan. A bill that is written anew settles what the old one
/// did.
struct CorrectedAdvance {
    /// By contract; what was not paid at all is on no paper.
    private let byContract: [String: [SetOff]]
    let unpaid: [RequestedInstalment]
    /// Contracts for which no bill follows.
    let ended: [String]

    var paid: [SetOff] { byContract.sorted { $0.key < $1.key }.flatMap(\.value) }

    /// - Parameters:
    ///   - right: the bill as it is right.
    ///   - account: that pays it.
    ///   - isNew: whether it is written anew, in place of the old one that was taken back.
    init(of right: InvoiceDraft, account: Identifier<CustomerAccount>, isNew: Bool, in connection: Connection) throws {
        ended = try CorrectedAdvance.ended(right, account, in: connection)
        var days: [Advancing: DayRange] = [:]
        for supply in right.supplies where isNew || ended.contains(supply.contract.number) {
            let number = supply.contract.number
            // To the last bill of a contract belong all.
            let until = ended.contains(number) ? Day(9999, 12, 31) : supply.period.until ?? supply.period.from
            let advancing = Advancing(contract: number, account: account)
            let known = days[advancing]
            days[advancing] = DayRange(
                from: min(known?.from ?? supply.period.from, supply.period.from), until: max(known?.until ?? until, until))
        }
        var byContract: [String: [SetOff]] = [:]
        var unpaid: [RequestedInstalment] = []
        if !days.isEmpty {
            let requested = try InstalmentStore.requested(days, in: connection).sorted { $0.key.contract < $1.key.contract }
            for (advancing, found) in requested {
                let own = found.filter { !$0.isForEarlierBill }
                byContract[advancing.contract] = try SetOffInstalments.paid(own)
                unpaid += own.filter { $0.open > .zero }
            }
        }
        self.byContract = byContract
        self.unpaid = unpaid
    }

    /// Contracts on it whose last bill on this account it is: they have ended there, and no later days of them are known.
    private static func ended(
        _ right: InvoiceDraft, _ account: Identifier<CustomerAccount>, in connection: Connection
    ) throws -> [String] {
        let numbers = Set(right.supplies.map(\.contract.number)).filter { right.kind(of: $0) == .final }.sorted()
        guard !numbers.isEmpty, let until = right.period.until else { return [] }
        return try connection.query(
            """
            SELECT number FROM contract WHERE number = ANY(\(numbers)) AND account_id = \(account) AND NOT isempty(valid)
            GROUP BY number HAVING NOT bool_or(upper_inf(valid)) AND max(upper(valid)) <= \(until) ORDER BY number
            """
        ).map { try $0.get(0) }
    }

    /// Puts what was paid on the document: of a bill with the last stretch of its contract, of a difference beside its parts, which are
    /// those of the bill that is right.
    func setOff(on inputs: inout StoredInputs) {
        func told(_ setOff: [SetOff]) -> [Instalment] {
            setOff.map { Instalment(paidOn: $0.paidOn, gross: $0.gross, tax: $0.tax, number: $0.number) }
        }
        guard inputs.corrects.isEmpty else {
            inputs.setOff = told(paid)
            return
        }
        for place in inputs.parts.indices {
            let part = inputs.parts[place]
            let isLast = !inputs.parts.contains { $0.contract.number == part.contract.number && $0.period.from > part.period.from }
            inputs.parts[place].instalments = isLast ? told(byContract[part.contract.number] ?? []) : []
        }
    }
}
