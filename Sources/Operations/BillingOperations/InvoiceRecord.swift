public import Billing
public import Values

/// An invoice in a list: what can be said without reading its document.
public struct InvoiceRecord: Hashable, Sendable {
    public let number: String
    public let isCancellation: Bool
    public let state: InvoiceState
    /// The invoice it takes back, and the document that took it back.
    public let cancels: String?
    public let cancelledBy: String?
    /// The invoice to which it charges the difference.
    public let corrects: String?
    public let run: String?
    public let account: String
    public let contract: String
    public let partner: String
    public let recipient: String
    public let meteringPoint: String
    public let commodity: Commodity
    public let kind: BillKind
    public let period: DayRange
    public let issuedOn: Day
    public let dueOn: Day
    public let net: Money
    public let tax: Money
    public let gross: Money
    /// What was booked when it was issued: gross less instalments.
    public let due: Money
    /// What its paper asks for (BT-115): less what stood on the account; of a Storno what is left of the claim it takes back. Negative: a
    /// credit.
    public let payable: Money
    public let consumption: Measure?
}

/// An invoice as stored, with its document.
public struct StoredInvoice: Hashable, Sendable {
    public let record: InvoiceRecord
    /// Canonical JSON, byte for byte as issued.
    public let document: [UInt8]
    /// Hexadecimal SHA-256 of the document.
    public let hash: String
    /// Computed again from the stored inputs; it equals the document.
    public let invoice: Invoice
}
