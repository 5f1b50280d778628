public import Billing
public import JSON
internal import Values

/// What a Storno is computed from beside the inputs of what it takes back: what the ledger said at that moment.
public struct StoredCancellation: Hashable, Sendable {
    public var cancels: String
    /// nil in a Storno from before it was kept.
    public var settled: CancelledClaim?

    public init(cancels: String, settled: CancelledClaim?) {
        self.cancels = cancels
        self.settled = settled
    }

    public var bytes: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 96)
        writer.object { writer in
            writer.member("v", 1)
            writer.member("cancels", cancels)
            if let settled {
                writer.member("paid", settled.paid.cents)
                writer.member("balance", settled.balance.cents)
            }
        }
        return writer.bytes
    }

    /// - Throws: `JSONError`.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        let root = try JSONNode(parsing: bytes)
        var settled: CancelledClaim?
        if let paid = try root.optional("paid")?.integer() {
            settled = CancelledClaim(paid: Money(cents: paid), balance: Money(cents: try root.member("balance").integer()))
        }
        self.init(cancels: try root.string("cancels"), settled: settled)
    }
}
