internal import MeteringOperations
public import TariffFiles
public import Values

/// Why billing would not do it. Nothing was written.
public enum BillingRefusal: Error, Hashable, Sendable {
    case unknownCycle(String)
    /// The cycle has no period that ends on this day.
    case periodDoesNotEnd(cycle: String, Day)
    /// Bills are written when the period is over; a simulation may look ahead.
    case periodNotOver(Day)
    /// No year in which anybody is supplied.
    case dayOutOfRange(Day)
    /// Nobody pays in advance for days that are billed, before the supply begins, or years ahead.
    case firstInstalmentOutside(String, DayRange)
    case noSupplier
    case unknownRun(String)
    /// A person has let the run wait.
    case runPaused(String)
    /// The run is over, and in which way.
    case runEnded(String, String)
    case unknownRegion(String)
    /// Neither contracts nor accounts.
    case unknownListed([String])
    case emptyList
    /// A bill on demand is for those who ask for it.
    case interimNeedsList
    case unknownInvoice(String)
    case alreadyCancelled(String, by: String)
    /// A Storno is not taken back; bill again.
    case isCancellation(String)
    /// A correction of it stands; take that back first.
    case isCorrected(String, by: String)
    case unknownHeldInvoice(Int64)
    /// It is no longer held, or was never a bill: what is missing has to be mended.
    case notReleasable(Int64, String)
    case unknownContract(String)
    case alreadyOnHold(String)
    case notOnHold(String)
    case unknownCorrection(Int64)
    /// It was decided already, or the bill has changed since.
    case notProposed(Int64)
    /// The bill comes out differently since it was proposed; what is right now is proposed in its place.
    case outdatedCorrection(Int64)
    /// A contract or account on hold is billed nothing.
    case onHold(String)
    case noReason
    /// Neither a bill nor an amount to plan instalments from.
    case nothingToPlan(String)
    /// No request for an instalment has this number.
    case unknownInstalment(String)
    /// The contract pays nothing in advance.
    case noPlan(String)
    /// Who found it may not release it.
    case secondPerson(String)
    /// The first of two people has released a correction in another way.
    case approvedOtherwise(by: String, method: String)
    /// The stored inputs do not give the stored bill.
    case damaged(String)
    /// Files with faults; none was published.
    case faultyTariffs([TariffFileError])
    case unknownTariff(String)

    /// A stable word for interfaces.
    public var code: String {
        switch self {
        case .unknownCycle: "unknown-cycle"
        case .periodDoesNotEnd: "period-does-not-end"
        case .periodNotOver: "period-not-over"
        case .dayOutOfRange: "day-out-of-range"
        case .firstInstalmentOutside: "first-instalment-outside"
        case .noSupplier: "no-supplier"
        case .unknownRun: "unknown-run"
        case .runPaused: "run-paused"
        case .runEnded: "run-ended"
        case .unknownRegion: "unknown-region"
        case .unknownListed: "unknown-contracts"
        case .emptyList: "no-contracts"
        case .interimNeedsList: "interim-needs-contracts"
        case .unknownInvoice: "unknown-invoice"
        case .alreadyCancelled: "already-cancelled"
        case .isCancellation: "is-cancellation"
        case .isCorrected: "is-corrected"
        case .unknownHeldInvoice: "unknown-held-invoice"
        case .notReleasable: "not-releasable"
        case .unknownContract: "unknown-contract"
        case .alreadyOnHold: "already-on-hold"
        case .notOnHold: "not-on-hold"
        case .unknownCorrection: "unknown-correction"
        case .notProposed: "not-proposed"
        case .outdatedCorrection: "outdated-correction"
        case .onHold: "on-hold"
        case .noReason: "no-reason"
        case .unknownInstalment: "unknown-instalment"
        case .noPlan: "no-instalment-plan"
        case .nothingToPlan: "nothing-to-plan"
        case .secondPerson: "second-person"
        case .approvedOtherwise: "approved-otherwise"
        case .damaged: "invoice-damaged"
        case .faultyTariffs: "faulty-tariffs"
        case .unknownTariff: "unknown-tariff"
        }
    }

