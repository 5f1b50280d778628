public import Billing
public import Values

/// A bill that would come out differently by now, and what has been decided about it.
public struct CorrectionProposal: Hashable, Sendable {
    public enum State: String, Sendable, Hashable, CaseIterable { case proposed, released, dismissed, superseded }
    /// What has changed since the bill was computed.
    public enum Cause: String, Sendable, Hashable, CaseIterable {
        case readings, tariff
        case both = "readings-and-tariff"
        /// The contract ended inside the days that were billed, or has other terms on some of them.
        case contract
    }
    /// How a released proposal becomes documents.
    public enum Method: String, Sendable, Hashable, CaseIterable {
        /// The bill stands, a document over the difference is added (corrected invoice 384, credit note 381).
        case difference
        /// The bill is taken back and written anew.
        case rebill
    }

    public let id: Int64
    public let invoice: String
    public let account: String
    public let contract: String
    public let recipient: String
    public let period: DayRange
    public let state: State
    public let cause: Cause
    /// Gross of the bill with its corrections, and of what is right.
    public let billed: Money
    public let right: Money
    /// The document over the difference; with the bill it is what is right, to the cent.
    public let net: Money
    public let tax: Money
    public let foundAt: Instant
    public let foundBy: String
    public let decidedBy: String?
    public let decidedAt: Instant?
    public let reason: String?
    public let method: Method?
    /// The document that came of it.
    public let document: String?
    /// The Storno of that document: the decision stays told, and moves nothing any more.
    public let documentCancelledBy: String?
    /// The Storno of the bill, where it was taken back to be written anew.
    public let storno: String?
    /// For what the checks before issue would hold the right bill; two people release it then.
    public let checks: [HeldReason]

    public var gross: Money { net + tax }
}

/// A proposal with the lines on both sides.
public struct CorrectionDetails: Hashable, Sendable {
    public let proposal: CorrectionProposal
    /// As billed, corrections included.
    public let billed: [Line]
    /// The meters of what was billed last: of the bill, or of the correction before this one.
    public let billedMeters: [MeterRow]
    public let right: [Line]
    /// What the document over the difference would say: lines taken back, and lines in their place.
    public let difference: InvoiceDraft
}