    /// What is wrong and how to mend it.
    public var explanation: String {
        switch self {
        case .unknownCycle(let text):
            "\(text) is no billing cycle; use annual-01 … annual-12, monthly, final for contracts that have ended, or interim for a bill on demand."
        case .periodDoesNotEnd(let cycle, let day):
            "No period of \(cycle) ends on \(day); the end is exclusive, so annual-12 ends on 1 January."
        case .periodNotOver(let day): "The period ends on \(day), which is not reached; simulate instead."
        case .dayOutOfRange(let day): "\(day) is not \(Day.expectation)."
        case .firstInstalmentOutside(let contract, let days):
            "The first instalment of contract \(contract) falls due from \(days.from) on, where supply and billing stand, and before \(days.until?.description ?? "its end")."
        case .noSupplier: "No supplier is published; add _series/supplier.yaml and publish the tariffs."
        case .unknownRun(let number): "There is no billing run \(number)."
        case .runPaused(let number): "Billing run \(number) is paused; continue or stop it first."
        case .runEnded(let number, let state): "Billing run \(number) is \(state); start it again for what is open."
        case .unknownRegion(let region): "No contract has the region \(region.prefix(80))."
        case .unknownListed(let words):
            "No contract or account has the number or key \(words.prefix(10).joined(separator: ", "))\(words.count > 10 ? " and \(words.count - 10) more" : "")."
        case .emptyList: "The list names no contract and no account."
        case .interimNeedsList: "An interim bill is for those who ask for it: name the contracts or accounts."
        case .unknownInvoice(let number): "There is no invoice \(number)."
        case .alreadyCancelled(let number, let by): "Invoice \(number) was taken back by \(by) already."
        case .isCancellation(let number): "\(number) is a Storno itself; bill again instead."
        case .isCorrected(let number, let by): "Invoice \(number) was corrected by \(by); take that back first."
        case .unknownHeldInvoice(let id): "There is no held invoice \(id)."
        case .notReleasable(let id, let why): "Held invoice \(id) cannot be released: \(why)"
        case .unknownContract(let number): "There is no contract \(number)."
        case .alreadyOnHold(let what): "\(what) is on hold already."
        case .notOnHold(let what): "\(what) is not on hold."
        case .unknownCorrection(let id): "There is no correction proposal \(id)."
        case .notProposed(let id): "Correction proposal \(id) was decided already, or the facts have changed; find corrections again."
        case .outdatedCorrection(let id):
            "Since correction \(id) was proposed something else has become known of its bill. Nothing was released; what is right now stands among the proposals, where a difference is left."
        case .onHold(let reason): "The contract or account is on hold: \(reason) Lift the hold first."
        case .noReason: "Say in `reason` why."
        case .unknownInstalment(let number): "No instalment was requested under the number \(number.prefix(40))."
        case .noPlan(let contract): "The contract \(contract) has no instalment plan; agree on one first."
        case .nothingToPlan(let contract):
            "Contract \(contract) has no bill yet to follow (say the yearly amount), costs less than a step for each instalment, or ends before the first one is due."
        case .secondPerson(let author): "\(author) is the first of two people; another one has to release it."
        case .approvedOtherwise(let person, let method):
            "\(person) has released it by \(method) as the first of two people; release it by the same method, or have \(person) change theirs."
        case .damaged(let number): "Invoice \(number) does not come out of its stored inputs; run verify."
        case .faultyTariffs(let errors): errors.map(\.description).joined(separator: "\n")
        case .unknownTariff(let text): "There is no tariff \(text)."
        }
    }
}

extension BillingRefusal {
    /// The row that a page goes on from; nil for the first page.
    /// - Throws: `ReadSeries.BadCursor`, as all lists do.
    static func place(_ cursor: String?) throws -> Int64? {
        guard let cursor else { return nil }
        guard let place = Int64(cursor) else { throw ReadSeries.BadCursor() }
        return place
    }
}
